//! `ding journal dump`: every frame and every record that is asked for, one JSON object a line, in memory that does
//! not grow. docs/JOURNAL.md lists the lines.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    ops::{ControlFlow, RangeInclusive},
};

use proto::{
    ids::Lsn,
    link::Record,
    personal,
    prescan::Budget,
    tables::Table,
    turn::{Entry, entries},
    wire,
};
use serde_json::{Value, json};

use super::record::to_json;
use crate::{
    args::journal as args,
    exit::{Exit, Failure},
    load::load,
    roles::journal::{
        self as roles, Amendment, End, FrameHeader, FrameKind, HowEnded, Identity, Item, SegmentHeader, hex,
    },
    serve,
};

/// Prints what is asked for.
///
/// # Errors
/// The journal's named stop, a wrong place, or a file that went meanwhile.
pub fn dump(args: &args::Dump) -> Result<(), Failure> {
    let config = load(&args.source)?.config;
    let from = Lsn(args.from.unwrap_or(0));
    let mut dump = Dump {
        out: BufWriter::with_capacity(OUT_BYTES, io::stdout().lock()),
        wanted: from.0..=args.to.unwrap_or(u64::MAX),
        account: args.account,
        begun: false,
        failure: None,
    };
    let outcome = roles::each(&config, from, |identity, item| match dump.take(identity, item) {
        // Whoever read it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        other => other,
    });
    outcome.map_err(|stop| serve::failure(&stop))?;
    match dump.out.flush() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            return Err(Failure::new(Exit::Io, error.to_string()));
        }
        _ => {}
    }
    match dump.failure {
        None => Ok(()),
        Some(failure) => Err(failure),
    }
}

struct Dump<W: Write> {
    out: W,
    wanted: RangeInclusive<u64>,
    account: Option<u64>,
    begun: bool,
    failure: Option<Failure>,
}

