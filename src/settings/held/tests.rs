//! What a process tells of its settings, before and after they are read again.

use serde::Deserialize;

use super::*;
use crate::settings::{
    said,
    source::{from_arguments, from_console, from_environment, from_file},
};

const DEFAULTS: &str = r#"[door]
# Where it is,
# and how wide.
# listen = "127.0.0.1:1"
# width = 7
# Guests at a time. (live)
# guests_max = 5
[store]
# The database.
# url = "sqlite:game.db"
"#;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    door: Door,
    store: Store,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Door {
    listen: String,
    width: u32,
    guests_max: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Store {
    url: String,
}

fn layers(file: &str, console: &str, environment: &[(&str, &str)], set: &[&str]) -> BTreeMap<String, Said> {
    let environment = environment.iter().map(|&(k, v)| (k.to_owned(), v.to_owned()));
    let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
    let mut settings = from_file("ding.toml", file).expect("TOML");
    settings.extend(from_console("live.toml", console).expect("TOML"));
    settings.extend(from_environment(environment).0);
    settings.extend(from_arguments(&set).0);
    said::<Raw>(&settings)
}

fn line(held: &Held, key: &str) -> String {
    let all = held.told();
    let setting = all.iter().find(|setting| setting.key == key).expect("known");
    let next = match setting.waiting {
        true => format!(", waits: {} {} {}", setting.value_next, setting.origin_next, setting.place_next),
        false => String::new(),
    };
    format!("{} {} {}{next}", setting.value, setting.origin, setting.place)
}

#[test]
fn keys_come_with_their_default_and_with_what_they_are() {
    let known = known(DEFAULTS);
    let keys: Vec<(&str, &str, bool)> =
        known.iter().map(|one| (one.key.as_str(), one.default.as_str(), one.is_live)).collect();
    assert_eq!(
        keys,
        [
            ("door.listen", "\"127.0.0.1:1\"", false),
            ("door.width", "7", false),
            ("door.guests_max", "5", true),
            ("store.url", "\"sqlite:game.db\"", false)
        ]
    );
    assert_eq!((&known[0].about, &known[1].about), (&"Where it is, and how wide.".into(), &known[0].about));
    assert_eq!(known[2].about, "Guests at a time.");
}

#[test]
fn each_layer_is_told_by_its_name_and_place_and_the_strongest_wins() {
    let file = "[door]\nguests_max = 6\nwidth = 8\nlisten = \"a\"\n";
    let console = "# mine\n[door]\nguests_max = 7\n";
    let held =
        Held::new(known(DEFAULTS), &layers(file, console, &[("DING_DOOR__WIDTH", "9")], &["door.listen=b"]));
    assert_eq!(line(&held, "door.guests_max"), "7 console live.toml");
    assert_eq!(line(&held, "door.width"), "9 environment DING_DOOR__WIDTH");
    assert_eq!(line(&held, "door.listen"), "\"b\" argument --set");
    assert_eq!(line(&held, "store.url"), "\"sqlite:game.db\" default ");
    let weaker = Held::new(known(DEFAULTS), &layers(file, "", &[], &[]));
    assert_eq!(line(&weaker, "door.guests_max"), "6 file ding.toml:2");
}

#[test]
fn what_is_live_is_in_force_when_it_is_read_again_and_the_rest_waits() {
    let mut held = Held::new(known(DEFAULTS), &layers("[door]\nwidth = 8\n", "", &[], &[]));
    let again = layers("[door]\nwidth = 9\n", "[door]\nguests_max = 1\n", &[], &[]);
    assert_eq!(held.read_again(&again), ["door.guests_max"]);
    assert_eq!(line(&held, "door.guests_max"), "1 console live.toml");
    assert_eq!(line(&held, "door.width"), "8 file ding.toml:2, waits: 9 file ding.toml:2");
    assert_eq!(held.read_again(&again), [""; 0], "nothing is other than a moment ago");
    // Back to what it was, and what is in force by now from another line.
    assert_eq!(held.read_again(&layers("[door]\n\nwidth = 8\n", "", &[], &[])), ["door.guests_max"]);
    assert_eq!(line(&held, "door.width"), "8 file ding.toml:3");
    assert_eq!(line(&held, "door.guests_max"), "5 default ");
}

#[test]
fn no_password_is_told_and_no_value_is_endless() {
    for url in ["mysql://ding:s3'c\"ret@host/d", " mysql://a:s3'c@b/c"] {
        let text = shown(&Value::from(url));
        assert!(text.contains("mysql://***") && !text.contains("s3") && !text.contains("host"), "{text}");
    }
    assert_eq!(shown(&Value::from("mariadb://ding:s3cret@db/ding")), "\"mariadb://***\"");
    assert_eq!(shown(&Value::from("postgres+x://ding:s3@db")), "\"postgres+x://***\"");
    assert_eq!(shown(&Value::from("https://play.example.org/a")), "\"https://play.example.org/a\"");
    let list = Value::Array(vec![Value::from("x"), Value::from("mysql://a:s3@b/c")]);
    assert_eq!(shown(&list), "\"***\"");
    assert!(shown(&Value::from("ü".repeat(1_000))).len() <= VALUE_BYTES_MAX + "…".len());
}
