//! The stand-in.

use super::TOKEN;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the documentation leaves open, and what goes wrong.
#[derive(Debug, Clone)]
pub struct Modes {
    /// `ID`, as in the documentation's tables, or `id`.
    pub id: &'static str,
    /// Ids are texts, or numbers.
    pub ids_are_text: bool,
    /// What PHP makes of an array without anything in it.
    pub empty: Value,
    /// The account of `GET /identity`.
    pub account: u64,
    /// The most that a page has.
    pub cap: usize,
    /// After each page the lowest entity is removed, so that offsets shift.
    pub shifts: bool,
    /// Lists that one JWT is good for, then 401.
    pub jwt_lists: Option<usize>,
    /// Whether `fields[]` is ignored, as that of an unknown field is.
    pub ignores_fields: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            id: "ID",
            ids_are_text: true,
            empty: json!({}),
            account: 34,
            cap: 1000,
            shifts: false,
            jwt_lists: None,
            ignores_fields: false,
        }
    }
}

/// Status and `Retry-After`, instead of an answer.
pub type Fault = (u16, Option<String>);

/// What it has, and what was queried.
#[derive(Debug, Default)]
pub struct Inner {
    pub profiles: BTreeMap<u64, Value>,
    pub subprofiles: BTreeMap<u64, Value>,
    /// Of the next lists.
    pub faults: VecDeque<Fault>,
    /// Path and query of each call, decoded.
    pub calls: Vec<String>,
    pub jwts: usize,
    /// Lists that the newest JWT was good for.
    lists: usize,
    /// Faults that come after so many lists: in the middle.
    pub after: Option<(usize, Vec<Fault>)>,
}

pub struct Api {
    pub url: String,
    pub inner: Arc<Mutex<Inner>>,
}

impl Api {
    pub fn start(modes: Modes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (modes, shared) = (modes.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(stream, &modes, &shared));
            }
        });
        Self { url, inner }
    }

    /// Creates profiles of database 7616.
    pub fn create(&self, ids: impl IntoIterator<Item = u64>) {
        let mut inner = self.inner.lock().unwrap();
        for id in ids {
            let profile = json!({
                "fields": {"name": format!("Name {id}"), "email": "test@example.com"},
                "interests": ["baseball", "soccer"], "database": "7616",
                "secret": "e5903b43c08g011f7a1e1f2644f618be", "created": "2013-01-06 14:19:51",
                "modified": "2019-02-21 13:26:21", "removed": false
            });
            inner.profiles.insert(id, profile);
        }
    }

    pub fn set(&self, id: u64, name: &str, value: Value) {
        self.inner.lock().unwrap().profiles.get_mut(&id).unwrap()[name] = value;
    }

    pub fn remove(&self, ids: impl IntoIterator<Item = u64>) {
        let mut inner = self.inner.lock().unwrap();
        for id in ids {
            inner.profiles.remove(&id).unwrap();
        }
    }

    /// Creates a subprofile of collection 6312.
    pub fn create_subprofile(&self, id: u64, profile: u64) {
        let subprofile = json!({
            "secret": "132879300b4731870080b1cd301fd43d", "fields": {}, "profile": profile.to_string(),
            "collection": "6312", "created": "2008-08-25 16:14:56", "modified": "2010-08-25 16:15:56",
            "removed": false
        });
        self.inner.lock().unwrap().subprofiles.insert(id, subprofile);
    }

    pub fn fail(&self, faults: &[(u16, Option<&str>)]) {
        let faults = faults.iter().map(|(status, after)| (*status, after.map(str::to_owned)));
        self.inner.lock().unwrap().faults.extend(faults);
    }

    /// Returns the lists that were queried since the last time.
    pub fn lists(&self) -> Vec<String> {
        let calls = std::mem::take(&mut self.inner.lock().unwrap().calls);
        calls.into_iter().filter(|call| call.contains("profiles?")).collect()
    }
}

type Answer = (u16, Option<String>, Vec<u8>);

