//! Bombs of fields, elements and depth, and real messages that must pass.

use super::*;
use crate::{client, link, packet::put_field_bytes, wire};

#[test]
fn a_real_message_passes_and_reads_back() {
    let record = link::Record {
        mutations: (0..200)
            .map(|n| link::Mutation {
                table: 1,
                row: vec![link::Value { v: Some(link::value::V::Int(n)) }; 5],
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    };
    let bytes = wire::encode(&record);
    assert_eq!(prescan(&bytes, link::Record::SHAPE, Budget::LINK), Ok(()));
    assert_eq!(wire::decode::<link::Record>(&bytes, Budget::LINK), Ok(record));
}

#[test]
fn half_a_million_empty_messages_are_refused_after_the_first_few() {
    let bomb = [0x1a, 0x00].repeat(500_000);
    let refused = prescan(&bomb, client::Welcome::SHAPE, Budget::CLIENT);
    assert_eq!(refused, Err(PrescanError::Repeated { message: "Welcome", field: 3, max: 256 }));
}

#[test]
fn unknown_fields_count_too() {
    let bomb = [0x78, 0x01].repeat(2_000);
    let refused = prescan(&bomb, client::Pay::SHAPE, Budget::CLIENT);
    assert_eq!(refused, Err(PrescanError::Fields { message: "Pay", max: 1_024 }));
}

#[test]
fn depth_is_bounded_where_the_schema_nests() {
    // Mutation inside Record inside nothing: a budget of two refuses the values below.
    let record = link::Record {
        mutations: vec![link::Mutation { row: vec![link::Value::default()], ..Default::default() }],
        ..Default::default()
    };
    let budget = Budget { depth: 2, ..Budget::LINK };
    let refused = prescan(&wire::encode(&record), link::Record::SHAPE, budget);
    assert_eq!(refused, Err(PrescanError::Depth { message: "Value", max: 2 }));
}

#[test]
fn groups_cuts_and_lengths_outside_are_malformed() {
    for bytes in [&[0x0b, 0x0c][..], &[0x1a], &[0x1a, 0x05, 0x00], &[0x09, 1, 2], &[0x80]] {
        let refused = prescan(bytes, client::Welcome::SHAPE, Budget::CLIENT);
        assert!(matches!(refused, Err(PrescanError::Malformed(_))), "{bytes:?}: {refused:?}");
    }
}

#[test]
fn every_cut_of_a_message_is_walked_without_a_panic() {
    let mut bytes = wire::encode(&client::Answer { error: "x".into(), ..Default::default() });
    put_field_bytes(&mut bytes, 15, &[1; 40]);
    for cut in 0..bytes.len() {
        let _ = prescan(&bytes[..cut], client::Answer::SHAPE, Budget::CLIENT);
    }
}
