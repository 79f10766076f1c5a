//! What the command line and the environment say about the page.

use crate::access::{Access, Token};
use crate::setup::var;
use std::net::SocketAddr;
use std::{error::Error, fs};
use webhook_axum::testing::Signer;

/// What `--help` writes.
pub const HELP: &str = "\
Shows calls of Copernica's webhooks in a browser as they arrive.

Usage: example-inspect [--forward URL]

  --forward URL  where \"forward\" and \"send again\" send calls, such as http://127.0.0.1:8080
  --help         this text

Environment: COPERNICA_ACCOUNT, COPERNICA_KEY, COPERNICA_PUBLIC_URL, COPERNICA_SELECTORS,
COPERNICA_UNVERIFIED and RUST_LOG as in example-axum, and
  LISTEN              where calls come in (127.0.0.1:3000)
  INSPECT_LISTEN      where the page is (127.0.0.1:3001)
  INSPECT_HOST        the host that the page is called by beyond loopback
  INSPECT_TOKEN       what the page then requires, 16 characters or more
  COPERNICA_SIGN_KEY  a private key in PEM that \"send again\" signs with
  COPERNICA_SIGN_NAME its published name (one._domainkey.copernica.com)
";

/// Characters that a token has at least.
const MIN_TOKEN: usize = 16;

/// What the program is to do.
pub enum Begin {
    Run(Box<Options>),
    Help,
}

/// The settings of the page.
pub struct Options {
    pub listen: String,
    pub inspect_listen: String,
    /// Where calls are forwarded to: host and port.
    pub forward: Option<String>,
    pub signer: Option<Signer>,
    pub public_url: Option<String>,
    host: Option<String>,
    token: Option<String>,
}

/// Reads the command line and the environment.
///
/// # Errors
/// What is wrong, and what to change.
pub fn begin(mut args: impl Iterator<Item = String>) -> Result<Begin, Box<dyn Error>> {
    let mut forward = None;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => return Ok(Begin::Help),
            "--forward" => {
                let url = args.next().ok_or("--forward needs a URL")?;
                forward = Some(authority(&url)?);
            }
            _ => return Err(format!("unknown argument {arg:?}: see --help").into()),
        }
    }
    let or = |name, default: &str| var(name).unwrap_or_else(|| default.to_owned());
    let name = or("COPERNICA_SIGN_NAME", "one._domainkey.copernica.com");
    let signer = var("COPERNICA_SIGN_KEY").map(|path| signer(&path, &name)).transpose()?;
    Ok(Begin::Run(Box::new(Options {
        listen: or("LISTEN", "127.0.0.1:3000"),
        inspect_listen: or("INSPECT_LISTEN", "127.0.0.1:3001"),
        forward,
        signer,
        public_url: var("COPERNICA_PUBLIC_URL"),
        host: var("INSPECT_HOST"),
        token: var("INSPECT_TOKEN"),
    })))
}

impl Options {
    /// Returns who may see the page, which is at `address`.
    ///
    /// # Errors
    /// It is beyond loopback, by its address or by its host, and has no token.
    pub fn access(&self, address: SocketAddr) -> Result<Access, String> {
        let token = match &self.token {
            Some(token) if token.chars().count() < MIN_TOKEN => {
                return Err(format!("INSPECT_TOKEN needs at least {MIN_TOKEN} characters"));
            }
            token => token.as_deref().map(Token::of),
        };
        let beyond = !address.ip().is_loopback();
        if (beyond && self.host.is_none()) || ((beyond || self.host.is_some()) && token.is_none()) {
            return Err("refusing to start: the page shows personal data and can send calls, so \
                        beyond loopback it needs INSPECT_HOST, the host that it is called by, \
                        and INSPECT_TOKEN"
                .to_owned());
        }
        Access::new(address.port(), self.host.as_deref(), token)
    }
}

/// Returns host and port of a URL that has nothing else: calls keep their target.
fn authority(url: &str) -> Result<String, String> {
    let parsed: Option<hyper::Uri> = url.parse().ok();
    let parsed = parsed.filter(|it| it.scheme_str() == Some("http") && it.path() == "/");
    let parsed = parsed.filter(|it| it.query().is_none());
    let authority = parsed.as_ref().and_then(|it| it.authority());
    let authority = authority.filter(|it| !it.as_str().contains('@'));
    let authority = authority.ok_or_else(|| {
        format!("--forward {url}: must be http://HOST:PORT; calls keep their path")
    })?;
    Ok(format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)))
}

fn signer(path: &str, name: &str) -> Result<Signer, String> {
    let pem = fs::read_to_string(path).map_err(|e| format!("COPERNICA_SIGN_KEY: {path}: {e}"))?;
    let signer = Signer::from_pem(&pem).map_err(|e| format!("COPERNICA_SIGN_KEY: {path}: {e}"))?;
    Ok(signer.key_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(host: Option<&str>, token: Option<&str>) -> Options {
        Options {
            listen: String::new(),
            inspect_listen: String::new(),
            forward: None,
            signer: None,
            public_url: None,
            host: host.map(str::to_owned),
            token: token.map(str::to_owned),
        }
    }

    #[test]
    fn beyond_loopback_it_needs_a_host_and_a_token() {
        let (host, token) = (Some("inspect.example.com"), Some("0123456789abcdef"));
        let (far, near) = ("0.0.0.0:1".parse().unwrap(), "[::1]:1".parse().unwrap());
        for (host, token) in [(None, None), (host, None), (None, token), (host, Some("short"))] {
            assert!(options(host, token).access(far).is_err(), "{host:?} {token:?}");
        }
        assert!(options(host, token).access(far).is_ok());
        assert!(options(None, None).access(near).is_ok());
        assert!(options(host, None).access(near).is_err(), "a proxy brings others to loopback");
    }

    #[test]
    fn forward_takes_host_and_port_only() {
        assert_eq!(authority("http://127.0.0.1:8080").as_deref(), Ok("127.0.0.1:8080"));
        assert_eq!(authority("http://localhost/").as_deref(), Ok("localhost:80"));
        for wrong in ["https://a.example", "http://a.example/x", "http://u@a.example", "x"] {
            assert!(authority(wrong).is_err(), "{wrong}");
        }
    }
}
