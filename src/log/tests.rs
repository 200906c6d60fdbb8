//! How lines look, and that nothing logged can pass for another line.

use super::*;

fn line(level: Level, fields: &[(&str, Value)]) -> Line {
    let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let (name, fields) = Fields(fields).named();
    Line { at: "2026-11-21T12:04:36.118Z".to_owned(), level, name, fields }
}

fn style(json: bool, naming: Naming) -> Lines {
    Lines { process: "game", json, color: false, naming }
}

#[test]
fn text_has_time_level_process_event_and_fields() {
    let fields = [("event", "link.up".into()), ("id", 7.into()), ("why", "two words".into())];
    assert_eq!(
        line(Level::INFO, &fields).render(&style(false, Naming::Word)),
        "12:04:36.118 INFO  game     link.up            id=7 why=\"two words\"\n"
    );
    assert_eq!(
        line(Level::WARN, &fields[..1]).render(&style(false, Naming::ByParent)),
        "12:04:36.118 WARN  link.up\n"
    );
}

#[test]
fn a_name_in_front_stands_where_the_parent_puts_those_of_its_children() {
    let text = line(Level::INFO, &[("event", "start".into())]).render(&style(false, Naming::Front));
    assert_eq!(text, "game     | 12:04:36.118 INFO  start\n");
}

#[test]
fn json_has_the_same_fields() {
    let fields = [("event", "link.up".into()), ("id", 7.into())];
    let text = line(Level::INFO, &fields).render(&style(true, Naming::ByParent));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["ts"], "2026-11-21T12:04:36.118Z");
    assert_eq!(value["level"], "info");
    assert_eq!(value["process"], "game");
    assert_eq!(value["event"], "link.up");
    assert_eq!(value["id"], 7);
}

#[test]
fn a_logged_value_cannot_fake_a_line() {
    let fields = [("event", "x".into()), ("name", "a\n12:00:00.000 ERROR game".into())];
    for json in [true, false] {
        let text = line(Level::INFO, &fields).render(&style(json, Naming::Word));
        assert_eq!(text.matches('\n').count(), 1, "{text}");
    }
}

#[test]
fn the_default_section_without_comments_is_the_default() {
    let text: String = DEFAULT_TOML
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .fold(String::new(), |all, line| all + line + "\n");
    let table: toml::Table = toml::from_str(&text).expect("TOML");
    let raw: RawConfig = table["log"].clone().try_into().expect("typed");
    assert_eq!(raw.check(), RawConfig::default().check());
    assert!(raw.format.is_some() && raw.level.is_some());
}

#[test]
fn an_odd_level_or_format_is_refused() {
    let raw = RawConfig { level: Some("loud".to_owned()), format: None };
    assert!(raw.check().is_err_and(|text| text.starts_with("log.level")));
    let raw = RawConfig { format: Some("xml".to_owned()), level: None };
    assert!(raw.check().is_err_and(|text| text.starts_with("log.format")));
}

#[test]
fn a_secret_that_somebody_logs_by_mistake_is_not_shown() {
    for name in SECRETS {
        assert_eq!(without_secret(name, Value::from("hunter2")), "***", "{name}");
        assert_eq!(without_secret(name, Value::from(7)), 7, "a count is no secret");
    }
    for scheme in ["mysql", "mariadb", "https"] {
        let url = format!("cannot reach {scheme}://ding:it's hunter2@db/ding");
        let url = without_secret("url", Value::from(url));
        assert!(url.as_str().is_some_and(|url| !url.contains("hunter2")), "{url}");
    }
    assert_eq!(without_secret("text", Value::from("a token")), "a token");
}
