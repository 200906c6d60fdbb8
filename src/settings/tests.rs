//! Each layer, each kind of mistake, with the whole text that people will read.

use serde::Deserialize;

use super::{
    Refusal, checked,
    problem::{self, Problem},
    source::{from_arguments, from_environment, from_file},
};

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    door: Door,
    log: Log,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Door {
    listen: Option<std::net::SocketAddr>,
    guests_max: Option<u32>,
    name: Option<String>,
    tls: Tls,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tls {
    cert_file: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Log {
    level: Option<String>,
}

fn read(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<Raw, Vec<Problem>> {
    read_with(file, environment, set, Ok)
}

fn read_with(
    file: &str,
    environment: &[(&str, &str)],
    set: &[&str],
    check: fn(Raw) -> Result<Raw, Vec<Refusal>>,
) -> Result<Raw, Vec<Problem>> {
    let mut settings = from_file("ding.toml", file)?;
    let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
    let environment = environment.iter().map(|&(k, v)| (k.to_owned(), v.to_owned()));
    for (more, problems) in [from_environment(environment), from_arguments(&set)] {
        if !problems.is_empty() {
            return Err(problems);
        }
        settings.extend(more);
    }
    checked(settings, Vec::new(), check)
}

/// What its section says of a door: bounds, and two keys that belong together. Tells the first thing only.
fn of_door(raw: Raw) -> Result<Raw, Vec<Refusal>> {
    let Door { guests_max, name, tls, .. } = &raw.door;
    let text = match (guests_max, name, &tls.cert_file) {
        (Some(0), ..) => "door.guests_max must be at least 1, got 0",
        (_, Some(_), None) | (_, None, Some(_)) => "door.name and door.cert_file belong together",
        _ => match raw.log.level.as_deref() {
            Some("odd") => return Err(vec![Refusal { section: "log", text: "log.level is odd".into() }]),
            _ => return Ok(raw),
        },
    };
    Err(vec![Refusal { section: "door", text: text.into() }])
}

fn places(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.place.as_str()).collect()
}

fn refusal(file: &str, environment: &[(&str, &str)], set: &[&str]) -> String {
    let problems = read(file, environment, set).expect_err("refused");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn later_layers_win_and_the_rest_stays_built_in() {
    let file = "[door]\nlisten = \"127.0.0.1:1\"\nguests_max = 5\n[door.tls]\ncert_file = \"a\"";
    let raw = read(
        file,
        &[("DING_DOOR__LISTEN", "127.0.0.1:2"), ("HOME", "x")],
        &["door.listen=127.0.0.1:3", "log.level=debug"],
    )
    .expect("right");
    assert_eq!(raw.door.listen.map(|addr| addr.port()), Some(3));
    assert_eq!(raw.door.guests_max, Some(5));
    assert_eq!(raw.door.tls.cert_file.as_deref(), Some("a"));
    assert_eq!(raw.log.level.as_deref(), Some("debug"));
    assert_eq!(read("", &[], &[]).expect("right"), Raw::default());
}

#[test]
fn a_bare_value_is_a_number_where_one_is_expected_and_text_where_text_is() {
    let raw = read("", &[("DING_DOOR__GUESTS_MAX", "12"), ("DING_DOOR__NAME", "12")], &[]).expect("right");
    assert_eq!(raw.door.guests_max, Some(12));
    assert_eq!(raw.door.name.as_deref(), Some("12"));
}

#[test]
fn an_unknown_key_is_shown_with_its_line_a_caret_and_the_valid_keys() {
    assert_eq!(
        refusal("# hi\n[door]\nlissten = \"127.0.0.1:1\"\n", &[], &[]),
        "ding.toml:3:1: unknown setting door.lissten\n   |\n 3 | lissten = \"127.0.0.1:1\"\n   | ^^^^^^^\n   \
         keys of [door] are: listen, guests_max, name, tls"
    );
    assert_eq!(
        refusal("[dor]\nlisten = 1\n", &[], &[]),
        "ding.toml:2:1: unknown setting dor.listen\n   |\n 2 | listen = 1\n   | ^^^^^^\n   \
         sections are: door, log"
    );
}

#[test]
fn every_problem_is_listed_not_only_the_first() {
    let text = refusal("[door]\na = 1\nb = 2\n[log]\nlevel = 3\n", &[], &[]);
    assert!(text.contains("door.a") && text.contains("door.b") && text.contains("log.level"), "{text}");
}

#[test]
fn a_wrong_type_points_at_the_value() {
    assert_eq!(
        refusal("[door]\nguests_max = \"many\"\n", &[], &[]),
        "ding.toml:2:14: door.guests_max: invalid type: string \"many\", expected a whole number\n   |\n \
         2 | guests_max = \"many\"\n   |              ^^^^^^"
    );
}

#[test]
fn broken_syntax_points_at_the_place() {
    let text = refusal("[door]\nlisten = \n", &[], &[]);
    assert!(text.starts_with("ding.toml:2:1"), "{text}");
    assert!(text.contains("2 | listen = "), "{text}");
}

#[test]
fn a_variable_is_named_when_it_is_unknown_or_wrong() {
    assert_eq!(
        refusal("", &[("DING_DOOR__LISSTEN", "x")], &[]),
        "DING_DOOR__LISSTEN: unknown setting door.lissten\n   keys of [door] are: listen, guests_max, name, tls"
    );
    assert_eq!(
        refusal("", &[("DING_LISTEN", "x")], &[]),
        "DING_LISTEN: unknown variable\n   DING_ variables are settings: DING_SECTION__KEY, as in \
         DING_GATEWAY__LISTEN"
    );
    assert_eq!(
        refusal("", &[("DING_DOOR__GUESTS_MAX", "many")], &[]),
        "DING_DOOR__GUESTS_MAX: door.guests_max: invalid type: string \"many\", expected a whole number"
    );
}

#[test]
fn an_argument_is_named_when_it_is_unknown_or_wrong() {
    assert_eq!(
        refusal("", &[], &["door.lissten=x"]),
        "--set door.lissten: unknown setting door.lissten\n   keys of [door] are: listen, guests_max, name, tls"
    );
    assert!(refusal("", &[], &["door"]).starts_with("--set door: not a setting"));
}

#[test]
fn a_value_that_a_check_refuses_is_shown_where_it_was_set() {
    let problems = read_with("[door]\nguests_max = 0\n", &[], &[], of_door).expect_err("refused");
    assert_eq!(places(&problems), ["ding.toml:2:14"]);
    let nowhere = |_| Err(vec![Refusal { section: "log", text: "level is odd".into() }]);
    assert_eq!(read_with("", &[], &[], nowhere), Err(vec![Problem::plain("level is odd")]));
}

#[test]
fn mistakes_of_form_and_of_bounds_are_listed_together_each_once() {
    let file = "[door]\nguests_max = 0\nlissten = 1\n[log]\nlevel = \"odd\"\n";
    let problems = read_with(file, &[], &["door.guests_max=0"], of_door).expect_err("refused");
    assert_eq!(places(&problems), ["ding.toml:3:1", "--set door.guests_max", "ding.toml:5:9"]);
}

#[test]
fn what_only_follows_from_another_mistake_is_not_listed() {
    let half = "[door]\nname = \"a\"\n";
    assert_eq!(places(&read_with(half, &[], &[], of_door).expect_err("refused")), ["ding.toml:2:8"]);
    // Its other half is there, and is no text.
    let wrong = "[door]\nname = \"a\"\n[door.tls]\ncert_file = 7\n";
    assert_eq!(places(&read_with(wrong, &[], &[], of_door).expect_err("refused")), ["ding.toml:4:13"]);
}

#[test]
fn no_text_is_cut_inside_a_character() {
    let text = refusal("[door]\nnäme = \"ü\"\n", &[], &[]);
    assert!(!text.is_empty());
    for at in 0..12 {
        let _ = Problem::in_file("f", "näme = \"ü\"", at..at + 1, "x").to_string();
    }
}

#[test]
fn no_password_of_a_database_is_repeated() {
    let wrong = "[door]\nlistens = \"mysql://ding:s3cret@host/d\" # main\n";
    let told = refusal(wrong, &[], &[]);
    assert!(told.contains("listens = \"mysql://******************\" # main"), "{told}");
    let told = refusal("", &[], &["url=mysql://ding:s3cret@host/d"]);
    assert!(told.starts_with("--set url=mysql://"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    let told = refusal("[door]\nname = mysql://ding:s3cret@host/d\n", &[], &[]);
    assert!(told.contains("ding.toml:2") && !told.contains("s3cret"), "{told}");
}

#[test]
fn no_password_of_a_url_is_in_a_problem_whatever_its_scheme_and_wherever_it_stands() {
    for (value, scheme) in [
        ("mysql://u:s3cret@h/d", "mysql"),
        ("mariadb://u:it's s3cret@h/d", "mariadb"),
        ("MySQL://u:s3\\\"cret@h/d", "MySQL"),
        ("other://s3cret@h", "other"),
    ] {
        let file = format!("door = \"{value}\" # as ever\n");
        let text = refusal(&file, &[], &[]);
        let hidden = format!("{scheme}://*");
        assert!(!text.contains("cret") && !text.contains("s3") && text.contains(&hidden), "{text}");
        assert!(text.contains("# as ever"), "no more than the value is hidden: {text}");
        let broken = refusal(&format!("[door]\nlisten = \"{value}\n"), &[], &[]);
        assert!(!broken.contains("cret"), "{broken}");
        let text = refusal("", &[("DING_DOOR__GUESTS_MAX", value)], &[]);
        assert!(!text.contains("cret"), "{text}");
    }
    let harmless = problem::without_password("see https://example.org/a \"b\" c");
    assert_eq!(harmless, "see https://example.org/a \"b\" c");
    assert_eq!(
        problem::without_password("url = 'x://u:p\"w@h/d'\nnext"),
        format!("url = 'x://{}\nnext", "*".repeat(10))
    );
}
