//! A server that is set so that something gets lost is refused with all that is wrong; one that is away is
//! waited for (D4, X4).

use dbfront::{
    RawStore,
    store::{Database, StoreError},
};

use crate::{
    home::{DATABASE, Server},
    world::{World, first_cursor, row, wallet},
};

fn refusal(database: &dyn Database) -> StoreError {
    database.connect().err().expect("refused")
}

fn is_unsafe(error: &StoreError, words: &[&str]) {
    assert_eq!(error.code(), "DB_UNSAFE_SETTINGS", "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn settings_that_lose_commits_or_values_are_refused_all_at_once() {
    let Some(server) = Server::start(&["--log-bin=log", "--server-id=1", "--sync-binlog=1"]) else { return };
    let world = World::new(server.database());
    server.sql(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 2; SET GLOBAL sync_binlog = 0; SET GLOBAL sql_mode = ''; \
         SET GLOBAL max_allowed_packet = 1048576",
    );
    let error = refusal(&*world.database);
    is_unsafe(
        &error,
        &[
            "innodb_flush_log_at_trx_commit is \"2\": set it to 1",
            "sync_binlog is \"0\"",
            "sql_mode is \"\"",
            "max_allowed_packet is \"1048576\"",
        ],
    );
    // Nothing is founded there, either.
    let other = server.mysql_at(&server.mariadb.url("ding_other"));
    is_unsafe(&other.prepare(first_cursor()).expect_err("refused"), &["innodb_flush_log_at_trx_commit"]);
    server.sql(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1; SET GLOBAL sync_binlog = 1; \
         SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES'; SET GLOBAL max_allowed_packet = 16777216",
    );
    drop(world.database.connect().expect("mended"));
}

#[test]
fn tables_that_are_not_of_the_definition_are_refused_with_all_that_differs() {
    let Some(server) = Server::start(&[]) else { return };
    let world = World::new(server.database());
    server.sql(
        "ALTER TABLE ledger ENGINE = Aria; \
         ALTER TABLE mail MODIFY `text` VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL; \
         ALTER TABLE account MODIFY `name` VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL; \
         ALTER TABLE wallet MODIFY `gold` INT NOT NULL; ALTER TABLE item RENAME COLUMN `slot` TO `pocket`",
    );
    let error = refusal(&*world.database);
    is_unsafe(
        &error,
        &[
            "ledger is of engine Aria",
            "table mail",
            "varchar(100)",
            "utf8mb4_general_ci",
            "table wallet",
            "pocket",
        ],
    );
}

#[test]
fn a_server_that_is_read_only_is_waited_for() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = World::new(server.database());
    server.sql("SET GLOBAL read_only = 1");
    let error = world.apply(vec![wallet(1, 1, 10, 1)]).expect_err("read-only");
    assert!(matches!(error, StoreError::Transient { .. }), "{error}");
    let error = refusal(&*world.database);
    assert!(error.passes() && error.to_string().contains("read-only"), "{error}");
    server.sql("SET GLOBAL read_only = 0");
    world.reconnect();
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");
    assert_eq!(world.all(proto::tables::Table::Wallet), [row(1, 10, 1)]);
}

#[test]
fn who_is_not_let_in_waits_and_shows_no_password() {
    let Some(server) = Server::start(&["--max-connections=10"]) else { return };
    let world = World::new(server.database());
    server.sql("ALTER USER 'ding'@'127.0.0.1' IDENTIFIED BY 'changed meanwhile'");
    let error = refusal(&*world.database);
    assert!(error.passes() && error.to_string().contains("Access denied"), "{error}");
    assert!(!format!("{error:?}").contains("only for tests"), "{error}");
    let port = server.mariadb.port();
    let url = format!("mysql://ding:changed%20meanwhile@127.0.0.1:{port}/{DATABASE}");
    drop(server.mysql_at(&url).connect().expect("let in"));

    let crowd: Vec<_> = (0..10).filter_map(|_| server.mysql_at(&url).connect().ok()).collect();
    let error = refusal(&server.mysql_at(&url));
    assert!(error.passes() && error.to_string().contains("Too many connections"), "{error}");
    drop(crowd);
    let nobody = server.mysql_at(&format!("mysql://ding:x@127.0.0.1:1/{DATABASE}"));
    assert_eq!(refusal(&nobody).code(), "STORE_AWAY");
}

/// A server's certificate for this machine, its own authority, and its key.
fn certificate() -> (String, String) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn with_an_authority_nobody_but_that_server_is_spoken_to() {
    let files = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let (pem, key) = certificate();
    let (cert, key) = (write("cert.pem", &pem), write("key.pem", &key));
    let foreign = write("foreign.pem", &certificate().0);
    let options = [format!("--ssl-cert={}", cert.display()), format!("--ssl-key={}", key.display())];
    let Some(server) = Server::start(&[&options[0], &options[1]]) else { return };
    drop(World::new(server.database()));
    server.sql("ALTER USER 'ding'@'127.0.0.1' REQUIRE SSL");

    let trusting =
        |tls_authority| RawStore { url: server.mariadb.url(DATABASE), tls_authority, ..RawStore::default() };
    drop(server.mysql_of(trusting(cert)).connect().expect("proven"));
    let error = refusal(&server.mysql_of(trusting(foreign)));
    assert!(error.passes() && error.to_string().contains("certificate"), "{error}");
    let error = refusal(&server.mysql());
    assert!(error.to_string().contains("Access denied"), "{error}");

    let Some(bare) = Server::start(&[]) else { return };
    let raw = RawStore { url: bare.mariadb.url(DATABASE), ..trusting(files.path().join("cert.pem")) };
    is_unsafe(&bare.mysql_of(raw).presence().expect_err("refused"), &["the server has no TLS"]);
}
