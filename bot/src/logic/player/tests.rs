//! Players at a scripted server: answers right and wrong, connections that die.

use bytes::Bytes;
use client::{Outcome, Sequence};
use proto::{
    client::{Character, Characters, Entered, Pay, PayResult, Wallet},
    kinds::{self, CHAT_SAY, PAY, WALLET_READ},
    prescan::Budget,
    wire::{decode, encode},
};

use super::*;
use crate::{Scenario, logic::walk::tests::facts};

/// What a player is told before it is told of this login or reset.
pub(super) fn tell_fates(player: &mut Player, reply: &LoggedIn, now: Instant, world: &mut World) {
    player.disconnected(world);
    for cseq in player.pending.keys().copied().collect::<Vec<_>>() {
        player.settled(cseq, Sequence::of(reply).fate(cseq), now, world);
    }
}

/// Two players; the test answers for the server.
struct Script {
    world: World,
    players: Vec<Player>,
    start: Instant,
    now: Instant,
    phase: Phase,
    cseqs: [u64; 2],
}

impl Script {
    fn new(scenario: Scenario) -> Self {
        let options = Options {
            players: 2,
            scenario,
            duration: Duration::from_secs(10),
            payment_log: Some("unused".into()),
            ..Options::new("")
        };
        // Any moment will do: all times of a test are counted from it.
        let start = tokio::time::Instant::now().into_std();
        let mut script = Self {
            world: World::new(&options, 77),
            players: (0..2).map(|id| Player::new(id, &options)).collect(),
            start,
            now: start,
            phase: Phase::Enter,
            cseqs: [0; 2],
        };
        for id in 0..2 {
            script.login(id, 0, 0);
            script.tell_wallet(id, 1_000, 1);
        }
        script.phase = Phase::Play { since: start, lasts: options.duration };
        script
    }

    fn login(&mut self, id: usize, cseq_last: u64, cseq_ok: u64) {
        let player = &mut self.players[id];
        let session_gen = player.identity.as_ref().map_or(1, |identity| identity.session_gen + 1);
        let reply = LoggedIn {
            account: 10 + id as u64,
            session_gen,
            cseq_last,
            cseq_ok,
            secret: vec![1; 32].into(),
            ..LoggedIn::default()
        };
        self.cseqs[id] = cseq_last;
        tell_fates(player, &reply, self.now, &mut self.world);
        player.logged_in(&reply, self.now, &mut self.world);
    }

    /// Game was another one under player 0.
    fn reset(&mut self, reply: &LoggedIn) {
        tell_fates(&mut self.players[0], reply, self.now, &mut self.world);
        self.players[0].reset(reply, self.now, &mut self.world);
    }

    /// The next order of a player, sent.
    fn send(&mut self, id: usize) -> Option<(u64, u32, Vec<u8>)> {
        let order = self.players[id].next_order(self.phase, self.now, &mut self.world)?;
        self.cseqs[id] += 1;
        let (kind, body) = (order.kind, order.body.clone());
        self.players[id].sent(self.cseqs[id], order, &mut self.world);
        Some((self.cseqs[id], kind, body))
    }

    fn answer(&mut self, id: usize, cseq: u64, outcome: Outcome) {
        self.players[id].on_answer(cseq, outcome, self.phase, self.now, &mut self.world);
    }

    fn tell_wallet(&mut self, id: usize, gold: i64, ver: u64) {
        let (cseq, kind, _) = self.send(id).expect("a player asks for its wallet");
        assert_eq!(kind, WALLET_READ);
        self.answer(id, cseq, Outcome::Ok(encode(&Wallet { gold, ver }).into()));
    }

    /// Lets time pass until player 0 pays; returns command and amount.
    fn pay(&mut self) -> (u64, i64) {
        loop {
            self.now += Duration::from_millis(50);
            assert!(self.now < self.start + Duration::from_secs(10), "a payment a second");
            if let Some((cseq, PAY, body)) = self.send(0) {
                let pay: Pay = decode(&body, Budget::CLIENT).expect("our own");
                assert_eq!(pay.to, 11);
                return (cseq, pay.amount);
            }
        }
    }

