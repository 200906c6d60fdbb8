//! A dbfront that knows no rows: it acknowledges turns when it is let, and shows what it was sent.

use std::{
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use proto::{
    link::{FoundRow, LinkHello, LinkWelcome, ReadRequest, ReadResponse, read_request::What},
    link_io::Op,
    prescan::Budget,
    turn, wire,
};

use crate::wire_out::{End, PATIENCE, send};

/// One `Turn` as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnSeen {
    pub lsn_first: u64,
    pub epoch: u64,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct State {
    /// Turns are kept, not acknowledged.
    holds: bool,
    durable: u64,
    last_seen: u64,
    epochs: u64,
    /// For the next hellos, each once.
    refusals: Vec<&'static str>,
    link: Option<UnixStream>,
}

/// See the module.
pub struct FakeDbfront {
    pub hellos: mpsc::Receiver<LinkHello>,
    pub turns: mpsc::Receiver<TurnSeen>,
    /// To calls of ours: which, and 0 or the failure.
    pub replies: mpsc::Receiver<(u64, u64)>,
    state: Arc<Mutex<State>>,
}

impl FakeDbfront {
    pub fn start(data: &Path) -> Self {
        std::fs::create_dir_all(data.join("run")).unwrap();
        let listener = UnixListener::bind(data.join("run/dbfront.link")).unwrap();
        let (hello_tx, hellos) = mpsc::channel();
        let (turn_tx, turns) = mpsc::channel();
        let (reply_tx, replies) = mpsc::channel();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(End::new(stream.unwrap()), &shared, &hello_tx, &turn_tx, &reply_tx);
            }
        });
        Self { hellos, turns, replies, state }
    }

    pub fn hello(&self) -> LinkHello {
        self.hellos.recv_timeout(PATIENCE).expect("game says hello")
    }

    pub fn turn(&self) -> TurnSeen {
        self.turns.recv_timeout(PATIENCE).expect("game sends a turn")
    }

    /// Acknowledge nothing from here on.
    pub fn hold(&self) {
        self.state.lock().unwrap().holds = true;
    }

    /// Acknowledge what came, and what comes.
    pub fn release(&self) {
        let mut state = self.state.lock().unwrap();
        state.holds = false;
        state.acknowledge();
    }

    /// Cuts the link.
    pub fn cut(&self) {
        if let Some(link) = self.state.lock().unwrap().link.take() {
            link.shutdown(std::net::Shutdown::Both).unwrap();
        }
    }

    /// Refuses the next hello by this name.
    pub fn refuse_next(&self, name: &'static str) {
        self.state.lock().unwrap().refusals.push(name);
    }

    /// Calls game, gives the call up, and answers what was not asked.
    pub fn call_now(&self, call: u64) {
        let mut state = self.state.lock().unwrap();
        let link = state.link.as_mut().unwrap();
        send(link, Op::Call, call, 1_000, b"what is this?");
        send(link, Op::Cancel, call, 0, &[]);
        send(link, Op::Reply, 1 << 40, 0, b"to nothing");
    }

    /// Says no on the open link.
    pub fn refuse_now(&self, text: &str) {
        let mut state = self.state.lock().unwrap();
        send(state.link.as_mut().unwrap(), Op::Refused, 0, 0, text.as_bytes());
    }
}

impl State {
    fn acknowledge(&mut self) {
        self.durable = self.last_seen;
        if let Some(link) = &mut self.link {
            send(link, Op::Durable, self.durable, 0, &[]);
            send(link, Op::Applied, self.durable, 0, &[]);
        }
    }
}

fn serve(
    mut end: End,
    state: &Mutex<State>,
    hellos: &mpsc::Sender<LinkHello>,
    turns: &mpsc::Sender<TurnSeen>,
    replies: &mpsc::Sender<(u64, u64)>,
) {
    let Some(first) = end.next() else { return };
    assert_eq!(first.op, Op::Hello);
    let hello: LinkHello = wire::decode(&first.payload, Budget::LINK).unwrap();
    let welcome = {
        let mut state = state.lock().unwrap();
        if hello.epoch == 0 {
            state.epochs += 1;
        }
        state.link = Some(end.stream.try_clone().unwrap());
        LinkWelcome {
            protocol: 1,
            epoch: state.epochs,
            durable: state.durable,
            applied: state.durable,
            line: 1,
            refused: state.refusals.pop().unwrap_or_default().to_owned(),
            ..LinkWelcome::default()
        }
    };
    end.send(Op::Welcome, 0, 0, &wire::encode(&welcome));
    let _ = hellos.send(hello);
    if !welcome.refused.is_empty() {
        return;
    }
    while let Some(record) = end.next() {
        match record.op {
            Op::Call => end.send(Op::Reply, record.a, 0, &wire::encode(&nothing_found(&record.payload))),
            Op::Turn => {
                let count = turn::entries(&record.payload).unwrap().len() as u64;
                let mut state = state.lock().unwrap();
                state.last_seen = record.a + count - 1;
                if !state.holds {
                    state.acknowledge();
                }
                let _ = turns.send(TurnSeen { lsn_first: record.a, epoch: record.b, bytes: record.payload });
            }
            Op::Reply => drop(replies.send((record.a, record.b))),
            other => panic!("game sent {other:?}"),
        }
    }
}

fn nothing_found(request: &[u8]) -> ReadResponse {
    let request: ReadRequest = wire::decode(request, Budget::LINK).unwrap();
    match request.what {
        Some(What::Get(get)) => {
            ReadResponse { rows: vec![FoundRow::default(); get.keys.len()], done: true, ..Default::default() }
        }
        _ => ReadResponse { done: true, ..Default::default() },
    }
}
