//! What people ask about all gold, on every database: sums by hour that are the ledger's, whatever was applied how; where
//! gold lies, who has most, where it went; each answer of one record.

use std::collections::BTreeMap;

use dbfront::{
    logic::{
        row::{Action, Change},
        trail::{Bounds, Found, Line},
    },
    store::{
        books::{Ended, HolderKind, Pile, Rich, Wish, follow, who},
        hours::{HOUR_MS, HourKey, HourSum},
        schema::SCRIPTS,
    },
};
use proto::{
    ids::Lsn,
    tables::{
        AccountRow, Bits, CharacterRow, GoodsLogRow, LedgerRow, MailRow, Reason, RoomStakeRow, Row as _,
        Table,
    },
};

use crate::{
    home::Home,
    world::{World, change, wallet},
};

macro_rules! on_both {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::home::Home::file());
            })*
        }

        mod mysql {
            $(#[test]
            fn $name() {
                if let Some(home) = crate::home::Home::server() {
                    super::$name(&home);
                }
            })*
        }
    };
}

on_both! {
    hours_are_what_the_ledger_adds_up_to_however_records_came,
    what_was_there_before_the_sums_is_summed_by_the_migration,
    more_gold_than_a_number_holds_stops_nobody,
    gold_lies_in_wallets_letters_and_pots_and_the_richest_come_first,
    an_answer_is_of_one_record_whoever_applies_meanwhile,
    a_sum_is_followed_through_letters_and_pots_and_everybody_is_named,
    everybody_in_lines_of_both_logs_is_named,
    an_item_is_followed_through_what_is_split_from_it,
    a_long_ledger_is_followed_page_by_page_and_can_be_left,
    what_others_pay_each_other_is_passed_over_and_nothing_that_is_followed_is_missed,
}

/// Millions of them are an hour.
const EARLY: u64 = 1_700_000_000_000;

fn gold(
    lsn: u64,
    n: u32,
    (from_account, to_account): (u64, u64),
    amount: i64,
    reason: Reason,
    hour: u64,
) -> Change {
    let wall_ms = EARLY + hour * HOUR_MS.cast_unsigned() + lsn;
    let reason = reason as u32;
    let row = LedgerRow { lsn, n, from_account, to_account, amount, reason, cseq: 0, wall_ms };
    change(lsn, Table::Ledger, 0, Action::Append(row.values().into()))
}

fn goods(
    lsn: u64,
    n: u32,
    item: u64,
    (from_holder, to_holder): (u64, u64),
    quantity: u32,
    reason: Reason,
) -> Change {
    let reason = reason as u32;
    let row = GoodsLogRow {
        lsn,
        n,
        item,
        kind: 40,
        quantity,
        from_holder,
        to_holder,
        reason,
        account: 0,
        cseq: 0,
        wall_ms: EARLY,
    };
    change(lsn, Table::GoodsLog, 0, Action::Append(row.values().into()))
}

fn account(lsn: u64, id: u64, name: Option<&str>) -> Change {
    let row = AccountRow {
        id,
        name: name.map(str::to_owned),
        secret_hash: None,
        password: None,
        session_gen: 0,
        cseq_last: 0,
        cseq_ok: Bits(0),
        created_ms: 0,
    };
    change(lsn, Table::Account, 1, Action::Upsert(row.values().into()))
}

fn character(lsn: u64, account: u64, id: u64, name: &str) -> Change {
    let row = CharacterRow {
        account,
        id,
        name: name.to_owned(),
        level: 1,
        xp: 0,
        hp: 1,
        map: 1,
        x_mm: 0,
        y_mm: 0,
        created_ms: 0,
        deleted_ms: None,
        dead: false,
    };
    change(lsn, Table::Character, 1, Action::Upsert(row.values().into()))
}

type Sums = BTreeMap<(i64, i64), HourSum>;

fn hours(world: &World) -> Sums {
    let mut books = world.database.connect_books().expect("connects");
    let hours = books.hours(0, 1_000).expect("sums");
    hours.into_iter().map(|(HourKey { hour_ms, reason }, sum)| ((hour_ms, reason), sum)).collect()
}

