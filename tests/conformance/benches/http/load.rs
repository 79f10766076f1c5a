//! Keep-alive load: each connection sends its next request when it has its answer.

use crate::cores::Cores;
use crate::handlers::Server;
use crate::signed::Requests;
use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

pub(crate) const CONNECTIONS: usize = 32;

/// Short, and many: a machine's slow second then hurts all handlers alike.
pub(crate) const ROUND: Duration = Duration::from_millis(300);

/// What one round was.
#[derive(Debug)]
pub(crate) struct Round {
    requests: u64,
    wall: Duration,
    /// The server thread's.
    cpu: Duration,
}

impl Round {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64()
    }

    /// Returns the server's CPU seconds a request.
    pub(crate) fn cost(&self) -> f64 {
        self.cpu.as_secs_f64() / self.requests as f64
    }

    /// Returns how much of the time the server was running: little means that the load was too weak.
    pub(crate) fn busy(&self) -> f64 {
        self.cpu.as_secs_f64() / self.wall.as_secs_f64()
    }
}

/// Loads a server for so long, from this thread, on the last core. Each request is sent once, then
/// from the first one on again, where the handler does not mind.
pub(crate) fn run(server: &Server, requests: Requests, time: Duration, cores: Cores) -> Round {
    cores.load_here();
    cores.check(server);
    server.memory.empty();
    let next = Rc::new(Cell::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut sockets = Vec::new();
        for _ in 0..CONNECTIONS {
            sockets.push(connect(server.address).await);
        }
        let (started, cpu) = (Instant::now(), cpu(&server.thread));
        // The load never sleeps: to wake it would be the server's work, and a handler that keeps it
        // waiting would pay for that too.
        let awake = tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
        let mut connections = JoinSet::new();
        for socket in sockets {
            connections.spawn_local(keep_asking(
                socket,
                requests,
                Rc::clone(&next),
                started + time,
            ));
        }
        let sent = connections.join_all().await.iter().sum();
        awake.abort();
        Round {
            requests: sent,
            wall: started.elapsed(),
            cpu: self::cpu(&server.thread).saturating_sub(cpu),
        }
    })
}

async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

async fn keep_asking(
    mut socket: TcpStream,
    requests: Requests,
    next: Rc<Cell<usize>>,
    end: Instant,
) -> u64 {
    let mut answer = [0; 1024];
    let mut sent = 0;
    while Instant::now() < end {
        let at = next.replace(next.get() + 1);
        socket.write_all(&requests[at % requests.len()]).await.unwrap();
        let mut read = 0;
        // A 204 ends with its head.
        while !answer[..read].ends_with(b"\r\n\r\n") {
            let more = socket.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server closed");
            read += more;
        }
        let head = String::from_utf8_lossy(&answer[..read]);
        // A verified request that is sent twice is answered 200: then too few were signed.
        assert!(head.starts_with("HTTP/1.1 204 "), "request {at}: {head}");
        sent += 1;
    }
    sent
}

/// Nanoseconds on a CPU are the first figure.
fn cpu(thread: &Path) -> Duration {
    let figures = fs::read_to_string(thread.join("schedstat")).unwrap();
    Duration::from_nanos(figures.split(' ').next().unwrap().parse().unwrap())
}
