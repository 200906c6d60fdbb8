//! Membership against a plain list of pairs, with slots that get new tenants.

use std::collections::BTreeSet;

use slotmap::SlotMap;

use super::*;

#[test]
fn random_membership_agrees_with_a_list_of_pairs() {
    let mut slots: SlotMap<ConnKey, ()> = SlotMap::with_key();
    let mut groups = Groups::default();
    let mut pairs: BTreeSet<(ConnKey, Group)> = BTreeSet::new();
    let mut alive: Vec<ConnKey> = Vec::new();
    let mut state = 1u64;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % bound
    };
    for _ in 0..2_000 {
        let group = random(12) as Group;
        match random(10) {
            0 => alive.push(slots.insert(())),
            1 if !alive.is_empty() => {
                let key = alive.swap_remove(random(alive.len()));
                groups.forget(key);
                slots.remove(key);
                pairs.retain(|pair| pair.0 != key);
                assert!(!groups.unsubscribe(key, group), "a stale connection is in no group");
            }
            2..=6 if !alive.is_empty() => {
                let key = alive[random(alive.len())];
                assert_eq!(groups.subscribe(key, group), Subscribed::Hears);
                pairs.insert((key, group));
            }
            _ if !alive.is_empty() => {
                let key = alive[random(alive.len())];
                assert_eq!(groups.unsubscribe(key, group), pairs.remove(&(key, group)));
            }
            _ => {}
        }
        groups.check();
        for group in 0..12 {
            let members: BTreeSet<ConnKey> =
                groups.audience(group).map(|audience| audience.members().collect()).unwrap_or_default();
            let expected = pairs.iter().filter(|pair| pair.1 == group).map(|pair| pair.0).collect();
            assert_eq!(members, expected);
        }
    }
    groups.clear();
    assert!(groups.is_empty());
}

#[test]
fn a_connection_is_in_so_many_groups_and_no_more() {
    let mut slots: SlotMap<ConnKey, ()> = SlotMap::with_key();
    let key = slots.insert(());
    let mut groups = Groups::default();
    for group in 0..GROUPS_PER_CONN_MAX as Group {
        assert_eq!(groups.subscribe(key, group), Subscribed::Hears);
    }
    assert_eq!(groups.subscribe(key, Group::MAX), Subscribed::TooMany);
    assert_eq!(groups.subscribe(key, 0), Subscribed::Hears, "it is in this one already");
    assert!(groups.audience(Group::MAX).is_none());
}
