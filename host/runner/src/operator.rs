//! The policy files of whoever operates this machine.
//!
//! `policy.toml` in `CLIO_HOME` holds for everything that runs with that home,
//! and `CLIO_POLICY` names a further file, such as one that a scheduler sets for
//! a job. There is no option for it: what bounds the command is not the
//! command's to choose.
//!
//! What must stay true: both hold, and each only narrows; a file that cannot be
//! read or understood, or that others may write or have taken away, ends the
//! command before anything is sent.

use clio_host::{HostBuilder, Network, OperatorPolicy, Origin, PolicyFileError};

use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;

/// Names a policy file beside that of the home.
const POLICY: &str = "CLIO_POLICY";

/// The builder of a host, bound by the policy files there are.
pub fn bound(builder: HostBuilder, home: &Home) -> Result<HostBuilder, Failure> {
    let mut builder = builder;
    if let Some(of_home) =
        OperatorPolicy::read_if_any(home.policy()).map_err(|error| refused(&error))?
    {
        builder = builder.operator(of_home);
    }
    if let Some(named) = environment::path(POLICY) {
        builder = builder.operator(OperatorPolicy::read(named).map_err(|error| refused(&error))?);
    }
    Ok(builder)
}

fn refused(error: &PolicyFileError) -> Failure {
    let next = match error {
        PolicyFileError::Content { .. } => "mend that line; nothing was sent",
        PolicyFileError::NotOurs { .. } => {
            "let the file, what it names, and the folders and links on the way belong to you or \
                 to root, with nobody else writing to them; nothing was sent"
        }
        PolicyFileError::TakenAway { .. } => {
            "let nobody else write to that folder, or set CLIO_HOME to one of your own; \
                 nothing was sent"
        }
        _ => "make the file readable, or unset CLIO_POLICY; nothing was sent",
    };
    Failure::usage(error.to_string()).next(next)
}

/// Whether the policy files let a connection lead to an origin.
pub fn permits(network: &Network, origin: &Origin) -> Result<(), Failure> {
    network.permits(origin).map_err(|error| {
        Failure::new(Exit::NotAuthorized, error.to_string())
            .next("use an account that the policy names, or ask whoever operates this machine")
    })
}
