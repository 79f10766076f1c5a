//! A second decoder, written straight from the documented rules, slow and with nothing but `Vec`s,
//! agrees with the fast one on any bytes: on the event, and on what is refused, why and where.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::format_collect)]

use proptest::prelude::*;
use webhook_core::{CreateEvent, Limits, Receiver, Rejection};

const HEAD: &[u8] = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&";
const HEAD_PAIRS: usize = 4;

/// What is special somewhere, what is so only nearly, and what is long enough to cross the
/// decoder's blocks and vectors.
const TOKENS: &[&[u8]] = &[
    b"fields",
    b"parameters",
    b"interests",
    b"x",
    b"fields[",
    b"fields%5B",
    b"&fields%5B",
    b"&fields%5b",
    b"&fields[",
    b"&parameters%5B",
    b"&interests[]=",
    b"&x%5B",
    b"&",
    b"&",
    b"&",
    b"=",
    b"=",
    b"[",
    b"[",
    b"]",
    b"]",
    b"][",
    b"[]",
    b"]=",
    b"%5D=",
    b"%5B",
    b"%5b",
    b"%5D",
    b"%5d",
    b"%5D%5B",
    b"%",
    b"%5",
    b"%zz",
    b"%%",
    b"+",
    b"%2B",
    b"%26",
    b"%3D",
    b"%25",
    b"%41",
    b"%00",
    b";",
    b"a",
    b"b",
    b"5",
    b"B",
    b"0",
    b"1",
    b"2",
    b"07",
    "é".as_bytes(),
    b"%C3%A9",
    b"aaaaaaaaaaaaaaaaa",
    b"name name name name name name name name name name name name name",
];

/// Bytes that are not UTF-8, or only so next to each other.
const HALVES: &[&[u8]] = &[b"%A9", b"%c3", b"\xc3", b"\xa9", b"\xff"];

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![60 => prop::sample::select(TOKENS), 1 => prop::sample::select(HALVES)];
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

/// Makes well-formed pairs of few names, so that they meet again: last one wins, text gives way to a
/// level and the reverse, lists turn into maps.
fn pairs() -> impl Strategy<Value = Vec<u8>> {
    let often = prop::sample::select(&["fields", "parameters", "x", "y"][..]);
    let root = prop_oneof![20 => often, 1 => Just("interests")];
    let segment = prop::sample::select(
        &[
            "",
            "",
            "a",
            "b",
            "0",
            "1",
            "2",
            "07",
            "-3",
            "-1",
            "2147483647",
            "6000000000",
            "a]",
            "[b",
            "é",
        ][..],
    );
    let value = prop::sample::select(&["", "1", "0", "v", "a=b", "%zz", "x+y", "%C3%A9"][..]);
    let style = prop::sample::select(&[("[", "]"), ("%5B", "%5D"), ("%5b", "]")][..]);
    let pair = (root, prop::collection::vec(segment, 1..4), value, style).prop_map(
        |(root, segments, value, (open, close))| {
            let brackets: String =
                segments.iter().map(|segment| format!("{open}{segment}{close}")).collect();
            format!("{root}{brackets}={value}").into_bytes()
        },
    );
    prop::collection::vec(pair, 0..25).prop_map(|pairs| pairs.join(&b'&'))
}

/// Hundreds of names in one level, past where it is indexed by hash, with repeats.
fn many() -> impl Strategy<Value = Vec<u8>> {
    let pair = (0usize..6, 0u32..150, 0u8..3).prop_map(|(style, name, value)| match style {
        0 => format!("fields[n{name}]={value}"),
        1 => format!("fields%5Bn{name}%5D={value}"),
        2 => format!("fields[{name}]={value}"),
        3 => format!("fields[-{name}]={value}"),
        4 => format!("fields[{name}000000000]={value}"),
        _ => format!("fields[]={value}"),
    });
    prop::collection::vec(pair, 60..300).prop_map(|pairs| pairs.join("&").into_bytes())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let tail = prop_oneof![
        3 => noise(),
        3 => pairs(),
        1 => many(),
        2 => (pairs(), noise(), pairs()).prop_map(|(a, b, c)| [&a[..], &b, b"&", &c].concat()),
    ];
    tail.prop_map(|tail| [HEAD, &tail].concat())
}

