//! A platform imports the matters of a firm: page by page, with everything that
//! one request tells, and with what it may not see said so.

use std::time::Duration;

use clio_host::actions::pull_matters::{
    ClientKind, CountRequest, Filter, Link, Matter, MatterStatus, PullOutcome, PullRequest,
    ValueKind,
};
use clio_sandbox::{NewContact, NewCustomField, NewMatter, Switches};
use clio_tests::World;

/// A firm with seven matters, every second one linked by marker and reference.
pub(crate) struct Firm {
    pub(crate) matters: Vec<u64>,
    client: u64,
    area: u64,
    stage: u64,
    user: u64,
    pub(crate) marker: u64,
    track: u64,
    claim: u64,
}

impl Firm {
    pub(crate) fn new(world: &World) -> Self {
        let control = &world.control;
        let client = control.add_contact(NewContact::person("Bo", "Chan"));
        let company = control.add_contact(NewContact::company("Harbor Ltd"));
        let area = control.add_practice_area("Estate Planning");
        let stage = control.add_stage(area, "Intake");
        let user = control.snapshot().users[0].id;
        let field = |name: &str, kind: &str| {
            control.add_custom_field(NewCustomField::new(name, "Matter", kind))
        };
        let marker = field("Source", "text_line");
        let claim = field("Claim", "currency");
        control.add_custom_field(NewCustomField::new("Note", "Matter", "text_area"));
        let picklist = NewCustomField::picklist("Track", "Matter", &["Fast", "Slow"]);
        let track = control.add_custom_field(picklist);
        let fields = control.snapshot().custom_fields;
        let slow = fields.iter().find(|f| f.id == track).unwrap().options[1].0;
        let matters = (0..7)
            .map(|n: usize| {
                let linked = n.is_multiple_of(2);
                let mut values = vec![
                    (claim, Some("1250.50".to_owned())),
                    (track, Some(slow.to_string())),
                ];
                values.extend(linked.then(|| (marker, Some(format!("intake:{n}")))));
                control.add_matter(NewMatter {
                    status: Some(["open", "pending", "closed"][n % 3].into()),
                    practice_area: (n != 3).then_some(area),
                    stage: (n != 3).then_some(stage),
                    client_reference: Some(if linked {
                        format!("intake:{n}")
                    } else {
                        format!("crm/{n}")
                    }),
                    responsible_attorney: (n == 0).then_some(user),
                    values,
                    ..NewMatter::of(if n == 1 { company } else { client }, "Chan v. Harbor")
                })
            })
            .collect();
        Self {
            matters,
            client,
            area,
            stage,
            user,
            marker,
            track,
            claim,
        }
    }

    pub(crate) fn by_marker(&self) -> PullRequest {
        PullRequest {
            link: Some(Link::MarkerField(self.marker)),
            ..PullRequest::default()
        }
    }
}

pub(crate) async fn pull(world: &World, request: PullRequest) -> PullOutcome {
    world.call().run(request).await.unwrap()
}

/// All pages, and how many there were.
async fn import(world: &World, request: PullRequest) -> (Vec<Matter>, usize) {
    let (mut matters, mut pages) = (Vec::new(), 0);
    let mut cursor = None;
    loop {
        let page = pull(
            world,
            PullRequest {
                cursor,
                ..request.clone()
            },
        )
        .await;
        pages += 1;
        matters.extend(page.matters);
        cursor = page.cursor;
        if cursor.is_none() {
            return (matters, pages);
        }
    }
}

pub(crate) fn ids(matters: &[Matter]) -> Vec<u64> {
    matters.iter().map(|matter| matter.id).collect()
}

#[tokio::test]
async fn a_firm_is_imported_the_same_under_every_reading_a_request_a_page() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let firm = Firm::new(&world);
        let request = PullRequest {
            limit: Some(3),
            ..firm.by_marker()
        };
        let (matters, pages) = import(&world, request).await;
        assert_eq!(ids(&matters), firm.matters, "{name}");
        assert_eq!((pages, world.api().len()), (3, 3), "{name}");
        for (n, matter) in matters.iter().enumerate() {
            is_whole(&firm, n, matter, name);
        }
        world.finish();
    }
}

