//! A matter is changed: its status, stage, description and attorneys, and never
//! over somebody else's edit.

use clio_host::actions::types::{Problem, ProblemCode};
use clio_host::actions::update_matter::{Attorney, MatterStatus, RecordRef, UpdateRequest};
use clio_sandbox::{
    Effect, Fault, FaultAnswer, MatterState, NewContact, NewMatter, Switches, UnknownReference,
};
use clio_tests::World;

/// A matter in a practice area, at its first stage.
struct Opened {
    matter: u64,
    area: u64,
    other_area: u64,
    /// Another stage of the practice area, and one of the other's.
    closing: u64,
    elsewhere: u64,
    user: u64,
}

impl Opened {
    fn new(world: &World) -> Self {
        let control = &world.control;
        let client = control.add_contact(NewContact::person("Bo", "Chan"));
        let area = control.add_practice_area("Estate Planning");
        let other_area = control.add_practice_area("Family");
        let intake = control.add_stage(area, "Intake");
        Self {
            matter: control.add_matter(NewMatter {
                practice_area: Some(area),
                stage: Some(intake),
                ..NewMatter::of(client, "Chan v. Harbor")
            }),
            area,
            other_area,
            closing: control.add_stage(area, "Closing"),
            elsewhere: control.add_stage(other_area, "Mediation"),
            user: control.snapshot().users[0].id,
        }
    }

    fn request(&self) -> UpdateRequest {
        UpdateRequest::new(self.matter)
    }

    /// All that can be changed.
    fn everything(&self) -> UpdateRequest {
        UpdateRequest {
            status: Some(MatterStatus::Closed),
            description: Some("Chan v. Harbor, settled".into()),
            practice_area: Some(RecordRef::Name("estate planning".into())),
            matter_stage: Some(RecordRef::Name("CLOSING".into())),
            responsible_attorney: Some(Attorney::Id(self.user)),
            originating_attorney: Some(Attorney::Id(self.user)),
            ..self.request()
        }
    }

    #[track_caller]
    fn is_everything(&self, world: &World, name: &str) {
        let matter = standing(world);
        assert_eq!(matter.status, "Closed", "{name}");
        assert_eq!(matter.description, "Chan v. Harbor, settled", "{name}");
        assert_eq!(matter.practice_area, Some(self.area), "{name}");
        assert_eq!(matter.stage, Some(self.closing), "{name}");
        assert_eq!(matter.responsible_attorney, Some(self.user), "{name}");
        assert_eq!(matter.originating_attorney, Some(self.user), "{name}");
    }
}

fn standing(world: &World) -> MatterState {
    world.control.snapshot().matters.remove(0)
}

/// A change that has to fail.
async fn refused(world: &World, request: UpdateRequest) -> Problem {
    let error = world.call().run(request).await.unwrap_err();
    error.problem().unwrap().clone()
}

#[tokio::test]
async fn everything_is_changed_at_once_and_only_once_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let opened = Opened::new(&world);
        let first = world.call().run(opened.everything()).await.unwrap();
        assert!(first.changed, "{name}");
        assert_eq!(world.writes(), 1, "{name}");
        opened.is_everything(&world, name);

        let again = world.call().run(opened.everything()).await.unwrap();
        assert!(!again.changed, "{name}");
        assert_eq!(again.etag, first.etag, "{name}");
        assert_eq!(world.writes(), 1, "{name}");
        world.finish();
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_looked_after_and_not_repeated() {
    for (name, switches) in Switches::all() {
        for lost in [
            Effect::AppliedThen(FaultAnswer::status(502)),
            // Take out the look after a 412 in `update::send`, and this call
            // reports its own change as somebody's edit.
            Effect::AppliedThen(FaultAnswer::status(412)),
            Effect::AnswerLost,
        ] {
            let world = World::under(switches.clone()).await;
            let opened = Opened::new(&world);
            world
                .control
                .fault(Fault::next("PATCH", "/matters/*", lost));
            let outcome = world.call().run(opened.everything()).await.unwrap();
            assert!(outcome.changed, "{name}");
            assert_eq!(world.writes(), 1, "{name}");
            opened.is_everything(&world, name);
            world.finish();
        }
    }
}

#[tokio::test]
async fn a_change_that_did_not_arrive_is_to_be_repeated() {
    let world = World::new().await;
    let opened = Opened::new(&world);
    world
        .control
        .fault(Fault::next("PATCH", "/matters/*", Effect::status(502)));
    let problem = refused(&world, opened.everything()).await;
    assert_eq!(problem.code, ProblemCode::Unavailable);
    assert_eq!(standing(&world).status, "Open");
    let outcome = world.call().run(opened.everything()).await.unwrap();
    assert!(outcome.changed);
    world.finish();
}

