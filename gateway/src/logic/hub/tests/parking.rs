//! Players outlive game: who stays when the link is lost, what each hears, and from when on what they say counts again.

mod any_order;
mod transports;

use super::{
    super::super::limits::{ClientLimits, RETRY_AFTER_MS_MIN},
    pressure::small,
    world::{World, check, check_with, packets},
};

#[test]
fn a_player_is_kept_and_has_its_seat_in_the_next_game() {
    check(
        "bo plays
         game subscribes bo 7
         the link is lost
         bo sends wallet_read
         the link is up
         game publishes 7 must chat_heard
         game reseats bo
         game subscribes bo 7
         game publishes 7 must chat_heard
         bo sends pay*9, wallet_read
         bo sends reset_taken, wallet_read
         bo sends chat_say
         bo sends reset_taken",
        "bo hears control: paused
         game hears bo seated as 1 1.1
         bo is read
         bo hears control: reset
         bo hears must: chat_heard
         game hears bo wallet_read
         game hears bo chat_say
         bo hears control: close out_of_turn
         bo is told no more
         game hears bo closed out_of_turn",
    );
}

#[test]
fn a_game_dies_twice_and_nobody_is_told_twice_of_one_pause() {
    check(
        "bo plays
         cy plays
         the link is lost
         the link is up
         game reseats cy
         the link is lost
         cy sends reset_taken
         the link is up
         game reseats bo
         game reseats cy
         bo sends reset_taken, wallet_read
         cy sends reset_taken, wallet_read",
        "bo hears control: paused
         cy hears control: paused
         game hears bo seated as 1 1.1
         game hears cy seated as 2 1.1
         cy is read
         cy hears control: reset
         cy hears control: paused
         game hears bo seated as 1 1.1
         game hears cy seated as 2 1.2
         bo is read
         bo hears control: reset
         cy is read
         cy hears control: reset
         game hears bo wallet_read
         game hears cy wallet_read",
    );
}

#[test]
fn whoever_had_said_hello_goes_on_where_the_next_game_stands() {
    check(
        "ana connects
         ana sends hello
         game sends ana control welcome
         bo connects
         bo sends hello
         game sends bo control welcome
         bo sends login_guest
         cy connects
         cy sends hello
         game sends cy control welcome
         cy sends login_guest
         game sends cy control login_refused
         dee connects
         dee sends hello
         the link is lost
         ana sends login_guest
         300000 ms pass
         the link is up
         124999 ms pass",
        "game hears ana opened
         game hears ana hello
         ana hears control: welcome
         game hears bo opened
         game hears bo hello
         bo hears control: welcome
         game hears bo login_guest
         game hears cy opened
         game hears cy hello
         cy hears control: welcome
         game hears cy login_guest
         cy hears control: login_refused
         game hears dee opened
         game hears dee hello
         dee hears control: close game_away
         dee is told no more
         ana hears control: ping
         bo hears control: ping
         cy hears control: ping
         dee is gone
         ana is read
         bo is read
         cy is read
         game hears ana greeted
         game hears bo greeted, waits for a login
         game hears cy greeted
         game hears ana login_guest
         ana hears control: close silent
         ana is told no more
         bo hears control: close silent
         bo is told no more
         cy hears control: close silent
         cy is told no more
         game hears ana closed silent
         game hears bo closed silent
         game hears cy closed silent",
    );
}

#[test]
fn whoever_was_resuming_is_named_so_and_told_to_try_on_another_connection() {
    check(
        "ana connects
         ana sends hello
         game sends ana control welcome
         ana sends resume
         bo connects
         bo sends hello
         game sends bo control welcome
         bo sends resume
         game sends bo control resume_refused
         the link is lost
         the link is up
         game closes ana link_lost",
        "game hears ana opened
         game hears ana hello
         ana hears control: welcome
         game hears ana resume
         game hears bo opened
         game hears bo hello
         bo hears control: welcome
         game hears bo resume
         bo hears control: resume_refused
         ana is read
         bo is read
         game hears ana greeted, waits for a resume
         game hears bo greeted
         ana hears control: close link_lost
         ana is told no more
         game hears ana closed link_lost",
    );
}

#[test]
fn the_silence_of_a_player_who_is_not_read_does_not_count_and_it_is_pinged() {
    check(
        "bo plays
         10000 ms pass
         the link is lost
         5000 ms pass
         14999 ms pass
         1 ms pass
         44999 ms pass
         the link is up
         game reseats bo
         14999 ms pass
         1 ms pass
         29999 ms pass
         1 ms pass",
        "bo hears control: paused
         bo hears control: ping
         bo hears control: ping
         bo hears control: ping
         game hears bo seated as 1 1.1
         bo is read
         bo hears control: reset
         bo hears control: ping
         bo hears control: ping
         bo hears control: close silent
         bo is told no more
         game hears bo closed silent",
    );
}

#[test]
fn nobody_is_kept_longer_than_an_operator_chose() {
    let limits = ClientLimits { park_ms: 20_000, ..ClientLimits::default() };
    check_with(
        limits,
        "bo plays
         the link is lost
         10000 ms pass
         the link is up
         9999 ms pass
         1 ms pass",
        "bo hears control: paused
         game hears bo seated as 1 1.1
         bo hears control: ping
         bo hears control: close game_away
         bo is told no more
         game hears bo closed game_away",
    );
    let none = ClientLimits { park_ms: 0, ..ClientLimits::default() };
    check_with(
        none,
        "bo plays
         the link is lost",
        "bo hears control: close game_away
         bo is told no more",
    );
}

#[test]
fn a_player_who_hangs_up_meanwhile_is_gone_and_the_next_game_never_hears_of_it() {
    check(
        "bo plays
         cy plays
         the link is lost
         bo hangs up
         the link is up
         cy hangs up",
        "bo hears control: paused
         cy hears control: paused
         bo is gone
         game hears cy seated as 2 1.1
         game hears cy closed gone
         cy is gone",
    );
}

