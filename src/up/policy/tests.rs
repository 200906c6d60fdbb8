//! The supervisor through its one door: what happens to the children, and what it wants done.

mod restart;

use super::*;
use Part::Main;

const DBFRONT: Seat = Seat::DBFRONT;
const GAME: Seat = Seat::GAME;
const GATEWAY: Seat = Seat::GATEWAY;

struct Scene {
    policy: Policy,
    now: Instant,
}

impl Scene {
    /// All three serve.
    fn serving() -> Self {
        let mut scene = Self::new();
        assert_eq!(scene.policy.start(scene.now), [Action::Spawn(DBFRONT)]);
        assert_eq!(scene.ready(DBFRONT), [Action::Spawn(GAME)]);
        assert_eq!(scene.ready(GAME), [Action::Spawn(GATEWAY)]);
        assert_eq!(scene.ready(GATEWAY), [Action::AllReady]);
        scene
    }

    fn new() -> Self {
        Self::with(1)
    }

    fn with(gateways: u8) -> Self {
        Self { policy: Policy::new(gateways), now: crate::clock::now() }
    }

    fn pass(&mut self, time: Duration) -> Vec<Action> {
        self.now += time;
        self.policy.on_time(self.now)
    }

    fn ready(&mut self, seat: Seat) -> Vec<Action> {
        self.policy.on_ready(seat, Part::Main, self.now)
    }

    fn crash(&mut self, seat: Seat) -> Vec<Action> {
        self.policy.on_end(seat, Part::Main, Ending::Crash("signal 9".to_owned()), self.now)
    }

    fn clean(&mut self, seat: Seat) -> Vec<Action> {
        self.policy.on_end(seat, Part::Main, Ending::Clean, self.now)
    }

    fn named(&mut self, seat: Seat, name: &str) -> Vec<Action> {
        self.policy.on_end(seat, Part::Main, Ending::Named(stop(name)), self.now)
    }

    fn stop(&mut self) -> Vec<Action> {
        self.policy.on_stop(self.now)
    }
}

fn stop(name: &str) -> NamedStop {
    NamedStop { name: name.to_owned(), text: "why".to_owned() }
}

fn restart(seat: Seat, pause_ms: u64) -> Action {
    Action::Restart { seat, why: "signal 9".to_owned(), pause: Duration::from_millis(pause_ms) }
}

fn exit_of(actions: &[Action]) -> Option<Option<Exit>> {
    actions.iter().find_map(|action| match action {
        Action::Finish(failure) => Some(failure.as_ref().map(|failure| failure.exit)),
        _ => None,
    })
}

#[test]
fn a_killed_child_is_started_again_at_once_and_alone() {
    let mut scene = Scene::serving();
    assert_eq!(scene.crash(GAME), [restart(GAME, 0), Action::Spawn(GAME)]);
    assert_eq!(scene.ready(GAME), [Action::Back(GAME)]);
}

#[test]
fn a_child_that_keeps_dying_is_started_ever_later_up_to_five_seconds() {
    let mut scene = Scene::serving();
    scene.crash(GAME);
    for pause_ms in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
        assert_eq!(scene.crash(GAME), [restart(GAME, pause_ms)]);
        assert_eq!(scene.pass(Duration::from_millis(pause_ms - 1)), []);
        assert_eq!(scene.pass(Duration::from_millis(1)), [Action::Spawn(GAME)]);
    }
    scene.ready(GAME);
    scene.pass(Duration::from_secs(10));
    assert_eq!(scene.crash(GAME), [restart(GAME, 0), Action::Spawn(GAME)]);
}

#[test]
fn a_journal_failure_is_tried_once_more_and_the_rest_goes_on() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(DBFRONT, "JOURNAL_FAILED").last(), Some(&Action::Spawn(DBFRONT)));
    scene.ready(DBFRONT);
    assert_eq!(
        scene.named(DBFRONT, "JOURNAL_FAILED"),
        [Action::LeftDown { seat: DBFRONT, stop: stop("JOURNAL_FAILED") }]
    );
    assert_eq!(scene.crash(GAME), [restart(GAME, 0), Action::Spawn(GAME)]);
    assert_eq!(scene.stop(), [Action::AskStop(GATEWAY, Main)]);
    assert_eq!(scene.clean(GATEWAY), [Action::AskStop(GAME, Main)]);
    assert_eq!(exit_of(&scene.clean(GAME)), Some(None));
}

#[test]
fn a_game_that_met_a_newer_dbfront_is_started_from_what_is_on_disk_now() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(GAME, "SCHEMA_TOO_OLD").last(), Some(&Action::Spawn(GAME)));
    scene.ready(GAME);
    let again = scene.named(GAME, "SCHEMA_TOO_OLD");
    assert!(matches!(again[..], [Action::Restart { .. }]), "{again:?}");
    scene.pass(Duration::from_millis(100));
    scene.ready(GAME);
    let stop = stop("SCHEMA_TOO_OLD");
    assert_eq!(
        scene.named(GAME, "SCHEMA_TOO_OLD"),
        [Action::LeftDown { seat: GAME, stop }],
        "it is the same one"
    );
}

#[test]
fn a_fenced_child_is_never_started_again() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(GAME, "FENCED"), [Action::LeftDown { seat: GAME, stop: stop("FENCED") }]);
    assert_eq!(scene.pass(Duration::from_secs(60)), []);
}

#[test]
fn wrong_configuration_ends_everything_at_once_with_its_code() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(GAME, "CONFIG"), [Action::AskStop(GATEWAY, Main)]);
    assert_eq!(scene.clean(GATEWAY), [Action::AskStop(DBFRONT, Main)]);
    assert_eq!(exit_of(&scene.clean(DBFRONT)), Some(Some(Exit::Config)));
}

