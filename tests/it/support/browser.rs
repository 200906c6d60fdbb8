//! A browser at the console, as far as its page's requests go: the headers that it must send, a cookie that it keeps.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use super::{BOUND, stack::Stack};

/// Somebody of the staff.
pub struct Browser {
    host: String,
    cookie: Option<String>,
}

impl Browser {
    /// Whoever opens the link that a stack printed, and so is the owner.
    pub fn owner(stack: &Stack) -> Self {
        let (_, line) = stack.out.wait_for(0, &["Set up"]);
        let link = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a link");
        Self::set_up(link)
    }

    /// The same with the link itself.
    pub fn set_up(link: &str) -> Self {
        let (page, token) = link.split_once('#').expect("a token");
        let host = page.trim_start_matches("http://").trim_end_matches("/setup").to_owned();
        let mut browser = Self { host, cookie: None };
        let wish = json!({ "token": token, "name": "anna", "password": PASSWORD });
        assert_eq!(browser.post("/api/setup", &wish).1["staff"]["role"], "owner");
        browser
    }

    /// The same person in another browser, who has to log in.
    pub fn again(&self) -> Self {
        let mut browser = Self { host: self.host.clone(), cookie: None };
        let (status, answer) = browser.post("/api/login", &json!({ "name": "anna", "password": PASSWORD }));
        assert_eq!(status, 200, "{answer}");
        browser
    }

    /// Status and document.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, document, _) = self.send(&format!("GET {path} HTTP/1.1\r\n"), "");
        (status, document)
    }

    /// A document that there must be.
    pub fn read(&self, path: &str) -> Value {
        let (status, document) = self.get(path);
        assert_eq!(status, 200, "{path}: {document}");
        document
    }

    /// As the page sends it.
    pub fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let host = &self.host;
        let head = format!(
            "POST {path} HTTP/1.1\r\nOrigin: http://{host}\r\nX-Ding: 1\r\nContent-Type: application/json\r\n"
        );
        let (status, document, cookie) = self.send(&head, &body.to_string());
        self.cookie = cookie.or(self.cookie.take());
        (status, document)
    }

    /// Something that must be done.
    pub fn act(&mut self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn send(&self, head: &str, body: &str) -> (u16, Value, Option<String>) {
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let (host, length) = (&self.host, body.len());
        let request = format!(
            "{head}Host: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{cookie}\r\n{body}"
        );
        let mut socket = TcpStream::connect(host).expect("a console");
        socket.set_read_timeout(Some(BOUND)).expect("a socket");
        socket.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let set = set.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_default(), set)
    }
}

/// Everybody's.
pub const PASSWORD: &str = "correct horse battery";
