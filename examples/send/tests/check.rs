//! `check` through a real nginx.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

struct Nginx {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Starts nginx with this in its server; `None` where there is no nginx.
fn nginx(server: &str) -> Option<Nginx> {
    for _ in 0..5 {
        let address = free();
        let folder = std::env::temp_dir().join(format!("send-nginx-{}", address.port()));
        fs::create_dir_all(&folder).unwrap();
        let at = folder.display();
        let text = format!(
            "daemon off; master_process off; pid {at}/pid; events {{}}\n\
             http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p;\n\
             fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
             server {{ listen {address}; {server} }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let child = Command::new("nginx")
            .args(["-e".into(), folder.join("error.log"), "-c".into(), folder.join("nginx.conf")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Past the harness, which keeps `eprintln!` to itself.
                let note = b"SKIPPED: there is no nginx here, `check` was not tested with one\n";
                std::io::stderr().write_all(note).unwrap();
                return None;
            }
            Err(error) => panic!("nginx does not start: {error}"),
        };
        let mut nginx = Nginx { child, folder, address };
        while nginx.child.try_wait().unwrap().is_none() {
            if TcpStream::connect(address).is_ok() {
                return Some(nginx);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    panic!("nginx never came up");
}

/// A name server that answers every query with NXDOMAIN; it ends with the process.
fn resolver() -> SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            // The header and the question, which ends with a zero label, a type and a class.
            let end = query[12..length].iter().position(|byte| *byte == 0).unwrap() + 12 + 5;
            let mut answer = query[..end].to_vec();
            answer[2..12].copy_from_slice(&[0x85, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]);
            socket.send_to(&answer, from).unwrap();
        }
    });
    address
}

/// Runs `check`, and returns what it printed and its exit code.
fn check(url: &str, listen: SocketAddr, args: &[&str]) -> (String, Option<i32>) {
    let output = Command::new("timeout")
        .args(["100", env!("CARGO_BIN_EXE_example-send"), "check", "--account", "1234"])
        .args(["--url", url, "--listen", &listen.to_string(), "--patience", "1"])
        .args(["--resolver", &resolver().to_string()])
        .args(args)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    println!("{text}{}", String::from_utf8_lossy(&output.stderr));
    (text, output.status.code())
}

/// Returns the lines that are not ok.
fn wrong(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("!!   ")).collect()
}

#[test]
fn a_right_nginx_is_all_ok() {
    let listen = free();
    let Some(nginx) = nginx(&format!(
        "location /copernica {{ proxy_pass http://{listen}; proxy_set_header Host $http_host; \
         client_max_body_size 2m; }}"
    )) else {
        return;
    };
    let (text, code) = check(&format!("http://{}/copernica", nginx.address), listen, &[]);
    assert_eq!(wrong(&text), Vec::<&str>::new());
    assert_eq!(code, Some(0));
    assert!(text.contains("ok   the proof verifies where it arrives"));
    assert!(text.contains(
        "folded Signature, as the vendor prints it: refused before it arrives: HTTP/1.1 400"
    ));
}

#[test]
fn a_rewritten_host_is_said() {
    let listen = free();
    let Some(nginx) = nginx(&format!(
        "location /copernica {{ proxy_pass http://{listen}; client_max_body_size 2m; }}"
    )) else {
        return;
    };
    let (text, code) = check(&format!("http://{}/copernica", nginx.address), listen, &[]);
    let expected = format!("host {} arrives as {listen}: ", nginx.address);
    assert!(wrong(&text)[0].starts_with(&expected), "{text}");
    assert_eq!((wrong(&text).len(), code), (2, Some(1)), "the host, and the proof");
}

#[test]
fn a_small_body_limit_is_found_and_said() {
    let listen = free();
    let Some(nginx) = nginx(&format!(
        "location /copernica {{ proxy_pass http://{listen}; proxy_set_header Host $http_host; }}"
    )) else {
        return;
    };
    let (text, code) = check(&format!("http://{}/copernica", nginx.address), listen, &[]);
    let [line] = wrong(&text)[..] else { panic!("{text}") };
    assert!(line.starts_with("bodies over some 1024 KiB do not pass (HTTP/1.1 413"), "{line}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_stripped_path_prefix_is_said() {
    let listen = free();
    let Some(nginx) = nginx(&format!(
        "location /hooks/ {{ proxy_pass http://{listen}/; proxy_set_header Host $http_host; \
         client_max_body_size 2m; }}"
    )) else {
        return;
    };
    let (text, code) = check(&format!("http://{}/hooks/copernica", nginx.address), listen, &[]);
    let expected = "path and query /hooks/copernica arrive as /copernica: ";
    assert!(wrong(&text)[0].starts_with(expected), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_keeps_calls_away_is_named() {
    let listen = free();
    let (text, code) = check(&format!("http://{}/", free()), listen, &[]);
    assert!(text.contains("!!   nothing arrived: TCP: "), "{text}");
    assert_eq!(code, Some(1));
    let Some(nginx) = nginx(&format!(
        "location = /wrong {{ proxy_pass http://{}; }} location = /none {{ return 404; }}",
        free()
    )) else {
        return;
    };
    for (path, expected) in [("wrong", "HTTP/1.1 502"), ("none", "HTTP/1.1 404")] {
        let (text, code) = check(&format!("http://{}/{path}", nginx.address), free(), &[]);
        assert!(text.contains(&format!("!!   nothing arrived: {expected}")), "{text}");
        assert_eq!(code, Some(1));
    }
}

#[test]
fn https_needs_a_ca_that_is_trusted() {
    let listen = free();
    let folder = std::env::temp_dir().join(format!("send-tls-{}", listen.port()));
    fs::create_dir_all(&folder).unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let tls = free();
    let nginx = nginx(&format!(
        "listen {tls} ssl; ssl_certificate {}; ssl_certificate_key {}; location /copernica {{ \
         proxy_pass http://{listen}; proxy_set_header Host $http_host; client_max_body_size 2m; }}",
        certificate.display(),
        key.display()
    ));
    if nginx.is_some() {
        let url = format!("https://localhost:{}/copernica", tls.port());
        let ca = certificate.to_str().unwrap();
        let (text, code) = check(&url, listen, &["--ca", ca]);
        assert_eq!((wrong(&text), code), (vec![], Some(0)));
        let (text, code) = check(&url, listen, &[]);
        assert!(text.contains("!!   nothing arrived: TLS: "), "{text}");
        assert_eq!(code, Some(1));
    }
    fs::remove_dir_all(&folder).unwrap();
}
