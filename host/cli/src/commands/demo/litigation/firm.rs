//! The firm as it stands in Clio before the story: a matter with its fields, and an
//! automation that is late and leaves blank.

use std::time::Duration;

use clio_runner::failure::Failure;
use clio_sandbox::{
    Control, NewAutomation, NewContact, NewCustomField, NewMatter, NewRelationship, Seed, SeedUser,
};

use super::super::narrator::Narrator;

/// How late Clio is with what it generates, by the sandbox's clock.
pub(super) const LATE: Duration = Duration::from_secs(120);
/// The stage whose automation generates the document, and what it is called.
pub(super) const STAGE: &str = "Pleading";
pub(super) const PETITION: &str = "Petition.docx";
/// The client's last name.
pub(super) const CLIENT: &str = "Marin";

/// The firm's template, and what Clio's own automation makes of it.
pub(super) const TEMPLATE: &[u8] =
    include_bytes!("../../../../../../tests/data/templates/petition.docx");
const GENERATED: &[u8] =
    include_bytes!("../../../../../../tests/data/templates/petition-as-generated.docx");

/// What the firm keeps of a matter in Clio.
pub(super) const FIELDS: [(&str, &str, &str); 4] = [
    ("Court", "text_line", "District Court, Travis County"),
    ("Case number", "text_line", "D-1-GN-26-004711"),
    ("Filing date", "date", "2026-12-01"),
    ("Damages", "currency", "48250.00"),
];

/// The matter, and the stage that it is to reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matter {
    pub(super) id: u64,
    pub(super) stage: u64,
}

pub(super) fn set_up(tell: &Narrator, control: &Control) -> Result<Matter, Failure> {
    control.seed(Seed {
        users: vec![SeedUser::new("Dana", "Ortiz", true)],
        ..Seed::empty()
    });
    let attorney = control.snapshot().users.first().map(|user| user.id);
    let area = control.add_practice_area("Litigation");
    let intake = control.add_stage(area, "Intake");
    let stage = control.add_stage(area, STAGE);
    let client = control.add_contact(NewContact::person("Rosa", CLIENT));
    let witness = control.add_contact(NewContact::person("Karl", "Winter"));
    tell.fact("A matter in Clio, and what its custom fields say:")?;
    let mut values = Vec::new();
    for (name, kind, value) in FIELDS {
        let field = control.add_custom_field(NewCustomField::new(name, "Matter", kind));
        values.push((field, Some(value.to_owned())));
        tell.fact(&format!("  {name}: {value}"))?;
    }
    let id = control.add_matter(NewMatter {
        practice_area: Some(area),
        stage: Some(intake),
        responsible_attorney: attorney,
        values,
        ..NewMatter::of(client, "Marin v. Harbor Freight Lines")
    });
    control.add_relationship(&NewRelationship {
        matter: id,
        contact: witness,
        description: "Witness".to_owned(),
    });
    control.add_stage_automation(NewAutomation {
        stage,
        name: PETITION.to_owned(),
        content: Some(GENERATED.to_vec()),
        after: LATE,
    });
    tell.fact(&format!(
        "When it reaches {STAGE}, Clio generates {PETITION:?}, {} minutes later.",
        LATE.as_secs() / 60
    ))?;
    Ok(Matter { id, stage })
}
