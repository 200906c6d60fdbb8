//! The power goes under load, with the journal and the database on the disk that loses it, or the disk
//! becomes read-only (F14, F20, F31).

use std::{fs, time::Duration};

use crate::{
    child::{Ended, Served, Wish},
    image::{Image, Loss},
    ledger::{Payer, Told, survives},
    needs::tier,
};

/// Turns on their way at once.
const WINDOW: u64 = 40;
/// Records after the power is back.
const MORE: u64 = 30;

fn is_full() -> bool {
    tier().as_deref() == Some("full")
}

/// Pays with many turns on their way until `cut` says so, and listens to the end.
fn pay_until(wish: &Wish, mut cut: impl FnMut(&Payer) -> bool) -> (Told, Ended) {
    let served = Served::start(wish).unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut payer = Payer::begin(&served.link, 7).expect("it greets");
    let mut is_cut = false;
    while payer.hear_or_pay(WINDOW).is_ok() {
        is_cut |= !is_cut && cut(&payer);
    }
    // A word that could not be sent comes before the last one that was said.
    payer.listen(Duration::from_secs(30));
    assert!(is_cut, "{:?}", payer.told);
    (payer.told, served.end())
}

/// The power goes when so many records were said durable.
fn loses_power(loss: Loss, durable: u64, at: &str) {
    let Some(image) = Image::new(64) else { return };
    let wish = Wish { keep_bytes: 6 * crate::child::SEGMENT_BYTES, ..Wish::new(image.place()) };
    let (told, ended) = pay_until(&wish, |payer| {
        let now = durable <= payer.told.durable;
        if now {
            image.cut(loss);
        }
        now
    });
    assert_eq!(ended.name.as_deref(), Some("JOURNAL_FAILED"), "{at}: {told:?}, {ended:?}");
    image.restore();
    survives(&wish, &told, told.sent + MORE, at);
}

#[test]
fn nothing_answered_is_missing_when_the_power_goes_under_load() {
    let runs = if is_full() { 20 } else { 10 };
    for run in 0..runs {
        // Anywhere in the life of a few segments.
        let durable = 50 + run * 37 % 400;
        for loss in [Loss::Bytes, Loss::Everything] {
            if is_full() || run % 2 == loss as u64 % 2 {
                loses_power(loss, durable, &format!("power lost after record {durable}, {loss:?}"));
            }
        }
    }
    println!("{runs} losses of power");
}

#[test]
fn a_new_segment_is_in_its_folder_when_the_first_record_in_it_is_answered() {
    // Each turn of the life of one segment, the first one in a new one among them.
    for record in 60..if is_full() { 84 } else { 66 } {
        let Some(image) = Image::new(64) else { return };
        let wish = Wish::new(image.place());
        let served = Served::start(&wish).unwrap_or_else(|ended| panic!("{ended:?}"));
        let mut payer = Payer::begin(&served.link, 7).expect("it greets");
        payer.play(record, u64::MAX).expect("a sound disk");
        image.cut(Loss::Everything);
        payer.pay_next().expect("it listens");
        while payer.hear().is_ok() {}
        let told = payer.told;
        assert_eq!(served.end().name.as_deref(), Some("JOURNAL_FAILED"));
        image.restore();
        let segments = fs::read_dir(wish.config().journal_folder).expect("a folder").count();
        assert!(segments > 4, "{segments} files");
        survives(&wish, &told, record + MORE, &format!("power lost right after record {record}"));
    }
}

#[test]
fn a_disk_that_becomes_read_only_is_a_named_stop_and_nothing_answered_is_missing() {
    let Some(image) = Image::new(64) else { return };
    let wish = Wish::new(image.place());
    let (told, ended) = pay_until(&wish, |payer| {
        let now = 100 <= payer.told.durable;
        if now {
            image.make_read_only();
        }
        now
    });
    assert_eq!(ended.name.as_deref(), Some("JOURNAL_FAILED"), "{told:?}, {ended:?}");
    assert_eq!(told.refused.as_deref(), Some("JOURNAL_FAILED"), "game hears it");
    let still = Served::start(&wish).map(|_| ()).expect_err("it cannot be written");
    assert_eq!(still.name.as_deref(), Some("JOURNAL_FAILED"), "{still:?}");
    image.restore();
    survives(&wish, &told, told.sent + MORE, "writable again");
}
