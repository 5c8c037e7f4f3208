//! Fields and values that may not be seen, or are no more.

use super::*;

/// Trap: the list of definitions is forbidden.
/// Take out: `components/clio-api/src/custom_fields/definitions.rs`: `Err(error) if is_forbidden(&error) => Ok(Self::shown(rows)),`
/// Trap: nobody says which field cannot be resolved.
/// Take out: `components/clio-api/src/custom_fields/definitions.rs`: `failure.field(pointer)`
/// Replace with: `failure`
#[tokio::test]
async fn definitions_that_may_not_be_read_are_said_so() {
    let world = World::under(Switches {
        custom_field_access: CustomFieldAccess::DefinitionsForbidden,
        ..Switches::default()
    })
    .await;
    let filed = Filed::new(&world);
    // The record shows this one, also empty.
    let outcome = write(&world, filed.of(), vec![by_name("The date", "2026-03-01")]).await;
    assert_eq!(changes(&outcome), [Change::Created]);
    // It shows neither this one nor the options of the other.
    for (value, pointer) in [
        (by_name("The contact", "1"), "/values/0/field"),
        (by_name("Track", "Fast"), "/values/0/value/text"),
    ] {
        let problem = refused(&world, filed.of(), vec![value]).await;
        assert_eq!(problem.code, ProblemCode::Forbidden);
        assert_eq!(problem.field.as_deref(), Some(pointer));
        assert!(problem.message.contains("“Custom fields”"), "{problem:?}");
    }
    assert_eq!(world.writes(), 1);
    world.finish();
}

#[tokio::test]
async fn values_that_may_not_be_seen_are_not_taken_for_absent() {
    // CASES A1
    let without = |custom_field_access| Switches {
        custom_field_access,
        ..Switches::default()
    };
    let no_lists = Switches {
        null_lists: true,
        ..Switches::default()
    };
    for (switches, court) in [
        (without(CustomFieldAccess::ValuesBlank), Some("Superior")),
        (without(CustomFieldAccess::ValuesBlank), None),
        (without(CustomFieldAccess::ValuesNull), Some("Superior")),
        // The matter shows no field at all.
        (no_lists, None),
    ] {
        let world = World::under(Switches::default()).await;
        let filed = Filed::new(&world);
        let of = if switches.null_lists {
            Owner::Contact(filed.contact)
        } else {
            filed.of()
        };
        if let Some(court) = court {
            write(&world, of, vec![by_name("The text_line", court)]).await;
        }
        let written = world.writes();
        world.control.set_switches(switches.clone());
        let problem = refused(&world, of, filed.wanted(1)).await;
        assert_eq!(problem.code, ProblemCode::Forbidden, "{switches:?}");
        let request = ReadRequest { of };
        let error = world.call().run(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::Forbidden, "{switches:?}");
        assert_eq!(world.writes(), written);
        world.finish();
    }
}

#[tokio::test]
async fn fields_that_were_deleted_are_told_and_take_nothing() {
    for deleted_fields in [DeletedFields::Listed, DeletedFields::LeftOut] {
        deleted_field(deleted_fields).await;
    }
}

// CASES A2
async fn deleted_field(deleted_fields: DeletedFields) {
    let world = World::under(Switches {
        deleted_fields,
        ..Switches::default()
    })
    .await;
    let filed = Filed::new(&world);
    let outcome = write(&world, filed.of(), vec![by_name("The date", "2026-03-01")]).await;
    let id = outcome.values[0].field;
    world.control.delete_custom_field(id);
    let told = read(&world, filed.of()).await;
    let date = told.values.iter().find(|value| value.field == id).unwrap();
    assert!(date.deleted);
    assert_eq!(date.value.as_deref(), Some("2026-03-01"));
    let value = NewValue {
        field: FieldRef::Id(id),
        value: Content::Clear,
    };
    let problem = refused(&world, filed.of(), vec![value]).await;
    assert_eq!(problem.code, ProblemCode::Removed);
    let other = Owner::Matter(filed.other_matter);
    for of in [filed.of(), other] {
        let problem = refused(&world, of, vec![by_name("the date", "2026-03-02")]).await;
        assert_eq!(problem.code, ProblemCode::Removed, "{deleted_fields:?}");
        assert_eq!(problem.candidates, [id]);
    }
    // Another one that takes the name is the one that is meant.
    let field = NewCustomField::new("The date", "Matter", "date");
    let field = world.control.add_custom_field(field);
    let outcome = write(&world, other, vec![by_name("The date", "2026-03-02")]).await;
    assert_eq!(outcome.values[0].field, field);
    world.finish();
}
