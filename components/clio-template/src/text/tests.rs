use alloc::collections::BTreeMap;
use alloc::string::String;

use super::*;

fn record<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().map(|(name, it)| (name.into(), it));
    Value::Record(members.collect::<BTreeMap<String, Value>>())
}

fn values() -> Value {
    let person =
        |name: &str, role: &str| record([("name", Value::text(name)), ("role", Value::text(role))]);
    record([
        (
            "client",
            record([
                ("name", Value::text("Ada <b>Sample</b>")),
                ("address", Value::text("1 Road\r\n<Town>")),
                ("fax", Value::None),
                ("site", Value::text("javascript:alert(1)")),
                ("home", Value::text("https://example.com/?a=1&b=\"")),
            ]),
        ),
        (
            "related",
            Value::List(Vec::from([
                person("Grace Court", "Judge"),
                person("Otto Owing", "Opponent"),
            ])),
        ),
        (
            "custom",
            record([("Court Name", Value::text("High Court"))]),
        ),
        ("fee", Value::money("1234.5", "USD").unwrap()),
        ("filed", Value::date("2026-03-01").unwrap()),
        ("urgent", Value::Bool(false)),
    ])
}

fn filled(markup: Markup, template: &str) -> (String, Vec<(String, Why)>) {
    let filled = fill(markup, template.as_bytes(), &values(), Locale::EnUs).unwrap();
    let unfilled = filled.unfilled.into_iter();
    let unfilled = unfilled.map(|it| (it.placeholder, it.why)).collect();
    (String::from_utf8(filled.bytes).unwrap(), unfilled)
}

/// Fills all of it.
fn text(template: &str) -> String {
    let (text, unfilled) = filled(Markup::Text, template);
    assert_eq!(unfilled, [], "{template}");
    text
}

fn refusal(markup: Markup, template: &str) -> String {
    match fill(markup, template.as_bytes(), &values(), Locale::EnUs) {
        Ok(it) => panic!("{template}: {}", String::from_utf8_lossy(&it.bytes)),
        Err(refused) => refused.message().into(),
    }
}

#[test]
fn values_are_printed_as_the_place_writes_them() {
    assert_eq!(text("Fee: {{ fee }}."), "Fee: $1,234.50.");
    assert_eq!(text("{{ filed }}"), "March 1, 2026");
    assert_eq!(text("{{ filed | date('dd.MM.yyyy') }}"), "01.03.2026");
    assert_eq!(text("{{ urgent }}"), "No");
    assert_eq!(text("{{ fee.amount | number(0) }}"), "1,235");
    assert_eq!(text("{{ custom[\"Court Name\"] | upper }}"), "HIGH COURT");
    assert_eq!(text("{{ custom.court_name }}"), "High Court");
    assert_eq!(
        text("{{ related | map(attribute='name') | join(' and ') }}"),
        "Grace Court and Otto Owing"
    );
    let judge = "{{ (related | selectattr('role', 'eq', 'Judge') | first).name }}";
    assert_eq!(text(judge), "Grace Court");
    assert_eq!(text("{{ related[1].name }}"), "Otto Owing");
}

#[test]
fn numbers_have_the_sign_of_the_place() {
    let values = record([
        ("x", Value::number("1234567.5").unwrap()),
        ("year", Value::number("2026").unwrap()),
        ("filed", Value::date("2026-03-01").unwrap()),
    ]);
    let template = "{{ x }} {{ year }} {{ x | number(2) }} {{ x ~ '' }} {{ filed }}";
    let of = |locale| {
        let filled = fill(Markup::Text, template.as_bytes(), &values, locale).unwrap();
        String::from_utf8(filled.bytes).unwrap()
    };
    assert_eq!(
        of(Locale::EnUs),
        "1234567.5 2026 1,234,567.50 1234567.5 March 1, 2026"
    );
    assert_eq!(
        of(Locale::DeDe),
        "1234567,5 2026 1.234.567,50 1234567,5 1. März 2026"
    );
}

