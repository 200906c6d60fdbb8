//! The same tables in both dialects: names, order, what may be NULL, keys, indexes, and the kind of each column.

use std::collections::BTreeMap;

use dbfront::store::schema::SCRIPTS;
use proto::tables::{ColumnKind, Table};
use rusqlite::Connection;

use crate::{
    home::{DATABASE, Home, Server},
    world::World,
};

/// Columns as (name, kind, NULL, position in the key), and indexes as name to columns.
#[derive(Debug, Default, PartialEq, Eq)]
struct Described {
    columns: Vec<(String, &'static str, bool, u32)>,
    indexes: BTreeMap<String, Vec<String>>,
}

type Catalog = BTreeMap<String, Described>;

fn of_file(home: &Home) -> Catalog {
    let Home::File(folder) = home else { panic!("a file") };
    let connection = Connection::open(folder.path().join("game.db")).expect("opens");
    let texts = |sql: &str, of: &str| -> Vec<Vec<String>> {
        let mut statement = connection.prepare(sql).expect("a query");
        let width = statement.column_count();
        let rows = statement.query_map([of], |row| (0..width).map(|index| row.get(index)).collect());
        rows.expect("runs").map(|row| row.expect("texts")).collect()
    };
    let tables = texts("SELECT name FROM sqlite_master WHERE type = ?1", "table");
    let describe = |table: &str| {
        let columns = texts(
            "SELECT name, type, CAST(\"notnull\" AS TEXT), CAST(pk AS TEXT) FROM pragma_table_info(?1)",
            table,
        );
        let columns = columns.into_iter().map(|column| {
            let kind = match column[1].as_str() {
                "INTEGER" => "number",
                "TEXT" => "text",
                "BLOB" => "bytes",
                other => panic!("{table}: {other}"),
            };
            (column[0].clone(), kind, column[2] == "0", column[3].parse().expect("a number"))
        });
        let indexes = texts("SELECT name FROM pragma_index_list(?1) WHERE origin = 'c'", table);
        let indexes = indexes.into_iter().map(|index| {
            let columns = texts("SELECT name FROM pragma_index_info(?1)", &index[0]);
            (index[0].clone(), columns.concat())
        });
        Described { columns: columns.collect(), indexes: indexes.collect() }
    };
    tables.iter().map(|table| (table[0].clone(), describe(&table[0]))).collect()
}

fn of_server(server: &Server) -> Catalog {
    let mut catalog = Catalog::new();
    let rows = |sql: &str| -> Vec<Vec<String>> {
        let lines = server.sql(sql);
        lines.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    };
    let columns = rows(&format!(
        "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = '{DATABASE}' ORDER BY TABLE_NAME, ORDINAL_POSITION"
    ));
    for column in columns {
        let kind = match column[2].as_str() {
            "bigint" | "int" => "number",
            "varchar" => "text",
            "varbinary" | "binary" | "mediumblob" => "bytes",
            other => panic!("{column:?}: {other}"),
        };
        let described = catalog.entry(column[0].clone()).or_default();
        described.columns.push((column[1].clone(), kind, column[3] == "YES", 0));
    }
    let keys = rows(&format!(
        "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SEQ_IN_INDEX FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = '{DATABASE}' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
    ));
    for key in keys {
        let described = catalog.get_mut(&key[0]).expect("a table");
        if key[1] == "PRIMARY" {
            let column = described.columns.iter_mut().find(|column| column.0 == key[2]);
            column.expect("a column").3 = key[3].parse().expect("a number");
        } else {
            described.indexes.entry(key[1].clone()).or_default().push(key[2].clone());
        }
    }
    catalog
}

#[test]
fn the_tables_are_the_same_in_a_file_and_on_a_server() {
    let Some(server) = Server::start(&[]) else { return };
    let home = Home::file();
    let _worlds = [World::new(home.database()), World::new(server.database())];
    let mut file = of_file(&home);
    // Text in keys is bytes on a server.
    for table in Table::ALL {
        let def = table.def();
        let columns = &mut file.get_mut(def.name).expect("a table").columns;
        for (described, column) in columns.iter_mut().zip(&def.columns[..def.key_columns]) {
            if let ColumnKind::Text { .. } = column.kind {
                described.1 = "bytes";
            }
        }
    }
    let on_server = of_server(&server);
    assert!(Table::ALL.len() < on_server.len());
    for (name, described) in &file {
        assert_eq!(on_server.get(name), Some(described), "{name}");
    }
    assert_eq!(file.len(), on_server.len());
}

#[test]
fn every_statement_of_a_migration_on_a_server_can_be_run_again() {
    for script in SCRIPTS {
        let code: String = script.mysql.lines().filter(|line| !line.starts_with("--")).collect();
        let statements: Vec<&str> = code.split(';').map(str::trim).filter(|text| !text.is_empty()).collect();
        assert!(!statements.is_empty(), "{}", script.name);
        for statement in statements {
            let again = ["CREATE TABLE IF NOT EXISTS ", "REPLACE INTO "];
            let is_again = again.iter().any(|begin| statement.starts_with(begin));
            assert!(is_again, "{}: {statement}", script.name);
        }
    }
}
