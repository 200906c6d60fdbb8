//! Reads what `ding journal dump` prints: one JSON object a line, as docs/JOURNAL.md lists them. Knows lines it needs
//! and passes over the others.

use std::{collections::BTreeMap, io::BufRead};

use serde_json::Value;

use super::model::{Journal, Mutation, Op, Record, Said};

/// A dump that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the journal's dump: {what}")]
pub struct DumpError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// Reads a whole dump.
///
/// # Errors
/// The first line that is not understood.
pub fn read(dump: impl BufRead) -> Result<Journal, DumpError> {
    let mut journal = Journal::default();
    for (line, text) in (1..).zip(dump.lines()) {
        let wrong = |what: String| DumpError { line, what };
        let text = text.map_err(|error| wrong(error.to_string()))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        take(&value, &mut journal).ok_or_else(|| wrong(format!("not understood: {text:.200}")))?;
    }
    Ok(journal)
}

fn take(line: &Value, journal: &mut Journal) -> Option<()> {
    match line["type"].as_str()? {
        "frame" => journal.epochs.push((number(&line["last_lsn"])?, number(&line["epoch"])?)),
        "record" => journal.records.push(record(line)?),
        "wrong" => journal.wrong.push(line.to_string()),
        _ => {}
    }
    Some(())
}

fn record(line: &Value) -> Option<Record> {
    let flow = |flow: &Value| Some((number(&flow["reason"])?, signed(&flow["amount"])?));
    let goods = |flow: &Value| Some((number(&flow["kind"])?, signed(&flow["amount"])?));
    Some(Record {
        lsn: number(&line["lsn"])?,
        epoch: number(&line["epoch"])?,
        account: number(&line["account"])?,
        cseq: number(&line["cseq"])?,
        flows: line["flows"].as_array()?.iter().map(flow).collect::<Option<_>>()?,
        goods: line["goods"].as_array()?.iter().map(goods).collect::<Option<_>>()?,
        mutations: line["mutations"].as_array()?.iter().map(mutation).collect::<Option<_>>()?,
    })
}

fn mutation(value: &Value) -> Option<Mutation> {
    let op = match value["op"].as_str()? {
        "upsert" => Op::Upsert,
        "delete" => Op::Delete,
        "append" => Op::Append,
        _ => return None,
    };
    let key = value["key"].as_array()?.iter().map(text).collect::<Option<_>>()?;
    let row = match value["row"].as_object() {
        Some(row) => row
            .iter()
            .map(|(column, cell)| Some((column.clone(), said(cell)?)))
            .collect::<Option<BTreeMap<_, _>>>()?,
        None => BTreeMap::new(),
    };
    let ver = if op == Op::Append { 0 } else { number(&value["ver"])? };
    Some(Mutation { table: value["table"].as_str()?.to_owned(), op, key, ver, row })
}

fn said(cell: &Value) -> Option<Said> {
    if cell.is_null() {
        return Some(Said::Null);
    }
    match cell["secret"].as_str() {
        Some(sum) => Some(Said::Secret(sum.to_owned())),
        None => text(cell).map(Said::Text),
    }
}

fn text(cell: &Value) -> Option<String> {
    match cell {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Large ones are text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn signed(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
