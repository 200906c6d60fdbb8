//! The supervisor through its one door: what happens to the children, and what it wants done.

use super::*;
use Role::{Dbfront, Game, Gateway};

struct Scene {
    policy: Policy,
    now: Instant,
}

impl Scene {
    /// All three serve.
    fn serving() -> Self {
        let mut scene = Self::new();
        assert_eq!(scene.policy.start(scene.now), [Action::Spawn(Dbfront)]);
        assert_eq!(scene.ready(Dbfront), [Action::Spawn(Game)]);
        assert_eq!(scene.ready(Game), [Action::Spawn(Gateway)]);
        assert_eq!(scene.ready(Gateway), [Action::AllReady]);
        scene
    }

    fn new() -> Self {
        Self { policy: Policy::default(), now: crate::clock::now() }
    }

    fn pass(&mut self, time: Duration) -> Vec<Action> {
        self.now += time;
        self.policy.on_time(self.now)
    }

    fn ready(&mut self, role: Role) -> Vec<Action> {
        self.policy.on_ready(role, self.now)
    }

    fn crash(&mut self, role: Role) -> Vec<Action> {
        self.policy.on_end(role, Ending::Crash("signal 9".to_owned()), self.now)
    }

    fn clean(&mut self, role: Role) -> Vec<Action> {
        self.policy.on_end(role, Ending::Clean, self.now)
    }

    fn named(&mut self, role: Role, name: &str) -> Vec<Action> {
        self.policy.on_end(role, Ending::Named(stop(name)), self.now)
    }

    fn stop(&mut self) -> Vec<Action> {
        self.policy.on_stop(self.now)
    }
}

fn stop(name: &str) -> NamedStop {
    NamedStop { name: name.to_owned(), text: "why".to_owned() }
}

fn restart(role: Role, pause_ms: u64) -> Action {
    Action::Restart { role, why: "signal 9".to_owned(), pause: Duration::from_millis(pause_ms) }
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
    assert_eq!(scene.crash(Game), [restart(Game, 0), Action::Spawn(Game)]);
    assert_eq!(scene.ready(Game), [Action::Back(Game)]);
}

#[test]
fn a_child_that_keeps_dying_is_started_ever_later_up_to_five_seconds() {
    let mut scene = Scene::serving();
    scene.crash(Game);
    for pause_ms in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
        assert_eq!(scene.crash(Game), [restart(Game, pause_ms)]);
        assert_eq!(scene.pass(Duration::from_millis(pause_ms - 1)), []);
        assert_eq!(scene.pass(Duration::from_millis(1)), [Action::Spawn(Game)]);
    }
    scene.ready(Game);
    scene.pass(Duration::from_secs(10));
    assert_eq!(scene.crash(Game), [restart(Game, 0), Action::Spawn(Game)]);
}

#[test]
fn a_journal_failure_is_tried_once_more_and_the_rest_goes_on() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(Dbfront, "JOURNAL_FAILED").last(), Some(&Action::Spawn(Dbfront)));
    scene.ready(Dbfront);
    assert_eq!(
        scene.named(Dbfront, "JOURNAL_FAILED"),
        [Action::LeftDown { role: Dbfront, stop: stop("JOURNAL_FAILED") }]
    );
    assert_eq!(scene.crash(Game), [restart(Game, 0), Action::Spawn(Game)]);
    assert_eq!(scene.stop(), [Action::AskStop(Gateway)]);
    assert_eq!(scene.clean(Gateway), [Action::AskStop(Game)]);
    assert_eq!(exit_of(&scene.clean(Game)), Some(None));
}

#[test]
fn a_fenced_child_is_never_started_again() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(Game, "FENCED"), [Action::LeftDown { role: Game, stop: stop("FENCED") }]);
    assert_eq!(scene.pass(Duration::from_secs(60)), []);
}

#[test]
fn wrong_configuration_ends_everything_at_once_with_its_code() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(Game, "CONFIG"), [Action::AskStop(Gateway)]);
    assert_eq!(scene.clean(Gateway), [Action::AskStop(Dbfront)]);
    assert_eq!(exit_of(&scene.clean(Dbfront)), Some(Some(Exit::Config)));
}

