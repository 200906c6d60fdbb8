//! A process on its control socket, as a script: how it is, what it is asked, what it says to that.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use proto::{
    handshake::{Role, negotiate},
    link::{
        BillLine, BillResponse, ControlRequest, ControlResponse, Figure, LinkHello, LinkWelcome, LogLine,
        LogResponse, StaffRequest, StaffResponse, control_request::What,
    },
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    wire,
};

/// As an error: it does what it was asked, and is gone before it can say so.
pub(super) const HANG_UP: &str = "HANG_UP";

use super::economy;

/// What staff is told.
pub(super) type Script = fn(&StaffRequest) -> StaffResponse;

/// What else is answered, and how.
pub(super) type Answers = fn(&What, &mut ControlResponse);

/// See the module. It is gone when this is dropped.
pub(super) struct Fake {
    socket: PathBuf,
    inner: Arc<Inner>,
}

struct Inner {
    pid: u32,
    script: Script,
    figures: Vec<(&'static str, i64)>,
    asked: Mutex<Vec<StaffRequest>>,
    /// How long each of those waits, milliseconds.
    patience: Mutex<Vec<u64>>,
    links: Mutex<Vec<UnixStream>>,
    level: Mutex<String>,
    answers: Mutex<Option<Answers>>,
}

impl Fake {
    /// Listens for the process of this name.
    pub(super) fn start(data: &Path, name: &str, pid: u32, script: Script) -> Self {
        let socket = data.join(format!("{name}.sock"));
        let listener = UnixListener::bind(&socket).expect("a socket");
        let figures = vec![("bytes_in", 7), ("level", 1)];
        let inner = Inner {
            pid,
            script,
            figures,
            asked: Mutex::default(),
            patience: Mutex::default(),
            links: Mutex::default(),
            answers: Mutex::default(),
            level: Mutex::new("info".to_owned()),
        };
        let inner = Arc::new(inner);
        let fake = Self { socket, inner: Arc::clone(&inner) };
        thread::spawn(move || {
            for link in listener.incoming().map_while(Result::ok) {
                inner.links.lock().expect("whole").push(link.try_clone().expect("a handle"));
                let inner = Arc::clone(&inner);
                thread::spawn(move || inner.serve(link));
            }
        });
        fake
    }

    /// Says more than figures and what staff is told.
    pub(super) fn answers(&self, answers: Answers) {
        *self.inner.answers.lock().expect("whole") = Some(answers);
    }

    /// What staff asked so far that changes something, in order.
    pub(super) fn changes(&self) -> Vec<StaffRequest> {
        let asked = self.inner.asked.lock().expect("whole");
        use proto::link::staff_player::What as Of;
        use proto::link::staff_request::What;
        let looks = |what: &What| match what {
            What::Find(_)
            | What::Rows(_)
            | What::RoomList(_)
            | What::RoomShow(_)
            | What::Map(_)
            | What::Switches(_)
            | What::Chat(_)
            | What::MailLook(_)
            | What::Note(_) => true,
            What::Player(player) => {
                matches!(player.what, Some(Of::Watch(_) | Of::Sessions(_) | Of::Playing(_) | Of::Kinds(_)))
            }
            _ => false,
        };
        asked.iter().filter(|request| !request.what.as_ref().is_some_and(looks)).cloned().collect()
    }
}

impl Fake {
    /// How often staff asked anything; what the console itself tells of its own deeds is nothing that it asks.
    pub(super) fn asked(&self) -> usize {
        let asked = self.inner.asked.lock().expect("whole");
        let notes =
            |request: &&StaffRequest| matches!(request.what, Some(proto::link::staff_request::What::Note(_)));
        asked.len() - asked.iter().filter(notes).count()
    }
}

impl Fake {
    /// How long whoever asked last waits, milliseconds.
    pub(super) fn patience_ms(&self) -> u64 {
        *self.inner.patience.lock().expect("whole").last().expect("somebody asked")
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
        for link in self.inner.links.lock().expect("whole").iter() {
            let _ = link.shutdown(Shutdown::Both);
        }
    }
}

impl Inner {
    /// Two lines, of which one is written by somebody who means no good.
    fn log(&self, after: u64) -> LogResponse {
        let line = |number, level: &str, event: &str, text: &str| LogLine {
            number,
            at_ms: number,
            level: level.to_owned(),
            event: event.to_owned(),
            fields: serde_json::json!({ "text": text }).to_string(),
        };
        let evil = "<img src=x onerror=alert(1)>\n\u{202e}";
        let mut lines = vec![line(1, "info", "start", "well"), line(2, "warn", "chat.odd", evil)];
        lines.retain(|line| after < line.number);
        let level = self.level.lock().expect("whole").clone();
        let raised_ms = if level == "info" { 0 } else { 600_000 };
        LogResponse { lines, level, level_usual: "info".to_owned(), raised_ms, ..LogResponse::default() }
    }

