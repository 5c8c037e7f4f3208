//! The language, compared with another reading of it: where both have a word for
//! it, `minijinja` and we print the same.

use clio_template::{Kind, Locale, Value, fill};
use minijinja::{Environment, context};
use proptest::prelude::*;

use crate::support::record;

/// A piece of a template that prints a text.
fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b.c".to_owned()),
        Just("b['c']".to_owned()),
        Just("names[1]".to_owned()),
        Just("(rows | first).name".to_owned()),
        Just("(rows | last).role".to_owned()),
        Just("'it \\'s'".to_owned()),
        Just("\"two words\"".to_owned()),
        Just("missing | default('none')".to_owned()),
        Just("names | join(', ')".to_owned()),
        Just("names | sort | join('/')".to_owned()),
        Just("rows | map(attribute='name') | join(' & ')".to_owned()),
        Just("rows | selectattr('role', 'eq', 'judge') | map(attribute='name') | join".to_owned()),
        Just("rows | rejectattr('role', 'ne', 'clerk') | map(attribute='name') | join".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| format!("({it}) | upper")),
            inner.clone().prop_map(|it| format!("({it}) | lower")),
            inner.clone().prop_map(|it| format!("({it}) | title")),
            inner.clone().prop_map(|it| format!("({it}) | capitalize")),
            inner.clone().prop_map(|it| format!("({it}) | trim")),
            inner
                .clone()
                .prop_map(|it| format!("({it}) | replace('a', 'bb')")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) ~ ' ' ~ ({b})")),
            (inner.clone(), condition(), inner)
                .prop_map(|(a, c, b)| format!("({a}) if {c} else ({b})")),
        ]
    })
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("n".to_owned()),
        Just("-7".to_owned()),
        Just("10".to_owned()),
        Just("rows | length".to_owned()),
        Just("a | length".to_owned()),
        Just("names | count".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (number(), sign, number()).prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})")),
        Just("yes".to_owned()),
        Just("no".to_owned()),
        Just("missing | default('')".to_owned()),
        Just("missing is defined".to_owned()),
        Just("a is not undefined".to_owned()),
        Just("nothing is none".to_owned()),
        Just("'Grace' in names".to_owned()),
        Just("'x' not in a".to_owned()),
        Just("n in [1, 42]".to_owned()),
        Just("a == 'A word'".to_owned()),
        Just("names".to_owned()),
        Just("empty".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| format!("not ({it})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) or {b}")),
        ]
    })
}

fn template() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z.,}% ]{1,8}",
        Just("{# a {{ comment }} #}".to_owned()),
        text().prop_map(|it| format!("{{{{ {it} }}}}")),
        text().prop_map(|it| format!("{{{{- {it} -}}}}")),
        number().prop_map(|it| format!("{{{{{it}}}}}")),
    ];
    let body = leaf.prop_recursive(3, 24, 3, |inner| {
        let both = (inner.clone(), inner.clone());
        prop_oneof![
            both.clone().prop_map(|(a, b)| a + &b),
            (condition(), inner.clone())
                .prop_map(|(c, a)| format!("{{% if {c} %}}{a}{{% endif %}}")),
            (condition(), condition(), inner.clone(), both.clone()).prop_map(|(c, d, a, (b, e))| {
                format!("{{% if {c} %}}{a}{{%- elif {d} %}}{b}{{% else -%}}{e}{{% endif %}}")
            }),
            both.clone().prop_map(|(a, b)| format!(
                "{{% for it in rows %}}{a}{{{{ it.name }}}}{{{{ loop.index }}}}{{{{ loop.revindex }}}}\
                 {{% if not loop.last %}};{{% endif %}}{{% else %}}{b}{{% endfor %}}"
            )),
            both.prop_map(|(a, b)| format!(
                "{{% for a in names if 'a' in a %}}{a}{{{{ a }}}}{{{{ loop.length }}}}{{% else %}}{b}{{% endfor %}}"
            )),
        ]
    });
    body.prop_map(|it| format!("> {it} <"))
}

fn ours(template: &str) -> Result<String, String> {
    let row =
        |name: &str, role: &str| record([("name", Value::text(name)), ("role", Value::text(role))]);
    let values = record([
        ("a", Value::text("A word")),
        ("b", record([("c", Value::text(" in-the (middle) "))])),
        ("n", Value::number("42").unwrap()),
        ("yes", Value::Bool(true)),
        ("no", Value::Bool(false)),
        ("nothing", Value::None),
        ("empty", Value::List(Vec::new())),
        (
            "names",
            Value::List(["grace", "Grace", "Émile"].map(Value::text).to_vec()),
        ),
        (
            "rows",
            Value::List(vec![
                row("Grace", "judge"),
                row("Otto", "clerk"),
                row("Ann", "judge"),
            ]),
        ),
    ]);
    match fill(Kind::Text, template.as_bytes(), &values, Locale::EnUs) {
        Ok(filled) if filled.unfilled.is_empty() => Ok(String::from_utf8(filled.bytes).unwrap()),
        Ok(filled) => Err(format!("{:?}", filled.unfilled)),
        Err(refused) => Err(refused.message().to_owned()),
    }
}

fn theirs(template: &str) -> Result<String, String> {
    let environment = Environment::new();
    let row = |name: &str, role: &str| context! { name, role };
    let values = context! {
        a => "A word",
        b => context! { c => " in-the (middle) " },
        n => 42,
        yes => true,
        no => false,
        nothing => (),
        empty => Vec::<String>::new(),
        names => ["grace", "Grace", "Émile"],
        rows => [row("Grace", "judge"), row("Otto", "clerk"), row("Ann", "judge")],
    };
    let rendered = environment.render_str(template, values);
    rendered.map_err(|error| format!("{error:#}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_readings_print_the_same(template in template()) {
        prop_assert_eq!(ours(&template), theirs(&template), "{}", template);
    }
}
