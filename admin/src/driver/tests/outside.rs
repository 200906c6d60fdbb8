//! A console's folder as somebody sees it who only looks: `ding status`, `ding doctor`.

use std::{fs, path::Path};

use super::{
    browser::Browser,
    site::{NAME, Site},
};
use crate::{
    driver::{
        look::{Audit, Standing, audit, look},
        store,
    },
    logic::role::Role,
};

fn audited(data: &Path) -> Audit {
    audit(data).expect("a log").expect("read")
}

#[test]
fn a_look_tells_who_is_staff_and_whether_the_log_is_whole_beside_a_console_and_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    assert!(look(data).is_none() && store::running(data).is_none(), "there is none");
    let site = Site::start(data);
    let running = store::running(data).expect("it says so");
    assert_eq!((running.pid, running.inside.as_str()), (std::process::id(), "up"));
    assert_eq!(running.url, format!("http://{NAME}:{}", site.address.port()));
    assert!(look(data).expect("there").staff.expect("read").is_empty());
    let mut owner = site.owner();
    let mut viewer: Browser = site.one_of(&mut owner, Role::Viewer);
    viewer.post("/api/logout", &serde_json::json!({})).ok();
    let seen = look(data).expect("there");
    let of = |name: &str, role, is_mighty| Standing {
        name: name.to_owned(),
        role,
        is_mighty,
        has_second_factor: false,
        is_disabled: false,
    };
    assert_eq!(seen.staff.expect("read"), [of("anna", "owner", true), of("the-viewer", "viewer", false)]);
    assert!(seen.modes.iter().all(|(_, mode)| mode & 0o077 == 0), "{:?}", seen.modes);
    let whole = audited(data);
    assert!(3 < whole.lines && whole.broken_at.is_none(), "{whole:?}");
    drop(site);
    assert!(store::running(data).is_none(), "it ended");
    let path = data.join("console/audit.log");
    let text = fs::read_to_string(&path).expect("a log");
    fs::write(&path, format!("{text}{{\"n\":")).expect("written");
    assert_eq!(audited(data), whole, "a torn end is no lie");
    assert!(fs::read_to_string(&path).expect("a log").ends_with(':'), "a look mends nothing");
    fs::write(&path, text.replacen("setup", "other", 1)).expect("written");
    assert_eq!(audited(data).broken_at, Some(2));
}

#[test]
fn what_a_killed_console_said_is_not_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(store::Store::open(folder.path()).expect("made"));
    let said = |pid: u32| store::Running {
        pid,
        inside: "up".to_owned(),
        url: "http://127.0.0.1:7080".to_owned(),
        version: "1".to_owned(),
        since_ms: 5,
    };
    let lock = folder.path().join("console/lock");
    for pid in [std::process::id(), u32::MAX, 0] {
        fs::write(&lock, serde_json::to_vec(&said(pid)).expect("JSON")).expect("written");
        assert_eq!(store::running(folder.path()), None, "nobody holds the lock");
    }
    fs::write(&lock, "4711\n").expect("written");
    assert_eq!(store::running(folder.path()), None, "of a version that only said its number");
}
