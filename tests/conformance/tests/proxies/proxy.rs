//! The programs that Debian packages, each set up by the guide's snippet, gone with the test.

use crate::page::{PROXIES, blocks, replaced};
use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program of the guide's, in the order of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Nginx,
    Caddy,
    Haproxy,
    Apache,
}

impl Program {
    pub(crate) const ALL: [Self; 4] = [Self::Nginx, Self::Caddy, Self::Haproxy, Self::Apache];

    /// Returns its name, which is that of its snippet's language too.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Apache => "apache",
        }
    }

    /// Returns where it is; Debian keeps some outside an ordinary user's `PATH`.
    fn path(self) -> Option<PathBuf> {
        let name = if self == Self::Apache { "apache2" } else { self.name() };
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin")]);
        folders.map(|folder| folder.join(name)).find(|path| path.exists())
    }

    /// Returns what it prints of its version; `None` where it is not installed.
    pub(crate) fn version(self) -> Option<String> {
        let argument = if self == Self::Caddy { "version" } else { "-v" };
        let output = Command::new(self.path()?).arg(argument).output().ok()?;
        // nginx prints it as an error.
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&text).lines().next().map(str::to_owned)
    }

    /// Returns the guide's snippet, on a loopback port and without TLS.
    fn snippet(self, address: SocketAddr, upstream: SocketAddr) -> String {
        let snippet = blocks(PROXIES, self.name())[0];
        let snippet = replaced(snippet, "127.0.0.1:3000", &upstream.to_string());
        match self {
            Self::Nginx => replaced(&snippet, "listen 443 ssl;", &format!("listen {address};")),
            Self::Caddy => {
                let site = format!("http://hooks.example.com:{} {{", address.port());
                let site = format!("{site}\n    bind 127.0.0.1");
                replaced(&snippet, "hooks.example.com {", &site)
            }
            Self::Haproxy => {
                let tls = "bind :443 ssl crt /etc/haproxy/hooks.example.com.pem";
                replaced(&snippet, tls, &format!("bind {address}"))
            }
            Self::Apache => {
                let plain = replaced(&snippet, "    SSLEngine on\n", "");
                let certificate = "    SSLCertificateFile /etc/ssl/hooks.example.com.pem\n";
                let plain = replaced(&plain, certificate, "");
                replaced(&plain, "<VirtualHost *:443>", &format!("<VirtualHost {address}>"))
            }
        }
    }

    /// Returns what stands around a snippet: one process in the foreground, files that are ours.
    fn framed(self, snippet: &str, address: SocketAddr, folder: &str) -> String {
        match self {
            Self::Nginx => format!(
                "daemon off; master_process off; pid {folder}/pid;\n\
                 events {{}}\n\
                 http {{\n\
                 access_log off;\n\
                 client_body_temp_path {folder}/body;\n\
                 proxy_temp_path {folder}/proxy;\n\
                 fastcgi_temp_path {folder}/fastcgi;\n\
                 uwsgi_temp_path {folder}/uwsgi;\n\
                 scgi_temp_path {folder}/scgi;\n\
                 {snippet}}}\n"
            ),
            // Global options are one block, the first.
            Self::Caddy => snippet.replacen("{\n", "{\n    admin off\n    auto_https off\n", 1),
            Self::Haproxy => format!("global\n    maxconn 100\n\n{snippet}"),
            Self::Apache => {
                let modules = ["mpm_event", "authz_core", "proxy", "proxy_http", "reqtimeout"];
                let load = |module| {
                    format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so\n")
                };
                let load: String = modules.map(load).concat();
                // The user counts only where the program is started by root.
                format!(
                    "ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\n\
                     ServerName localhost\nListen {address}\nErrorLog {folder}/log\n\
                     User nobody\nGroup nogroup\n{load}{snippet}"
                )
            }
        }
    }

    fn command(self, setup: &Path, folder: &Path) -> Option<Command> {
        let mut command = Command::new(self.path()?);
        match self {
            Self::Nginx => command.arg("-e").arg(folder.join("log")).arg("-c").arg(setup),
            Self::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(setup),
            Self::Haproxy => command.arg("-db").arg("-f").arg(setup),
            Self::Apache => command.arg("-X").arg("-f").arg(setup),
        };
        Some(command)
    }
}

/// A program that runs until this is dropped.
pub(crate) struct Proxy {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Proxy {
    /// Starts a program in front of `upstream`, set up as the guide says, after `change`; `None`
    /// where it is not installed.
    pub(crate) fn start(
        program: Program,
        upstream: SocketAddr,
        change: impl Fn(&str) -> String,
    ) -> Option<Self> {
        // Another process may take the port in between.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let name = format!("webhook-{}-{}", program.name(), free.port());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(&folder).unwrap();
            let setup = folder.join("setup");
            let snippet = change(&program.snippet(free, upstream));
            let framed = program.framed(&snippet, free, &folder.to_string_lossy());
            fs::write(&setup, framed).unwrap();
            let Some(mut command) = program.command(&setup, &folder) else {
                // Past the harness, which keeps `eprintln!` to itself.
                let note =
                    format!("SKIPPED: there is no {program:?} here, its snippet did not run\n");
                std::io::stderr().write_all(note.as_bytes()).unwrap();
                drop(fs::remove_dir_all(&folder));
                return None;
            };
            let output = fs::File::create(folder.join("output")).unwrap();
            let child = command
                .env("HOME", &folder)
                .env("XDG_CONFIG_HOME", &folder)
                .env("XDG_DATA_HOME", &folder)
                .stdin(Stdio::null())
                .stdout(output.try_clone().unwrap())
                .stderr(output)
                .spawn();
            let mut proxy = Self { child: child.unwrap(), folder, address: free };
            if proxy.is_up() {
                return Some(proxy);
            }
        }
        panic!("{program:?} does not start: see its output above");
    }

    fn is_up(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if TcpStream::connect(self.address).is_ok() {
                return true;
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        // Past the harness, which shows nothing of a thread that goes on.
        let output = format!("{}{}", read("output"), read("log"));
        std::io::stderr().write_all(output.as_bytes()).unwrap();
        false
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}
