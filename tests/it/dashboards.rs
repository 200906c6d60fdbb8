//! What Ding brings for Prometheus and Grafana: made from the catalogue of metrics, kept fresh, and read by Prometheus'
//! own tool. `DING_BLESS=1` writes the files anew.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use ding::{
    metrics::{
        catalogue::{CATALOGUE, Kind, Metric, Unit},
        page::render,
    },
    roles::Live,
};
use serde_json::{Value, json};

use crate::{
    metrics::{addresses, get},
    support::{
        raw::Raw,
        read, root,
        stack::{Role, Stack},
    },
};

fn folder() -> PathBuf {
    root().join("packaging/prometheus")
}

/// A rule under which somebody should look.
struct Alert {
    name: &'static str,
    expr: &'static str,
    /// For how long before it is told.
    holds: &'static str,
    is_critical: bool,
    summary: &'static str,
    /// Where the manual goes on.
    manual: &'static str,
}

const fn alert(
    name: &'static str,
    (expr, holds): (&'static str, &'static str),
    is_critical: bool,
    summary: &'static str,
    manual: &'static str,
) -> Alert {
    Alert { name, expr, holds, is_critical, summary, manual }
}

#[rustfmt::skip]
const ALERTS: &[Alert] = &[
    alert("DingGatewayMissing", ("absent(ding_build_info{process=\"gateway\"})", "1m"), true,
        "No gateway tells its metrics", "states"),
    alert("DingGameMissing", ("absent(ding_build_info{process=\"game\"})", "1m"), true,
        "No game tells its metrics", "states"),
    alert("DingDbfrontMissing", ("absent(ding_build_info{process=\"dbfront\"})", "1m"), true,
        "No dbfront tells its metrics", "states"),
    alert("DingNotReady", ("ding_ready == 0", "2m"), true,
        "A process does not serve", "states"),
    alert("DingRestartsOften", ("(changes(process_start_time_seconds[15m]) and on (instance, job) ding_build_info) > 2", "0s"), true,
        "A process began again three times in a quarter of an hour", "states"),
    alert("DingLevelYellow", ("ding_dbfront_level == 1", "10m"), false,
        "The database has been behind for ten minutes", "levels"),
    alert("DingLevelOrange", ("ding_dbfront_level == 2", "1m"), false,
        "The database is so far behind that game slows down what has value", "levels"),
    alert("DingLevelRed", ("ding_dbfront_level >= 3", "0s"), true,
        "There is hardly any room left for what the database does not have", "levels"),
    alert("DingJournalFillsUp", ("ding_dbfront_journal_left_seconds >= 0 and ding_dbfront_journal_left_seconds < 3600", "1m"), true,
        "The room of the journal ends within the hour at this rate", "levels"),
    alert("DingDatabaseBehind", ("ding_dbfront_applied_lag_seconds > 300", "1m"), false,
        "The oldest record that is not in the database waits for five minutes", "levels"),
    alert("DingJournalSlow", ("histogram_quantile(0.99, sum by (le, instance) (rate(ding_dbfront_journal_sync_seconds_bucket[5m]))) > 0.25", "5m"), false,
        "One sync of the journal in a hundred takes more than a quarter of a second: every answer waits for it", "figures"),
    alert("DingRecordRefused", ("ding_dbfront_poison_lsn > 0", "0s"), true,
        "The database refuses a record, and nothing after it is applied", "a-record-that-the-database-refuses"),
    alert("DingBackupFailed", ("increase(ding_dbfront_backups_failed_total[1h]) > 0", "0s"), false,
        "A backup failed", "backup"),
    alert("DingTurnsSlow", ("histogram_quantile(0.99, sum by (le, instance) (rate(ding_game_turn_seconds_bucket[5m]))) > 0.1", "5m"), false,
        "One turn of the game in a hundred takes more than 100 ms", "figures"),
    alert("DingAnswersSlow", ("histogram_quantile(0.99, sum by (le, instance) (rate(ding_gateway_round_trip_seconds_bucket[5m]))) > 1", "5m"), false,
        "One answer in a hundred takes more than a second", "figures"),
    alert("DingPanics", ("increase(ding_game_panics_total[10m]) > 0 or increase(ding_game_refused_records_total[10m]) > 0", "0s"), true,
        "A bug was met and kept from doing harm: the log says where", "figures"),
    alert("DingRoomsBroken", ("increase(ding_game_rooms_broken_total[10m]) > 0 or increase(ding_game_rooms_diverged_total[10m]) > 0", "0s"), false,
        "A room was closed because it could not go on, or went another way when it was played again", "figures"),
    alert("DingClientsSlow", ("sum by (instance) (rate(ding_gateway_dropped_frames_total[5m])) > 0.05 * sum by (instance) (rate(ding_gateway_sent_frames_total[5m]))", "10m"), false,
        "Of twenty frames one does not reach its client in time", "figures"),
    alert("DingLoginQueue", ("sum by (instance) (ding_game_logins_waiting) > 1000", "10m"), false,
        "More than a thousand players have been waiting to come in for ten minutes", "login-queue"),
    alert("DingFilesRunOut", ("(process_open_fds / process_max_fds > 0.9) and on (instance, job) ding_build_info", "1m"), true,
        "A process has nearly as many open files as it may", "figures"),
];

