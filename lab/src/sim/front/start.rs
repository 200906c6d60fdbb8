//! From whatever lies on the disk to a process that serves, as `dbfront::driver::start` does it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use dbfront::{
    logic::{
        applier::{Applier, BatchLimits},
        backlog::Backlog,
        decode::decode_frame,
        frame::{Chain, Identity},
        intake::{Intake, Position},
        overlay::Overlay,
        reader::Reader,
        recovery::{CursorPosition, Expected, Recovered, RecoveryOptions, recover},
    },
    store::{Cursor, Store, StoreError},
};
use proto::{ids::Lsn, turn::entries};

use super::{Ended, Up, desk::Desk, journalling::Journalling, reading::Reading, storing::Storing};
use crate::sim::{
    around::Around, database::Connection, lie::Lie, platter::Platter, runs::Runs, truth::wrong,
};

/// How far a start is.
#[derive(Debug, Default)]
pub(super) struct Starting {
    again_at: Option<Instant>,
    term: Option<Box<Term>>,
}

/// The journal is recovered; the database has yet to be told who applies.
#[derive(Debug)]
struct Term {
    recovered: Recovered<Platter>,
    store: Connection,
    seen: Cursor,
}

impl Starting {
    /// One try of what it is at.
    pub(super) fn step(&mut self, identity: Identity, around: &mut Around) -> Result<Option<Box<Up>>, Ended> {
        if self.again_at.is_some_and(|at| around.clock.now() < at) {
            return Ok(None);
        }
        let Some(mut term) = self.term.take() else {
            self.connect(identity, around)?;
            return Ok(None);
        };
        match begin_term(&mut term, around) {
            Ok(cursor) => serve(*term, cursor, identity, around).map(|up| Some(Box::new(up))),
            Err(error) if error.passes() => {
                self.term = Some(term);
                self.rest(around);
                Ok(None)
            }
            Err(error) => Err(Ended::Stop(error.code(), error.to_string())),
        }
    }

    fn rest(&mut self, around: &Around) {
        self.again_at = Some(around.clock.now() + AGAIN);
    }

    fn connect(&mut self, identity: Identity, around: &mut Around) -> Result<(), Ended> {
        let connected = around.database.connect().and_then(|mut store| {
            let cursor = store.cursor()?;
            Ok((store, cursor))
        });
        let (store, seen) = match connected {
            Ok(connected) => connected,
            Err(error) if error.passes() => {
                self.rest(around);
                return Ok(());
            }
            Err(error) => return Err(Ended::Stop(error.code(), error.to_string())),
        };
        let options = RecoveryOptions {
            journal: around.layout.journal,
            expected: Expected { journal_uuid: Some(seen.journal), world_hash: identity.world_hash },
            cursor: Some(CursorPosition { lsn: seen.lsn, chain: Chain(seen.chain) }),
            wall_ms: around.clock.front_wall_ms(),
        };
        if around.lie == Some(Lie::TailIsCut) && around.dice.below(3) == 0 {
            around.platter.cut_tail();
        }
        let recovered = recover(around.platter.clone(), &options)
            .map_err(|error| Ended::Stop(error.code(), error.to_string()))?;
        let (durable, report) = (recovered.durable, &recovered.report);
        let (clean, copied, cut) = (report.clean, report.copied_bytes, report.cut_bytes);
        around.tell(
            "dbfront",
            format_args!(
                "recovered {durable}, the database stands at {}; clean {clean}, copied {copied}, cut {cut}",
                seen.lsn
            ),
        );
        check(&recovered, seen.lsn, around)?;
        self.term = Some(Box::new(Term { recovered, store, seen }));
        Ok(())
    }
}

