//! What staff switches for the world, and whose wealth it freezes: what players are refused, and that it holds.

use proto::{
    limits::FREEZES_MAX,
    tables::{FreezeRow, StaffLogRow, SwitchRow},
};

use proto::ids::Lsn;

use super::{
    goods::{AT_SHOPS, balance, enter},
    matches::books,
    *,
};
use crate::logic::cache::Cached as _;

/// Ana plays Ida, who has three potions, bo plays Bob, who has a knife.
fn two() -> Play {
    let mut play = Play::new(idle());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("ana buys 3 of 40 in 1\nbo buys 1 of 1 in 1");
    play
}

/// What was seen while these lines ran, but for the map.
fn seen(play: &mut Play, script: &str) -> Vec<String> {
    play.people.transcript.clear();
    play.run(script);
    let is_shown = |line: &String| !line.contains(" sees ");
    play.people.transcript.drain(..).filter(is_shown).collect()
}

/// How each command was answered.
fn answers(play: &mut Play, script: &str) -> Vec<String> {
    let seen = seen(play, script);
    let answers = seen.iter().filter_map(|line| line.split_once(": "));
    let answers = answers.filter(|(who, _)| who.ends_with(|last: char| last.is_ascii_digit()));
    let answers = answers.map(|(_, answer)| answer.to_owned());
    answers.filter(|answer| ["ok", "rejected", "later"].iter().any(|word| answer.starts_with(word))).collect()
}

const FROZEN: &str = "rejected wealth_frozen";

#[test]
fn frozen_wealth_goes_from_no_player_to_another_until_it_is_thawed() {
    let mut play = two();
    let ana = play.people.all["ana"].account;
    let bo = play.people.all["bo"].account;
    play.run("ana writes Bob 5 1:#1\nana writes Bob 0 saying hello\nbo reads mail");
    assert_eq!(
        seen(&mut play, "staff switches wealth_frozen to 1"),
        ["staff: ok, wealth_frozen was 0, wealth_frozen 1 by script"]
    );
    let tries = format!(
        "ana pays {bo} 1
         bo pays {ana} 1
         ana asks Bob to trade
         ana writes Bob 5
         ana writes Bob 0 1:#1
         bo empties @1"
    );
    assert_eq!(answers(&mut play, &tries), [FROZEN; 6]);
    // What is of a player and the world alone goes on, and so do words.
    let others = "ana buys 1 of 40 in 1\nana writes Bob 0 saying hi\nana says hello";
    let free = answers(&mut play, others);
    assert!(free.iter().all(|answer| answer.starts_with("ok")), "{free:?}");
    play.run("game dies\nana logs in\nana enters with Ida\nbo logs in\nbo enters with Bob\nbo reads mail");
    assert_eq!(answers(&mut play, &tries), [FROZEN; 6], "it outlives the process");
    play.run("staff switches wealth_frozen to 0");
    let free = answers(&mut play, &format!("ana pays {bo} 1\nbo empties @1"));
    assert!(free.iter().all(|answer| answer.starts_with("ok")), "{free:?}");
    assert!(play.store.rows::<SwitchRow>().is_empty());
    balance(&play);
}

#[test]
fn a_trade_that_goes_on_while_wealth_is_frozen_moves_nothing_and_can_be_made_after_it() {
    let mut play = two();
    play.run("ana asks Bob to trade\nbo agrees\nana offers 10 3*#1\nana accepts");
    let frozen = answers(&mut play, "staff switches wealth_frozen to 1\nbo accepts\nana offers 11");
    assert_eq!(frozen, [FROZEN; 2]);
    let thawed = answers(&mut play, "staff switches wealth_frozen to 0\nana accepts\nbo accepts");
    assert!(thawed.iter().all(|answer| answer.starts_with("ok")), "{thawed:?}");
    balance(&play);
}

#[test]
fn what_a_handler_forgot_to_ask_for_goes_no_further_than_its_record() {
    use proto::{
        ids::AccountId,
        tables::{LedgerRow, Reason},
        turn::TxnId,
    };
    let mut play = two();
    play.run("staff switches wealth_frozen to 1");
    for (reason, is_refused) in [(Reason::Pay, true), (Reason::RoomSettle, false), (Reason::Loot, false)] {
        let (now, world) = (play.now, &mut play.world);
        let none = slotmap::Key::null();
        let ran = world.in_tx(none, None, now, |tx| {
            let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
            let line = LedgerRow {
                lsn,
                n: 0,
                from_account: 1,
                to_account: 2,
                amount: 0,
                reason: reason as u32,
                cseq: 0,
                wall_ms,
            };
            tx.append(&line);
            Ok(())
        });
        ran.unwrap();
        let done = world.commit(TxnId { account: AccountId(0), cseq: 0 }, now);
        assert_eq!(done.is_err(), is_refused, "{reason:?}");
    }
}