    fn paid(amount: i64, ver: u64, lsn: u64) -> Outcome {
        let wallet = Some(Wallet { gold: 1_000 - amount, ver });
        Outcome::Ok(encode(&PayResult { wallet, lsn }).into())
    }

    fn hear_paid(&mut self, amount: i64, ver: u64, lsn: u64) {
        let wallet = Some(Wallet { gold: 1_000 + amount, ver });
        let paid = Paid { from: 10, amount, wallet, lsn };
        self.players[1].on_push(Push::Paid(paid), self.now, &mut self.world);
    }

    /// Ends the run; returns what was found and the outcomes of all payments.
    fn end(mut self, gold: [i64; 2], ver: u64) -> (Vec<String>, Vec<PaymentOutcome>) {
        // So late that what was not sent is dropped.
        self.now = self.start + Duration::from_secs(11);
        for id in 0..2 {
            assert!(self.send(id).is_none());
        }
        self.phase = Phase::Check;
        for (id, gold) in gold.into_iter().enumerate() {
            self.tell_wallet(id, gold, ver);
            assert!(self.players[id].is_checked());
        }
        let payments = self.world.payments.take().unwrap_or_default();
        let report = self.world.report(&Options::new(""), Duration::from_secs(10), Duration::from_secs(10));
        let codes = report.wrong.into_iter().map(|wrong| wrong.code).collect();
        (codes, payments.into_iter().map(|payment| payment.outcome).collect())
    }
}

#[test]
fn a_payment_told_alike_at_both_ends_is_right() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, amount) = script.pay();
    script.answer(0, cseq, Script::paid(amount, 2, 5));
    script.hear_paid(amount, 2, 5);
    assert_eq!(script.end([1_000 - amount, 1_000 + amount], 2), (vec![], vec![PaymentOutcome::Ok]));
}

#[test]
fn a_payment_that_the_payee_never_hears_of_is_found_by_its_sum_and_by_its_name() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, amount) = script.pay();
    script.answer(0, cseq, Script::paid(amount, 2, 5));
    let (wrong, _) = script.end([1_000 - amount, 1_000 + amount], 2);
    assert_eq!(wrong, ["wallet_ver", "paid_missing"]);
}

#[test]
fn gold_that_vanishes_or_comes_from_nowhere_is_found() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, amount) = script.pay();
    script.answer(0, cseq, Script::paid(amount + 1, 2, 5));
    script.hear_paid(amount, 2, 5);
    let (wrong, _) = script.end([999 - amount, 1_000 + amount], 2);
    assert_eq!(wrong, ["wallet_gold", "gold_sum"]);
}

#[test]
fn a_refusal_without_reason_and_an_answer_to_nothing_are_found() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, _) = script.pay();
    script.answer(0, cseq, Outcome::Rejected("not_enough_gold".to_owned()));
    script.answer(0, cseq, Outcome::Rejected("not_enough_gold".to_owned()));
    let (wrong, outcomes) = script.end([1_000, 1_000], 1);
    assert_eq!(wrong, ["pay_refused", "answer_stray"]);
    assert_eq!(outcomes, [PaymentOutcome::Rejected]);
}

#[test]
fn a_payment_whose_connection_died_becomes_what_the_next_login_tells() {
    for (happened, outcome) in [(true, PaymentOutcome::Happened), (false, PaymentOutcome::DidNot)] {
        let mut script = Script::new(Scenario::Pay);
        let (cseq, amount) = script.pay();
        script.players[0].disconnected(&mut script.world);
        let moved = if happened { amount } else { 0 };
        let ver = if happened { 2 } else { 1 };
        script.login(0, cseq, u64::from(happened));
        script.tell_wallet(0, 1_000 - moved, ver);
        if happened {
            script.hear_paid(amount, 2, 5);
        }
        let (wrong, outcomes) = script.end([1_000 - moved, 1_000 + moved], ver);
        assert_eq!((wrong, outcomes), (vec![], vec![outcome]));
    }
}

