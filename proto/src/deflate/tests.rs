//! Round trips, and streams that lie about themselves.

use super::*;

const MAX: usize = 64 * 1024;

fn deflated(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(Deflater::default().deflate(body, &mut out));
    out
}

fn inflated(body: &[u8]) -> Result<Vec<u8>, InflateError> {
    let mut out = Vec::new();
    Inflater::default().inflate(body, MAX, &mut out).map(|()| out)
}

#[test]
fn what_shrinks_comes_back_and_what_does_not_is_left_alone() {
    let text = b"the same words again and again ".repeat(40);
    let packed = deflated(&text);
    assert!(packed.len() < text.len() / 2);
    assert_eq!(inflated(&packed), Ok(text.clone()));

    let mut noise = vec![0u8; 2000];
    let mut state = 1u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = state.to_le_bytes()[3];
    }
    let mut out = b"kept".to_vec();
    assert!(!Deflater::default().deflate(&noise, &mut out), "noise does not pay");
    assert!(!Deflater::default().deflate(&text[..255], &mut out), "short bodies do not pay");
    assert_eq!(out, b"kept");
}

#[test]
fn one_context_serves_many_frames() {
    let (mut deflater, mut inflater) = (Deflater::default(), Inflater::default());
    let mut out = Vec::new();
    for round in 0..50u8 {
        let body = vec![round; 300 + usize::from(round) * 7];
        let mut packed = Vec::new();
        assert!(deflater.deflate(&body, &mut packed));
        inflater.inflate(&packed, MAX, &mut out).expect("valid");
        assert_eq!(out, body);
        assert!(inflater.inflate(&packed[..packed.len() - 1], MAX, &mut out).is_err());
    }
}

#[test]
fn every_cut_extra_byte_and_false_length_is_refused() {
    let packed = deflated(&[5; 4000]);
    for cut in 0..packed.len() {
        assert!(inflated(&packed[..cut]).is_err(), "cut at {cut}");
    }
    let mut longer = packed.clone();
    longer.push(0);
    assert_eq!(inflated(&longer), Err(InflateError::Mismatch), "trailing byte");
    for declared in [0u32, 3999, 4001, 65_536] {
        let mut lying = packed.clone();
        lying[..4].copy_from_slice(&declared.to_le_bytes());
        assert_eq!(inflated(&lying), Err(InflateError::Mismatch), "declares {declared}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_inflated() {
    let mut bomb = deflated(&vec![0; 16 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(inflated(&bomb), Err(InflateError::TooLarge { declared: 16 << 20, max: MAX }));
    // The same stream with a small declared length stops at that length.
    bomb[..4].copy_from_slice(&100u32.to_le_bytes());
    assert_eq!(inflated(&bomb), Err(InflateError::Mismatch));
}

#[test]
fn a_context_survives_any_number_of_bodies_that_do_not_shrink() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    let mut deflater = Deflater::default();
    let mut out = Vec::new();
    for bytes in (256..6_000).step_by(37).chain([65_536, 262_144]) {
        let noise: Vec<u8> = std::iter::repeat_with(&mut next).take(bytes).collect();
        assert!(!deflater.deflate(&noise, &mut out) && out.is_empty(), "{bytes} bytes of noise");
        // Nearly worth it, and not at all.
        let mut half = noise.clone();
        half[bytes / 2..].fill(7);
        assert!(deflater.deflate(&half, &mut out), "{bytes} bytes, half of them noise");
        let mut back = Vec::new();
        Inflater::default().inflate(&out, bytes, &mut back).expect("inflates");
        assert_eq!(back, half);
        out.clear();
    }
}
