//! What comes back from the hashing thread.

use std::{sync::Arc, time::Duration};

use super::{super::input, HASHES_WAITING_MAX, Hasher, Hashing};
use crate::{
    config::HashCost,
    driver::input::Input,
    logic::{
        event::{HashJob, HashJobId, HashResult},
        secret::Secret,
    },
};

const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1 };

fn verify(id: u64, password: &str, wants: &Arc<()>) -> HashJob {
    let password = Secret::new(password.to_owned());
    HashJob::Verify { id: HashJobId(id), password, phc: None, wanted: Arc::downgrade(wants) }
}

#[test]
fn a_password_is_known_again_and_no_other_is() {
    let mut hashing = Hashing::new(CHEAP);
    let HashResult::Made(phc) = hashing.make(b"correct horse") else { panic!("not made") };
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    let mut matches = |password: &[u8], phc| {
        matches!(hashing.verify(password, phc), HashResult::Verified { matches: true, .. })
    };
    assert!(matches(b"correct horse", Some(&phc)));
    assert!(!matches(b"correct horse ", Some(&phc)));
    assert!(!matches(b"no account has this password", None), "the dummy never matches");
    assert_eq!(hashing.verify(b"x", Some("not a hash")), HashResult::Failed);
    let HashResult::Made(again) = hashing.make(b"correct horse") else { panic!("not made") };
    assert_ne!(phc, again, "each has its own salt");
}

#[test]
fn a_hash_is_cheap_only_if_one_of_today_costs_more() {
    let phc = |cost| match Hashing::new(cost).make(b"correct horse") {
        HashResult::Made(phc) => phc,
        other => panic!("{other:?}"),
    };
    let today = HashCost { memory_kib: 128, passes: 2 };
    for (memory_kib, passes, is_cheap) in
        [(64, 2, true), (128, 1, true), (128, 2, false), (256, 1, false), (256, 2, false)]
    {
        let stored = phc(HashCost { memory_kib, passes });
        let result = Hashing::new(today).verify(b"correct horse", Some(&stored));
        assert_eq!(result, HashResult::Verified { matches: true, is_cheap }, "{stored}");
    }
}

#[test]
fn the_default_cost_is_what_is_recommended() {
    let hashing = Hashing::new(HashCost::RECOMMENDED);
    assert!(hashing.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashing.dummy);
}

#[test]
fn hashes_are_those_of_any_other_library_whatever_was_hashed_in_that_memory_before() {
    let mut hashing = Hashing::new(HashCost { memory_kib: 256, passes: 1 });
    // The reference implementation's own, of more memory and of less than is configured here.
    for (cost, hash) in [
        ("m=65536,t=2,p=1", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
        ("m=256,t=2,p=1", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        ("m=65536,t=1,p=1", "9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg"),
    ] {
        let phc = format!("$argon2id$v=19${cost}$c29tZXNhbHQ${hash}");
        let result = hashing.verify(b"password", Some(&phc));
        assert_eq!(result, HashResult::Verified { matches: true, is_cheap: false }, "{cost}");
    }
}

#[test]
fn one_piece_of_memory_serves_all_hashes_and_goes_back_in_a_pause() {
    let mut hashing = Hashing::new(CHEAP);
    let place = hashing.memory.as_ptr();
    for _ in 0..3 {
        hashing.make(b"correct horse");
        hashing.verify(b"correct horse", None);
        assert_eq!(hashing.memory.as_ptr(), place);
    }
    hashing.idle = Duration::ZERO;
    assert!(hashing.next(&crossbeam_channel::never()).is_err());
    assert_eq!(hashing.memory.capacity(), 0);
}

#[test]
fn results_come_back_in_order_and_a_full_queue_says_so() {
    let (inputs, inbox) = input::channel();
    // Slow enough that the queue fills before the thread has emptied it.
    let (hasher, thread) = Hasher::start(HashCost { memory_kib: 4 * 1024, passes: 1 }, inputs).unwrap();
    let (mut taken, wants) = (0, Arc::new(()));
    let refused = loop {
        match hasher.offer(verify(taken, "x", &wants)) {
            Ok(()) => taken += 1,
            Err(HashJob::Verify { id, .. }) => break id,
            Err(job) => panic!("{job:?}"),
        }
    };
    assert_eq!(refused, HashJobId(taken));
    assert!(HASHES_WAITING_MAX as u64 <= taken);
    for expected in 0..taken {
        match inbox.inputs.recv_timeout(Duration::from_secs(30)).unwrap() {
            Input::Hash(id, result) => {
                assert_eq!(id, HashJobId(expected));
                assert_eq!(result, HashResult::Verified { matches: false, is_cheap: false });
            }
            other => panic!("{other:?}"),
        }
    }
    drop(hasher);
    assert!(matches!(inbox.inputs.recv_timeout(Duration::from_secs(30)), Ok(Input::Ended(_))));
    thread.join().unwrap();
}

#[test]
fn a_hash_that_nobody_waits_for_is_not_computed() {
    let (inputs, inbox) = input::channel();
    let (hasher, thread) = Hasher::start(CHEAP, inputs).unwrap();
    hasher.offer(verify(1, "x", &Arc::new(()))).unwrap();
    match inbox.inputs.recv_timeout(Duration::from_secs(30)).unwrap() {
        Input::Hash(HashJobId(1), HashResult::Failed) => {}
        other => panic!("{other:?}"),
    }
    drop(hasher);
    thread.join().unwrap();
}
