//! Hands at the console's page: a headless Chromium that does what it is told (`admin/web/test/hands.mjs`) and tells what
//! it saw. At its end nothing may have run that a player wrote, and the policy must not have been broken.

use std::{
    io::Write,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
};

use lab::needs::{Need, are_met, is_met};
use serde_json::{Value, json};

use super::{lines::Lines, root, stack::Stack};

/// See the module.
#[derive(Debug)]
pub struct Hands {
    browser: Child,
    wishes: Option<ChildStdin>,
    seen: Lines,
    complaints: Lines,
    count: usize,
}

/// Of whoever opens the link.
pub const PASSWORD: &str = "a long enough one";

impl Hands {
    /// Opens the console of this stack as its owner, who is made with the printed link. Pictures that are asked for go to
    /// `target/console`. None where there is no browser; that was said.
    pub fn owner(stack: &Stack) -> Option<Self> {
        let (_, line) = stack.out.wait_for(0, &["Set up"]);
        let link =
            line.split_whitespace().find(|word| word.starts_with("http://")).expect("a link").to_owned();
        let page = link.split_once("/setup").expect("a page").0.to_owned();
        let web = root().join("admin/web");
        let missing = (!web.join("node_modules").exists())
            .then(|| "no admin/web/node_modules: ./check makes it".to_owned());
        let programs = [Need::Program("chromium", "chromium"), Need::Program("node", "nodejs")];
        if !are_met(&programs) || !is_met(missing, true) {
            return None;
        }
        let mut browser = Command::new("node")
            .args(["test/hands.mjs", &page])
            .env("SHOTS", shots())
            .current_dir(web)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node starts");
        let seen = Lines::of(browser.stdout.take().expect("piped"));
        let complaints = Lines::of(browser.stderr.take().expect("piped"));
        let wishes = browser.stdin.take();
        let mut hands = Self { browser, wishes, seen, complaints, count: 0 };
        hands.does("set_up", json!({ "link": link, "name": "anna", "password": PASSWORD }));
        Some(hands)
    }

    /// Does it and tells what it saw.
    pub fn does(&mut self, what: &str, mut wish: Value) -> Value {
        wish["does"] = json!(what);
        let mut wishes = self.wishes.as_ref().expect("open");
        writeln!(wishes, "{wish}").expect("the browser listens");
        let line = self.seen.next(self.count);
        self.count += 1;
        let line = line.unwrap_or_else(|| panic!("{wish}: it ended\n{}", self.complaints.text()));
        let seen: Value = serde_json::from_str(&line).expect("JSON");
        assert!(seen["failed"].is_null(), "{wish}: {seen}\n{}", self.complaints.text());
        seen
    }

    /// The words of a page, which must hold nothing but text.
    pub fn reads(&mut self, hash: &str) -> String {
        self.shows(hash, "", "light")
    }

    /// The same with a picture of it under this name, in this theme.
    pub fn shows(&mut self, hash: &str, shot: &str, theme: &str) -> String {
        let seen = self.does("show", json!({ "hash": hash, "shot": shot, "theme": theme }));
        assert_eq!(seen["alien"], 0, "{hash}");
        seen["words"].as_str().expect("text").to_owned()
    }

    /// The words of all pages of a list.
    pub fn leafs(&mut self, hash: &str) -> String {
        let seen = self.does("leaf", json!({ "hash": hash }));
        assert_eq!(seen["alien"], 0, "{hash}");
        seen["words"].as_str().expect("text").to_owned()
    }

    /// Does a deed through its dialog, which must not refuse; what it said would change.
    pub fn deed(&mut self, hash: &str, button: &str, fields: Value) -> String {
        self.deed_in("main", hash, button, fields)
    }

    /// The same where more than one button is called so: within this part of the page.
    pub fn deed_in(&mut self, within: &str, hash: &str, button: &str, mut fields: Value) -> String {
        let choices = fields.as_object_mut().expect("labels").remove("choose").unwrap_or_else(|| json!({}));
        let wish = json!({
            "hash": hash, "button": button, "within": within, "fields": fields, "choices": choices,
        });
        let seen = self.does("deed", wish);
        assert!(seen["refused"].is_null(), "{hash} {button}: {seen}");
        seen["changes"].as_str().expect("text").to_owned()
    }

    /// Waits until the page that is shown has these words, or not any more.
    pub fn waits_for(&mut self, words: &str, gone: bool) {
        self.does("says", json!({ "words": words, "gone": gone, "within": "body" }));
    }

    /// Closes it: nothing went wrong in it, nobody's script ran, no policy was broken.
    pub fn close(mut self) {
        let seen = self.does("complaints", json!({}));
        assert_eq!(seen, json!({ "complaints": [], "violations": [], "hacked": null }));
        drop(self.wishes.take());
        assert!(self.browser.wait().expect("it ends").success(), "{}", self.complaints.text());
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        // Without a word more to come it closes its browser itself.
        drop(self.wishes.take());
        drop(self.browser.wait());
    }
}

/// Where pictures go.
fn shots() -> PathBuf {
    root().join("target/console")
}