fn ours(body: &[u8], limits: Limits, lossy: bool) -> Answer {
    let builder = Receiver::builder().limits(limits);
    let builder = if lossy { builder.lossy_utf8() } else { builder };
    match builder.unverified().decode::<CreateEvent>(body) {
        Ok(event) => Ok(serde_json::to_string(&event).unwrap()),
        Err(refused) => Err(reason(&refused)),
    }
}

fn reason(refused: &Rejection) -> (String, Option<String>, Option<usize>) {
    let what = match refused.code() {
        "malformed_body" if refused.detail().contains("not UTF-8") => "not UTF-8",
        "malformed_body" if refused.detail().contains("levels deep") => "too deep",
        "malformed_body" => "too many",
        code => code,
    };
    (what.to_owned(), refused.variable().map(str::to_owned), refused.offset())
}

/// The event as JSON, or what was refused: the reason, the variable and the offset.
type Answer = Result<String, (String, Option<String>, Option<usize>)>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn both_decoders_agree(
        body in body(),
        lossy in any::<bool>(),
        (pairs, depth) in prop_oneof![4 => Just((10_000, 16)), 1 => (HEAD_PAIRS..20, 1usize..4)],
    ) {
        let limits = Limits::default().pairs(pairs).depth(depth);
        let expected = reference::decode(&body, pairs, depth, lossy);
        let answer = ours(&body, limits, lossy);
        prop_assert_eq!(&answer, &expected, "{}", String::from_utf8_lossy(&body));
        // Whatever was decoded survives a queue.
        if let Ok(json) = answer {
            let back: CreateEvent = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), json);
        }
    }
}

/// The generator reaches what it is for: otherwise agreement means little.
#[test]
fn the_generator_reaches_every_answer() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut events, mut nested, mut reasons) = (0, 0, Vec::new());
    for _ in 0..2_000 {
        let body = body().new_tree(&mut runner).unwrap().current();
        if let Ok(json) = ours(&body, Limits::default(), false) {
            events += 1;
            nested += usize::from(json.contains(":[\"") && json.contains(":{\"a"));
        }
        let tight = Limits::default().pairs(100).depth(2);
        reasons.extend(ours(&body, tight, false).err().map(|(what, ..)| what));
    }
    assert!(events > 800 && nested > 200, "{events} events, {nested} with lists and maps");
    for what in ["not UTF-8", "too deep", "too many"] {
        let count = reasons.iter().filter(|reason| *reason == what).count();
        assert!(count > 3, "{what}: {count}");
    }
}

mod reference {
    use super::Answer;

    /// A decoded byte and where it stood in the body.
    type Byte = (u8, usize);

    struct Pair {
        name: Vec<Byte>,
        value: Vec<Byte>,
        offset: usize,
    }

    #[derive(Debug)]
    enum Tree {
        Text(String),
        Level(Level),
    }

    type Level = Vec<(String, Tree)>;

    pub(super) fn decode(body: &[u8], max_pairs: usize, max_depth: usize, lossy: bool) -> Answer {
        let pairs = read_pairs(body);
        for (at, pair) in pairs.iter().enumerate() {
            if at == max_pairs {
                return Err(("too many".to_owned(), None, Some(pair.offset)));
            }
            if path(&text(&pair.name, true)).len() > max_depth + 1 {
                let name = shown(&text(&pair.name, true));
                return Err(("too deep".to_owned(), name, Some(pair.offset)));
            }
        }
        let mut root = Vec::new();
        let bad = |part: fn(&Pair) -> &Vec<Byte>| {
            let found = pairs.iter().find_map(|pair| Some((pair, first_bad(part(pair))?)));
            found.filter(|_| !lossy).map(|(pair, at)| {
                let name = shown(&text(&pair.name, true));
                ("not UTF-8".to_owned(), name, Some(part(pair)[at].1))
            })
        };
        // A name is always text, so it is refused first.
        if let Some(refused) = bad(|pair| &pair.name).or_else(|| bad(|pair| &pair.value)) {
            return Err(refused);
        }
        for pair in &pairs {
            let names = path(&text(&pair.name, lossy));
            insert(&mut root, &names, text(&pair.value, lossy), true);
        }
        Ok(read_event(&root))
    }

