//! What is compressed, and when it is no longer tried.

use proto::{deflate::Inflater, limits::SERVER_FRAME_BYTES_MAX};

use super::*;

fn header_of(frame: &[u8]) -> Header {
    let header = *frame.first_chunk().expect("a header");
    Header::decode(header, SERVER_FRAME_BYTES_MAX).expect("valid")
}

/// Bytes that no one can compress.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[test]
fn what_compresses_is_compressed_and_a_secret_never_is() {
    let (mut encoder, mut pace, mut tally) = (Encoder::default(), DeflatePace::default(), Tally::default());
    let body = vec![7; 1000];
    let frame = encoder.frame(Lane::MustArrive, &body, 0, &mut pace, &mut tally).to_vec();
    let header = header_of(&frame);
    assert!(header.deflated && frame.len() == FRAME_HEADER_BYTES + header.body_bytes);
    let mut inflated = Vec::new();
    Inflater::default().inflate(&frame[FRAME_HEADER_BYTES..], 1000, &mut inflated).expect("inflates");
    assert_eq!(inflated, body);
    let frame = encoder.frame(Lane::Control, &body, 0, &mut pace, &mut tally);
    assert!(!header_of(frame).deflated);
    assert_eq!(&frame[FRAME_HEADER_BYTES..], body);
    let frame = encoder.frame(Lane::MustArrive, &body, 2000, &mut pace, &mut tally);
    assert!(!header_of(frame).deflated, "shorter than the caller finds worth it");
    assert_eq!((tally.deflate_tried, tally.deflate_kept), (1, 1));
}

#[test]
fn a_stream_that_never_pays_is_tried_once_in_64() {
    let (mut encoder, mut pace, mut tally) = (Encoder::default(), DeflatePace::default(), Tally::default());
    let noise = noise(600);
    for _ in 0..16 + 64 * 3 {
        encoder.frame(Lane::LatestWins, &noise, 0, &mut pace, &mut tally);
    }
    assert_eq!((tally.deflate_tried, tally.deflate_kept), (16 + 3, 0));
    for _ in 0..64 {
        encoder.frame(Lane::LatestWins, &[1; 600], 0, &mut pace, &mut tally);
    }
    assert!(tally.deflate_kept >= 1);
    let kept = tally.deflate_kept;
    encoder.frame(Lane::LatestWins, &[1; 600], 0, &mut pace, &mut tally);
    assert_eq!(tally.deflate_kept, kept + 1, "once it pays again every frame is tried");
}
