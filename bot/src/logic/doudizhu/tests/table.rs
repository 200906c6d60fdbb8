//! A table without a server: deals, tells three players what a room would, and believes what they play.

use client::doudizhu::{BADE, DEALT, LANDLORD, OVER, PLAYED, SEATED, TABLE, TURN};
use proto::client::{
    DoudizhuBade, DoudizhuBid, DoudizhuDealt, DoudizhuLandlord, DoudizhuOptions, DoudizhuOver, DoudizhuPhase,
    DoudizhuPlay, DoudizhuPlayed, DoudizhuSeat, DoudizhuSeated, DoudizhuTable, DoudizhuTurn,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::*;

/// See the module. Seats count from 0 here.
pub(super) struct StubTable {
    pub(super) players: Vec<DoudizhuPlayer>,
    pub(super) hands: [Vec<u8>; 3],
    pub(super) turn: u32,
    pub(super) mood: Mood,
    /// One move in so many loses the line of somebody; 0: none.
    pub(super) gap_one_in: u32,
    bottom: Vec<u8>,
    landlord: Option<u32>,
    lead: Option<(u32, Vec<u8>)>,
    played: Vec<u8>,
    factor: u32,
    bombs: u32,
    plays: [u32; 3],
    rng: ChaCha8Rng,
}

pub(super) fn shuffled(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut deck: Vec<u8> = (0..54).collect();
    deck.sort_by_cached_key(|_| rng.next_u32());
    deck
}

impl StubTable {
    pub(super) fn new(seed: u64) -> Self {
        let choices = Choices { think: Duration::ZERO, stake: 48 };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut deck = shuffled(&mut rng);
        let bottom = deck.split_off(51);
        let hands = [0, 1, 2].map(|at| {
            let mut hand = deck[at * 17..][..17].to_vec();
            hand.sort_unstable();
            hand
        });
        Self {
            players: (101..=103).map(|account| DoudizhuPlayer::new(account, choices)).collect(),
            hands,
            turn: 0,
            mood: Mood::Play,
            gap_one_in: 0,
            bottom,
            landlord: None,
            lead: None,
            played: Vec::new(),
            factor: 0,
            bombs: 0,
            plays: [0; 3],
            rng,
        }
    }

    /// As it is for one of them.
    pub(super) fn view(&self, at: usize) -> DoudizhuTable {
        let seat = |of: usize| DoudizhuSeat {
            account: 101 + u64::try_from(of).expect("few"),
            cards: u32::try_from(self.hands[of].len()).expect("few"),
            ..Default::default()
        };
        let mut table = DoudizhuTable {
            options: Some(DoudizhuOptions { free: false, base: 2, cap: CAP, turn_ms: TURN_MS }),
            seats: (0..3).map(seat).collect(),
            you: u32::try_from(at + 1).expect("few"),
            hand: self.hands[at].clone().into(),
            deal: 1,
            turn: self.turn + 1,
            first: 1,
            ..Default::default()
        };
        table.set_phase(DoudizhuPhase::DoudizhuBidding);
        if let Some(landlord) = self.landlord {
            table.set_phase(DoudizhuPhase::DoudizhuPlaying);
            table.first = 0;
            table.landlord = landlord + 1;
            table.bottom = self.bottom.clone().into();
            table.factor = self.factor;
            table.played = self.played.clone().into();
            if let Some((of, cards)) = &self.lead {
                table.lead = of + 1;
                table.lead_cards = cards.clone().into();
            }
        }
        table
    }

    /// Until there is a landlord: the first bids three.
    pub(super) fn begin(&mut self) {
        let waiting = DoudizhuTable {
            options: self.view(0).options,
            seats: vec![DoudizhuSeat { account: 101, ..Default::default() }],
            you: 1,
            ..Default::default()
        };
        self.tell_one(0, TABLE, &encode(&waiting));
        for account in 102..=103 {
            let is = Some(DoudizhuSeat { account, ..Default::default() });
            let seated = DoudizhuSeated { seat: u32::try_from(account - 100).expect("few"), is };
            self.tell_one(0, SEATED, &encode(&seated));
        }
        let hand = self.hands[0].clone().into();
        self.tell_one(0, DEALT, &encode(&DoudizhuDealt { deal: 1, hand, first: 1, stake: 48 }));
        (1..3).for_each(|at| self.tell_one(at, TABLE, &encode(&self.view(at))));
        self.tell(TURN, &encode(&DoudizhuTurn { seat: 1, wait_ms: 1_000 }));
        let bid = self.ask(0);
        let bid: DoudizhuBid = decode(&bid.body, Budget::LINK).expect("a bid");
        assert!(bid.points <= 3);
        self.tell(BADE, &encode(&DoudizhuBade { seat: 1, points: 3 }));
        self.landlord = Some(0);
        self.factor = 3;
        self.hands[0].extend(&self.bottom);
        self.hands[0].sort_unstable();
        let bottom = self.bottom.clone().into();
        self.tell(LANDLORD, &encode(&DoudizhuLandlord { seat: 1, points: 3, bottom }));
        self.tell(TURN, &encode(&DoudizhuTurn { seat: 1, wait_ms: 1_000 }));
    }

    pub(super) fn play_out(&mut self) -> Vec<End> {
        let over = self.play_until_over();
        self.tell(OVER, &encode(&over));
        self.players.iter().map(|player| player.end().expect("they were told")).collect()
    }

    /// How it ends, which nobody is told.
    pub(super) fn play_until_over(&mut self) -> DoudizhuOver {
        self.begin();
        for _ in 0..500 {
            if self.gap_one_in != 0 && self.rng.next_u32().is_multiple_of(self.gap_one_in) {
                let at = usize::try_from(self.rng.next_u32() % 3).expect("few");
                self.players[at].interrupted();
                self.tell_one(at, TURN, &encode(&DoudizhuTurn { seat: self.turn + 1, wait_ms: 1 }));
                self.tell_one(at, TABLE, &encode(&self.view(at)));
            }
            if self.play_one() {
                return self.over();
            }
        }
        panic!("it does not end");
    }

    /// True: somebody has won.
    fn play_one(&mut self) -> bool {
        let (seat, at) = (self.turn + 1, self.turn as usize);
        let act = self.ask(at);
        let cards = match act.kind {
            PASS => Vec::new(),
            kind => {
                assert_eq!(kind, PLAY);
                let play: DoudizhuPlay = decode(&act.body, Budget::LINK).expect("cards");
                play.cards.to_vec()
            }
        };
        assert!(cards.iter().all(|card| self.hands[at].contains(card)));
        self.hands[at].retain(|card| !cards.contains(card));
        self.turn = (self.turn + 1) % 3;
        if cards.is_empty() {
            assert!(self.lead.is_some(), "somebody has to lead");
            if self.lead.as_ref().is_some_and(|(of, _)| *of == self.turn) {
                self.lead = None;
            }
        } else {
            if let Some(Figure::Bomb(_)) = Figure::of(&cards) {
                self.factor *= 2;
                self.bombs += 1;
            }
            self.plays[at] += 1;
            self.played.extend(&cards);
            self.lead = Some((seat - 1, cards.clone()));
        }
        let cards_left = u32::try_from(self.hands[at].len()).expect("few");
        let played = DoudizhuPlayed { seat, cards: cards.into(), cards_left, factor: self.factor };
        self.tell(PLAYED, &encode(&played));
        if cards_left != 0 {
            self.tell(TURN, &encode(&DoudizhuTurn { seat: self.turn + 1, wait_ms: 1_000 }));
        }
        cards_left == 0
    }

    fn over(&self) -> DoudizhuOver {
        let landlord_won = self.hands[0].is_empty();
        let spring = if landlord_won { self.plays[1..] == [0, 0] } else { self.plays[0] == 1 };
        let factor = (self.factor * (1 + u32::from(spring))).min(CAP / 2);
        let gold = 2 * i64::from(factor) * if landlord_won { 1 } else { -1 };
        DoudizhuOver {
            landlord: 1,
            landlord_won,
            bombs: self.bombs,
            spring,
            factor,
            change: vec![2 * gold, -gold, -gold],
        }
    }

    /// What one of them does now; hints and the like are answered first.
    fn ask(&mut self, at: usize) -> Act {
        loop {
            let act = self.players[at]
                .next(self.mood, tokio::time::Instant::now().into_std(), &mut self.rng)
                .expect("it is its turn");
            let hint = DoudizhuHints { plays: vec![self.hands[at][..1].to_vec().into()] };
            let result = if act.kind == HINT { encode(&hint) } else { Vec::new() };
            let said = self.players[at].answered(act.kind, &Outcome::Ok(result.into()));
            assert_eq!(said, Ok(()));
            if ![HINT, AUTO].contains(&act.kind) {
                return act;
            }
        }
    }

    fn tell(&mut self, kind: u32, body: &[u8]) {
        (0..3).for_each(|at| self.tell_one(at, kind, body));
    }

    fn tell_one(&mut self, at: usize, kind: u32, body: &[u8]) {
        assert_eq!(
            self.players[at].hear(kind, body, tokio::time::Instant::now().into_std()),
            Ok(()),
            "{at} hears {kind}"
        );
    }
}
