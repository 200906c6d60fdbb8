//! A record from the JSON that it was printed as, edited by somebody: every field must be there and of its kind, nothing
//! else may be.

use proto::{
    link::{Flow, Goods, GoodsFlow, Mutation, Op, Record, Value as Cell, value::V},
    personal,
    tables::{ColumnKind, Table, TableDef},
};
use serde_json::{Map, Value};

use super::{SECRET, checksum, op_name};

type Fields = Map<String, Value>;

/// The record that this says. Secrets that are printed as checksums are taken from `original`.
///
/// # Errors
/// What is wrong, and where.
pub fn from_json(value: &Value, original: &Record) -> Result<Record, String> {
    let fields = object(value, "the record")?;
    let known = ["lsn", "account", "cseq", "schema", "value", "wall_ms", "flows", "goods", "mutations"];
    only(fields, &known, "the record")?;
    let flows = each(fields, "flows", |flow, at| {
        let fields = object(flow, at)?;
        only(fields, &["reason", "amount"], at)?;
        Ok(Flow { reason: number(fields, "reason", at)?, amount: number(fields, "amount", at)? })
    })?;
    let goods = each(fields, "goods", |flow, at| {
        let fields = object(flow, at)?;
        only(fields, &["reason", "kind", "amount"], at)?;
        Ok(GoodsFlow {
            reason: number(fields, "reason", at)?,
            kind: number(fields, "kind", at)?,
            amount: number(fields, "amount", at)?,
        })
    })?;
    Ok(Record {
        schema: number(fields, "schema", "the record")?,
        value: fields.get("value").and_then(Value::as_bool).ok_or("value: not true or false")?,
        wall_ms: number(fields, "wall_ms", "the record")?,
        flows,
        goods,
        mutations: each(fields, "mutations", |value, at| mutation(value, at, original))?,
    })
}

fn mutation(value: &Value, at: &str, original: &Record) -> Result<Mutation, String> {
    let fields = object(value, at)?;
    only(fields, &["table", "op", "ver", "key", "row", "gold_before", "goods_before"], at)?;
    let name = text(fields, "table", at)?;
    let table = Table::ALL.iter().find(|table| table.def().name == name);
    let table = *table.ok_or_else(|| format!("{at}: no table {name}"))?;
    let def = table.def();
    let op = text(fields, "op", at)?;
    let op = [Op::Upsert, Op::Delete, Op::Append].into_iter().find(|known| op_name(*known) == op);
    let op = op.ok_or_else(|| format!("{at}: op is upsert, delete or append"))?;
    let key = fields.get("key").and_then(Value::as_array).ok_or_else(|| format!("{at}: no key"))?;
    if key.len() != def.key_columns {
        return Err(format!("{at}: a key of {name} has {} columns", def.key_columns));
    }
    let mut row: Vec<Cell> = Vec::with_capacity(def.columns.len());
    for (column, value) in def.columns.iter().zip(key) {
        row.push(cell(value, column.kind).ok_or_else(|| format!("{at}: key: {} is not right", column.name))?);
    }
    if op != Op::Delete {
        let whole = whole_row(fields, at, def, &row, original)?;
        if whole[..def.key_columns] != row[..] {
            return Err(format!("{at}: key and row are not of the same row"));
        }
        row = whole;
    }
    let gold_before = if def.gold.is_some() { number(fields, "gold_before", at)? } else { 0 };
    let goods_before = match fields.get("goods_before") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let fields = object(value, at)?;
            only(fields, &["kind", "quantity"], at)?;
            Some(Goods { kind: number(fields, "kind", at)?, quantity: number(fields, "quantity", at)? })
        }
    };
    let ver = if op == Op::Append { 0 } else { number(fields, "ver", at)? };
    Ok(Mutation { table: table as u32, op: op.into(), ver, row, gold_before, goods_before })
}

fn whole_row(
    fields: &Fields,
    at: &str,
    def: &TableDef,
    key: &[Cell],
    original: &Record,
) -> Result<Vec<Cell>, String> {
    let row = object(fields.get("row").unwrap_or(&Value::Null), &format!("{at}: row"))?;
    let names: Vec<&str> = def.columns.iter().map(|column| column.name).collect();
    only(row, &names, at)?;
    let secret = personal::of(def.table).map_or(&[][..], |personal| personal.secret);
    let cells = def.columns.iter().enumerate().map(|(index, column)| {
        let wrong = || format!("{at}: row: {} is not right", column.name);
        let value = row.get(column.name).ok_or_else(wrong)?;
        match value.get(SECRET) {
            Some(sum) if secret.contains(&column.name) => {
                let stands = original
                    .mutations
                    .iter()
                    .filter(|mutation| mutation.table == def.table as u32 && mutation.row.starts_with(key));
                let found = stands
                    .filter_map(|mutation| mutation.row.get(index))
                    .find(|cell| cell.v.as_ref().is_some_and(|v| Some(checksum(v).as_str()) == sum.as_str()));
                let unknown = || format!("{at}: row: {} is not the secret of the record", column.name);
                found.cloned().ok_or_else(unknown)
            }
            _ => cell(value, column.kind).ok_or_else(wrong),
        }
    });
    cells.collect()
}

fn cell(value: &Value, kind: ColumnKind) -> Option<Cell> {
    let v = match (value, kind) {
        (Value::Null, _) => None,
        (_, ColumnKind::Int { .. }) => Some(V::Int(whole(value)?)),
        (Value::String(text), ColumnKind::Text { .. }) => Some(V::Text(text.clone())),
        (Value::String(text), ColumnKind::Blob { .. }) => Some(V::Blob(bytes(text)?.into())),
        _ => return None,
    };
    Some(Cell { v })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let is_hex = hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
    if is_hex { pairs.collect() } else { None }
}

/// A number, or one written as text.
fn whole<T: std::str::FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &str, at: &str) -> Result<T, String> {
    fields.get(name).and_then(whole).ok_or_else(|| format!("{at}: {name} is not right"))
}

fn text<'a>(fields: &'a Fields, name: &str, at: &str) -> Result<&'a str, String> {
    fields.get(name).and_then(Value::as_str).ok_or_else(|| format!("{at}: {name} is not right"))
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Fields, String> {
    value.as_object().ok_or_else(|| format!("{at}: not an object"))
}

fn only(fields: &Fields, known: &[&str], at: &str) -> Result<(), String> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(format!("{at}: {name} is not known")),
    }
}

fn each<T>(
    fields: &Fields,
    name: &str,
    read: impl Fn(&Value, &str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let list = fields.get(name).and_then(Value::as_array).ok_or_else(|| format!("{name}: not a list"))?;
    list.iter().enumerate().map(|(index, value)| read(value, &format!("{name}[{index}]"))).collect()
}