#[test]
fn a_server_that_forgets_a_payment_it_called_done_is_found() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, amount) = script.pay();
    script.answer(0, cseq, Script::paid(amount, 2, 5));
    script.hear_paid(amount, 2, 5);
    script.players[0].disconnected(&mut script.world);
    script.login(0, cseq - 1, 0);
    script.tell_wallet(0, 1_000, 1);
    let (wrong, _) = script.end([1_000, 1_000 + amount], 2);
    assert!(wrong.contains(&"wallet_ver".to_owned()), "{wrong:?}");
    assert!(wrong.contains(&"gold_sum".to_owned()), "{wrong:?}");
}

#[test]
fn who_never_comes_back_leaves_its_payments_unknown_and_the_sum_untold() {
    let mut script = Script::new(Scenario::Pay);
    let _ = script.pay();
    script.players[0].disconnected(&mut script.world);
    script.players[0].give_up(script.now, &mut script.world);
    assert_eq!(script.world.fates.unknown, 1);
    assert_eq!(script.world.board.received(1), None);
    assert!(script.world.census.all(Standing::Failed) || script.world.census.count(Standing::Failed) == 1);
}

#[test]
fn a_line_that_one_player_does_not_hear_is_missing_at_the_end() {
    let mut script = Script::new(Scenario::Chat);
    let mut said = Vec::new();
    for step in 0..200 {
        script.now = script.start + Duration::from_millis(50 * step);
        if let Some((cseq, CHAT_SAY, _)) = script.send(0) {
            let number = u32::try_from(said.len()).expect("few") + 1;
            let text = Line { run: 77, player: 0, number }.text();
            script.answer(0, cseq, Outcome::Ok(Bytes::new()));
            said.push(Push::Chat(ChatHeard { from: 10, name: String::new(), text }));
        }
        while let Some((cseq, CHAT_SAY, _)) = script.send(1) {
            script.answer(1, cseq, Outcome::Rejected("muted".to_owned()));
        }
    }
    let [first, second] = said.as_slice() else { panic!("a line every 5 s, not {}", said.len()) };
    for push in [first, second] {
        script.players[0].on_push(push.clone(), script.now, &mut script.world);
    }
    script.players[1].on_push(first.clone(), script.now, &mut script.world);
    script.players[1].on_push(first.clone(), script.now, &mut script.world);
    assert_eq!(script.end([1_000, 1_000], 1).0, ["chat_doubled", "chat_missing"]);
}

#[test]
fn a_command_without_an_answer_is_overdue_after_its_limit() {
    let mut script = Script::new(Scenario::Pay);
    let (cseq, _) = script.pay();
    let limit = Duration::from_secs(30);
    assert_eq!(script.players[0].overdue(limit, script.now + Duration::from_secs(29)), None);
    assert_eq!(script.players[0].overdue(limit, script.now + limit), Some(cseq));
    assert!(script.players[0].wake_at(Phase::Check, limit, true).is_some());
    script.players[0].missing(cseq, limit, &mut script.world);
    let report = script.world.report(&Options::new(""), limit, limit);
    assert_eq!(report.wrong.first().map(|wrong| wrong.code.as_str()), Some("answer_missing"));
}

#[test]
fn what_was_meant_before_the_end_leaves_a_little_late_but_not_much() {
    for (late_ms, sent) in [(0, 10), (999, 10), (1_000, 0)] {
        let mut script = Script::new(Scenario::Pay);
        script.now = script.start + Duration::from_millis(10_000 + late_ms);
        let left = std::iter::from_fn(|| script.send(0)).count();
        assert_eq!(left, sent, "{late_ms} ms after the end");
        assert_eq!(script.players[0].schedule.peek(), None);
    }
}

