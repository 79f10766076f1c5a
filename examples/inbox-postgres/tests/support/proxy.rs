//! The network between the program and its server, for breaking.

use super::{Database, Result};
use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Up,
    /// As a server that was stopped: connections end, and there are no new ones.
    Refused,
    /// As a cable that was pulled: nothing comes back, not even an error.
    Silent,
}

pub struct Proxy {
    pub url: String,
    network: watch::Sender<Network>,
}

impl Proxy {
    pub async fn before(database: &Database) -> Result<Self> {
        let options: PgConnectOptions = database.url.parse()?;
        let server = format!("{}:{}", options.get_host(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = listener.local_addr()?.to_string();
        let url = database.url.replacen(&server, &proxy, 1);
        if url == database.url {
            return Err("DATABASE_URL must say host:port for this test".into());
        }
        let (network, mut state) = watch::channel(Network::Up);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *state.borrow_and_update() != Network::Refused {
                    tokio::spawn(forward(client, server.clone(), state.clone()));
                }
            }
        });
        Ok(Self { url, network })
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn forward(mut client: TcpStream, server: String, mut state: watch::Receiver<Network>) {
    let up = *state.borrow_and_update() == Network::Up;
    if up && let Ok(mut server) = TcpStream::connect(&server).await {
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = state.wait_for(|network| *network != Network::Up) => {}
        }
    }
    // What was silent stays silent: a connection does not come back to life.
    let _ = state.wait_for(|network| *network == Network::Refused).await;
}