fn rules() -> String {
    let mut text = "# Alert rules for Prometheus. Made from the catalogue of metrics: see CONTRIBUTING.md.\n\
                    groups:\n  - name: ding\n    rules:\n"
        .to_owned();
    for one in ALERTS {
        let severity = if one.is_critical { "critical" } else { "warning" };
        let _ = write!(
            text,
            "      - alert: {}\n        expr: {}\n        for: {}\n        labels:\n          severity: {severity}\n        \
             annotations:\n          summary: {}\n          manual: {}\n",
            one.name,
            quoted(one.expr),
            one.holds,
            quoted(one.summary),
            quoted(&format!("docs/OPERATING.md#{}", one.manual)),
        );
    }
    text
}

/// As YAML takes any text: single quotes, doubled inside.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a panel draws of a metric: expressions with their legends, and Grafana's word for what they count in.
fn drawn(metric: &Metric) -> (Vec<(String, String)>, &'static str) {
    let name = metric.name;
    let mine = if metric.role.is_none() { " and on (instance, job) ding_build_info" } else { "" };
    match metric.kind {
        Kind::Counter => {
            let unit = match metric.unit {
                Unit::None => "cps",
                Unit::Bytes => "Bps",
                Unit::Seconds => "percentunit",
            };
            (vec![(format!("rate({name}[$__rate_interval]){mine}"), LEGEND.to_owned())], unit)
        }
        Kind::Gauge => {
            let unit = match metric.unit {
                Unit::None => "short",
                Unit::Bytes => "bytes",
                Unit::Seconds if name == "process_start_time_seconds" => "dateTimeAsIso",
                Unit::Seconds => "s",
            };
            (vec![(format!("{name}{mine}"), LEGEND.to_owned())], unit)
        }
        Kind::Histogram => {
            let of = |share: f64| {
                let rate = format!("rate({name}_bucket[$__rate_interval])");
                format!("histogram_quantile({share}, sum by (le, instance) ({rate}))")
            };
            let lines = [(0.5, "p50"), (0.99, "p99")];
            let lines = lines.map(|(share, word)| (of(share), format!("{{{{instance}}}} {word}")));
            (lines.to_vec(), "s")
        }
    }
}

/// All labels: Grafana writes those that differ.
const LEGEND: &str = "__auto";
const COLUMNS: usize = 3;
const WIDTH: usize = 24 / COLUMNS;
const HEIGHT: usize = 7;

fn dashboard() -> String {
    let source = json!({ "type": "prometheus", "uid": "${source}" });
    let mut panels = Vec::new();
    let mut y = 0;
    let rows: [(&str, Option<Role>); 4] = [
        ("Processes", None),
        ("Gateway", Some(Role::Gateway)),
        ("Game", Some(Role::Game)),
        ("Database front", Some(Role::Dbfront)),
    ];
    for (title, role) in rows {
        let at = json!({ "x": 0, "y": y, "w": 24, "h": 1 });
        panels
            .push(json!({ "type": "row", "title": title, "collapsed": false, "gridPos": at, "panels": [] }));
        y += 1;
        let metrics: Vec<&Metric> = CATALOGUE.iter().filter(|metric| metric.role == role).collect();
        for (nth, metric) in metrics.iter().enumerate() {
            let (lines, unit) = drawn(metric);
            let targets = lines.into_iter().zip(["A", "B"]).map(|((expr, legend), id)| {
                json!({ "refId": id, "expr": expr, "legendFormat": legend, "datasource": source })
            });
            let (x, y) = (nth % COLUMNS * WIDTH, y + nth / COLUMNS * HEIGHT);
            panels.push(json!({
                "type": "timeseries",
                "title": title_of(metric),
                "description": metric.help,
                "datasource": source,
                "gridPos": { "x": x, "y": y, "w": WIDTH, "h": HEIGHT },
                "fieldConfig": { "defaults": { "unit": unit, "min": if is_signed(metric) { Value::Null } else { 0.into() } }, "overrides": [] },
                "options": { "tooltip": { "mode": "multi" } },
                "targets": targets.collect::<Value>(),
            }));
        }
        y += metrics.len().div_ceil(COLUMNS) * HEIGHT;
    }
    for (id, panel) in (1..).zip(&mut panels) {
        panel["id"] = json!(id);
    }
    let document = json!({
        "title": "Ding",
        "uid": "ding",
        "description": "Made from the catalogue of metrics.",
        "schemaVersion": 38,
        "editable": true,
        "time": { "from": "now-1h", "to": "now" },
        "refresh": "10s",
        "templating": { "list": [{ "name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus" }] },
        "annotations": { "list": [{
            "name": "Restarts",
            "datasource": source,
            "enable": true,
            "iconColor": "red",
            "expr": "changes(process_start_time_seconds[1m]) > 0 and on (instance, job) ding_build_info",
            "titleFormat": "{{instance}} began again",
        }] },
        "panels": panels,
    });
    format!("{document:#}\n")
}