/// What the ledger itself adds up to.
fn summed(world: &World) -> Sums {
    let mut sums = Sums::new();
    for row in world.all(Table::Ledger) {
        let row = LedgerRow::from_values(&row.row).expect("a line");
        let wall_ms = row.wall_ms.cast_signed();
        let sum = sums.entry((wall_ms - wall_ms % HOUR_MS, row.reason.into())).or_default();
        match (row.from_account, row.to_account) {
            (0, _) => sum.gold_in += row.amount,
            (_, 0) => sum.gold_out += row.amount,
            _ => sum.gold_moved += row.amount,
        }
        sum.lines += 1;
    }
    sums
}

/// As if the migration that made the sums had not been yet.
fn forget_hours(home: &Home) {
    let number = SCRIPTS.iter().position(|script| script.name == "gold_by_hour").expect("it") + 1;
    home.sql(&format!("DROP TABLE gold_hour; DELETE FROM migration WHERE number = {number}"));
}

/// So many records with one or two lines each over three hours, the clock not always going forward.
fn busy(first: u64, records: u64) -> Vec<Change> {
    let of = |lsn: u64| {
        let hour = [0, 1, 0, 2][usize::try_from(lsn % 4).expect("small")];
        let amount = i64::try_from(lsn * 7 % 100 + 1).expect("small");
        match lsn % 3 {
            0 => vec![gold(lsn, 0, (0, 1), amount, Reason::Loot, hour)],
            1 => vec![gold(lsn, 0, (1, 0), amount, Reason::ShopBuy, hour)],
            _ => vec![
                gold(lsn, 0, (1, 2), amount, Reason::Trade, hour),
                gold(lsn, 1, (2, 1), 3, Reason::Trade, hour),
            ],
        }
    };
    (first..first + records).flat_map(of).collect()
}

fn hours_are_what_the_ledger_adds_up_to_however_records_came(home: &Home) {
    let mut world = World::new(home.database());
    assert_eq!(hours(&world), Sums::new());
    let mut first = 1;
    for records in [1, 40, 1, 3, 100] {
        world.apply(busy(first, records)).expect("applied");
        first += records;
        assert_eq!(hours(&world), summed(&world));
    }
    assert_eq!(hours(&world).len(), 9, "three reasons in three hours");
    // What is refused leaves no trace of its lines.
    let before = hours(&world);
    let wrong = vec![gold(first, 0, (0, 1), 5, Reason::Loot, 0), wallet(first, 9, 5, 7)];
    world.apply(wrong).expect_err("a version that is not stored");
    world.reconnect();
    assert_eq!(hours(&world), before);
    world.apply(vec![gold(first, 0, (0, 1), 5, Reason::Loot, 0)]).expect("applied");
    assert_eq!(hours(&world), summed(&world));
    let mut books = world.database.connect_books().expect("connects");
    let all: i128 =
        summed(&world).values().map(|sum| i128::from(sum.gold_in) - i128::from(sum.gold_out)).sum();
    assert_eq!(books.gold_before(i64::MAX), Ok(all));
    let second = EARLY.cast_signed() - EARLY.cast_signed() % HOUR_MS + HOUR_MS;
    let later: i128 = books
        .hours(second, 1_000)
        .expect("sums")
        .iter()
        .map(|(_, sum)| i128::from(sum.gold_in) - i128::from(sum.gold_out))
        .sum();
    assert_eq!(books.gold_before(second).map(|before| before + later), Ok(all));
}

fn what_was_there_before_the_sums_is_summed_by_the_migration(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(busy(1, 60)).expect("applied");
    world.apply(vec![gold(61, 0, (0, 1), 1_000_000_000_000_000, Reason::Grant, 1)]).expect("applied");
    world.apply(vec![gold(62, 0, (0, 1), 999_999_999_999_999, Reason::Grant, 1)]).expect("applied");
    let kept = hours(&world);
    forget_hours(home);
    assert_eq!(world.database.migrate(), Ok(1));
    assert_eq!(hours(&world), kept);
    assert_eq!(kept, summed(&world));
}

