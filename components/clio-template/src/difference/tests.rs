use super::*;
use crate::inspect;
use crate::inspect::Format;

fn of(template: &str, document: &str) -> Difference {
    let read = |text: &str| inspect(Format::Text, text.as_bytes()).unwrap();
    difference(&read(template), &read(document))
}

const LETTER: &str = "Dear {{ client.name }},\nyour fee is {{ fee }} each month.\n\
                      {% if urgent %}\nIt is urgent.\n{% endif %}\nRef: {{ matter.number }} of {{ filed }}\nYours";

#[test]
fn a_filled_document_has_no_blanks() {
    let told = of(
        LETTER,
        "Dear Ada Sample,\nyour fee is $1,200 each month.\nIt is urgent.\nRef: 17-A of March 1\nYours",
    );
    assert_eq!(
        (told.kept, told.places, told.blankness),
        (100, 4, 0),
        "{told:?}"
    );
    assert_eq!(
        told.text,
        "- Dear {{ client.name }},\n- your fee is {{ fee }} each month.\n- {% if urgent %}\n\
         + Dear Ada Sample,\n+ your fee is $1,200 each month.\n  It is urgent.\n- {% endif %}\n\
         - Ref: {{ matter.number }} of {{ filed }}\n+ Ref: 17-A of March 1\n  Yours\n"
    );
}

#[test]
fn a_blank_one_is_told() {
    let told = of(
        LETTER,
        "Dear Ada Sample,\nyour fee is  each month.\nRef:  of ____\nYours",
    );
    assert_eq!(
        told.blank,
        ["{{ fee }}", "{{ matter.number }}", "{{ filed }}"]
    );
    assert_eq!((told.kept, told.blankness), (100, 75), "{told:?}");
    // As the template itself.
    let told = of(LETTER, LETTER);
    assert_eq!((told.kept, told.blankness), (100, 100), "{told:?}");
    assert_eq!(told.text, "  …\n");
}

#[test]
fn places_beside_one_another_share_what_stands_there() {
    assert_eq!(of("a {{ b }} {{ c }} d", "a x y d").blank, [""; 0]);
    assert_eq!(of("a {{ b }} {{ c }} d", "a x d").blank, ["{{ c }}"]);
    assert_eq!(
        of("a {{ b }} {{ c }} d", "a d").blank,
        ["{{ b }}", "{{ c }}"]
    );
    assert_eq!(
        of("a {{ b.x }} {{ c }} d", "a {{ b.x }} y d").blank,
        ["{{ b.x }}"]
    );
    assert_eq!(of("{{ b }}", "x").blank, [""; 0]);
    assert_eq!(of("{{ b }}", "").blank, ["{{ b }}"]);
}

#[test]
fn many_places_beside_one_another_are_held_against_a_long_text_in_time() {
    let began = std::time::Instant::now();
    let places = "{{ a.a.a.a.b }} ".repeat(4_000);
    let told = of(
        &format!("x {places} y"),
        &format!("x {} y", "a ".repeat(250_000)),
    );
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(told.places, 4_000);
}

#[test]
fn a_difference_that_is_cut_says_so() {
    let long = |word: &str| {
        (0..20_000)
            .map(|it| alloc::format!("{word} line {it}\n"))
            .collect::<String>()
    };
    let told = of(&long("old"), &(long("new") + "and a short one"));
    assert!(told.text.len() <= TEXT && told.text.ends_with(CUT));
    assert_eq!(told.text.matches(CUT).count(), 1);
    // One line that is too long for it.
    let told = of("a", &alloc::format!("{}\nb", "x".repeat(TEXT)));
    assert_eq!(told.text, alloc::format!("- a\n{CUT}"));
    assert!(
        !of("a", &alloc::format!("{}\nb", CUT.trim()))
            .text
            .ends_with(CUT)
    );
}

#[test]
fn what_another_program_left_is_no_value() {
    let told = of(
        LETTER,
        "Dear <<Matter.Client.Name>>,\nyour fee is «Fee» each month.\n\
         Ref: <<Matter.CustomField.\nNumber>> of March 1\nYours",
    );
    assert_eq!(
        told.blank,
        ["{{ client.name }}", "{{ fee }}", "{{ matter.number }}"]
    );
    assert_eq!((told.kept, told.blankness), (100, 75), "{told:?}");
    // Beside a value, and in its order.
    let told = |document| of("a {{ b }} {{ c }} d", document).blank;
    assert_eq!(told("a <<Matter.B>> y d"), ["{{ b }}"]);
    assert_eq!(told("a x y <<Matter.C>> d"), ["{{ c }}"]);
    assert_eq!(
        told("a <<Matter.B>> <<Matter.C>> d"),
        ["{{ b }}", "{{ c }}"]
    );
    assert_eq!(told("a <<Matter.B>> d"), ["{{ b }}", "{{ c }}"]);
}

#[test]
fn another_document_is_not_a_filled_one() {
    let told = of(
        LETTER,
        "Something else altogether was written here by somebody.",
    );
    assert!(told.kept < 20 && told.blankness >= 75, "{told:?}");
}
