//! Restarts that somebody asked for, and whoever dies in the middle of one.

use super::*;
use crate::up::word::Order;
use Part::{Leaving, Standby};

impl Scene {
    /// Asked to restart these; the program runs.
    fn restarting(gateways: u8, seats: &[Seat]) -> Self {
        let mut scene = Self::with(gateways);
        scene.policy.start(scene.now);
        for seat in Seat::all(gateways) {
            scene.ready(seat);
        }
        assert_eq!(scene.policy.on_restart(seats.to_vec()), Ok(vec![Action::Check]));
        assert_eq!(scene.policy.on_checked(Ok(()), scene.now), [Action::SpawnStandby(seats[0])]);
        scene
    }

    fn standby(&mut self, seat: Seat) -> Vec<Action> {
        self.policy.on_standby(seat, self.now)
    }

    fn released(&mut self, seat: Seat) -> Vec<Action> {
        self.policy.on_released(seat, self.now)
    }

    fn part_ready(&mut self, seat: Seat, part: Part) -> Vec<Action> {
        self.policy.on_ready(seat, part, self.now)
    }

    fn part_crash(&mut self, seat: Seat, part: Part) -> Vec<Action> {
        self.policy.on_end(seat, part, Ending::Crash("signal 9".to_owned()), self.now)
    }

    fn part_clean(&mut self, seat: Seat, part: Part) -> Vec<Action> {
        self.policy.on_end(seat, part, Ending::Clean, self.now)
    }

    /// The seat is served as ever, and can be restarted again.
    fn is_sound(&mut self, seat: Seat) {
        assert_eq!(self.pass(ALIVE_LONG), []);
        assert_eq!(self.crash(seat).last(), Some(&Action::Spawn(seat)));
        assert_eq!(self.ready(seat), [Action::Back(seat)]);
        assert_eq!(self.policy.on_restart(vec![seat]), Ok(vec![Action::Check]));
    }
}

/// The text of a restart that failed.
fn failed(actions: &[Action]) -> Option<&str> {
    actions.iter().find_map(|action| match action {
        Action::RestartOver(Err(text)) => Some(text.as_str()),
        _ => None,
    })
}

fn replaced(seat: Seat, pause_ms: u64) -> Action {
    Action::Replaced { seat, pause: Some(Duration::from_millis(pause_ms)) }
}

const DONE: Action = Action::RestartOver(Ok(()));
const MS: Duration = Duration::from_millis(1);

#[test]
fn a_new_dbfront_begins_when_the_old_one_has_stopped() {
    let mut scene = Scene::restarting(1, &[DBFRONT]);
    assert_eq!(scene.standby(DBFRONT), [Action::AskStop(DBFRONT, Main)]);
    scene.pass(30 * MS);
    let begin = [Action::Promote(DBFRONT), Action::Tell(DBFRONT, Main, Order::Begin)];
    assert_eq!(scene.clean(DBFRONT), begin);
    scene.pass(10 * MS);
    assert_eq!(scene.ready(DBFRONT), [replaced(DBFRONT, 40), DONE]);
    assert_eq!(scene.policy.next_deadline(), None);
    scene.is_sound(DBFRONT);
}

#[test]
fn a_new_game_begins_when_the_old_one_has_handed_over() {
    let mut scene = Scene::restarting(1, &[GAME]);
    assert_eq!(scene.standby(GAME), [Action::Tell(GAME, Main, Order::HandOver)]);
    assert_eq!(scene.clean(GAME), [Action::Promote(GAME), Action::Tell(GAME, Main, Order::Begin)]);
    assert_eq!(scene.ready(GAME), [replaced(GAME, 0), DONE]);
    scene.is_sound(GAME);
}

