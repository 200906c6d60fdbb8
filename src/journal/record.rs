//! One record of the journal as JSON, for people and for tools that replay it. Numbers of 64 bits are text, for not
//! every reader has them; what a login is compared with is a checksum.

pub mod parse;

use proto::{
    link::{Flow, Goods, GoodsFlow, Mutation, Op, Record, Value as Cell, value::V},
    personal,
    tables::{ColumnKind, Table, TableDef},
};
use serde_json::{Map, Value, json};

use crate::roles::journal::hex;

/// All of a record.
#[must_use]
pub fn to_json(record: &Record) -> Value {
    json!({
        "schema": record.schema,
        "value": record.value,
        "wall_ms": record.wall_ms.to_string(),
        "flows": record.flows.iter().map(flow).collect::<Vec<_>>(),
        "goods": record.goods.iter().map(goods_flow).collect::<Vec<_>>(),
        "mutations": record.mutations.iter().map(mutation).collect::<Vec<_>>(),
    })
}

fn flow(flow: &Flow) -> Value {
    json!({ "reason": flow.reason, "amount": flow.amount })
}

fn goods_flow(flow: &GoodsFlow) -> Value {
    json!({ "reason": flow.reason, "kind": flow.kind, "amount": flow.amount })
}

fn mutation(mutation: &Mutation) -> Value {
    let mut fields = Map::new();
    let Some(table) = Table::from_code(mutation.table) else {
        fields.insert("table".to_owned(), mutation.table.into());
        return fields.into();
    };
    let def = table.def();
    let op = mutation.op();
    fields.insert("table".to_owned(), def.name.into());
    fields.insert("op".to_owned(), op_name(op).into());
    if op != Op::Append {
        fields.insert("ver".to_owned(), mutation.ver.to_string().into());
    }
    let key = def.columns.iter().zip(&mutation.row).take(def.key_columns);
    fields.insert("key".to_owned(), key.map(|(column, cell)| of_cell(column.kind, cell)).collect());
    if op != Op::Delete {
        fields.insert("row".to_owned(), row(def, &mutation.row));
    }
    if def.gold.is_some() {
        fields.insert("gold_before".to_owned(), mutation.gold_before.into());
    }
    if def.goods.is_some() {
        let before = mutation.goods_before.as_ref();
        let before = before.map(|Goods { kind, quantity }| json!({ "kind": kind, "quantity": quantity }));
        fields.insert("goods_before".to_owned(), before.into());
    }
    fields.into()
}

fn row(def: &TableDef, row: &[Cell]) -> Value {
    let secret = personal::of(def.table).map_or(&[][..], |personal| personal.secret);
    let cells = def.columns.iter().zip(row).map(|(column, cell)| {
        let value = match &cell.v {
            Some(v) if secret.contains(&column.name) => json!({ SECRET: checksum(v) }),
            _ => of_cell(column.kind, cell),
        };
        (column.name.to_owned(), value)
    });
    Value::Object(cells.collect())
}

fn of_cell(kind: ColumnKind, cell: &Cell) -> Value {
    match (&cell.v, kind) {
        (None, _) => Value::Null,
        (Some(V::Int(number)), ColumnKind::Int { min, max }) if -EXACT <= min && max <= EXACT => {
            (*number).into()
        }
        (Some(V::Int(number)), _) => number.to_string().into(),
        (Some(V::Text(text)), _) => text.as_str().into(),
        (Some(V::Blob(blob)), _) => hex(blob).into(),
    }
}

/// Of a secret: tells two of them apart, and nothing about either.
pub(super) fn checksum(value: &V) -> String {
    let bytes = match value {
        V::Int(number) => number.to_le_bytes().to_vec(),
        V::Text(text) => text.as_bytes().to_vec(),
        V::Blob(blob) => blob.to_vec(),
    };
    hex(&blake3::derive_key("ding journal dump secret", &bytes)[..8])
}

/// As in the records' operations.
#[must_use]
pub fn op_name(op: Op) -> &'static str {
    match op {
        Op::Upsert => "upsert",
        Op::Delete => "delete",
        Op::Append => "append",
    }
}

/// The only field of a value that is not shown.
pub const SECRET: &str = "secret";
/// Whole numbers up to here are exact wherever JSON is read.
const EXACT: i64 = 1 << 53;

#[cfg(test)]
mod tests;