#[test]
fn a_picture_of_a_date_that_means_a_time_is_refused_at_its_place() {
    assert_eq!(
        refusal(Markup::Text, "Filed\n{{ filed | date('dd/mm/yyyy') }}"),
        "line 2: `{{ filed | date('dd/mm/yyyy') }}`: `m` is a part of a time, which a date has \
         none of; `MM` is the month, and words stand between single quotes"
    );
    // Whether there is a value or not.
    assert!(refusal(Markup::Text, "{{ client.fax | date('%d.%m.%Y') }}").contains("`%`"));
    assert_eq!(
        refusal(Markup::Text, "{{ filed | date('d MMM, HH:mm') }}"),
        "{{ filed | date('d MMM, HH:mm') }}: `H` is a part of a time, which a date has none of; \
         `MM` is the month, and words stand between single quotes"
    );
    assert!(refusal(Markup::Text, "{% if filed | date('h') %}{% endif %}").starts_with("{% if"));
    assert_eq!(
        text("{{ '2026-03-01T14:05:09Z' | date('HH:mm') }}"),
        "14:05"
    );
}

#[test]
fn what_has_no_value_stays_and_is_listed() {
    let (text, unfilled) = filled(
        Markup::Text,
        "{{ client.fax }}, {{  client.mail|upper }}, {{ related[0] }}",
    );
    assert_eq!(
        text,
        "{{ client.fax }}, {{ client.mail|upper }}, Grace Court"
    );
    let expected = [
        ("{{ client.fax }}".to_owned(), Why::Empty),
        ("{{ client.mail|upper }}".to_owned(), Why::Unknown),
    ];
    assert_eq!(unfilled, expected);
    let (_, unfilled) = filled(
        Markup::Text,
        "{{ custom }}{% for x in relatde %}{% endfor %}",
    );
    assert_eq!(unfilled[0], ("{{ custom }}".to_owned(), Why::Several));
    assert_eq!(unfilled[1].1, Why::Unknown);
}

#[test]
fn what_another_program_would_fill_is_left_and_listed() {
    let template = "Dear <<Matter.Client.Name>> («Client_Name»),\n<<Matter.CustomField.\nCourt>>, \
                    {% if urgent %}<<Matter.Urgent>>{% endif %}{{ fee }} «à la lettre» 1 << 2";
    let (text, unfilled) = filled(Markup::Text, template);
    assert_eq!(
        text,
        "Dear <<Matter.Client.Name>> («Client_Name»),\n<<Matter.CustomField.\nCourt>>, \
         $1,234.50 «à la lettre» 1 << 2"
    );
    let names = [
        "<<Matter.Client.Name>>",
        "«Client_Name»",
        "<<Matter.CustomField.Court>>",
    ];
    let expected = names.map(|it| (it.to_owned(), Why::Unknown));
    assert_eq!(unfilled, expected);
    // What is told of the document is what was listed.
    let told = crate::inspect::of_text(text).unwrap().marks.into_iter();
    assert_eq!(told.map(|it| it.name).collect::<Vec<_>>(), names);
    let (_, unfilled) = filled(Markup::Html, "<p>&lt;&lt;Matter.Number&gt;&gt;</p>");
    assert_eq!(unfilled[0].0, "&lt;&lt;Matter.Number&gt;&gt;");
}

#[test]
fn a_filter_that_does_not_fit_is_no_unknown_name() {
    for (placeholder, why) in [
        ("{{ filed | number(2) }}", Why::Kind),
        ("{{ client.name | date('dd') }}", Why::Kind),
        ("{{ client.name | map(attribute='x') }}", Why::Kind),
        ("{{ custom | upper }}", Why::Several),
        ("{{ custom ~ 'x' }}", Why::Several),
        ("{{ client.mail | number }}", Why::Unknown),
        ("{{ client.fax | number }}", Why::Empty),
        (
            "{{ (related | selectattr('role', 'eq', 'X') | first).name }}",
            Why::Empty,
        ),
    ] {
        let (_, unfilled) = filled(Markup::Text, placeholder);
        assert_eq!(unfilled, [(placeholder.to_owned(), why)]);
    }
    assert_eq!(text("{{ client.name | number | default('none') }}"), "none");
    let each = "{% for it in client.name | map(attribute='x') %}{% endfor %}";
    let (_, unfilled) = filled(Markup::Text, each);
    assert_eq!(unfilled[0].1, Why::Kind);
}

