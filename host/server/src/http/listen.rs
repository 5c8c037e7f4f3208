//! Where the service listens, and whether it may.
//!
//! On loopback only programs of this machine reach it. Elsewhere keys pass over a
//! network, so there it wants TLS, its own or a proxy's, and that there is a key.

use std::net::SocketAddr;

use clio_runner::failure::Failure;
use clio_runner::output;
use tokio::net::TcpListener;

use crate::service::Service;
use crate::settings::Settings;

/// What is listened on.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(super) listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

pub(crate) async fn listen(settings: &Settings) -> Result<Listener, Failure> {
    let bound = TcpListener::bind(settings.listen).await;
    let bound = bound.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok(Listener { listener, address })
    });
    bound.map_err(|error| {
        Failure::host(format!(
            "{} cannot be listened on: {error}",
            settings.listen
        ))
        .next("name another address with --listen")
    })
}

/// Refuses to be reached from elsewhere where that is not safe.
pub(crate) fn may_listen(service: &Service, address: SocketAddr) -> Result<(), Failure> {
    let keys = service.journal.api_keys()?;
    if address.ip().to_canonical().is_loopback() {
        if keys.is_empty() {
            output::tell("there is no key yet, and every request needs one: `clio key add`");
        }
        return Ok(());
    }
    let settings = &service.settings;
    if settings.tls.is_none() && !settings.tls_in_front {
        return Err(Failure::usage(format!(
            "{address} is reached from elsewhere, and keys would pass over the network readable"
        ))
        .next(
            "let it serve TLS itself with --tls-certificate and --tls-key; or let a proxy that \
             serves TLS pass requests on to it, with their Host, and say so with --tls-in-front \
             and --public-url; or listen on 127.0.0.1",
        ));
    }
    if keys.is_empty() {
        return Err(Failure::usage(format!(
            "{address} is reached from elsewhere, and there is no key that could be asked for"
        ))
        .next("make one with `clio key add`, or listen on 127.0.0.1"));
    }
    Ok(())
}
