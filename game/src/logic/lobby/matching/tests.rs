//! Scripts of who comes when with which rating, and random crowds against a reference that tries all there is.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::testing::start;

/// A queue, its time, and what was made of it.
struct Play {
    matching: Matching,
    begin: Instant,
    now_ms: u64,
}

impl Play {
    fn new() -> Self {
        Self { matching: Matching::default(), begin: start(), now_ms: 0 }
    }

    fn at(&self, ms: u64) -> Instant {
        self.begin + Duration::from_millis(ms)
    }

    fn comes(&mut self, account: u64, rating: i32, players: usize) {
        self.wants(account, rating, chess(), players).unwrap();
    }

    fn wants(&mut self, account: u64, rating: i32, wish: Wish, players: usize) -> Result<usize, Full> {
        let player = Player { account: AccountId(account), rating };
        self.enters(player, wish, players).map(|entered| entered.waiting)
    }

    fn enters(&mut self, player: Player, wish: Wish, players: usize) -> Result<Entered, Full> {
        self.matching.enter(player, wish, players, self.at(self.now_ms))
    }

    /// Steps as a server does: at each moment when something is due, and then.
    fn until(&mut self, ms: u64) -> Vec<(u64, Vec<u64>)> {
        let mut made = Vec::new();
        loop {
            let due = self.matching.next_deadline().filter(|at| *at <= self.at(ms));
            let at = due.map_or(ms, |at| {
                u64::try_from(at.saturating_duration_since(self.begin).as_millis()).unwrap().max(self.now_ms)
            });
            self.now_ms = at;
            let found = self.matching.step(self.at(at));
            made.extend(found.into_iter().map(|found| (at, accounts(&found))));
            self.matching.is_whole();
            if due.is_none() {
                return made;
            }
        }
    }
}

fn accounts(found: &Match) -> Vec<u64> {
    found.players.iter().map(|player| player.account.0).collect()
}

fn chess() -> Wish {
    Wish { kind: 0, options: Vec::new() }
}

impl Matching {
    /// Its maps say the same.
    fn is_whole(&self) {
        let waiting: usize = self.pools.values().map(|pool| pool.waiting.len()).sum();
        assert_eq!(waiting, self.accounts.len());
        assert_eq!(self.pools.len(), self.wishes.len());
        for (number, pool) in &self.pools {
            assert!(!pool.waiting.is_empty() && pool.waiting.len() == pool.by_rating.len());
            assert_eq!(self.wishes.get(&pool.wish), Some(number));
            for (nth, waiting) in &pool.waiting {
                let place = Place { nth: *nth, pool: *number };
                assert_eq!(self.accounts.get(&waiting.player.account), Some(&place));
                assert!(waiting.look_at.is_none_or(|at| self.due.contains(&(at, place))));
            }
        }
        let due = self.pools.values().flat_map(|pool| pool.waiting.values());
        assert_eq!(due.filter(|waiting| waiting.look_at.is_some()).count(), self.due.len());
    }
}

#[test]
fn two_of_about_one_rating_are_brought_together_at_once() {
    let mut play = Play::new();
    play.comes(1, 1_500, 2);
    assert_eq!(play.until(0), []);
    play.comes(2, 1_600, 2);
    assert_eq!(play.until(0), [(0, vec![1, 2])]);
    assert_eq!((play.matching.len(), play.matching.next_deadline()), (0, None));
}

#[test]
fn the_windows_of_both_have_to_reach_the_other() {
    let mut play = Play::new();
    play.comes(1, 1_500, 2);
    assert_eq!(play.until(10_000), []);
    // The first accepts 600 by now, the second 100; it takes until the second accepts 300.
    play.comes(2, 1_800, 2);
    assert_eq!(play.until(30_000), [(14_000, vec![1, 2])]);
}

#[test]
fn after_half_a_minute_anybody_will_do() {
    let mut play = Play::new();
    play.comes(1, 0, 2);
    assert_eq!(play.until(500), []);
    play.comes(2, 10_000, 2);
    assert_eq!(play.until(30_499), []);
    assert_eq!(play.until(40_000), [(30_500, vec![1, 2])]);
}

#[test]
fn whoever_waited_longest_comes_first() {
    let mut play = Play::new();
    play.comes(1, 1_000, 2);
    play.comes(2, 1_200, 2);
    assert_eq!(play.until(0), []);
    // In the middle of both, as near to either.
    play.comes(3, 1_100, 2);
    assert_eq!(play.until(0), [(0, vec![1, 3])]);
}

#[test]
fn three_have_to_accept_each_other() {
    let mut play = Play::new();
    play.comes(1, 1_000, 3);
    play.comes(2, 1_090, 3);
    play.comes(3, 1_180, 3);
    // The second accepts both at once, they each other two seconds later.
    assert_eq!(play.until(1_999), []);
    assert_eq!(play.until(2_000), [(2_000, vec![1, 2, 3])]);
}