    /// Reads pairs between `&`, a name before the first `=`; nothing at all between two `&` is skipped.
    fn read_pairs(body: &[u8]) -> Vec<Pair> {
        let (mut pairs, mut offset) = (Vec::new(), 0);
        for raw in body.split(|byte| *byte == b'&') {
            let equals = raw.iter().position(|byte| *byte == b'=');
            let (name, value) =
                (equals.unwrap_or(raw.len()), equals.map_or(raw.len(), |at| at + 1));
            if !raw.is_empty() {
                let name = unescape(&raw[..name], offset);
                let value = unescape(&raw[value..], offset + value);
                pairs.push(Pair { name, value, offset });
            }
            offset += raw.len() + 1;
        }
        pairs
    }

    /// Unescapes: `+` is a space, `%` and two hex digits are a byte, any other `%` is itself.
    fn unescape(raw: &[u8], offset: usize) -> Vec<Byte> {
        let digit = |at: usize| raw.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let (mut bytes, mut at) = (Vec::new(), 0);
        while at < raw.len() {
            let from = offset + at;
            match (raw[at], digit(at + 1), digit(at + 2)) {
                (b'%', Some(high), Some(low)) => {
                    bytes.push((u8::try_from(high * 16 + low).unwrap(), from));
                    at += 3;
                    continue;
                }
                (b'+', ..) => bytes.push((b' ', from)),
                (byte, ..) => bytes.push((byte, from)),
            }
            at += 1;
        }
        bytes
    }

