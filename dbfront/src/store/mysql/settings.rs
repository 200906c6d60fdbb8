//! Settings of the server without which it loses what it acknowledged or keeps something else than it was
//! given (D4). All that is wrong is said at once, each with what to do.

use std::collections::HashMap;

use proto::limits::RECORD_BYTES_MAX;

use super::{
    failure::away,
    session::{self, Session},
};
use crate::store::StoreError;

/// Refuses a server that is set so that commits or values get lost; waits for one that is read-only.
pub(super) fn check(session: &mut Session) -> Result<(), StoreError> {
    check_with(session, PACKET_BYTES_MIN).map(drop)
}

/// The same while the world is in use: with packets that are too small for a start nothing is lost, and what is to
/// be changed may be cut into as many. Returns how long they may be, if it is less than a start demands.
pub(super) fn check_in_use(session: &mut Session) -> Result<Option<usize>, StoreError> {
    let packet = check_with(session, 0)?;
    Ok(Some(packet).filter(|packet| *packet < PACKET_BYTES_MIN))
}

/// Returns how many bytes a packet may have.
fn check_with(session: &mut Session, packet_min: usize) -> Result<usize, StoreError> {
    let global = variables(session, "SHOW GLOBAL VARIABLES")?;
    let own = variables(session, "SHOW SESSION VARIABLES")?;
    let wrong = judge(&global, &own, packet_min);
    if !wrong.is_empty() {
        return Err(StoreError::Unsafe { what: wrong.join("; ") });
    }
    // A user with all rights could write all the same, and the real primary would never know.
    if global.get("read_only").is_some_and(|value| is_on(value)) {
        return Err(StoreError::Transient { detail: "the server is read-only".to_owned() });
    }
    Ok(packet(&own).unwrap_or(0))
}

type Variables = HashMap<String, String>;

fn variables(session: &mut Session, sql: &str) -> Result<Variables, StoreError> {
    let names: Vec<String> = NAMES.iter().map(|name| format!("'{name}'")).collect();
    let sql = format!("{sql} WHERE Variable_name IN ({})", names.join(", "));
    let rows = session.rows(&sql, Vec::new()).map_err(|error| away(&error))?;
    Ok(rows.iter().map(|row| (session::text(row, 0).to_lowercase(), session::text(row, 1))).collect())
}

fn packet(own: &Variables) -> Option<usize> {
    own.get("max_allowed_packet")?.parse().ok()
}

/// Everything wrong with these.
fn judge(global: &Variables, own: &Variables, packet_min: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let of = |variables: &Variables, name: &str| variables.get(name).cloned().unwrap_or_default();
    for (whose, variables) in [("", global), ("our session's ", own)] {
        let mode = of(variables, "sql_mode");
        if !mode.split(',').any(|mode| mode == "STRICT_TRANS_TABLES" || mode == "STRICT_ALL_TABLES") {
            wrong.push(format!("{whose}sql_mode is \"{mode}\": add STRICT_TRANS_TABLES to it"));
        }
    }
    let flush = of(global, "innodb_flush_log_at_trx_commit");
    if flush != "1" {
        wrong.push(format!("innodb_flush_log_at_trx_commit is \"{flush}\": set it to 1"));
    }
    let sync = of(global, "sync_binlog");
    if is_on(&of(global, "log_bin")) && sync != "1" {
        wrong.push(format!("sync_binlog is \"{sync}\" with the binary log on: set it to 1"));
    }
    // Named either way: MySQL has only the second, MariaDB for long only the first.
    let isolation = own.get("tx_isolation").or_else(|| own.get("transaction_isolation"));
    let isolation = isolation.cloned().unwrap_or_default();
    if isolation != "REPEATABLE-READ" {
        wrong.push(format!(
            "our session's isolation is \"{isolation}\" although it asked for REPEATABLE-READ: is there a proxy \
             between?"
        ));
    }
    if packet(own).is_none_or(|packet| packet < packet_min) {
        let packet = of(own, "max_allowed_packet");
        wrong.push(format!("max_allowed_packet is \"{packet}\": set it to {PACKET_BYTES_MIN} or more"));
    }
    let charset = of(own, "character_set_connection");
    if charset != "utf8mb4" {
        wrong.push(format!("our session's character set is \"{charset}\" although it asked for utf8mb4"));
    }
    wrong
}

fn is_on(value: &str) -> bool {
    value != "0" && !value.is_empty() && !value.eq_ignore_ascii_case("off")
}

/// No statement may be beyond half of it (A2), and none of ours is beyond a record and its key words.
const PACKET_BYTES_MIN: usize = 4 * RECORD_BYTES_MAX;

const NAMES: &[&str] = &[
    "sql_mode",
    "innodb_flush_log_at_trx_commit",
    "log_bin",
    "sync_binlog",
    "tx_isolation",
    "transaction_isolation",
    "max_allowed_packet",
    "character_set_connection",
    "read_only",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Variables {
        let pairs = [
            ("sql_mode", "STRICT_TRANS_TABLES,NO_ZERO_DATE"),
            ("innodb_flush_log_at_trx_commit", "1"),
            ("log_bin", "OFF"),
            ("sync_binlog", "0"),
            ("tx_isolation", "REPEATABLE-READ"),
            ("max_allowed_packet", "16777216"),
            ("character_set_connection", "utf8mb4"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn each_setting_that_loses_something_is_named_with_what_to_do_and_all_at_once() {
        assert!(judge(&sound(), &sound(), PACKET_BYTES_MIN).is_empty());
        let wrong = [
            ("sql_mode", "NO_ZERO_DATE", "STRICT_TRANS_TABLES"),
            ("innodb_flush_log_at_trx_commit", "2", "set it to 1"),
            ("tx_isolation", "READ-COMMITTED", "proxy"),
            ("max_allowed_packet", "1048576", "4194304"),
            ("character_set_connection", "latin1", "utf8mb4"),
        ];
        for (name, value, advice) in wrong {
            let mut variables = sound();
            variables.insert(name.to_owned(), value.to_owned());
            let found = judge(&variables, &variables, PACKET_BYTES_MIN).join("; ");
            assert!(found.contains(value) && found.contains(advice), "{name}: {found}");
        }
        let mut binlog = sound();
        binlog.insert("log_bin".to_owned(), "ON".to_owned());
        assert_eq!(judge(&binlog, &sound(), PACKET_BYTES_MIN).len(), 1);
        // A server that tells nothing is not trusted with anything.
        assert!(4 < judge(&Variables::new(), &Variables::new(), PACKET_BYTES_MIN).len());
    }
}
