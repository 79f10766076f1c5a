//! Deliveries in a real Redis: claims that machines share, and what happens when it goes away.
//!
//! Starts `redis-server` on a free port of the loopback, without anything on disk. Where there is
//! none the tests say SKIPPED and pass.

#![cfg(feature = "redis")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::indexing_slicing)]

use chrono::{DateTime, TimeDelta, Utc};
use std::env;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use webhook_core::replay::{Begun, DeliveryId, RedisStore, ReplayStore, StoreError, Token};

/// A server of our own, gone with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a server; `None` where there is no `redis-server`.
    fn start() -> Option<Self> {
        // Another process may take the port in between.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            match Self::start_at(port) {
                Ok(Some(server)) => return Some(server),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Past the harness, which swallows what a test that passes prints.
                    let note = "SKIPPED: there is no redis-server here, Redis was not tested";
                    let mut stderr = std::io::stderr();
                    writeln!(stderr, "{note}").unwrap();
                    return None;
                }
                Err(error) => panic!("redis-server does not start: {error}"),
            }
        }
        panic!("redis-server never came up");
    }

    /// Starts a server on this port; `Ok(None)` where it stopped before it was ready.
    fn start_at(port: u16) -> std::io::Result<Option<Self>> {
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--daemonize", "no", "--loglevel", "notice"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            thread::spawn(move || lines.for_each(drop));
            return Ok(Some(Self { child, port }));
        }
        child.wait()?;
        Ok(None)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        for _ in 0..50 {
            if let Some(again) = Self::start_at(self.port).unwrap() {
                *self = again;
                return;
            }
        }
        panic!("redis-server did not come up again");
    }

    /// Sends a command past the store, to look and to disturb.
    async fn query<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let (name, arguments) = command.split_first().unwrap();
        let mut query = redis::cmd(name);
        query.arg(arguments);
        query.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn id(number: u8) -> DeliveryId {
    [number; 32].into()
}

fn key(number: u8) -> String {
    format!("copernica:v1:delivery:{}", id(number))
}

/// Redis expires by its own clock, so the time passed in matters only for what is left.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500, 0).unwrap()
}

fn until() -> DateTime<Utc> {
    now() + TimeDelta::seconds(60)
}

async fn begin(store: &dyn ReplayStore, number: u8) -> Result<Begun, StoreError> {
    store.begin(&id(number), now(), until()).await
}

async fn fresh(store: &dyn ReplayStore, number: u8) -> Token {
    match begin(store, number).await {
        Ok(Begun::Fresh(token)) => token,
        other => panic!("not fresh: {other:?}"),
    }
}

/// Waits until it has happened, for ten seconds.
async fn soon<F: Future<Output = bool>>(what: &str, check: impl Fn() -> F) {
    let start = Instant::now();
    while !check().await {
        assert!(start.elapsed() < Duration::from_secs(10), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn two_stores_share_their_deliveries() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let one = RedisStore::connect(&server.url()).await.unwrap();
        let two = RedisStore::connect(&server.url()).await.unwrap();
        let first = fresh(&one, 1).await;
        assert_eq!(begin(&two, 1).await.unwrap(), Begun::InFlight);
        assert_eq!(begin(&one, 1).await.unwrap(), Begun::InFlight);
        fresh(&two, 2).await;
        one.commit(&id(1), now(), until()).await.unwrap();
        assert_eq!(begin(&two, 1).await.unwrap(), Begun::Done);
        // What is done stays done, under its key.
        one.release(&id(1), first);
        fresh(&one, 3).await;
        assert_eq!(begin(&two, 1).await.unwrap(), Begun::Done);
        assert_eq!(server.query::<String>(&["GET", &key(1)]).await, "done");

        // Other receivers on the same server.
        let other = RedisStore::connect(&server.url()).await.unwrap().with_prefix("other:");
        fresh(&other, 1).await;
        assert_eq!(server.query::<usize>(&["DBSIZE"]).await, 4);
        assert_eq!(format!("{other:?}"), r#"RedisStore { prefix: "other:", .. }"#);
    });
}

#[test]
fn a_release_reaches_the_server_and_frees_only_its_own() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        let first = fresh(&store, 1).await;
        store.release(&id(1), first);
        soon("released", async || server.query::<usize>(&["DBSIZE"]).await == 0).await;
        let second = fresh(&store, 1).await;
        assert_ne!(first, second);
        // Late, or made up. The last release shows that those before it have been there.
        let marker = fresh(&store, 2).await;
        store.release(&id(1), first);
        store.release(&id(1), Token::random().unwrap());
        store.release(&id(2), marker);
        soon("released", async || server.query::<usize>(&["DBSIZE"]).await == 1).await;
        assert_eq!(begin(&store, 1).await.unwrap(), Begun::InFlight);
        assert_eq!(server.query::<String>(&["GET", &key(1)]).await, second.to_string());
    });
}

