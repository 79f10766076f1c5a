//! The sender's other triggers, and text that is not ASCII.

use super::{Body, HEAD, Shape, encode, pair};
use std::fmt::Write;

/// Text that is mostly ASCII.
const GERMAN: &str = "Sehr geehrter Herr M\u{fc}ller, Ihre Bestellung wurde heute an die Adresse \
    Hauptstrasse 17 in K\u{f6}ln versandt. Vielen Dank, dass Sie sich wieder bei uns gemeldet haben; \
    f\u{fc}r R\u{fc}ckfragen stehen wir Ihnen gerne zur Verf\u{fc}gung. Mit freundlichen Gr\u{fc}\u{df}en aus \
    dem Kundendienst der Firma Schmidt und Partner in Hamburg, Abteilung Versand. ";
/// Text of two bytes a letter, and ASCII between its words.
const CYRILLIC: &str = "Уважаемый читатель, это то, что мы хотели вам рассказать сегодня о новых \
    заказах и доставке по адресу: улица Большая Садовая, дом 302-бис, квартира 50, Москва. Спасибо \
    за покупку, ваш менеджер Анна Сергеевна Вознесенская свяжется с вами завтра утром. ";
/// Text of three bytes a letter, and nothing else.
const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗い\
    じめじめした所でニャーニャー泣いていた事だけは記憶している。東京都千代田区丸の内一丁目、\
    ご注文ありがとうございました。お届け先の住所をご確認ください。";

/// An address of a shop, as marketing programs write them.
const URL: &str = "https://www.example-shop.com/en/catalogue/shoes/summer/2024/product-17-blue?\
    utm_source=copernica&utm_medium=email&utm_campaign=summer%20sale%202024&utm_content=hero-button\
    &profile=1234567&hash=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\
    &redirect=https%3A%2F%2Fcheckout.example-shop.com%2Fcart%3Fstep%3D2&lang=nl";
const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 \
    (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1";
const REFERER: &str = "https://mail.example.com/";

pub(super) fn family() -> Vec<Body> {
    let form = |name, shape, text: String| Body { name, shape, bytes: text.into_bytes() };
    vec![
        form("German typical", Shape::Create, in_words(GERMAN)),
        form("Cyrillic typical", Shape::Create, in_words(CYRILLIC)),
        form("Japanese typical", Shape::Create, in_words(JAPANESE)),
        form("grouped interests", Shape::Grouped, grouped()),
        form("update", Shape::Update, update()),
        form("click", Shape::Click, click()),
        form("bounce, 1 MiB mime", Shape::Bounce, bounce()),
    ]
}

/// Returns twenty parameters and twenty fields, of 20 to 40 letters each.
fn in_words(source: &str) -> String {
    let mut text = HEAD.to_owned();
    let mut letters = source.chars().cycle();
    for root in ["parameters", "fields"] {
        for at in 0..20 {
            let value: String = letters.by_ref().take(20 + at * 7 % 21).collect();
            pair(&mut text, root, &format!("field{at}"), &value);
        }
    }
    text
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
