//! How blows are told: once a tick, and not without bound.

use super::*;

fn hits(play: &Play) -> Vec<&str> {
    play.people.transcript.iter().filter(|line| line.contains(" hit ")).map(String::as_str).collect()
}

#[test]
fn blows_between_two_ticks_are_told_with_the_second_ahead_of_what_they_did() {
    let mut play = play(vec![placed(BOAR, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("pass 200\npass 1");
    play.people.transcript.clear();
    play.run("ana strikes 1\nbo strikes 1");
    assert_eq!(hits(&play), [""; 0], "no write for each blow");
    play.run("pass 66");
    // Each hears both, and whatever else was struck in this tick.
    let blows = hits(&play).iter().filter(|line| line.contains("hit 1: ")).count();
    assert_eq!(blows, 4, "{:#?}", play.people.transcript);
    let first = |what: &str| play.people.transcript.iter().position(|line| line.contains(what));
    assert!(first(" hit 1: ") < first("1 has "), "{:#?}", play.people.transcript);
}

#[test]
fn blows_beyond_the_bound_of_a_cell_are_counted_and_not_told() {
    let mut play = play(Vec::new());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("pass 200");
    play.people.transcript.clear();
    let account = proto::ids::AccountId(play.people.all["ana"].account);
    let (avatar, _) = play.world.roaming.avatar_of(account).unwrap();
    let home = play.world.roaming.field.home(avatar).unwrap();
    let mut packet = Vec::new();
    let hit = proto::client::Hit { by: 1, whom: 1, damage: 1, life: 99 };
    let head = proto::packet::Packet { kind: proto::kinds::HIT, ..Default::default() };
    proto::wire::put(&mut packet, head, &hit);
    let fit = crate::logic::hits::Hits::CELL_BYTES_MAX / packet.len();
    for _ in 0..fit + 3 {
        play.world.tell_hit_at_tick(home, &packet);
    }
    assert_eq!(play.world.figures().withheld, 3);
    play.run("pass 66");
    assert_eq!(hits(&play).len(), fit);
    play.world.tell_hit_at_tick(home, &packet);
    play.run("pass 66");
    assert_eq!((hits(&play).len(), play.world.figures().withheld), (fit + 1, 3), "there is room again");
}
