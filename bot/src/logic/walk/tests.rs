//! What a walker makes of the news around it.

use proto::client::Appeared;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::*;

/// An empty map: ten cells of 50 m in a row, and ten rows.
pub(in crate::logic) fn facts(avatar: u32, x_mm: i32, y_mm: i32) -> MapFacts {
    MapFacts {
        map: 1,
        width_mm: 500_000,
        height_mm: 500_000,
        cell_mm: 50_000,
        columns: 10,
        view_mm: 40_000,
        speed_mm_s: 6_000,
        tick_ms: 66,
        avatar,
        x_mm,
        y_mm,
        steady_mm_s: 4_800,
    }
}

/// Somebody who stands at 75 m, 75 m and has heard so, and what is found wrong.
struct Scene {
    walk: Walk,
    atlas: Atlas,
    stats: Stats,
    found: Vec<Finding>,
    start: Instant,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self {
            walk: Walk::default(),
            atlas: Atlas::default(),
            stats: Stats::default(),
            found: Vec::new(),
            start: tokio::time::Instant::now().into_std(),
        };
        scene.walk.enter(facts(1, 75_000, 75_000), false, &mut scene.atlas);
        scene.hear(whole(11, &[(1, 25_000, 25_000)]));
        scene
    }

    fn hear(&mut self, state: CellState) {
        let now = self.start + Duration::from_millis(100);
        self.walk.hear(state, now, &mut self.atlas, &mut self.stats, &mut self.found);
    }

    fn codes(&self) -> Vec<&str> {
        self.found.iter().map(|finding| finding.code).collect()
    }
}

fn whole(cell: u32, avatars: &[(u32, i32, i32)]) -> CellState {
    let seen =
        |&(avatar, x_mm, y_mm): &(u32, i32, i32)| Appeared { avatar, x_mm, y_mm, ..Appeared::default() };
    CellState { cell, whole: true, appeared: avatars.iter().map(seen).collect(), ..CellState::default() }
}

fn moved(cell: u32, avatar: u32, x_mm: i32, y_mm: i32) -> CellState {
    CellState { cell, moved: vec![avatar], moved_to: vec![x_mm, y_mm], ..CellState::default() }
}

#[test]
fn a_move_of_a_neighbor_is_timed_from_the_moment_it_was_meant_to_leave() {
    let mut scene = Scene::new();
    scene.atlas.enter(2, Point { x_mm: 80_000, y_mm: 75_000 }, true);
    scene.hear(whole(11, &[(1, 25_000, 25_000), (2, 30_000, 25_000)]));
    scene.atlas.sent(2, Point { x_mm: 80_480, y_mm: 75_000 }, scene.start + Duration::from_millis(40));
    scene.hear(moved(11, 2, 30_480, 25_000));
    let figures = scene.stats.figures(Duration::from_secs(1));
    let seen = figures.iter().find(|row| row.name == "seen").unwrap();
    assert_eq!((seen.sent, seen.ok), (1, 1));
    assert!((59_000..=61_000).contains(&seen.p50_us), "{}", seen.p50_us);
    assert_eq!(scene.codes(), Vec::<&str>::new());
}

#[test]
fn what_nobody_did_and_what_is_too_far_away_is_found() {
    let mut scene = Scene::new();
    scene.atlas.enter(2, Point { x_mm: 80_000, y_mm: 75_000 }, true);
    scene.hear(whole(11, &[(1, 25_000, 25_000), (2, 30_000, 25_000)]));
    scene.hear(moved(11, 2, 2, 2));
    scene.hear(moved(11, 2, 1, 1));
    scene.hear(moved(12, 3, 1, 1));
    scene.hear(moved(13, 3, 1, 1));
    assert_eq!(scene.codes(), ["move_invented", "move_unannounced", "seen_beyond_view", "move_unannounced"]);
}

#[test]
fn whoever_crosses_a_border_hears_what_is_ahead_and_forgets_what_is_behind() {
    let mut scene = Scene::new();
    scene.hear(whole(10, &[(2, 1_000, 1_000)]));
    scene.hear(whole(13, &[(3, 1_000, 1_000)]));
    scene.hear(moved(13, 3, 2_000, 1_000));
    let myself = CellState { whole: false, ..whole(12, &[(1, 6_000, 25_000)]) };
    scene.hear(myself);
    assert_eq!(scene.codes(), Vec::<&str>::new());
    assert!(!scene.walk.known.contains_key(&2) && scene.walk.known.contains_key(&3));
    scene.hear(moved(10, 2, 2_000, 1_000));
    assert!(scene.codes().contains(&"seen_beyond_view"));
}

#[test]
fn at_the_end_a_neighbor_must_be_known_and_be_where_it_is() {
    let mut scene = Scene::new();
    let mut judge = |at: Point| {
        scene.atlas.enter(2, at, true);
        let mut found = Vec::new();
        scene.walk.judge(&scene.atlas, &mut found);
        found.first().map(|finding| finding.code)
    };
    assert_eq!(judge(Point { x_mm: 114_000, y_mm: 75_000 }), Some("neighbor_missing"));
    assert_eq!(judge(Point { x_mm: 116_000, y_mm: 75_000 }), None);
    scene.hear(whole(12, &[(2, 10_000, 25_000)]));
    let mut found = Vec::new();
    scene.walk.judge(&scene.atlas, &mut found);
    assert_eq!(found[0].code, "neighbor_elsewhere");
}

