//! A gateway that leaves: who is asked to go over, when, and who is closed.

use super::{
    super::super::limits::{ClientLimits, LEAVE_SPREAD_MS_MAX, LEAVE_STEP_CLIENTS, LEAVE_STEP_MS},
    world::{World, check},
};

#[test]
fn players_are_asked_to_go_over_and_served_on_and_others_are_closed() {
    check(
        "ana plays
         bo connects
         bo sends hello
         cy connects
         dee connects
         dee sends bytes 40
         the gateway leaves
         0 ms pass
         cy sends hello
         ana sends wallet_read
         game sends ana must answer
         ana hangs up
         2000 ms pass",
        "game hears bo opened
         game hears bo hello
         bo hears control: close stopping
         bo is told no more
         dee hears control: close stopping
         dee is told no more
         game hears bo closed stopping
         ana hears control: reconnect*3
         cy hears control: close stopping
         cy is told no more
         game hears ana wallet_read
         ana hears must: answer
         game hears ana closed gone
         ana is gone
         bo is gone
         cy is gone
         dee is gone",
    );
}

#[test]
fn a_parked_player_is_asked_when_it_has_its_seat() {
    check(
        "ana plays
         the link is lost
         the gateway leaves
         0 ms pass
         100 ms pass
         the link is up
         game reseats ana
         100 ms pass
         100 ms pass",
        "ana hears control: paused
         game hears ana seated as 0 1.1
         ana is read
         ana hears control: reset
         ana hears control: reconnect*3",
    );
}

#[test]
fn many_are_asked_in_turns_and_a_great_many_in_time_all_the_same() {
    for (players, steps_min, steps_max) in [(LEAVE_STEP_CLIENTS * 3, 3, 3), (30_000, 190, 200)] {
        let mut world = World::new(ClientLimits::default());
        for _ in 0..players {
            let key = world.hub.open(0, [0; 16], 1, None);
            world.hub.clients[key].session.stage = super::super::Stage::Admitted;
        }
        world.hub.leave(0);
        let (mut now_ms, mut steps) = (0, 0);
        while let Some(next_ms) = world.hub.leaving.as_ref().and_then(super::super::Leaving::next_ms) {
            assert!(now_ms <= next_ms && next_ms < LEAVE_SPREAD_MS_MAX, "{next_ms} ms");
            now_ms = next_ms;
            world.hub.tell_leavers(now_ms);
            world.hub.tell_leavers(now_ms + LEAVE_STEP_MS - 1);
            steps += 1;
        }
        assert!((steps_min..=steps_max).contains(&steps), "{steps} steps for {players}");
    }
}