fn more_gold_than_a_number_holds_stops_nobody(home: &Home) {
    let mut world = World::new(home.database());
    let rich = |first: u64, count: u64| {
        (first..first + count)
            .map(|lsn| gold(lsn, 0, (0, 1), 1_000_000_000_000_000, Reason::Grant, 0))
            .collect()
    };
    world.apply(rich(1, 9_000)).expect("applied");
    world.apply(rich(9_001, 500)).expect("applied");
    world.apply(rich(9_501, 1)).expect("applied");
    let sum = hours(&world).into_values().next().expect("a sum");
    assert_eq!((sum.gold_in, sum.lines), (i64::MAX, 9_501));
    forget_hours(home);
    assert_eq!(world.database.migrate(), Ok(1));
    let sum = hours(&world).into_values().next().expect("a sum");
    assert_eq!((sum.gold_in, sum.lines), (i64::MAX, 9_501));
}

fn gold_lies_in_wallets_letters_and_pots_and_the_richest_come_first(home: &Home) {
    let mut world = World::new(home.database());
    let most = 1_000_000_000_000_000;
    let letter = MailRow {
        to_character: 11,
        id: 201,
        from_character: 0,
        from_name: String::new(),
        subject: String::new(),
        text: String::new(),
        gold: 50,
        sent_ms: 0,
        read: false,
    };
    let stake = RoomStakeRow { room: 501, account: 2, gold: 7 };
    let mut changes = vec![
        account(1, 1, Some("=1+1")),
        account(2, 2, None),
        wallet(3, 1, 20, 1),
        wallet(4, 2, 0, 1),
        wallet(5, 3, 20, 1),
        change(6, Table::Mail, 1, Action::Upsert(letter.values().into())),
        change(7, Table::RoomStake, 1, Action::Upsert(stake.values().into())),
    ];
    changes.extend((0..9_300).map(|n| wallet(8 + n, 1_000 + n, most, 1)));
    world.apply(changes).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    let stock = books.stock().expect("sums");
    assert_eq!(stock.wallets, Pile { gold: 9_300 * i128::from(most) + 40, holders: 9_303 });
    assert_eq!((stock.letters, stock.pots), (Pile { gold: 50, holders: 1 }, Pile { gold: 7, holders: 1 }));
    let rich = books.richest(2).expect("two");
    assert_eq!(
        rich.iter().map(|rich| (rich.account, rich.gold)).collect::<Vec<_>>(),
        [(1_000, most), (1_001, most)]
    );
    let poor = books.richest(100_000).expect("all");
    let last = &poor[9_300..];
    let one = |account, name: &str| Rich { account, name: name.to_owned(), gold: 20 };
    assert_eq!(last, [one(1, "=1+1"), one(3, "")], "nobody who has nothing");
}

fn an_answer_is_of_one_record_whoever_applies_meanwhile(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![wallet(1, 1, 10, 1), gold(1, 0, (0, 1), 10, Reason::Loot, 0)]).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    world.apply(vec![wallet(2, 1, 30, 2), gold(2, 0, (0, 1), 20, Reason::Loot, 0)]).expect("applied");
    world.apply(vec![wallet(3, 2, 5, 1), gold(3, 0, (0, 2), 5, Reason::Start, 0)]).expect("applied");
    assert_eq!(books.lsn(), Lsn(1));
    assert_eq!(books.gold_before(i64::MAX), Ok(10));
    assert_eq!(books.stock().map(|stock| stock.wallets), Ok(Pile { gold: 10, holders: 1 }));
    assert_eq!(books.richest(9).map(|rich| rich.len()), Ok(1));
    assert_eq!(books.gold_lines((0, 0), 9).map(|lines| lines.len()), Ok(1));
    drop(books);
    let mut books = world.database.connect_books().expect("connects");
    assert_eq!((books.lsn(), books.gold_before(i64::MAX)), (Lsn(3), Ok(35)));
}

const WIDE: Bounds = Bounds { depth_max: 32, found_max: 2_000 };

