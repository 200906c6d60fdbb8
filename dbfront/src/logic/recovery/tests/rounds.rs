//! Many lives of one journal in a row, each with another configuration and another end: stopped, killed, without
//! power, at a disk that fails or is full. What was told stays, what was cut never comes back.

use super::super::*;
use crate::logic::{
    journal::{JournalConfig, JournalError, Keep},
    journal_script::{IDENTITY, append, body, expected, read_all},
    model_disk::{Fault, FaultKind, ModelDisk, Random},
};

/// What the outside knows.
struct World {
    /// Turns that may be in history: records and chain.
    turns: Vec<(Lsn, Lsn, Chain)>,
    acked: Lsn,
    epoch: Epoch,
    applied: CursorPosition,
}

impl World {
    fn committed(&mut self, lsn: Lsn, random: &mut Random) {
        self.acked = lsn;
        // The database is somewhere at or behind it, and mostly close.
        let behind = usize::try_from(random.below(5)).expect("small");
        let mut durable = self.turns.iter().rev().filter(|turn| turn.1 <= lsn);
        if let Some(&(_, last, chain)) = durable.nth(behind)
            && self.applied.lsn < last
        {
            self.applied = CursorPosition { lsn: last, chain };
        }
    }
}

fn config(random: &mut Random) -> JournalConfig {
    let segment_bytes = [(4 << 10) + 6_000, (4 << 10) + 6_004, 20 << 10][below(random, 3)];
    let keep_bytes = [0, segment_bytes, 3 * segment_bytes][below(random, 3)];
    JournalConfig { segment_bytes, keep_bytes, keep_ms: [500, u64::MAX, u64::MAX][below(random, 3)] }
}

fn below(random: &mut Random, bound: u64) -> usize {
    usize::try_from(random.below(bound)).expect("small")
}

/// Until something goes wrong, or long enough.
fn live(
    journal: &mut Journal<&mut ModelDisk>,
    world: &mut World,
    random: &mut Random,
) -> Result<(), JournalError> {
    let now_ms = [0, 5_000, 1 << 40][below(random, 3)];
    for _ in 0..5 + below(random, 40) {
        let keep = Keep { applied: world.applied.lsn, pinned_from: None, now_ms };
        match random.below(12) {
            0 => {
                let epoch = journal.tail().epoch.0.max(world.epoch.0) + 1;
                journal.begin_epoch(Epoch(epoch), random.long(), now_ms)?;
                world.epoch = Epoch(epoch);
                world.committed(journal.durable(), random);
            }
            1 => {
                journal.mark(now_ms)?;
                world.committed(journal.durable(), random);
            }
            2 => {
                journal.unlink_settled(keep)?;
            }
            _ => {
                let first = journal.tail().last_lsn.next();
                let count = 1 + u32::try_from(random.below(60)).expect("small");
                let turn = append(journal, count)?;
                world.turns.push((first, turn.last_lsn, turn.chain));
                if random.below(4) != 0 {
                    let durable = journal.commit()?.lsn();
                    world.committed(durable, random);
                    journal.prepare(Keep { applied: world.applied.lsn, ..keep })?;
                }
            }
        }
    }
    Ok(())
}

/// Recovers with the database's cursor, compares everything, and gives what a loss of power leaves of that.
fn compared(mut disk: ModelDisk, options: &RecoveryOptions, world: &mut World, at: &str) -> ModelDisk {
    let recovered = recover(&mut disk, options);
    let Recovered { mut after_cursor, durable, epoch, .. } =
        recovered.unwrap_or_else(|error| panic!("{at}: {} {error}", error.code()));
    assert!(world.acked <= durable && world.epoch <= epoch, "{at}: told {}, is {durable}", world.acked);
    world.turns.retain(|turn| turn.1 <= durable);
    assert_eq!(world.turns.last().map_or(Lsn(0), |turn| turn.1), durable, "{at}: cut inside a turn");
    let wanted = world.turns.iter().filter(|turn| world.applied.lsn < turn.1);
    let turns = read_all(&mut disk, &mut after_cursor, durable);
    let read = turns.iter().map(|turn| (turn.first_lsn, turn.last_lsn, turn.chain));
    assert!(read.eq(wanted.copied()), "{at}: another history");
    for turn in &turns {
        let count = u32::try_from(turn.last_lsn.0 + 1 - turn.first_lsn.0).expect("small");
        assert!(turn.body == body(turn.first_lsn.0, count), "{at}");
    }
    world.acked = durable;
    let checked = check_cursor(&mut disk, IDENTITY, durable, world.applied);
    checked.unwrap_or_else(|error| panic!("{at}: {} {error}", error.code()));
    disk.after_power_loss(durable.0)
}

#[test]
fn through_lives_of_any_configuration_and_end_nothing_told_goes_and_nothing_cut_comes_back() {
    let mut recycled = 0;
    for seed in 1..=SEEDS {
        let mut random = Random::new(seed);
        let applied = CursorPosition { lsn: Lsn(0), chain: Chain::default() };
        let mut world = World { turns: Vec::new(), acked: Lsn(0), epoch: Epoch(0), applied };
        let mut disk = ModelDisk::new();
        Journal::init(&mut disk, config(&mut random), IDENTITY, 1).expect("an empty disk");
        for life in 0..8 {
            let at = format!("seed {seed}, life {life}");
            let (journal, cursor) = (config(&mut random), Some(world.applied));
            let options = RecoveryOptions { journal, expected: expected(), cursor, wall_ms: 5_000 };
            disk = compared(disk, &options, &mut world, &at);
            let kind = [FaultKind::Crash, FaultKind::Io, FaultKind::Full][below(&mut random, 3)];
            let (at_call, for_ever) = (1 + random.below(200), random.coin());
            disk = disk.with_fault(Fault { at_call, for_ever, kind });
            if let Ok(Recovered { mut journal, .. }) = recover(&mut disk, &options)
                && live(&mut journal, &mut world, &mut random).is_ok()
                && random.coin()
            {
                let _ = journal.seal(6_000);
            }
            recycled += u64::from(disk.files().iter().any(|(_, bytes)| bytes.get(10) == Some(&1)));
            disk = match random.below(3) {
                0 => disk.after_kill(),
                1 => disk.after_power_loss(0),
                _ => disk.after_power_loss(random.long()),
            };
        }
    }
    assert!(recycled > SEEDS, "only {recycled} lives with a segment that was used again");
}

/// Each lives eight times.
const SEEDS: u64 = 300;
