//! The page in a real browser: Chromium, by chromedriver.
//!
//! Without chromedriver it is skipped, and says so; with `INSPECT_BROWSER=required`, as CI sets it, it
//! fails then. `INSPECT_SCREENSHOTS=1` writes the pictures of the README.

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{Inspect, created, forged, read};
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;
use tokio::time::{sleep, timeout};

/// Calls a second, and for how many seconds.
const RATE: usize = 1_000;
const SECONDS: usize = 10;
/// Connections that they come in on.
const CONNECTIONS: usize = 4;
/// How long a row may take to open.
const OPEN_TIME: Duration = Duration::from_secs(1);
/// How long all of it may take.
const TEST_TIME: Duration = Duration::from_secs(170);

const FIELDS: &str = "&fields%5BFirst+name%5D=Johny&fields%5Bmail%5D=johny%40example.com\
                      &fields%5Bbirthday%5D=1979-02-12&fields%5Bnewsletter%5D=1&interests%5B%5D=blue";
/// `<script>…` as a value, and an image that would run something as a name.
const HOSTILE: &str = "&fields%5Bname%5D=%3Cscript%3Edocument.title%3D%22owned%22%3C%2Fscript%3E\
                       &fields%5B%22%3E%3Cimg+src%3Dx+onerror%3Ddocument.title%3D%22owned%22%3E%5D=x";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_calls_in_a_browser() {
    let Some(driver) = Driver::start() else {
        let missing = "the browser test of example-inspect: chromedriver is not installed";
        assert!(std::env::var("INSPECT_BROWSER").as_deref() != Ok("required"), "{missing}");
        eprintln!("SKIPPED: {missing}");
        if let Some(list) = std::env::var_os("CI_SKIPPED") {
            let list = fs::OpenOptions::new().append(true).create(true).open(list);
            list.and_then(|mut list| writeln!(list, "{missing}")).unwrap();
        }
        return;
    };
    timeout(TEST_TIME, run(&driver)).await.expect("the browser test took too long");
}

async fn run(driver: &Driver) {
    let browser = driver.browser().await;
    let inspect = Inspect::start();
    browser.goto(format!("http://{}/", inspect.page)).await.unwrap();
    let page = Page { browser };

    page.shows_a_genuine_call(&inspect).await;
    page.shows_a_forgery(&inspect).await;
    page.keeps_a_hostile_field_text(&inspect).await;
    page.is_used_by_keyboard().await;
    page.stays_usable_in_a_flood(&inspect).await;
    page.connects_again(&inspect).await;
    page.browser.quit().await.unwrap();
}

struct Page {
    browser: WebDriver,
}

impl Page {
    async fn shows_a_genuine_call(&self, inspect: &Inspect) {
        assert_eq!(inspect.post_signed(&created(123, FIELDS)), 204);
        self.open(1).await;
        assert_eq!(self.count(".checks .bad").await, 0);
        assert!(self.count(".checks .good").await > 9);
        let text = self.text("#detail").await;
        assert!(text.contains("copernica:v1:account_1234:create:profile:1:123"), "{text}");
        assert!(
            text.contains("first_name: String") && text.contains("birthday: chrono::NaiveDate")
        );
        assert!(!text.contains("johny@example.com"), "values are hidden at first: {text}");
        self.click("#values").await;
        self.until("document.body.innerText.includes('johny@example.com')").await;
        self.pictures("genuine", true).await;
        self.click("#values").await;
        self.until("!document.body.innerText.includes('johny@example.com')").await;
        println!("genuine: opened, every check passed, values only when they are requested");
    }

    async fn shows_a_forgery(&self, inspect: &Inspect) {
        let call = String::from_utf8(inspect.signed(&created(124, FIELDS))).unwrap();
        // As if a body were changed on its way: same length, another name.
        let answer = support::send(inspect.calls, call.replace("Johny", "Jenny").as_bytes());
        assert_eq!(answer.status, 401);
        self.open(2).await;
        let text = self.text(".refused").await;
        assert!(text.contains("401 unauthenticated") && text.contains("digest"), "{text}");
        let failed = self.text(".checks li:has(.bad)").await;
        assert!(failed.contains("digest") && failed.contains("Something on the way"), "{failed}");
        self.pictures("forged", false).await;
        println!("forgery: refused by its digest, with what to change");
    }

