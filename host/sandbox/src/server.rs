//! The sandbox itself: its two listeners and their connections.
//!
//! The sandbox runs on a thread and a runtime of its own, so that a test that
//! blocks its own runtime does not stall it, and stops when it is dropped.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::control::Control;
use crate::control_http;
use crate::credentials::App;
use crate::deliver;
use crate::description::Description;
use crate::exchange::{exchange, respond};
use crate::guard::Guard;
use crate::state::{Shared, State};
use crate::token::{TokenSpec, random_token};
use crate::trace::Origin;
use crate::world::World;

/// A running sandbox. It stops when dropped.
pub struct Sandbox {
    origin: String,
    storage_origin: String,
    token: String,
    app: App,
    control: Control,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("origin", &self.origin)
            .field("storage_origin", &self.storage_origin)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A port could not be listened on: taken, or not permitted.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// The address that was tried.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The server's thread or runtime could not be started.
    #[error("cannot start the server's thread: {0}")]
    Thread(std::io::Error),
    /// The system gave no randomness for tokens and signatures.
    #[error("the system gave no randomness: {0}")]
    Random(String),
    /// The API description that ships with the crate is damaged.
    #[error("the API description that ships with the sandbox is damaged: {0}")]
    Description(serde_json::Error),
}

impl Sandbox {
    /// Starts a sandbox. Both listeners accept connections when this returns.
    ///
    /// # Errors
    /// When a port cannot be listened on, or the system refuses a thread.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let description = Description::load().map_err(StartError::Description)?;
        let secret = match config.secret {
            Some(secret) => secret,
            None => {
                let mut secret = [0_u8; 32];
                getrandom::fill(&mut secret).map_err(|e| StartError::Random(e.to_string()))?;
                secret
            }
        };
        let (api, origin) = listen(&config, config.port)?;
        let (store, storage_origin) = listen(&config, config.storage_port)?;

        let mut state = State {
            world: World::new(secret, config.switches, config.content),
            ..State::default()
        };
        state.credentials.rate = config.rate_limit;
        let world = &mut state.world;
        world.page_cap = config.page_cap;
        world.origin.clone_from(&origin);
        world.storage_origin.clone_from(&storage_origin);
        // The account is older than the sandbox: searches find what is in it.
        let yesterday = world
            .now()
            .checked_sub(jiff::SignedDuration::from_hours(24));
        world.job_time = yesterday.ok();
        let mut seed = config.seed;
        if seed.users.is_empty() {
            seed.users
                .push(crate::config::SeedUser::new("Alex", "Attorney", true));
        }
        world.plant(seed);
        world.job_time = None;

        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            description,
            wake: tokio::sync::Notify::new(),
        });
        let control = Control {
            shared: Arc::clone(&shared),
        };
        let token = control.issue_token(TokenSpec {
            value: config.token,
            ..TokenSpec::default()
        });
        if token.is_empty() {
            return Err(StartError::Random("no token could be made".to_owned()));
        }
        let app = match config.app {
            Some(app) => app,
            None => default_app()?,
        };
        control.register_app(app.clone());
        let info = control_http::Info {
            origin: origin.clone(),
            storage_origin: storage_origin.clone(),
            token: token.clone(),
            app: app.clone(),
            guard: Guard::of(&origin),
        };
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let thread = std::thread::Builder::new()
            .name("clio-sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::select! {
                        () = accept(api, Arc::clone(&shared), Origin::Api, info.clone()) => {}
                        () = accept(store, Arc::clone(&shared), Origin::Storage, info) => {}
                        () = deliver::run(shared) => {}
                        _ = stopped => {}
                    }
                });
            })
            .map_err(StartError::Thread)?;
        Ok(Self {
            origin,
            storage_origin,
            token,
            app,
            control,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The API's origin, without a trailing slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The storage's origin, without a trailing slash.
    pub fn storage_origin(&self) -> &str {
        &self.storage_origin
    }

    /// A valid access token with every permission.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The application that is registered from the start.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A handle to look into the sandbox and steer it.
    pub fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Dropping the sender ends the server's select; its connections go with
        // its runtime.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the sandbox's server thread panicked");
        }
    }
}

/// The application that a sandbox registers by itself: with the callback address
/// that the `clio` command uses unless told another.
fn default_app() -> Result<App, StartError> {
    let secret = random_token().map_err(|e| StartError::Random(e.to_string()))?;
    // Where `clio connect` and the page of `clio serve` wait, unless they are told otherwise.
    Ok(App::new("sandbox-app", &secret)
        .redirect_uri("http://127.0.0.1:17177/callback")
        .redirect_uri("http://127.0.0.1:7171/callback"))
}

fn listen(config: &Config, port: u16) -> Result<(TcpListener, String), StartError> {
    let address = SocketAddr::new(config.address, port);
    let listener = TcpListener::bind(address)
        .and_then(|l| l.set_nonblocking(true).map(|()| l))
        .map_err(|source| StartError::Listen { address, source })?;
    let bound = listener
        .local_addr()
        .map_err(|source| StartError::Listen { address, source })?;
    let origin = match &config.origin_host {
        Some(host) => format!("http://{host}:{}", bound.port()),
        None => format!("http://{bound}"),
    };
    Ok((listener, origin))
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    origin: Origin,
    info: control_http::Info,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the sandbox cannot accept connections");
            return;
        }
    };
    let info = Arc::new(info);
    // Dropped with this future, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(
                    stream,
                    Arc::clone(&shared),
                    origin,
                    Arc::clone(&info),
                ));
            }
            // Out of descriptors, most likely: others will close theirs.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    origin: Origin,
    info: Arc<control_http::Info>,
) {
    // A second handle to the same socket, with which a fault sets its linger
    // option while hyper owns the stream.
    let twin = match stream
        .into_std()
        .and_then(|std| Ok((std.try_clone()?, TcpStream::from_std(std)?)))
    {
        Ok((twin, stream)) => (Arc::new(twin), stream),
        Err(error) => {
            tracing::warn!(%error, "a connection was dropped");
            return;
        }
    };
    let (twin, stream) = twin;
    let service = service_fn(move |request| {
        let (shared, info, twin) = (Arc::clone(&shared), Arc::clone(&info), Arc::clone(&twin));
        async move {
            if origin == Origin::Api && request.uri().path().starts_with("/sandbox") {
                return Ok(respond(
                    control_http::serve(&shared, &info, request).await,
                    None,
                ));
            }
            if origin == Origin::Api && request.uri().path().starts_with("/oauth") {
                let (head, body) = request.into_parts();
                if let Some(refusal) = info.guard.page(&head) {
                    return Ok(respond(refusal, None));
                }
                let request = hyper::Request::from_parts(head, body);
                return exchange(&shared, &twin, origin, request).await;
            }
            exchange(&shared, &twin, origin, request).await
        }
    });
    // An error here is a fault that was asked for, or the peer going away.
    if let Err(error) = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!(%error, "a connection ended early");
    }
}