#[track_caller]
fn is_whole(firm: &Firm, n: usize, matter: &Matter, name: &str) {
    let statuses = [
        MatterStatus::Open,
        MatterStatus::Pending,
        MatterStatus::Closed,
    ];
    assert_eq!(matter.status, Some(statuses[n % 3]), "{name}");
    assert_eq!(matter.description.as_deref(), Some("Chan v. Harbor"));
    assert!(matter.etag.is_some() && matter.display_number.is_some());
    assert_eq!(matter.open_date.as_deref().map(str::len), Some(10));
    let created: jiff::Timestamp = matter.created_at.as_deref().unwrap().parse().unwrap();
    assert!(matter.created_at.as_deref().unwrap().ends_with('Z'));
    assert!(created.as_second() > 0 && matter.updated_at.is_some());
    let client = matter.client.as_ref().unwrap();
    let (kind, client_name) = match n {
        1 => (ClientKind::Company, "Harbor Ltd"),
        _ => (ClientKind::Person, "Bo Chan"),
    };
    assert_eq!(client.kind, Some(kind), "{name}");
    assert_eq!(client.name.as_deref(), Some(client_name), "{name}");
    let area = matter.practice_area.as_ref();
    let stage = matter.stage.as_ref();
    if n == 3 {
        assert_eq!((area, stage), (None, None), "{name}");
    } else {
        assert_eq!(area.map(|it| it.id), Some(firm.area), "{name}");
        assert_eq!(stage.map(|it| it.id), Some(firm.stage), "{name}");
        assert_eq!(stage.unwrap().name.as_deref(), Some("Intake"), "{name}");
    }
    let attorney = matter.responsible_attorney.as_ref().map(|it| it.id);
    assert_eq!(attorney, (n == 0).then_some(firm.user), "{name}");
    assert_eq!(matter.originating_attorney, None, "{name}");
    assert_eq!(matter.hidden, [], "{name}");

    let linked = n.is_multiple_of(2).then(|| format!("intake:{n}"));
    assert_eq!(matter.source_id, linked, "{name}");
    let value = |field| matter.custom_fields.iter().find(|it| it.field == field);
    let claim = value(firm.claim).unwrap();
    assert_eq!(claim.kind, Some(ValueKind::Currency), "{name}");
    assert_eq!(claim.value.as_deref(), Some("1250.5"), "{name}");
    let track = value(firm.track).unwrap();
    assert_eq!(track.name.as_deref(), Some("Track"), "{name}");
    assert_eq!(track.value.as_deref(), Some("Slow"), "{name}");
    assert!(track.choice.is_some(), "{name}");
    // The note is shown empty by Clio, and left out here.
    let count = 2 + usize::from(linked.is_some());
    assert_eq!(matter.custom_fields.len(), count, "{name}");
}

#[tokio::test]
async fn filters_narrow_what_is_pulled() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let of = |filter| PullRequest {
        filter: Some(filter),
        custom_fields: Some(vec![]),
        ..PullRequest::default()
    };
    let all = Filter::default;
    world.control.advance(Duration::from_secs(3600));
    let before = world.control.now();
    world.control.advance(Duration::from_secs(60));
    let late = world
        .control
        .add_matter(NewMatter::of(firm.client, "A late one"));
    world.control.set_stage(firm.matters[4], firm.stage);
    let m = &firm.matters;
    for (filter, expected) in [
        (
            Filter {
                statuses: vec![MatterStatus::Pending, MatterStatus::Closed],
                ..all()
            },
            vec![m[1], m[2], m[4], m[5]],
        ),
        (
            Filter {
                created_since: Some(before.to_string()),
                ..all()
            },
            vec![late],
        ),
        (
            Filter {
                updated_since: Some(before.to_string()),
                ..all()
            },
            vec![m[4], late],
        ),
        (
            Filter {
                practice_area: Some(firm.area),
                statuses: vec![MatterStatus::Open],
                ..all()
            },
            vec![m[0], m[6]],
        ),
        (
            Filter {
                client: Some(firm.client),
                statuses: vec![MatterStatus::Pending],
                ..all()
            },
            vec![m[4]],
        ),
    ] {
        let page = pull(&world, of(filter)).await;
        assert_eq!(ids(&page.matters), expected);
        assert!(page.matters.iter().all(|it| it.custom_fields.is_empty()));
    }
    world.finish();
}

