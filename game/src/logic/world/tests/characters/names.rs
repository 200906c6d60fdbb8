//! Characters' names: who may have which, how long a deleted one keeps its name, and what goes with it.

use super::*;

#[test]
fn a_name_that_is_reserved_or_no_name_is_refused_as_for_accounts() {
    check(
        "ana logs in
         ana makes Admin
         ana makes аdmіn
         ana makes Gаmе-Мaster
         ana makes 4dm1n
         ana makes x
         ana makes an--na
         ana makes 123
         ana makes аnnа2x",
        "ana is in: gen 1, last 0, ok 0
         ana 1: rejected name_reserved
         ana 2: rejected name_script
         ana 3: rejected name_script
         ana 4: rejected name_reserved
         ana 5: rejected name_too_short
         ana 6: rejected name_separator
         ana 7: rejected name_no_letter
         ana 8: rejected name_script",
    );
}

#[test]
fn one_name_has_one_character_however_it_is_written() {
    let mut play = play();
    play.run(TWO);
    play.run("ana makes Ida\nbo makes IDA\nbo makes ｉｄａ\nana makes ida\nbo makes Idа\nbo makes Idun");
    let stored = stored(&play);
    assert_eq!(stored, [("Ida".to_owned(), "ida".to_owned()), ("Idun".to_owned(), "idun".to_owned())]);
    check_with(
        play,
        "",
        &format!(
            "{TWO_ARE_IN}
             ana 1: ok, Ida 1
             bo 1: rejected name_taken
             bo 2: rejected name_taken
             ana 2: rejected name_taken
             bo 3: rejected name_script
             bo 4: ok, Idun 1"
        ),
    );
}

#[test]
fn of_two_who_want_one_name_at_the_same_time_one_gets_it() {
    for first in ["ana", "bo"] {
        let second = if first == "ana" { "bo" } else { "ana" };
        let mut play = with_cache_of(1);
        play.run(&format!("{TWO}hold reads\n{first} makes Ida\n{second} makes ida\nlet reads"));
        assert_eq!(stored(&play).len(), 1);
        // A refusal does not wait for the journal.
        let expected = format!("{TWO_ARE_IN}{second} 1: rejected name_taken\n{first} 1: ok, Ida 1");
        check_with(play, "", &expected);
    }
}

#[test]
fn names_of_accounts_and_of_characters_are_apart() {
    check(
        "ana registers Ida with correct-horse
         ana makes Ida",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana 1: ok, Ida 1",
    );
}

#[test]
fn a_name_is_kept_through_the_grace_and_free_after_it() {
    let mut play = play();
    play.run(&format!("{TWO}ana makes Ida\nana deletes Ida"));
    play.pass(Duration::from_millis(GRACE_MS - 1));
    play.run("bo makes Ida\nana lists characters");
    play.pass(Duration::from_millis(1));
    play.run("ana restores Ida\nbo makes Ida\nana lists characters\nbo lists characters\nana makes ida");
    assert_eq!(stored(&play), [("Ida".to_owned(), "ida".to_owned())]);
    check_with(
        play,
        "",
        &format!(
            "{TWO_ARE_IN}
             ana 1: ok, Ida 1
             ana 2: ok, Ida 1 deleted
             bo 1: rejected name_taken
             ana 3: ok, [Ida 1 deleted]
             ana 4: rejected no_such_character
             bo 2: ok, Ida 1
             ana 5: ok, []
             bo 3: ok, [Ida 1]
             ana 6: rejected name_taken"
        ),
    );
}

#[test]
fn the_own_name_of_one_who_is_gone_can_be_had_again() {
    let mut play = play();
    play.run("ana logs in\nana makes Ida\nana deletes Ida");
    play.pass(Duration::from_millis(GRACE_MS));
    play.run("ana makes IDA");
    assert_eq!(stored(&play), [("IDA".to_owned(), "ida".to_owned())]);
    play.run("game dies\nana logs in\nana lists characters");
    assert_eq!(answer(&play), "ana 4: ok, [IDA 1]");
}

#[test]
fn what_is_over_goes_for_good_when_its_account_looks() {
    let mut play = play();
    play.run("ana logs in\nana makes Ida\nana makes Ole\nana deletes Ida");
    play.pass(Duration::from_millis(GRACE_MS));
    assert_eq!(stored(&play).len(), 2);
    play.run("ana lists characters");
    assert_eq!(stored(&play), [("Ole".to_owned(), "ole".to_owned())]);
}

#[test]
fn who_goes_for_good_takes_along_what_it_had_and_the_books_say_so() {
    let mut play = play();
    play.run("ana logs in\nana makes Ida\nana deletes Ida");
    let (account, ida) = (play.people.all["ana"].account, play.people.characters["Ida"]);
    // As if its bag and its mailbox had been looked at before.
    for key in [UnitKey::Item(ida), UnitKey::Mail(ida)] {
        play.world.cache.fill(&key, std::iter::empty());
    }
    let give = |tx: &mut Tx<'_>| {
        let (sword, letter, bread) = (tx.new_id()?, tx.new_id()?, tx.new_id()?);
        let item = |holder, id, kind, quantity, place| ItemRow { holder, id, kind, quantity, place, slot: 0 };
        tx.put(item(ida, sword, 2, 1, 1));
        tx.put(item(letter, bread, 40, 7, 3));
        tx.goods_flow(Reason::Staff, 2, 1);
        tx.goods_flow(Reason::Staff, 40, 7);
        tx.put(MailRow {
            to_character: ida,
            id: letter,
            from_character: 0,
            from_name: String::new(),
            subject: "Welcome".to_owned(),
            text: String::new(),
            gold: 25,
            sent_ms: 1,
            read: false,
        });
        tx.flow(Reason::Staff, 25);
        Ok(())
    };
    play.world.in_tx(ConnKey::default(), None, play.now, give).unwrap();
    play.world.commit(TxnId { account: AccountId(account), cseq: 0 }, play.now).unwrap();
    play.turn();
    assert_eq!((play.store.rows::<ItemRow>().len(), play.store.rows::<MailRow>().len()), (2, 1));

    play.pass(Duration::from_millis(GRACE_MS));
    play.run("ana lists characters");
    assert_eq!(answer(&play), "ana 3: ok, []");
    assert_eq!(stored(&play), []);
    assert_eq!((play.store.rows::<ItemRow>(), play.store.rows::<MailRow>()), (vec![], vec![]));
    let (_, record, _) = play.store.journal.last().unwrap();
    let record: Record = wire::decode(record, Budget::LINK).unwrap();
    let flows: Vec<i64> = record.flows.iter().map(|flow| flow.amount).collect();
    let goods: Vec<(u32, i64)> = record.goods.iter().map(|flow| (flow.kind, flow.amount)).collect();
    assert_eq!((flows, goods), (vec![-25], vec![(40, -7), (2, -1)]));
    let of = |table: Table| record.mutations.iter().filter(move |one| one.table == table as u32);
    assert_eq!((of(Table::GoodsLog).count(), of(Table::Ledger).count()), (2, 1));
}
