//! A play that is watched: after each packet the models say whether what came of it was right, and whether what was
//! refused has changed nothing.

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use proto::{ids::AccountId, kinds, tables::CharacterRow};

use super::{
    super::goods::{balance, change},
    deals::{Comes, Deals, check_exchange},
    life::{Life, Presence},
    look::{Goods, Look},
    shape::{Shape, check_memory},
};
use crate::logic::testing::Play;

/// What came of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered OK.
    Ok,
    /// Executed; the answer waits for the disk.
    Waits,
    Rejected(String),
    Later(String),
    Closed(String),
    /// It has no answer.
    Silence,
}

/// What somebody sends.
#[derive(Clone, Debug)]
pub(super) struct Sent<'a> {
    pub(super) name: &'a str,
    pub(super) kind: u32,
    /// None: the next number if it is a command's.
    pub(super) cseq: Option<u64>,
    pub(super) body: &'a [u8],
}

/// See the module.
pub(super) struct Watched {
    pub(super) play: Play,
    pub(super) life: Life,
    pub(super) deals: Deals,
    /// False: what comes is believed to be right.
    pub(super) is_checked: bool,
}

impl Watched {
    pub(super) fn new(play: Play) -> Self {
        Self { play, life: Life::default(), deals: Deals::default(), is_checked: true }
    }

