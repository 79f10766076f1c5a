//! Signed calls through the programs, each set up by the guide's snippet.

use crate::page::{PROXIES, replaced, table};
use crate::proxy::{Program, Proxy};
use crate::receivers::{FRAMEWORKS, start};
use crate::recorder::{self, Recorded};
use conformance::sign::sha256;
use conformance::wire::{self, Connection};
use conformance::{Answer, Case, PUBLIC_URL, Setup, cases};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;
use webhook_core::{Limits, Receiver};

const MIB: usize = 1 << 20;
/// How late the rest of a body comes.
const LATE: Duration = Duration::from_secs(1);

/// Returns the call with a mark wherever the vendor's page breaks its `Signature`.
pub(crate) fn folded(case: &Case) -> Case {
    let header = case.headers.iter().find(|(name, _)| name == "Signature").unwrap();
    let value = String::from_utf8(header.1.clone()).unwrap();
    let value =
        value.replace(",headers=", ",\u{1}headers=").replace(",signature=", "\u{1}signature=");
    case.clone().header("Signature", value)
}

fn unfolded(case: &Case) -> Vec<u8> {
    let request = String::from_utf8(wire::request(&folded(case))).unwrap();
    request.replace('\u{1}', "\r\n     ").into_bytes()
}

/// Returns a signed call whose body has this length.
fn sized(name: &str, length: usize) -> Case {
    let mut case = cases::call(name);
    case.body.extend(b"&fields[big]=");
    case.body.resize(length, b'x');
    let digest = sha256(&case.body);
    case.header("Digest", digest).signed()
}

fn same(snippet: &str) -> String {
    snippet.to_owned()
}

/// Removes what keeps the host, or adds what a set-up that replaces it has.
fn other_host(program: Program) -> impl Fn(&str) -> String {
    move |snippet| match program {
        Program::Nginx => replaced(snippet, "proxy_set_header Host $http_host;", ""),
        Program::Apache => replaced(snippet, "ProxyPreserveHost On", ""),
        Program::Caddy => replaced(
            snippet,
            "            transport http {",
            "            header_up Host {upstream_hostport}\n            transport http {",
        ),
        Program::Haproxy => replaced(
            snippet,
            "    server app",
            "    http-request set-header Host app.internal\n    server app",
        ),
    }
}

/// Makes `/public/copernica` outside `/copernica` inside.
fn other_path(program: Program) -> impl Fn(&str) -> String {
    move |snippet| match program {
        Program::Nginx => replaced(
            &replaced(snippet, "location = /copernica", "location = /public/copernica"),
            ";    # no path here",
            "/copernica;    # a path here",
        ),
        Program::Apache => replaced(snippet, "\"/copernica\"", "\"/public/copernica\""),
        Program::Caddy => replaced(snippet, "handle /copernica", "handle_path /public/*"),
        Program::Haproxy => replaced(
            &replaced(snippet, "{ path /copernica }", "{ path /public/copernica }"),
            "    server app",
            "    http-request set-path /copernica\n    server app",
        ),
    }
}

/// Sets one second as the time for a body.
fn impatient(program: Program) -> impl Fn(&str) -> String {
    move |snippet| match program {
        Program::Nginx => replaced(snippet, "client_body_timeout 10s;", "client_body_timeout 1s;"),
        // It has none; the receiver's stands in.
        Program::Caddy => snippet.to_owned(),
        Program::Haproxy => replaced(
            &replaced(snippet, "timeout client 10s", "timeout client 1s"),
            "timeout http-request 10s",
            "timeout http-request 1s",
        ),
        Program::Apache => replaced(snippet, "body=10,MinRate=500", "body=1,MinRate=500"),
    }
}

/// Sets a limit of 32 MiB.
fn large(program: Program) -> impl Fn(&str) -> String {
    move |snippet| match program {
        Program::Nginx => {
            replaced(snippet, "client_max_body_size 2m;", "client_max_body_size 32m;")
        }
        Program::Caddy => replaced(snippet, "max_size 2MiB", "max_size 32MiB"),
        Program::Haproxy => replaced(snippet, "2097152", "33554432"),
        Program::Apache => snippet.to_owned(),
    }
}

