//! The tables of a world on a database server, copied by plain SQL into a file of SQLite, so that one checker reads
//! both. Knows no table by name.

use std::path::Path;

use mysql_async::{Conn, Opts, Row, Value, prelude::Queryable as _};
use rusqlite::{Connection, params_from_iter, types::Value as Cell};

use crate::error::Error;

struct Column {
    name: String,
    kind: String,
    is_key: bool,
}

/// Copies every table that the user of this address sees in its database.
///
/// # Errors
/// [`Error::Mysql`], [`Error::Sqlite`].
pub fn copy(url: &str, file: &Path) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("starting a runtime"))?;
    let file = Connection::open(file).map_err(Error::sqlite(TO))?;
    file.execute_batch("PRAGMA synchronous = OFF; BEGIN").map_err(Error::sqlite(TO))?;
    runtime.block_on(async {
        let opts = Opts::from_url(url).map_err(|error| Error::mysql(FROM)(error.into()))?;
        let mut server = Conn::new(opts).await.map_err(Error::mysql(FROM))?;
        let tables: Vec<String> = server
            .query(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
            )
            .await
            .map_err(Error::mysql(FROM))?;
        for table in tables {
            copy_table(&mut server, &file, &table).await?;
        }
        server.disconnect().await.map_err(Error::mysql(FROM))
    })?;
    file.execute_batch("COMMIT").map_err(Error::sqlite(TO))
}

async fn copy_table(server: &mut Conn, file: &Connection, table: &str) -> Result<(), Error> {
    let columns: Vec<(String, String, String)> = server
        .exec(
            "SELECT column_name, data_type, column_key FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position",
            (table,),
        )
        .await
        .map_err(Error::mysql(FROM))?;
    let columns: Vec<Column> =
        columns.into_iter().map(|(name, kind, key)| Column { name, kind, is_key: key == "PRI" }).collect();
    let names = |quote: char| {
        let names: Vec<_> = columns.iter().map(|column| format!("{quote}{}{quote}", column.name)).collect();
        names.join(", ")
    };
    let keys: Vec<_> =
        columns.iter().filter(|column| column.is_key).map(|column| format!("\"{}\"", column.name)).collect();
    let key = if keys.is_empty() { String::new() } else { format!(", PRIMARY KEY ({})", keys.join(", ")) };
    // A number is compared by an index only with a column that says it has numbers.
    let typed: Vec<_> = columns
        .iter()
        .map(|column| {
            format!("\"{}\"{}", column.name, if column.kind.contains("int") { " INTEGER" } else { "" })
        })
        .collect();
    file.execute_batch(&format!("CREATE TABLE \"{table}\" ({}{key})", typed.join(", ")))
        .map_err(Error::sqlite(TO))?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert =
        file.prepare(&format!("INSERT INTO \"{table}\" VALUES ({marks})")).map_err(Error::sqlite(TO))?;
    let select = format!("SELECT {} FROM `{table}`", names('`'));
    let rows: Vec<Row> = server.exec(select, ()).await.map_err(Error::mysql(FROM))?;
    for row in rows {
        let cells = row.unwrap().into_iter().zip(&columns).map(|(value, column)| cell(value, column));
        insert.execute(params_from_iter(cells)).map_err(Error::sqlite(TO))?;
    }
    // Without them a question about many rows takes minutes.
    let indexes: Vec<(String, String)> = server
        .exec(
            "SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index) FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' GROUP BY index_name",
            (table,),
        )
        .await
        .map_err(Error::mysql(FROM))?;
    for (name, columns) in indexes {
        file.execute_batch(&format!("CREATE INDEX \"{table}.{name}\" ON \"{table}\" ({columns})"))
            .map_err(Error::sqlite(TO))?;
    }
    Ok(())
}

/// Text in keys is bytes on a server.
fn cell(value: Value, column: &Column) -> Cell {
    match value {
        Value::NULL => Cell::Null,
        Value::Int(number) => Cell::Integer(number),
        Value::UInt(number) => Cell::Integer(number.cast_signed()),
        Value::Float(number) => Cell::Real(number.into()),
        Value::Double(number) => Cell::Real(number),
        Value::Bytes(bytes) if column.kind.contains("binary") && !column.is_key => Cell::Blob(bytes),
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cell::Text(text),
            Err(error) => Cell::Blob(error.into_bytes()),
        },
        other @ (Value::Date(..) | Value::Time(..)) => Cell::Text(other.as_sql(true)),
    }
}

const FROM: &str = "copying its tables";
const TO: &str = "keeping a server's tables";
