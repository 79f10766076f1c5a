//! An `nginx` of our own in front of the service's place, gone with the test.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

pub(crate) struct Nginx {
    child: Child,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    /// Where it sends to.
    pub(crate) upstream: SocketAddr,
}

/// Returns the address of a port that was free a moment ago.
pub(crate) fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Nginx {
    /// Starts a server of these lines, in which `UPSTREAM` is the service's place; `None` where
    /// there is no `nginx`.
    pub(crate) fn start(server: &str) -> Option<Self> {
        // Another process may take the port in between.
        for _ in 0..5 {
            match Self::start_at(free(), free(), server) {
                Ok(Some(nginx)) => return Some(nginx),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Past the harness, which keeps `eprintln!` to itself.
                    let note = b"SKIPPED: there is no nginx here, `check` was not tested with it\n";
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
        server: &str,
    ) -> std::io::Result<Option<Self>> {
        let folder = std::env::temp_dir().join(format!("send-nginx-{}", address.port()));
        fs::create_dir_all(&folder)?;
        let temporary = folder.display();
        let server = server.replace("UPSTREAM", &upstream.to_string());
        let whole = format!(
            "daemon off; master_process off; pid {temporary}/pid; events {{}}\n\
             http {{ access_log off;\n\
             client_body_temp_path {temporary}/body; proxy_temp_path {temporary}/proxy;\n\
             fastcgi_temp_path {temporary}/fastcgi; uwsgi_temp_path {temporary}/uwsgi;\n\
             scgi_temp_path {temporary}/scgi;\n\
             server {{ listen {address};\n{server}\n}} }}\n"
        );
        let setup = folder.join("nginx.conf");
        fs::write(&setup, whole)?;
        let child = Command::new("nginx")
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(&setup)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut nginx = Self { child, folder, address, upstream };
        while nginx.child.try_wait()?.is_none() {
            if TcpStream::connect(address).is_ok() {
                return Ok(Some(nginx));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(None)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}
