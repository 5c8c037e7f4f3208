//! The address that Clio reaches, as a reverse proxy before the service: it stays
//! the same when the service is started again, and may lead nowhere meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clio_tests::Serving;
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    behind: Arc<Mutex<Option<String>>>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            behind: Arc::default(),
        };
        let behind = Arc::clone(&proxy.behind);
        tokio::spawn(async move {
            while let Ok((mut outer, _)) = listener.accept().await {
                let behind = Arc::clone(&behind);
                tokio::spawn(async move {
                    // The first service may be told before its address is known here.
                    let address = loop {
                        let address = behind.lock().unwrap().clone();
                        match address {
                            Some(address) => break address,
                            None => tokio::time::sleep(Duration::from_millis(5)).await,
                        }
                    };
                    if let Ok(mut inner) = TcpStream::connect(address).await {
                        let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
                    }
                });
            }
        });
        proxy
    }

    pub(crate) fn lead_to(&self, serving: &Serving) {
        *self.behind.lock().unwrap() = Some(serving.address.clone());
    }
}
