//! How rooms are called in a turn: when what is due is due, however long the server has been up, however much falls due
//! at once, and whatever the journal has room for.

use super::{
    matches::{books, last},
    *,
};

fn rooms(play: &Play) -> u64 {
    play.world.figures().rooms
}

#[test]
fn a_room_waits_for_its_players_however_long_the_server_has_been_up() {
    let mut play = books();
    play.run("pass 700000\nana logs in\nbo logs in\nana joins book\nbo joins book\npass 700000");
    play.run("ana drops\nbo drops\npass 5000");
    assert_eq!(rooms(&play), 1, "its seats are kept");
    play.run("ana logs in\nana commands 2100 show");
    assert!(last(&play).ends_with("ok, away away back"), "{}", last(&play));
    play.run("pass 700000\nana drops\npass 599000");
    assert_eq!(rooms(&play), 1, "nobody has been away for long enough");
    play.run("pass 2000");
    assert_eq!(rooms(&play), 0, "nobody came back");
}