#[test]
fn a_new_gateway_serves_before_the_old_one_leaves() {
    let mut scene = Scene::restarting(1, &[GATEWAY]);
    assert_eq!(scene.standby(GATEWAY), [Action::Tell(GATEWAY, Main, Order::Release)]);
    assert_eq!(scene.released(GATEWAY), [Action::Tell(GATEWAY, Standby, Order::Begin)]);
    assert_eq!(
        scene.part_ready(GATEWAY, Standby),
        [
            Action::Promote(GATEWAY),
            Action::Tell(GATEWAY, Leaving, Order::Leave),
            Action::Replaced { seat: GATEWAY, pause: None },
        ]
    );
    scene.pass(Duration::from_secs(2));
    let left = Action::Left { seat: GATEWAY, after: Duration::from_secs(2) };
    assert_eq!(scene.part_clean(GATEWAY, Leaving), [left, DONE]);
    assert_eq!(scene.policy.next_deadline(), None);
    scene.is_sound(GATEWAY);
}

#[test]
fn all_go_one_after_the_other_in_the_order_of_an_upgrade() {
    let second = Seat::gateway(2).expect("a seat");
    let mut scene = Scene::restarting(2, &Seat::all(2));
    scene.standby(DBFRONT);
    scene.clean(DBFRONT);
    assert_eq!(scene.ready(DBFRONT), [replaced(DBFRONT, 0), Action::SpawnStandby(GAME)]);
    scene.standby(GAME);
    scene.clean(GAME);
    assert_eq!(scene.ready(GAME), [replaced(GAME, 0), Action::SpawnStandby(GATEWAY)]);
    for (seat, last) in [(GATEWAY, Action::SpawnStandby(second)), (second, DONE)] {
        scene.standby(seat);
        scene.released(seat);
        scene.part_ready(seat, Standby);
        assert_eq!(scene.part_clean(seat, Leaving).last(), Some(&last));
    }
}

#[test]
fn a_program_that_does_not_run_replaces_nobody() {
    let mut scene = Scene::serving();
    assert_eq!(scene.policy.on_restart(vec![GAME]), Ok(vec![Action::Check]));
    assert_eq!(scene.policy.on_restart(vec![GAME]), Err(Refused::UnderWay));
    let over = scene.policy.on_checked(Err("no such file".to_owned()), scene.now);
    assert_eq!(over, [Action::RestartOver(Err("no such file".to_owned()))]);
    scene.is_sound(GAME);
}

#[test]
fn a_restart_is_refused_before_all_serve_while_they_stop_and_of_whom_there_is_not() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    assert_eq!(scene.policy.on_restart(vec![DBFRONT]), Err(Refused::Starting));
    let mut scene = Scene::serving();
    let third = Seat::gateway(3).expect("a seat");
    assert_eq!(scene.policy.on_restart(vec![third]), Err(Refused::Absent(third)));
    scene.stop();
    assert_eq!(scene.policy.on_restart(vec![DBFRONT]), Err(Refused::Stopping));
}

#[test]
fn a_new_process_that_ends_while_it_stands_by_leaves_the_old_one_as_it_was() {
    for seat in [DBFRONT, GAME, GATEWAY] {
        let mut scene = Scene::restarting(1, &[seat]);
        let config = Ending::Named(stop("CONFIG"));
        let over = scene.policy.on_end(seat, Standby, config, scene.now);
        assert!(failed(&over).is_some_and(|text| text.contains("CONFIG")), "{over:?}");
        assert_eq!(over.len(), 1);
        scene.is_sound(seat);
    }
}

#[test]
fn a_new_process_that_does_not_get_ready_is_asked_to_go_and_killed_and_the_old_one_goes_on() {
    let mut scene = Scene::restarting(1, &[GAME]);
    let over = scene.pass(Duration::from_secs(30));
    assert_eq!(over[0], Action::AskStop(GAME, Standby));
    assert!(failed(&over).is_some());
    assert_eq!(scene.policy.on_restart(vec![GAME]), Err(Refused::UnderWay));
    assert_eq!(scene.pass(Duration::from_secs(10)), [Action::Kill(GAME, Standby)]);
    assert_eq!(scene.part_crash(GAME, Standby), []);
    scene.is_sound(GAME);
}

