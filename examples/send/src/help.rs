//! What `--help` prints: of each subcommand one screen, options two a line.

use std::fmt::Write as _;

use webhook_core::testing::fixtures;

const COLUMNS: usize = 98;

/// Returns the help of `send`; its kinds are the test kit's.
pub(crate) fn send() -> String {
    let mut text = SEND.to_owned();
    let mut line = "Kinds:".to_owned();
    for (at, fixture) in fixtures::ALL.iter().enumerate() {
        let comma = if at + 1 < fixtures::ALL.len() { "," } else { "" };
        if line.len() + fixture.kind.len() + 2 > COLUMNS {
            let _ = writeln!(text, "{line}");
            " ".clone_into(&mut line);
        }
        let _ = write!(line, " {}{comma}", fixture.kind);
    }
    let _ = write!(text, "{line}\n\n{SEND_END}");
    text
}

const SEND: &str = "\
Sends events to an endpoint and says how it answered.  Usage: example-send [send] [OPTIONS]
  --url URL          where to: http or https [http://127.0.0.1:3000/copernica]
  --ca FILE          trust this CA too, in PEM        --timeout SECONDS  for one answer [30]
  --kind KIND        what happened [create-profile]   --all              one of each kind
  --field NAME=VALUE, --parameter NAME=VALUE, --interest NAME   of the created one; repeatable
  --raw-body FILE    these bytes, `-` is stdin        --from FILE        a message as it is, and
  --count N          how many calls [1]                                  re-signed with --key
  --concurrency N    how many at once [1]             --repeat-exactly   each call, then its copy
Signing, without --key there is no proof:
  --key FILE         RSA private key in PEM           --account ACCOUNT  1234, environment_1234, ...
  --key-id NAME      the key's published name         --date WHEN        RFC 3339, HTTP, or -90
  --nonce TEXT       one nonce in all calls           --documented-style SHA-256=, not sha-256=
  --host HOST        another Host than the URL's      --sign-for URL     sign for this URL
  --explain          verify the first call here       -h, --help         -V, --version
";

const SEND_END: &str = "\
Exits with 0 when every answer is 2xx, 1 when one is not, 2 for a wrong command line or key.
";

pub(crate) const EXPLAIN: &str = "\
Verifies a message here, and says which check fails and what it compared.
Usage: example-send explain [OPTIONS]
  --from FILE        an HTTP/1.1 message; `-` is stdin. Without it, one is made and signed
  --url URL          the URL of the message that is made [http://127.0.0.1:3000/copernica]
  --account ACCOUNT  whose calls are taken: 1234, account_1234, environment_1234 [1234]
  --key FILE         verify with this key, RSA private in PEM; --from is then re-signed, for --url
  --key-id NAME      the key's published name [one._domainkey.copernica.com]
  --public-url URL   verify as a receiver with this public URL
  --resolver ADDR    where keys are looked up, without --key; the system's by default
  -h, --help

Exits with 0 when the message is proven, 1 when it is not, 2 for a wrong command line or message.
";

pub(crate) const CHECK: &str = "\
Stands in the service's place, calls itself through the URL and compares: stop the service first.
Usage: example-send check --url URL --account ACCOUNT --listen ADDR [OPTIONS]
  --url URL          the URL that Copernica calls: http or https
  --account ACCOUNT  whose calls: 1234, account_1234, environment_1234
  --listen ADDR      where the service listens, such as 127.0.0.1:3000
  --ca FILE          trust this CA too, in PEM
  --key FILE         sign with this RSA private key in PEM; by default one is made
  --selector NAME    look for this key in DNS, besides the zone
  --resolver ADDR    the name server to query; the system's by default
  --patience SECONDS how long an answer may take, tried up to this [30]
  --mail             require bodies of 32 MiB, as a service with Limits::mail() takes
  --clock-url URL    compare the clock with the Date of this URL's answer, too
  -h, --help

Each line is `ok` or `!!`. Exits with 0 when all are ok, 1 when one is not, 2 for a wrong command
line. Copernica's own calls that arrive meanwhile are answered 503, so that it tries them again.
";

pub(crate) const ALL: &str = "\
Plays Copernica. Usage: example-send [COMMAND] [OPTIONS]
  send      sends events to an endpoint and says how it answered; the default
  check     before go-live: what the way to the service changes, and what to change about it
  explain   verifies a message here, and says which check fails
`example-send COMMAND --help` lists the options of each. Exit codes are 0, 1 and 2.
";
