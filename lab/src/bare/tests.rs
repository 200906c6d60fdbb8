//! The bare servers and references do what they are measured for.

use std::os::fd::OwnedFd;

use super::{Bare, disk::Disk, sqlite::Payments, wire};

#[test]
fn messages_are_cut_alike_at_every_split_point() {
    let mut stream = Vec::new();
    for message in [&b"a"[..], b"", b"three"] {
        wire::put(&mut stream, message);
    }
    for split in 0..=stream.len() {
        let mut cut = wire::Cut::default();
        let mut seen = Vec::new();
        for part in [&stream[..split], &stream[split..]] {
            cut.feed(part, |message| {
                seen.push(message.to_vec());
                true
            })
            .unwrap();
        }
        assert_eq!(seen, [&b"a"[..], b"", b"three"], "split at {split}");
    }
}

#[test]
fn a_message_above_the_bound_is_refused_before_it_is_stored() {
    let mut cut = wire::Cut::default();
    assert!(cut.feed(&u32::MAX.to_le_bytes(), |_| true).is_err());
}

#[test]
fn arguments_are_read_or_refused() {
    let args = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    assert_eq!(Bare::parse(&args(&["echo"])).unwrap(), Bare::Echo);
    let backend = "127.0.0.1:9".parse().unwrap();
    assert_eq!(Bare::parse(&args(&["relay", "127.0.0.1:9"])).unwrap(), Bare::Relay { backend });
    for wrong in [&["relay"][..], &["relay", "nowhere"], &[], &["echo", "more"]] {
        assert_eq!(Bare::parse(&args(wrong)).unwrap_err().code(), "USAGE", "{wrong:?}");
    }
}

#[test]
fn the_reference_journal_wraps_inside_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare");
    let mut disk = Disk::preallocate(&path, 1_000).unwrap();
    for _ in 0..20 {
        disk.append(&[7; 20], 10).unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), vec![7; 1_000]);
}

#[test]
fn the_reference_payments_conserve_gold() {
    let folder = tempfile::tempdir().unwrap();
    let mut payments = Payments::create(&folder.path().join("bare.db"), 4).unwrap();
    let mut left = 100;
    let done = || {
        left -= 1;
        left < 0
    };
    assert_eq!(payments.pay_until(done).unwrap(), 100);
    assert_eq!(payments.totals().unwrap(), (100, 4_000_000_000));
}

#[test]
fn a_bare_server_ends_with_its_lifeline() {
    let (stop, held) = std::os::unix::net::UnixStream::pair().unwrap();
    let stop = OwnedFd::from(stop);
    let listener = super::listen().unwrap();
    let server = std::thread::spawn(move || Bare::Fanout.serve(listener, &stop));
    drop(held);
    server.join().unwrap().unwrap();
}
