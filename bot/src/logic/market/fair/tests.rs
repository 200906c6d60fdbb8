//! Two sides of a trade that agree or not, and goods that came from nowhere.

use super::*;
use crate::logic::{deal::Thing, payment::PaymentOutcome};

fn deal(deed: DealKind, quantity: u32) -> Deal {
    let things = vec![Thing { item: 0, kind: 40, quantity }];
    let (gives, gets) = if deed == DealKind::ShopSell { (things, vec![]) } else { (vec![], things) };
    Deal { deed, gives, gets, gold_out: 4, gold_in: 1, ..Deal::new(deed, PaymentOutcome::Ok) }
}

#[test]
fn both_sides_of_a_trade_tell_the_same() {
    let said = |first, second| {
        let mut fair = Fair::new(2, 1);
        let _ = fair.ended(0, b"hash", first);
        let told = fair.ended(1, b"hash", second).map_err(|finding| finding.code);
        (told, fair.figures.trades_done, fair.judge().len())
    };
    let (done, unheard) = (End::Done(Some(7)), End::Done(None));
    assert_eq!(said(done, done), (Ok(()), 1, 0));
    assert_eq!(said(done, unheard), (Ok(()), 1, 0));
    assert_eq!(said(End::Undone, End::Undone), (Ok(()), 0, 0));
    assert_eq!(said(done, End::Done(Some(8))), (Err("trade_differs"), 1, 0));
    assert_eq!(said(done, End::Undone), (Err("trade_differs"), 1, 0));
    let mut fair = Fair::new(2, 1);
    assert_eq!(fair.ended(0, b"hash", End::Undone), Ok(()));
    fair.begins(0);
    assert_eq!(fair.ended(0, b"hash", unheard), Ok(()), "another one of that name");
    fair.begins(0);
    assert_eq!(fair.judge().first().map(|(player, it)| (*player, it.code)), Some((0, "trade_one_sided")));
}

#[test]
fn what_is_held_must_have_come_from_shops() {
    let mut fair = Fair::new(2, 1);
    fair.dealt(&deal(DealKind::ShopBuy, 5));
    fair.dealt(&deal(DealKind::ShopSell, 2));
    assert_eq!((fair.gold_sunk, fair.gold_issued), (4, 1));
    assert_eq!(fair.judge().len(), 1, "nobody has the three");
    fair.hold(40, 3);
    assert_eq!(fair.judge(), []);
    fair.hold(1, 1);
    assert_eq!(fair.judge().first().map(|(_, it)| it.code), Some("goods_not_conserved"));
}

#[test]
fn one_trades_with_who_stands_near_and_is_free() {
    let mut fair = Fair::new(3, 1);
    for (player, x_mm, is_free) in [(0, 0, true), (1, 15_000, true), (2, 60_000, true)] {
        let at = Some(Point { x_mm, y_mm: 0 });
        *fair.stall(player) = Stall { character: 10, at, is_free, ..Stall::default() };
    }
    assert_eq!((fair.partner(0, 0), fair.stranger(0, 0), fair.anybody(5, 0)), (Some(1), Some(2), Some(2)));
    fair.stall(1).is_free = false;
    assert_eq!(fair.partner(0, 0), None);
    fair.stall(2).at = None;
    assert_eq!((fair.stranger(0, 0), fair.anybody(2, 0)), (None, Some(2)));
}