    fn serve(&self, mut link: UnixStream) -> Option<()> {
        let mut buffer = LinkBuf::default();
        let (op, .., payload) = next(&mut link, &mut buffer)?;
        assert_eq!(op, Op::Hello);
        let hello: LinkHello = wire::decode(&payload, Budget::LINK).expect("a hello");
        let protocol = negotiate(&hello, Role::Control).expect("welcome");
        send(&mut link, Op::Welcome, 0, &wire::encode(&LinkWelcome { protocol, ..LinkWelcome::default() }))?;
        loop {
            let (op, id, patience_ms, payload) = next(&mut link, &mut buffer)?;
            if op != Op::Call {
                continue;
            }
            let request: ControlRequest = wire::decode(&payload, Budget::CONTROL).expect("a request");
            let figures = self.figures.iter();
            let mut said = ControlResponse {
                ready: true,
                state: "ready".to_owned(),
                pid: self.pid,
                up_ms: 61_000,
                version: "1.2.3".to_owned(),
                figures: figures
                    .map(|(name, value)| Figure { name: (*name).to_owned(), value: *value })
                    .collect(),
                ..ControlResponse::default()
            };
            let answers = *self.answers.lock().expect("whole");
            if let (Some(what), Some(answers)) = (&request.what, answers) {
                answers(what, &mut said);
            }
            if matches!(request.what, Some(What::Bill(_))) {
                let line = |kind: &str, bytes_after| BillLine {
                    subsystem: "chat".to_owned(),
                    kind: kind.to_owned(),
                    messages: 2,
                    receivers: 200,
                    bytes_before: 2 * bytes_after,
                    bytes_after,
                    ns: 1_500_000,
                    ..BillLine::default()
                };
                said.bill = Some(BillResponse {
                    lines: vec![line("chat_heard", 700), line(&self.pid.to_string(), 1)],
                });
            }
            match request.what {
                Some(What::Staff(request)) => {
                    self.patience.lock().expect("whole").push(patience_ms);
                    let answer = (self.script)(&request);
                    self.asked.lock().expect("whole").push(request);
                    if answer.error == HANG_UP {
                        let _ = link.shutdown(Shutdown::Both);
                        return None;
                    }
                    said.staff = Some(answer);
                }
                Some(What::Log(request)) => said.log = Some(self.log(request.after)),
                Some(What::LogLevel(request)) if request.level == "warn" => {
                    said.error = "bad_level".to_owned();
                }
                Some(What::LogLevel(request)) => {
                    *self.level.lock().expect("whole") = request.level;
                    said.log = Some(LogResponse { lines: Vec::new(), ..self.log(0) });
                }
                Some(What::Books(request)) => match economy::books(&request) {
                    Ok(books) => said.books = Some(books),
                    Err(code) => {
                        (said.error, said.detail) = (code.to_owned(), format!("dbfront says {code}"));
                    }
                },
                _ => (),
            }
            send(&mut link, Op::Reply, id, &wire::encode(&said))?;
        }
    }
}

fn next(link: &mut UnixStream, buffer: &mut LinkBuf) -> Option<(Op, u64, u64, Vec<u8>)> {
    let mut bytes = [0; 4096];
    loop {
        if let Some(record) = buffer.next().expect("records") {
            return Some((record.op, record.a, record.b, record.payload.to_vec()));
        }
        match link.read(&mut bytes).ok()? {
            0 => return None,
            read => buffer.push(&bytes[..read]),
        }
    }
}

fn send(link: &mut UnixStream, op: Op, a: u64, payload: &[u8]) -> Option<()> {
    let mut bytes = Vec::new();
    Record::new(op, a, 0, payload).put(&mut bytes);
    link.write_all(&bytes).ok()
}
