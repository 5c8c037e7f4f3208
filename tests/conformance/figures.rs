//! README's table "Where it runs": what this run found.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use clio_sandbox::{NewDocument, Place};
use serde_json::json;

use crate::account::account;
use crate::platform::Platform;
use crate::table::Answer;

/// For how long calls are counted.
const COUNTED: Duration = Duration::from_millis(600);

/// Counts calls on each platform, one after another, and prints the table.
pub(crate) async fn print(platforms: Vec<(Platform, usize)>, cases: usize) {
    let mut table = String::from(
        "| Platform | Version | Embedded as | Calls a second | Cases |\n| --- | --- | --- | ---: | ---: |\n",
    );
    for (platform, passed) in platforms {
        let calls = match calls_a_second(&platform).await {
            Ok(calls) => format!("{calls:.0}"),
            Err(why) => why,
        };
        let Platform {
            name,
            version,
            embedded,
            ..
        } = platform;
        table += &format!("| {name} | {version} | {embedded} | {calls} | {passed} of {cases} |\n");
    }
    // Not by `print!`, which a test that passes swallows.
    write!(io::stdout().lock(), "\n{table}\n").unwrap();
}

/// How many calls of one exchange a platform makes, one after another.
async fn calls_a_second(platform: &Platform) -> Result<f64, String> {
    let world = account().await;
    let matter = world.add_matter();
    let document = NewDocument::complete("Letter.pdf", b"bytes");
    world.add(
        Place::Matter(matter),
        document.external_property("source-id", "intake:1"),
    );
    let input = json!({"scope": {"matter": matter}, "source_ids": ["intake:1"]});
    let mut began = Instant::now();
    let mut calls = 0_u32;
    // The first one is not counted.
    while calls < 2 || began.elapsed() < COUNTED {
        if calls == 1 {
            began = Instant::now();
        }
        let answer = platform.call(&world, "find-documents.find", &input).await?;
        let Some(Answer::Ok(found)) = &answer else {
            return Err(format!("no documents were found: {answer:?}"));
        };
        if found[0]["status"] != "complete" {
            return Err(format!("another document was found: {found}"));
        }
        calls += 1;
    }
    Ok(f64::from(calls - 1) / began.elapsed().as_secs_f64())
}
