//! A real socket on a real folder, one asker and one role that is not there.

use std::io::{Read, Write};

use proto::{
    handshake::{self, Role as Peer},
    limits::{READ_KEYS_MAX, STAFF_BYTES_MAX},
    link::{
        ControlRequest, ControlResponse, SettingsRequest, StaffRequest, StaffRows, StatusRequest,
        control_request::What, staff_request,
    },
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    rpc::Failure,
    wire,
};

use super::{
    client::{AskError, Question, ask, call},
    read_record,
    server::{Subject, listen, listen_with, signed},
};
use crate::{
    args::Source,
    clock, live,
    load::load,
    reading::Reading,
    roles::{Live, Role},
    stop::Stopper,
};

fn subject() -> (Subject, std::os::unix::net::UnixStream) {
    subject_in(std::path::PathBuf::new())
}

fn subject_in(data: std::path::PathBuf) -> (Subject, std::os::unix::net::UnixStream) {
    let (stopper, watched) = Stopper::new().expect("a pair");
    let source = Source { data: data.clone(), config: None, set: Vec::new() };
    let reading = Reading::new(&source, &load(&source).expect("right"), &["gateway"]);
    (Subject { live: Live::new(Role::Gateway), stopper, started: clock::now(), data, reading }, watched)
}

#[test]
fn a_role_says_who_it_is_and_stops_when_asked() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    assert!(matches!(ask(&path, Question::Status), Err(AskError::NotRunning)));
    let (subject, mut watched) = subject();
    listen(&path, subject.clone()).expect("listening");

    let response = ask(&path, Question::Status).expect("an answer");
    assert_eq!(response.role, "gateway");
    assert_eq!(response.pid, std::process::id());
    assert_eq!(subject.stopper.reason(), "own");

    ask(&path, Question::Stop).expect("an answer");
    assert_eq!(watched.read(&mut [0]).expect("the end"), 0);
    assert_eq!(subject.stopper.reason(), "control");
}

#[test]
fn a_role_tells_its_settings_and_reads_them_again_where_nothing_is_wrong() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    let (subject, _watched) = subject_in(temp.path().to_owned());
    listen(&path, subject).expect("listening");
    let asked = |reload| {
        let wish = What::Settings(SettingsRequest { reload });
        call(&path, wish, std::time::Duration::from_secs(10)).expect("an answer")
    };
    let held = |told: &ControlResponse, key: &str| {
        let settings = &told.settings.as_ref().expect("settings").settings;
        settings.iter().find(|one| one.key == key).expect("it").value.clone()
    };
    assert_eq!(held(&asked(false), "gateway.max_per_address"), "256");
    live::write(temp.path(), "[gateway]\nmax_per_address = 7\n").expect("written");
    assert_eq!(held(&asked(false), "gateway.max_per_address"), "256", "nobody said so");
    let read = asked(true);
    assert_eq!(held(&read, "gateway.max_per_address"), "7");
    assert_eq!(read.settings.expect("settings").changed, ["gateway.max_per_address"]);
    live::write(temp.path(), "[gateway]\nmax_per_address = 0\n").expect("written");
    let wrong = asked(true);
    assert_eq!((wrong.error.as_str(), wrong.settings.clone()), ("settings_wrong", None));
    assert!(wrong.detail.contains("live.toml:2"), "{}", wrong.detail);
    assert_eq!(held(&asked(false), "gateway.max_per_address"), "7");
}

#[test]
fn garbage_closes_that_one_peer() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    let (subject, _watched) = subject();
    listen(&path, subject).expect("listening");
    for bytes in [&[0xff; 64][..], &[0; 24], b"GET / HTTP/1.1\r\n\r\n__________"] {
        let mut socket = std::os::unix::net::UnixStream::connect(&path).expect("in");
        socket.write_all(bytes).expect("sent");
        // Closed with our bytes unread, a socket may report a reset instead of its end.
        assert!(!matches!(socket.read(&mut [0; 64]), Ok(1..)));
    }
    ask(&path, Question::Status).expect("others are served");
}