#[test]
fn other_options_are_another_match() {
    let mut play = Play::new();
    let fast = || Wish { kind: 0, options: vec![3] };
    assert_eq!(play.wants(1, 1_500, chess(), 2), Ok(1));
    assert_eq!(play.wants(2, 1_500, fast(), 2), Ok(1));
    assert_eq!(play.wants(3, 1_500, Wish { kind: 1, options: Vec::new() }, 3), Ok(1));
    assert_eq!(play.until(60_000), []);
    assert_eq!(play.wants(4, 1_500, fast(), 2), Ok(2));
    assert_eq!(play.until(60_000), [(60_000, vec![2, 4])]);
}

#[test]
fn whoever_leaves_is_not_brought_together_with_anybody() {
    let mut play = Play::new();
    play.comes(1, 1_500, 2);
    assert!(play.matching.is_waiting(AccountId(1)) && play.matching.leave(AccountId(1)));
    assert!(!play.matching.leave(AccountId(1)));
    play.comes(2, 1_500, 2);
    assert_eq!(play.until(60_000), []);
    play.comes(1, 1_500, 2);
    assert_eq!(play.until(60_000), [(60_000, vec![2, 1])]);
}

#[test]
fn nobody_waits_twice() {
    let mut play = Play::new();
    play.comes(1, 1_500, 2);
    let other = Wish { kind: 7, options: vec![1] };
    assert_eq!(play.wants(1, 1_500, other, 2).map_err(Full::code), Err("already_waiting"));
    assert_eq!(play.until(60_000), []);
}

#[test]
fn a_kind_has_sixty_four_wishes_with_options_and_one_more_takes_the_place_of_one_that_nobody_shares() {
    let mut play = Play::new();
    let wish = |kind, options: &[u8]| Wish { kind, options: options.to_vec() };
    let comes = |account| Player { account: AccountId(account), rating: 1_500 };
    for option in 0..64 {
        play.wants(u64::from(option) + 1, 1_500, wish(3, &[option]), 9).unwrap();
    }
    play.wants(100, 1_500, wish(3, &[0]), 9).unwrap();
    for (account, kind, options, put_out) in
        [(101, 2, &[64][..], None), (102, 4, &[64], None), (103, 3, &[], None), (104, 3, &[64], Some(2))]
    {
        let entered = play.enters(comes(account), wish(kind, options), 9).unwrap();
        assert_eq!(entered, Entered { waiting: 1, put_out: put_out.map(AccountId) }, "{account}");
    }
    assert!(!play.matching.is_waiting(AccountId(2)));
    // One that nobody waits in is none.
    assert!(play.matching.leave(AccountId(7)));
    assert_eq!(play.enters(comes(105), wish(3, &[65]), 9).unwrap().put_out, None);
    // The others are shared: none of them has to go.
    let shared: Vec<u8> = (2..=65).filter(|option| *option != 6).collect();
    for (account, option) in (200..).zip(shared) {
        play.wants(account, 1_500, wish(3, &[option]), 9).unwrap();
    }
    assert_eq!(play.wants(300, 1_500, wish(3, &[66]), 9).map_err(Full::code), Err("too_many_pools"));
    play.wants(301, 1_500, wish(3, &[]), 9).unwrap();
    play.matching.is_whole();
}

#[test]
fn ten_thousand_wait_and_one_more_is_refused() {
    let mut play = Play::new();
    for account in 0..10_000 {
        play.comes(account + 1, 1_500, usize::MAX);
    }
    let refused = play.wants(10_001, 1_500, chess(), usize::MAX);
    assert_eq!(refused.map_err(Full::code), Err("match_queue_full"));
    assert!(play.matching.leave(AccountId(5)));
    play.comes(10_001, 1_500, usize::MAX);
}

#[test]
fn a_match_that_could_not_be_opened_is_tried_again_with_the_same_players_in_a_second() {
    let mut play = Play::new();
    play.comes(1, 1_500, 2);
    play.comes(2, 1_500, 2);
    let found = play.matching.step(play.at(0));
    play.matching.put_back(found[0].clone(), play.at(0));
    play.comes(3, 4_000, 2);
    assert_eq!(play.until(999), []);
    assert_eq!(play.until(1_000), [(1_000, vec![1, 2])]);
}

#[test]
fn more_matches_than_one_step_makes_are_made_in_the_next_at_the_same_time() {
    let mut play = Play::new();
    (1..=40).for_each(|account| play.comes(account, 1_500, 2));
    assert_eq!(play.matching.step(play.at(0)).len(), 8);
    assert_eq!(play.matching.next_deadline(), Some(play.at(0)));
    let pairs: Vec<_> = (8..20).map(|pair| (0, vec![2 * pair + 1, 2 * pair + 2])).collect();
    assert_eq!(play.until(0), pairs);
}

