//! What ten consoles that look cost the three processes: pairs of windows, without a console and with ten open pages, each
//! with its stream of figures and a list that it asks for as pages do. The console's own process is not counted, for it
//! is no part of the game.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

use super::{Row, Setting, rounds, say, stack::Stack};
use crate::{
    clock,
    error::Error,
    process::{Process, cpu_seconds},
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) {
        return Ok(());
    }
    let stack = Stack::start(&setting.options.ding)?;
    let window = if setting.options.quick { WINDOW_QUICK } else { WINDOW };
    let mut is_first = true;
    let measured = rounds::in_turns(
        PAIRS,
        || {
            let console =
                Console::start(&setting.options.ding, stack.folder(), std::mem::take(&mut is_first))?;
            let end = clock::now() + WARM + window;
            let pages: Vec<_> = (0..PAGES).map(|nth| console.page(nth, end)).collect();
            pause(WARM);
            let share = share(&stack, window);
            for page in pages {
                let seen = page.join().map_err(|_| wrong("broke off".to_owned()))??;
                // A page that saw nothing cost nothing either.
                if seen.samples == 0 || seen.lists == 0 {
                    return Err(wrong(format!("saw {seen:?}")));
                }
            }
            console.stop()?;
            Ok(share)
        },
        || Ok(share(&stack, window)),
    )?;
    let cost = (measured.subject - measured.reference).max(0.0);
    setting.row(Row::at_most(NAME, "% of a core", cost, COST_MAX));
    say(&format!(
        "  gateway, game and dbfront: {:.2} % of a core with ten consoles, {:.2} % without",
        measured.subject, measured.reference
    ));
    stack.stop()
}

/// How much of a core the three use together.
fn share(stack: &Stack, window: Duration) -> f64 {
    let used = || stack.processes().iter().filter_map(|(_, pid)| cpu_seconds(*pid)).sum::<f64>();
    let (start, before) = (clock::now(), used());
    pause(window);
    100.0 * (used() - before) / start.elapsed().as_secs_f64()
}

/// The console in a process of its own, with one of its staff logged in.
struct Console {
    process: Process,
    host: SocketAddr,
    cookie: String,
}

/// What a page was shown.
#[derive(Debug, Default)]
struct Seen {
    samples: u32,
    lists: u32,
}

impl Console {
    fn start(ding: &Path, data: &Path, is_first: bool) -> Result<Self, Error> {
        let args: [OsString; 5] =
            ["admin".into(), "--data".into(), data.into(), "--listen".into(), LISTEN.into()];
        let mut process = Process::start("admin", ding, &args)?;
        let word = if is_first { "Set up" } else { "Console" };
        let link = process.wait_for(READY_MAX, |line| {
            let mut words = line.contains(word).then(|| line.split_whitespace())?;
            words.find(|word| word.starts_with(HTTP)).map(str::to_owned)
        })?;
        let (page, token) = link.split_once("/setup#").unwrap_or((&link, ""));
        let host = page.trim_start_matches(HTTP).parse();
        let host: SocketAddr = host.map_err(|_| process.failed(format!("says no address: {link}")))?;
        let (path, body) = if is_first {
            ("/api/setup", serde_json::json!({ "token": token, "name": STAFF, "password": PASSWORD }))
        } else {
            ("/api/login", serde_json::json!({ "name": STAFF, "password": PASSWORD }))
        };
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nOrigin: {HTTP}{host}\r\nX-Ding: 1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        let (answer, _) = ask(host, &head, &body)?;
        let cookie = answer.iter().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        let Some(cookie) = cookie.map(str::to_owned) else {
            return Err(process.failed(format!("lets nobody in: {answer:?}")));
        };
        Ok(Self { process, host, cookie })
    }

    /// Somebody who looks until then, as the page in a browser does.
    fn page(&self, nth: usize, end: Instant) -> thread::JoinHandle<Result<Seen, Error>> {
        let (host, cookie) = (self.host, format!("Cookie: {}\r\n", self.cookie));
        let list = LISTS[nth % LISTS.len()];
        thread::spawn(move || {
            let mut seen = Seen::default();
            let head = format!("GET /api/live HTTP/1.1\r\n{cookie}");
            let (_, mut stream) = ask(host, &head, "")?;
            let mut due = clock::now();
            let mut line = String::new();
            while clock::now() < end {
                line.clear();
                if stream.read_line(&mut line).map_err(Error::io("reading a live page"))? == 0 {
                    return Err(wrong("lost its stream".to_owned()));
                }
                seen.samples += u32::from(line.starts_with("data:"));
                if due <= clock::now() {
                    due = clock::now() + LIST_EVERY;
                    let (_, mut list) =
                        ask(host, &format!("GET {list} HTTP/1.1\r\n{cookie}Connection: close\r\n"), "")?;
                    let mut document = Vec::new();
                    list.read_to_end(&mut document).map_err(Error::io("reading a list"))?;
                    seen.lists += u32::from(document.first() == Some(&b'{'));
                }
            }
            Ok(seen)
        })
    }

    fn stop(self) -> Result<(), Error> {
        self.process.stop_by_signal(READY_MAX)
    }
}

/// Asks, and reads the lines before the document.
fn ask(host: SocketAddr, head: &str, body: &str) -> Result<(Vec<String>, BufReader<TcpStream>), Error> {
    let mut socket = TcpStream::connect(host).map_err(Error::io("reaching the console"))?;
    socket.set_read_timeout(Some(READY_MAX)).map_err(Error::io("reaching the console"))?;
    let request = format!("{head}Host: {host}\r\n\r\n{body}");
    socket.write_all(request.as_bytes()).map_err(Error::io("asking the console"))?;
    let mut stream = BufReader::new(socket);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).map_err(Error::io("reading from the console"))?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    match lines.first() {
        Some(status) if status.contains(" 200 ") => Ok((lines, stream)),
        status => Err(wrong(format!("was told {status:?} to {}", head.lines().next().unwrap_or_default()))),
    }
}

fn wrong(what: String) -> Error {
    Error::Process { role: "a page of the console".to_owned(), what, tail: String::new() }
}

/// Lets others go on for so long.
fn pause(long: Duration) {
    let (_kept, never) = sync_channel::<()>(1);
    let _ = never.recv_timeout(long);
}

const NAME: &str = "console_cost_10";
const PAGES: usize = 10;
const PAIRS: usize = 3;
/// As pages that ask again do, the quickest of them.
const LIST_EVERY: Duration = Duration::from_secs(2);
const LISTS: [&str; 4] = ["/api/players", "/api/rooms", "/api/database", "/api/players?query=a"];
/// Of gateway, game and dbfront together.
const COST_MAX: f64 = 3.0;
const WARM: Duration = Duration::from_secs(1);
const WINDOW_QUICK: Duration = Duration::from_secs(2);
const WINDOW: Duration = Duration::from_secs(30);
const READY_MAX: Duration = Duration::from_secs(30);
const LISTEN: &str = "127.0.0.1:0";
const HTTP: &str = "http://";
const STAFF: &str = "bench";
const PASSWORD: &str = "a long enough password";