#[test]
fn whatever_is_called_is_answered_and_the_next_call_is_served_on_the_same_link() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    let (subject, _watched) = subject();
    listen(&path, subject).expect("listening");
    let mut socket = std::os::unix::net::UnixStream::connect(&path).expect("in");
    let mut bytes = Vec::new();
    let hello = wire::encode(&handshake::hello(Peer::Control, 1));
    let status = wire::encode(&ControlRequest { what: Some(What::Status(StatusRequest {})) });
    for (op, id, ms, payload) in [
        (Op::Hello, 0, 0, hello.as_slice()),
        (Op::Call, 1, 60_000, b"what is this?"),
        (Op::Call, 2, 60_000, b""),
        (Op::Call, 3, 0, &status),
        (Op::Cancel, 3, 0, b""),
        (Op::Reply, 9, 0, b""),
        (Op::Call, 4, 60_000, &status),
    ] {
        Record::new(op, id, ms, payload).put(&mut bytes);
    }
    socket.write_all(&bytes).expect("sent");
    let mut buffer = LinkBuf::default();
    let mut said = || read_record(&mut socket, &mut buffer).expect("a record");
    assert_eq!(said().op, Op::Welcome);
    for (id, failure) in [(1, Failure::BadRequest), (2, Failure::BadRequest), (3, Failure::Deadline)] {
        let reply = said();
        assert_eq!((reply.op, reply.a, reply.b), (Op::Reply, id, failure as u64));
    }
    let reply = said();
    assert_eq!((reply.op, reply.a, reply.b), (Op::Reply, 4, 0));
}

#[test]
fn many_questions_on_their_way_to_a_role_at_once_are_answered_each_by_its_own_answer() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    let (subject, _watched) = subject();
    listen(&path, subject).expect("listening");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut stream = tokio::net::UnixStream::connect(&path).await.expect("in");
        let (_, early) =
            calls::greet(&mut stream, &handshake::hello(Peer::Control, 1)).await.expect("welcome");
        let (peer, link) = calls::open(stream, early, calls::Limits::default(), calls::Nothing);
        tokio::spawn(link);
        let status = wire::encode(&ControlRequest { what: Some(What::Status(StatusRequest {})) });
        let soon = clock::now() + std::time::Duration::from_secs(30);
        let asked: Vec<_> = (0..100)
            .map(|nth| peer.call(if nth % 2 == 0 { &status } else { b"what is this?" }, soon))
            .collect();
        for (nth, call) in asked.into_iter().enumerate() {
            match call.await {
                Ok(said) => {
                    let said: ControlResponse = wire::decode(&said, Budget::LINK).expect("a response");
                    assert_eq!((said.role.as_str(), nth % 2), ("gateway", 0));
                }
                Err(failure) => assert_eq!((failure, nth % 2), (Failure::BadRequest, 1)),
            }
        }
    });
}

#[test]
fn a_socket_file_left_behind_is_replaced() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("gateway.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("bound"));
    assert!(matches!(ask(&path, Question::Status), Err(AskError::NotRunning)));
    let (subject, _watched) = subject();
    listen(&path, subject).expect("listening");
    ask(&path, Question::Status).expect("an answer");
}

#[test]
fn who_asks_is_signed_with_the_user_whatever_name_he_gives_himself() {
    assert_eq!(signed("", 7), "uid 7");
    assert_eq!(signed("anna\n\u{1b}[31m", 7), "anna[31m (uid 7)");
    for name in ["x".repeat(100), "ü".repeat(100)] {
        let signed = signed(&name, u32::MAX);
        assert!(signed.len() <= STAFF_BYTES_MAX && signed.ends_with(" (uid 4294967295)"), "{signed}");
    }
}

#[test]
fn a_list_of_as_many_ids_as_there_may_be_is_taken_however_long_they_are() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("game.sock");
    let long = |n: usize| u64::MAX - n as u64;
    let what = move |ids: usize| {
        let ids = (0..ids).map(long).collect();
        let what = Some(staff_request::What::Rows(StaffRows { ids, ..StaffRows::default() }));
        What::Staff(StaffRequest { what, ..StaffRequest::default() })
    };
    let answer = move |request: ControlRequest, _, _| {
        let is_whole = request.what == Some(what(READ_KEYS_MAX));
        Ok(ControlResponse { detail: is_whole.to_string(), ..ControlResponse::default() })
    };
    let _door = listen_with(&path, std::sync::Arc::new(answer)).expect("listening");
    let patience = std::time::Duration::from_secs(30);
    let said = call(&path, what(READ_KEYS_MAX), patience).expect("taken");
    assert_eq!(said.detail, "true");
    let told = call(&path, what(2 * READ_KEYS_MAX), patience);
    assert!(matches!(told, Err(AskError::Failed(Failure::BadRequest))), "{told:?}");
}