    pub(super) fn look(&self) -> Look<'_> {
        Look(&self.play)
    }

    pub(super) fn account(&self, name: &str) -> u64 {
        self.play.people.all.get(name).map_or(0, |person| person.account)
    }

    /// The next command of somebody.
    #[track_caller]
    pub(super) fn does(&mut self, name: &str, kind: u32, body: &[u8]) -> Outcome {
        self.sends(&Sent { name, kind, cseq: None, body })
    }

    /// Any packet, and what came of it, judged.
    #[track_caller]
    pub(super) fn sends(&mut self, sent: &Sent<'_>) -> Outcome {
        let Sent { name, kind, body, .. } = *sent;
        let cseq = sent.cseq.unwrap_or_else(|| self.next_number(name, kind));
        let account = self.account(name);
        let before = Shape::of(&self.play);
        let goods = self.look().goods();
        let characters = self.look().characters();
        let said = (account, kind, body);
        let verdict = if cseq == 0 { None } else { self.objections(said) };
        let mut seen = self.send(name, kind, cseq, body);
        let waits = cseq != 0 && seen.is_empty() && Shape::of(&self.play).is_parked(name);
        if waits {
            seen = self.let_it_have_its_turn(name, cseq);
        }
        let outcome = self.outcome(name, cseq, &seen);
        let case = format!("{name} sends {kind} as {cseq}, {body:?}: {outcome:?}, {verdict:?}, {seen:?}");

        match &outcome {
            Outcome::Rejected(error) | Outcome::Later(error) => {
                assert!(REFUSALS.contains(error.as_str()), "not in the manual: {case}");
                assert_ne!(error, "internal", "{case}");
                let comes_to = verdict.as_ref().map(|(_, comes)| *comes);
                let is_rejected = matches!(outcome, Outcome::Rejected(_));
                if let (Some((no, _)), true) = (&verdict, is_rejected) {
                    assert!(no.contains(&error.as_str()), "{case}");
                }
                if is_rejected && comes_to == Some(Comes::ToExchange) {
                    // The one refusal that changes something: both have to accept again, and are told.
                    self.deals.take_back(self.life.plays(account).unwrap());
                    let told = seen.iter().filter(|line| line.contains(" is offered ")).count();
                    // These wait for what was executed before.
                    let is_told = !self.play.held.syncs && !self.play.held.store;
                    assert_eq!((told, seen.len()), if is_told { (2, 3) } else { (0, 1) }, "{case}");
                    if !waits {
                        before.check_unchanged(&self.play, name, Some(cseq), true, &case);
                    }
                } else if !waits {
                    assert_eq!(seen.len(), 1, "{case}");
                    before.check_unchanged(&self.play, name, Some(cseq), false, &case);
                }
                assert_eq!(self.look().goods(), goods, "{case}");
                assert_eq!(self.look().characters(), characters, "{case}");
            }
            Outcome::Ok | Outcome::Waits => {
                if self.play.held.store {
                    // So that it hears of the record.
                    self.play.store_back();
                }
                if let Some((no, comes)) = &verdict {
                    assert!(no.is_empty(), "{case}");
                    self.was_done(said, *comes, (&goods, &characters));
                }
                self.check_only_own(said, &goods, &case);
            }
            Outcome::Closed(reason) => {
                assert_eq!(self.look().goods(), goods, "{case}");
                self.is_gone(account, reason == "logged_out");
            }
            Outcome::Silence => {
                before.check_unchanged(&self.play, name, None, false, &case);
                self.has_walked();
            }
        }
        self.check(&case);
        outcome
    }

    fn next_number(&mut self, name: &str, kind: u32) -> u64 {
        let def = self.play.world.kinds.get(&kind).map(|(def, _)| def.class);
        if def != Some(proto::kinds::Class::Command) {
            return 0;
        }
        let person = self.play.people.person(name);
        person.cseq += 1;
        let cseq = person.cseq;
        person.sent.insert(cseq, kind);
        person.answers.remove(&cseq);
        cseq
    }

    /// What was seen of it, but for the map.
    fn send(&mut self, name: &str, kind: u32, cseq: u64, body: &[u8]) -> Vec<String> {
        let before = self.play.people.transcript.len();
        self.play.packet(name, kind, cseq, body);
        self.play.turn();
        let seen = self.play.people.transcript[before..].iter();
        seen.filter(|line| !line.contains(" sees cell ")).cloned().collect()
    }

    /// What it waits for, or what the command before it waits for, comes or never will.
    fn let_it_have_its_turn(&mut self, name: &str, cseq: u64) -> Vec<String> {
        let before = self.play.people.transcript.len();
        self.play.held.reads = false;
        // Of the one before it, and then its own.
        for _ in 0..2 {
            self.play.fail_hashes();
            self.play.turn();
        }
        if self.play.held.store {
            self.passes(5_000);
        }
        let seen = self.play.people.transcript[before..].iter();
        let before_it = format!("{name} {}: ", cseq - 1);
        seen.filter(|line| !line.contains(" sees cell ") && !line.starts_with(&before_it)).cloned().collect()
    }

    fn outcome(&self, name: &str, cseq: u64, seen: &[String]) -> Outcome {
        let closed = format!("{name} is closed: ");
        if let Some(reason) = seen.iter().find_map(|line| line.strip_prefix(&closed)) {
            return Outcome::Closed(reason.to_owned());
        }
        if cseq == 0 {
            return Outcome::Silence;
        }
        let answer = format!("{name} {cseq}: ");
        let mut answers = seen.iter().filter_map(|line| line.strip_prefix(&answer));
        let Some(answer) = answers.next() else {
            assert!(self.play.held.syncs || self.play.held.store, "{name} {cseq} was not answered: {seen:?}");
            return Outcome::Waits;
        };
        match answer.split_once(' ') {
            Some(("rejected", error)) => Outcome::Rejected(error.to_owned()),
            Some(("later", error)) => Outcome::Later(error.to_owned()),
            _ => Outcome::Ok,
        }
    }

    /// Everything that speaks against a command, if it is one that the models know.
    fn objections(&self, said: (u64, u32, &[u8])) -> Option<(Vec<&'static str>, Comes)> {
        match said.1 {
            kinds::CHAR_LIST..=kinds::CHAR_LEAVE => {
                Some((self.life.objections(&self.look(), said), Comes::ToTalk))
            }
            kinds::TRADE_ASK..=kinds::TRADE_CANCEL => {
                Some(self.deals.objections(&self.look(), &self.life, said))
            }
            _ => None,
        }
    }

    fn was_done(&mut self, said: (u64, u32, &[u8]), comes: Comes, before: (&Goods, &[CharacterRow])) {
        let (account, kind, _) = said;
        let after = self.look().goods();
        if comes == Comes::ToExchange {
            let me = self.life.plays(account).unwrap();
            check_exchange(self.deals.of(me).unwrap(), before.0, &after);
        } else {
            assert_eq!(&after, before.0, "{kind} moved something");
        }
        match kind {
            kinds::CHAR_LIST..=kinds::CHAR_LEAVE => {
                let left = self.life.there.get(&account).map(|presence| presence.character);
                let characters = self.look().characters();
                self.life.done((before.1, &characters), said);
                if let Some(left) = left.filter(|_| kind == kinds::CHAR_LEAVE) {
                    self.deals.end(left);
                }
            }
            _ => {
                let look = Look(&self.play);
                self.deals.done(&look, &self.life, said);
            }
        }
    }

    /// Nobody's gold but what is paid out, and nobody's things, change by what somebody else does; what is on offer
    /// changes by nothing but its own trade.
    fn check_only_own(&self, (account, kind, _): (u64, u32, &[u8]), before: &Goods, case: &str) {
        if kind == kinds::TRADE_ACCEPT {
            return;
        }
        let after = self.look().goods();
        let me = self.life.there.get(&account).map(|presence| presence.character);
        for (of, gold) in before.gold.iter().filter(|(of, _)| **of != account) {
            assert!(gold <= &after.gold[of], "{of} has less gold: {case}");
            assert!(kind == kinds::PAY || gold == &after.gold[of], "{of} has more gold: {case}");
        }
        for (item, row) in &before.items {
            let is_mine =
                Some(row.holder) == me || before.letters.get(&row.holder).map(|row| row.to_character) == me;
            assert!(is_mine || after.items.get(item) == Some(row), "item {item}: {case}");
            let is_offered = |(id, ..): &(u64, u32, u32)| id == item;
            let mut sides = self.deals.all.iter().flat_map(|deal| &deal.sides);
            let is_held = sides.any(|side| side.things.iter().any(is_offered));
            assert!(!is_held || after.items.get(item) == Some(row), "item {item} is on offer: {case}");
        }
        for (item, row) in after.items.iter().filter(|(item, _)| !before.items.contains_key(item)) {
            let is_sent = after.letters.contains_key(&row.holder);
            assert!(is_sent || Some(row.holder) == me, "new item {item}: {case}");
        }
    }

    /// What holds after everything.
    #[track_caller]
    pub(super) fn check(&self, case: &str) {
        if !self.is_checked {
            return;
        }
        let figures = self.play.world.figures();
        assert_eq!((figures.panics, figures.records_refused, figures.acks_ahead), (0, 0, 0), "{case}");
        for (name, person) in &self.play.people.all {
            let account = AccountId(person.account);
            let there = self.life.there.get(&account.0);
            let roaming = &self.play.world.roaming;
            assert_eq!(roaming.who(account), there.map(|one| one.character), "{name}: {case}");
            assert_eq!(roaming.is_played(account), self.life.plays(account.0).is_some(), "{name}: {case}");
        }
        let game: Vec<String> = self.play.world.trading.all().into_iter().map(super::shape::deal).collect();
        let model: Vec<String> = self.deals.all.iter().map(super::shape::deal_of_model).collect();
        assert_eq!(game, model, "{case}");
    }

    /// Rows in memory and in the journal, which take longer to look at.
    #[track_caller]
    pub(super) fn check_rows(&self, case: &str) {
        if self.play.held.store {
            // It has not heard of all that is in memory.
            return;
        }
        balance(&self.play);
        check_memory(&self.play, case);
    }

    /// A connection is no more; its player has said goodbye or not.
    pub(super) fn is_gone(&mut self, account: u64, is_farewell: bool) {
        let Some(presence) = self.life.there.get(&account).copied() else { return };
        if presence.stands_until.is_none() || is_farewell {
            self.deals.end(presence.character);
        }
        if is_farewell {
            self.life.there.remove(&account);
        } else if presence.stands_until.is_none() {
            let stands_until = Some(self.play.now.instant + self.play.config.linkdead);
            self.life.there.insert(account, Presence { stands_until, ..presence });
        }
    }

    pub(super) fn logs_in(&mut self, name: &str) {
        // A login that waits, or is refused for want of room, is looked at elsewhere.
        self.lets_syncs();
        let account = self.account(name);
        // The first word of a client may leave a record: it is not to be one that is looked at.
        self.play.run(&format!("{name} logs in\n{name} sends 3 alive"));
        if account != 0 {
            self.is_gone(account, false);
        }
        self.check(&format!("{name} logs in"));
    }

    pub(super) fn drops(&mut self, name: &str) {
        self.play.run(&format!("{name} drops"));
        self.is_gone(self.account(name), false);
        self.check(&format!("{name} drops"));
    }

    pub(super) fn drops_if_there(&mut self, name: &str) {
        if self.play.people.all[name].conn.is_some() {
            self.drops(name);
        }
    }

    /// Its character is killed: a trade ends by it.
    pub(super) fn dies(&mut self, name: &str) {
        let Some(character) = self.life.plays(self.account(name)) else { return };
        self.play.world.end_trade(character, "died");
        self.play.turn();
        self.deals.end(character);
        self.check(&format!("{name} dies"));
    }

    /// Everything that was executed is durable.
    pub(super) fn lets_syncs(&mut self) {
        self.play.held.syncs = false;
        self.play.turn();
        self.check("the disk is done");
    }

    /// Commands whose answer has not come.
    pub(super) fn unanswered(&self, name: &str) -> usize {
        let person = &self.play.people.all[name];
        person.sent.keys().filter(|cseq| !person.answers.contains_key(cseq)).count()
    }

    pub(super) fn passes(&mut self, ms: u64) {
        self.play.pass(Duration::from_millis(ms));
        let now = self.play.now.instant;
        self.life.there.retain(|_, presence| presence.stands_until.is_none_or(|until| now < until));
        self.has_walked();
        self.check("time passes");
    }

    fn has_walked(&mut self) {
        let look = Look(&self.play);
        self.deals.come_due(&look);
    }

    pub(super) fn game_dies(&mut self) {
        self.play.restart();
        (self.life, self.deals) = (Life::default(), Deals::default());
        self.check("game dies");
    }

    /// A new player, or the same again, stands at the shops with a character.
    pub(super) fn arrives(&mut self, name: &str, character: &str) {
        self.logs_in(name);
        self.play.run(&format!("{name} makes {character}"));
        let map = crate::logic::testing::bundled().map().number();
        let (x_mm, y_mm) = super::super::goods::AT_SHOPS;
        change(&mut self.play, name, |row| CharacterRow { map, x_mm, y_mm, ..row });
        self.enters(name, character);
    }

    pub(super) fn enters(&mut self, name: &str, character: &str) {
        let character = self.play.people.characters[character];
        let body = proto::wire::encode(&proto::client::CharEnter { character });
        assert_eq!(self.does(name, kinds::CHAR_ENTER, &body), Outcome::Ok);
    }
}

/// All names of refusals that the manual has.
pub(super) static REFUSALS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    const MANUAL: &str = include_str!("../../../../../../docs/PROTOCOL.md");
    let part = MANUAL.split("### Refusals").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    part.lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
});
