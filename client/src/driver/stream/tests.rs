//! A connection whose server pauses in the middle of an upload.

use proto::{
    client::{KindInfo, Welcome},
    frame::put_frame,
    kinds::{self, Class, Lane},
    limits::CLIENT_PROTOCOL,
    packet::{Packet, Packets},
    wire::encode,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// The kind that is uploaded.
const LARGE: u32 = 2_000;
const LARGE_BYTES: usize = 60_000;

fn frame(kind: u32, body: &[u8]) -> Vec<u8> {
    let (mut packets, mut frame) = (Vec::new(), Vec::new());
    Packet { kind, body, ..Packet::default() }.put(&mut packets);
    put_frame(&mut frame, Lane::Control, false, &packets);
    frame
}

fn welcome() -> Vec<u8> {
    let large = KindInfo {
        kind: LARGE,
        name: "large".to_owned(),
        body_max: 65_536,
        cost: 1,
        class: Class::Command as u32,
        lane: Lane::MustArrive as u32,
        ..KindInfo::default()
    };
    encode(&Welcome { protocol: CLIENT_PROTOCOL, kinds: vec![large], ..Welcome::default() })
}

fn logged_in() -> Vec<u8> {
    encode(&LoggedIn {
        account: 5,
        secret: vec![1; 32].into(),
        session: vec![2; 16].into(),
        token: vec![3; 32].into(),
        ..LoggedIn::default()
    })
}

/// A client that plays, and its server's socket.
async fn playing() -> (Stream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // What is accepted here has as little room.
    SockRef::from(&listener).set_recv_buffer_size(64 * 1024).expect("an option");
    let options = Options::new(listener.local_addr().expect("bound").to_string());
    let greet = async {
        let (mut server, _) = listener.accept().await.expect("a client");
        server.write_all(&frame(kinds::WELCOME, &welcome())).await.expect("sent");
        server
    };
    let (stream, mut server) = tokio::join!(Stream::connect(&options), greet);
    let mut stream = stream.expect("welcome");
    stream.session().login(&Login::Guest).expect("welcomed");
    server.write_all(&frame(kinds::LOGGED_IN, &logged_in())).await.expect("sent");
    assert!(matches!(stream.next().await, Ok(Event::LoggedIn(_))));
    (stream, server)
}

fn user_timeout(stream: &Stream) -> Option<Duration> {
    SockRef::from(&stream.socket).tcp_user_timeout().expect("an option")
}

#[tokio::test]
async fn an_upload_is_held_while_the_server_is_paused_and_goes_on_in_its_middle() {
    let (mut stream, mut server) = playing().await;
    assert_eq!(user_timeout(&stream), Some(UNACKNOWLEDGED_MAX));
    SockRef::from(&stream.socket).set_send_buffer_size(64 * 1024).expect("an option");
    for _ in 0..64 {
        stream.command(LARGE, &[7; LARGE_BYTES]).expect("room");
    }
    server.write_all(&frame(kinds::PAUSED, &[])).await.expect("sent");
    assert!(matches!(stream.next().await, Ok(Event::Paused)));
    assert!(stream.out_sent < stream.out.len(), "the system did not take it all");
    let asked = stream.command(LARGE, &[8; 9]);
    assert_eq!(asked, Err(CommandError::WindowFull), "those that were sent have no answer yet");
    // Its system takes what had left, and the client does not go on.
    let left = stream.wire().bytes_out;
    let mut heard = vec![0; usize::try_from(left).expect("small")];
    server.read_exact(&mut heard).await.expect("what has left");
    for _ in 0..3 {
        server.write_all(&frame(kinds::NOTICE, &[])).await.expect("sent");
        assert!(matches!(stream.next().await, Ok(Event::Push(_))));
    }
    assert_eq!(stream.wire().bytes_out, left, "not a byte");
    assert_eq!(user_timeout(&stream), None, "a closed window is no death");
    server.write_all(&frame(kinds::RESET, &logged_in())).await.expect("sent");
    assert!(matches!(stream.next().await, Ok(Event::Reset(_))));
    // The frame that was begun ends, and then comes the answer to the reset.
    let listen = async {
        let mut kinds_heard = Vec::new();
        while kinds_heard.last() != Some(&kinds::RESET_TAKEN) {
            let mut more = vec![0; 64 * 1024];
            let count = server.read(&mut more).await.expect("open");
            heard.extend_from_slice(&more[..count]);
            kinds_heard = all_kinds(&heard);
        }
        kinds_heard
    };
    let heard = tokio::select! {
        heard = listen => heard,
        event = stream.next() => panic!("{event:?}"),
    };
    assert_eq!(heard[..2], [kinds::HELLO, kinds::LOGIN_GUEST]);
    assert!(heard[2..heard.len() - 1].iter().all(|kind| *kind == LARGE), "{heard:?}");
    assert_eq!(user_timeout(&stream), Some(UNACKNOWLEDGED_MAX));
}

/// Of all packets in whole frames.
fn all_kinds(mut bytes: &[u8]) -> Vec<u32> {
    let mut kinds = Vec::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<4>() {
        let length = (u32::from_le_bytes(*header) & 0xff_ffff) as usize;
        let Some((body, rest)) = rest.split_at_checked(length) else { break };
        kinds.extend(Packets::new(body).map(|packet| packet.expect("ours").kind));
        bytes = rest;
    }
    kinds
}
