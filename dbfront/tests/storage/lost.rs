//! The database's disk fails or becomes read-only, and the journal's does not: what is answered is durable all the while,
//! and when the disk is back it is in the database once (F49, X3).

use std::{
    os::unix::net::UnixStream,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use dbfront::Metrics;

use crate::{
    child::Wish,
    image::{Image, Loss},
    ledger::{Payer, compare},
    needs::tier,
};

fn is_lost(lose: impl Fn(&Image), at: &str) {
    let Some(image) = Image::new(64) else { return };
    let data = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", image.place().join("game.db").display());
    let wish = Wish { url, ..Wish::new(data.path()) };
    let (stop, theirs) = UnixStream::pair().expect("a pair");
    let metrics = Arc::new(Metrics::default());
    let (ready_in, ready) = mpsc::channel();
    let dbfront = thread::spawn({
        let (config, metrics) = (wish.config(), metrics.clone());
        let ready = Box::new(move |_| ready_in.send(()).expect("the test waits"));
        move || dbfront::run(config, theirs, metrics, ready)
    });
    ready.recv_timeout(Duration::from_secs(30)).expect("it serves");
    let mut payer = Payer::begin(&wish.config().link_path, 7).expect("it greets");
    let mut to = 60;
    payer.play(to, 20).unwrap_or_else(|error| panic!("{at}: {error}"));
    lose(&image);
    while metrics.state() != "store_away" {
        to += 1;
        assert!(to < 500_000, "{at}: {}", metrics.state());
        payer.play(to, u64::MAX).unwrap_or_else(|error| panic!("{at}: record {to}: {error}"));
    }
    payer.play(to + 50, u64::MAX).expect("the journal's disk is sound");
    image.restore();
    payer.until_applied(to + 50).unwrap_or_else(|error| panic!("{at}: {error}, {}", metrics.state()));
    drop(stop);
    dbfront.join().expect("no panic").unwrap_or_else(|error| panic!("{at}: {error}"));
    compare(&Wish::new(image.place()), to + 50, at);
}

#[test]
fn a_database_whose_disk_fails_or_is_read_only_has_everything_once_when_it_is_back() {
    for round in 0..if tier().as_deref() == Some("full") { 10 } else { 1 } {
        is_lost(|image| image.cut(Loss::Everything), &format!("it fails, round {round}"));
        is_lost(|image| image.cut(Loss::Bytes), &format!("it fails without the newest bytes, round {round}"));
        is_lost(Image::make_read_only, &format!("it is read-only, round {round}"));
    }
}
