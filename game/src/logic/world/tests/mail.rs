//! Letters: sent to whoever is there or not, emptied, cleared; and whatever happens, gold and things are in one place.

use std::time::Duration;

use proto::{
    client::{MailSend, MailThing},
    ids::AccountId,
    kinds,
    limits::{GOLD_MAX, MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX, MAILBOX_MAX},
    tables::{CharacterRow, GoodsLogRow, ItemRow, LedgerRow, MailRow, Place, Reason, WalletRow},
    turn::TxnId,
    wire,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{
    goods::{AT_SHOPS, balance, enter, play},
    *,
};
use crate::logic::{
    delivery::ConnKey,
    goods::bag::SLOTS,
    tx::{Halt, Tx},
};

/// Ida of ana, who has three potions (#1) and a sword (#2), and Bob of bo.
fn two(cache_accounts_max: usize) -> Play {
    let mut play = play(cache_accounts_max);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana buys 3 of 40 in 1\nana buys 1 of 1 in 1");
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("pass 10000");
    play.people.transcript.clear();
    play
}

/// What was seen since the last look, but for the map.
fn seen(play: &mut Play) -> Vec<String> {
    let mut seen = std::mem::take(&mut play.people.transcript);
    seen.retain(|line| !line.contains(" sees "));
    seen
}

#[track_caller]
fn sees(play: &mut Play, script: &str, expected: &[&str]) {
    play.run(script);
    assert_eq!(seen(play), expected);
    balance(play);
}

type Rows = (Vec<ItemRow>, Vec<GoodsLogRow>, Vec<LedgerRow>, Vec<MailRow>, Vec<WalletRow>);

fn rows(play: &Play) -> Rows {
    let store = &play.store;
    (store.rows(), store.rows(), store.rows(), store.rows(), store.rows())
}

#[test]
fn a_letter_brings_gold_and_things_and_the_books_follow_them() {
    for cache_accounts_max in [1, 100] {
        let mut play = two(cache_accounts_max);
        sees(
            &mut play,
            "ana writes bob 5 2:#1 1:#2 saying hello there
            bo reads mail
            bo reads mail",
            &[
                "ana has #1 1 of 40 at 0, #2 gone",
                "ana 5: ok, @1, 959 gold",
                "bo gets @1 from Ida",
                "bo 3: ok, [new @1 from Ida: hello there, 5 gold, #2 1 of 1 in letter at 1, #3 2 of 40 in letter at 0]",
                "bo 4: ok, [@1 from Ida: hello there, 5 gold, #2 1 of 1 in letter at 1, #3 2 of 40 in letter at 0]",
            ],
        );
        sees(
            &mut play,
            "bo burns @1
            bo empties @1
            bo empties @1
            bo reads mail
            bo burns @1
            bo reads mail
            bo burns @1",
            &[
                "bo 5: rejected mail_not_empty",
                "bo has #2 1 of 1 at 0, #3 2 of 40 at 1",
                "bo 6: ok, 1005 gold",
                "bo 7: rejected mail_empty",
                "bo 8: ok, [@1 from Ida: hello there]",
                "bo 9: ok",
                "bo 10: ok, []",
                "bo 11: rejected no_such_mail",
            ],
        );
        let reasons: Vec<u32> = play.store.rows::<LedgerRow>().iter().map(|line| line.reason).collect();
        assert!(reasons.ends_with(&[Reason::MailSend as u32, Reason::MailTake as u32]), "{reasons:?}");
    }
}

#[test]
fn a_letter_waits_for_whoever_is_not_there() {
    for cache_accounts_max in [1, 100] {
        let mut play = two(cache_accounts_max);
        play.run("bo leaves the world\nbo logs out");
        play.run("ana writes Bob 7 1:#1\ngame dies\nbo logs in\nbo enters with Bob");
        play.people.transcript.clear();
        play.run("bo reads mail\nbo empties @1");
        // Commands without a record were forgotten, so their numbers are open.
        let said: Vec<String> =
            seen(&mut play).iter().map(|line| line.rsplit(": ok, ").next().unwrap().to_owned()).collect();
        let letter = "[new @1 from Ida: , 7 gold, #3 1 of 40 in letter at 0]";
        assert_eq!(said, [letter, "bo has #3 1 of 40 at 0", "1007 gold"]);
        balance(&play);
    }
}

#[test]
fn all_of_a_stack_in_two_parts_is_an_item_and_its_rest() {
    let mut play = two(100);
    sees(
        &mut play,
        "ana writes Bob 0 1:#1 2:#1\nbo empties @1",
        &[
            "ana has #1 gone",
            "ana 5: ok, @1",
            "bo gets @1 from Ida",
            "bo has #1 2 of 40 at 0, #3 1 of 40 at 1",
            "bo 3: ok",
        ],
    );
}

#[test]
fn what_cannot_be_sent_or_taken_is_refused_by_name_and_changes_nothing() {
    let mut play = two(100);
    enter(&mut play, "cy", "Cat", AT_SHOPS);
    play.run("ana makes Ida2\nana puts on #2\nana buys 1 of 40 in 1");
    play.run("cy buys 1 of 40 in 1\ncy writes Bob 5 1:#3 saying hi");
    enter(&mut play, "dee", "Dot", AT_SHOPS);
    play.run("dee leaves the world\ndee deletes Dot");
    let before = rows(&play);
    for (line, refusal) in [
        ("ana writes Nobody 0 saying hi", "no_such_character"),
        ("ana writes 1!1 0 saying hi", "no_such_character"),
        ("ana writes Dot 0 saying hi", "no_such_character"),
        ("ana writes Ida2 1 saying hi", "own_account"),
        ("ana writes Ida 0 1:#1", "own_account"),
        ("ana writes Bob 0", "text_empty"),
        ("ana writes Bob 0 saying \u{202e}", "text_empty"),
        ("ana writes Bob -1 saying hi", "bad_amount"),
        ("ana writes Bob 1000000000000001 saying hi", "bad_amount"),
        ("ana writes Bob 1000000000000000 saying hi", "not_enough_gold"),
        ("ana writes Bob 0 0:#1", "bad_quantity"),
        ("ana writes Bob 0 9:#1", "not_enough_items"),
        ("ana writes Bob 0 2:#1 3:#1", "not_enough_items"),
        ("ana writes Bob 0 1:#2", "item_worn"),
        ("ana writes Bob 0 1:#3", "no_such_item"),
        ("ana writes Bob 0 1:#1 1:#1 1:#1 1:#1 1:#1 1:#1 1:#1 1:#1 1:#1", "too_many_items"),
        // Somebody else's, by its right id, is like one that does not exist.
        ("ana empties @1", "no_such_mail"),
        ("ana burns @1", "no_such_mail"),
        ("bo burns @1", "mail_not_empty"),
        ("cy leaves the world", ""),
        ("cy writes Bob 0 saying hi", "not_in_world"),
        ("cy reads mail", "not_in_world"),
        ("cy empties @1", "not_in_world"),
        ("cy burns @1", "not_in_world"),
        ("staff mutes ana for 60000", ""),
        ("ana writes Bob 0 saying hi", "muted"),
    ] {
        play.run("pass 1000");
        play.people.transcript.clear();
        play.run(line);
        let said = seen(&mut play).join("\n");
        if !refusal.is_empty() {
            assert!(said.ends_with(&format!(": rejected {refusal}")), "{line}: {said}");
        }
        assert_eq!(rows(&play), before, "{line}");
    }
    balance(&play);
}

#[test]
fn texts_have_the_length_they_may_and_lose_what_disturbs() {
    let mut play = two(100);
    let letter = |subject: usize, text: usize| MailSend {
        to: "Bob".to_owned(),
        subject: "s".repeat(subject),
        text: "t".repeat(text),
        ..MailSend::default()
    };
    let (subject, text) = (MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX);
    for (letter, expected) in [
        (letter(subject + 1, 1), "rejected text_too_long"),
        (letter(1, text + 1), "rejected text_too_long"),
        (letter(subject, text), "ok, @1"),
        (MailSend { text: " a\u{1b}\u{202e}b ".to_owned(), ..letter(0, 0) }, "ok, @2"),
    ] {
        play.run("pass 1000");
        play.people.transcript.clear();
        play.command("ana", kinds::MAIL_SEND, &wire::encode(&letter));
        play.turn();
        assert!(seen(&mut play).iter().any(|line| line.ends_with(expected)), "{expected}");
    }
    let stored = play.store.rows::<MailRow>();
    assert_eq!((stored[0].subject.len(), stored[0].text.len()), (subject, text));
    assert_eq!(stored[1].text, "ab");
}

#[test]
fn the_largest_letter_fits_its_bound() {
    let thing = MailThing { item: i64::MAX.cast_unsigned(), quantity: u32::MAX };
    let letter = MailSend {
        to: "n".repeat(proto::limits::NAME_TYPED_BYTES_MAX),
        subject: "s".repeat(MAIL_SUBJECT_BYTES_MAX),
        text: "t".repeat(MAIL_TEXT_BYTES_MAX),
        gold: GOLD_MAX,
        things: vec![thing; proto::limits::MAIL_ITEMS_MAX],
    };
    assert!(wire::encode(&letter).len() <= proto::limits::MAIL_SEND_BYTES_MAX);
}

#[test]
fn letters_are_a_kind_of_chat_and_not_faster() {
    let mut play = two(100);
    let per_s = play.config.chat_per_s;
    for n in 0..per_s * 3 {
        play.run(&format!("ana writes Bob 0 saying {n}"));
    }
    play.people.transcript.clear();
    let before = rows(&play);
    play.run("ana writes Bob 3 saying more\nana says more");
    let said = seen(&mut play);
    assert!(said.iter().all(|line| line.ends_with("later chat_too_fast")), "{said:?}");
    assert_eq!(rows(&play), before);
    sees(
        &mut play,
        "pass 1000\nana writes Bob 3 saying more",
        &[
            &format!("ana {}: ok, @{}, 961 gold", per_s * 3 + 7, per_s * 3 + 1),
            &format!("bo gets @{} from Ida", per_s * 3 + 1),
        ],
    );
}

#[test]
fn nobody_hears_of_a_letter_before_it_is_durable_and_a_crash_takes_it_back_whole() {
    let mut play = two(100);
    let before = rows(&play);
    sees(&mut play, "hold syncs\nana writes Bob 5 3:#1 saying hi\nbo reads mail", &[]);
    play.run("game dies\nlet syncs");
    for name in ["ana", "bo"] {
        play.run(&format!("{name} logs in"));
    }
    play.run("ana enters with Ida\nbo enters with Bob");
    assert_eq!(rows(&play), before);
    seen(&mut play);
    play.run("bo reads mail\nana writes Bob 5 3:#1 saying hi");
    let said = seen(&mut play);
    assert!(said[0].ends_with("ok, []") && said.contains(&"bo gets @1 from Ida".to_owned()), "{said:?}");
    // Emptied, and that is lost: all is in the letter still.
    let sent = rows(&play);
    play.run("hold syncs\nbo empties @1\ngame dies\nlet syncs\nbo logs in\nbo enters with Bob");
    assert_eq!(rows(&play), sent);
    balance(&play);
    seen(&mut play);
    play.run("bo empties @1");
    assert!(seen(&mut play).iter().any(|line| line.ends_with("ok, 1005 gold")));
    balance(&play);
}

/// Changes rows of the only character of an account without a line in the books.
fn give(play: &mut Play, name: &str, run: impl FnOnce(&mut Tx<'_>, AccountId, u64) -> Result<(), Halt>) {
    let account = AccountId(play.people.all[name].account);
    let character = play.people.characters[if name == "bo" { "Bob" } else { "Ida" }];
    let now = play.now;
    play.world.in_tx(ConnKey::default(), None, now, |tx| run(tx, account, character)).unwrap();
    play.world.commit(TxnId { account, cseq: 0 }, now).unwrap();
    play.turn();
}

#[test]
fn what_does_not_fit_stays_in_the_letter_whole() {
    let mut play = two(100);
    play.run("bo looks into the bag\nana writes Bob 5 1:#1 1:#2\nana writes Bob 5");
    // Room for one of two things.
    give(&mut play, "bo", |tx, _, holder| {
        for slot in 1..SLOTS {
            let id = tx.new_id()?;
            tx.put(ItemRow { holder, id, kind: 1, quantity: 1, place: Place::Bag as u32, slot });
            tx.goods_flow(Reason::Staff, 1, 1);
        }
        Ok(())
    });
    let before = rows(&play);
    play.people.transcript.clear();
    play.run("bo empties @1");
    assert_eq!(seen(&mut play), ["bo 4: rejected bag_full"]);
    assert_eq!(rows(&play), before);
    // Room for one piece of gold less than there is.
    give(&mut play, "bo", |tx, account, _| {
        let wallet = tx.row::<WalletRow>(&account.0)?.unwrap();
        tx.flow(Reason::Staff, GOLD_MAX - 4 - wallet.gold);
        tx.put(WalletRow { gold: GOLD_MAX - 4, ..wallet });
        Ok(())
    });
    let before = rows(&play);
    play.run("bo empties @2");
    assert_eq!(seen(&mut play), ["bo 5: rejected wallet_full"]);
    assert_eq!(rows(&play), before);
    play.run("bo pays ana 1\nbo empties @2");
    assert!(seen(&mut play).ends_with(&["bo 7: ok, 1000000000000000 gold".to_owned()]));
}

#[test]
fn letters_come_page_by_page_newest_first() {
    let mut play = two(1);
    for n in 1..=20 {
        play.run(&format!("pass 1000\nana writes Bob 1 saying {n}"));
    }
    play.people.transcript.clear();
    play.run("bo reads mail\nbo reads mail before @5\nbo reads mail before @1");
    let said = seen(&mut play);
    assert!(
        said[0].contains("[new @20 from Ida: 20, 1 gold; new @19") && said[0].ends_with("] and more"),
        "{said:?}"
    );
    assert_eq!(said[0].matches(" from ").count(), 16);
    assert!(
        said[1].contains("[new @4 ") && said[1].contains("new @1 ") && !said[1].contains("more"),
        "{said:?}"
    );
    assert!(said[2].ends_with("ok, []"), "{said:?}");
    balance(&play);
}

#[test]
fn a_full_mailbox_takes_no_letter_and_ends_with_its_character() {
    for cache_accounts_max in [1, 100] {
        let mut play = two(cache_accounts_max);
        play.run("ana buys 7 of 40 in 1");
        for n in 0..MAILBOX_MAX {
            play.run(&format!("pass 1000\nana writes Bob 1 saying hi {n}"));
        }
        let before = rows(&play);
        assert_eq!(before.3.len(), MAILBOX_MAX);
        play.people.transcript.clear();
        play.run("pass 1000\nana writes Bob 1 1:#1 saying hi");
        assert!(seen(&mut play)[0].ends_with("rejected mailbox_full"));
        assert_eq!(rows(&play), before);
        sees(&mut play, "pass 1000\nbo empties @7\nbo burns @7", &["bo 3: ok, 1001 gold", "bo 4: ok"]);
        play.run("ana writes Bob 1 1:#1 saying hi\nbo leaves the world\nbo deletes Bob");
        assert_eq!(play.store.rows::<MailRow>().len(), MAILBOX_MAX);
        play.pass(play.config.character_grace);
        play.run("bo lists characters");
        assert_eq!(play.store.rows::<MailRow>(), []);
        let owners: Vec<u64> = play.store.rows::<CharacterRow>().iter().map(|row| row.id).collect();
        assert!(play.store.rows::<ItemRow>().iter().all(|item| owners.contains(&item.holder)));
        balance(&play);
    }
}

/// Three players send and take anything, rows are forgotten at once, and game dies now and then.
#[test]
fn whatever_is_sent_and_taken_the_books_say_where_everything_is() {
    for seed in 0..6 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut play = play(if seed % 2 == 0 { 1 } else { 100 });
        let names = ["ana", "bo", "cy"];
        for name in names {
            enter(&mut play, name, &format!("C{name}"), AT_SHOPS);
            play.run(&format!("{name} buys 5 of 40 in 1\n{name} buys 1 of 1 in 1"));
        }
        let gold = |play: &Play| -> i64 {
            let wallets: i64 = play.store.rows::<WalletRow>().iter().map(|row| row.gold).sum();
            wallets + play.store.rows::<MailRow>().iter().map(|row| row.gold).sum::<i64>()
        };
        let things =
            |play: &Play| -> u32 { play.store.rows::<ItemRow>().iter().map(|row| row.quantity).sum() };
        let at_first = (gold(&play), things(&play));
        for _ in 0..400 {
            let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
            let who = pick(3);
            // Now and then to oneself, which is refused.
            let (name, to) = (names[who], names[(who + pick(5).div_ceil(2)) % 3]);
            let (items, letters) = (play.people.items.len(), play.people.letters.len());
            let own = play.people.characters[&format!("C{name}")];
            let stored = play.store.rows::<ItemRow>();
            let is_full = |row: &MailRow| row.gold != 0 || stored.iter().any(|item| item.holder == row.id);
            let is_waiting = |row: &MailRow| row.to_character == own && is_full(row);
            let waiting = play.store.rows::<MailRow>().into_iter().find(is_waiting);
            let letter = match waiting {
                Some(row) if pick(4) != 0 => row.id.to_string(),
                _ if letters == 0 => "5".to_owned(),
                _ => format!("@{}", pick(letters) + 1),
            };
            let line = match pick(8) {
                0 => "reads mail".to_owned(),
                1..=3 => format!("empties {letter}"),
                4 => format!("burns {letter}"),
                _ => {
                    let has: Vec<&ItemRow> = stored.iter().filter(|row| row.holder == own).collect();
                    let mut parcel = || {
                        let is_own = pick(4) != 0 && !has.is_empty();
                        let item =
                            if is_own { has[pick(has.len())].id } else { play.people.items[pick(items)] };
                        format!("{}:{item}", pick(4))
                    };
                    let parcels: Vec<String> = std::iter::repeat_with(&mut parcel).take(2).collect();
                    let parcels = &parcels[..pick(3)];
                    format!("writes C{to} {} {} saying x", pick(3) * 50, parcels.join(" "))
                }
            };
            if pick(10) == 0 {
                play.run("hold syncs");
            }
            play.run(&format!("{name} {line}"));
            if pick(25) == 0 {
                play.run("game dies\nlet syncs");
                for name in names {
                    play.run(&format!("{name} logs in\n{name} enters with C{name}"));
                }
            }
            play.run("let syncs");
            // Not faster than a session may.
            play.pass(Duration::from_secs(1));
            balance(&play);
            assert_eq!((gold(&play), things(&play)), at_first);
        }
        let done = |reason: Reason| {
            play.store.rows::<GoodsLogRow>().iter().filter(|line| line.reason == reason as u32).count()
        };
        let (sent, taken) = (done(Reason::MailSend), done(Reason::MailTake));
        assert!(10 < sent && 10 < taken, "much happened: {sent}, {taken}");
    }
}
