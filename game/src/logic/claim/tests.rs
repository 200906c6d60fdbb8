//! How game comes to dbfront, again and again.

use super::*;

fn after(failures: u32) -> Claim {
    let mut claim = Claim::new(7, false);
    for _ in 0..failures {
        claim.failed();
    }
    claim
}

#[test]
fn pauses_double_to_a_second_and_never_leave_their_half() {
    for (failures, whole_ms) in [(0, 20), (1, 40), (3, 160), (6, 1_000), (40, 1_000)] {
        for random in [0, 1, 7_919, u32::MAX] {
            let pause = after(failures).pause(random).as_millis();
            assert!(whole_ms / 2 <= pause && pause <= whole_ms, "{failures} failures: {pause} ms");
        }
    }
}

#[test]
fn only_refusals_that_concern_us_end_us_and_another_writer_has_a_while_to_leave() {
    // Dbfront's own end: game waits for the next one.
    assert!(refusal("DB_FENCED", "another dbfront applies").is_none());
    // Its own later link took the place of this one.
    assert!(refusal("LINK_REPLACED", "by another link").is_none());
    let fenced = refusal("FENCED", "epoch 7").expect("it ends us");
    assert_eq!((fenced.code, fenced.detail.as_str()), ("FENCED", "epoch 7"));
    assert_eq!(refusal("JOURNAL_FAILED", "disk"), None);
    assert!(!after(0).waits(&fenced));
    let exists = refusal("WRITER_EXISTS", "").expect("it ends us in the end");
    assert!(after(0).waits(&exists) && after(7).waits(&exists));
    assert!(!after(8).waits(&exists));
}

#[test]
fn a_second_link_goes_on_with_the_epoch_of_the_first_and_all_that_it_was_told() {
    let mut claim = Claim::new(7, true);
    let first = claim.hello(None);
    assert_eq!((first.epoch, first.durable_seen, first.held_from, first.takeover), (0, 0, 0, true));
    assert!(claim.failed() && !claim.failed());
    claim.welcomed(&LinkWelcome { epoch: 3, durable: 40, ..LinkWelcome::default() });
    claim.durable(Lsn(44));
    claim.durable(Lsn(42));
    assert!(claim.failed(), "after a link that was open it is the first again");
    let second = claim.hello(Some(Lsn(41)));
    assert_eq!((second.epoch, second.durable_seen, second.held_from, second.takeover), (3, 44, 41, false));
    // A dbfront that comes back with less does not make us forget.
    claim.welcomed(&LinkWelcome { epoch: 3, durable: 12, ..LinkWelcome::default() });
    assert_eq!(claim.hello(None).durable_seen, 44);
}
