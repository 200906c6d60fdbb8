//! Lines of the audit log that tell of the console itself: game never heard of them, and is told. What was done through
//! game is in its staff log already.

use proto::limits::{STAFF_CHANGE_BYTES_MAX, STAFF_DEED_BYTES_MAX, STAFF_REASON_BYTES_MAX};
use serde_json::Value;

use super::{Line, own::is_own};

/// What game is told of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The deed's name.
    pub deed: String,
    /// Why, then on what, and which line it is, as far as there is room.
    pub reason: String,
    /// On what, which line it is, when and from where, and what was there before.
    pub was: String,
    /// What is there since.
    pub became: String,
}

/// The same, if game is to be told.
#[must_use]
pub fn of(line: &Line) -> Option<Note> {
    if !is_own(&line.action) || line.outcome != "ok" || STAFF_DEED_BYTES_MAX < line.action.len() {
        return None;
    }
    let place = format!("line {} from {} at {}", line.n, line.address, utc(line.at));
    let was = [line.target.clone(), place.clone(), told(&line.before)];
    Some(Note {
        deed: line.action.clone(),
        reason: joined(&[line.reason.clone(), line.target.clone(), place], STAFF_REASON_BYTES_MAX),
        was: joined(&was, STAFF_CHANGE_BYTES_MAX),
        became: joined(&[told(&line.after)], STAFF_CHANGE_BYTES_MAX),
    })
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// On one line, up to so many bytes.
fn joined(parts: &[String], bytes_max: usize) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let mut text = parts.join("; ");
    text.retain(|c| !c.is_control());
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}

/// `2026-11-21 12:04:36` of milliseconds since 1970.
fn utc(at_ms: u64) -> String {
    let seconds = at_ms / 1_000;
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    // Years begin in March here: a leap day is the last of its year.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::logic::role::Role;

    fn line(action: &str, outcome: &str) -> Line {
        Line {
            n: 7,
            at: 1_795_000_000_123,
            by: "anna".to_owned(),
            address: "127.0.0.1".to_owned(),
            role: Role::Owner,
            action: action.to_owned(),
            target: "ben".to_owned(),
            reason: "two\nlines".to_owned(),
            before: Value::Null,
            after: Value::Null,
            outcome: outcome.to_owned(),
            prev: String::new(),
        }
    }

    #[test]
    fn what_was_done_to_the_console_is_told_and_what_game_did_or_nobody_did_is_not() {
        let told = of(&line("staff.create", "ok")).expect("told");
        let place = "line 7 from 127.0.0.1 at 2026-11-18 11:06:40";
        assert_eq!((told.deed.as_str(), told.reason), ("staff.create", format!("twolines; ben; {place}")));
        assert_eq!((told.was, told.became.as_str()), (format!("ben; {place}"), ""));
        assert!(of(&line("player.ban", "ok")).is_none(), "game did it");
        assert!(of(&line("staff.create", "last_owner")).is_none() && of(&line("backup", "begun")).is_none());
    }

    #[test]
    fn neither_a_long_reason_nor_what_was_and_what_is_keep_each_other_out() {
        let reason = "\u{fc}".repeat(STAFF_REASON_BYTES_MAX / 2);
        let [before, after] = [json!({ "live.chat_s": 5 }), json!({ "live.chat_s": 30 })];
        let long =
            of(&Line { reason: reason.clone(), before, after, ..line("config.set", "ok") }).expect("told");
        assert_eq!(long.reason, reason);
        assert!(
            long.was.ends_with("; {\"live.chat_s\":5}") && long.became == "{\"live.chat_s\":30}",
            "{long:?}"
        );
        let more = json!({ "text": "\u{fc}".repeat(STAFF_CHANGE_BYTES_MAX) });
        let cut = of(&Line {
            reason: "\u{fc}".repeat(300),
            before: more.clone(),
            after: more,
            ..line("config.set", "ok")
        });
        assert!(cut.is_some_and(|note| {
            note.reason.len() <= STAFF_REASON_BYTES_MAX
                && [note.was, note.became].iter().all(|text| text.len() <= STAFF_CHANGE_BYTES_MAX)
        }));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00");
        assert_eq!(utc(4_107_542_399_999), "2100-02-28 23:59:59");
    }
}