#[test]
fn before_anybody_is_served_a_named_stop_ends_everything() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    assert_eq!(exit_of(&scene.named(Dbfront, "CORRUPT_ACKED")), Some(Some(Exit::Data)));

    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    scene.ready(Dbfront);
    scene.ready(Game);
    assert_eq!(scene.named(Gateway, "ADDRESS_IN_USE"), [Action::AskStop(Game)]);
    scene.clean(Game);
    assert_eq!(exit_of(&scene.clean(Dbfront)), Some(Some(Exit::Unavailable)));
}

#[test]
fn a_writer_that_is_just_leaving_is_waited_for_but_not_for_ever() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    for pause_ms in [0, 100, 200] {
        let again = scene.named(Dbfront, "WRITER_EXISTS");
        assert!(matches!(again[0], Action::Restart { .. }), "{again:?}");
        scene.pass(Duration::from_millis(pause_ms));
    }
    assert_eq!(exit_of(&scene.named(Dbfront, "WRITER_EXISTS")), Some(Some(Exit::TryAgain)));
}

#[test]
fn an_address_lost_while_serving_is_tried_again() {
    let mut scene = Scene::serving();
    assert_eq!(scene.named(Gateway, "ADDRESS_IN_USE").last(), Some(&Action::Spawn(Gateway)));
}

#[test]
fn when_every_child_is_down_everything_ends_with_the_last_name() {
    let mut scene = Scene::serving();
    scene.named(Dbfront, "CORRUPT_ACKED");
    scene.named(Game, "FENCED");
    assert_eq!(exit_of(&scene.named(Gateway, "DB_UNSAFE_SETTINGS")), Some(Some(Exit::Data)));
}

#[test]
fn a_stop_goes_from_the_players_to_the_disk_and_ends_well() {
    let mut scene = Scene::serving();
    assert_eq!(scene.stop(), [Action::AskStop(Gateway)]);
    assert_eq!(scene.clean(Gateway), [Action::AskStop(Game)]);
    assert_eq!(scene.clean(Game), [Action::AskStop(Dbfront)]);
    assert_eq!(scene.clean(Dbfront), [Action::Finish(None)]);
}

#[test]
fn a_child_that_does_not_stop_is_killed_after_ten_seconds_and_that_is_said() {
    let mut scene = Scene::serving();
    scene.stop();
    assert_eq!(scene.pass(Duration::from_millis(9_999)), []);
    assert_eq!(scene.pass(Duration::from_millis(1)), [Action::Kill(Gateway)]);
    assert_eq!(scene.pass(Duration::from_secs(60)), []);
    assert_eq!(scene.crash(Gateway), [Action::AskStop(Game)]);
    scene.clean(Game);
    assert_eq!(exit_of(&scene.clean(Dbfront)), Some(Some(Exit::Internal)));
}

#[test]
fn a_second_stop_kills_whoever_is_left() {
    let mut scene = Scene::serving();
    scene.stop();
    scene.clean(Gateway);
    assert_eq!(scene.stop(), [Action::Kill(Dbfront), Action::Kill(Game)]);
    assert_eq!(scene.crash(Game), []);
    assert_eq!(exit_of(&scene.crash(Dbfront)), Some(Some(Exit::Failed)));
}

#[test]
fn a_stop_during_the_start_or_a_pause_waits_for_nobody_who_is_not_there() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    assert_eq!(scene.stop(), [Action::AskStop(Dbfront)]);
    assert_eq!(scene.clean(Dbfront), [Action::Finish(None)]);

    let mut scene = Scene::serving();
    scene.crash(Game);
    scene.crash(Game);
    assert_eq!(scene.stop(), [Action::AskStop(Gateway)]);
    assert_eq!(scene.clean(Gateway), [Action::AskStop(Dbfront)]);
    assert_eq!(scene.clean(Dbfront), [Action::Finish(None)]);
    assert_eq!(scene.policy.next_deadline(), None);
}

#[test]
fn a_child_that_dies_before_the_next_is_started_is_waited_for() {
    let mut scene = Scene::new();
    scene.policy.start(scene.now);
    scene.ready(Dbfront);
    assert_eq!(scene.crash(Dbfront), [restart(Dbfront, 0), Action::Spawn(Dbfront)]);
    assert_eq!(scene.ready(Game), []);
    assert_eq!(scene.ready(Dbfront), [Action::Spawn(Gateway)]);
}