impl<W: Write> Dump<W> {
    fn take(&mut self, identity: &Identity, item: Item<'_>) -> io::Result<ControlFlow<()>> {
        match item {
            Item::Segment(header) => {
                if !std::mem::replace(&mut self.begun, true) {
                    self.head(identity)?;
                    if self.is_before(header) {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                if *self.wanted.end() < header.first_lsn.0 {
                    return Ok(ControlFlow::Break(()));
                }
                self.segment(header)?;
            }
            Item::Frame { segment, offset, header, body } => {
                if *self.wanted.end() < header.first_lsn.0 {
                    return Ok(ControlFlow::Break(()));
                }
                self.frame(segment, offset, header, body)?;
            }
            Item::Wrong(wrong) => {
                self.line(&json!({
                    "type": "wrong", "segment": wrong.segment, "offset": wrong.offset,
                    "lsn": wrong.lsn.0.to_string(), "what": wrong.what,
                }))?;
                let text = format!(
                    "segment {}, byte {}, record {}: {}. What a start would do: ding journal check",
                    wrong.segment, wrong.offset, wrong.lsn, wrong.what
                );
                self.failure.get_or_insert(Failure::new(Exit::Data, text));
            }
            Item::Gone { segment, lsn } => {
                let text = format!(
                    "segment {segment} was settled and taken away while it was read: dump again, --from {lsn}"
                );
                self.failure.get_or_insert(Failure::new(Exit::TryAgain, text));
                return Ok(ControlFlow::Break(()));
            }
            Item::End(end) => self.end(&end)?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The record that was asked for first is older than all that is kept.
    fn is_before(&mut self, oldest: &SegmentHeader) -> bool {
        let from = *self.wanted.start();
        if from == 0 || oldest.first_lsn.0 <= from {
            return false;
        }
        let text = format!("record {from} is in no file any more: the oldest is {}", oldest.first_lsn);
        self.failure = Some(Failure::new(Exit::Data, text));
        true
    }

    fn head(&mut self, identity: &Identity) -> io::Result<()> {
        self.line(&json!({
            "type": "journal", "dump": DUMP_FORMAT, "uuid": hex(&identity.journal_uuid),
            "world_hash": hex(&identity.world_hash),
        }))
    }

    fn segment(&mut self, header: &SegmentHeader) -> io::Result<()> {
        self.line(&json!({
            "type": "segment", "number": header.number, "first_lsn": header.first_lsn.0.to_string(),
            "supersedes_from": header.supersedes_from.map(|lsn| lsn.0.to_string()),
            "durable_lsn": header.durable_lsn.0.to_string(), "epoch": header.epoch.0.to_string(),
            "made_ms": header.created_ms.to_string(), "recycled": header.recycled,
            "previous_chain": hex(&header.previous_chain.0),
        }))
    }

    fn frame(&mut self, segment: u64, offset: u64, header: &FrameHeader, body: &[u8]) -> io::Result<()> {
        let (first, last) = (header.first_lsn.0, header.last_lsn().0);
        if last < *self.wanted.start() {
            return Ok(());
        }
        let mut records = Vec::new();
        if header.kind == FrameKind::Data {
            let found = match entries(body) {
                Ok(found) => found,
                Err(error) => return self.unreadable(first, &error.to_string()),
            };
            for (lsn, entry) in (first..).zip(found) {
                if self.wanted.contains(&lsn)
                    && let Some(record) = self.record(lsn, header, &entry)
                {
                    records.push(record);
                }
            }
        }
        if header.kind == FrameKind::Amend {
            records.extend(self.amendment(header, body));
        }
        if records.is_empty() && (self.account.is_some() || header.kind == FrameKind::Data) {
            return Ok(());
        }
        let mut line = json!({
            "type": "frame", "kind": kind_name(header.kind), "segment": segment, "offset": offset,
            "first_lsn": first.to_string(), "last_lsn": last.to_string(), "records": header.count,
            "epoch": header.epoch.0.to_string(), "durable_lsn": header.durable_lsn.0.to_string(),
            "wall_ms": header.wall_ms.to_string(), "chain": hex(&header.chain.0),
        });
        if let (FrameKind::Epoch, Some(instance)) = (header.kind, body.first_chunk()) {
            line["instance"] = u64::from_le_bytes(*instance).to_string().into();
        }
        self.line(&line)?;
        records.iter().try_for_each(|record| self.line(record))
    }

    /// Nothing: it is not one of those that are asked for.
    fn record(&mut self, lsn: u64, header: &FrameHeader, entry: &Entry<'_>) -> Option<Value> {
        let mut line = json!({
            "type": "record", "lsn": lsn.to_string(), "epoch": header.epoch.0.to_string(),
            "account": entry.txn.account.0.to_string(), "cseq": entry.txn.cseq.to_string(),
        });
        match wire::decode::<Record>(entry.payload, Budget::LINK) {
            Ok(record) => {
                let wanted = self
                    .account
                    .is_none_or(|account| entry.txn.account.0 == account || names(&record, account));
                if !wanted {
                    return None;
                }
                if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), to_json(&record)) {
                    line.extend(fields);
                }
            }
            Err(error) => {
                line["unreadable"] = error.to_string().into();
                let text = format!("record {lsn} cannot be understood: {error}");
                self.failure.get_or_insert(Failure::new(Exit::Data, text));
            }
        }
        Some(line)
    }

    fn amendment(&mut self, header: &FrameHeader, body: &[u8]) -> Option<Value> {
        let Amendment { lsn, author, reason, entry, .. } = Amendment::parse(body)?;
        let entries = entries(&entry).ok()?;
        let mut line = self.record(lsn.0, header, entries.first()?)?;
        line["type"] = "amendment".into();
        line["author"] = author.into();
        line["reason"] = reason.into();
        Some(line)
    }

    fn unreadable(&mut self, lsn: u64, what: &str) -> io::Result<()> {
        self.failure.get_or_insert(Failure::new(Exit::Data, format!("record {lsn} or later: {what}")));
        self.line(&json!({ "type": "record", "lsn": lsn.to_string(), "unreadable": what }))
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        let (how, what) = match end.how {
            HowEnded::Sealed => ("sealed", None),
            HowEnded::Open => ("open", None),
            HowEnded::Torn { what, durable, .. } => {
                if end.tail.last_lsn < durable {
                    let text = format!(
                        "segment {}, byte {}: {what}, and record {durable} was acknowledged. What a start would do: \
                         ding journal check",
                        end.segment, end.offset
                    );
                    self.failure.get_or_insert(Failure::new(Exit::Data, text));
                }
                ("torn", Some(what))
            }
        };
        self.line(&json!({
            "type": "end", "segment": end.segment, "offset": end.offset, "how": how, "what": what,
            "last_lsn": end.tail.last_lsn.0.to_string(), "epoch": end.tail.epoch.0.to_string(),
            "chain": hex(&end.tail.chain.0), "data_chain": hex(&end.tail.data_chain.0),
        }))
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }
}

/// Whether one of its rows names this account.
fn names(record: &Record, account: u64) -> bool {
    record.mutations.iter().any(|mutation| {
        let found = Table::from_code(mutation.table).and_then(personal::of);
        found.is_some_and(|personal| personal.names(&mutation.row, &[account]))
    })
}

/// As on a frame's line.
#[must_use]
pub fn kind_name(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Data => "data",
        FrameKind::Epoch => "epoch",
        FrameKind::Mark => "mark",
        FrameKind::Seal => "seal",
        FrameKind::Amend => "amend",
    }
}

/// Of the lines and their fields: grows when one of them changes its meaning.
const DUMP_FORMAT: u32 = 1;
const OUT_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests;
