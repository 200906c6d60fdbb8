//! What an error of the server or of the way to it means: it passes, or it does not (X4).

use mysql_async::{DriverError, Error};
use proto::tables::TableDef;

use crate::store::{RowChange, StoreError};

/// The server's number for it, if it is the server's.
pub(super) fn number(error: &Error) -> Option<u16> {
    match error {
        Error::Server(error) => Some(error.code),
        Error::Driver(_) | Error::Io(_) | Error::Other(_) | Error::Url(_) => None,
    }
}

/// An error outside a row's statement: what passes is waited for, anything else means that this database is
/// not, or no longer, what this build can use.
pub(super) fn away(error: &Error) -> StoreError {
    let detail = describe(error);
    if passes(error) { StoreError::Transient { detail } } else { StoreError::Unsafe { what: detail } }
}

/// An error of a statement about this row, or that begins with it.
pub(super) fn refused(error: &Error, def: &'static TableDef, change: &RowChange) -> StoreError {
    let detail = describe(error);
    if passes(error) {
        StoreError::Transient { detail }
    } else {
        StoreError::Poison { lsn: change.lsn, table: def.name, detail }
    }
}

/// The list of X4: everything that is not in it does not pass by itself. Of the driver's own errors those pass
/// that a broken connection brings, for the next one is new.
pub(super) fn passes(error: &Error) -> bool {
    match error {
        Error::Server(error) => is_passing(error.code),
        Error::Io(_) => true,
        Error::Driver(error) => matches!(
            error,
            DriverError::ConnectionClosed
                | DriverError::PacketOutOfOrder
                | DriverError::UnexpectedPacket { .. }
        ),
        Error::Other(_) | Error::Url(_) => false,
    }
}

/// The server's own text where it speaks of connections, rights and statements; where it speaks of data it
/// would quote it, so there its number has to do.
pub(super) fn describe(error: &Error) -> String {
    match error {
        Error::Server(error) if passes_with_text(error) => format!("{} ({})", error.message, error.code),
        Error::Server(error) => {
            let known = DATA.iter().find(|(code, _)| *code == error.code);
            let what = known.map_or("the server refuses it", |(_, what)| what);
            format!("{what} ({}, {})", error.code, error.state)
        }
        Error::Io(error) => error.to_string(),
        Error::Driver(DriverError::ConnectionClosed) => "the connection is closed".to_owned(),
        Error::Driver(DriverError::PacketTooLarge) => "a packet beyond max_allowed_packet".to_owned(),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => "the server has no TLS".to_owned(),
        Error::Driver(DriverError::UnknownAuthPlugin { name }) => {
            format!("the server wants a login by {name}, which is not known here")
        }
        Error::Driver(DriverError::MysqlOldPasswordDisabled | DriverError::CleartextPluginDisabled) => {
            "the server wants a password in a way that is not safe".to_owned()
        }
        Error::Driver(_) | Error::Other(_) | Error::Url(_) => {
            "an answer of the server is not of the expected form".to_owned()
        }
    }
}

/// Below a thousand are what the server's own files did to it.
fn is_passing(code: u16) -> bool {
    code < 1_000 || PASSES.contains(&code)
}

/// 42000 has syntax, rights and unknown columns: statements of ours hold no values.
fn passes_with_text(error: &mysql_async::ServerError) -> bool {
    is_passing(error.code) || error.state.starts_with("42")
}

/// No database of that name.
pub(super) const UNKNOWN_DATABASE: u16 = 1049;
/// This user may not use, or make, that database.
pub(super) const DATABASE_DENIED: u16 = 1044;