#[test]
fn capitals_blanks_and_underscores_do_not_tell_names_apart() {
    for name in [
        "custom.court_name",
        "custom.CourtName",
        "custom.courtname",
        "Custom['court name']",
    ] {
        assert_eq!(text(&format!("{{{{ {name} }}}}")), "High Court", "{name}");
    }
    let two = record([("a_b", Value::text("1")), ("ab", Value::text("2"))]);
    let of = |name| {
        two.member(name).and_then(|it| match it {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
    };
    assert_eq!(
        (of("A B"), of("AB"), of("a-b")),
        (Some("1"), Some("2"), Some("1"))
    );
}

#[test]
fn what_may_be_blank_is_the_authors_word() {
    assert_eq!(text("[{{ client.fax | default('none') }}]"), "[none]");
    assert_eq!(text("[{{ client.fax | default('') }}]"), "[]");
    assert_eq!(text("[{{ 'urgent' if urgent }}]"), "[]");
    assert_eq!(text("[{{ client.fax if urgent else '' }}]"), "[]");
    assert_eq!(
        text("[{{ 'Mr ' if urgent }}{{ ('Mr ' if urgent) ~ fee }}]"),
        "[$1,234.50]"
    );
    assert_eq!(
        text("[{{ 'Fax: ' ~ (client.fax | default('')) }}]"),
        "[Fax: ]"
    );
    assert_eq!(
        text("[{{ [client.fax, client.name] | join('/') }}]"),
        "[Ada <b>Sample</b>]"
    );
    assert_eq!(
        text("{% if client.mail is defined %}a{% endif %}{{ client.mail | default(fee) }}"),
        "$1,234.50"
    );
}

#[test]
fn an_expression_that_needs_what_is_not_there_has_no_value() {
    let no = "no";
    for (template, why) in [
        ("{{ 'Fax: ' ~ client.fax }}", Why::Empty),
        ("{{ client.fax ~ ' (fax)' }}", Why::Empty),
        ("{{ 'Fax: ' ~ client.mail }}", Why::Unknown),
        ("{{ client.fax | default(client.fax) }}", Why::Empty),
        ("{{ (client.fax | default('')) ~ client.fax }}", Why::Empty),
        ("{{ client.fax | default(client.mail) }}", Why::Unknown),
        ("{{ [client.mail, client.name] | join('/') }}", Why::Unknown),
        ("{{ client.name | replace('Ada', client.fax) }}", Why::Empty),
        (
            "{{ client.name | replace('Ada', client.mail) }}",
            Why::Unknown,
        ),
        ("{{ client.fax if not urgent else '' }}", Why::Empty),
        ("{{ client.mail if not urgent }}", Why::Unknown),
        ("{{ 'a' if client.mail == 'b' else 'c' }}", Why::Unknown),
        ("{{ '' or client.fax }}", Why::Empty),
        (
            "{{ (related | selectattr('rôle', 'eq', 'Judge') | first).name }}",
            Why::Unknown,
        ),
        (
            "{{ related | rejectattr('typo') | map(attribute='name') | join }}",
            Why::Unknown,
        ),
    ] {
        assert_eq!(
            filled(Markup::Text, template),
            (template.to_owned(), vec![(template.to_owned(), why)])
        );
    }
    for (tag, end) in [
        ("{% if custom.Typo %}", "endif"),
        ("{% if not custom.Typo == 'a' %}", "endif"),
        ("{% if urgent or custom.Typo %}", "endif"),
        ("{% for it in related if it.Typo %}", "endfor"),
        ("{% for it in custom.Typo %}", "endfor"),
        (
            "{% for it in related | selectattr('typo', 'eq', 'x') %}",
            "endfor",
        ),
    ] {
        let (_, unfilled) = filled(Markup::Text, &format!("{tag}{no}{{% {end} %}}"));
        assert_eq!(unfilled, [(tag.to_owned(), Why::Unknown)]);
    }
    // Known and empty is an answer, and so is what a list does not have.
    let judge = "(related | selectattr('role', 'eq', 'Clerk') | first).name";
    for empty in ["client.fax.number", "related[7].name", judge] {
        assert_eq!(
            text(&format!("{{% if {empty} %}}a{{% else %}}b{{% endif %}}")),
            "b"
        );
    }
    assert_eq!(text("{% if client.fax %}a{% else %}b{% endif %}"), "b");
}

#[test]
fn a_line_of_statements_alone_is_no_line() {
    let template = "Parties:\n{% for it in related %}\n  {# one #}\n- {{ it.name }}{% if not loop.last %},{% endif %}\n{% endfor %}\nEnd\n";
    assert_eq!(
        text(template),
        "Parties:\n- Grace Court,\n- Otto Owing\nEnd\n"
    );
    assert_eq!(text("a {%- if true -%} b {%- endif -%} c"), "abc");
}

#[test]
fn blocks_are_chosen_and_repeated() {
    let template = "{% if urgent %}a{% elif fee > 1000 %}b{% else %}c{% endif %}";
    assert_eq!(text(template), "b");
    let template =
        "{% for it in related if it.role == 'Judge' %}{{ it.name }}{% else %}none{% endfor %}";
    assert_eq!(text(template), "Grace Court");
    let template = "{% for it in [] %}{{ it }}{% else %}none{% endfor %}";
    assert_eq!(text(template), "none");
}

#[test]
fn a_block_that_does_not_end_is_named() {
    assert_eq!(
        refusal(Markup::Text, "{% if urgent %}a"),
        "`{% if urgent %}` has no `{% endif %}`"
    );
    assert_eq!(
        refusal(Markup::Text, "a{% endfor %}"),
        "`{% endfor %}` ends or divides what was not begun"
    );
    assert_eq!(
        refusal(Markup::Text, "{% for a in b %}{% if a %}{% endfor %}"),
        "`{% endfor %}` comes before the `{% endif %}` of `{% if a %}`"
    );
    assert_eq!(
        refusal(Markup::Text, "{{ a"),
        "line 1: `{{ a`: it is not closed; `}}` is missing behind it"
    );
    // What closes it is the end of the next one, or nothing.
    for rest in [
        "}, {{ fee }}",
        "\n{{ fee }}",
        &"x ".repeat(2_000),
        " {{ fee",
    ] {
        let refusal = refusal(Markup::Text, &format!("Dear\n{{{{ client.name {rest}"));
        assert!(refusal.starts_with("line 2: `{{ client.name"), "{refusal}");
        assert!(
            refusal.contains("is not closed; `}}` is missing"),
            "{refusal}"
        );
        assert!(!refusal.contains("fee"), "{refusal}");
    }
    assert_eq!(
        refusal(Markup::Text, "{% if urgent }x{% endif %}"),
        "line 1: `{% if urgent }x`: it is not closed; `%}` is missing behind it"
    );
    assert_eq!(
        refusal(Markup::Text, "a\n\n{{ fee | uper }}"),
        "line 3: `{{ fee | uper }}`: there is no filter `uper`"
    );
}

#[test]
fn a_value_in_html_is_text() {
    let (text, _) = filled(
        Markup::Html,
        "<p title=\"{{ client.name }}\">{{ client.name }}</p>",
    );
    let name = "Ada &lt;b&gt;Sample&lt;/b&gt;";
    assert_eq!(text, format!("<p title=\"{name}\">{name}</p>"));
    let (text, unfilled) = filled(
        Markup::Html,
        "<a href='{{ client.home }}'>x</a><a href='{{ client.site }}'>",
    );
    assert_eq!(
        text,
        "<a href='https://example.com/?a=1&amp;b=%22'>x</a><a href='{{ client.site }}'>"
    );
    assert_eq!(unfilled, [("{{ client.site }}".to_owned(), Why::Link)]);
}

#[test]
fn lines_of_a_value_are_lines_of_the_document() {
    let template = "<p title='{{ client.address }}'>{{ client.address }}</p>";
    let (html, _) = filled(Markup::Html, template);
    assert_eq!(
        html,
        "<p title='1 Road\n&lt;Town&gt;'>1 Road<br>&lt;Town&gt;</p>"
    );
    assert_eq!(text("{{ client.address }}"), "1 Road\n<Town>");
}

#[test]
fn html_where_no_escaping_helps_is_refused() {
    for template in [
        "<script>x = '{{ client.name }}'</script>",
        "<script><!-- </script {{ client.name }}>",
        "<style>{{ client.name }}</style>",
        "<p {{ client.name }}>",
        "<p title={{ client.name }}>",
        "<p title = {{ client.name }}>",
        "<p onclick=\"{{ client.name }}\">",
        "<P OnClick='{{ client.name }}'>",
        "<p style=\"{{ client.name }}\">",
        "<{{ client.name }}>",
        "</{{ client.name }}>",
        "<!-- {{ client.name }} -->",
        "<!-- > {{ client.name }} -->",
        "<!x {{ client.name }}>",
        "<? {{ client.name }}>",
        "<iframe srcdoc=\"{{ client.name }}\">",
        "{% if urgent %}<p title=\"{% endif %}{{ client.name }}",
        "{% if urgent %}<script>{% else %}<b>{% endif %}{{ client.name }}",
        "{% for it in related %}<i a=\"{% endfor %}",
    ] {
        let refusal = refusal(Markup::Html, template);
        assert!(
            refusal.contains("stands in") || refusal.contains("its block"),
            "{refusal}"
        );
    }
    for template in [
        "a < b {{ client.name }}",
        "<script>if (a < b) {}</script>{{ client.name }}",
        "<!-- - -- > --><p>{{ client.name }}",
        "<br/>{{ client.name }}<input value='a' checked>{{ client.name }}",
        "{% if urgent %}<b>{% endif %}{{ client.name }}",
        "<p title = \"a > b\">{{ client.name }}",
    ] {
        let (text, _) = filled(Markup::Html, template);
        assert!(text.contains("Ada &lt;b"), "{text}");
    }
}

#[test]
fn steps_and_sizes_have_an_end() {
    let long = "{% for a in related %}".repeat(16) + &"{% endfor %}".repeat(16);
    assert!(fill(Markup::Text, long.as_bytes(), &values(), Locale::EnUs).is_ok());
    let many: Vec<Value> = (0..2000).map(|_| Value::text("x")).collect();
    let values = record([("many", Value::List(many))]);
    let cube = "{% for a in many %}{% for b in many %}{{ a }}{% endfor %}{% endfor %}";
    let refused = fill(Markup::Text, cube.as_bytes(), &values, Locale::EnUs).unwrap_err();
    assert!(refused.message().contains("too many steps"), "{refused}");
    let deep = "{% if a %}".repeat(40) + &"{% endif %}".repeat(40);
    assert!(refusal(Markup::Text, &deep).contains("nested"));
    let doubled = "{{ many | join | replace('x', 'xxxx') | replace('x', 'xxxx') }}";
    let filled = fill(Markup::Text, doubled.as_bytes(), &values, Locale::EnUs).unwrap();
    assert!(filled.bytes.len() < 100_000);
}

#[test]
fn a_long_line_of_placeholders_takes_no_longer_than_its_length() {
    let statements = "{% if urgent %}{% endif %}".repeat(9_000);
    let filled = fill(Markup::Text, statements.as_bytes(), &values(), Locale::EnUs);
    assert_eq!(filled.unwrap().bytes, b"");
    let many = "{{ fee }}".repeat(30_000);
    assert!(refusal(Markup::Text, &many).contains("20,000"));
    let tag = format!("<{}", "a".repeat(1_000_000));
    let began = std::time::Instant::now();
    for within in [" ", " b", " b='"] {
        let blocks = "{% if urgent %}{% endif %}".repeat(9_000);
        let text = format!("{tag}{within}{blocks}");
        assert!(fill(Markup::Html, text.as_bytes(), &values(), Locale::EnUs).is_ok());
    }
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    let open = "<<".repeat(1_000_000);
    assert_eq!(crate::inspect::of_text(open).unwrap().marks, []);
    let told = crate::inspect::of_text(many).unwrap_err();
    assert!(told.message().contains("20,000 places"), "{told}");
}
