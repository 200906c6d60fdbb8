//! Both sides of a trade at a table that keeps the rules, and tables that do not.

use proto::client::{TradeItem, TradeSide};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::*;

/// The server's part: one trade of characters 10, who asked, and 11.
#[derive(Debug, Default)]
struct Table {
    shown: TradeState,
}

impl Table {
    fn opened() -> Self {
        let side = |character| Some(TradeSide { character, ..TradeSide::default() });
        let shown = TradeState { trade: 3, asker: side(10), asked: side(11), ..TradeState::default() };
        let mut table = Self { shown };
        table.name();
        table
    }

    fn name(&mut self) {
        let hash = client::trade_hash(&self.shown).expect("two sides");
        self.shown.hash = hash.to_vec().into();
    }

    fn sides(&mut self) -> [&mut TradeSide; 2] {
        [self.shown.asker.as_mut().expect("there"), self.shown.asked.as_mut().expect("there")]
    }

    fn offer(&mut self, who: usize, offer: &Offer) {
        let item = |thing: &Thing| TradeItem { id: thing.item, kind: thing.kind, quantity: thing.quantity };
        self.shown.revision += 1;
        self.sides().into_iter().for_each(|side| side.accepted = false);
        let [asker, asked] = self.sides();
        let side = if who == 0 { asker } else { asked };
        (side.gold, side.items) = (offer.gold, offer.things.iter().map(item).collect());
        self.name();
    }

    /// Whether it is done.
    fn accept(&mut self, who: usize) -> bool {
        self.sides().into_iter().nth(who).expect("one of two").accepted = true;
        self.sides().iter().all(|side| side.accepted)
    }
}

fn plan() -> Plan {
    Plan { agrees: true, offers: 1, waits: false, errs: false, leaves: false }
}

/// Both at an open table.
fn opened(plans: [Plan; 2]) -> (Table, [Haggle; 2]) {
    let table = Table::opened();
    let [asker, asked] = plans;
    let mut sides = [Haggle::ask(10, 11, asker), Haggle::asked(3, 11, 10, asked)];
    sides[0].begun(3);
    assert_eq!(sides.each_ref().map(Haggle::next), [Step::Wait, Step::Answer(asked.agrees)]);
    sides[1].answered();
    assert_eq!(sides.each_ref().map(Haggle::next), [Step::Wait, Step::Wait]);
    for side in &mut sides {
        assert_eq!(side.show(table.shown.clone()), Ok(()));
    }
    (table, sides)
}

fn gold(gold: i64) -> Offer {
    Offer { gold, things: vec![Thing { item: 100 + gold.unsigned_abs(), kind: 40, quantity: 2 }] }
}

/// Lets both act by turns, until it is done or one goes away. How it ended, and how often accepts were taken back.
fn play(plans: [Plan; 2], first: usize) -> (bool, usize) {
    let (mut table, mut sides) = opened(plans);
    let mut taken_back = 0;
    for turn in 0..40 {
        let who = (first + turn) % 2;
        match sides[who].next() {
            Step::Wait => continue,
            Step::Answer(_) => panic!("answered before"),
            Step::Cancel => return (false, taken_back),
            Step::AcceptOther => {
                sides[who].erred();
                continue;
            }
            Step::Offer => {
                let offer = gold(i64::try_from(turn).expect("few") + 1);
                sides[who].offer(offer.clone());
                taken_back += table.sides().iter().filter(|side| side.accepted).count();
                table.offer(who, &offer);
            }
            Step::Accept => {
                sides[who].accept();
                if table.accept(who) {
                    assert!(sides.iter().all(Haggle::may_be_made), "both have accepted what is shown");
                    let [a, b] =
                        sides.map(|side| side.deal(DealKind::TradeDone, PaymentOutcome::Ok).expect("open"));
                    assert_eq!(
                        (a.gold_out, a.gold_in, a.gives, a.gets),
                        (b.gold_in, b.gold_out, b.gets, b.gives)
                    );
                    return (true, taken_back);
                }
            }
        }
        for side in &mut sides {
            assert_eq!(side.show(table.shown.clone()), Ok(()), "turn {turn} of {plans:?}");
        }
    }
    panic!("{plans:?}: no end, {table:?}");
}

