//! The page "Write a template": each of its examples gives what it says.

use clio_template::{Kind, Locale, fill};

use crate::support::values;

/// The blocks of a page behind ` ```WORD `.
fn blocks<'p>(page: &'p str, word: &str) -> Vec<&'p str> {
    let begin = format!("```{word}\n");
    let blocks = page.split(&*begin).skip(1);
    blocks.map(|it| it.split("```").next().unwrap()).collect()
}

#[test]
fn every_example_gives_what_it_says() {
    let page = include_str!("../../README.md");
    let (templates, given) = (blocks(page, "template"), blocks(page, "gives"));
    assert!(templates.len() >= 9, "{}", templates.len());
    assert_eq!(templates.len(), given.len());
    for (template, given) in templates.iter().zip(given) {
        let filled = fill(Kind::Text, template.as_bytes(), &values(), Locale::EnUs);
        let filled = filled.unwrap_or_else(|refused| panic!("{template}{refused}"));
        assert_eq!(
            String::from_utf8(filled.bytes).unwrap(),
            given,
            "{template}"
        );
        assert_eq!(filled.unfilled, []);
    }
}

#[test]
fn every_filter_and_every_statement_is_on_it() {
    let page = include_str!("../../README.md");
    for name in [
        "capitalize",
        "count",
        "d(",
        "date(",
        "default(",
        "first",
        "join(",
        "last",
        "length",
        "lower",
        "map(",
        "money",
        "number(",
        "ordinal",
        "rejectattr(",
        "replace(",
        "selectattr(",
        "sort",
        "title",
        "trim",
        "upper",
        "{% if",
        "{% elif",
        "{% else %}",
        "{% endif %}",
        "{% for",
        "{% endfor %}",
        "{#",
        "loop.index",
        "loop.first",
        "loop.last",
        "loop.length",
    ] {
        assert!(page.contains(name), "{name}");
    }
}