#[test]
fn before_anybody_is_served_a_named_stop_ends_everything() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    assert_eq!(exit_of(&scene.named(DBFRONT, "CORRUPT_ACKED")), Some(Some(Exit::Data)));

    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    scene.ready(DBFRONT);
    scene.ready(GAME);
    assert_eq!(scene.named(GATEWAY, "ADDRESS_IN_USE"), [Action::AskStop(GAME, Main)]);
    scene.clean(GAME);
    assert_eq!(exit_of(&scene.clean(DBFRONT)), Some(Some(Exit::Unavailable)));
}

#[test]
fn a_writer_that_is_just_leaving_is_waited_for_but_not_for_ever() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    for pause_ms in [0, 100, 200] {
        let again = scene.named(DBFRONT, "WRITER_EXISTS");
        assert!(matches!(again[0], Action::Restart { .. }), "{again:?}");
        scene.pass(Duration::from_millis(pause_ms));
    }
    assert_eq!(exit_of(&scene.named(DBFRONT, "WRITER_EXISTS")), Some(Some(Exit::TryAgain)));
}

#[test]
fn an_address_lost_while_serving_is_tried_again() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(GATEWAY, "ADDRESS_IN_USE").last(), Some(&Action::Spawn(GATEWAY)));
}

#[test]
fn when_every_child_is_down_everything_ends_with_the_last_name() {
    let mut scene = Scene::serving();
    scene.named(DBFRONT, "CORRUPT_ACKED");
    scene.named(GAME, "FENCED");
    assert_eq!(exit_of(&scene.named(GATEWAY, "DB_UNSAFE_SETTINGS")), Some(Some(Exit::Data)));
}

#[test]
fn a_stop_goes_from_the_players_to_the_disk_and_ends_well() {
    let mut scene = Scene::serving();
    assert_eq!(scene.stop(), [Action::AskStop(GATEWAY, Main)]);
    assert_eq!(scene.clean(GATEWAY), [Action::AskStop(GAME, Main)]);
    assert_eq!(scene.clean(GAME), [Action::AskStop(DBFRONT, Main)]);
    assert_eq!(scene.clean(DBFRONT), [Action::Finish(None)]);
}

#[test]
fn a_child_that_does_not_stop_is_killed_after_ten_seconds_and_that_is_said() {
    let mut scene = Scene::serving();
    scene.stop();
    assert_eq!(scene.pass(Duration::from_millis(9_999)), []);
    assert_eq!(scene.pass(Duration::from_millis(1)), [Action::Kill(GATEWAY, Main)]);
    assert_eq!(scene.pass(Duration::from_secs(60)), []);
    assert_eq!(scene.crash(GATEWAY), [Action::AskStop(GAME, Main)]);
    scene.clean(GAME);
    assert_eq!(exit_of(&scene.clean(DBFRONT)), Some(Some(Exit::Internal)));
}

#[test]
fn a_second_stop_kills_whoever_is_left() {
    let mut scene = Scene::serving();
    scene.stop();
    scene.clean(GATEWAY);
    assert_eq!(scene.stop(), [Action::Kill(DBFRONT, Main), Action::Kill(GAME, Main)]);
    assert_eq!(scene.crash(GAME), []);
    assert_eq!(exit_of(&scene.crash(DBFRONT)), Some(Some(Exit::Failed)));
}

#[test]
fn a_stop_during_the_start_or_a_pause_waits_for_nobody_who_is_not_there() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    assert_eq!(scene.stop(), [Action::AskStop(DBFRONT, Main)]);
    assert_eq!(scene.clean(DBFRONT), [Action::Finish(None)]);

    let mut scene = Scene::serving();
    scene.crash(GAME);
    scene.crash(GAME);
    assert_eq!(scene.stop(), [Action::AskStop(GATEWAY, Main)]);
    assert_eq!(scene.clean(GATEWAY), [Action::AskStop(DBFRONT, Main)]);
    assert_eq!(scene.clean(DBFRONT), [Action::Finish(None)]);
    assert_eq!(scene.policy.next_deadline(), None);
}

#[test]
fn a_child_that_dies_before_the_next_is_started_is_waited_for() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    scene.ready(DBFRONT);
    assert_eq!(scene.crash(DBFRONT), [restart(DBFRONT, 0), Action::Spawn(DBFRONT)]);
    assert_eq!(scene.ready(GAME), []);
    assert_eq!(scene.ready(DBFRONT), [Action::Spawn(GATEWAY)]);
}

#[test]
fn several_gateways_start_one_after_the_other_come_back_alone_and_stop_together() {
    let mut scene = Scene::with(3);
    let [second, third] = [2, 3].map(|number| Seat::gateway(number).expect("a seat"));
    scene.policy.start(scene.now);
    scene.ready(DBFRONT);
    assert_eq!(scene.ready(GAME), [Action::Spawn(GATEWAY)]);
    assert_eq!(scene.ready(GATEWAY), [Action::Spawn(second)]);
    assert_eq!(scene.ready(second), [Action::Spawn(third)]);
    assert_eq!(scene.ready(third), [Action::AllReady]);
    assert_eq!(scene.crash(second), [restart(second, 0), Action::Spawn(second)]);
    assert_eq!(scene.crash(third), [restart(third, 0), Action::Spawn(third)]);
    assert_eq!(scene.ready(third), [Action::Back(third)]);
    let asked = [GATEWAY, second, third].map(|seat| Action::AskStop(seat, Main));
    assert_eq!(scene.stop(), asked);
    assert_eq!(scene.clean(second), []);
    assert_eq!(scene.clean(GATEWAY), []);
    assert_eq!(scene.clean(third), [Action::AskStop(GAME, Main)]);
}
