//! What may be subscribed to, and what serves where it may not.

use super::*;

/// Trap: one bad name in `fields` is a 400 for the whole request.
/// Take out: `components/clio-api/src/webhooks/ensure.rs`: `let mut failure = refused(error.at("/fields"));`
/// Replace with: `let mut failure = refused(error);`
#[tokio::test]
async fn every_model_is_subscribed_to_and_a_refused_one_names_what_serves() {
    let world = World::new().await;
    for model in [
        WebhookModel::Activity,
        WebhookModel::Bill,
        WebhookModel::CalendarEntry,
        WebhookModel::ClioPaymentsPayment,
        WebhookModel::Communication,
        WebhookModel::Contact,
        WebhookModel::Document,
        WebhookModel::Folder,
        WebhookModel::Matter,
        WebhookModel::Task,
    ] {
        let request = wanted("https://hooks.example.com/", model, "id,created_at");
        assert_eq!(
            ensure(&world, request).await.change,
            Change::Created,
            "{model:?}"
        );
    }
    let bad = wanted(
        "https://hooks.example.com/",
        WebhookModel::Document,
        "id,nonsense",
    );
    // CASES A3
    let error = world.call().run(bad).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::InvalidInput, "{problem:?}");
    assert_eq!(problem.field.as_deref(), Some("/fields"));
    world.finish();

    for (document_webhooks, status) in [
        (DocumentWebhooks::Unprocessable, 422),
        (DocumentWebhooks::BadRequest, 400),
        (DocumentWebhooks::Forbidden, 403),
    ] {
        let world = World::under(Switches {
            document_webhooks,
            ..Switches::default()
        })
        .await;
        for model in [WebhookModel::Document, WebhookModel::Folder] {
            let request = wanted("https://hooks.example.com/", model, "id");
            let outcome = world.call().run(request).await.unwrap();
            let EnsureOutcome::Unavailable(it) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(
                (it.status, it.fallback),
                (status, Fallback::MatterWebhookAndPolling)
            );
        }
        // What is named serves.
        assert_eq!(ensure(&world, nowhere()).await.change, Change::Created);
        world.finish();
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::new().await;
    for areas in [
        vec![(Area::Matters, Access::Read)],
        vec![
            (Area::Webhooks, Access::Read),
            (Area::Matters, Access::Read),
        ],
        vec![(Area::Webhooks, Access::Write)],
    ] {
        let token = world.control.issue_token(TokenSpec {
            permissions: Permissions::only(areas),
            ..TokenSpec::default()
        });
        let call = clio_tests::host().call(&world.connect(&token));
        let error = call.run(nowhere()).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert!(problem.message.contains("“Webhooks”"), "{problem:?}");
    }
    assert!(statuses(&world).await.is_empty());
    world.finish();
}

// A receiver that is down gets everything later, and the same event once more
// is told by its digest.
#[tokio::test]
async fn a_document_webhook_survives_a_receiver_that_is_down() {
    let world = World::new().await;
    world.control.freeze(None);
    let matter = world.add_matter();
    let receiver = HookReceiver::start(&world).await;
    let request = wanted(&receiver.url, WebhookModel::Document, "id,name,matter{id}");
    let made = subscribe(&world, &receiver, request).await;
    receiver.desk().status = Some(503);
    let document = world.add_document(matter, "letter.pdf");
    settle(&world).await;
    assert!(receiver.take().is_empty());
    receiver.desk().status = None;
    world.control.advance(Duration::from_secs(120));
    settle(&world).await;
    let came = receiver.take();
    let event = &came[0].as_ref().unwrap()["event"];
    assert_eq!(
        (&event["kind"], &event["id"]),
        (&json!("created"), &json!(document))
    );
    assert_eq!(event["model"], "document");

    // Down for good: suspended, and made anew by the next call.
    receiver.desk().status = Some(503);
    world.add_document(matter, "another.pdf");
    for _ in 0..5 {
        settle(&world).await;
        world.control.advance(Duration::from_secs(3600));
    }
    assert_eq!(
        statuses(&world).await,
        [(made.id, WebhookStatus::Suspended)]
    );
    receiver.desk().status = None;
    receiver.desk().subscriptions.clear();
    let request = wanted(&receiver.url, WebhookModel::Document, "id,name,matter{id}");
    let anew = subscribe(&world, &receiver, request).await;
    assert_eq!(anew.change, Change::Recreated);
    assert_eq!(statuses(&world).await, [(anew.id, WebhookStatus::Enabled)]);
    world.finish();
}
