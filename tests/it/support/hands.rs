//! Hands at the console's page: a headless Chromium that does what it is told (`admin/web/test/hands.mjs`) and tells what
//! it saw. At its end nothing may have run that a player wrote, and the policy must not have been broken.

use std::{
    collections::BTreeSet,
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
    /// Where the console is.
    page: String,
    browser: Child,
    wishes: Option<ChildStdin>,
    seen: Lines,
    complaints: Lines,
    count: usize,
}

/// On every page of somebody who is logged in.
const LOGGED_IN: &str = "Overview";
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
        let missing = (!web().join("node_modules").exists())
            .then(|| "no admin/web/node_modules: ./check makes it".to_owned());
        let programs = [Need::Program("chromium", "chromium"), Need::Program("node", "nodejs")];
        if !are_met(&programs) || !is_met(missing, true) {
            return None;
        }
        let mut hands = Self::at(page);
        hands.does("set_up", json!({ "link": link, "name": "anna", "password": PASSWORD }));
        Some(hands)
    }

    /// Somebody else of the staff, in a browser of their own.
    pub fn another(&self, name: &str, password: &str) -> Self {
        let mut hands = Self::at(self.page.clone());
        hands.logs_in(name, password, "");
        hands
    }

    fn at(page: String) -> Self {
        let mut browser = Command::new("node")
            .args(["test/hands.mjs", &page])
            .env("SHOTS", shots())
            .current_dir(web())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node starts");
        let seen = Lines::of(browser.stdout.take().expect("piped"));
        let complaints = Lines::of(browser.stderr.take().expect("piped"));
        let wishes = browser.stdin.take();
        Self { page, browser, wishes, seen, complaints, count: 0 }
    }

    /// Through the page's own form, until it says this: with a code, if there is one.
    pub fn logs_in(&mut self, name: &str, password: &str, code: &str) {
        self.tries_to_log_in((name, password, code), LOGGED_IN);
    }

    /// The same, until it says this.
    pub fn tries_to_log_in(&mut self, (name, password, code): (&str, &str, &str), says: &str) {
        let fields = json!({ "Name": name, "Password": password, "Code": code });
        self.fills("#/overview", "Log in", &fields, says);
    }

    /// By the button at the top.
    pub fn logs_out(&mut self) {
        self.does("log_out", json!({}));
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

    /// Fills in what stands on a page itself and sends it, until the page says this; its words then.
    pub fn fills(&mut self, hash: &str, button: &str, fields: &Value, says: &str) -> String {
        let wish = json!({ "hash": hash, "fields": fields, "button": button, "says": says });
        self.does("fill", wish)["words"].as_str().expect("text").to_owned()
    }

    /// What is in the file that a link saves.
    pub fn saves(&mut self, hash: &str, link: &str) -> String {
        self.saves_in("main", hash, link)
    }

    /// The same where more than one link is called so: within this part of the page.
    pub fn saves_in(&mut self, within: &str, hash: &str, link: &str) -> String {
        let wish = json!({ "hash": hash, "within": within, "link": link });
        self.does("save", wish)["text"].as_str().expect("text").to_owned()
    }

    /// Presses a button of the page that is shown, which asks nothing more.
    pub fn presses(&mut self, button: &str) {
        self.does("press", json!({ "button": button }));
    }

    /// Goes to a page and waits until it has these words.
    pub fn shows_to(&mut self, hash: &str, words: &str) {
        self.reads(hash);
        self.waits_for(words, false);
    }

    /// Pictures of the page that is shown, in both themes, under this name.
    pub fn pictures(&mut self, shot: &str) {
        self.does("picture", json!({ "shot": shot }));
    }

    /// Paths of all routes that change something, and paths where this page did so until now.
    pub fn changes(&mut self) -> (BTreeSet<String>, BTreeSet<String>) {
        let seen = self.does("routes", json!({}));
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let all = seen["routes"].as_array().expect("a list").iter();
        let changing = all.filter(|route| route["method"] == "POST").map(|route| text(&route["path"]));
        (changing.collect(), seen["done"].as_array().expect("a list").iter().map(text).collect())
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

/// What a dialog of a deed is filled in with besides the reason.
pub fn because(reason: &str, mut fields: Value) -> Value {
    fields["Reason"] = reason.into();
    fields
}

/// The same with the owner's password, where it is asked.
pub fn sure(reason: &str, mut fields: Value) -> Value {
    fields["Your password"] = PASSWORD.into();
    because(reason, fields)
}

/// The page's sources, with what drives it.
fn web() -> PathBuf {
    root().join("admin/web")
}

/// Where pictures go.
fn shots() -> PathBuf {
    root().join("target/console")
}
