//! The layers of the template engine.

use super::{House, check};

const TEMPLATE: House<'_> = House {
    layers: &[
        (
            "numbers, and what two sequences share",
            &["align", "decimal"],
        ),
        (
            "plain data",
            &["escape", "limits", "locale", "refused", "unfilled", "value"],
        ),
        ("how a value is written", &["format"]),
        ("what is done to one", &["filters"]),
        ("the language", &["expression", "pieces"]),
        ("a template, and what it comes to", &["evaluate", "nodes"]),
        ("putting it out", &["render"]),
        (
            "what documents are made of",
            &["html", "inspect", "package", "pdf", "xml"],
        ),
        ("formats", &["difference", "docx", "text"]),
    ],
    forbidden: &[
        // What a value is escaped for is no matter of what it is.
        ("filters", "escape"),
    ],
};

#[test]
fn the_template_engine_s_modules_import_downward() {
    check("components/clio-template/src", &TEMPLATE);
}
