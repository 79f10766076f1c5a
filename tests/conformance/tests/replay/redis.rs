//! A `redis-server` of our own, gone with the test.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;

pub(crate) struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts a server on a free port of the loopback, without anything on disk; `None` where there is no
    /// `redis-server`.
    pub(crate) fn start() -> Option<Self> {
        // Another process may take the port in between.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            match Self::start_at(port) {
                Ok(Some(redis)) => return Some(redis),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Past the harness, which swallows what a test that passes prints.
                    let note =
                        "SKIPPED: there is no redis-server here, two processes were not tested";
                    // Past the harness, which keeps `eprintln!` to itself.
                    std::io::stderr().write_all(format!("{note}\n").as_bytes()).unwrap();
                    return None;
                }
                Err(error) => panic!("redis-server does not start: {error}"),
            }
        }
        panic!("redis-server never came up");
    }

    /// Starts a server on this port; `Ok(None)` where it stopped before it was ready.
    fn start_at(port: u16) -> std::io::Result<Option<Self>> {
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--daemonize", "no", "--loglevel", "notice"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            thread::spawn(move || lines.for_each(drop));
            return Ok(Some(Self { child, port }));
        }
        child.wait()?;
        Ok(None)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
