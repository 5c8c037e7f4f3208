//! Who a case means, under every reading of what is not known about Clio, with
//! markers and without, in one home and two.

use std::time::Duration;

use clio_sandbox::Switches;
use clio_tests::World;
use serde_json::json;

use super::{Elsewhere, bob, case_of, counts, file, gail, sync};
use crate::setup_markers::Markers;

// CASES I1, I2, I6, I8
#[tokio::test]
async fn a_source_id_stands_for_one_client_under_every_reading() {
    for (name, switches) in Switches::all() {
        for markers in Markers::BOTH {
            let world = World::under(switches.clone()).await;
            markers.set_up(&world).await;
            world.file("letter.pdf", "%PDF-1.4 a letter");
            // Each step has a minute of requests to itself.
            let later = || world.control.advance(Duration::from_secs(61));
            let gail = file(&world, "gail.json", &gail());
            let bob = file(&world, "bob.json", &bob());
            sync(&world, &gail).await.expect_code(0);
            sync(&world, &bob).await.expect_code(1);
            assert_eq!(counts(&world), (1, 1, 0), "{name}, {markers:?}");

            later();
            let elsewhere = Elsewhere::new(&world, markers).await;
            if markers == Markers::With {
                // Without, the other home cannot know whose it was.
                elsewhere.sync(&world, &bob).await.expect_code(1);
            }
            elsewhere.sync(&world, &gail).await.expect_code(0);
            assert_eq!(counts(&world), (1, 1, 0), "{name}, {markers:?}");

            later();
            let ann = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
            let cases = [1, 2].map(|n| file(&world, &format!("{n}.json"), &case_of(&ann, n)));
            let (one, other) = tokio::join!(sync(&world, &cases[0]), sync(&world, &cases[1]));
            one.expect_code(0);
            other.expect_code(0);
            assert_eq!(counts(&world), (2, 3, 0), "{name}, {markers:?}");

            let ivy = json!({"source_id": "crm:77", "first_name": "Ivy", "last_name": "Poe"});
            for n in [3, 4] {
                world.control.advance(Duration::from_secs(2 * 24 * 3600));
                let case = file(&world, &format!("{n}.json"), &case_of(&ivy, n));
                sync(&world, &case).await.expect_code(0);
            }
            assert_eq!(counts(&world), (3, 5, 0), "{name}, {markers:?}");
            world.finish();
        }
    }
}
