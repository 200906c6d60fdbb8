//! Everything that can be said, in every state of a room, by anybody, in any order: what has to come of it is known from a
//! second set of rules, and each refusal has its name.

use std::collections::BTreeMap;

use cozy_chess::{Board, Piece, util::display_uci_move};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::*;

/// What the room must be, told in another way.
struct Model {
    terms: ChessOptions,
    members: BTreeMap<u64, bool>,
    first: Option<u64>,
    /// Accounts of white and black.
    players: Option<[u64; 2]>,
    /// All positions, the one on the board last.
    boards: Vec<Board>,
    /// Where the last capture or move of a pawn led.
    quiet_from: usize,
    left_ms: [u64; 2],
    since_ms: u64,
    now_ms: u64,
    offered_by: Option<usize>,
    offer_from: [usize; 2],
    is_over: bool,
}

/// What somebody does.
#[derive(Clone, Debug)]
enum Does {
    Join,
    Spectate,
    Leave,
    Away,
    Back,
    Say(u32, Vec<u8>),
    Move(String),
}

impl Model {
    fn plies(&self) -> usize {
        self.boards.len() - 1
    }

    fn board(&self) -> &Board {
        self.boards.last().expect("there is always one")
    }

    fn turn(&self) -> usize {
        self.plies() % 2
    }

    fn legal(&self) -> Vec<String> {
        let mut moves = Vec::new();
        self.board().generate_moves(|of_piece| {
            moves.extend(of_piece.into_iter().map(|one| display_uci_move(self.board(), one).to_string()));
            false
        });
        moves
    }

    /// The name under which this must be refused; none: it must be done, and then the model is what it was before it.
    fn refusal(&self, account: u64, does: &Does, gold: i64) -> Option<&'static str> {
        let sitting = self.members.values().filter(|plays| **plays).count();
        // Whether there is a place is asked before the room is.
        if matches!(does, Does::Join) && sitting == 2 {
            return Some("room_full");
        }
        if self.is_over {
            return Some("room_finished");
        }
        let is_member = self.members.contains_key(&account);
        match does {
            Does::Join | Does::Spectate if is_member => Some("already_in_room"),
            Does::Join if gold < self.terms.stake => Some("not_enough_gold"),
            Does::Join | Does::Spectate => None,
            _ if !is_member => Some("not_in_room"),
            Does::Leave | Does::Away | Does::Back => None,
            Does::Say(MOVE, _) => Some("bad_body"),
            Does::Say(kind, _) if !(MOVE..=ABORT).contains(kind) => Some("unknown_kind"),
            Does::Say(..) | Does::Move(_) if !self.members[&account] => Some("not_a_player"),
            Does::Say(..) | Does::Move(_) if self.players.is_none() => Some("not_started"),
            Does::Move(uci) => {
                if self.side(account) != Some(self.turn()) {
                    Some("not_your_turn")
                } else if self.legal().contains(uci) {
                    None
                } else {
                    Some("illegal_move")
                }
            }
            Does::Say(kind, _) => {
                let side = self.side(account).expect("a player has a side");
                match *kind {
                    DRAW_OFFER if self.offered_by.is_some() => Some("draw_offered"),
                    DRAW_OFFER if self.plies() < self.offer_from[side] => Some("draw_too_soon"),
                    DRAW_ACCEPT | DRAW_DECLINE if self.offered_by != Some(1 - side) => Some("no_draw_offer"),
                    DRAW_CLAIM if side != self.turn() => Some("not_your_turn"),
                    DRAW_CLAIM if self.times() < 3 && self.plies() - self.quiet_from < 100 => {
                        Some("no_claim")
                    }
                    ABORT if 2 <= self.plies() => Some("too_late"),
                    _ => None,
                }
            }
        }
    }

    fn side(&self, account: u64) -> Option<usize> {
        self.players?.iter().position(|player| *player == account)
    }

    fn times(&self) -> usize {
        self.boards.iter().filter(|before| before.same_position(self.board())).count()
    }

    /// It was done.
    fn done(&mut self, account: u64, does: &Does) {
        match does {
            Does::Join => {
                self.members.insert(account, true);
                match self.first {
                    None => self.first = Some(account),
                    Some(first) => {
                        self.players = Some([first, account]);
                        self.since_ms = self.now_ms;
                    }
                }
            }
            Does::Spectate => drop(self.members.insert(account, false)),
            Does::Leave => {
                let played = self.members.remove(&account) == Some(true);
                if played && self.players.is_some() {
                    self.is_over = true;
                } else if played {
                    self.first = None;
                }
            }
            Does::Away | Does::Back => {}
            Does::Move(uci) => self.moved(uci),
            Does::Say(kind, _) => {
                let side = self.side(account).expect("a player has a side");
                match *kind {
                    DRAW_OFFER => {
                        self.offered_by = Some(side);
                        self.offer_from[side] = self.plies() + 10;
                    }
                    DRAW_DECLINE => self.offered_by = None,
                    _ => self.is_over = true,
                }
            }
        }
    }

    fn moved(&mut self, uci: &str) {
        let side = self.turn();
        let mut next = self.board().clone();
        let played = cozy_chess::util::parse_uci_move(&next, uci).expect("a move");
        let is_pawn = next.piece_on(played.from) == Some(Piece::Pawn);
        let men = next.occupied().len();
        next.play(played);
        let is_quiet = !is_pawn && next.occupied().len() == men;
        self.boards.push(next);
        if !is_quiet {
            self.quiet_from = self.plies();
        }
        let increment_ms = u64::from(self.terms.increment_s.expect("it is said")) * 1_000;
        self.left_ms[side] = self.left_ms[side] - (self.now_ms - self.since_ms) + increment_ms;
        self.since_ms = self.now_ms;
        self.offered_by = self.offered_by.filter(|by| *by == side);
        let is_bare = self.board().occupied().len() == 2;
        self.is_over =
            self.legal().is_empty() || is_bare || 5 <= self.times() || 150 <= self.plies() - self.quiet_from;
    }

    /// Time passes.
    fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        if self.players.is_some() && self.since_ms + self.left_ms[self.turn()] <= self.now_ms {
            self.is_over = true;
        }
    }
}

