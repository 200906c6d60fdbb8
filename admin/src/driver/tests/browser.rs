//! The smallest browser: requests with the headers that a browser sends, a cookie that it keeps, answers taken apart.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Somebody's browser.
pub(super) struct Browser {
    pub(super) address: SocketAddr,
    pub(super) cookie: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and code of a refusal.
    pub(super) fn refusal(&self) -> (u16, String) {
        let code = self.json()["error"].as_str().unwrap_or_else(|| panic!("no refusal: {self:?}")).to_owned();
        (self.status, code)
    }

    /// The body of a good answer.
    pub(super) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }
}

impl Browser {
    pub(super) fn at(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    /// As the console's own page does.
    pub(super) fn post(&mut self, path: &str, body: &Value) -> Answer {
        let origin = format!("http://{}", self.address);
        let headers = [
            ("Content-Type", "application/json"),
            ("X-Ding", "1"),
            ("Origin", &origin),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        let answer = self.send("POST", path, &headers, &body.to_string());
        if let Some(cookie) = answer.header("set-cookie") {
            let cookie = cookie.split(';').next().unwrap_or_default();
            self.cookie = (!cookie.ends_with('=')).then(|| cookie.to_owned());
        }
        answer
    }

    /// With these headers beside host and cookie.
    pub(super) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        parse(&raw(self.address, format!("{head}\r\n{body}").as_bytes()))
    }
}

/// Sends bytes as they are, and reads to the end.
pub(super) fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = connect(address);
    // A server that has heard enough closes, maybe while we still talk.
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).expect("the console listens");
    socket.set_read_timeout(Some(BOUND)).expect("a socket");
    socket
}

pub(super) fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.unwrap_or_else(|| panic!("no status: {text:?}")),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}

/// For every wait: generous, because machines differ.
pub(super) const BOUND: Duration = Duration::from_secs(60);