#[test]
fn a_claim_and_a_handled_delivery_expire() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        fresh(&store, 1).await;
        let left: i64 = server.query(&["PTTL", &key(1)]).await;
        assert!((50_000..=60_001).contains(&left), "{left} ms of a minute");
        let later = now() + TimeDelta::seconds(40);
        store.commit(&id(1), later, until()).await.unwrap();
        let left: i64 = server.query(&["PTTL", &key(1)]).await;
        assert!((10_000..=20_001).contains(&left), "{left} ms of 20 s");

        let short = now() + TimeDelta::milliseconds(30);
        store.begin(&id(2), now(), short).await.unwrap();
        store.begin(&id(3), now(), short).await.unwrap();
        store.commit(&id(3), now(), short).await.unwrap();
        for number in [2, 3] {
            let store = &store;
            soon("expired", async || matches!(begin(store, number).await, Ok(Begun::Fresh(_))))
                .await;
        }
        // Their time is over: nothing is written, nothing is refused.
        store.commit(&id(4), until() + TimeDelta::seconds(1), until()).await.unwrap();
        assert_eq!(server.query::<usize>(&["EXISTS", &key(4)]).await, 0);
        assert!(matches!(
            store.begin(&id(4), until() + TimeDelta::seconds(1), until()).await,
            Ok(Begun::Fresh(_))
        ));
    });
}

#[test]
fn what_was_handled_is_done_whatever_the_server_remembers() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        fresh(&store, 1).await;
        fresh(&store, 2).await;
        let () = server.query(&["FLUSHALL"]).await;
        let again = fresh(&store, 2).await;
        store.commit(&id(1), now(), until()).await.unwrap();
        store.commit(&id(2), now(), until()).await.unwrap();
        store.release(&id(2), again);
        let marker = fresh(&store, 3).await;
        store.release(&id(3), marker);
        soon("released", async || server.query::<usize>(&["EXISTS", &key(3)]).await == 0).await;
        for number in [1, 2] {
            assert_eq!(begin(&store, number).await.unwrap(), Begun::Done);
        }
    });
}

#[test]
fn a_server_that_stops_is_unavailable_and_comes_back() {
    let Some(mut server) = Server::start() else { return };
    let runtime = runtime();
    runtime.block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        let token = fresh(&store, 1).await;
        server.stop();
        let start = Instant::now();
        for _ in 0..20 {
            assert!(matches!(begin(&store, 2).await, Err(StoreError::Unavailable(_))));
        }
        let commit = store.commit(&id(1), now(), until()).await;
        assert!(matches!(commit, Err(StoreError::Unavailable(_))));
        store.release(&id(1), token);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        let gone = RedisStore::connect(&server.url()).await.unwrap_err();
        assert!(!format!("{gone:?} {gone}").contains(&server.port.to_string()), "{gone:?}");

        server.restart();
        fresh(&store, 3).await;
        assert_eq!(begin(&store, 3).await.unwrap(), Begun::InFlight);
        // Restarted between two queries: the connection is broken, which only a query finds out.
        server.stop();
        server.restart();
        fresh(&store, 4).await;
    });
}

