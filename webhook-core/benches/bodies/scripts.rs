//! Text that is not ASCII: nearly all `%XX`, in most alphabets.

use super::{Body, HEAD, NAMES, Shape, pair};

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

pub(super) fn scripts() -> Vec<Body> {
    let form = |name, text: String| Body { name, shape: Shape::Create, bytes: text.into_bytes() };
    vec![
        form("German typical", in_words(GERMAN)),
        form("Cyrillic typical", in_words(CYRILLIC)),
        form("Japanese typical", in_words(JAPANESE)),
        form("Japanese 1 MB", in_one_field(&JAPANESE.repeat(1_000_000 / (3 * JAPANESE.len())))),
        form("Cyrillic 1 MB", in_one_field(&CYRILLIC.repeat(1_000_000 / (3 * CYRILLIC.len())))),
        form("Cyrillic 1 MB at random", in_one_field(&at_random(400_000))),
    ]
}

/// Returns twenty parameters and twenty fields, of 20 to 40 letters each.
fn in_words(source: &str) -> String {
    let mut text = HEAD.to_owned();
    let mut letters = source.chars().cycle();
    for root in ["parameters", "fields"] {
        for (at, name) in NAMES.into_iter().cycle().take(20).enumerate() {
            let value: String = letters.by_ref().take(20 + at * 7 % 21).collect();
            pair(&mut text, root, &format!("{name}{at}"), &value);
        }
    }
    text
}

fn in_one_field(value: &str) -> String {
    let mut text = HEAD.to_owned();
    pair(&mut text, "fields", "text", value);
    text
}

/// Words of 1 to 12 letters, of so many bytes in all: fixed text is learned by heart by a processor
/// that predicts branches.
fn at_random(bytes: usize) -> String {
    let mut text = String::new();
    let mut state = 17u64;
    let mut below = |end: u32| {
        // Knuth's MMIX generator; its upper bits are the good ones.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).unwrap() % end
    };
    while text.len() < bytes {
        for _ in 0..=below(12) {
            text.extend(char::from_u32(u32::from('а') + below(32)));
        }
        text.push_str(if below(8) == 0 { ", " } else { " " });
    }
    text
}
