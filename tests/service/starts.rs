//! It starts, it is found, and it ends when it is asked to.

use clio_tests::World;

#[tokio::test]
async fn it_says_where_it_listens_and_ends_when_it_is_asked_to() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    serving
        .send("GET", "/health", &[], b"")
        .await
        .expect_status(200);
    assert_eq!(serving.end().await, Some(0));
}

#[tokio::test]
async fn asked_to_end_as_soon_as_it_listens_it_ends_well() {
    let world = World::new().await;
    for _ in 0..10 {
        let serving = world.serve(&[]).await;
        assert_eq!(serving.end().await, Some(0));
    }
}