#[test]
fn a_server_that_hangs_is_unavailable_within_a_second() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        fresh(&store, 1).await;
        let pid = server.child.id().to_string();
        let signal = |name: &str| {
            assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
        };
        signal("-STOP");
        let start = Instant::now();
        let calls: Vec<_> = (10..20)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move { begin(&store, number).await })
            })
            .collect();
        for call in calls {
            let begun = call.await.unwrap();
            assert!(matches!(begun, Err(StoreError::Unavailable(_))), "{begun:?}");
        }
        let took = start.elapsed();
        signal("-CONT");
        assert!(took < Duration::from_millis(1500), "{took:?}");
        soon("answered", async || begin(&store, 1).await.is_ok()).await;
    });
}

#[test]
fn a_begin_that_is_dropped_leaves_no_claim() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        for number in 0..50 {
            let id = id(number);
            let mut begin = store.begin(&id, now(), until());
            // Polled once, so that the query is on its way; then at several places on it.
            let polls = number % 5;
            std::future::poll_fn(|context| std::task::Poll::Ready(begin.as_mut().poll(context)))
                .await
                .is_ready();
            for _ in 0..polls {
                tokio::task::yield_now().await;
            }
            drop(begin);
        }
        // All of them arrived, and all of them were given back.
        let arrived = async || {
            let stats: String = server.query(&["INFO", "commandstats"]).await;
            stats.contains("cmdstat_set:calls=50,") && stats.contains("cmdstat_del:calls=50,")
        };
        soon("given back", arrived).await;
        assert_eq!(server.query::<usize>(&["DBSIZE"]).await, 0);
    });
}

#[test]
fn a_commit_that_is_dropped_is_written() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        fresh(&store, 1).await;
        let id = id(1);
        let mut commit = store.commit(&id, now(), until());
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context)));
        assert!(polled.await.is_pending());
        drop(commit);
        soon("written", async || begin(&store, 1).await.unwrap() == Begun::Done).await;
    });
}

#[test]
fn a_server_without_memory_is_full() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let store = RedisStore::connect(&server.url()).await.unwrap();
        fresh(&store, 1).await;
        let () = server.query(&["CONFIG", "SET", "maxmemory", "1"]).await;
        assert!(matches!(begin(&store, 2).await, Err(StoreError::Full)));
        assert!(matches!(store.commit(&id(1), now(), until()).await, Err(StoreError::Full)));
        let () = server.query(&["CONFIG", "SET", "maxmemory", "0"]).await;
        fresh(&store, 2).await;
    });
}

#[test]
fn a_store_is_used_from_anywhere() {
    let Some(server) = Server::start() else { return };
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap();
    let store = runtime.block_on(RedisStore::connect(&server.url())).unwrap();
    // No runtime here: only the store's own.
    let Begun::Fresh(token) = futures_executor::block_on(begin(&store, 1)).unwrap() else {
        panic!("not fresh")
    };
    store.release(&id(1), token);
    let begun = || matches!(futures_executor::block_on(begin(&store, 1)), Ok(Begun::Fresh(_)));
    let start = Instant::now();
    while !begun() {
        assert!(start.elapsed() < Duration::from_secs(10), "never released");
    }
    // After its end: an error, no panic.
    runtime.shutdown_timeout(Duration::from_secs(5));
    let late = futures_executor::block_on(begin(&store, 2));
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    store.release(&id(1), token);
}

