//! One run: which of the processes, links and players moves next is drawn, step after step; first under faults,
//! then without until all have come to rest.

use dbfront::logic::{frame::Identity, journal::Journal};
use proto::{ids::Lsn, tables::Table};

use super::{
    Options, Outcome,
    around::{Around, Clock, Layout},
    database::Database,
    dice::Dice,
    fault::{FaultKind, Faults},
    front::{Front, Part},
    game::{Game, Leaving},
    gates::Gates,
    platter::Platter,
    players::Players,
    story::Story,
    truth::{Truth, Wrong, wrong},
    wire::End,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Run {
    around: Around,
    front: Front,
    game: Game,
    /// Another one that stands still, and when it wakes up.
    frozen: Option<(Game, u64)>,
    gates: Gates,
    players: Players,
    left: Vec<Leaving>,
    away_until_ms: u64,
    /// After so many the rest of that time passes at once.
    away_steps: u32,
    refuses_until_ms: u64,
    /// The oldest record that the journal could give when it was last asked.
    oldest: Lsn,
    seed: u64,
}

/// Plays a seed to its end.
pub(super) fn play(options: &Options, seed: u64) -> Outcome {
    let mut run = match Run::new(options, seed) {
        Ok(run) => run,
        Err(wrong) => return Outcome::failed_at_once(seed, wrong),
    };
    let result = run.safety().and_then(|()| run.liveness());
    run.outcome(result.err())
}

impl Run {
    fn new(options: &Options, seed: u64) -> Result<Self, Wrong> {
        let mut dice = Dice::new(seed);
        let mut layout = Layout::draw(&mut dice, options.steps);
        layout.draw_tiers(&mut Dice::new(seed ^ TIERS));
        let gates = usize::try_from(dice.within(1, 3)).unwrap_or(1);
        let faults = Faults::draw(Dice::new(dice.long()));
        let clock = Clock::new();
        let identity = Identity { journal_uuid: [7; 16], world_hash: [9; 16] };
        let platter = Platter::new(faults.clone(), options.lie);
        faults.end();
        let made = Journal::init(platter.clone(), layout.journal, identity, clock.front_wall_ms())
            .and_then(|journal| journal.seal(clock.front_wall_ms()));
        if let Err(error) = made {
            return wrong("stop", format!("the journal cannot be made: {error}"));
        }
        faults.begin();
        let database = Database::founded(identity.journal_uuid, faults.clone(), options.lie);
        let mut around = Around {
            clock,
            dice,
            faults,
            layout,
            wires: super::wire::Wires::default(),
            platter,
            database,
            truth: Truth::default(),
            story: Story::new(options.tells),
            lie: options.lie,
            loud: None,
            tiers: (0, 0),
        };
        let drawn = around.faults.drawn().join(", ");
        around.tell("sim", format_args!("seed {seed}: {layout:?}"));
        around.tell("sim", format_args!("faults: {drawn}"));
        let now = around.clock.now();
        Ok(Self {
            front: Front::new(identity, now),
            game: Game::new(now),
            frozen: None,
            gates: Gates::new(gates),
            players: Players::new(layout.players),
            around,
            left: Vec::new(),
            away_until_ms: 0,
            away_steps: 0,
            refuses_until_ms: 0,
            oldest: Lsn(1),
            seed,
        })
    }

    /// Faults for ever: nothing wrong may happen.
    fn safety(&mut self) -> Result<(), Wrong> {
        for _ in 0..self.around.layout.steps {
            self.fault()?;
            let did = self.step(true)?;
            if self.around.loud.is_some() {
                return Ok(());
            }
            let pause = match self.around.dice.below(400) {
                0 => self.around.dice.within(100, 2_000),
                1..=20 => self.around.dice.within(5, 50),
                _ if did => self.around.dice.below(2),
                // Nobody had anything to do.
                _ => self.around.dice.within(1, 15),
            };
            self.around.clock.pass(pause);
        }
        Ok(())
    }

    /// Faults have ended: everything must come to rest, and be where it belongs.
    fn liveness(&mut self) -> Result<(), Wrong> {
        if self.around.loud.is_some() {
            return Ok(());
        }
        self.around.tell("sim", format_args!("faults end"));
        self.around.faults.end();
        if let Some((_, wakes_ms)) = &mut self.frozen {
            *wakes_ms = 0;
        }
        self.around.database.set_away(false);
        self.around.database.set_refuses(None);
        let mut idle = 0_u64;
        for _ in 0..LIVENESS_STEPS {
            idle = if self.step(false)? { 0 } else { idle + 1 };
            if self.around.loud.is_some() {
                return Ok(());
            }
            // A while without anything to do means that all wait for time.
            self.around.clock.pass(match idle {
                0..60 => 1,
                60..300 => 10,
                _ => 50,
            });
            if self.is_settled() {
                let last = self.around.truth.last();
                self.around.tell("sim", format_args!("all is at rest at {last}"));
                self.players.have_heard_all(&self.around)?;
                return self.around.truth.whole(&self.around.database);
            }
        }
        let last = self.around.truth.last();
        let (front, game) = (self.front.is_settled(last), self.game.is_settled());
        let gates = self.gates.are_settled();
        let (players, cursor) = (self.players.waiting(), self.around.database.cursor().lsn);
        wrong(
            "liveness",
            format!(
                "no rest: dbfront {front}, game {game}, gateways {gates}, players \
                 [{players}]; made {last}, applied {cursor}, \
                 acknowledged {}",
                self.around.truth.last_acked()
            ),
        )
    }

    fn is_settled(&self) -> bool {
        let last = self.around.truth.last();
        self.frozen.is_none()
            && self.players.are_settled()
            && self.gates.are_settled()
            && self.game.is_settled()
            && self.front.is_settled(last)
            && self.around.database.cursor().lsn == last
    }

    /// Something moves, if one of a few finds something to do.
    fn step(&mut self, may_begin: bool) -> Result<bool, Wrong> {
        for _ in 0..TRIES {
            if self.turn(may_begin)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One of them has its turn.
    fn turn(&mut self, may_begin: bool) -> Result<bool, Wrong> {
        if let Some(did) = self.wake()? {
            return Ok(did);
        }
        let around = &mut self.around;
        match around.dice.below(18) {
            0..=2 => self.players.step(&mut self.gates, &mut self.game, around, may_begin),
            3..=5 => {
                let was_up = self.game.is_up();
                let did = self.game.step(around, &mut self.left)?;
                self.gates.take(&mut self.left, around)?;
                if was_up && !self.game.is_up() {
                    self.gates.game_gone(around)?;
                }
                Ok(did)
            }
            16 | 17 => {
                if self.frozen.is_none() {
                    self.players.settle_strays(&mut self.gates, &self.game);
                }
                self.is_one_session_an_account()?;
                self.gates.step(&mut self.game, &mut self.around)
            }
            6 => Ok(self.land(End::Game)),
            7 => Ok(self.land(End::Front)),
            8..=10 => self.front.step(Part::Desk, around),
            11..=13 => self.front.step(Part::Journal, around),
            14 => self.front.step(Part::Store, around),
            _ => self.front.step(Part::Reader, around),
        }
    }

    fn is_one_session_an_account(&self) -> Result<(), Wrong> {
        let ((sessions, away), accounts) = (self.game.sessions(), self.players.accounts_max());
        if sessions < away || accounts < sessions {
            return wrong("S9", format!("{accounts} accounts have {sessions} sessions, {away} away"));
        }
        Ok(())
    }

    fn land(&mut self, from: End) -> bool {
        let around = &mut self.around;
        let mut did = false;
        for number in around.wires.unlanded(from) {
            let flying = around.wires.has_flying(number, from);
            let bytes = around.dice.share(flying);
            around.wires.land(number, from, bytes);
            did |= bytes != 0;
        }
        did
    }

    /// What happens to whole processes, links, clocks and the database.
    fn fault(&mut self) -> Result<(), Wrong> {
        let faults = self.around.faults.clone();
        if faults.strikes(FaultKind::FrontKilled) {
            self.front.kill(&mut self.around, false);
        }
        if faults.strikes(FaultKind::FrontPowerLost) {
            self.front.kill(&mut self.around, true);
        }
        if faults.strikes(FaultKind::GameKilled) {
            self.kill_game(false)?;
        }
        if faults.strikes(FaultKind::GameFrozen) {
            self.freeze_game()?;
        }
        if faults.lies(FaultKind::DiskRot)
            && let Some((name, bit)) = self.around.platter.rot()
        {
            self.around.tell("sim", format_args!("bit {bit} of {name} turns over"));
        }
        if faults.strikes(FaultKind::AllPowerLost) {
            self.front.kill(&mut self.around, true);
            self.kill_game(true)?;
        }
        self.fault_of_link(&faults);
        if faults.strikes(FaultKind::GatewayCut) {
            self.gates.cut_link(&mut self.game, &mut self.around)?;
        }
        if faults.strikes(FaultKind::GatewayKilled)
            && let Some(gate) = self.gates.kill(&mut self.game, &mut self.around)
        {
            self.players.gate_gone(gate, &mut self.gates, &mut self.around)?;
            self.gates.forget(gate, &mut self.around);
        }
        self.fault_of_database(&faults)?;
        if faults.strikes(FaultKind::ClockJump) {
            let jump =
                self.around.dice.within(0, 2 * CLOCK_JUMP_MS).cast_signed() - CLOCK_JUMP_MS.cast_signed();
            let whose = self.around.dice.index(2);
            self.around.clock.skew_ms[whose] = jump;
            self.around.tell("sim", format_args!("a wall clock is off by {jump} ms"));
        }
        if faults.strikes(FaultKind::LongPause) {
            // One of some outlasts the grace of a session.
            let is_long = self.around.dice.below(4) == 0;
            let longest = if is_long { 200_000 } else { 20_000 };
            let pause = self.around.dice.within(2_000, longest);
            self.around.tell("sim", format_args!("nothing runs for {pause} ms"));
            self.around.clock.pass(pause);
        }
        Ok(())
    }

    /// The game that stood still goes on where it was. It is the writer still, and the newer one was refused all the
    /// time; or it is not, and must find that out before it harms.
    fn wake(&mut self) -> Result<Option<bool>, Wrong> {
        let now_ms = self.around.clock.ms();
        let Some((game, wakes_ms)) = &mut self.frozen else { return Ok(None) };
        if now_ms < *wakes_ms || self.around.dice.below(4) != 0 {
            return Ok(None);
        }
        if game.epoch().is_some_and(|epoch| epoch == self.around.truth.granted) {
            self.around.tell("game", format_args!("wakes up and is the writer still"));
            self.game.kill(&mut self.around, false);
            self.gates.game_gone(&mut self.around)?;
            self.game =
                self.frozen.take().map_or_else(|| Game::new(self.around.clock.now()), |(game, _)| game);
            // All of them went to the other one.
            self.game.links_down();
            return Ok(Some(true));
        }
        // Nobody hears it: its players have long gone to the other one.
        let did = game.step(&mut self.around, &mut Vec::new())?;
        if !game.is_up() {
            self.frozen = None;
        }
        Ok(Some(did))
    }

    fn freeze_game(&mut self) -> Result<(), Wrong> {
        if self.frozen.is_some() || self.game.epoch().is_none() {
            return Ok(());
        }
        let (wakes_ms, pause) = (self.around.dice.within(100, 25_000), self.around.dice.within(0, 12_000));
        self.around.tell("game", format_args!("stands still for {wakes_ms} ms, another one is started"));
        let wakes_ms = self.around.clock.ms() + wakes_ms;
        let game = std::mem::replace(&mut self.game, Game::new(self.around.clock.now()));
        self.frozen = Some((game, wakes_ms));
        self.gates.game_gone(&mut self.around)?;
        self.around.clock.pass(pause);
        Ok(())
    }

    fn kill_game(&mut self, is_power_lost: bool) -> Result<(), Wrong> {
        if self.game.is_up() {
            self.around
                .tell("game", format_args!("{}", if is_power_lost { "loses power" } else { "is killed" }));
            self.game.kill(&mut self.around, is_power_lost);
            self.gates.game_gone(&mut self.around)?;
        }
        Ok(())
    }

    fn fault_of_link(&mut self, faults: &Faults) {
        let around = &mut self.around;
        let Some(number) = self.game.link().filter(|number| around.wires.is_whole(*number)) else { return };
        if faults.strikes(FaultKind::LinkCut) {
            let up = around.dice.index(around.wires.has_flying(number, End::Game) + 1);
            let down = around.dice.index(around.wires.has_flying(number, End::Front) + 1);
            around.wires.cut(number, up, down);
            around.tell("sim", format_args!("the link is cut, {up} and {down} bytes still arrive"));
        }
        if faults.strikes(FaultKind::LinkHalfOpen) {
            let from = if around.dice.coin() { End::Game } else { End::Front };
            around.wires.swallow(number, from);
            around.tell("sim", format_args!("the link swallows what {from:?} writes"));
        }
    }

    fn fault_of_database(&mut self, faults: &Faults) -> Result<(), Wrong> {
        let around = &mut self.around;
        let now_ms = around.clock.ms();
        if around.database.is_away() {
            self.away_steps = self.away_steps.saturating_sub(1);
            if self.away_steps == 0 {
                // The rest of an hour, of which enough was seen.
                around.clock.pass(self.away_until_ms.saturating_sub(now_ms));
            }
            if self.away_until_ms <= around.clock.ms() {
                around.tell("database", format_args!("is back"));
                around.database.set_away(false);
            }
        } else if faults.strikes(FaultKind::StoreAway) {
            let away_ms = if around.dice.below(4) == 0 { HOUR_MS } else { around.dice.within(10, 3_000) };
            self.away_until_ms = now_ms + away_ms;
            self.away_steps = AWAY_STEPS;
            around.tell("database", format_args!("is away for {away_ms} ms"));
            around.database.set_away(true);
        }
        if around.database.refuses().is_some() {
            if self.refuses_until_ms <= now_ms {
                around.tell("database", format_args!("takes every table again"));
                around.database.set_refuses(None);
            }
        } else if faults.strikes(FaultKind::StoreRefuses) {
            let table = around.dice.pick(&[Table::Wallet, Table::Ledger, Table::Account]);
            self.refuses_until_ms = now_ms + around.dice.within(10, 3_000);
            around.tell("database", format_args!("refuses {table:?}"));
            around.database.set_refuses(table);
        }
        if around.dice.below(200) == 0 {
            around.database.back_up();
        }
        if faults.strikes(FaultKind::StoreUsurped) {
            around.tell("database", format_args!("another dbfront applies"));
            around.database.usurp();
        }
        // Only as far as the journal still reaches: more is TOO_SHORT, and an operator's business.
        self.oldest = self.front.oldest().unwrap_or(self.oldest);
        if faults.strikes(FaultKind::StoreWentBack) {
            self.go_back(self.oldest)?;
        }
        Ok(())
    }

    fn go_back(&mut self, oldest: Lsn) -> Result<(), Wrong> {
        if let Some(lsn) = self.around.database.go_back(oldest) {
            self.around.tell("database", format_args!("comes back at {lsn}"));
            self.around.truth.went_back(lsn)?;
        }
        Ok(())
    }

    fn outcome(self, wrong: Option<Wrong>) -> Outcome {
        let mut around = self.around;
        match &wrong {
            Some(wrong) => around.tell("verdict", format_args!("WRONG ({}): {}", wrong.rule, wrong.what)),
            None if around.loud.is_some() => around.tell("verdict", format_args!("right: it stopped aloud")),
            None => {
                let (records, deals) = (around.truth.last(), self.players.deals);
                around.tell("verdict", format_args!("right: {records} records, {deals} deals answered"));
            }
        }
        Outcome {
            seed: self.seed,
            wrong,
            loud: around.loud,
            faults: around.faults.counts(),
            records: around.truth.last().0,
            deals: self.players.deals,
            tiers: around.tiers,
            hash: around.story.hash(),
            story: around.story.into_lines(),
        }
    }
}

/// Apart from every other draw of a seed.
const TIERS: u64 = 0x9e37_79b9_7f4a_7c15;
const HOUR_MS: u64 = 3_600_000;
const AWAY_STEPS: u32 = 250;
const CLOCK_JUMP_MS: u64 = 3_600_000;
/// Who has nothing to do lets the next one.
const TRIES: u32 = 3;
const LIVENESS_STEPS: u32 = 60_000;