#[test]
fn gold_from_somebody_outside_the_run_leaves_the_sum_unjudged() {
    let mut script = Script::new(Scenario::Pay);
    let wallet = Some(Wallet { gold: 1_007, ver: 2 });
    let paid = Paid { from: 99, amount: 7, wallet, lsn: 3 };
    script.players[1].on_push(Push::Paid(paid), script.now, &mut script.world);
    let (cseq, amount) = script.pay();
    script.answer(0, cseq, Script::paid(amount, 2, 5));
    let wallet = Some(Wallet { gold: 1_007 + amount, ver: 3 });
    let paid = Paid { from: 10, amount, wallet, lsn: 5 };
    script.players[1].on_push(Push::Paid(paid), script.now, &mut script.world);
    script.now = script.start + Duration::from_secs(11);
    script.phase = Phase::Check;
    script.tell_wallet(0, 1_000 - amount, 2);
    script.tell_wallet(1, 1_007 + amount, 3);
    let report = script.world.report(&Options::new(""), Duration::from_secs(10), Duration::from_secs(10));
    assert_eq!((report.wrong, report.gold.conserved), (vec![], None));
}

#[test]
fn a_resumed_player_has_its_answers_later_and_hears_every_line_in_between() {
    let mut script = Script::new(Scenario::Small);
    script.now += Duration::from_secs(2);
    let (first, ..) = script.send(0).expect("a command");
    let (second, ..) = script.send(0).expect("another");
    script.players[0].pause(script.now, &mut script.world);
    script.now += Duration::from_millis(800);
    script.players[0].resumed(1, script.now, &mut script.world);
    let limit = Duration::from_secs(1);
    assert_eq!(
        script.players[0].overdue(limit, script.now + Duration::from_millis(500)),
        None,
        "from now on"
    );
    assert_eq!(script.players[0].overdue(limit, script.now + limit), Some(first));
    script.now += Duration::from_millis(200);
    script.answer(0, first, Outcome::Rejected("no".to_owned()));
    let figures = script.world.comebacks.figures();
    assert_eq!((figures.resumes, figures.packets_resent), (1, 1));
    assert!((990_000..1_010_000).contains(&figures.pause_max_us), "{figures:?}");
    script.answer(0, second, Outcome::Rejected("no".to_owned()));
    assert_eq!(script.world.comebacks.figures().pause_p99_us, figures.pause_p99_us, "one pause");
    // Line 2 was said while it was away, and did not come.
    for number in [1, 3] {
        let text = Line { run: 77, player: 1, number }.text();
        let heard = ChatHeard { from: 11, name: String::new(), text };
        script.players[0].on_push(Push::Chat(heard), script.now, &mut script.world);
    }
    let findings: Vec<_> = script.world.board.judge().into_iter().map(|(_, finding)| finding.code).collect();
    assert!(findings.contains(&"chat_missing"), "{findings:?}");
}

#[test]
fn of_what_was_said_while_it_had_no_session_a_player_may_hear_the_end_before_it_knows_its_wallet() {
    let mut script = Script::new(Scenario::Chat);
    let say = |script: &mut Script, number: u32, is_heard: bool| {
        assert_eq!(script.world.board.next_line(1), number);
        script.world.board.said(1, number);
        if is_heard {
            let text = Line { run: 77, player: 1, number }.text();
            let heard = ChatHeard { from: 11, name: String::new(), text };
            script.players[0].on_push(Push::Chat(heard), script.now, &mut script.world);
        }
    };
    say(&mut script, 1, true);
    script.players[0].disconnected(&mut script.world);
    say(&mut script, 2, false);
    script.login(0, 1, 0);
    say(&mut script, 3, true);
    script.tell_wallet(0, 1_000, 1);
    say(&mut script, 4, true);
    assert_eq!(script.world.board.judge(), []);
    say(&mut script, 5, false);
    say(&mut script, 6, true);
    let findings: Vec<_> = script.world.board.judge().into_iter().map(|(_, finding)| finding.code).collect();
    assert_eq!(findings, ["chat_missing"], "now it listens");
}