#[test]
fn every_step_is_slower_than_the_map_allows_and_stays_on_it() {
    let mut walk = Walk::default();
    walk.enter(facts(1, 1_000, 499_000), false, &mut Atlas::default());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut before = walk.at;
    for seq in 1..5_000 {
        let step = walk.step(Duration::from_millis(100), &mut rng).unwrap();
        assert_eq!(step.seq, seq);
        let (dx, dy) = (i64::from(step.x_mm - before.x_mm), i64::from(step.y_mm - before.y_mm));
        assert!(dx * dx + dy * dy <= 600 * 600);
        assert!((0..=500_000).contains(&step.x_mm) && (0..=500_000).contains(&step.y_mm));
        before = walk.at;
    }
}

#[test]
fn a_wall_is_a_reason_to_turn_and_any_other_refusal_is_wrong() {
    let mut scene = Scene::new();
    let now = tokio::time::Instant::now().into_std();
    let refused = |reason: &str| MoveRefused { seq: 1, x_mm: 5, y_mm: 6, reason: reason.to_owned() };
    assert_eq!(scene.walk.refused(&refused("move_into_wall"), now, &mut scene.atlas), Ok(()));
    assert_eq!(scene.walk.at, Point { x_mm: 5, y_mm: 6 });
    let wrong = scene.walk.refused(&refused("move_too_fast"), now, &mut scene.atlas).unwrap_err();
    assert_eq!(wrong.code, "move_refused");
}

#[test]
fn steps_that_were_held_up_for_longer_than_a_map_bears_may_be_refused() {
    let mut scene = Scene::new();
    let meant = tokio::time::Instant::now().into_std();
    let refused = MoveRefused { seq: 1, x_mm: 5, y_mm: 6, reason: "move_too_fast".to_owned() };
    scene.walk.sent(meant);
    scene.walk.sent(meant + Duration::from_millis(1_900));
    let mut told =
        |after: u64| scene.walk.refused(&refused, meant + Duration::from_millis(after), &mut scene.atlas);
    assert_eq!(told(1_999).map_err(|wrong| wrong.code), Err("move_refused"));
    assert_eq!(told(2_000), Ok(()), "the first of them has not been seen");
}

#[test]
fn after_a_resume_it_says_once_more_where_it_stands_and_may_be_told_that_this_is_too_far() {
    let mut atlas = Atlas::default();
    let mut walk = Walk::default();
    walk.resumed();
    assert_eq!(walk.astray, Astray::No, "it was nowhere");
    let facts = facts(7, 50_000, 50_000);
    let _ = walk.enter(facts, false, &mut atlas);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let period = Duration::from_millis(100);
    let now = tokio::time::Instant::now().into_std();
    let step = walk.step(period, &mut rng).expect("a step");
    walk.resumed();
    let said = walk.step(period, &mut rng).expect("again");
    assert_eq!((said.x_mm, said.y_mm, said.seq), (step.x_mm, step.y_mm, step.seq + 1));
    let refused =
        |reason: &str| MoveRefused { seq: said.seq, x_mm: 50_000, y_mm: 50_000, reason: reason.to_owned() };
    assert_eq!(walk.refused(&refused("move_too_fast"), now, &mut atlas), Ok(()));
    assert_eq!(walk.at, Point { x_mm: 50_000, y_mm: 50_000 }, "on from there");
    walk.see_myself(&facts, 7, 0, walk.at, &mut atlas);
    assert!(walk.refused(&refused("move_too_fast"), now, &mut atlas).is_err(), "it is not astray any more");
}

/// What is found once all stand still.
fn judged(scene: &Scene) -> Vec<&'static str> {
    let mut found = Vec::new();
    scene.walk.judge(&scene.atlas, &mut found);
    found.into_iter().map(|finding| finding.code).collect()
}

fn put(scene: &mut Scene, x_mm: i32, y_mm: i32) {
    let refused = MoveRefused { seq: 0, x_mm, y_mm, reason: "moved_by_staff".to_owned() };
    let told = scene.walk.refused(&refused, scene.start, &mut scene.atlas);
    assert_eq!(told, Ok(()));
}

#[test]
fn whom_staff_moves_goes_on_from_there_whether_it_hears_of_it_before_others_or_after() {
    for hears_first in [true, false] {
        // Some meters within its cell: it and others see it move.
        let mut scene = Scene::new();
        if hears_first {
            put(&mut scene, 90_000, 75_000);
        }
        scene.hear(moved(11, 1, 40_000, 25_000));
        if !hears_first {
            assert_eq!(judged(&scene), ["move_invented"], "nobody has said why");
            put(&mut scene, 90_000, 75_000);
        }
        assert_eq!((scene.codes(), judged(&scene)), (Vec::new(), Vec::new()), "{hears_first}");
        // To the other end of the map: it hears all cells around it, its own last.
        if hears_first {
            put(&mut scene, 475_000, 475_000);
        }
        for cell in [88, 89, 98] {
            scene.hear(whole(cell, &[]));
        }
        if !hears_first {
            assert_eq!(judged(&scene), ["seen_beyond_view"], "it is not there");
        }
        scene.hear(whole(99, &[(1, 25_000, 25_000)]));
        if !hears_first {
            put(&mut scene, 475_000, 475_000);
        }
        assert_eq!((scene.codes(), judged(&scene)), (Vec::new(), Vec::new()), "{hears_first}");
        // What was on its way is too far from here, and the next step begins here.
        let late = MoveRefused { seq: 9, x_mm: 475_000, y_mm: 475_000, reason: "move_too_fast".to_owned() };
        assert_eq!(scene.walk.refused(&late, scene.start, &mut scene.atlas), Ok(()));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let step = scene.walk.step(Duration::from_millis(100), &mut rng).expect("it walks on");
        assert!(
            Point { x_mm: step.x_mm, y_mm: step.y_mm }
                .is_within(Point { x_mm: 475_000, y_mm: 475_000 }, 1_000)
        );
    }
}