fn a_sum_is_followed_through_letters_and_pots_and_everybody_is_named(home: &Home) {
    let mut world = World::new(home.database());
    let changes = vec![
        account(1, 1, Some("Ana")),
        account(2, 2, None),
        gold(3, 0, (0, 1), 100, Reason::Loot, 0),
        gold(4, 0, (1, 2), 60, Reason::Pay, 0),
        gold(5, 0, (2, 201), 50, Reason::MailSend, 0),
        gold(6, 0, (201, 3), 50, Reason::MailTake, 0),
        gold(7, 0, (3, 501), 30, Reason::RoomStake, 0),
        gold(8, 0, (501, 1), 25, Reason::RoomSettle, 0),
        gold(8, 1, (501, 0), 5, Reason::RoomFee, 0),
        gold(9, 0, (8, 9), 5, Reason::Pay, 0),
    ];
    world.apply(changes).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    let wish = Wish::Gold { holder: 1, sum: Some(60) };
    let followed = follow(&mut *books, wish, 4, WIDE, &mut || true).expect("followed");
    let tell = |found: &Found| (found.line.lsn, found.line.to, found.parent, found.traced, found.kept);
    let found: Vec<_> = followed.found.iter().map(tell).collect();
    assert_eq!(
        found,
        [
            (4, 2, 0, 60, 10),
            (5, 201, 1, 50, 0),
            (6, 3, 2, 50, 20),
            (7, 501, 3, 30, 0),
            (8, 1, 4, 25, 25),
            (8, 0, 4, 5, 0)
        ]
    );
    assert_eq!((followed.ended, followed.looked_to), (Ended::Whole, 9));
    let named: Vec<_> =
        followed.holders.iter().map(|holder| (holder.id, holder.what, holder.name.as_str())).collect();
    assert_eq!(
        named,
        [
            (1, HolderKind::Account, "Ana"),
            (2, HolderKind::Account, ""),
            (3, HolderKind::Gone, ""),
            (201, HolderKind::Letter, ""),
            (501, HolderKind::Match, "")
        ]
    );
    let later = follow(&mut *books, wish, 5, WIDE, &mut || true).expect("followed");
    assert!(later.found.is_empty(), "what it gave before is not asked for");
}

fn everybody_in_lines_of_both_logs_is_named(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![account(1, 1, Some("Ana")), character(2, 1, 11, "Ada")]).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    let line =
        |item, from, to, reason: Reason| Line { item, from, to, reason: reason as u32, ..Line::default() };
    let lines = [
        line(0, 0, 1, Reason::Loot),
        line(0, 1, 201, Reason::MailSend),
        // What only a later line knows of it, an earlier one takes for a person.
        line(1, 202, 11, Reason::Trade),
        line(1, 11, 202, Reason::MailSend),
        line(0, 3, 1, Reason::Pay),
        line(1, 12, 11, Reason::Trade),
    ];
    let named = who(&mut *books, &lines).expect("named");
    let named: Vec<_> =
        named.iter().map(|holder| (holder.id, holder.what, holder.name.as_str(), holder.account)).collect();
    assert_eq!(
        named,
        [
            (1, HolderKind::Account, "Ana", 1),
            (3, HolderKind::Gone, "", 0),
            (11, HolderKind::Character, "Ada", 1),
            (12, HolderKind::Gone, "", 0),
            (201, HolderKind::Letter, "", 0),
            (202, HolderKind::Letter, "", 0)
        ]
    );
    assert_eq!(who(&mut *books, &[]), Ok(Vec::new()));
}

