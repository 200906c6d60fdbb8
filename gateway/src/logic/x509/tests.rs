//! Certificates made by another library, and pieces of them.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

fn made(names: &[&str], from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.not_before = date_time_ymd(from.0, from.1, from.2);
    params.not_after = date_time_ymd(until.0, until.1, until.2);
    let key = KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("signed").der().to_vec()
}

#[test]
fn validity_and_names_are_read_in_either_form_of_time() {
    let der = made(&["play.example.org", "192.0.2.7", "2001:db8::1"], (2024, 2, 29), (2049, 12, 31));
    let about = about(&der).expect("a certificate");
    assert_eq!((about.valid_from_s, about.valid_until_s), (1_709_164_800, 2_524_521_600));
    assert_eq!(about.names, ["play.example.org", "192.0.2.7", "2001:db8::1"]);
    let late = super::about(&made(&["a"], (1970, 1, 1), (2050, 3, 1))).expect("a certificate");
    assert_eq!((late.valid_from_s, late.valid_until_s), (0, 2_529_705_600));
}

#[test]
fn a_certificate_without_names_has_none() {
    assert_eq!(about(&made(&[], (2024, 1, 1), (2025, 1, 1))).expect("a certificate").names, [""; 0]);
}

#[test]
fn a_torn_certificate_is_none_wherever_it_is_torn() {
    let der = made(&["play.example.org"], (2024, 1, 1), (2025, 1, 1));
    for at in 0..der.len() {
        assert_eq!(about(&der[..at]), None, "torn at {at}");
    }
    for at in 0..der.len() {
        let mut other = der.clone();
        other[at] ^= 0xff;
        // Whatever it is then, it is read to its end.
        let _ = about(&other);
    }
}