#[test]
fn a_game_may_close_whom_it_has_no_seat_for() {
    check(
        "bo plays
         the link is lost
         the link is up
         game closes bo superseded",
        "bo hears control: paused
         game hears bo seated as 1 1.1
         bo hears control: close superseded
         bo is told no more
         game hears bo closed superseded",
    );
}

#[test]
fn a_game_that_cannot_be_told_of_players_never_hears_of_them() {
    check(
        "bo plays
         ana connects
         ana sends hello
         game sends ana control welcome
         the link is lost
         the old link is up",
        "game hears ana opened
         game hears ana hello
         ana hears control: welcome
         bo hears control: paused
         ana hears control: close game_away
         ana is told no more
         bo hears control: close game_away
         bo is told no more",
    );
}

#[test]
fn what_passes_is_dropped_with_its_game_and_what_must_arrive_is_not() {
    check_with(
        small(),
        "bo plays
         game subscribes bo 7
         bo stops reading
         game publishes 7 latest chat_heard*400
         game sends bo must paid*500
         game publishes 7 latest chat_heard*401
         game sends bo expiring/9000 paid*100
         the link is lost
         bo reads on
         the link is up
         game reseats bo
         game subscribes bo 7
         game publishes 7 latest chat_heard*9",
        "bo hears must: paid*500
         bo hears control: paused
         game hears bo seated as 1 1.1
         bo is read
         bo hears control: reset
         bo hears latest: chat_heard*9",
    );
}

#[test]
fn a_frame_that_was_begun_is_whole_also_when_its_game_is_gone() {
    check_with(
        small(),
        "bo plays
         game subscribes bo 7
         bo takes 50 bytes
         game publishes 7 latest chat_heard*400
         game publishes 7 latest chat_heard*401
         the link is lost
         bo reads on",
        "bo hears latest: chat_heard*400
         bo hears control: paused",
    );
}

#[test]
fn a_player_over_its_rate_is_read_again_when_it_has_its_seat() {
    check(
        "bo plays
         bo sends 300 pings
         bo sends 200 pings
         bo sends wallet_read
         the link is lost
         the link is up
         1000 ms pass
         game reseats bo
         bo sends reset_taken, wallet_read",
        "bo hears 300 pongs
         bo hears 200 pongs
         bo is not read
         bo hears control: paused
         game hears bo seated as 1 1.1
         bo is read
         bo hears control: reset
         game hears bo wallet_read",
    );
}

#[test]
fn what_is_said_before_the_reset_is_taken_is_still_bounded() {
    for (title, frame, closed) in [
        ("an endless varint", vec![0xff; 12], "bad_packet"),
        ("a long ping", packets("ping*9"), "body_too_large"),
        ("a bad packet after the reset", packets("reset_taken, welcome"), "unknown_kind"),
    ] {
        let mut world = World::new(ClientLimits::default());
        for line in ["bo plays", "the link is lost", "the link is up", "game reseats bo"] {
            world.step(line);
        }
        world.heard.clear();
        world.send("bo", &frame);
        world.settle();
        let told = format!("bo hears control: close {closed}");
        assert!(world.heard.contains(&told), "{title}: {:?}", world.heard);
    }
    check(
        "bo plays
         the link is lost
         the link is up
         game reseats bo
         bo sends hello, ping, login_guest, welcome
         bo sends 500 pings
         bo sends wallet_read
         1000 ms pass",
        "bo hears control: paused
         game hears bo seated as 1 1.1
         bo is read
         bo hears control: reset
         bo hears control: pong
         bo hears 500 pongs
         bo is not read
         bo is read",
    );
}

#[test]
fn newcomers_are_told_to_come_back_at_other_moments_and_the_more_were_kept_the_longer() {
    for (kept, longest_ms) in [(3, 1_000), (5_000, 5_000)] {
        let mut world = World::new(ClientLimits::default());
        world.hub.set_seed(7);
        for _ in 0..kept {
            let key = world.hub.open(0, [0; 16], 1, None);
            let mut frame = Vec::new();
            proto::frame::put_frame(&mut frame, proto::kinds::Lane::MustArrive, false, &packets("hello"));
            world.hub.receive(key, 0, &frame);
        }
        world.hub.link_down(0);
        let told: Vec<u32> = (0..1_000).map(|_| world.hub.return_after_ms()).collect();
        let (least, most) = (*told.iter().min().expect("some"), *told.iter().max().expect("some"));
        assert!(RETRY_AFTER_MS_MIN <= least && least < longest_ms / 5, "{least} of {kept}");
        assert!(longest_ms / 10 * 9 < most && most <= longest_ms, "{most} of {kept}");
    }
}

#[test]
fn who_has_a_seat_again_is_told_once_when_nobody_waits_any_more() {
    let mut world = World::new(ClientLimits::default());
    for line in ["bo plays", "cy plays", "dee plays", "the link is lost", "1500 ms pass", "the link is up"] {
        world.step(line);
    }
    assert_eq!(world.hub.parked(), 3);
    world.step("game reseats bo");
    assert_eq!((world.hub.parked(), world.hub.take_reseated()), (2, None));
    world.step("500 ms pass");
    world.step("game reseats cy");
    world.step("dee hangs up");
    assert_eq!(world.hub.parked(), 0);
    let reseated = world.hub.take_reseated().expect("all are settled");
    assert_eq!((reseated.clients, reseated.longest_ms), (2, 2_000));
    assert_eq!(world.hub.take_reseated(), None);
    assert_eq!(world.hub.tally().pauses_ms, [1_500, 2_000]);
}