#[test]
fn an_old_process_that_dies_meanwhile_is_succeeded_by_the_one_that_stands_by() {
    for seat in [DBFRONT, GAME, GATEWAY] {
        let mut scene = Scene::restarting(1, &[seat]);
        let begin = [restart(seat, 0), Action::Promote(seat), Action::Tell(seat, Main, Order::Begin)];
        assert_eq!(scene.crash(seat), begin);
        assert_eq!(scene.ready(seat), [replaced(seat, 0), DONE]);
        scene.is_sound(seat);
    }
}

#[test]
fn an_old_process_that_ends_for_good_takes_the_restart_with_it() {
    let mut scene = Scene::restarting(1, &[GAME]);
    let end = scene.named(GAME, "FENCED");
    assert_eq!(end[0], Action::AskStop(GAME, Standby));
    assert!(failed(&end).is_some_and(|text| text.contains("FENCED")));
    assert_eq!(end.last(), Some(&Action::LeftDown { seat: GAME, stop: stop("FENCED") }));
    assert_eq!(scene.part_clean(GAME, Standby), []);
    // Asked again, it is simply started.
    assert_eq!(scene.policy.on_restart(vec![GAME]), Ok(vec![Action::Check]));
    assert_eq!(scene.policy.on_checked(Ok(()), scene.now), [Action::Spawn(GAME)]);
    assert_eq!(scene.ready(GAME), [replaced(GAME, 0), DONE]);
}

#[test]
fn records_that_were_not_durable_in_time_do_not_keep_the_new_game_from_beginning() {
    let mut scene = Scene::restarting(1, &[GAME]);
    scene.standby(GAME);
    assert_eq!(scene.named(GAME, "STOP_UNFINISHED")[0], Action::Promote(GAME));
    assert_eq!(scene.ready(GAME), [replaced(GAME, 0), DONE]);
}

#[test]
fn an_old_process_that_does_not_make_room_is_killed_and_succeeded() {
    for (seat, seconds) in [(DBFRONT, 10), (GAME, 15), (GATEWAY, 5)] {
        let mut scene = Scene::restarting(1, &[seat]);
        scene.standby(seat);
        assert_eq!(scene.pass(Duration::from_secs(seconds)), [Action::Kill(seat, Main)]);
        assert_eq!(scene.pass(Duration::from_secs(60)), []);
        let end = scene.crash(seat);
        assert!(end.contains(&Action::Promote(seat)), "{end:?}");
        assert_eq!(scene.ready(seat).last(), Some(&DONE));
        scene.is_sound(seat);
    }
}

#[test]
fn a_new_process_that_dies_while_the_old_one_makes_room_is_started_again_after_it() {
    for seat in [DBFRONT, GAME] {
        let mut scene = Scene::restarting(1, &[seat]);
        scene.standby(seat);
        assert!(failed(&scene.part_crash(seat, Standby)).is_some());
        assert_eq!(scene.clean(seat).last(), Some(&Action::Spawn(seat)));
        assert_eq!(scene.ready(seat), [Action::Back(seat)]);
        scene.is_sound(seat);
    }
}

#[test]
fn a_new_process_that_dies_before_it_serves_is_started_again_as_ever() {
    for seat in [DBFRONT, GAME] {
        let mut scene = Scene::restarting(1, &[seat, GATEWAY]);
        scene.standby(seat);
        scene.clean(seat);
        let end = scene.crash(seat);
        assert!(failed(&end).is_some(), "{end:?}");
        assert_eq!(end[1..], [restart(seat, 0), Action::Spawn(seat)]);
        assert_eq!(scene.ready(seat), [Action::Back(seat)]);
        scene.is_sound(seat);
    }
}