#[test]
fn it_starts_before_its_server() {
    let url = "redis://127.0.0.1:1/";
    assert!(matches!(RedisStore::lazy(url), Err(StoreError::Unavailable(_))), "no runtime");
    runtime().block_on(async {
        let store = RedisStore::lazy(url).unwrap();
        assert!(matches!(begin(&store, 1).await, Err(StoreError::Unavailable(_))));
        for url in ["redis://127.0.0.1:1/", "nonsense://:secret@host/", "redis://:secret@host:x/"] {
            let error = RedisStore::connect(url).await.unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
        for url in ["", "redis.internal", "nonsense://:secret@host/", "redis://:secret@host:x/"] {
            let error = RedisStore::lazy(url).unwrap_err();
            assert!(matches!(error, StoreError::Unavailable(_)), "{url}: {error:?}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    });
}

/// Stands between a store and its server. The next answer is lost when that is set.
struct Between {
    port: u16,
    lose: Arc<AtomicBool>,
}

/// What becomes of a connection that lost an answer.
#[derive(Clone, Copy, PartialEq)]
enum Lost {
    /// It is closed.
    Closed,
    /// It stays, and nothing comes over it any more.
    Mute,
}

impl Between {
    fn new(server: u16, then: Lost) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let lose = Arc::new(AtomicBool::new(false));
        let lose_next = Arc::clone(&lose);
        thread::spawn(move || {
            for mut near in listener.incoming().map_while(Result::ok) {
                let mut far = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (mut commands, mut server) =
                    (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut commands, &mut server));
                let lose_next = Arc::clone(&lose_next);
                thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    let mut mute = false;
                    while let Ok(count @ 1..) = far.read(&mut bytes) {
                        let now = lose_next.swap(false, Ordering::SeqCst);
                        if now && then == Lost::Closed {
                            break;
                        }
                        mute |= now;
                        if !mute {
                            near.write_all(&bytes[..count]).unwrap();
                        }
                    }
                    drop((near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both)));
                });
            }
        });
        Self { port, lose }
    }
}

#[test]
fn a_claim_whose_answer_got_lost_is_ours_all_the_same() {
    let Some(server) = Server::start() else { return };
    for lost in [Lost::Closed, Lost::Mute] {
        let between = Between::new(server.port, lost);
        let lose = || between.lose.store(true, Ordering::SeqCst);
        runtime().block_on(async {
            let () = server.query(&["FLUSHALL"]).await;
            let url = format!("redis://127.0.0.1:{}/", between.port);
            let store = RedisStore::connect(&url).await.unwrap();
            fresh(&store, 1).await;
            lose();
            fresh(&store, 2).await;
            assert!(!between.lose.load(Ordering::SeqCst), "no answer was lost");
            assert_eq!(begin(&store, 2).await.unwrap(), Begun::InFlight);

            lose();
            store.commit(&id(2), now(), until()).await.unwrap();
            assert!(!between.lose.load(Ordering::SeqCst), "no answer was lost");
            assert_eq!(begin(&store, 2).await.unwrap(), Begun::Done);
        });
    }
}

const RACE: &str = "WEBHOOK_TEST_RACE";
const IDS: u8 = 200;

/// Claims every delivery once and returns the ones that were fresh.
fn race(url: &str) -> Vec<u8> {
    let runtime = runtime();
    runtime.block_on(async {
        let store = Arc::new(RedisStore::connect(url).await.unwrap());
        // No process starts before all are here.
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let _: i64 = redis::cmd("INCR").arg("here").query_async(&mut connection).await.unwrap();
        let start = Instant::now();
        loop {
            let here: i64 =
                redis::cmd("GET").arg("here").query_async(&mut connection).await.unwrap();
            if here == 2 {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no other process came");
        }
        let calls: Vec<_> = (0..IDS)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { (number, begin(store.as_ref(), number).await.unwrap()) })
            })
            .collect();
        let mut won = Vec::new();
        for call in calls {
            if let (number, Begun::Fresh(_)) = call.await.unwrap() {
                won.push(number);
            }
        }
        won
    })
}

/// The other process of the race: does nothing unless the environment says where.
#[test]
fn other_process() {
    if let Ok(url) = env::var(RACE) {
        println!("\nwon:{:?}", race(&url));
    }
}

#[test]
fn two_processes_race_and_each_delivery_has_one_winner() {
    let Some(server) = Server::start() else { return };
    let other = Command::new(env::current_exe().unwrap())
        .args(["--exact", "other_process", "--nocapture", "--test-threads=1"])
        .env(RACE, server.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut all = race(&server.url());
    let output = other.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let theirs = text.lines().find_map(|line| line.strip_prefix("won:[")).unwrap();
    let theirs = theirs.trim_end_matches(']').split(", ").filter(|number| !number.is_empty());
    let mine = all.len();
    all.extend(theirs.map(|number| number.parse::<u8>().unwrap()));
    println!("{mine} here, {} there", all.len() - mine);
    all.sort_unstable();
    assert_eq!(all, (0..IDS).collect::<Vec<_>>());
}