#[test]
fn a_payment_is_written_down_with_the_life_of_its_session() {
    let mut script = Script::new(Scenario::Pay);
    let id = |epoch: u32| [epoch.to_le_bytes().as_slice(), [7; 12].as_slice()].concat();
    let reply = |epoch, cseq_last| LoggedIn {
        account: 10,
        session_gen: 2,
        session: id(epoch).into(),
        cseq_last,
        ..LoggedIn::default()
    };
    script.players[0].disconnected(&mut script.world);
    script.players[0].logged_in(&reply(259, 1), script.now, &mut script.world);
    script.tell_wallet(0, 1_000, 1);
    let (lost, _) = script.pay();
    script.cseqs[0] = lost - 1;
    script.reset(&reply(260, lost - 1));
    script.tell_wallet(0, 1_000, 1);
    let (paid, amount) = script.pay();
    script.answer(0, paid, Script::paid(amount, 2, 5));
    let payments = script.world.payments.take().expect("they are kept");
    let lives: Vec<_> = payments.iter().map(|paid| (paid.session_gen, paid.epoch, paid.outcome)).collect();
    assert_eq!(lives, [(2, 259, PaymentOutcome::DidNot), (2, 260, PaymentOutcome::Ok)]);
}

#[test]
fn a_reset_is_as_a_new_login_but_of_the_same_session() {
    let mut script = Script::new(Scenario::Pay);
    script.now += Duration::from_secs(2);
    let (cseq, ..) = script.send(0).expect("a payment");
    let reply = |session_gen, cseq_ok| LoggedIn {
        account: 10,
        session_gen,
        cseq_last: cseq,
        cseq_ok,
        ..LoggedIn::default()
    };
    script.reset(&reply(1, 1));
    assert_eq!(script.world.fates.happened, 1);
    assert!(!script.players[0].is_settled(), "the wallet is looked at again");
    script.reset(&reply(0, 1));
    let mut options = Options::new("");
    options.players = 2;
    let world = std::mem::replace(&mut script.world, World::new(&options, 0));
    let report = world.unfinished(&options, Duration::from_secs(1));
    let codes: Vec<_> = report.wrong.iter().map(|wrong| wrong.code.as_str()).collect();
    assert_eq!((codes, report.comebacks.resets), (vec!["session_gen"], 2));
}

#[test]
fn steps_that_were_meant_while_it_was_on_its_way_in_are_not_made_up_for() {
    let mut script = Script::new(Scenario::Walk);
    let (cseq, kind, _) = script.send(0).expect("whether it has a character");
    assert_eq!(kind, kinds::CHAR_LIST);
    let character = Character { id: 5, name: "ana".to_owned(), ..Character::default() };
    let list = Characters { characters: vec![character.clone()], ..Characters::default() };
    script.answer(0, cseq, Outcome::Ok(encode(&list).into()));
    let (cseq, kind, _) = script.send(0).expect("it goes in");
    assert_eq!(kind, kinds::CHAR_ENTER);
    script.now += Duration::from_millis(2_300);
    let entered = Entered { character: Some(character), map: Some(facts(7, 50_000, 50_000)) };
    script.answer(0, cseq, Outcome::Ok(encode(&entered).into()));
    let mut steps = |after: u64| {
        script.now += Duration::from_millis(after);
        let orders =
            std::iter::from_fn(|| script.players[0].next_order(script.phase, script.now, &mut script.world));
        orders.take(100).filter(|order| order.kind == kinds::MOVE).count()
    };
    assert_eq!(steps(0), 0, "it would run");
    assert_eq!(steps(500), 5);
}
