//! What `send --help` prints: laid out by hand, for clap gives each option a line and one screen has 24.

use webhook_core::testing::fixtures;

const HEAD: &str = "\
Plays Copernica: sends events to an endpoint and says how it answered.
Usage: example-send [send] [OPTIONS]      Others: example-send check --help, explain --help
  --kind KIND           What happened: one of those below [create-profile]; --all: one of each
  --field NAME=VALUE    Of the created entity, not the documented; also --parameter NAME=VALUE and
                        --interest NAME; repeatable
  --raw-body FILE       These bytes instead of an event; `-` is standard input
  --from FILE           One HTTP/1.1 message: byte for byte, or with --key signed anew
  --count N             How many [1], and --concurrency N at once [1]; numbers count up from 123
  --url URL             Where to [http://127.0.0.1:3000/copernica]; --ca FILE: a private authority
  --timeout SECONDS     How long to wait for one answer [30]
  --repeat-exactly      An exact copy of each call after its answer: a replay
  --key FILE            Sign as Copernica does, with this RSA private key in PEM
  --account ACCOUNT     Whose calls: 1234, account_1234 or environment_1234
  --key-id NAME         The key's published name [one._domainkey.copernica.com]
  --date DATE           When signed: RFC 3339, as in a Date header, or seconds from now (-90, +60)
  --nonce TEXT          One in all calls; --documented-style: SHA-256= and other capitals
  --host NAME           Another Host, signed and sent; --sign-for URL: signed for it, sent to --url
  --explain             First verify the first call here and print which check fails, and why
";

const EXIT: &str = "
Exits with 0 when every answer is 2xx, 1 when one is not, 2 when the options or the key are wrong.";

/// Columns of a screen.
const WIDTH: usize = 100;

/// Returns the help of `send`, with the test kit's kinds.
pub(super) fn send() -> String {
    let mut text = format!("{HEAD}Kinds:");
    let mut column = "Kinds:".len();
    for (index, fixture) in fixtures::ALL.iter().enumerate() {
        let comma = if index + 1 < fixtures::ALL.len() { "," } else { "" };
        if column + 1 + fixture.kind.len() + comma.len() > WIDTH {
            text.push_str("\n ");
            column = 1;
        }
        text = format!("{text} {}{comma}", fixture.kind);
        column += 1 + fixture.kind.len() + comma.len();
    }
    format!("{text}\n{EXIT}")
}