    async fn keeps_a_hostile_field_text(&self, inspect: &Inspect) {
        assert_eq!(inspect.post_signed(&created(125, HOSTILE)), 204);
        self.open(3).await;
        self.click("#values").await;
        self.until("document.querySelector('td.value')").await;
        let shown = "[...document.querySelectorAll('td.value')].map(it => it.textContent)";
        let shown = self.js(&format!("return {shown}")).await;
        let script = "<script>document.title=\"owned\"</script>";
        assert!(shown.as_array().unwrap().contains(&json!(script)), "{shown}");
        assert_eq!(self.js("return document.title").await, "Copernica calls");
        assert_eq!(self.count("script").await, 1, "the page's own");
        assert_eq!(self.count("img").await, 0);
        // The policy holds too: what is put into the page by force does not run.
        let forced = "try { document.body.insertAdjacentHTML('beforeend', \
                      '<img src=/x onerror=\"document.title=1\">'); return 'in' } \
                      catch (error) { return error.name }";
        assert_eq!(self.js(forced).await, "TypeError", "trusted types");
        sleep(Duration::from_millis(400)).await;
        assert_eq!(self.js("return document.title").await, "Copernica calls");
        self.js("document.querySelector('td.value').scrollIntoView()").await;
        self.pictures("hostile", false).await;
        self.click("#values").await;
        println!("hostile field: text, and nothing ran");
    }

    async fn is_used_by_keyboard(&self) {
        self.js("document.activeElement.blur(); document.querySelector('[data-id=\"1\"]').focus()")
            .await;
        let row = self.browser.active_element().await.unwrap();
        row.send_keys(Key::Enter + "").await.unwrap();
        self.until("document.getElementById('opened').dataset.id === '1'").await;
        self.until("document.activeElement.id === 'title'").await;
        let title = self.browser.active_element().await.unwrap();
        title.send_keys(Key::Escape + "").await.unwrap();
        self.until("document.getElementById('opened').hidden").await;
        assert_eq!(self.js("return document.activeElement.dataset.id").await, "1");
        let row = self.browser.active_element().await.unwrap();
        row.send_keys(Key::Up + "").await.unwrap();
        assert_eq!(self.js("return document.activeElement.dataset.id").await, "2");
        println!("keyboard: Enter opens, Escape closes and goes back to the row");
    }

    async fn stays_usable_in_a_flood(&self, inspect: &Inspect) {
        let calls = prepared(inspect);
        let begun = Instant::now();
        let senders: Vec<_> = calls
            .into_iter()
            .map(|calls| {
                let address = inspect.calls;
                thread::spawn(move || flood(address, &calls, begun))
            })
            .collect();
        let mut slowest = Duration::ZERO;
        let mut opened = 0;
        while begun.elapsed() < Duration::from_secs(SECONDS as u64) {
            slowest = slowest.max(self.open_newest().await);
            opened += 1;
            sleep(Duration::from_millis(400)).await;
        }
        let sent: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        let took = begun.elapsed();
        let all =
            format!("'{} proven, {} not'", 2 + RATE * SECONDS / 4, 1 + RATE * SECONDS * 3 / 4);
        self.until(&format!("document.getElementById('counts').textContent.startsWith({all})"))
            .await;
        let rows = self.count(".row").await;
        println!(
            "flood: {sent} calls in {took:.1?}, {opened} rows opened meanwhile, the slowest in \
             {slowest:.0?}; {rows} rows"
        );
        assert_eq!(sent, RATE * SECONDS);
        assert!(took < Duration::from_secs(SECONDS as u64 + 2), "the calls took {took:?}");
        assert!(slowest < OPEN_TIME && opened >= 5, "{slowest:?}, {opened} rows");
        assert!(rows <= 601, "{rows} rows");
    }

