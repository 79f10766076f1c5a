//! An `nginx` of our own, set up by the guide's snippet, gone with the test.

use std::fs;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

const PRODUCTION: &str = include_str!("../../../../webhook-core/src/guide/production.md");

pub(crate) struct Nginx {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Nginx {
    /// In front of `upstream`, as the guide says, after `change`; `None` where there is no
    /// `nginx`.
    pub(crate) fn start(upstream: SocketAddr, change: impl Fn(&str) -> String) -> Option<Self> {
        // Another process may take the port in between.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            match Self::start_at(free, upstream, &change) {
                Ok(Some(nginx)) => return Some(nginx),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Past the harness, which keeps `eprintln!` to itself.
                    let note =
                        b"SKIPPED: there is no nginx here, the guide's proxy was not tested\n";
                    std::io::stderr().write_all(note).unwrap();
                    return None;
                }
                Err(error) => panic!("nginx does not start: {error}"),
            }
        }
        panic!("nginx never came up");
    }

    fn start_at(
        address: SocketAddr,
        upstream: SocketAddr,
        change: impl Fn(&str) -> String,
    ) -> std::io::Result<Option<Self>> {
        let folder = std::env::temp_dir().join(format!("webhook-nginx-{}", address.port()));
        fs::create_dir_all(&folder)?;
        let setup = folder.join("nginx.conf");
        fs::write(&setup, whole(&change(&server(address, upstream)), &folder.to_string_lossy()))?;
        let child = Command::new("nginx")
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(&setup)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut nginx = Self { child, folder, address };
        while nginx.child.try_wait()?.is_none() {
            if TcpStream::connect(address).is_ok() {
                return Ok(Some(nginx));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(None)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The guide's snippet, on free ports and without TLS.
fn server(address: SocketAddr, upstream: SocketAddr) -> String {
    let snippet = PRODUCTION.split("```nginx\n").nth(1).and_then(|rest| rest.split("```").next());
    let snippet = snippet.expect("the guide has a snippet for nginx");
    replaced(
        &replaced(snippet, "listen 443 ssl;", &format!("listen {address};")),
        "http://127.0.0.1:3000;",
        &format!("http://{upstream};"),
    )
}

/// `text` with another `old`, which must be there.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "the guide's snippet has no {old}");
    text.replace(old, new)
}

/// What stands around a server: one process, which stays in the foreground, and files that are
/// ours.
fn whole(server: &str, folder: &str) -> String {
    format!(
        "daemon off; master_process off; pid {folder}/pid;\n\
         events {{}}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path {folder}/body;\n\
         proxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/fastcgi;\n\
         uwsgi_temp_path {folder}/uwsgi;\n\
         scgi_temp_path {folder}/scgi;\n\
         {server}}}\n"
    )
}