#[test]
fn a_gateway_that_let_go_takes_its_seat_again_when_the_new_one_dies() {
    // Before it had let go, and after it.
    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    assert!(failed(&scene.part_crash(GATEWAY, Standby)).is_some());
    assert_eq!(scene.released(GATEWAY), [Action::Tell(GATEWAY, Main, Order::Keep)]);
    scene.is_sound(GATEWAY);

    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    scene.released(GATEWAY);
    let end = scene.part_crash(GATEWAY, Standby);
    assert_eq!(end[0], Action::Tell(GATEWAY, Main, Order::Keep));
    assert!(failed(&end).is_some());
    scene.is_sound(GATEWAY);

    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    scene.released(GATEWAY);
    assert_eq!(scene.pass(Duration::from_secs(60)), [Action::Kill(GATEWAY, Standby)]);
    assert_eq!(scene.part_crash(GATEWAY, Standby)[0], Action::Tell(GATEWAY, Main, Order::Keep));
    scene.is_sound(GATEWAY);
}

#[test]
fn a_gateway_that_dies_after_it_let_go_is_succeeded() {
    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    scene.released(GATEWAY);
    assert_eq!(scene.crash(GATEWAY), [restart(GATEWAY, 0), Action::Promote(GATEWAY)]);
    assert_eq!(scene.ready(GATEWAY), [replaced(GATEWAY, 0), DONE]);
    scene.is_sound(GATEWAY);
}

#[test]
fn a_gateway_that_does_not_leave_is_killed_and_the_new_one_may_die_meanwhile() {
    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    scene.released(GATEWAY);
    scene.part_ready(GATEWAY, Standby);
    assert_eq!(scene.crash(GATEWAY), [restart(GATEWAY, 0), Action::Spawn(GATEWAY)]);
    assert_eq!(scene.ready(GATEWAY), [Action::Back(GATEWAY)]);
    assert_eq!(scene.pass(Duration::from_secs(40)), [Action::Kill(GATEWAY, Leaving)]);
    assert_eq!(scene.part_crash(GATEWAY, Leaving).last(), Some(&DONE));
    scene.is_sound(GATEWAY);
}

#[test]
fn somebody_else_who_dies_meanwhile_comes_back_as_ever() {
    let mut scene = Scene::restarting(1, &[GAME]);
    scene.standby(GAME);
    assert_eq!(scene.crash(DBFRONT), [restart(DBFRONT, 0), Action::Spawn(DBFRONT)]);
    assert_eq!(scene.ready(DBFRONT), [Action::Back(DBFRONT)]);
    scene.clean(GAME);
    assert_eq!(scene.ready(GAME), [replaced(GAME, 0), DONE]);
}

#[test]
fn a_stop_in_the_middle_waits_for_everybody_who_is_there() {
    // Game stands by and makes room.
    let mut scene = Scene::restarting(1, &[GAME]);
    scene.standby(GAME);
    let stop = scene.stop();
    assert!(failed(&stop).is_some());
    assert!(stop.contains(&Action::AskStop(GAME, Standby)) && stop.contains(&Action::AskStop(GATEWAY, Main)));
    assert_eq!(scene.clean(GAME), []);
    assert_eq!(scene.clean(GATEWAY), []);
    assert_eq!(scene.part_clean(GAME, Standby), [Action::AskStop(DBFRONT, Main)]);
    assert_eq!(scene.clean(DBFRONT), [Action::Finish(None)]);

    // A gateway leaves.
    let mut scene = Scene::restarting(1, &[GATEWAY]);
    scene.standby(GATEWAY);
    scene.released(GATEWAY);
    scene.part_ready(GATEWAY, Standby);
    let stop = scene.stop();
    assert!(stop.contains(&Action::AskStop(GATEWAY, Leaving)), "{stop:?}");
    assert_eq!(scene.clean(GATEWAY), []);
    let kill = scene.stop();
    assert!(kill.contains(&Action::Kill(GATEWAY, Leaving)), "{kill:?}");
    scene.part_crash(GATEWAY, Leaving);
    scene.crash(GAME);
    assert_eq!(exit_of(&scene.crash(DBFRONT)), Some(Some(Exit::Failed)));
}

#[test]
fn when_everything_ends_by_a_name_the_one_that_stands_by_ends_too() {
    let mut scene = Scene::restarting(1, &[GAME]);
    let end = scene.named(DBFRONT, "CONFIG");
    assert!(failed(&end).is_some());
    assert!(end.contains(&Action::AskStop(GAME, Standby)), "{end:?}");
}