#[test]
fn what_a_handler_forgot_to_ask_for_one_account_goes_no_further_than_its_record() {
    use proto::{
        ids::AccountId,
        tables::{GoodsLogRow, LedgerRow, Reason, WalletRow},
        turn::TxnId,
    };
    let mut play = two();
    let [ana, bo] = ["ana", "bo"].map(|name| play.people.all[name].account);
    play.run("staff freezes ana");
    // Why, between whom, gold or things, whose wallet is looked at, and whether it is refused.
    let deals = [
        (Reason::Pay, (ana, bo), true, bo, true),
        (Reason::Pay, (bo, ana), true, bo, true),
        (Reason::Pay, (bo, 1), true, bo, false),
        (Reason::MailTake, (77, bo), true, bo, false),
        (Reason::RoomStake, (ana, 77), true, ana, true),
        (Reason::RoomStake, (bo, 77), true, ana, false),
        (Reason::RoomSettle, (77, ana), true, ana, false),
        (Reason::ShopBuy, (0, 78), false, ana, false),
        (Reason::Trade, (78, 79), false, ana, true),
        (Reason::Trade, (78, 79), false, bo, false),
        (Reason::MailSend, (bo, 77), true, ana, true),
        (Reason::MailSend, (78, 77), false, ana, true),
    ];
    for (reason, (from, to), is_gold, looked_at, is_refused) in deals {
        let (now, world) = (play.now, &mut play.world);
        let ran = world.in_tx(slotmap::Key::null(), None, now, |tx| {
            tx.row::<WalletRow>(&looked_at)?;
            let (lsn, wall_ms, reason) = (tx.lsn.0, tx.now.wall_ms, reason as u32);
            if is_gold {
                let (from_account, to_account) = (from, to);
                let (n, amount, cseq) = (0, 0, 0);
                tx.append(&LedgerRow { lsn, n, from_account, to_account, amount, reason, cseq, wall_ms });
            } else {
                tx.append(&GoodsLogRow {
                    lsn,
                    n: 0,
                    item: 1,
                    kind: 1,
                    quantity: 1,
                    from_holder: from,
                    to_holder: to,
                    reason,
                    account: 0,
                    cseq: 0,
                    wall_ms,
                });
            }
            Ok(())
        });
        ran.unwrap();
        let done = world.commit(TxnId { account: AccountId(0), cseq: 0 }, now);
        let told = format!("{reason:?} from {from} to {to}, looking at {looked_at}: {done:?}");
        assert_eq!(done.is_err(), is_refused, "{told}");
        world.work.clear();
    }
}

#[test]
fn a_frozen_account_plays_and_neither_gives_nor_takes() {
    let mut play = two();
    enter(&mut play, "cy", "Cat", AT_SHOPS);
    let [ana, bo, cy] = ["ana", "bo", "cy"].map(|name| play.people.all[name].account);
    play.run("bo writes Ida 5\nana reads mail\nstaff freezes ana");
    assert_eq!(seen(&mut play, "staff freezes ana"), ["staff: ok, a guest, plays, was frozen"]);
    let tries = format!(
        "ana pays {bo} 1
         bo pays {ana} 1
         ana asks Bob to trade
         bo asks Ida to trade
         ana writes Bob 5
         bo writes Ida 5
         ana empties @1"
    );
    assert_eq!(answers(&mut play, &tries), [FROZEN; 7]);
    let others = format!("bo pays {cy} 1\nana says hello\nana buys 1 of 40 in 1\nana reads wallet");
    assert!(answers(&mut play, &others).iter().all(|answer| answer.starts_with("ok")));
    play.run("game dies\nana logs in\nana enters with Ida\nbo logs in\nbo enters with Bob\nana reads mail");
    assert_eq!(answers(&mut play, &tries), [FROZEN; 7], "it outlives the process");
    assert_eq!(seen(&mut play, "staff thaws ana"), ["staff: ok, a guest, plays, was frozen"]);
    let free = answers(&mut play, &format!("ana pays {bo} 1\nana empties @1"));
    assert!(free.iter().all(|answer| answer.starts_with("ok")), "{free:?}");
    let deeds: Vec<(String, u64)> =
        play.store.rows::<StaffLogRow>().into_iter().map(|row| (row.deed, row.account)).collect();
    let deeds: Vec<(&str, u64)> = deeds.iter().map(|(deed, whom)| (deed.as_str(), *whom)).collect();
    assert_eq!(deeds, [("freeze", ana), ("freeze", ana), ("unfreeze", ana)]);
}

