//! The logs of real processes in the console: what they say, a level that is raised while they run, and that nobody is
//! flooded.

use proto::kinds;
use serde_json::{Value, json};

use crate::support::{browser::Browser, raw::Raw, stack::Stack};

fn lines(browser: &Browser, query: &str) -> Vec<Value> {
    browser.read(&format!("/api/logs?{query}"))["lines"].as_array().expect("a list").clone()
}

#[test]
fn the_console_shows_what_all_processes_log_and_more_of_it_for_a_while() {
    let stack = Stack::start(&["--set", "console.listen=127.0.0.1:0"]);
    let mut owner = Browser::owner(&stack);
    for process in ["gateway", "game", "dbfront", "up"] {
        stack.until("it told its start", || {
            lines(&owner, &format!("process={process}&event=start")).len() == 1
        });
    }
    let set_up = owner.read("/api/logs?text=setup%23");
    assert_eq!(set_up["lines"], json!([]), "the link of the first owner is in no log");
    let mut ana = Raw::connect(stack.listen);
    let id = ana.guest().account;
    let pay = |player: &mut Raw, cseq: u64| player.command(kinds::PAY, cseq, &[]);
    let _ = pay(&mut ana, 1);
    assert_eq!(lines(&owner, "event=op."), Vec::<Value>::new(), "not at the usual level");
    for process in ["gateway", "game"] {
        let wish = json!({ "process": process, "level": "debug", "reason": "to follow a command" });
        let told = owner.act("/api/logs/level", &wish);
        assert_eq!(told["process"]["level"], "debug", "{told}");
    }
    let grant = json!({ "reason": "test", "amount": 5, "password": crate::support::browser::PASSWORD });
    owner.act(&format!("/api/players/{id}/grant"), &grant);
    stack.until("each of them told who raised it", || lines(&owner, "event=log.level").len() == 2);
    let by = lines(&owner, "event=log.level")[0]["fields"]["by"].as_str().expect("a name").to_owned();
    assert!(by.starts_with("anna (uid "), "{by}");
    let _ = pay(&mut ana, 2);
    stack.until("the gateway tells of the command", || !lines(&owner, "event=op.received").is_empty());
    let usual = json!({ "process": "gateway", "level": "info", "reason": "seen" });
    assert_eq!(owner.act("/api/logs/level", &usual)["process"]["raised_ms"], 0);
    stack.stop();
}
