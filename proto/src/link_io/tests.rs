//! Records at every split point, and records that must be refused.

use super::*;

#[test]
fn every_split_point_gives_the_same_records() {
    let records = [
        Record { op: Op::Send, lane: Lane::Expiring, ttl_ms: 900, a: u64::MAX, b: 1, payload: b"abc" },
        Record::new(Op::Subscribe, 5, 6, b""),
        Record::new(Op::Turn, 7, 8, &[1; 40]),
    ];
    let mut stream = Vec::new();
    for record in &records {
        record.put(&mut stream);
    }
    for split in 0..=stream.len() {
        let mut buf = LinkBuf::default();
        let mut got = 0;
        for piece in [&stream[..split], &stream[split..]] {
            buf.push(piece);
            while let Some(record) = buf.next().expect("valid") {
                assert_eq!(record, records[got], "split at {split}");
                got += 1;
            }
        }
        assert_eq!((got, buf.waiting_bytes()), (3, 0), "split at {split}");
    }
}

#[test]
fn unknown_ops_and_huge_lengths_are_refused() {
    let mut bytes = Vec::new();
    Record::new(Op::Ping, 0, 0, b"").put(&mut bytes);
    bytes[4] = 99;
    assert_eq!(take_record(&bytes), Err(LinkError::Op(99)));
    bytes[4] = Op::Ping as u8;
    bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(take_record(&bytes), Err(LinkError::TooLarge(u32::MAX)));
}

#[test]
fn a_header_can_be_closed_after_its_payload() {
    let mut out = vec![9];
    put_header(&mut out, Record::new(Op::Publish, 0, 3, b""), 0);
    out.extend_from_slice(b"payload");
    close_record(&mut out, 1);
    let (record, used) = take_record(&out[1..]).expect("valid").expect("whole");
    assert_eq!((record.payload, used), (&b"payload"[..], out.len() - 1));
}