/// Anything at all, but often something that could be right.
fn anything(model: &Model, rng: &mut ChaCha8Rng) -> Does {
    let pick = |rng: &mut ChaCha8Rng, of: usize| usize::try_from(rng.next_u32()).expect("it fits") % of;
    match pick(rng, 40) {
        0..=2 => Does::Join,
        3 => Does::Spectate,
        4 if pick(rng, 4) == 0 => Does::Leave,
        5 => Does::Away,
        6 => Does::Back,
        7 => Does::Say(DRAW_OFFER, vec![]),
        8 if pick(rng, 4) == 0 => Does::Say(DRAW_ACCEPT, vec![]),
        9 => Does::Say(DRAW_DECLINE, vec![]),
        10 => Does::Say(DRAW_CLAIM, vec![]),
        11 if pick(rng, 8) == 0 => Does::Say(RESIGN, vec![]),
        12 if pick(rng, 4) == 0 => Does::Say(ABORT, vec![]),
        13 => Does::Say(MOVE, vec![0xff; pick(rng, 8) + 1]),
        14 => Does::Say(ABORT + 1 + u32::try_from(pick(rng, 13)).expect("it fits"), vec![1]),
        15 | 16 => {
            let text = ["", "e2e4", "e1g1", "e7e8q", "a1h8", "0000", "e2e4e5", "\u{e9}2e4", "zzzz"];
            Does::Move(text[pick(rng, text.len())].to_owned())
        }
        _ => {
            let legal = model.legal();
            // To and fro, so that positions come again.
            let shuffles = ["g1f3", "g8f6", "f3g1", "f6g8"].map(str::to_owned);
            let known: Vec<String> = legal.iter().filter(|uci| shuffles.contains(uci)).cloned().collect();
            let moves = if known.is_empty() || pick(rng, 3) == 0 { legal } else { known };
            Does::Move(moves.get(pick(rng, moves.len().max(1))).cloned().unwrap_or_default())
        }
    }
}

