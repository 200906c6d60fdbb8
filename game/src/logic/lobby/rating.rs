//! Ratings after a match, by Elo's formula; of more than two players each is compared with each. Knows no row.

use proto::limits::RATING_MAX;

/// What each of them is rated after it: of each its rating, its games before, and its place, 1 is the best.
pub(crate) fn after(players: &[(u32, u64, u32)]) -> Vec<u32> {
    let others = i64::try_from(players.len().saturating_sub(1)).unwrap_or(1).max(1);
    let one = |(me, (rating, games, place)): (usize, &(u32, u64, u32))| {
        let k = if *games < 30 { 32 } else { 16 };
        let gained: i64 = players
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != me)
            .map(|(_, (theirs, _, their_place))| {
                let scored = match place.cmp(their_place) {
                    std::cmp::Ordering::Less => 1_000,
                    std::cmp::Ordering::Equal => 500,
                    std::cmp::Ordering::Greater => 0,
                };
                k * (scored - expected(*rating, *theirs))
            })
            .sum();
        let change = (gained / others + gained.signum() * 500) / 1_000;
        u32::try_from((i64::from(*rating) + change).clamp(0, RATING_MAX.into())).unwrap_or(0)
    };
    players.iter().enumerate().map(one).collect()
}

/// Thousandths of a point that one expects of a match against the other, in steps of 25 of the difference.
fn expected(mine: u32, theirs: u32) -> i64 {
    const BY_25: [i64; 33] = [
        500, 536, 571, 606, 640, 673, 703, 732, 760, 785, 808, 830, 849, 867, 882, 896, 909, 920, 930, 939,
        947, 954, 960, 965, 969, 973, 977, 980, 983, 985, 987, 988, 990,
    ];
    let apart = i64::from(mine) - i64::from(theirs);
    let step = usize::try_from(apart.abs() / 25).unwrap_or(usize::MAX).min(BY_25.len() - 1);
    if apart < 0 { 1_000 - BY_25[step] } else { BY_25[step] }
}
