//! What the processes of a run stand in: time, links, a disk, a database, and who watches.

use std::time::{Duration, Instant};

use dbfront::logic::journal::JournalConfig;

use super::{
    database::Database, dice::Dice, fault::Faults, lie::Lie, platter::Platter, story::Story, truth::Truth,
    wire::Wires,
};

/// Time as the processes see it.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    ms: u64,
    /// By which the wall clocks of game and dbfront are off.
    pub(super) skew_ms: [i64; 2],
}

/// How a run is laid out, beside its faults.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) players: usize,
    pub(super) steps: u32,
    pub(super) journal: JournalConfig,
    pub(super) cache_bytes: usize,
    pub(super) overlay_bytes: usize,
    /// Beyond so many, rows that wait go to runs on a model of a disk; nothing: there is none.
    pub(super) spill_from_bytes: Option<usize>,
    /// Rows that the database has are kept deflated.
    pub(super) is_deflating: bool,
    pub(super) backlog_bytes: usize,
    pub(super) apply_records: u64,
    pub(super) apply_bytes: usize,
    pub(super) game_cache_units: usize,
    pub(super) preload: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) clock: Clock,
    pub(super) dice: Dice,
    pub(super) faults: Faults,
    pub(super) layout: Layout,
    pub(super) wires: Wires,
    pub(super) platter: Platter,
    pub(super) database: Database,
    pub(super) truth: Truth,
    pub(super) story: Story,
    pub(super) lie: Option<Lie>,
    /// A stop from which only a person finds a way, and which the faults before it explain: the run ends well.
    pub(super) loud: Option<&'static str>,
    /// The most rows that one process of dbfront read deflated, and had in runs.
    pub(super) tiers: (u64, u64),
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { began: crate::clock::now(), ms: 0, skew_ms: [0; 2] }
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.ms += ms;
    }

    pub(super) fn ms(&self) -> u64 {
        self.ms
    }

    pub(super) fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.ms)
    }

    pub(super) fn game_wall_ms(&self) -> u64 {
        self.wall_ms(self.skew_ms[0])
    }

    pub(super) fn front_wall_ms(&self) -> u64 {
        self.wall_ms(self.skew_ms[1])
    }

    fn wall_ms(&self, skew_ms: i64) -> u64 {
        (WALL_MS + self.ms).saturating_add_signed(skew_ms)
    }
}

impl Layout {
    pub(super) fn draw(dice: &mut Dice, steps: u32) -> Self {
        let segment_bytes = dice.pick(&[8 << 10, 12 << 10, 24 << 10]).unwrap_or(16 << 10);
        let is_recycling = dice.coin();
        let keep_bytes = if is_recycling { 0 } else { u64::MAX };
        let keep_ms = if dice.below(4) == 0 { 20_000 } else { u64::MAX };
        Self {
            players: usize::try_from(dice.within(2, 5)).unwrap_or(2),
            steps,
            journal: JournalConfig { segment_bytes, keep_ms, keep_bytes },
            cache_bytes: dice.pick(&[0, 2 << 10, 16 << 10, 1 << 30]).unwrap_or(0),
            overlay_bytes: dice.pick(&[16 << 10, 1 << 20, 1 << 30]).unwrap_or(1 << 20),
            spill_from_bytes: None,
            is_deflating: false,
            backlog_bytes: dice.pick(&[600, 8 << 10, 1 << 20]).unwrap_or(1 << 20),
            apply_records: dice.pick(&[1, 4, 64]).unwrap_or(64),
            apply_bytes: dice.pick(&[600, 1 << 20]).unwrap_or(1 << 20),
            game_cache_units: dice.pick(&[1, 4, 1_000]).unwrap_or(1_000),
            preload: dice.coin(),
        }
    }

    /// Where rows are kept, drawn apart from the rest: seeds of before tell the story that they told.
    pub(super) fn draw_tiers(&mut self, dice: &mut Dice) {
        let is_spilling = dice.below(3) == 0;
        let from_bytes = dice.pick(&[0, 600, 2 << 10]);
        self.spill_from_bytes = from_bytes.filter(|_| is_spilling);
        self.is_deflating = dice.below(3) == 0;
    }
}

impl Around {
    pub(super) fn tell(&mut self, who: &str, what: std::fmt::Arguments<'_>) {
        self.story.ms = self.clock.ms();
        self.story.tell(who, what);
    }
}

const WALL_MS: u64 = 1_700_000_000_000;
