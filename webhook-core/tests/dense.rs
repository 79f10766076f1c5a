//! Text that is nearly all `%XX` is decoded by a loop of its own: it agrees with the rules, written down
//! once more as simply as they can be, wherever such text begins, breaks off and ends.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use proptest::prelude::*;
use webhook_core::{CreateEvent, Receiver, RejectionKind};

const HEAD: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";

/// Returns what an encoded text stands for: WHATWG URL, one byte after the other.
fn decoded(encoded: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut text, mut rest) = (vec![], encoded);
    while let [first, after @ ..] = rest {
        rest = after;
        let triplet = match after {
            [high, low, after @ ..] if *first == b'%' => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low, after))
            }
            _ => None,
        };
        text.push(match triplet {
            Some((byte, after)) => {
                rest = after;
                byte
            }
            None if *first == b'+' => b' ',
            None => *first,
        });
    }
    text
}

/// Returns the last pair of this name, and whether all pairs are UTF-8.
fn slow(body: &[u8], name: &str) -> (Option<Vec<u8>>, bool) {
    let (mut found, mut is_utf8) = (None, true);
    for pair in body.split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || decoded(halves.next().unwrap_or_default());
        let (left, right) = (half(), half());
        is_utf8 &= str::from_utf8(&left).is_ok() && str::from_utf8(&right).is_ok();
        if left == name.as_bytes() {
            found = Some(right);
        }
    }
    (found, is_utf8)
}

fn agrees(body: &[u8]) {
    let (expected, is_utf8) = slow(body, "fields[text]");
    let shown = String::from_utf8_lossy(body);
    let lossy = Receiver::builder().lossy_utf8().unverified();
    let event: CreateEvent = lossy.decode(body).unwrap_or_else(|e| panic!("{shown}: {e}"));
    let CreateEvent::Profile(event) = event else { panic!("{shown}") };
    let expected = expected.map(|text| String::from_utf8_lossy(&text).into_owned());
    assert_eq!(event.fields.get("text"), expected.as_deref(), "{shown}");
    match Receiver::unverified().decode::<CreateEvent>(body) {
        Ok(CreateEvent::Profile(strict)) => {
            assert!(is_utf8, "{shown}");
            assert_eq!(strict, event, "{shown}");
        }
        Ok(event) => panic!("{shown}: {event:?}"),
        Err(refused) => {
            assert_eq!(refused.kind(), RejectionKind::MalformedBody, "{shown}");
            assert!(!is_utf8, "{shown}: {refused}");
        }
    }
}

/// Returns a body whose dense text begins at any place of a block.
fn shifted(by: usize, text: &[u8]) -> Vec<u8> {
    let before = "x".repeat(by);
    [HEAD.as_bytes(), b"&pad=", before.as_bytes(), b"&fields%5Btext%5D=", text].concat()
}

/// Runs that are longer and shorter than sixteen, with one plain byte and more between them.
const RUSSIAN: &[u8] =
    b"%D0%97%D0%B4%D1%80%D0%B0%D0%B2%D1%81%D1%82%D0%B2%D1%83%D0%B9%D1%82%D0%B5%2C+\
    %D1%83%D0%BB%D0%B8%D1%86%D0%B0+302-%D0%B1%D0%B8%D1%81+%d1%83%d0%bb%d0%b8%d1%86%d0%b0";

#[test]
fn dense_text_is_decoded_wherever_it_begins() {
    for by in 0..200 {
        agrees(&shifted(by, RUSSIAN));
        agrees(&[&shifted(by, RUSSIAN)[..], b"&fields%5Bend%5D=1"].concat());
        // Longer than a window, so that it ends within one.
        agrees(&shifted(by, &RUSSIAN.repeat(3)));
    }
}

#[test]
fn dense_text_that_is_cut_anywhere_is_decoded() {
    for by in 0..64 {
        for end in 0..RUSSIAN.len() {
            agrees(&shifted(by, &RUSSIAN[..end]));
        }
    }
}

#[test]
fn a_triplet_that_is_broken_anywhere_is_decoded() {
    let breaks: [&[u8]; 8] = [b"%", b"&", b"=", b"+", b"g", b"%4", b"%%", b"&fields%5Btext%5D=%"];
    let text = [RUSSIAN, RUSSIAN].concat();
    for by in (0..64).step_by(5) {
        for at in 0..RUSSIAN.len() {
            for broken in breaks {
                agrees(&shifted(by, &[&text[..at], broken, &text[at + 1..]].concat()));
            }
        }
    }
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "(%D[01]%[89AB][0-9A-F]){1,12}",
        4 => "(%E[3-9]%[89AB][0-9A-F]%[89ab][0-9a-f]){1,12}",
        1 => "(%F0%9F%98%[89AB][0-9A-F]){1,3}",
        1 => "(%[0-9A-Fa-f]{2}){1,20}",
        4 => "[+a-z0-9=]",
        2 => "[+a-z0-9=.-]{1,20}",
        1 => "%|%[0-9A-F]|%[g-z][0-9]|%[0-9][g-z]|%%",
        1 => "&fields%5Btext%5D=|&fields%5Bend%5D=|&|=",
    ]
}

proptest! {
    #[test]
    fn the_slow_decoder_agrees(by in 0usize..70, tokens in prop::collection::vec(token(), 0..60)) {
        agrees(&shifted(by, tokens.concat().as_bytes()));
    }
}
