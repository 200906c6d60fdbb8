//! Secrets stay secret, and passwords are judged as typed.

use proto::epoch::SealKey;

use super::{
    GUEST_SECRET_BYTES, PasswordError, check_password, guest_secret, may_be_password, secret_hash,
    secret_matches,
};

#[test]
fn a_guest_comes_back_with_his_secret_alone() {
    let key = SealKey::new([1; 32]);
    let (mine, other) = (guest_secret(&key, 7, 1_000), guest_secret(&key, 8, 1_000));
    assert_eq!(mine.expose(), guest_secret(&key, 7, 1_000).expose());
    assert_ne!(mine.expose(), guest_secret(&key, 7, 1_001).expose(), "another account of the same number");
    assert_ne!(mine.expose(), guest_secret(&SealKey::new([2; 32]), 7, 1_000).expose());
    assert_eq!(mine.expose().len(), GUEST_SECRET_BYTES);
    assert_ne!(mine.expose(), other.expose());
    let stored = secret_hash(mine.expose());
    assert!(secret_matches(mine.expose(), Some(&stored)));
    assert!(!secret_matches(other.expose(), Some(&stored)));
    assert!(!secret_matches(mine.expose(), None));
    assert!(!secret_matches(&stored, Some(&stored)));
    assert!(!secret_matches(b"", Some(&secret_hash(b""))), "a secret of no bytes is none");
    assert!(!secret_matches(mine.expose(), Some(&stored[..31])));
}

#[test]
fn a_password_is_judged_by_length_and_by_what_is_tried_first() {
    for (password, verdict) in [
        ("", Err(PasswordError::TooShort)),
        ("sevench", Err(PasswordError::TooShort)),
        ("ééééééé", Err(PasswordError::TooShort)),
        ("eightcha", Ok(())),
        ("éàüöäßñç", Ok(())),
        ("        ", Err(PasswordError::Common)),
        ("aaaaaaaaaaaa", Err(PasswordError::Common)),
        ("password", Err(PasswordError::Common)),
        ("PassWord", Err(PasswordError::Common)),
        ("Password123!", Err(PasswordError::Common)),
        ("31415926535", Err(PasswordError::Common)),
        ("12345678", Err(PasswordError::Common)),
        (" sevench", Ok(())),
        ("password of mine", Ok(())),
        ("ana-maria", Err(PasswordError::Name)),
        ("Ana-Maria12", Err(PasswordError::Name)),
        ("ana-maria likes tea", Ok(())),
        ("correct horse battery", Ok(())),
    ] {
        assert_eq!(check_password(password, "ana-maria"), verdict, "{password:?}");
    }
    assert_eq!(check_password(&"xy".repeat(128), "ana"), Ok(()));
    assert_eq!(check_password(&"xy".repeat(129), "ana"), Err(PasswordError::TooLong));
}

#[test]
fn only_what_can_be_a_password_is_hashed_at_a_login() {
    assert!(may_be_password("x") && may_be_password(&"x".repeat(256)));
    assert!(!may_be_password("") && !may_be_password(&"x".repeat(257)));
}

#[test]
fn every_error_has_a_code_of_its_own() {
    let all = [PasswordError::TooShort, PasswordError::TooLong, PasswordError::Common, PasswordError::Name];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|error| error.code()).collect();
    assert_eq!(codes.len(), all.len());
}
