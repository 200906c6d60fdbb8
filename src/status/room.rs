//! How much room there is for what the database does not have yet, in a line for people.

use std::time::Duration;

use proto::{level::Level, link::Figure};

use super::uptime;
use crate::clock;

/// Of dbfront's figures; nothing: they are not dbfront's.
pub(super) fn line(figures: &[Figure]) -> Option<String> {
    let figure = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
    let level = level(figures)?;
    let unsaved = (figure("unsaved_records")?, figure("unsaved_bytes")?);
    let mut text = format!("level {}", level.name());
    if let Some(since) = figure("level_since_ms").and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms != 0)
    {
        text.push_str(&format!(" since {}", clock::utc(Duration::from_millis(since))));
    }
    text.push_str(&match unsaved {
        (0, _) => " · all saved".to_owned(),
        (records, bytes) => format!(" · unsaved: {records} records, {}", size(bytes)),
    });
    if let Some(left_s) = figure("journal_left_s").and_then(|left| u64::try_from(left).ok()) {
        text.push_str(&format!(" · room for {}", uptime(left_s.saturating_mul(1_000))));
    }
    if let Some(permille) = hits_permille(&figure) {
        text.push_str(&format!(" · cache {}.{} %", permille / 10, permille % 10));
    }
    Some(text)
}

/// Rows that were asked for by key and did not have to be read from the database, of a thousand; nothing before any was.
fn hits_permille(figure: &impl Fn(&str) -> Option<i64>) -> Option<i64> {
    let hits: i64 =
        ["hits_hot", "hits_cold", "hits_disk", "hits_absent"].into_iter().filter_map(figure).sum();
    let all = hits.saturating_add(figure("misses")?);
    hits.saturating_mul(1_000).checked_div(all)
}

/// The level that a role's figures say.
pub(super) fn level(figures: &[Figure]) -> Option<Level> {
    let figure = figures.iter().find(|figure| figure.name == "level")?;
    Level::from_code(u64::try_from(figure.value).ok()?)
}

fn size(bytes: i64) -> String {
    let bytes = u64::try_from(bytes).unwrap_or(0);
    let (unit, name) = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        .into_iter()
        .find(|(unit, _)| *unit <= bytes)
        .unwrap_or((1, "B"));
    let tenths = bytes.saturating_mul(10) / unit;
    if unit == 1 { format!("{bytes} B") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(figures: &[(&str, i64)]) -> Option<String> {
        let figure = |(name, value): &(&str, i64)| Figure { name: (*name).to_owned(), value: *value };
        line(&figures.iter().map(figure).collect::<Vec<_>>())
    }

    #[test]
    fn the_line_says_how_often_the_database_was_not_asked_once_anything_was() {
        let sound = [("level", 0), ("unsaved_records", 0), ("unsaved_bytes", 0), ("misses", 0)];
        assert_eq!(said(&sound).as_deref(), Some("level green · all saved"));
        let asked =
            [("hits_hot", 900), ("hits_cold", 50), ("hits_disk", 20), ("hits_absent", 7), ("misses", 23)];
        let all = [&sound[..3], &asked[..]].concat();
        assert_eq!(said(&all).as_deref(), Some("level green · all saved · cache 97.7 %"));
    }

    #[test]
    fn the_line_says_what_is_unsaved_since_when_and_how_long_there_is_room() {
        let sound = [("level", 0), ("unsaved_records", 0), ("unsaved_bytes", 0), ("journal_left_s", -1)];
        assert_eq!(said(&sound).as_deref(), Some("level green · all saved"));
        let away = [
            ("level", 2),
            ("level_since_ms", 1_700_000_000_000),
            ("unsaved_records", 12_345),
            ("unsaved_bytes", 3_500_000),
            ("journal_left_s", 7_500),
        ];
        let words = "level orange since 2023-11-14T22:13:20.000Z · unsaved: 12345 records, 3.3 MiB · room for 2 h 5 min";
        assert_eq!(said(&away).as_deref(), Some(words));
        assert_eq!(said(&[("level", 1)]), None, "game's");
    }
}