/// Errors that pass by themselves or by what an operator does, in the order of their numbers.
const PASSES: &[u16] = &[
    1020, // the row changed since it was read
    1021, // disk full
    1023, // a file could not be closed, as on a full disk
    1024, // a file could not be read
    1026, // a file could not be written, as on a full disk
    1028, // a file refused, as a full disk makes it
    1030, // the engine refused, as a full disk makes it
    1037, // out of memory
    1038, // out of memory
    1040, // too many connections
    1041, // out of memory
    1042, // our host's name does not resolve
    1043, // the handshake failed
    1045, // access denied: the password is being changed
    1047, // a cluster's node that is not ready
    1053, // shutting down
    1077, // shutting down
    1079, // shut down
    1080, // closing our thread
    1105, // a proxy or cluster with no node behind it
    1114, // table full, as a full disk makes it
    1129, // our host is blocked
    1130, // our host is not let in
    1135, // no thread for a connection
    1142, // a right to a table is missing: somebody takes and gives them
    1143, // a right to a column is missing
    1152, // the connection broke
    1154, // the connection broke
    1155, // the connection broke
    1156, // the connection broke
    1157, // the connection broke
    1158, // the connection broke
    1159, // the connection was too slow
    1160, // the connection broke
    1161, // the connection was too slow
    1180, // commit failed
    1181, // rollback failed
    1184, // the connection broke
    1203, // too many connections of this user
    1205, // lock wait timeout
    1206, // too many locks
    1213, // deadlock
    1226, // too much of something for this user
    1290, // read-only
    1317, // interrupted
    1412, // the table was changed meanwhile
    1461, // too many prepared statements of all together
    1615, // prepare it again
    1637, // too many transactions
    1698, // access denied, without a password
    1792, // a read-only transaction
    1836, // read-only
    1878, // a temporary file could not be written
    1927, // killed
    1969, // took too long
    3024, // took too long
    3032, // offline mode
    3100, // refused while replicating
    3101, // rolled back while replicating
    3168, // not available
    3169, // killed
    4031, // disconnected for being idle
];

/// Errors about data, whose texts would quote it.
const DATA: &[(u16, &str)] = &[
    (1048, "a column must not be NULL"),
    (1062, "the key is there already"),
    (1146, "a table is missing"),
    (1264, "a number is out of the column's range"),
    (1265, "a value does not fit its column"),
    (1292, "a value does not fit its column"),
    (1364, "a column has no value"),
    (1366, "text that is not of the column's character set"),
    (1406, "a value is longer than its column"),
    (1451, "a foreign key"),
    (1452, "a foreign key"),
    (1644, "a trigger refuses it"),
    (3819, "a check of the table refuses it"),
    (4025, "a check of the table refuses it"),
];

#[cfg(test)]
mod tests {
    use mysql_async::ServerError;

    use super::*;

    fn server(code: u16, state: &str, message: &str) -> Error {
        Error::Server(ServerError { code, message: message.to_owned(), state: state.to_owned() })
    }

    #[test]
    fn the_list_of_what_passes_is_in_order_and_holds_what_the_contract_names() {
        assert!(PASSES.is_sorted());
        for code in [1205, 1213, 1040, 1290, 1615] {
            assert!(passes(&server(code, "HY000", "")), "{code}");
        }
        for code in [1062, 1264, 1366, 1406, 1054, 1146, 1049, 3819] {
            assert!(!passes(&server(code, "HY000", "")), "{code}");
        }
        assert!(passes(&std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()));
        assert!(passes(&DriverError::ConnectionClosed.into()));
        // It would be as large the next time.
        assert!(!passes(&DriverError::PacketTooLarge.into()));
    }

    #[test]
    fn what_the_server_says_about_data_is_not_repeated() {
        let told = describe(&server(1062, "23000", "Duplicate entry 'bob' for key 'PRIMARY'"));
        assert_eq!(told, "the key is there already (1062, 23000)");
        let told = describe(&server(1366, "22007", "Incorrect string value: 'secret'"));
        assert!(!told.contains("secret"), "{told}");
        let told = describe(&server(9_999, "HY000", "'secret'"));
        assert!(!told.contains("secret") && told.contains("9999"), "{told}");
        let told = describe(&server(1045, "28000", "Access denied for user 'a'@'b'"));
        assert_eq!(told, "Access denied for user 'a'@'b' (1045)");
    }
}
