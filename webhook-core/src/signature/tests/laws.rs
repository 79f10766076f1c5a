//! Laws: nothing panics, spelling does not matter, and what is written is read back.

use super::super::date;
use super::super::digest::Digests;
use super::super::parameters::SignatureParameters;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use std::fmt::Write;

/// Makes bytes that mean something somewhere, more often than others.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "keyId",
            "headers",
            "signature",
            "algorithm",
            "created",
            "=",
            "=\"",
            "\"",
            ",",
            ";",
            " ",
            "\\",
            "\\\"",
            "rsa-sha256",
            "date",
            "(created)",
            "SHA-256=",
            "sha-512=",
            "c2lnbmVk",
            "\r\n",
            "Sun, 05 Jan 2014 21:31:40 GMT",
            "Sun, ",
            "05",
            " Jan ",
            "2014",
            " 23:59:60 ",
            "+0000",
            "+9999",
            "-2400",
            "account_",
            "1234",
            "(comment)",
            "\0",
            "é",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// How a sender may write its parameters.
#[derive(Debug, Clone)]
struct Style {
    separators: Vec<String>,
    order: Vec<usize>,
    upper: Vec<bool>,
    quoted: Vec<bool>,
    around: Vec<bool>,
    padded: bool,
    folded: Option<usize>,
}

fn style() -> impl Strategy<Value = Style> {
    let flags = || prop::collection::vec(any::<bool>(), 8);
    (
        prop::collection::vec("[ \t\r\n,;]{0,3}", 9),
        Just((0..8).collect::<Vec<_>>()).prop_shuffle(),
        (flags(), flags(), flags()),
        any::<bool>(),
        prop::option::of(1..20_usize),
    )
        .prop_map(|(separators, order, (upper, quoted, around), padded, folded)| Style {
            separators,
            order,
            upper,
            quoted,
            around,
            padded,
            folded,
        })
}

/// Writes parameters in a style, with two unknown ones.
fn render(parameters: &SignatureParameters<'_>, style: &Style) -> String {
    let mut base64 = STANDARD.encode(&parameters.signature);
    if !style.padded {
        base64.truncate(base64.trim_end_matches('=').len());
    }
    if let Some(width) = style.folded {
        let lines: Vec<_> = base64.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
        base64 = lines.join("\r\n\t");
    }
    let values = [
        Some(("keyId", parameters.key_id)),
        parameters.algorithm.map(|value| ("algorithm", value)),
        Some(("headers", parameters.headers)),
        parameters.created.map(|value| ("created", value)),
        parameters.expires.map(|value| ("expires", value)),
        Some(("signature", &base64)),
        Some(("opaque", r#"keyId=\"no\", \\"#)),
        Some(("v", "1")),
    ];
    let mut text = style.separators[8].clone();
    for at in &style.order {
        let Some((name, value)) = values[*at] else { continue };
        let name = if style.upper[*at] { name.to_uppercase() } else { name.to_owned() };
        let equals = if style.around[*at] { " =\t" } else { "=" };
        let plain = !value.is_empty() && !value.contains([' ', '\t', '\r', '\n', ',', ';', '"']);
        let separator = &style.separators[*at];
        if plain && !style.quoted[*at] {
            // Without a quote at its end a value needs a separator.
            let separator = if separator.is_empty() { "," } else { separator };
            write!(text, "{name}{equals}{value}{separator}").unwrap();
        } else {
            write!(text, "{name}{equals}\"{value}\"{separator}").unwrap();
        }
    }
    text
}

proptest! {
    #[test]
    fn nothing_panics(
        values in prop::collection::vec(noise(), 6),
        target in ".{0,20}",
        hits in prop::collection::vec(any::<bool>(), 6),
    ) {
        for value in &values {
            let _ = SignatureParameters::parse(value);
            let _ = Digests::parse(value);
            let _ = date::parse(value);
            let text = String::from_utf8_lossy(value);
            let _ = text.parse::<Account>();
            let _ = text.parse::<super::super::PublicUrl>();
        }
        let mut call = Call::plain().target(&target);
        let names = ["Signature", "Date", "Digest", "X-Copernica-ID", "Host", "X-Nonce"];
        for ((name, value), hit) in names.into_iter().zip(values).zip(hits) {
            call = if hit { call.set(name, value) } else { call };
        }
        if let Ok(signed) = call.examine(&policy(), NOW) {
            let _ = (signed.to_string(), signed.signing_string(7).into_owned());
        }
    }

    #[test]
    fn style_does_not_matter(
        key_id in "[a-z0-9._-]{0,20}",
        algorithm in prop::option::of("[a-z0-9-]{0,10}"),
        names in prop::collection::vec("[(]?[A-Za-z-]{1,8}[)]?", 1..6),
        created in prop::option::of("[0-9]{1,10}"),
        expires in prop::option::of("[0-9]{1,10}"),
        signature in prop::collection::vec(any::<u8>(), 1..300),
        style in style(),
    ) {
        let headers = names.join(" ");
        let parameters = SignatureParameters {
            key_id: &key_id,
            algorithm: algorithm.as_deref(),
            headers: &headers,
            created: created.as_deref(),
            expires: expires.as_deref(),
            signature,
        };
        let text = render(&parameters, &style);
        prop_assert_eq!(SignatureParameters::parse(text.as_bytes()), Ok(parameters), "{}", text);
    }

    #[test]
    fn dates_are_read_back(second in 0i64..253_402_300_799, zone in -1439i32..1440) {
        let moment = DateTime::from_timestamp(second, 0).unwrap();
        let fixed = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        prop_assert_eq!(date::parse(fixed.as_bytes()), Ok(moment));
        let zone = chrono::FixedOffset::east_opt(zone * 60).unwrap();
        let local = moment.with_timezone(&zone);
        if (1970..9999).contains(&chrono::Datelike::year(&local)) {
            prop_assert_eq!(date::parse(local.to_rfc2822().as_bytes()), Ok(moment));
        }
    }
}
