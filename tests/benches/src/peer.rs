//! The other side, in a process of its own: a sandbox with an account in it.
//! It prints where it is, then takes one command a line and answers one line
//! each, until its standard input ends.

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::time::Duration;

use anyhow::Context as _;
use clio_sandbox::{
    Config, Control, Effect, Fault, NewContact, NewDocument, NewMatter, Origin, Place, RateLimit,
    Sandbox, Times,
};
use serde_json::json;

use crate::spec::Peer;

/// A limit that nothing here reaches.
const FREE: RateLimit = RateLimit {
    limit: 4_000_000_000,
    window: Duration::from_secs(3600),
};

/// Serves an account with so many documents beside the one that `find` looks
/// for, so many of them changed lately.
pub(crate) fn serve(documents: usize, changed: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let config = Config {
        rate_limit: FREE,
        ..Config::default()
    };
    let sandbox = runtime.block_on(Sandbox::start(config))?;
    let control = sandbox.control();
    let peer = Peer {
        matter: seed(&control, documents, changed)?,
        origin: sandbox.origin().to_owned(),
        token: sandbox.token().to_owned(),
    };
    say(&serde_json::to_string(&peer)?)?;
    for line in stdin().lock().lines() {
        say(&obey(&control, &line?)?)?;
    }
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(stdout(), "{line}")?;
    stdout().flush()
}

fn seed(control: &Control, documents: usize, changed: usize) -> anyhow::Result<u64> {
    // A month behind, and running: a look for what was made lately then begins at
    // this clock, not at the actions', and `later` leaves behind what was made.
    let month = jiff::SignedDuration::from_hours(24 * 30);
    control.freeze(Some(control.now().checked_sub(month)?));
    control.run_clock();
    let client =
        control.add_contact(NewContact::person("Ann", "Found").email("ann.found@example.com"));
    let matter = control.add_matter(NewMatter::of(client, "Found v. Lost"));
    let document = NewDocument::complete("a.pdf", b"x").external_property("source-id", "bench:doc");
    control.add_document(Place::Matter(matter), document);
    let mut ids = Vec::new();
    for i in 0..documents {
        let place = match i % 6_000 {
            0 => Place::Matter(control.add_matter(NewMatter::of(client, "Many"))),
            _ => ids
                .last()
                .map_or(Place::Matter(matter), |(_, place)| *place),
        };
        let document = NewDocument::complete("d.pdf", b"x");
        ids.push((
            control.add_document(place, document).context("no place")?,
            place,
        ));
    }
    // None of this was made lately.
    control.advance(Duration::from_secs(3600));
    for (id, _) in ids.iter().take(changed) {
        control.edit_document(*id, "changed.pdf");
    }
    Ok(matter)
}

fn obey(control: &Control, line: &str) -> anyhow::Result<String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        // Forgets what was asked.
        ["forget"] => control.clear_trace(),
        // And an hour passes, so that what was made before was not made lately:
        // who looks for a contact reads all that were.
        ["later"] => {
            control.clear_trace();
            control.advance(Duration::from_secs(3600));
        }
        // Answers as at first.
        ["clear"] => {
            control.clear_faults();
            control.set_rate_limit(FREE);
        }
        ["count"] => {
            let trace = control.trace();
            let api = trace.iter().filter(|it| it.origin == Origin::Api).count();
            return Ok(json!([api, trace.len() - api]).to_string());
        }
        // Answers later, by so many milliseconds.
        ["delay", milliseconds] => {
            let by = Duration::from_millis(milliseconds.parse()?);
            let fault = Fault::next("GET", "/documents", Effect::Delay { by });
            control.fault(fault.times(Times::Forever));
        }
        // So many requests in five seconds.
        ["limit", limit] => control.set_rate_limit(RateLimit {
            limit: limit.parse()?,
            window: Duration::from_secs(5),
        }),
        _ => anyhow::bail!("the peer knows no {line:?}"),
    }
    Ok("ok".to_owned())
}