#[tokio::test]
async fn named_custom_fields_alone_come_and_the_marker_only_links() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let request = PullRequest {
        custom_fields: Some(vec![firm.claim]),
        ..firm.by_marker()
    };
    let page = pull(&world, request).await;
    for matter in &page.matters {
        let fields: Vec<u64> = matter.custom_fields.iter().map(|it| it.field).collect();
        assert_eq!(fields, [firm.claim]);
    }
    assert_eq!(page.matters[2].source_id.as_deref(), Some("intake:2"));

    let request = PullRequest {
        link: Some(Link::Reference("crm/".into())),
        custom_fields: Some(vec![]),
        ..PullRequest::default()
    };
    let page = pull(&world, request).await;
    assert_eq!(page.matters[1].source_id.as_deref(), Some("crm/1"));
    assert_eq!(page.matters[2].source_id, None);
    let reference = page.matters[2].client_reference.as_deref();
    assert_eq!(reference, Some("intake:2"));
    world.finish();
}

#[tokio::test]
async fn what_is_made_or_edited_while_an_import_runs_is_not_lost() {
    let world = World::new().await;
    let firm = Firm::new(&world);
    let request = PullRequest {
        limit: Some(4),
        ..firm.by_marker()
    };
    let first = pull(&world, request.clone()).await;
    let began = first.read_at.clone().unwrap();
    world.control.advance(Duration::from_secs(60));
    // Were pages counted off, the deletion would push one off its page.
    world.control.delete_matter(firm.matters[1]);
    world.control.set_stage(firm.matters[5], firm.stage);
    world.control.set_stage(firm.matters[2], firm.stage);
    let made = world
        .control
        .add_matter(NewMatter::of(firm.client, "Made meanwhile"));
    let rest = pull(
        &world,
        PullRequest {
            cursor: first.cursor,
            ..request.clone()
        },
    )
    .await;
    let m = &firm.matters;
    assert_eq!(ids(&rest.matters), [m[4], m[5], m[6], made]);
    assert_eq!(rest.cursor, None);
    // What changed behind the import is found by the next one.
    let next = PullRequest {
        filter: Some(Filter {
            updated_since: Some(began),
            ..Filter::default()
        }),
        ..request
    };
    let (changed, _) = import(&world, next).await;
    assert!(ids(&changed).contains(&m[2]));
    world.finish();
}

#[tokio::test]
async fn matters_are_counted_in_bounded_steps_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let firm = Firm::new(&world);
        let like = NewMatter {
            client_reference: Some("intake:many".into()),
            ..NewMatter::of(firm.client, "One of many")
        };
        world.control.add_matters(443, &like);
        let request = CountRequest {
            link: Some(Link::Reference("intake:".into())),
            max_pages: Some(2),
            ..CountRequest::default()
        };
        let first = world.call().run(request.clone()).await.unwrap();
        assert_eq!(first.matters, 400, "{name}");
        assert_eq!(first.linked, Some(4 + 393), "{name}");
        assert_eq!(world.api().len(), 2, "{name}");
        let request = CountRequest {
            cursor: first.cursor,
            ..request
        };
        let whole = world.call().run(request).await.unwrap();
        assert_eq!((whole.matters, whole.linked), (450, Some(447)), "{name}");
        assert_eq!((whole.hidden, whole.cursor), (0, None), "{name}");
        assert_eq!(world.api().len(), 3, "{name}");

        let open = CountRequest {
            filter: Some(Filter {
                statuses: vec![MatterStatus::Closed],
                ..Filter::default()
            }),
            ..CountRequest::default()
        };
        let closed = world.call().run(open).await.unwrap();
        assert_eq!((closed.matters, closed.linked), (2, None), "{name}");
        world.finish();
    }
}
