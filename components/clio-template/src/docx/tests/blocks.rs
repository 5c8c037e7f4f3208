use super::*;

#[test]
fn blocks_within_a_paragraph_take_runs() {
    assert_eq!(
        filled(&p(&[
            "a{% if urgent %}b{% endif %}c{% if quiet %}d{% else %}e{% endif %}"
        ])),
        p(&["abce"])
    );
    let many = "<w:p><w:r><w:rPr><w:i/></w:rPr><w:t>{% for x in related %}{{ x.name }}</w:t></w:r>\
                <w:r><w:t>, {% endfor %}end</w:t></w:r></w:p>";
    let i = |text: &str| format!("<w:r><w:rPr><w:i/></w:rPr><w:t>{text}</w:t></w:r>");
    let r = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let expected = [i(""), i("Grace"), r(", "), i("Otto"), r(", "), r("end")].concat();
    assert_eq!(filled(many), format!("<w:p>{expected}</w:p>"));
    // A condition over a whole paragraph takes the paragraph along.
    let body = p(&["{% if quiet %}x {{ fee }}{% endif %}"]) + &p(&["y"]);
    assert_eq!(filled(&body), p(&["y"]));
    let body = p(&["{% if urgent %}", "x{% endif %}"]);
    assert_eq!(filled(&body), p(&["", "x"]));
}

#[test]
fn blocks_of_paragraphs_lose_their_tags_paragraphs() {
    let body = [
        p(&["{% for x in related %}"]),
        p(&["{{ loop.index }}. {{ x.name }}"]),
        p(&["{% if x.role == 'Judge' %}"]),
        p(&["judge"]),
        p(&["{% ", "else %}"]),
        p(&["other"]),
        p(&["{% endif %}{% endfor %}"]),
        p(&["end"]),
    ];
    let expected = ["1. Grace", "judge", "2. Otto", "other", "end"]
        .map(|it| p(&[it]))
        .concat();
    assert_eq!(filled(&body.concat()), expected);
    // The tags may stand in the first and last paragraph as well.
    let body = p(&["{% for x in related %}{{ x.name }}"]) + &p(&["{{ x.role }}{% endfor %}"]);
    let expected = ["Grace", "Judge", "Otto", "Opponent"]
        .map(|it| p(&[it]))
        .concat();
    assert_eq!(filled(&body), expected);
}

#[test]
fn a_row_repeats() {
    let one = row(&[
        "{% for x in related %}{{ x.name }}",
        "{{ x.role }}{% endfor %}",
    ]);
    let expected = table(&[
        &row(&["Grace", "Judge"]),
        &row(&["Otto", "Opponent"]),
        &row(&["end", ""]),
    ]);
    assert_eq!(filled(&table(&[&one, &row(&["end", ""])])), expected);
    let rows = [
        row(&["{% for x in related %}", ""]),
        row(&["{{ x.name }}", "{{ x.role }}"]),
        row(&["{% endfor %}", ""]),
        row(&["end", ""]),
    ];
    assert_eq!(filled(&table(&[&rows.concat()])), expected);
    // In one cell, within a row.
    let cell = row(&["{% for x in related %}{{ x.name }};{% endfor %}"]);
    assert_eq!(filled(&table(&[&cell])), table(&[&row(&["Grace;Otto;"])]));
}

#[test]
fn a_cell_keeps_a_paragraph_and_a_table_a_row() {
    let cell = |body: &str| format!("<w:tbl><w:tr><w:tc><w:tcPr/>{body}</w:tc></w:tr></w:tbl>");
    let body = p(&["{% if quiet %}"]) + &p(&["x"]) + &p(&["{% endif %}"]);
    assert_eq!(filled(&cell(&body)), cell("<w:p/>"));
    let body = p(&["{% if urgent %}"]) + &p(&["x"]) + &p(&["{% endif %}"]);
    assert_eq!(filled(&cell(&body)), cell(&p(&["x"])));
    assert_eq!(
        filled(&cell(&p(&["{% if quiet %}x{% endif %}"]))),
        cell("<w:p/>")
    );
    let body = p(&["{% if urgent %}"]) + &table(&[&row(&["x"])]) + &p(&["{% endif %}"]);
    assert_eq!(
        filled(&cell(&body)),
        cell(&(table(&[&row(&["x"])]) + "<w:p/>"))
    );
    let rows = row(&["{% for x in none %}{{ x }}", "{% endfor %}"]);
    assert_eq!(
        filled(&table(&[&rows])),
        table(&["<w:tr><w:tc><w:p/></w:tc></w:tr>"])
    );
}

#[test]
fn blocks_that_cut_the_document_are_refused_with_a_word_of_help() {
    let told = refusal(&(p(&["text {% if urgent %}"]) + &p(&["{% endif %}"])));
    assert_eq!(
        told,
        "word/document.xml: `{% if urgent %}` stands in a paragraph or table row with other text; \
         put it into one of its own"
    );
    let link = "<w:p><w:r><w:t>{% if urgent %}</w:t></w:r><w:hyperlink><w:r><w:t>a{% endif %}</w:t></w:r></w:hyperlink>\
                <w:r><w:t>b</w:t></w:r></w:p>";
    assert!(
        refusal(link).contains("a link or a field"),
        "{}",
        refusal(link)
    );
    let told = refusal(&p(&["{% if urgent %}"]));
    assert_eq!(
        told,
        "word/document.xml: `{% if urgent %}` has no `{% endif %}`"
    );
    let told = refusal(&p(&["{{ client.name | uper }}"]));
    assert!(told.ends_with("there is no filter `uper`"), "{told}");
    let told = refusal(&p(&["{{ client.name"]));
    assert!(told.contains("`}}` is missing"), "{told}");
    let cells = row(&["{% if urgent %}", "{% for x in related %}"]);
    let told = refusal(&table(&[&cells, &row(&["{% endif %}", "{% endfor %}"])]));
    assert!(told.contains("comes before"), "{told}");
}

#[test]
fn a_text_outside_of_a_run_is_none() {
    let body = "<w:p><w:r><w:t>{% if urgent %}a</w:t></w:r><w:t>{% endif %}</w:t></w:p>";
    assert!(refusal(body).contains("has no `{% endif %}`"));
    // After a run within a run, the text is that of the outer one.
    let body = "<w:p><w:r><w:ruby><w:rt><w:r><w:t>a</w:t></w:r></w:rt></w:ruby><w:t>{% if urgent %}</w:t></w:r>\
                <w:r><w:t>b{% endif %}</w:t></w:r></w:p>";
    assert!(filled(body).contains("<w:r><w:t>b</w:t></w:r>"));
}