/// All that recovery says is durable is what game made.
fn check(recovered: &Recovered<Platter>, applied: Lsn, around: &mut Around) -> Result<(), Ended> {
    let has_lied = around.faults.lied() != 0;
    if !around.truth.recovered(recovered.durable, has_lied)? {
        around.loud = Some("UNPROVEN_TAIL");
        return Ok(());
    }
    let mut disk = around.platter.clone();
    // What is in the database already may be damaged: nobody needs it.
    let after = if has_lied { applied } else { Lsn(recovered.journal.oldest_lsn().0 - 1) };
    let read = Reader::open(&mut disk, recovered.identity, after)
        .and_then(|mut reader| reader.read(&mut disk, recovered.durable, usize::MAX));
    let frames = match read {
        Ok(frames) => frames,
        Err(error) => return Ok(wrong("I2", format!("recovered records cannot be read: {error}"))?),
    };
    let mut next = frames.first().map_or(recovered.durable.next(), |frame| frame.first_lsn);
    for frame in &frames {
        let Ok(found) = entries(&frame.body) else {
            return Ok(wrong("I2", format!("frame {} does not decode", frame.first_lsn))?);
        };
        if frame.first_lsn != next {
            return Ok(wrong("I14", format!("frame {} comes where {next} should", frame.first_lsn))?);
        }
        for entry in found {
            around.truth.journalled(next, frame.epoch, entry.txn, entry.payload)?;
            next = next.next();
        }
    }
    if next != recovered.durable.next() {
        return Ok(wrong(
            "I2",
            format!("{} was recovered, the journal gives up to {next}", recovered.durable),
        )?);
    }
    Ok(())
}

/// As the driver does it: after a failure the cursor tells whether the term has begun.
fn begin_term(term: &mut Term, around: &Around) -> Result<Cursor, StoreError> {
    match term.store.begin_term(&term.seen) {
        Err(error) if error.passes() => {
            term.store = around.database.connect()?;
            let found = term.store.cursor()?;
            if found.dbf_epoch == term.seen.dbf_epoch { Err(error) } else { Ok(found) }
        }
        other => other,
    }
}

/// Everything that the threads begin with.
fn serve(term: Term, cursor: Cursor, identity: Identity, around: &mut Around) -> Result<Up, Ended> {
    let Term { recovered, store, .. } = term;
    let read = |error: dbfront::logic::reader::ReadError| Ended::Stop(error.code(), error.to_string());
    let mut disk = around.platter.clone();
    let mut overlay = Overlay::new(cursor.lsn, around.layout.cache_bytes);
    if around.layout.is_deflating {
        overlay = overlay.deflating();
    }
    if let Some(from_bytes) = around.layout.spill_from_bytes {
        let runs = Runs::new(around.faults.clone(), around.lie);
        overlay = overlay.spilling(from_bytes, Box::new(runs), u64::MAX);
    }
    let mut place = recovered.after_cursor;
    loop {
        let frames = place.read(&mut disk, recovered.durable, LOAD_BYTES).map_err(read)?;
        if frames.is_empty() {
            break;
        }
        for frame in frames {
            let frame =
                decode_frame(frame.first_lsn, frame.epoch, frame.chain.0, &frame.body, &recovered.amendments)
                    .map_err(|error| Ended::Stop("RECORD_UNKNOWN", error.to_string()))?;
            frame.changes.iter().for_each(|change| overlay.put(change));
            overlay.tend();
        }
    }
    let place = Reader::open(&mut disk, recovered.identity, cursor.lsn).map_err(read)?;
    let position = Position {
        epoch: recovered.epoch,
        instance: recovered.instance,
        stored_epoch: cursor.game_epoch,
        durable: recovered.durable,
    };
    let limits =
        BatchLimits { records_max: around.layout.apply_records, bytes_max: around.layout.apply_bytes };
    let instance = around.dice.long();
    around.truth.committed(&around.database, cursor.lsn)?;
    let backlog = Backlog::new(around.layout.backlog_bytes, cursor.lsn, recovered.durable);
    Ok(Up {
        desk: Desk::new(Intake::new(position), overlay, cursor.lsn, instance),
        journalling: Journalling::new(recovered.journal, cursor.lsn, around),
        storing: Storing::new(
            Some(store),
            Applier::new(cursor, limits, instance),
            backlog,
            (identity, place),
        ),
        reading: Reading::default(),
        events: VecDeque::new(),
    })
}

const AGAIN: Duration = Duration::from_millis(500);
const LOAD_BYTES: usize = 4 << 10;