/// The name without what all of them share.
fn title_of(metric: &Metric) -> String {
    let name = metric.name.trim_end_matches("_total");
    let prefix = metric.role.map_or("ding_".to_owned(), |role| format!("ding_{}_", role.name()));
    name.strip_prefix(&prefix).unwrap_or(name).replace('_', " ")
}

fn is_signed(metric: &Metric) -> bool {
    metric.help.contains("-1 when")
}

fn is_fresh(name: &str, made: &str) {
    let path = folder().join(name);
    if std::env::var_os("DING_BLESS").is_some() {
        std::fs::create_dir_all(folder()).expect("a folder");
        std::fs::write(&path, made).expect("written");
    }
    assert!(read(&path) == made, "{} is stale: DING_BLESS=1 cargo test --test it dashboards", path.display());
}

#[test]
fn the_dashboard_and_the_alert_rules_are_what_the_catalogue_makes() {
    is_fresh("ding.rules.yml", &rules());
    is_fresh("ding.dashboard.json", &dashboard());
}

/// Words of an expression that may be metrics: with the ending of a histogram, without.
fn metrics_in(expr: &str) -> BTreeSet<&str> {
    let words = expr.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("ding_") || word.starts_with("process_"));
    ours.map(|word| word.strip_suffix("_bucket").unwrap_or(word)).collect()
}

#[test]
fn every_alert_is_of_metrics_that_there_are_and_every_metric_has_a_panel() {
    let known: BTreeSet<&str> = CATALOGUE.iter().map(|metric| metric.name).collect();
    let manual = read(&root().join("docs/OPERATING.md"));
    let mut names = BTreeSet::new();
    for one in ALERTS {
        let used = metrics_in(one.expr);
        assert!(!used.is_empty() && used.is_subset(&known), "{}: {used:?}", one.name);
        assert!(names.insert(one.name), "{} twice", one.name);
        let heads = manual.lines().filter(|line| line.starts_with('#'));
        let anchors = heads.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"));
        assert!(
            anchors.clone().any(|anchor| anchor == one.manual),
            "{}: no {} in the manual",
            one.name,
            one.manual
        );
    }
    let document: Value = serde_json::from_str(&dashboard()).expect("JSON");
    let panels = document["panels"].as_array().expect("panels");
    let drawn: BTreeSet<&str> = panels.iter().flat_map(expressions).flat_map(metrics_in).collect();
    let missing: Vec<_> = known.difference(&drawn).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
}