    /// Checks that a page which lost its connection shows what came meanwhile.
    async fn connects_again(&self, inspect: &Inspect) {
        let tools = ChromeDevTools::new(self.browser.handle.clone());
        let offline = |is: bool| json!({ "offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        tools.execute_cdp("Network.enable").await.unwrap();
        let set = "Network.emulateNetworkConditions";
        tools.execute_cdp_with_params(set, offline(true)).await.unwrap();
        inspect.post_signed(&created(99_999, ""));
        tools.execute_cdp_with_params(set, offline(false)).await.unwrap();
        self.until(
            "[...document.querySelectorAll('.ids')].some(it => it.textContent.includes('99999'))",
        )
        .await;
        println!("offline for a moment: the call that came meanwhile is shown");
    }

    /// Waits for a row, opens it and waits for what is in it.
    async fn open(&self, id: u64) {
        self.until(&format!("document.querySelector('[data-id=\"{id}\"]')")).await;
        self.click(&format!(".row[data-id=\"{id}\"]")).await;
        self.until(&format!("document.getElementById('opened').dataset.id === '{id}'")).await;
        self.until("!document.getElementById('opened').hidden").await;
    }

    /// Opens the newest proven row; returns how long it took until it was shown. Of 750 forgeries a
    /// second the last 100 are kept: one may be gone before it can be opened.
    async fn open_newest(&self) -> Duration {
        let begun = Instant::now();
        let id = "const row = document.querySelector('.row:has(.good)'); row.click(); return row.dataset.id";
        let id = self.js(id).await;
        self.until(&format!(
            "document.getElementById('opened').dataset.id === {id} \
             && document.querySelector('#detail .checks')"
        ))
        .await;
        begun.elapsed()
    }

    async fn click(&self, selector: &str) {
        self.browser.find(By::Css(selector)).await.unwrap().click().await.unwrap();
    }

    async fn text(&self, selector: &str) -> String {
        self.browser.find(By::Css(selector)).await.unwrap().text().await.unwrap()
    }

    async fn count(&self, selector: &str) -> usize {
        self.browser.find_all(By::Css(selector)).await.unwrap().len()
    }

    async fn js(&self, script: &str) -> Value {
        self.browser.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Waits until an expression is true.
    async fn until(&self, expression: &str) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.js(&format!("return Boolean({expression})")).await != true {
            assert!(Instant::now() < end, "never: {expression}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Writes pictures of what is shown: light, and with `all` also dark and narrow.
    async fn pictures(&self, name: &str, all: bool) {
        if std::env::var_os("INSPECT_SCREENSHOTS").is_none() {
            return;
        }
        let forms = [("", "light", 1180), ("-dark", "dark", 1180), ("-narrow", "light", 400)];
        for (form, scheme, width) in forms.into_iter().take(if all { 3 } else { 1 }) {
            let tools = ChromeDevTools::new(self.browser.handle.clone());
            let size =
                json!({ "width": width, "height": 700, "deviceScaleFactor": 1, "mobile": false });
            tools
                .execute_cdp_with_params("Emulation.setDeviceMetricsOverride", size)
                .await
                .unwrap();
            let media =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            tools.execute_cdp_with_params("Emulation.setEmulatedMedia", media).await.unwrap();
            sleep(Duration::from_millis(300)).await;
            let picture = self.browser.screenshot_as_png().await.unwrap();
            assert!(picture.len() < 150_000, "{name}{form}: {} bytes", picture.len());
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{name}{form}.png")), picture).unwrap();
            tools.execute_cdp("Emulation.clearDeviceMetricsOverride").await.unwrap();
            let media = json!({ "features": [] });
            tools.execute_cdp_with_params("Emulation.setEmulatedMedia", media).await.unwrap();
        }
    }
}

/// Returns the calls of the flood for each connection: every fourth is signed. Signing is slow, and
/// done before.
fn prepared(inspect: &Inspect) -> Vec<Vec<Vec<u8>>> {
    let each = RATE * SECONDS / CONNECTIONS;
    thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                scope.spawn(move || {
                    let call = |at: usize| {
                        let form = created((1_000 + connection * each + at) as u64, FIELDS);
                        if at.is_multiple_of(4) { inspect.signed(&form) } else { forged(&form) }
                    };
                    (0..each).map(call).collect()
                })
            })
            .collect();
        connections.into_iter().map(|calls| calls.join().unwrap()).collect()
    })
}

/// Sends calls evenly on one connection; returns how many were answered.
fn flood(address: SocketAddr, calls: &[Vec<u8>], begun: Instant) -> usize {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    let pause = Duration::from_secs(SECONDS as u64) / u32::try_from(calls.len()).unwrap();
    for (at, call) in calls.iter().enumerate() {
        let due = begun + pause * u32::try_from(at).unwrap();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        socket.write_all(call).unwrap();
        let expected = if at.is_multiple_of(4) { 204 } else { 401 };
        assert_eq!(read(&mut socket).status, expected);
    }
    calls.len()
}

/// chromedriver on a free port.
struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, rest) = line.split_once("started successfully on port ")?;
            rest.trim_end_matches('.').parse().ok()
        });
        thread::spawn(move || lines.for_each(drop));
        Some(Self { child, port: port.expect("chromedriver names no port") })
    }

    async fn browser(&self) -> WebDriver {
        let mut wanted = DesiredCapabilities::chrome();
        for arg in
            ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1180,860"]
        {
            wanted.add_arg(arg).unwrap();
        }
        // Chromium's sandbox can't be had as root, as CI often runs; the page is this repository's own.
        if is_root() {
            wanted.add_arg("--no-sandbox").unwrap();
        }
        WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted).await.unwrap()
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout == b"0\n")
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Otherwise a browser whose test failed would stay.
        let socket = TcpStream::connect(("127.0.0.1", self.port));
        if let Ok(mut socket) = socket {
            let wait = socket.set_read_timeout(Some(Duration::from_secs(5)));
            let requested = socket.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n");
            drop((wait, requested, socket.read(&mut [0; 1024])));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