#[tokio::test]
async fn an_edit_made_since_the_caller_looked_is_never_overwritten() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let opened = Opened::new(&world);
        let seen = UpdateRequest {
            status: Some(MatterStatus::Pending),
            ..opened.request()
        };
        let seen = world.call().run(seen).await.unwrap();
        world.control.set_stage(opened.matter, opened.closing);
        let described = UpdateRequest {
            etag: seen.etag,
            description: Some("Mine".into()),
            ..opened.request()
        };
        let problem = refused(&world, described.clone()).await;
        assert_eq!(problem.code, ProblemCode::Conflict, "{name}");
        assert_eq!(problem.candidates, [opened.matter], "{name}");
        assert_eq!(standing(&world).description, "Chan v. Harbor", "{name}");
        assert_eq!(standing(&world).stage, Some(opened.closing), "{name}");

        // What stands already is no conflict, whatever else was edited.
        let stage = UpdateRequest {
            matter_stage: Some(RecordRef::Id(opened.closing)),
            description: None,
            ..described
        };
        let outcome = world.call().run(stage).await.unwrap();
        assert!(!outcome.changed, "{name}");
        world.finish();
    }
}

#[tokio::test]
async fn an_edit_made_during_the_call_is_never_overwritten() {
    let world = World::new().await;
    let opened = Opened::new(&world);
    // The change waits while a person moves the matter. Take out `if-match` in
    // `Client::patch_if`, and it goes through.
    world.control.fault(Fault::next(
        "PATCH",
        "/matters/*",
        Effect::Delay {
            by: std::time::Duration::from_millis(600),
        },
    ));
    let request = UpdateRequest {
        description: Some("Mine".into()),
        ..opened.request()
    };
    let (ended, ()) = tokio::join!(refused(&world, request), async {
        world.wait_for_requests(2).await;
        world.control.set_stage(opened.matter, opened.closing);
    });
    assert_eq!(ended.code, ProblemCode::Conflict, "{ended:?}");
    assert_eq!(standing(&world).description, "Chan v. Harbor");
    assert_eq!(standing(&world).stage, Some(opened.closing));
    world.finish();
}

/// Trap: a stage belongs to one practice area.
/// Take out: `components/clio-api/src/create_matter/resolve.rs`: `stage: Some(stage_of(client, area, named)?),`
/// Replace with: `stage: Some(match named { Named::Id(id) => StageId(*id), Named::Name(_) => stage_of(client, area, named)? }),`
#[tokio::test]
async fn a_stage_of_another_practice_area_is_refused_before_anything_is_sent() {
    let world = World::new().await;
    let opened = Opened::new(&world);
    for stage in [
        RecordRef::Id(opened.elsewhere),
        RecordRef::Name("Mediation".into()),
    ] {
        let request = UpdateRequest {
            status: Some(MatterStatus::Closed),
            matter_stage: Some(stage),
            ..opened.request()
        };
        let problem = refused(&world, request).await;
        assert_eq!(problem.code, ProblemCode::Conflict);
        assert_eq!(problem.field.as_deref(), Some("/matter_stage"));
    }
    assert_eq!(world.writes(), 0);
    // With its practice area it is a move.
    let request = UpdateRequest {
        practice_area: Some(RecordRef::Id(opened.other_area)),
        matter_stage: Some(RecordRef::Name("Mediation".into())),
        ..opened.request()
    };
    world.call().run(request).await.unwrap();
    assert_eq!(standing(&world).stage, Some(opened.elsewhere));
    world.finish();
}

#[tokio::test]
async fn an_attorney_is_never_said_to_be_cleared_and_an_unknown_one_is_named() {
    let world = World::new().await;
    let opened = Opened::new(&world);
    let clear = UpdateRequest {
        responsible_attorney: Some(Attorney::Clear),
        ..opened.request()
    };
    let problem = refused(&world, clear).await;
    assert_eq!(problem.code, ProblemCode::InvalidInput);
    assert_eq!(problem.field.as_deref(), Some("/responsible_attorney"));
    // CASES A3
    for unknown_reference in [UnknownReference::NotFound, UnknownReference::Unprocessable] {
        world.control.set_switches(Switches {
            unknown_reference,
            ..Switches::default()
        });
        let unknown = UpdateRequest {
            responsible_attorney: Some(Attorney::Id(999_999)),
            status: Some(MatterStatus::Closed),
            ..opened.request()
        };
        let problem = refused(&world, unknown).await;
        let code = match unknown_reference {
            UnknownReference::NotFound => ProblemCode::NotFound,
            UnknownReference::Unprocessable => ProblemCode::RejectedByClio,
        };
        assert_eq!(problem.code, code);
        assert_eq!(problem.field.as_deref(), Some("/responsible_attorney"));
        let unknown = UpdateRequest {
            practice_area: Some(RecordRef::Id(999_999)),
            status: Some(MatterStatus::Closed),
            ..opened.request()
        };
        let problem = refused(&world, unknown).await;
        assert_eq!(problem.code, ProblemCode::NotFound, "{unknown_reference:?}");
        assert_eq!(problem.field.as_deref(), Some("/practice_area"));
    }
    assert_eq!(standing(&world).responsible_attorney, None);
    world.finish();
}

#[tokio::test]
async fn the_command_changes_a_matter() {
    let world = World::new().await;
    let opened = Opened::new(&world);
    let input = format!(
        r#"{{"matter": {}, "status": "closed", "matter_stage": {{"name": "Closing"}}}}"#,
        opened.matter
    );
    let args = ["run", "update-matter", "--input", &input];
    let told = world.clio(&args).await.expect_code(0).json();
    assert_eq!(told["changed"], true, "{told}");
    let told = world.clio(&args).await.expect_code(0).json();
    assert_eq!(told["changed"], false, "{told}");
    world.finish();
}