/// One look at a program: the name of its row, whether the cell is the same in every version of the
/// program, and how it is filled.
type Row = (&'static str, bool, fn(Program) -> Option<String>);

const ROWS: &[Row] = &[
    ("the snippet as it is", true, |program| {
        let calls = ["/copernica", "/copernica?a=b&c=%2F%2f+d", "/copernica?"];
        let calls = calls.map(|target| cases::call(target).target(target).signed());
        signed(program, &same, &calls.map(|call| wire::request(&call)))
    }),
    ("the same in chunks", true, |program| {
        let calls = ["in chunks", "in chunks again"].map(|name| cases::call(name).signed());
        signed(program, &same, &calls.map(|call| wire::chunked(&call, 10)))
    }),
    ("another path, `/other`", true, |program| {
        let other = cases::call("another path").target("/other").signed();
        signed(program, &same, &[wire::request(&other)])
    }),
    ("with another `Host` towards the receiver", true, |program| {
        signed(program, &other_host(program), &[call("another host")])
    }),
    ("the same, and `public_url`", true, |program| {
        let url = "https://hooks.example.com";
        let receiver = || Setup::Signed.verifying().public_url(url).build().unwrap();
        behind(program, &receiver, &other_host(program), &[call("a public URL without a path")])
    }),
    ("with another path towards the receiver", true, |program| {
        signed(program, &other_path(program), &[public()])
    }),
    ("the same, and `public_url` with the path", true, |program| {
        behind(program, &|| Setup::Public.receiver(), &other_path(program), &[public()])
    }),
    ("a folded `Signature`", false, |program| {
        signed(program, &same, &[unfolded(&cases::call("folded").signed())])
    }),
    ("a body of 2 MiB", true, |program| {
        let sized = sized("2 MiB", 2 * MIB);
        signed(program, &same, &[wire::request(&sized)])
    }),
    ("a body of 2 MiB and a byte", false, |program| {
        let seen = signed(program, &same, &[wire::request(&sized("more", 2 * MIB + 1))])?;
        if matches!(program, Program::Nginx | Program::Haproxy) {
            return Some(seen);
        }
        // The receiver refuses by the announced length and closes: whether the sender gets its answer
        // is a matter of how much the program has written until then.
        let refused = |status: &str| status.starts_with("413 ") || status == "502 of the proxy";
        Some(if seen.split(" or ").all(refused) { "413 or 502".to_owned() } else { seen })
    }),
    ("a body of 32 MiB, both limits raised", true, |program| {
        let receiver = || Setup::Signed.verifying().limits(Limits::mail()).build().unwrap();
        let sized = wire::request(&sized("32 MiB", 32 * MIB));
        behind(program, &receiver, &large(program), &[sized])
    }),
    ("a body that pauses for half a second", true, |program| {
        slow(program, &same, &cases::call("slow").signed(), Duration::from_millis(500))
    }),
    ("a body that stops (time-outs of 1 s, `body_time` of 2 s)", false, |program| {
        slow(program, &impatient(program), &cases::call("stops").signed(), Duration::from_secs(3))
    }),
    ("the same with a body of 1 MiB", false, |program| {
        slow(program, &impatient(program), &sized("stops", MIB), Duration::from_secs(3))
    }),
    ("two `Host` lines", false, |program| {
        let case = cases::call("two hosts").signed().and_header("Host", "other.example");
        signed(program, &same, &[wire::request(&case)])
    }),
    ("`Transfer-Encoding` with `Content-Length`", false, |program| {
        let case = cases::call("both framings").signed();
        let length = case.body.len().to_string();
        let both = wire::chunked(&case.and_header("Content-Length", length), 10);
        signed(program, &same, &[both])
    }),
    ("raw UTF-8 in the query", false, |program| {
        signed(
            program,
            &same,
            &[wire::request(&cases::call("raw").target("/copernica?q=é").signed())],
        )
    }),
    ("what the receiver gets: the version of HTTP", false, |program| {
        let recorded = recorded(program, &call("version"), 0)?;
        recorded.head.lines().next()?.rsplit_once('/').map(|(_, version)| version.to_owned())
    }),
    ("… the head of a body that is on its way", false, |program| {
        head_of_a_slow_body(program, &cases::call("on its way").signed())
    }),
    ("… the same with a body of 1 MiB", false, |program| {
        head_of_a_slow_body(program, &sized("large and on its way", MIB))
    }),
    ("… a body in chunks", false, |program| framing(program, &cases::call("chunks").signed())),
    ("… the same with a body of 1 MiB", false, |program| framing(program, &sized("chunks", MIB))),
    ("… two lines of one name", false, |program| {
        let case = cases::call("two lines").and_header("X-Two", "a").and_header("X-Two", "b");
        let head = recorded(program, &wire::request(&case), 0)?.head.to_ascii_lowercase();
        let lines: Vec<_> = head.lines().filter(|line| line.starts_with("x-two")).collect();
        Some(match lines[..] {
            ["x-two: a", "x-two: b"] => "two".to_owned(),
            ["x-two: a, b"] => "joined: `a, b`".to_owned(),
            _ => lines.join(" and "),
        })
    }),
    ("… a name with an underscore", false, |program| {
        let case = cases::call("an underscore").and_header("X_Name", "a");
        let head = recorded(program, &wire::request(&case), 0)?.head.to_ascii_lowercase();
        Some(if head.contains("x_name") { "kept" } else { "dropped" }.to_owned())
    }),
    ("… `Expect: 100-continue`", false, |program| {
        let case = cases::call("expecting").and_header("Expect", "100-continue");
        let head = recorded(program, &wire::request(&case), 0)?.head.to_ascii_lowercase();
        Some(if head.contains("expect:") { "kept" } else { "dropped" }.to_owned())
    }),
];

fn call(name: &str) -> Vec<u8> {
    wire::request(&cases::call(name).signed())
}

/// Returns a call of what [`Setup::Public`] is called by.
fn public() -> Vec<u8> {
    let target = PUBLIC_URL.strip_prefix("https://hooks.example.com").unwrap();
    wire::request(&cases::call("public").target(target).signed())
}

fn signed(
    program: Program,
    change: &dyn Fn(&str) -> String,
    requests: &[Vec<u8>],
) -> Option<String> {
    behind(program, &|| Setup::Signed.receiver(), change, requests)
}

/// Returns what each request gets of each framework after the program, once where they agree.
fn behind(
    program: Program,
    receiver: &dyn Fn() -> Receiver,
    change: &dyn Fn(&str) -> String,
    requests: &[Vec<u8>],
) -> Option<String> {
    let mut seen = Vec::new();
    for kind in FRAMEWORKS {
        let proxy = Proxy::start(program, start(kind, receiver()), change)?;
        let answer = |request: &Vec<u8>| words(wire::exchange(proxy.address(), request, false));
        seen.extend(requests.iter().map(answer));
    }
    Some(joined(seen))
}

fn joined(mut seen: Vec<String>) -> String {
    seen.sort();
    seen.dedup();
    seen.join(" or ")
}

/// Returns the status, and whose it is where it is no success.
fn words(answer: io::Result<Answer>) -> String {
    match answer {
        Err(_) => "closed".to_owned(),
        Ok(answer) if answer.status == 204 => "204".to_owned(),
        Ok(answer) if answer.code().is_some() => format!("{} of the receiver", answer.status),
        // Whatever the frameworks answer by themselves has no body here, and proxies have texts; but
        // for Caddy, whose answers are empty.
        Ok(answer) if answer.body.is_empty() && answer.status == 400 => {
            "400 of the framework".to_owned()
        }
        Ok(answer) => format!("{} of the proxy", answer.status),
    }
}

/// Sends a call whose last bytes come so much later.
fn slow(
    program: Program,
    change: &dyn Fn(&str) -> String,
    case: &Case,
    pause: Duration,
) -> Option<String> {
    let request = wire::request(case);
    let receiver = || {
        let limits = Limits::default().body_time(Duration::from_secs(2));
        Setup::Signed.verifying().limits(limits).build().unwrap()
    };
    let (most, rest) = request.split_at(request.len() - 12);
    let mut connections = Vec::new();
    for kind in FRAMEWORKS {
        let proxy = Proxy::start(program, start(kind, receiver()), change)?;
        let mut connection = Connection::open(proxy.address()).unwrap();
        connection.send(most).unwrap();
        connections.push((proxy, connection));
    }
    thread::sleep(pause);
    let answer = |(_proxy, connection): &mut (Proxy, Connection)| {
        // It may be closed by now.
        drop(connection.send(rest));
        words(connection.answer(false))
    };
    Some(joined(connections.iter_mut().map(answer).collect()))
}

/// Returns what reaches a server after the program when the last bytes come late.
fn recorded(program: Program, request: &[u8], late: usize) -> Option<Recorded> {
    let (address, recorded) = recorder::start();
    let proxy = Proxy::start(program, address, same)?;
    let mut connection = Connection::open(proxy.address()).unwrap();
    let (most, rest) = request.split_at(request.len() - late);
    connection.send(most).unwrap();
    if late > 0 {
        thread::sleep(LATE);
        connection.send(rest).unwrap();
    }
    assert_eq!(connection.answer(false).unwrap().status, 204);
    Some(recorded.recv_timeout(Duration::from_secs(20)).unwrap())
}

fn head_of_a_slow_body(program: Program, case: &Case) -> Option<String> {
    let recorded = recorded(program, &wire::request(case), 12)?;
    let words = if recorded.took > LATE / 2 { "at once" } else { "after the body" };
    Some(words.to_owned())
}

fn framing(program: Program, case: &Case) -> Option<String> {
    let head = recorded(program, &wire::chunked(case, 1 << 14), 0)?.head.to_ascii_lowercase();
    let words = if head.contains("\r\ntransfer-encoding: chunked") {
        "in chunks"
    } else {
        "with its length"
    };
    Some(words.to_owned())
}

/// Fills the program's column and compares it with the guide's.
fn check(program: Program) {
    let table = table(PROXIES, "## What they do, as tests saw it");
    let column = Program::ALL.iter().position(|other| *other == program).unwrap() + 1;
    let Some(version) = program.version() else {
        assert!(Proxy::start(program, SocketAddr::from(([127, 0, 0, 1], 1)), same).is_none());
        return;
    };
    let written_for = table[0][column];
    let (_, number) = written_for.rsplit_once(' ').unwrap();
    let is_written_for = version.contains(&format!("/{number}")) || version.contains(number);
    if !is_written_for {
        // Past the harness, which keeps `eprintln!` to itself.
        let note =
            format!("SKIPPED: cells of {written_for} that depend on it, here is {version}\n");
        io::stderr().write_all(note.as_bytes()).unwrap();
    }
    let mut wrong = Vec::new();
    for (number, (name, always, fill)) in ROWS.iter().enumerate() {
        let row = table.get(number + 1).filter(|row| row[0] == *name);
        let cell = row.and_then(|row| row.get(column).copied()).unwrap_or("no such row");
        if !always && !is_written_for {
            continue;
        }
        let seen = fill(program).unwrap();
        if seen != cell {
            wrong.push(format!("{name}: {seen}, and the guide has {cell}"));
        }
    }
    assert!(wrong.is_empty(), "{program:?} {version}\n{}", wrong.join("\n"));
    assert_eq!(table.len(), ROWS.len() + 1, "rows of the guide's table");
}

#[test]
fn nginx_does_as_the_guide_s_table_says() {
    check(Program::Nginx);
}

#[test]
fn caddy_does_as_the_guide_s_table_says() {
    check(Program::Caddy);
}

#[test]
fn haproxy_does_as_the_guide_s_table_says() {
    check(Program::Haproxy);
}

#[test]
fn apache_does_as_the_guide_s_table_says() {
    check(Program::Apache);
}

/// What the guide warns of, since a call would be lost or a limit would not hold.
#[test]
fn what_the_guide_advises_against_does_as_it_says() {
    let receiver = || Setup::Signed.receiver();
    let caddy = |change: &dyn Fn(&str) -> String, case: &Case, pause: Duration| {
        let proxy = Proxy::start(Program::Caddy, start(FRAMEWORKS[0], receiver()), change)?;
        let request = wire::request(case);
        let (most, rest) = request.split_at(request.len() - 12);
        let mut connection = Connection::open(proxy.address()).unwrap();
        connection.send(most).unwrap();
        thread::sleep(pause);
        drop(connection.send(rest));
        Some(connection.answer(false).unwrap().status)
    };
    let without_last = |snippet: &str| replaced(snippet, "respond 404", "");
    let other = cases::call("no route").target("/copernica/").signed();
    let status = caddy(&without_last, &other, Duration::ZERO);
    assert!(status.is_none_or(|status| status == 200), "no route: {status:?}");

    let read_body =
        |snippet: &str| replaced(snippet, "no read_body", "\n            read_body 1s #");
    let late = cases::call("late").signed();
    let status = caddy(&read_body, &late, Duration::from_secs(3));
    let written_for = Program::Caddy.version().is_some_and(|version| version.contains("2.6"));
    assert!(!written_for || status == Some(200), "read_body: {status:?}");

    let limit = |snippet: &str| {
        let end = "</VirtualHost>";
        replaced(snippet, end, &format!("LimitRequestBody 1000000\n{end}"))
    };
    let sized = wire::request(&sized("past LimitRequestBody", MIB));
    let seen = behind(Program::Apache, &receiver, &limit, &[sized]);
    assert!(seen.as_deref().is_none_or(|seen| seen == "204"), "LimitRequestBody: {seen:?}");

    let cleaned = ["//copernica", "/x/../copernica"];
    let cleaned = cleaned.map(|target| wire::request(&cases::call(target).target(target).signed()));
    let seen = behind(Program::Apache, &receiver, &same, &cleaned);
    assert!(seen.as_deref().is_none_or(|seen| seen == "401 of the receiver"), "{seen:?}");
}
