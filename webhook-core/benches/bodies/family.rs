//! The sender's other triggers, and text that is not ASCII.

use super::{Body, HEAD, Shape, encode, pair};
use std::fmt::Write;

const GERMAN: [&str; 5] = [
    "J\u{fc}rgen M\u{fc}ller-L\u{fc}denscheidt",
    "juergen@example.de",
    "Gro\u{df}e Bleiche 14, 55116 Mainz am Rhein",
    "+49 6131 555 0123",
    "Sehr geehrte Damen und Herren, vielen Dank f\u{fc}r Ihre Bestellung",
];
const CYRILLIC: [&str; 5] = [
    "\u{418}\u{432}\u{430}\u{43d} \u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}",
    "\u{43f}\u{43e}\u{447}\u{442}\u{430}@\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}",
    "\u{443}\u{43b}\u{438}\u{446}\u{430} \u{41b}\u{435}\u{43d}\u{438}\u{43d}\u{430} 14, \u{41c}\u{43e}\u{441}\u{43a}\u{432}\u{430}",
    "+7 495 555 01 23",
    "\u{421}\u{43f}\u{430}\u{441}\u{438}\u{431}\u{43e} \u{437}\u{430} \u{432}\u{430}\u{448} \u{437}\u{430}\u{43a}\u{430}\u{437}, \u{436}\u{434}\u{451}\u{43c} \u{432}\u{430}\u{441} \u{441}\u{43d}\u{43e}\u{432}\u{430}",
];
const JAPANESE: [&str; 5] = [
    "\u{5c71}\u{7530}\u{592a}\u{90ce}",
    "\u{5c71}\u{7530}@\u{4f8b}.\u{65e5}\u{672c}",
    "\u{6771}\u{4eac}\u{90fd}\u{5343}\u{4ee3}\u{7530}\u{533a}\u{4e38}\u{306e}\u{5185}\u{4e00}\u{4e01}\u{76ee}",
    "\u{ff10}\u{ff13}\u{ff0d}\u{ff15}\u{ff15}\u{ff15}\u{ff15}",
    "\u{3054}\u{6ce8}\u{6587}\u{3042}\u{308a}\u{304c}\u{3068}\u{3046}\u{3054}\u{3056}\u{3044}\u{307e}\u{3059}",
];

pub(super) fn family() -> Vec<Body> {
    let form = |name, shape, text: String| Body { name, shape, bytes: text.into_bytes() };
    vec![
        form("German typical", Shape::Create, in_words(GERMAN)),
        form("Cyrillic typical", Shape::Create, in_words(CYRILLIC)),
        form("Japanese typical", Shape::Create, in_words(JAPANESE)),
        form("grouped interests", Shape::Grouped, grouped()),
        form("update", Shape::Other, update()),
        form("click", Shape::Other, click()),
        form("bounce, 1 MiB mime", Shape::Other, bounce()),
    ]
}

/// Twenty fields and twenty parameters.
fn in_words(words: [&str; 5]) -> String {
    let mut text = HEAD.to_owned();
    for root in ["parameters", "fields"] {
        for (at, word) in words.into_iter().cycle().take(20).enumerate() {
            pair(&mut text, root, &format!("field{at}"), word);
        }
    }
    text
}

fn grouped() -> String {
    let mut text = in_words(super::VALUES);
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
         &time=1709892900&recipient=johny%40example.com&ip=192.0.2.7&original="
        .to_owned();
    encode(&mut text, "https://shop.example.com/spring/offers?code=SPRING24&lang=nl&utm=mail");
    text.push_str("&useragent=");
    encode(
        &mut text,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0",
    );
    text + "&referer=https%3A%2F%2Fmail.example.com%2F&tags%5B%5D=spring&tags%5B%5D=news\
            &profile=123&mailing=45"
}

/// A mail of text and base64, of whose bytes a form escapes about one in twenty.
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