fn expressions(panel: &Value) -> Vec<&str> {
    let targets = panel["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    targets.iter().filter_map(|target| target["expr"].as_str()).collect()
}

/// Prometheus' tool, if it is here: what it says, and whether it is content.
fn promtool(arguments: &[&str], input: &str) -> Option<(bool, String)> {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut tool) = command.spawn() else {
        eprintln!("skipped: no promtool");
        return None;
    };
    // One that ends early says why.
    let _ = tool.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = tool.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn promtool_finds_nothing_wrong_with_a_page_of_metrics() {
    for role in Role::START_ORDER {
        let page = render(&Live::new(role), Duration::from_secs(1_700_000_000));
        let Some((is_good, said)) = promtool(&["check", "metrics"], &page) else { return };
        assert!(is_good && said.is_empty(), "{} at its start: {said}", role.name());
    }
    let stack = Stack::start(&[]);
    let mut ana = Raw::connect(stack.listen);
    ana.guest();
    for (role, address) in addresses(&stack) {
        let (_, page) = get(&address, "/metrics");
        let Some((is_good, said)) = promtool(&["check", "metrics"], &page) else { return };
        assert!(is_good && said.is_empty(), "{}: {said}", role.name());
    }
    stack.stop();
}

#[test]
fn promtool_reads_the_rules_and_every_expression_of_the_dashboard() {
    let path = folder().join("ding.rules.yml");
    let Some((is_good, said)) = promtool(&["check", "rules", path.to_str().expect("UTF-8")], "") else {
        return;
    };
    assert!(is_good && said.contains(&format!("{} rules found", ALERTS.len())), "{said}");
    let document: Value = serde_json::from_str(&dashboard()).expect("JSON");
    let mut text = "groups:\n  - name: panels\n    rules:\n".to_owned();
    let panels = document["panels"].as_array().expect("panels");
    for (nth, expr) in panels.iter().flat_map(expressions).enumerate() {
        // Grafana puts an interval there.
        let expr = quoted(&expr.replace("$__rate_interval", "1m"));
        let _ = write!(text, "      - record: panel:{nth}\n        expr: {expr}\n");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("panels.yml");
    std::fs::write(&path, text).expect("written");
    let (is_good, said) =
        promtool(&["check", "rules", path.to_str().expect("UTF-8")], "").expect("it is here");
    assert!(is_good, "{said}");
}

#[test]
fn the_alerts_are_raised_when_they_should_and_only_then() {
    let rules = folder().join("ding.rules.yml");
    let rules = rules.to_str().expect("UTF-8");
    let healthy = "\
      - series: 'ding_build_info{process=\"gateway\",instance=\"a\",job=\"ding\"}'\n        values: '1x60'\n\
      \x20     - series: 'ding_build_info{process=\"game\",instance=\"b\",job=\"ding\"}'\n        values: '1x60'\n\
      \x20     - series: 'ding_build_info{process=\"dbfront\",instance=\"c\",job=\"ding\"}'\n        values: '1x60'\n";
    let case = |series: &str, at: &str, name: &str, severity: &str, labels: &str| {
        let expected = if severity.is_empty() {
            String::new()
        } else {
            let one = ALERTS.iter().find(|one| one.name == name).expect("an alert");
            format!(
                "        exp_alerts:\n          - exp_labels: {{severity: {severity}{labels}}}\n            exp_annotations:\n              \
                 summary: {}\n              manual: {}\n",
                quoted(one.summary),
                quoted(&format!("docs/OPERATING.md#{}", one.manual))
            )
        };
        format!(
            "  - interval: 1m\n    input_series:\n      {}\n{series}    alert_rule_test:\n      - eval_time: {at}\n        \
             alertname: {name}\n{expected}",
            healthy.trim_start().trim_end()
        )
    };
    let red =
        "      - series: 'ding_dbfront_level{instance=\"c\",job=\"ding\"}'\n        values: '0x10 3x50'\n";
    let poison = "      - series: 'ding_dbfront_poison_lsn{instance=\"c\",job=\"ding\"}'\n        values: '0x10 812x50'\n";
    let starts = "      - series: 'process_start_time_seconds{instance=\"b\",job=\"ding\"}'\n        values: '100 200 300 400x60'\n\
                  \x20     - series: 'process_start_time_seconds{instance=\"x\",job=\"other\"}'\n        values: '1 2 3 4 5 6x60'\n";
    let on_c = ", instance: c, job: ding";
    let text = [
        format!("rule_files:\n  - {rules}\nevaluation_interval: 1m\ntests:\n"),
        case("", "30m", "DingGameMissing", "", ""),
        case(red, "5m", "DingLevelRed", "", ""),
        case(red, "20m", "DingLevelRed", "critical", on_c),
        case(poison, "5m", "DingRecordRefused", "", ""),
        case(poison, "12m", "DingRecordRefused", "critical", on_c),
        case(starts, "10m", "DingRestartsOften", "critical", ", instance: b, job: ding"),
        case(starts, "40m", "DingRestartsOften", "", ""),
    ]
    .concat();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cases.yml");
    std::fs::write(&path, &text).expect("written");
    let Some((is_good, said)) = promtool(&["test", "rules", path.to_str().expect("UTF-8")], "") else {
        return;
    };
    assert!(is_good, "{said}\n{text}");
}