#[test]
fn nobody_stakes_frozen_wealth_and_what_lies_in_a_pot_is_settled_as_it_is_played() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nana commands 2100 stake:400");
    let frozen = answers(
        &mut play,
        "staff switches wealth_frozen to 1
         bo commands 2100 stake:300
         staff switches wealth_frozen to 0
         staff freezes bo
         bo commands 2100 stake:300
         ana commands 2100 stake:100",
    );
    assert_eq!(frozen[..2], [FROZEN; 2]);
    assert!(frozen[2].starts_with("ok"), "{frozen:?}");
    // Heard again, the room is refused the same.
    play.run("staff switches wealth_frozen to 1\ngame dies\nana comes back\nbo comes back");
    assert!(answers(&mut play, "ana commands 2100 half").iter().all(|answer| answer.starts_with("ok")));
    assert!(play.diverged.is_empty() && play.broken.is_empty());
}

#[test]
fn no_account_is_made_while_that_is_closed_and_who_has_one_comes_in() {
    let mut play = Play::new(idle());
    play.run("ana logs in\nstaff switches accounts_closed to 1");
    let told = [
        "bo is refused: accounts_closed",
        "cy is refused: accounts_closed",
        "an older connection is closed: superseded",
        "ana is in: gen 3, last 0, ok 0",
        "staff: ok, accounts_closed was 1",
        "bo is in: gen 1, last 0, ok 0",
    ];
    let script = "bo logs in
         cy registers Cyrus with correct-horse
         ana logs in
         staff switches accounts_closed to 0
         bo logs in";
    assert_eq!(seen(&mut play, script), told);
}

#[test]
fn who_waits_for_a_hash_while_accounts_are_closed_gets_none() {
    let mut play = Play::new(idle());
    play.run("hold hashes\nana registers Anabel with correct-horse\nstaff switches accounts_closed to 1\nlet hashes");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is refused: accounts_closed");
}

#[test]
fn slow_chat_lets_each_player_say_one_public_line_in_its_time_and_says_when_the_next_is_due() {
    let mut play = two();
    play.run("staff switches chat_slow to 30");
    let lines = "ana says one\nana says two\nana mutters three\nbo says four\nana whispers Bob psst\nana reads wallet";
    let told = answers(&mut play, lines);
    let ok = |at: usize| told[at].starts_with("ok");
    assert!(ok(0) && ok(3) && ok(4) && ok(5), "{told:?}");
    assert_eq!(told[1..3], ["later chat_slow"; 2]);
    // Coming in anew is no way around.
    assert_eq!(answers(&mut play, "pass 29000\nana logs in\nana says five"), ["later chat_slow"]);
    assert!(answers(&mut play, "pass 1000\nana says six")[0].starts_with("ok"));
    let told = answers(&mut play, "staff switches chat_slow to 0\nana says seven\nana says eight");
    assert!(told.iter().all(|answer| answer.starts_with("ok")), "{told:?}");
}

#[test]
fn what_is_switched_holds_after_the_process_died() {
    let mut play = Play::new(idle());
    play.run(
        "staff switches wealth_frozen to 1
         staff switches accounts_closed to 1
         staff switches chat_slow to 7
         staff closes the world
         staff opens the world
         staff closes the world",
    );
    assert_eq!(play.store.rows::<SwitchRow>().len(), 4, "there are no more");
    let all = ["staff: ok, wealth_frozen 1 by script, accounts_closed 1 by script, chat_slow 7 by script"];
    assert_eq!(seen(&mut play, "game dies\nstaff looks at the switches"), all);
    assert_eq!(
        seen(
            &mut play,
            "staff switches wealth_frozen to 2\nstaff switches chat_slow to 3601\nstaff switches gravity to 1"
        ),
        ["staff: bad_request"; 3]
    );
    // What was not durable was never switched, and never answered.
    let told = seen(
        &mut play,
        "hold syncs\nstaff switches wealth_frozen to 0\ngame dies\nlet syncs\nstaff looks at the switches",
    );
    assert_eq!(told, all);
}

#[test]
fn the_running_world_tells_why_only_staff_plays_and_who_said_so() {
    let mut play = Play::new(idle());
    let told = seen(
        &mut play,
        "staff closes the world\nstaff looks at the switches\nstaff opens the world\nstaff looks at the switches",
    );
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(told[1], "staff: ok, staff_only 1 by script");
    assert_eq!(told[3], "staff: ok, all off");
}

#[test]
fn accounts_that_are_frozen_are_bounded() {
    let mut play = Play::new(idle());
    play.run("ana logs in\nbo logs in");
    let frozen = |account| FreezeRow { account, reason: String::new(), staff: String::new(), since_ms: 1 };
    let table = FreezeRow::table_mut(&mut play.world.cache);
    (1..FREEZES_MAX as u64).for_each(|other| table.write(&other, Some(frozen(other)), Lsn(0)));
    assert_eq!(
        seen(&mut play, "staff freezes ana\nstaff freezes ana\nstaff freezes bo"),
        ["staff: ok, a guest, plays", "staff: ok, a guest, plays, was frozen", "staff: too_many_frozen"]
    );
}
