//! The sender's other triggers, and what they carry in a create event's fields.

use super::{Body, HEAD, Shape, encode, pair};
use std::fmt::Write;

/// An address of a shop, as marketing programs write them.
const URL: &str = "https://www.example-shop.com/en/catalogue/shoes/summer/2024/product-17-blue?\
    utm_source=copernica&utm_medium=email&utm_campaign=summer%20sale%202024&utm_content=hero-button\
    &profile=1234567&hash=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\
    &redirect=https%3A%2F%2Fcheckout.example-shop.com%2Fcart%3Fstep%3D2&lang=nl";
const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 \
    (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1";
const MIME: &str = "Received: from mx3.example.com (mx3.example.com [192.0.2.17])\r\n\
    \tby mail.example.org (Postfix) with ESMTPS id 4F1C2A0B1D\r\n\
    \tfor <johny@example.com>; Mon, 6 May 2024 07:08:09 +0200 (CEST)\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k1;\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    <p class=\"intro\">Уважаемый Johny,</p>\r\n<td style=\"padding:0;margin:0\">\
    <a href=\"https://www.example.com/?id=17&amp;x=9\">Größe, Preis & Menge</a></td>\r\n\
    <tr><td><b>№ 17</b></td><td>&euro;&nbsp;9,95</td></tr>\r\n=20=\r\n--=_b1--\r\n\
    host mx.example.com[192.0.2.1] said: 550 5.1.1 <johny@example.com>: \
    (in reply to RCPT TO)\r\n";
const REFERER: &str = "https://mail.example.com/";

pub(super) fn family() -> Vec<Body> {
    let form = |name, shape, text: String| Body { name, shape, bytes: text.into_bytes() };
    vec![
        form("grouped interests", Shape::Grouped, grouped()),
        form("update", Shape::Update, update()),
        form("click", Shape::Click, click()),
        form("bounce, 1 MiB mime", Shape::Bounce, bounce()),
        form("click in fields", Shape::Create, click_in_fields()),
        form("1 MiB mime in a field", Shape::Create, mime_in_a_field()),
    ]
}

fn grouped() -> String {
    let mut text = super::of_pairs(20);
    for (group, names) in [("Sport", ["football", "tennis"]), ("Colours", ["blue", "red"])] {
        for name in names {
            write!(text, "&interests%5B{group}%5D%5B{name}%5D=1").unwrap();
        }
    }
    text
}

fn update() -> String {
    let mut text = HEAD.replace("type=create", "type=update") + "&time=1709892900";
    pair(&mut text, "parameters", "mail", "new@example.com");
    for (at, value) in super::VALUES.into_iter().cycle().take(20).enumerate() {
        pair(&mut text, "fields", &format!("field{at}"), value);
    }
    text
}

fn click() -> String {
    let mut text = "id=b4icbaqjswyrb7tc&type=click&timestamp=2024-03-08+10%3A15%3A00\
         &time=1709892900&recipient=johny%40example.com&ip=2001%3Adb8%3A%3A17"
        .to_owned();
    for (name, value) in [("original", URL), ("useragent", AGENT), ("referer", REFERER)] {
        write!(text, "&{name}=").unwrap();
        encode(&mut text, value);
    }
    text + "&tags%5B%5D=spring&tags%5B%5D=news&profile=1234567&mailing=123456"
}

/// Returns a mail of text and base64, of whose bytes a form escapes about one in twenty.
fn bounce() -> String {
    let line =
        "This is a line of a mail that came back, of the usual length and of usual words.\r\n";
    let base64 =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA\r\n";
    let mut mime = String::new();
    while mime.len() < 1 << 20 {
        mime.push_str(line);
        (0..4).for_each(|_| mime.push_str(base64));
    }
    let mut text = "id=b4icbaqjswyrb7tc&type=bounce&timestamp=2024-03-08+10%3A15%3A00\
         &time=1709892900&recipient=johny%40example.com&envelope=b-7%40sender.example.com&mime="
        .to_owned();
    encode(&mut text, &mime);
    text + "&tags%5B%5D=spring"
}

/// Returns what a click has, as a profile's fields.
fn click_in_fields() -> String {
    let mut text = HEAD.to_owned();
    for (name, value) in
        [("url", URL), ("useragent", AGENT), ("ip", "2001:db8::17"), ("mailing", "123456")]
    {
        pair(&mut text, "fields", name, value);
    }
    text
}

/// Returns a message that came back, of headers, a delivery report and markup in 8 bits: a third of
/// its bytes is escaped.
fn mime_in_a_field() -> String {
    let mut encoded = String::new();
    encode(&mut encoded, MIME);
    format!("{HEAD}&fields%5Bmime%5D={}", encoded.repeat((1 << 20) / MIME.len()))
}
