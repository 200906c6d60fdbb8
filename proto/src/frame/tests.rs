//! Frames at every split point, and headers that must be refused.

use super::*;

const MAX: usize = 1000;

fn frames_of(pieces: &[&[u8]]) -> Result<Vec<(Header, Vec<u8>)>, FrameError> {
    let mut buf = FrameBuf::default();
    let mut got = Vec::new();
    for piece in pieces {
        buf.feed(piece, MAX, |header, body| {
            got.push((header, body.to_vec()));
            Ok::<_, FrameError>(())
        })?;
    }
    Ok(got)
}

#[test]
fn every_pair_of_split_points_gives_the_same_frames() {
    let mut stream = Vec::new();
    put_frame(&mut stream, Lane::MustArrive, false, b"a");
    put_frame(&mut stream, Lane::LatestWins, true, &[7; 11]);
    put_frame(&mut stream, Lane::Control, false, b"end");
    let whole = frames_of(&[&stream]).expect("valid");
    assert_eq!(whole.len(), 3);
    assert_eq!(whole[1].0, Header { body_bytes: 11, deflated: true, lane: Lane::LatestWins });
    for first in 0..=stream.len() {
        for second in first..=stream.len() {
            let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
            assert_eq!(frames_of(&pieces).expect("valid"), whole, "split at {first}, {second}");
        }
    }
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(frames_of(&bytes).expect("valid"), whole);
}

#[test]
fn a_bad_header_is_refused_by_name_before_its_body() {
    for (header, name) in [
        ([0, 0, 0, 0], "bad_frame"),
        ([1, 0, 0, 0x08], "bad_frame"),
        ([1, 0, 0, 0x80], "bad_frame"),
        ([0xff, 0xff, 0xff, 0], "frame_too_large"),
        ([0xe9, 0x03, 0, 0], "frame_too_large"),
        ([0xff, 0xff, 0xff, 0xff], "bad_frame"),
    ] {
        let error = frames_of(&[&header]).expect_err("refused");
        assert_eq!(error.reason().name(), name, "{header:?}");
        let bytes: Vec<&[u8]> = header.chunks(1).collect();
        assert_eq!(frames_of(&bytes).expect_err("refused").reason().name(), name, "{header:?} in pieces");
    }
}

#[test]
fn an_idle_stream_keeps_no_memory() {
    let mut buf = FrameBuf::default();
    let mut stream = Vec::new();
    put_frame(&mut stream, Lane::MustArrive, false, &[1; 900]);
    let mut count = 0;
    for byte in stream.chunks(1) {
        buf.feed(byte, MAX, |_, _| {
            count += 1;
            Ok::<_, FrameError>(())
        })
        .expect("valid");
    }
    assert_eq!((count, buf.partial.capacity()), (1, 0));
}

#[test]
fn one_frame_at_a_time_lets_the_limit_change_in_between() {
    let mut stream = Vec::new();
    put_frame(&mut stream, Lane::MustArrive, false, &[1; 10]);
    put_frame(&mut stream, Lane::MustArrive, false, &[2; 500]);
    for split in 0..=stream.len() {
        let mut buf = FrameBuf::default();
        let mut got = Vec::new();
        for mut piece in [&stream[..split], &stream[split..]] {
            while !piece.is_empty() {
                let max = if got.is_empty() { 10 } else { 500 };
                piece = buf
                    .feed_one(piece, max, |header, _| {
                        got.push(header.body_bytes);
                        Ok::<_, FrameError>(())
                    })
                    .expect("within each frame's limit");
            }
        }
        assert_eq!(got, [10, 500], "split at {split}");
    }
}
