//! A page of metrics, read as strictly as the text format 0.0.4 and the habits of its world allow: whatever
//! `promtool check metrics` would say is a panic here.

use std::collections::{BTreeMap, BTreeSet};

/// One metric with all its samples.
#[derive(Debug)]
pub struct Family {
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// For people.
    pub help: String,
    /// Name, labels in their order, value.
    pub samples: Vec<Sample>,
}

/// One line with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Of the metric, with a histogram's ending.
    pub name: String,
    /// In their order.
    pub labels: Vec<(String, String)>,
    /// Whole numbers and times are exact enough.
    pub value: f64,
}

/// Every metric of a page by name.
pub fn parse(page: &str) -> BTreeMap<String, Family> {
    assert!(page.ends_with('\n') && !page.contains('\r'), "lines end with a line feed, the last one too");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, help) = line
            .strip_prefix("# HELP ")
            .and_then(|rest| rest.split_once(' '))
            .unwrap_or_else(|| panic!("no help before {line:?}"));
        assert!(!help.is_empty() && !help.contains('\\'), "{line}");
        let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} ")[..]));
        let kind = kind.unwrap_or_else(|| panic!("no type after the help of {name}"));
        let mut samples = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            samples.push(sample(line));
        }
        let family = Family { kind: kind.to_owned(), help: help.to_owned(), samples };
        check(name, &family);
        assert!(families.insert(name.to_owned(), family).is_none(), "{name} comes twice");
    }
    families
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line:?}"));
    let (name, labels) = match series.split_once('{') {
        None => (series, Vec::new()),
        Some((name, rest)) => {
            let inside = rest.strip_suffix('}').unwrap_or_else(|| panic!("no closing brace: {line}"));
            (name, inside.split(',').map(label).collect())
        }
    };
    assert!(!name.contains(' '), "a time stamp, or a space too many: {line:?}");
    let value: f64 = match value {
        "+Inf" | "-Inf" | "NaN" => panic!("not a number of ours: {line}"),
        digits => digits.parse().unwrap_or_else(|_| panic!("not a number: {line}")),
    };
    Sample { name: name.to_owned(), labels, value }
}

/// Values of ours need no escape, so none is allowed, and no comma.
fn label(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("not a label: {text}"));
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = value.unwrap_or_else(|| panic!("a label's value is quoted: {text}"));
    assert!(!name.starts_with("__") && is_name(name), "{text}");
    assert!(!value.contains(['"', '\\', '{', '}', '\n']), "{text}");
    (name.to_owned(), value.to_owned())
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
}

fn check(name: &str, family: &Family) {
    assert!(is_name(name), "{name}");
    let words: Vec<&str> = name.split('_').collect();
    for word in ["ms", "us", "ns", "milliseconds", "kib", "kb", "mb", "counter", "gauge", "histogram", "info"]
    {
        let is_info = word == "info" && family.samples.iter().all(|sample| sample.value == 1.0);
        assert!(!words.contains(&word) || is_info, "{name}: {word}");
    }
    assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name} is a {}", family.kind);
    for ending in ["_count", "_sum", "_bucket"] {
        assert!(!name.ends_with(ending), "{name} looks like a part of a histogram");
    }
    assert!(!family.samples.is_empty(), "{name} has no value");
    let series: BTreeSet<String> =
        family.samples.iter().map(|sample| format!("{}{:?}", sample.name, sample.labels)).collect();
    assert_eq!(series.len(), family.samples.len(), "{name} has the same series twice");
    match family.kind.as_str() {
        "histogram" => check_histogram(name, &family.samples),
        "counter" | "gauge" => {
            for sample in &family.samples {
                assert_eq!(sample.name, name, "a sample under another's head");
                assert!(sample.labels.iter().all(|(label, _)| label != "le"), "{name} has a bound");
                assert!(family.kind == "gauge" || 0.0 <= sample.value, "{name} counts down");
            }
        }
        other => panic!("{name} is of no type that we have: {other}"),
    }
}

fn check_histogram(name: &str, samples: &[Sample]) {
    let (buckets, rest) = samples.split_at(samples.len() - 2);
    let (mut bound, mut count) = (0.0, 0.0);
    for (index, bucket) in buckets.iter().enumerate() {
        assert_eq!(bucket.name, format!("{name}_bucket"));
        let [(label, le)] = bucket.labels.as_slice() else { panic!("{name}: a bucket has one bound") };
        assert_eq!(label, "le");
        let is_last = index + 1 == buckets.len();
        assert_eq!(le == "+Inf", is_last, "{name}: the last bucket, and no other, is without bound");
        let next: f64 = if is_last { f64::INFINITY } else { le.parse().expect("a bound") };
        assert!(bound < next, "{name}: bounds rise");
        assert!(count <= bucket.value, "{name}: buckets hold those below them");
        (bound, count) = (next, bucket.value);
    }
    let names: Vec<&str> = rest.iter().map(|sample| sample.name.as_str()).collect();
    assert_eq!(names, [format!("{name}_sum"), format!("{name}_count")]);
    assert!(rest.iter().all(|sample| sample.labels.is_empty()));
    assert_eq!(rest[1].value, count, "{name}: all are in the last bucket");
}
