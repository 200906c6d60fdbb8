//! A fixed life of a journal that tests break in every place: turns of many sizes, rotations, marks, retention,
//! an unclean and a clean restart, three writers; once with segments that are kept until they are old, once with
//! segments that are used again and again. Everything in it follows from a record's LSN.

use std::sync::LazyLock;

use proto::{
    ids::{AccountId, Epoch, Lsn},
    turn::{TxnId, entries, put_entry},
};

use super::{
    amend::Amendment,
    disk::Disk,
    frame::{Chain, Identity},
    journal::{FramePosition, Journal, JournalConfig, JournalError, Keep, TurnFrame},
    reader::{OwnedFrame, Reader},
    recovery::{CursorPosition, Expected, Recovered, RecoveryError, RecoveryOptions, recover},
};

pub(crate) const IDENTITY: Identity = Identity { journal_uuid: [7; 16], world_hash: [9; 16] };
pub(crate) const CONFIG: JournalConfig =
    JournalConfig { segment_bytes: 8 << 10, keep_ms: 1_000, keep_bytes: 1 << 30 };

/// For a test that keeps everything.
pub(crate) const NOTHING_SETTLED: Keep = Keep { applied: Lsn(0), pinned_from: None, now_ms: 0 };

/// Segments go when they are old.
pub(crate) const KEEPING: JournalConfig = CONFIG;
/// Segments go as soon as they are applied, and become the next ones.
pub(crate) const RECYCLING: JournalConfig =
    JournalConfig { segment_bytes: (4 << 10) + 6_000, keep_ms: u64::MAX, keep_bytes: 0 };
/// Both lives.
pub(crate) const LIVES: [JournalConfig; 2] = [KEEPING, RECYCLING];

pub(crate) fn expected() -> Expected {
    Expected { journal_uuid: Some(IDENTITY.journal_uuid), world_hash: IDENTITY.world_hash }
}

pub(crate) fn options() -> RecoveryOptions {
    options_of(CONFIG)
}

pub(crate) fn options_of(journal: JournalConfig) -> RecoveryOptions {
    RecoveryOptions { journal, expected: expected(), cursor: None, wall_ms: 5_000 }
}

/// `count` records of 20 to 59 bytes, each with its LSN in it.
pub(crate) fn body(first_lsn: u64, count: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for lsn in first_lsn..first_lsn + u64::from(count) {
        let mut payload = format!("the record {lsn:09}").into_bytes();
        payload.resize(20 + usize::try_from(lsn % 40).expect("small"), b'.');
        put_entry(&mut out, TxnId { account: AccountId(lsn % 7), cseq: lsn }, &payload);
    }
    out
}

/// Appends the next `count` records as one turn.
pub(crate) fn append<D: Disk>(journal: &mut Journal<D>, count: u32) -> Result<FramePosition, JournalError> {
    let first_lsn = journal.tail().last_lsn.next();
    let (epoch, wall_ms) = (journal.tail().epoch, 1_000 + first_lsn.0);
    journal.append(&TurnFrame { first_lsn, count, epoch, wall_ms, body: &body(first_lsn.0, count) })
}

/// A new journal with a writer.
pub(crate) fn fresh<D: Disk>(disk: D) -> Journal<D> {
    let mut journal = Journal::init(disk, CONFIG, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("the first epoch");
    journal
}

/// Every turn that `reader` still has to give.
pub(crate) fn read_all<D: Disk>(disk: &mut D, reader: &mut Reader, durable: Lsn) -> Vec<OwnedFrame> {
    let mut turns = Vec::new();
    loop {
        let read = reader.read(disk, durable, 700).expect("what recovery found");
        if read.is_empty() {
            return turns;
        }
        turns.extend(read);
    }
}

/// Records of each turn, by stretch between restarts.
pub(crate) fn turns_of(life: JournalConfig) -> [&'static [u32]; 3] {
    match life == RECYCLING {
        false => [&[1, 3, 2, 30, 1, 17, 24, 5, 9, 40, 2, 2, 20], &[4, 1, 33, 8], &[2, 6]],
        true => [&[40, 35, 7, 44, 60, 1, 58, 41, 3, 56, 62, 9], &[60, 44, 5, 60], &[2, 6]],
    }
}

/// What was said to the outside until the first error, or to the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// How it lived.
    pub(crate) life: JournalConfig,
    /// The journal exists.
    pub(crate) begun: bool,
    /// The highest durable LSN that anyone was told.
    pub(crate) acked: Lsn,
    /// The highest epoch that anyone was granted.
    pub(crate) epoch: Epoch,
    /// Of each stretch the record that was replaced, once that was durable; 0 before.
    pub(crate) amended: [Lsn; 3],
    /// Where the database stands, at least.
    pub(crate) applied: CursorPosition,
    /// Code of the first error that trying again did not mend.
    pub(crate) error: Option<&'static str>,
}

/// Runs the script; a full disk is tried again `tries` times at each step.
pub(crate) fn run<D: Disk>(disk: &mut D, life: JournalConfig, tries: u32) -> Told {
    let applied = CursorPosition { lsn: Lsn(0), chain: Chain::default() };
    let (begun, acked, epoch, amended) = (false, Lsn(0), Epoch(0), [Lsn(0); 3]);
    let mut told = Told { life, begun, acked, epoch, amended, applied, error: None };
    told.error = script(disk, tries, &mut told).err();
    told
}

