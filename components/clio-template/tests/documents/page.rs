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

/// The names that the contract lists, in its bullets.
#[test]
fn every_name_of_the_contract_is_on_it() {
    let page = include_str!("../../README.md");
    let contract = include_str!("../../../../wit/fill-document.wit");
    let from = contract.find("/// - `matter`:").unwrap();
    let to = contract.find("/// - `more.x`").unwrap();
    let names: Vec<&str> = contract[from..to].split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 40, "{}", names.len());
    for name in names.into_iter().filter(|name| *name != "hidden") {
        let ends = [format!("`{name}"), format!(".{name}`")];
        // Custom fields bear a firm's own names.
        let custom = name
            .split_once('[')
            .map(|(before, _)| format!("`{before}["));
        let mut ways = ends.into_iter().chain(custom);
        assert!(ways.any(|it| page.contains(&it)), "{name}");
    }
}

/// What a caller says of a country and of a value of their own.
#[test]
fn every_locale_and_every_kind_of_value_is_on_it() {
    let page = include_str!("../../README.md");
    let (begin, end) = ("language and country that", "Without it");
    let from = page.find(begin).unwrap();
    let to = from + page[from..].find(end).unwrap();
    let tags: Vec<&str> = page[from..to].split('`').skip(1).step_by(2).collect();
    let known: Vec<Locale> = tags.iter().filter_map(|it| Locale::parse(it)).collect();
    assert_eq!((tags.len(), known.len()), (10, 10), "{tags:?}");
    for kind in ["text", "number", "money", "date", "yes_no", "texts"] {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
}