fn an_item_is_followed_through_what_is_split_from_it(home: &Home) {
    let mut world = World::new(home.database());
    let changes = vec![
        character(1, 1, 11, "Ada"),
        character(2, 2, 12, "Bob"),
        goods(3, 0, 7, (0, 11), 10, Reason::ShopBuy),
        goods(4, 0, 7, (11, 0), 4, Reason::Arranged),
        goods(4, 1, 8, (0, 11), 4, Reason::Arranged),
        goods(5, 0, 8, (11, 12), 4, Reason::Trade),
        goods(5, 1, 99, (12, 11), 1, Reason::Trade),
        goods(6, 0, 7, (11, 0), 1, Reason::Used),
        goods(7, 0, 8, (12, 0), 4, Reason::Arranged),
        goods(7, 1, 9, (0, 12), 4, Reason::Arranged),
        goods(8, 0, 9, (12, 13), 4, Reason::Trade),
    ];
    world.apply(changes).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    let followed = follow(&mut *books, Wish::Item(7), 0, WIDE, &mut || true).expect("followed");
    let tell = |found: &Found| (found.line.lsn, found.line.item, found.parent, found.kept);
    let found: Vec<_> = followed.found.iter().map(tell).collect();
    assert_eq!(found, [(3, 7, 0, 5), (4, 8, 1, 0), (5, 8, 2, 0), (6, 7, 1, 0), (7, 9, 3, 0), (8, 9, 5, 4)]);
    let named: Vec<_> =
        followed.holders.iter().map(|holder| (holder.account, holder.name.as_str())).collect();
    assert_eq!(named, [(1, "Ada"), (2, "Bob"), (0, "")]);
    let some = follow(&mut *books, Wish::Item(7), 0, Bounds { found_max: 2, ..WIDE }, &mut || true);
    assert_eq!(some.map(|some| (some.found.len(), some.ended)), Ok((2, Ended::Full)));
}

fn a_long_ledger_is_followed_page_by_page_and_can_be_left(home: &Home) {
    let mut world = World::new(home.database());
    let round = |lsn: u64| gold(lsn, 0, (1 + lsn % 3, 1 + (lsn + 1) % 3), 5, Reason::Pay, 0);
    world.apply((1..=10_000).map(round).collect()).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    let wish = Wish::Gold { holder: 2, sum: Some(5) };
    let wide = Bounds { depth_max: 20_000, found_max: 20_000 };
    let whole = follow(&mut *books, wish, 1, wide, &mut || true).expect("followed");
    assert_eq!((whole.found.len(), whole.looked, whole.ended), (10_000, 10_000, Ended::Whole));
    let mut asked = 0;
    let mut once = || {
        asked += 1;
        asked < 2
    };
    let left = follow(&mut *books, wish, 1, wide, &mut once).expect("followed");
    assert_eq!((left.ended, left.looked, left.looked_to), (Ended::Late, 8_192, 8_192));
}

fn what_others_pay_each_other_is_passed_over_and_nothing_that_is_followed_is_missed(home: &Home) {
    let mut world = World::new(home.database());
    // Each of these comes where the database is asked in another way: all lines, those of the givers, the first of a page.
    let followed =
        [(5_000, 1, 2), (5_001, 2, 3), (5_500, 3, 4), (25_000, 4, 5), (25_001, 5, 6), (29_999, 6, 1)];
    let line = |lsn: u64| match followed.iter().find(|(at, ..)| *at == lsn) {
        None if lsn == 6_000 => gold(lsn, 0, (60, 0), 7, Reason::ShopBuy, 0),
        Some((_, from, to)) => gold(lsn, 0, (*from, *to), 7, Reason::Pay, 0),
        None => gold(lsn, 0, (100 + lsn % 50, 200 + lsn % 50), 5, Reason::Pay, 0),
    };
    world.apply((1..=30_000).map(line).collect()).expect("applied");
    let mut books = world.database.connect_books().expect("connects");
    for wish in [Wish::Gold { holder: 1, sum: Some(7) }, Wish::Gold { holder: 1, sum: None }] {
        let told = follow(&mut *books, wish, 1, WIDE, &mut || true).expect("followed");
        let found: Vec<_> =
            told.found.iter().map(|found| (found.line.lsn, found.line.from, found.line.to)).collect();
        assert_eq!(found, followed);
        assert_eq!((told.ended, told.looked_to), (Ended::Whole, 30_000));
        assert!(told.looked < 20_000, "{}", told.looked);
    }
    let spent = follow(&mut *books, Wish::Gold { holder: 60, sum: Some(7) }, 1, WIDE, &mut || true);
    let spent = spent.map(|spent| (spent.found.len(), spent.looked < 10_000, spent.looked_to));
    assert_eq!(spent, Ok((1, true, 30_000)), "it left the world");
    // Nobody has any: what others do is not read at all.
    let none = follow(&mut *books, Wish::Gold { holder: 9, sum: Some(1) }, 1, WIDE, &mut || true);
    assert_eq!(none.map(|none| (none.found.len(), none.looked, none.looked_to)), Ok((0, 4_096, 30_000)));
}
