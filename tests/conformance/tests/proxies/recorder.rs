//! A server that keeps what reaches it and answers 204.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Its head, without the empty line.
    pub(crate) head: String,
    /// How long after it the body was complete.
    pub(crate) took: Duration,
}

/// Starts one that runs until the process ends.
pub(crate) fn start() -> (SocketAddr, Receiver<Recorded>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || record(socket, &sender));
        }
    });
    (address, received)
}

/// Records one request of a connection.
fn record(mut socket: TcpStream, sender: &Sender<Recorded>) {
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(b"\r\n\r\n") {
        if !matches!(socket.read(&mut byte), Ok(1)) {
            return;
        }
        read.extend(byte);
    }
    let at = Instant::now();
    let head = String::from_utf8_lossy(&read).trim_end().to_owned();
    let length = head.to_ascii_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map(|length| length.trim().parse::<usize>().unwrap());
    let (mut body, mut buffer) = (Vec::new(), [0; 1 << 14]);
    while length.map_or(!body.ends_with(b"0\r\n\r\n"), |length| body.len() < length) {
        match socket.read(&mut buffer) {
            Ok(read) if read > 0 => body.extend(&buffer[..read]),
            _ => break,
        }
    }
    // The test may have seen enough, the proxy may be gone.
    drop(sender.send(Recorded { head, took: at.elapsed() }));
    drop(socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
}