    fn first_bad(bytes: &[Byte]) -> Option<usize> {
        let bytes: Vec<u8> = bytes.iter().map(|(byte, _)| *byte).collect();
        std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to())
    }

    fn text(bytes: &[Byte], lossy: bool) -> String {
        let bytes: Vec<u8> = bytes.iter().map(|(byte, _)| *byte).collect();
        if lossy {
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            String::from_utf8(bytes).unwrap()
        }
    }

    /// Returns what a refusal shows: what looks like a name, and of others the documented variable
    /// that they are in.
    fn shown(name: &str) -> Option<String> {
        let is_odd = |char: char| !char.is_alphanumeric() && !"_.-[] ".contains(char);
        let length = name.chars().count();
        if length > 0 && length <= 64 && !name.contains(is_odd) {
            return Some(name.to_owned());
        }
        let maps = ["parameters", "fields", "interests"].into_iter();
        maps.map(str::to_owned).find(|map| name.starts_with(&format!("{map}[")))
    }

    /// Splits a name character by character: a `]` closes only before a `[` or at the end; where a `[` stays
    /// open, or nothing stands before the first, the whole is a plain name.
    fn path(name: &str) -> Vec<String> {
        let plain = vec![name.to_owned()];
        let chars: Vec<char> = name.chars().collect();
        let mut names = vec![String::new()];
        let mut open = false;
        for (at, &char) in chars.iter().enumerate() {
            let last = names.last_mut().unwrap();
            match (char, chars.get(at + 1)) {
                // The bracket right after one that closed.
                ('[', _) if !open => {
                    if at == 0 {
                        return plain;
                    }
                    names.push(String::new());
                    open = true;
                }
                (']', None | Some('[')) if open => open = false,
                _ => last.push(char),
            }
        }
        if open { plain } else { names }
    }

    fn insert(level: &mut Level, names: &[String], value: String, root: bool) {
        let name = match names[0].as_str() {
            "" if !root => next_number(level),
            name => name.to_owned(),
        };
        let known = level.iter().position(|(found, _)| *found == name);
        let at = known.unwrap_or_else(|| {
            level.push((name, Tree::Text(String::new())));
            level.len() - 1
        });
        let place = &mut level[at].1;
        if names.len() == 1 {
            *place = Tree::Text(value);
            return;
        }
        if matches!(place, Tree::Text(_)) {
            *place = Tree::Level(Vec::new());
        }
        if let Tree::Level(inner) = place {
            insert(inner, &names[1..], value, false);
        }
    }

    /// Returns one more than the largest whole number among the names, as in PHP.
    fn next_number(level: &Level) -> String {
        let numbers = level.iter().filter_map(|(name, _)| {
            name.parse::<i64>().ok().filter(|number| number.to_string() == *name)
        });
        numbers.max().map_or(0, |largest| largest + 1).to_string()
    }

    fn is_list(level: &Level) -> bool {
        !level.is_empty() && level.iter().enumerate().all(|(at, (name, _))| *name == at.to_string())
    }

    /// Returns the event as JSON. What can't be read stands there as it was sent, after what can.
    fn read_event(root: &Level) -> String {
        let find = |name: &str| root.iter().find(|(found, _)| found == name).map(|(_, tree)| tree);
        for known in ["profile", "database", "timestamp", "type"] {
            assert!(
                matches!(find(known), Some(Tree::Text(_))),
                "the generator leaves {known} alone"
            );
        }
        let map = |name: &str| match find(name) {
            Some(Tree::Level(level)) => Some(object(level)),
            Some(Tree::Text(text)) if !text.is_empty() => None,
            _ => Some("{}".to_owned()),
        };
        let interests = match find("interests") {
            Some(Tree::Level(level)) => interests(level),
            Some(Tree::Text(text)) if !text.is_empty() => None,
            _ => Some("{}".to_owned()),
        };
        let mut json = "{\"type\":\"create\",\"profile\":1,\"database\":1,\
             \"timestamp\":\"1979-02-12 12:49:23\""
            .to_owned();
        let mut known = vec!["type", "profile", "database", "timestamp"];
        let read = [
            ("parameters", map("parameters")),
            ("fields", map("fields")),
            ("interests", interests),
        ];
        for (name, read) in read {
            if let Some(read) = read {
                json = format!("{json},\"{name}\":{read}");
                known.push(name);
            }
        }
        for (name, tree) in root.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            json = format!("{json},{}:{}", quoted(name), value(tree));
        }
        json + "}"
    }

    /// Interests as they are written, where they have one of the shapes that are read.
    fn interests(level: &Level) -> Option<String> {
        let (list, mut grouped) = (is_list(level), false);
        let mut found: Vec<(String, u8)> = Vec::new();
        for (name, tree) in level {
            let interest = match tree {
                Tree::Text(value) if list => (value.clone(), 1),
                Tree::Text(value) => match switch(value) {
                    Some(on) => (name.clone(), on),
                    None if is_digits(name) => (value.clone(), 1),
                    // The value is a group.
                    None => {
                        grouped = true;
                        continue;
                    }
                },
                Tree::Level(inner) => {
                    let text = |key| match inner.iter().find(|(name, _)| name == key) {
                        Some((_, Tree::Text(text))) => Some(text),
                        _ => None,
                    };
                    let described = is_digits(name) && text("name").is_some();
                    if !described && !is_group(inner) {
                        return None;
                    }
                    grouped = true;
                    continue;
                }
            };
            if found.iter().all(|(name, _)| *name != interest.0) {
                found.push(interest);
            }
        }
        if grouped {
            return Some(if list {
                let items: Vec<_> = level.iter().map(|(_, tree)| value(tree)).collect();
                format!("[{}]", items.join(","))
            } else {
                object(level)
            });
        }
        let entries: Vec<_> =
            found.iter().map(|(name, on)| format!("{}:{on}", quoted(name))).collect();
        Some(format!("{{{}}}", entries.join(",")))
    }

    /// Names, or names that are on or off.
    fn is_group(level: &Level) -> bool {
        let list = is_list(level);
        level.iter().all(|(name, tree)| match tree {
            Tree::Text(value) => list || switch(value).is_some() || is_digits(name),
            Tree::Level(_) => false,
        })
    }

    fn switch(value: &str) -> Option<u8> {
        match value {
            "1" => Some(1),
            "0" | "" => Some(0),
            _ => None,
        }
    }

    fn is_digits(name: &str) -> bool {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn quoted(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    fn value(tree: &Tree) -> String {
        match tree {
            Tree::Text(text) => quoted(text),
            Tree::Level(level) if is_list(level) => {
                let items: Vec<_> = level.iter().map(|(_, tree)| value(tree)).collect();
                format!("[{}]", items.join(","))
            }
            Tree::Level(level) => object(level),
        }
    }

    fn object(level: &Level) -> String {
        let entries: Vec<_> =
            level.iter().map(|(name, tree)| format!("{}:{}", quoted(name), value(tree))).collect();
        format!("{{{}}}", entries.join(","))
    }
}