#[test]
fn two_who_want_it_come_to_an_end_whoever_is_faster() {
    for first in [0, 1] {
        assert_eq!(play([plan(), plan()], first), (true, 0));
    }
}

#[test]
fn who_changes_his_offer_takes_an_accept_back() {
    let waits = Plan { offers: 2, waits: true, ..plan() };
    for first in [0, 1] {
        let (done, taken_back) = play([waits, plan()], first);
        assert!(done && 0 < taken_back, "{taken_back} accepts taken back");
    }
}

#[test]
fn any_two_plans_come_to_an_end() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut done = 0;
    for first in 0..400 {
        let plans = [true, false].map(|asker| Plan { agrees: true, ..Plan::draw(asker, &mut rng) });
        let leaves = plans.iter().any(|plan| plan.leaves);
        let (made, _) = play(plans, first % 2);
        assert_eq!(made, !leaves, "{plans:?}");
        done += usize::from(made);
    }
    assert!((300..400).contains(&done), "{done} of 400");
}

#[test]
fn a_table_that_keeps_an_accept_after_a_change_is_found() {
    let (mut table, [mut asker, _]) = opened([plan(), plan()]);
    table.offer(1, &gold(5));
    table.accept(1);
    assert_eq!(asker.show(table.shown.clone()).expect_err("new and accepted").code, "trade_state");
}

#[test]
fn a_table_with_another_offer_another_hash_or_other_people_is_found() {
    let wrong: [fn(&mut Table); 6] = [
        |table| table.offer(0, &gold(6)),
        |table| table.shown.hash = vec![1; 32].into(),
        |table| table.sides()[1].character = 12,
        |table| table.sides()[1].accepted = true,
        |table| table.shown.revision = 3,
        |table| table.sides()[1].gold = 5,
    ];
    for (number, change) in wrong.into_iter().enumerate() {
        let (mut table, [mut asker, _]) = opened([plan(), plan()]);
        asker.offer(gold(5));
        table.offer(0, &gold(5));
        assert_eq!(asker.show(table.shown.clone()), Ok(()));
        change(&mut table);
        // What stands there is named rightly, but for the second.
        if number != 1 {
            table.name();
        }
        let told = asker.show(table.shown.clone()).map_err(|finding| finding.code);
        // The other side may accept what is shown.
        assert_eq!(told, if number == 3 { Ok(()) } else { Err("trade_state") }, "{number}");
    }
}

#[test]
fn what_was_refused_is_accepted_again_only_when_something_else_is_shown() {
    let (mut table, [mut asker, _]) = opened([plan(), plan()]);
    asker.offer(gold(2));
    table.offer(0, &gold(2));
    assert_eq!(asker.show(table.shown.clone()), Ok(()));
    assert_eq!((asker.next(), asker.may_be_made()), (Step::Accept, false));
    asker.accept();
    assert_eq!((asker.next(), asker.may_be_made()), (Step::Wait, true));
    asker.accept_refused(1);
    assert_eq!((asker.next(), asker.may_be_made()), (Step::Wait, false));
    table.offer(1, &gold(3));
    assert_eq!(asker.show(table.shown.clone()), Ok(()));
    assert_eq!(asker.next(), Step::Accept);
    asker.accept();
    asker.accept_put_off();
    assert_eq!(asker.next(), Step::Accept, "put off is not refused");
}

#[test]
fn a_trade_that_the_server_knows_no_more_is_left_alone_until_it_is_told_how_it_ended() {
    let (_, [mut asker, _]) = opened([plan(), plan()]);
    assert_eq!(asker.next(), Step::Offer);
    asker.over();
    assert_eq!(asker.next(), Step::Wait);
}
