//! Embeds the runtime: makes sure that one contact stands in Clio, by Rust
//! types, and prints what the call cost.
//!
//! ```sh
//! CLIO_ORIGIN=https://eu.app.clio.com CLIO_ACCESS_TOKEN=… cargo run --release --example embed
//! ```
//!
//! `clio sandbox` prints an origin and a token of a local Clio to try it with.

use std::env;
use std::error::Error;

use clio_host::actions::sync_contact::{Contact, Email, Person, SyncRequest};
use clio_host::{AccessToken, Connection, Host, Origin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let origin = Origin::parse(&env::var("CLIO_ORIGIN")?)?;
    let connection = Connection::new(origin, AccessToken::from(env::var("CLIO_ACCESS_TOKEN")?));
    let host = Host::builder().workers(1).build()?;

    let person = Person {
        first_name: Some("Ann".into()),
        last_name: Some("Example".into()),
        ..Person::default()
    };
    let outcome = host
        .call(&connection)
        .on_stats(|stats| eprintln!("{} requests, {:?}", stats.traffic.api_requests, stats.ran))
        .run(SyncRequest {
            emails: vec![Email {
                address: "ann@example.com".into(),
                label: None,
            }],
            ..SyncRequest::new("embed-example:ann", Contact::Person(person))
        })
        .await?;
    println!("contact {} was {:?}", outcome.id, outcome.disposition);
    Ok(())
}
