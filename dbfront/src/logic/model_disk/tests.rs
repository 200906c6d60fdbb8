//! The model keeps what a disk owes and nothing more.

use super::*;

#[test]
fn only_what_was_synced_is_sure_to_survive() {
    let mut disk = ModelDisk::new();
    disk.create("file").expect("new");
    disk.write_at("file", 0, &[1; 2_000]).expect("space");
    assert!(disk.after_power_loss(0).files().is_empty(), "neither name nor bytes");
    disk.sync("file").expect("sound");
    assert!(disk.after_power_loss(0).files().is_empty(), "its name was not synced");
    disk.sync_dir().expect("sound");
    disk.write_at("file", 1_000, &[2; 2_000]).expect("space");
    assert_eq!(disk.after_power_loss(0).content("file"), Some(&[1; 2_000][..]));
    let seen = disk.content("file").expect("there").to_vec();
    assert_eq!(disk.after_kill().content("file"), Some(&seen[..]));
    disk.unlink("file").expect("there");
    assert_eq!(disk.after_power_loss(0).content("file"), Some(&[1; 2_000][..]), "its absence was not synced");
    disk.sync_dir().expect("sound");
    assert!(disk.after_power_loss(0).files().is_empty());
}

#[test]
fn a_loss_takes_any_sectors_and_the_same_for_the_same_seed() {
    let mut disk = ModelDisk::new();
    disk.plant("file", &[1; SECTOR_BYTES * 4]);
    disk.write_at("file", 0, &[2; SECTOR_BYTES * 4]).expect("space");
    let left = |seed| disk.after_power_loss(seed).content("file").expect("there").to_vec();
    let mut kinds: Vec<Vec<u8>> = (1..400).map(left).collect();
    assert!((1..400).all(|seed| left(seed) == kinds[usize::try_from(seed).expect("small") - 1]));
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 16, "every subset of four sectors");
}

#[test]
fn bytes_whose_sync_failed_stay_readable_and_are_never_made_durable() {
    let fault = Fault { at_call: 2, for_ever: false, kind: FaultKind::Io };
    let mut disk = ModelDisk::new().with_fault(fault);
    disk.plant("file", b"");
    disk.write_at("file", 0, b"one").expect("space");
    disk.sync("file").expect_err("the fault");
    disk.sync("file").expect("says yes");
    assert_eq!(disk.content("file"), Some(&b"one"[..]));
    assert_eq!(disk.after_power_loss(0).content("file"), Some(&b""[..]));
}

#[test]
fn space_ends_and_comes_back() {
    let mut disk = ModelDisk::new().with_capacity(10);
    disk.create("file").expect("space");
    assert_eq!(disk.write_at("file", 0, &[1; 8]).expect("space"), 8);
    assert_eq!(disk.write_at("file", 8, &[1; 8]).expect("a little"), 2);
    let full = disk.write_at("file", 10, &[1; 8]).expect_err("none");
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.write_at("file", 0, &[2; 8]).expect("inside"), 8);
    assert_eq!(disk.create("other").expect_err("none").kind(), io::ErrorKind::StorageFull);
    disk.set_capacity(Some(20));
    assert_eq!(disk.write_at("file", 10, &[1; 8]).expect("space"), 8);
}

#[test]
fn a_crash_is_the_last_call() {
    let fault = Fault { at_call: 2, for_ever: false, kind: FaultKind::Crash };
    let mut disk = ModelDisk::new().with_fault(fault);
    disk.plant("file", b"");
    disk.write_at("file", 0, b"abcd").expect("space");
    disk.write_at("file", 4, b"efgh").expect_err("the crash");
    assert!(disk.is_dead());
    assert!(disk.list().is_err() && disk.sync("file").is_err() && disk.len("file").is_err());
    assert_eq!(disk.after_kill().content("file"), Some(&b"abcdef"[..]), "half of the last write");
}

#[test]
fn a_rename_that_was_not_synced_leaves_either_name_both_or_neither() {
    let mut disk = ModelDisk::new();
    disk.plant("old", b"text");
    disk.plant("other", b"");
    assert_eq!(disk.rename("old", "other").expect_err("taken").kind(), io::ErrorKind::AlreadyExists);
    disk.rename("old", "new").expect("free");
    assert_eq!((disk.content("old"), disk.content("new")), (None, Some(&b"text"[..])));
    let mut left: Vec<(bool, bool)> = (0..100)
        .map(|seed| disk.after_power_loss(seed))
        .map(|disk| (disk.content("old").is_some(), disk.content("new").is_some()))
        .collect();
    left.sort_unstable();
    left.dedup();
    assert_eq!(left.len(), 4);
    disk.sync_dir().expect("sound");
    let lost = disk.after_power_loss(9);
    assert_eq!((lost.content("old"), lost.content("new")), (None, Some(&b"text"[..])));
}

#[test]
fn exactly_the_chosen_sectors_of_a_torn_write_survive() {
    let mut disk = ModelDisk::new();
    disk.plant("file", &[1; SECTOR_BYTES * 3]);
    disk.write_at("file", 500, &[2; SECTOR_BYTES + 100]).expect("space");
    assert_eq!(disk.unsynced_pieces("file"), 3, "the ends of two sectors and one between");
    let twos = |pieces: u64| -> Vec<usize> {
        let left = disk.after_torn_write("file", pieces);
        let sectors = left.content("file").expect("there").chunks(SECTOR_BYTES);
        sectors.map(|sector| sector.iter().filter(|&&byte| byte == 2).count()).collect()
    };
    assert_eq!(twos(0b000), [0, 0, 0]);
    assert_eq!(twos(0b101), [12, 0, 88]);
    assert_eq!(twos(0b111), [12, 512, 88]);
}

#[test]
fn a_lying_disk_shows_what_its_platter_never_gets() {
    let mut disk = ModelDisk::new();
    disk.plant("file", &[0; 6]);
    disk.fail_next(FaultKind::Lost);
    disk.write_at("file", 0, b"ab").expect("a lie");
    disk.fail_next(FaultKind::Misdirected(2));
    disk.write_at("file", 2, b"cd").expect("a lie");
    disk.write_at("file", 0, b"e").expect("space");
    disk.sync("file").expect("sound");
    assert_eq!(disk.content("file"), Some(&b"ebcd\0\0"[..]));
    assert_eq!(disk.after_power_loss(0).content("file"), Some(&b"e\0\0\0cd"[..]));
}