fn serve(stream: TcpStream, modes: &Modes, shared: &Mutex<Inner>) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = read(&mut stream) {
        let (status, after, body) = answer(&head, &body, modes, &mut shared.lock().unwrap());
        let after = after.map(|after| format!("Retry-After: {after}\r\n")).unwrap_or_default();
        let head = format!("HTTP/1.1 {status} X\r\n{after}Content-Length: {}\r\n\r\n", body.len());
        if stream.get_mut().write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

fn answer(head: &str, body: &str, modes: &Modes, inner: &mut Inner) -> Answer {
    let refused = |status: u16, text: &str| {
        (status, None, json!({"error": {"message": text}}).to_string().into_bytes())
    };
    let target = head.split(' ').nth(1).unwrap();
    inner.calls.push(decoded(target));
    if head.starts_with("POST /auth ") {
        if body != format!("access_token={TOKEN}") {
            return refused(400, "Invalid access token");
        }
        inner.jwts += 1;
        inner.lists = 0;
        return (200, None, format!("head.{}.signature", inner.jwts).into_bytes());
    }
    let jwt = format!("Bearer head.{}.signature", inner.jwts);
    let is_authorized = head.lines().any(|line| {
        line.split_once(": ")
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("authorization") && value == jwt)
    });
    if !is_authorized {
        return refused(401, "Invalid access token");
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match path {
        "/v4/identity" => {
            let id = id(modes, modes.account);
            (200, None, json!({modes.id: id, "name": "n", "company": "c"}).to_string().into_bytes())
        }
        "/v4/database/7616/profiles" | "/v4/collection/6312/subprofiles" => {
            if let Some((left, faults)) = &mut inner.after {
                if *left == 0 {
                    inner.faults.extend(faults.drain(..));
                    inner.after = None;
                } else {
                    *left -= 1;
                }
            }
            if let Some(fault) = inner.faults.pop_front() {
                return (fault.0, fault.1, b"<html>unavailable</html>".to_vec());
            }
            if modes.jwt_lists == Some(inner.lists) {
                return refused(401, "The token has expired");
            }
            inner.lists += 1;
            let is_profiles = path.contains("database");
            let rows = if is_profiles { &mut inner.profiles } else { &mut inner.subprofiles };
            (200, None, list(rows, query, modes).to_string().into_bytes())
        }
        _ => refused(400, "No entity with given ID"),
    }
}

fn list(rows: &mut BTreeMap<u64, Value>, query: &str, modes: &Modes) -> Value {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let of = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| &**value);
    // Fields that it does not know are ignored without a word.
    let above =
        of("fields[]").filter(|_| !modes.ignores_fields).and_then(|text| text.strip_prefix("id>"));
    let above: u64 = above.map_or(0, |id| id.parse().unwrap());
    let start: usize = of("start").map_or(0, |start| start.parse().unwrap());
    let limit: usize = of("limit").map_or(100, |limit| limit.parse().unwrap()).min(modes.cap);
    let mut ids: Vec<u64> = rows.keys().copied().filter(|id| *id > above).collect();
    if of("order") == Some("desc") {
        ids.reverse();
    }
    let ids: Vec<u64> = ids.into_iter().skip(start).take(limit).collect();
    let data: Vec<Value> = ids.iter().map(|id| shown(*id, &rows[id], modes)).collect();
    if modes.shifts {
        rows.pop_first();
    }
    let mut envelope = json!({"start": start, "limit": limit, "count": data.len(), "data": data});
    if of("total") != Some("false") {
        envelope["total"] = json!(rows.len());
    }
    envelope
}

fn shown(number: u64, row: &Value, modes: &Modes) -> Value {
    let mut shown = Map::new();
    shown.insert(modes.id.to_owned(), id(modes, number));
    for (name, value) in row.as_object().unwrap() {
        let value = match (&**name, value.as_str().and_then(|text| text.parse().ok())) {
            ("database" | "collection" | "profile", Some(number)) => id(modes, number),
            ("fields", _) if value.as_object().is_some_and(Map::is_empty) => modes.empty.clone(),
            _ => value.clone(),
        };
        shown.insert(name.clone(), value);
    }
    shown.into()
}

fn id(modes: &Modes, id: u64) -> Value {
    if modes.ids_are_text { json!(id.to_string()) } else { json!(id) }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
