//! Who may ask for a grant. There is no game behind this door: whoever is let through meets `starting`.

use super::*;
use crate::roles::Role;

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: Duration = Duration::from_secs(1_800_000_000);

fn door() -> (Grants, Live) {
    (Grants::new(KEY, 1_000_000), Live::new(Role::Game))
}

fn signed(key: &[u8], stamp: &str, body: &str) -> Request {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hmac::sign(&key, format!("{stamp}.{body}").as_bytes());
    let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Request {
        method: "POST".to_owned(),
        path: PATH.to_owned(),
        headers: vec![
            ("ding-timestamp".to_owned(), stamp.as_bytes().to_vec()),
            ("ding-signature".to_owned(), signature.into_bytes()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

fn code(request: &Request) -> &'static str {
    let (door, live) = door();
    door.judge(&live, request, NOW).expect_err("there is no game").code
}

const BODY: &str = r#"{"key":"pay-1","account":"4294967297","amount":500,"reason":"order 7"}"#;

#[test]
fn whoever_has_the_key_and_the_time_is_let_through() {
    assert_eq!(code(&signed(KEY, "1800000000", BODY)), "starting");
    assert_eq!(code(&signed(KEY, "1800000300", BODY)), "starting");
    let number = r#"{"key":"k","account":4294967297,"amount":1}"#;
    assert_eq!(code(&signed(KEY, "1799999700", number)), "starting");
}

#[test]
fn a_signature_of_anything_else_is_refused_before_anything_is_read() {
    let right = signed(KEY, "1800000000", BODY);
    for bit in 0..right.body.len() * 8 {
        let mut request = right.clone();
        request.body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(code(&request), "bad_signature", "bit {bit}");
    }
    assert_eq!(code(&signed(b"another key of thirty-two bytes!", "1800000000", BODY)), "bad_signature");
    for header in 0..2 {
        let mut without = right.clone();
        without.headers.remove(header);
        assert_eq!(code(&without), "bad_signature");
        let mut broken = right.clone();
        broken.headers[header].1 = "é".repeat(32).into_bytes();
        assert_eq!(code(&broken), "bad_signature");
    }
}

#[test]
fn a_request_that_is_old_or_from_the_future_is_refused() {
    for stamp in ["1799999699", "1800000301", "0", "18446744073709551615"] {
        assert_eq!(code(&signed(KEY, stamp, BODY)), "stale_timestamp", "{stamp}");
    }
    assert_eq!(code(&signed(KEY, "now", BODY)), "stale_timestamp");
}

#[test]
fn bodies_and_amounts_out_of_bounds_are_refused() {
    let mut get = signed(KEY, "1800000000", BODY);
    get.method = "GET".to_owned();
    assert_eq!(code(&get), "bad_request");
    for body in [
        "",
        "[]",
        r#"{"key":"k","account":1}"#,
        r#"{"key":"k","account":1,"amount":1,"more":1}"#,
        r#"{"key":"k","account":-1,"amount":1}"#,
        r#"{"key":"k","account":"x","amount":1}"#,
        r#"{"key":"k","account":1,"amount":1.5}"#,
        r#"{"key":"","account":1,"amount":1}"#,
        r#"{"key":"ä","account":1,"amount":1}"#,
    ] {
        assert_eq!(code(&signed(KEY, "1800000000", body)), "bad_request", "{body}");
    }
    for amount in ["0", "-5", "1000001", "9223372036854775807"] {
        let body = format!(r#"{{"key":"k","account":1,"amount":{amount}}}"#);
        assert_eq!(code(&signed(KEY, "1800000000", &body)), "bad_amount", "{amount}");
    }
}

#[test]
fn more_than_the_budget_is_refused_until_there_is_more() {
    let start = clock::now();
    let mut budget = Budget { left: BURST, at: start };
    assert_eq!((0..200).filter(|_| budget.take(start)).count(), 100);
    let later = start + Duration::from_secs(1);
    assert_eq!((0..200).filter(|_| budget.take(later)).count(), 50);
}

#[test]
fn a_key_that_others_can_read_or_that_is_short_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    let with = |mode: u32, key: &[u8]| {
        std::fs::write(&file, key).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        Grants::with_key_in(&file, 1)
    };
    assert!(with(0o600, KEY).is_ok());
    assert!(with(0o640, KEY).expect_err("readable").contains("chmod 600"));
    assert!(with(0o600, b"short\n").expect_err("short").contains("32 bytes"));
    assert!(Grants::with_key_in(&folder.path().join("none"), 1).expect_err("none").contains("No such file"));
    assert!(!format!("{:?}", with(0o600, KEY)).contains("0123456789"), "the key stays out of every text");
}
