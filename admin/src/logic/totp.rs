//! Codes of six digits that change each 30 s (RFC 6238 with SHA-1, which every authenticator has). Each is good once.
//! Knows no staff.

use ring::hmac;
use subtle::ConstantTimeEq as _;

/// Of a new second factor: 160 random bits, as RFC 4226 asks.
pub const SECRET_BYTES: usize = 20;

/// The step of a right code, which is later than `last`; nothing for any other code. The clocks of both sides may be
/// one step apart.
#[must_use]
pub fn check(secret: &[u8], typed: &str, unix_s: u64, last: u64) -> Option<u64> {
    let now = unix_s / STEP_S;
    let steps = now.saturating_sub(1)..=now + 1;
    steps
        .filter(|step| last < *step)
        .find(|step| bool::from(code(secret, *step).as_bytes().ct_eq(typed.as_bytes())))
}

/// The code of a step.
#[must_use]
pub fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 0xf);
    let word = u32::from_be_bytes([tag[at], tag[at + 1], tag[at + 2], tag[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

/// As authenticators take a secret (RFC 4648, without padding).
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let word = (0..5).fold(0_u64, |word, at| word << 8 | u64::from(*chunk.get(at).unwrap_or(&0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        let letter = |at: usize| LETTERS[usize::from((word >> (35 - 5 * at)).to_le_bytes()[0] & 31)];
        text.extend((0..letters).map(|at| char::from(letter(at))));
    }
    text
}

/// How long a code is shown.
pub const STEP_S: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, last six of eight digits.
        for (at, wanted) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code(SECRET, at / STEP_S), wanted);
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(["f", "fo", "foob"].map(|text| base32(text.as_bytes())), ["MY", "MZXQ", "MZXW6YQ"]);
    }

    #[test]
    fn a_code_is_good_one_step_around_and_once() {
        let at = 1_000_000_000;
        let now = at / STEP_S;
        for step in [now - 1, now, now + 1] {
            assert_eq!(check(SECRET, &code(SECRET, step), at, 0), Some(step));
            assert_eq!(check(SECRET, &code(SECRET, step), at, step), None, "used before");
        }
        for wrong in [code(SECRET, now - 2), code(SECRET, now + 2), String::new(), "1234567".to_owned()] {
            assert_eq!(check(SECRET, &wrong, at, 0), None, "{wrong}");
        }
    }
}