/// The same by trying all: who waits, by arrival, and when each is looked at next.
#[derive(Default)]
struct Reference {
    waiting: Vec<(u64, Player, u64)>,
    due: BTreeSet<(u64, u64)>,
}

impl Reference {
    fn accept(&self, a: usize, b: usize, now_ms: u64) -> bool {
        let window = |at: usize| {
            let seconds = i32::try_from((now_ms - self.waiting[at].2) / 1_000).unwrap();
            if seconds < 30 { 100 + 50 * seconds } else { 10_000 }
        };
        (self.waiting[a].1.rating - self.waiting[b].1.rating).abs() <= window(a).min(window(b))
    }

    /// All matches that are possible, as arrivals, in order.
    fn possible(&self, players: usize, now_ms: u64) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new()];
        for _ in 0..players {
            found = found
                .iter()
                .flat_map(|part: &Vec<usize>| {
                    let next = part.last().map_or(0, |last| last + 1);
                    (next..self.waiting.len())
                        .filter(|one| part.iter().all(|other| self.accept(*one, *other, now_ms)))
                        .map(|one| [part.as_slice(), &[one]].concat())
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        found
    }

    fn step(&mut self, players: usize, now_ms: u64) -> Vec<Vec<u64>> {
        let mut made = Vec::new();
        while let Some((at, nth)) = self.due.first().copied() {
            if now_ms < at {
                break;
            }
            self.due.pop_first();
            let Some(own) = self.waiting.iter().position(|one| one.0 == nth) else { continue };
            let with = self.possible(players, now_ms).into_iter().find(|found| found.contains(&own));
            if let Some(found) = with {
                made.push(found.iter().map(|at| self.waiting[*at].1.account.0).collect());
                for at in found.iter().rev() {
                    self.waiting.remove(*at);
                }
            } else {
                let seconds = (now_ms - self.waiting[own].2) / 1_000;
                if seconds < 30 {
                    self.due.insert((self.waiting[own].2 + (seconds + 1) * 1_000, nth));
                }
            }
        }
        made
    }
}

/// Below so much.
fn below(rng: &mut ChaCha8Rng, end: u64) -> u64 {
    rng.next_u64() % end
}

#[test]
fn a_random_crowd_is_brought_together_as_by_trying_all() {
    for seed in 0..60 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let players = 2 + usize::try_from(seed % 3).unwrap();
        let spread = [300, 2_000, 10_000][usize::try_from(seed / 3 % 3).unwrap()];
        let (mut play, mut reference) = (Play::new(), Reference::default());
        let (mut nth, mut matches) = (0, 0);
        for _ in 0..150 {
            play.now_ms += below(&mut rng, 1_500);
            let now_ms = play.now_ms;
            if below(&mut rng, 8) == 0 && !reference.waiting.is_empty() {
                let at = usize::try_from(below(&mut rng, reference.waiting.len() as u64)).unwrap();
                let (gone, player, _) = reference.waiting.remove(at);
                assert!(play.matching.leave(player.account), "seed {seed}: {gone}");
            } else if reference.waiting.len() < 14 {
                nth += 1;
                let rating = i32::try_from(below(&mut rng, spread)).unwrap();
                play.comes(nth, rating, players);
                let player = Player { account: AccountId(nth), rating };
                reference.waiting.push((nth, player, now_ms));
                reference.due.insert((now_ms, nth));
            }
            let mut made = Vec::new();
            while play.matching.next_deadline().is_some_and(|at| at <= play.at(now_ms)) {
                made.extend(play.matching.step(play.at(now_ms)).iter().map(accounts));
            }
            play.matching.is_whole();
            assert_eq!(made, reference.step(players, now_ms), "seed {seed} at {now_ms}");
            assert_eq!(reference.possible(players, now_ms), Vec::<Vec<usize>>::new(), "seed {seed}: waits");
            matches += made.len();
        }
        assert!(matches > 5, "seed {seed}: {matches} matches");
    }
}

#[test]
fn a_step_through_a_crowd_as_thin_as_can_be_is_short() {
    // Groups of two of three, each just out of reach of the next: nobody can play, and there are many.
    let mut play = Play::new();
    for group in 0..99_u64 {
        for one in 0..15 {
            let rating = i32::try_from(group * 101).unwrap();
            play.comes(group * 15 + one + 1, rating, 16);
        }
    }
    assert_eq!(play.until(0), []);
    let all = play.matching.len();
    assert_eq!(all, 99 * 15);
    // Now they begin to reach each other.
    let made = play.until(1_000);
    assert!(made.iter().all(|(_, players)| players.len() == 16));
    assert!(made.len() >= 85, "{} matches of {all}", made.len());
}