fn told(table: &mut Table<Chess>, account: u64, does: &Does) -> Result<(), Refusal> {
    match does {
        Does::Join => table.join(account),
        Does::Spectate => table.spectate(account),
        Does::Leave => table.leave(account),
        Does::Away => table.away(account),
        Does::Back => table.back(account),
        Does::Say(kind, body) => table.say(account, *kind, body).map(drop),
        Does::Move(uci) => say_move(table, account, uci),
    }
}

/// What somebody has at first; one cannot afford any stake.
fn gold_of(account: u64) -> i64 {
    if account == 5 { 20 } else { 100 }
}

/// One room from its opening on; how often each refusal was heard, and how it ended.
fn life(seed: u64, refusals: &mut BTreeMap<&'static str, u64>, ends: &mut BTreeMap<&'static str, u64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let stake = if seed.is_multiple_of(3) { 0 } else { 50 };
    let terms = ChessOptions { base_s: Some(30), increment_s: Some(2), stake, ..usual() };
    let mut table: Table<Chess> = Table::open(&wire::encode(&terms), seed).expect("options");
    for account in 1..=5 {
        table.set_gold(account, gold_of(account));
    }
    let mut model = Model {
        terms,
        members: BTreeMap::new(),
        first: None,
        players: None,
        boards: vec![Board::default()],
        quiet_from: 0,
        left_ms: [30_000; 2],
        since_ms: 0,
        now_ms: 0,
        offered_by: None,
        offer_from: [0; 2],
        is_over: false,
    };
    let all = table.gold_in_all();
    for step in 0..120 {
        let ms = u64::from(rng.next_u32() % if rng.next_u32().is_multiple_of(50) { 40_000 } else { 900 });
        table.pass(Duration::from_millis(ms));
        model.pass(ms);
        assert_eq!(table.is_open(), !model.is_over, "seed {seed}, step {step}: after {ms} ms");
        let does = anything(&model, &mut rng);
        // Mostly one whose turn it is.
        let to_move = model.players.map_or(1, |players| players[model.turn()]);
        let account =
            if rng.next_u32().is_multiple_of(2) { to_move } else { u64::from(rng.next_u32() % 5) + 1 };
        let expected = model.refusal(account, &does, table.gold(account));
        let said = told(&mut table, account, &does);
        assert_eq!(
            said,
            expected.map_or(Ok(()), |name| Err(Refusal(name))),
            "seed {seed}, step {step}: {account} {does:?}"
        );
        match expected {
            Some(name) => *refusals.entry(name).or_default() += 1,
            None => model.done(account, &does),
        }
        assert_eq!(table.closed(), None);
        assert_eq!(table.gold_in_all(), all, "seed {seed}, step {step}");
        assert_eq!(table.is_open(), !model.is_over, "seed {seed}, step {step}: {account} {does:?}");
        if step % 16 == 0 && table.is_open() {
            table.crash();
        }
    }
    if let Stage::Over(game, ending) = table.room().stage {
        *ends.entry(ending.code()).or_default() += 1;
        assert_eq!(game.line.fen(), model.board().to_string(), "seed {seed}");
        let [white, black] = model.players.expect("it was played");
        let won = [white, black].map(|account| table.gold(account) - gold_of(account));
        match ending.winner() {
            Some(Side::White) => assert_eq!(won, [stake, -stake]),
            Some(Side::Black) => assert_eq!(won, [-stake, stake]),
            None => assert_eq!(won, [0, 0]),
        }
    }
}

#[test]
fn whatever_is_said_in_whatever_state_is_done_or_refused_by_the_right_name() {
    let (mut refusals, mut ends) = (BTreeMap::new(), BTreeMap::new());
    for seed in 0..200 {
        life(seed, &mut refusals, &mut ends);
    }
    for name in [
        "room_full",
        "already_in_room",
        "not_enough_gold",
        "not_in_room",
        "bad_body",
        "unknown_kind",
        "not_a_player",
        "not_started",
        "not_your_turn",
        "illegal_move",
        "draw_offered",
        "draw_too_soon",
        "no_draw_offer",
        "no_claim",
        "too_late",
        "room_finished",
    ] {
        assert!(refusals.contains_key(name), "{name} was never heard: {refusals:?}");
    }
    for code in ["resignation", "agreement", "threefold", "time", "left", "aborted"] {
        assert!(ends.contains_key(code), "no game ended by {code}: {ends:?}");
    }
}
