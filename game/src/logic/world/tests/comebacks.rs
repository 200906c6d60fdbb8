//! Members who go and come back, or are put out, at moments at which their room does not hear of it, or is another.

use proto::tables::RoomRow;

use super::{
    matches::{books, last},
    turns::{clockworks, count, rests, seen},
};

#[test]
fn whoever_goes_and_comes_back_while_matches_stand_still_has_never_been_away() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nlevel red\npass 100");
    play.run("ana drops\npass 100\nana logs in\nlevel green\npass 100\nbo commands 2100 show");
    assert!(last(&play).ends_with("ok"), "{}", last(&play));
    seen(&mut play);
    play.run("ana drops\nbo commands 2100 show");
    let told = seen(&mut play);
    assert!(told.contains(&"bo sees ana away".to_owned()), "{told:#?}");
    assert!(told.last().unwrap().ends_with("ok, away"), "{told:#?}");
}

#[test]
fn whoever_comes_back_and_goes_while_matches_stand_still_is_away() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\nana joins book\nbo joins book\nana drops\nlevel red\npass 100");
    play.run("ana logs in\npass 100\nana drops\nlevel green\npass 100\nbo commands 2100 show");
    assert!(last(&play).ends_with("ok, away"), "{}", last(&play));
    play.run("ana logs in\nbo commands 2100 show");
    assert!(last(&play).ends_with("ok, away back"), "{}", last(&play));
}

#[test]
fn of_a_member_that_went_while_matches_stood_still_the_others_are_told_when_they_go_on() {
    let mut play = books();
    play.run("ana logs in\nbo logs in\ncid logs in\nana joins book\nbo joins book\ncid watches book");
    play.run("level red\npass 100");
    seen(&mut play);
    play.run("ana drops\ncid drops\npass 100");
    assert_eq!(count(&seen(&mut play), "bo sees"), 0, "the room has not heard of it");
    play.run("level green\npass 100");
    let told = seen(&mut play);
    assert_eq!((count(&told, "bo sees ana away"), count(&told, "bo sees cid gone")), (1, 1), "{told:#?}");
}

#[test]
fn a_room_that_kicks_somebody_who_is_in_another_moves_nobody() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\nana joins passing\nbo joins lasting");
    let bo = play.people.all["bo"].account;
    play.run(&format!("ana commands 2310 now:kick:{bo}"));
    seen(&mut play);
    play.run("bo drops\nbo logs in\nbo joins passing");
    let told = seen(&mut play);
    assert_eq!(count(&told, "bo is back in lasting"), 1, "{told:#?}");
    assert!(told.last().unwrap().ends_with("rejected already_in_room"), "{told:#?}");
}

#[test]
fn nobody_waits_for_members_of_rooms_that_stand_still() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nana joins lasting\ngame dies\npass 100\nlevel red\npass 100\npass 10000");
    rests(&play);
    play.run("level green\npass 100");
    rests(&play);
}

#[test]
fn of_a_member_that_is_kicked_while_it_is_away_the_others_are_told() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nbo logs in\nana joins lasting\nbo joins lasting\nbo drops");
    let bo = play.people.all["bo"].account;
    seen(&mut play);
    play.run(&format!("ana commands 2300 now:kick:{bo}"));
    assert_eq!(count(&seen(&mut play), "ana sees bo gone"), 1);
}

#[test]
fn of_onlookers_who_did_not_come_back_with_a_room_the_others_are_told() {
    let mut play = clockworks(1_024);
    play.run(
        "ana logs in\nbo logs in\ncid logs in\nana joins lasting\nbo joins lasting\ncid watches lasting",
    );
    play.run("game dies\nana comes back\npass 100");
    seen(&mut play);
    play.run("pass 5000");
    let told = seen(&mut play);
    assert_eq!((count(&told, "ana sees cid gone"), count(&told, "ana sees bo away")), (1, 1), "{told:#?}");
}

#[test]
fn a_room_whose_last_member_is_gone_though_its_end_is_not_is_gone_when_it_comes_back() {
    let mut play = clockworks(1);
    play.run("ana logs in\nana joins lasting\nhold syncs\nana leaves");
    play.sync(play.store.journal.len() as u64);
    play.held.syncs = false;
    assert_eq!(play.store.rows::<RoomRow>().len(), 1, "its end waits for the journal");
    play.run("game dies\npass 100");
    assert_eq!((play.world.figures().rooms, play.store.rows::<RoomRow>().len()), (0, 0));
}

#[test]
fn whoever_comes_back_sees_the_room_as_it_is_after_it_has_heard_of_that() {
    let mut play = clockworks(1_024);
    play.run("ana logs in\nana joins lasting\nana drops");
    seen(&mut play);
    play.run("ana logs in");
    let told = seen(&mut play);
    assert_eq!(told[1], "ana is back in lasting", "{told:#?}");
    let at = |what: &str| told.iter().position(|line| line.contains(what)).unwrap();
    assert!(at("2301 view after 1 backs") < at("where were you?"), "{told:#?}");
    assert_eq!((count(&told, "view"), count(&told, "where were you?")), (1, 1), "{told:#?}");
}
