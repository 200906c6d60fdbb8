//! Lines of the audit log that tell of the console itself: game never heard of them, and is told. What was done through
//! game is in its staff log already.

use proto::limits::{STAFF_DEED_BYTES_MAX, STAFF_REASON_BYTES_MAX};

use super::Line;

/// What game is told of a line, if it is to be: the deed's name, and all else in one text.
#[must_use]
pub fn of(line: &Line) -> Option<(String, String)> {
    let is_own =
        OWN.iter().any(|own| line.action == *own || (own.ends_with('.') && line.action.starts_with(own)));
    if !is_own || line.outcome != "ok" || STAFF_DEED_BYTES_MAX < line.action.len() {
        return None;
    }
    let mut text = format!("{} line {} from {}", utc(line.at), line.n, line.address);
    for more in [&line.target, &line.reason] {
        if !more.is_empty() {
            text.push_str(": ");
            text.push_str(more);
        }
    }
    text.retain(|c| !c.is_control());
    text.truncate(text.floor_char_boundary(STAFF_REASON_BYTES_MAX));
    Some((line.action.clone(), text))
}

/// Actions, and beginnings of such, that game has no part in.
const OWN: [&str; 14] = [
    "setup",
    "login",
    "logout",
    "password",
    "totp.",
    "staff.",
    "log.",
    "replay.",
    "room.open",
    "economy.",
    "backup",
    "poison.",
    "gift.decline",
    "config.",
];

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
    use serde_json::Value;

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
        assert_eq!(told.0, "staff.create");
        assert_eq!(told.1, "2026-11-18 11:06:40 line 7 from 127.0.0.1: ben: twolines");
        for own in [
            "login",
            "logout",
            "setup",
            "password",
            "totp.begin",
            "log.level",
            "replay.open",
            "room.open",
            "economy.check",
            "backup",
            "poison.retry",
            "poison.amend",
            "gift.decline",
        ] {
            assert!(of(&line(own, "ok")).is_some(), "{own}");
        }
        for others in ["player.ban", "room.close", "loginx", "switch.wealth", "gift.approve"] {
            assert!(of(&line(others, "ok")).is_none(), "{others}");
        }
        assert!(of(&line("staff.create", "last_owner")).is_none());
    }

    #[test]
    fn a_long_reason_is_cut_to_what_game_takes() {
        let long = Line { reason: "\u{fc}".repeat(300), ..line("staff.role", "ok") };
        assert!(of(&long).is_some_and(|(_, text)| text.len() <= STAFF_REASON_BYTES_MAX));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00");
        assert_eq!(utc(4_107_542_399_999), "2100-02-28 23:59:59");
    }
}