fn script<D: Disk>(disk: &mut D, tries: u32, told: &mut Told) -> Result<(), &'static str> {
    again(tries, || {
        Journal::init(&mut *disk, told.life, IDENTITY, 1).map(|_| ()).map_err(|error| error.code())
    })?;
    told.begun = true;
    for (stretch, counts) in (1..).zip(turns_of(told.life)) {
        // The first one opens a journal that was left as `init` made it.
        let mut left = tries;
        let Recovered { mut journal, durable, .. } = loop {
            left -= 1;
            match recover(&mut *disk, &options_of(told.life)) {
                Ok(recovered) => break recovered,
                Err(RecoveryError::Full { .. }) if left > 0 => {}
                Err(error) => return Err(error.code()),
            }
        };
        told.acked = told.acked.max(durable);
        again(tries, || journal.begin_epoch(Epoch(stretch), 10 + stretch, 2).map_err(|error| error.code()))?;
        told.epoch = Epoch(stretch);
        write_turns(&mut journal, counts, tries, told)?;
        amend(&mut journal, stretch, tries, told)?;
        if stretch == 2 {
            match journal.seal(4_000) {
                // Without space for a SEAL the next start is one after an unclean stop.
                Ok(_) | Err(JournalError::Full { .. }) => {}
                Err(error) => return Err(error.code()),
            }
        }
    }
    Ok(())
}

fn write_turns<D: Disk>(
    journal: &mut Journal<D>,
    counts: &[u32],
    tries: u32,
    told: &mut Told,
) -> Result<(), &'static str> {
    for (index, &count) in counts.iter().enumerate() {
        again(tries, || append(journal, count).map_err(|error| error.code()))?;
        // Turns share commits, as under load.
        if index % 3 == 1 {
            continue;
        }
        told.acked = again(tries, || journal.commit().map_err(|error| error.code()))?.lsn();
        // The database is one commit behind.
        let keep = Keep { applied: told.applied.lsn, pinned_from: None, now_ms: 4_000 };
        let keep = if told.life == RECYCLING { keep } else { NOTHING_SETTLED };
        match journal.prepare(keep) {
            Ok(_) | Err(JournalError::Full { .. }) => {}
            Err(error) => return Err(error.code()),
        }
        if index % 4 == 3 {
            again(tries, || journal.mark(3_000).map_err(|error| error.code()))?;
        }
        if told.life == RECYCLING && index % 5 == 4 {
            again(tries, || journal.unlink_settled(keep).map_err(|error| error.code()))?;
        }
        // The last of a stretch is not applied before the next one: its replacement is needed until then.
        if index + 1 < counts.len() {
            told.applied = standing(journal);
        }
        if told.life == KEEPING && index == 10 {
            let keep = Keep { applied: told.acked, pinned_from: Some(Lsn(60)), now_ms: 9_000 };
            again(tries, || journal.unlink_settled(keep).map_err(|error| error.code()))?;
        }
    }
    again(tries, || journal.commit().map_err(|error| error.code())).map(|durable| told.acked = durable.lsn())
}

/// The last record gets a replacement, after which only another writer goes on.
fn amend<D: Disk>(
    journal: &mut Journal<D>,
    stretch: u64,
    tries: u32,
    told: &mut Told,
) -> Result<(), &'static str> {
    let amendment = amendment_of(journal.durable());
    again(tries, || journal.amend(&amendment, 3_500).map_err(|error| error.code()))?;
    again(tries, || journal.commit().map_err(|error| error.code()))?;
    told.amended[usize::try_from(stretch - 1).unwrap_or(0)] = amendment.lsn;
    Ok(())
}

/// Follows from the record's LSN, as the record does.
pub(crate) fn amendment_of(lsn: Lsn) -> Amendment {
    let mut entry = Vec::new();
    put_entry(&mut entry, TxnId { account: AccountId(lsn.0 % 7), cseq: lsn.0 }, b"instead");
    let replaces = entries(&body(lsn.0, 1)).expect("one record")[0].crc;
    let (author, reason) = ("somebody".to_owned(), format!("record {lsn} was refused"));
    Amendment { lsn, replaces, author, reason, entry: entry.into() }
}

fn standing<D: Disk>(journal: &Journal<D>) -> CursorPosition {
    CursorPosition { lsn: journal.durable(), chain: journal.tail().data_chain }
}

fn again<T>(tries: u32, mut step: impl FnMut() -> Result<T, &'static str>) -> Result<T, &'static str> {
    for _ in 1..tries {
        match step() {
            Err("JOURNAL_FULL") => {}
            done => return done,
        }
    }
    step()
}

/// First LSN and body of every turn of a life.
type Turns = Vec<(Lsn, Vec<u8>)>;

/// In the order of [`LIVES`].
static ALL_TURNS: LazyLock<[Turns; 2]> = LazyLock::new(|| {
    LIVES.map(|life| {
        let mut next = 1;
        let mut turns = Vec::new();
        for count in turns_of(life).concat() {
            turns.push((Lsn(next), body(next, count)));
            next += u64::from(count);
        }
        turns
    })
});

/// Panics unless `turns` are those of the life from somewhere to `durable`.
pub(crate) fn check_turns(turns: &[OwnedFrame], life: JournalConfig, durable: Lsn, at: &str) {
    let all = &ALL_TURNS[usize::from(life == RECYCLING)];
    let from = turns.first().map_or(durable.next(), |turn| turn.first_lsn);
    let wanted: Vec<_> = all.iter().filter(|(lsn, _)| (from..=durable).contains(lsn)).collect();
    assert_eq!(turns.len(), wanted.len(), "{at}: turns from {from} to {durable}");
    for (turn, (lsn, body)) in turns.iter().zip(&wanted) {
        assert_eq!((turn.first_lsn, &turn.body[..]), (*lsn, &body[..]), "{at}");
    }
    assert_eq!(turns.last().map_or(durable, |turn| turn.last_lsn), durable, "{at}: cut inside a turn");
}
