//! Clients outlive game, and go over to another gateway when theirs leaves: with real sockets.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr},
    path::Path,
    sync::mpsc,
};

use gateway::RawConfig;
use proto::{
    client::Reconnect,
    close::CloseReason,
    frame::put_frame,
    kinds::{self, Lane},
    link::LinkWelcome,
    link_io::{Op, Seat},
    packet::Packets,
    prescan::Budget,
    wire,
};

use crate::world::{Client, Game, Gateway, Meeting, PATIENCE, kind_of, noise, packet};

/// A client that was admitted and has heard so.
fn play(game: &mut Game, address: SocketAddr) -> (Client, u64) {
    let mut client = Client::login(address);
    let id = game.admit();
    client.say(kinds::PING, b"here");
    assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::PONG, b"here"))));
    (client, id)
}

fn reseat(game: &mut Game, id: u64) {
    game.seat(id, Seat { session_gen: 1, attach: 2 }, &packet(kinds::RESET, b""));
}

#[test]
fn a_player_writes_on_while_game_is_away_and_only_what_follows_the_reset_is_heard() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|raw| (raw.packets_per_s, raw.packets_burst) = (100_000_000, 100_000_000));
    let mut game = meeting.game();
    let (mut client, id) = play(&mut game, gateway.address());
    drop(game);
    assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::PAUSED, b""))));
    gateway.until("parked", 1);
    // More than the system keeps for a socket that nobody reads: it goes on when the client is read again.
    let mut writer = Client::over(client.socket.try_clone().expect("a handle"));
    let (tell, told) = mpsc::channel();
    let writing = std::thread::spawn(move || {
        let mut frame = Vec::new();
        put_frame(&mut frame, Lane::MustArrive, false, &packet(kinds::CHAT_SAY, &noise(500)).repeat(100));
        tell.send(()).expect("a listener");
        for _ in 0..400 {
            writer.socket.write_all(&frame).expect("an open connection");
        }
        writer.say(kinds::RESET_TAKEN, b"");
        writer.say(kinds::WALLET_READ, b"");
    });
    told.recv_timeout(PATIENCE).expect("it writes");
    let mut game = meeting.game();
    let seated = game.hear();
    assert_eq!((seated.op, seated.a, seated.b), (Op::Seated, id, 9));
    let (seat, address) = Seat::take(&seated.payload).expect("a seat");
    assert_eq!(seat, Seat { session_gen: 1, attach: 1 });
    assert_eq!(address, std::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets());
    reseat(&mut game, id);
    assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::RESET, b""))));
    let heard = game.hear();
    assert_eq!((heard.op, heard.a, kind_of(&heard.payload)), (Op::Packets, id, kinds::WALLET_READ));
    writing.join().expect("all was written");
    gateway.until("reseats", 1);
    gateway.until("parked", 0);
    assert!(
        gateway.metrics.distributions().iter().any(|(name, taken)| *name == "pause" && taken.count() == 1)
    );
    gateway.stop().expect("a graceful stop");
}

#[test]
fn whoever_hangs_up_while_game_is_away_is_gone_whether_it_has_said_more_or_not() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game();
    let address = gateway.address();
    let (silent, _) = play(&mut game, address);
    let (mut talking, _) = play(&mut game, address);
    let (mut half_closing, _) = play(&mut game, address);
    let (mut staying, id) = play(&mut game, address);
    drop(game);
    for client in [&mut talking, &mut half_closing, &mut staying] {
        assert_eq!(client.hear(), Some((Lane::Control, packet(kinds::PAUSED, b""))));
    }
    talking.say(kinds::WALLET_READ, b"");
    half_closing.say(kinds::WALLET_READ, b"");
    half_closing.socket.shutdown(Shutdown::Write).expect("an open connection");
    // It is not read, so its end is a reset; either way it comes.
    drop(half_closing.socket.read_to_end(&mut Vec::new()));
    drop((silent, talking));
    gateway.until("connections", 1);
    let mut game = meeting.game();
    let seated = game.hear();
    assert_eq!((seated.op, seated.a), (Op::Seated, id), "nobody else is named");
    game.say(&[proto::link_io::Record::new(Op::Close, id, CloseReason::Kicked as u64, &[])]);
    let told = game.hear();
    assert_eq!((told.op, told.a, told.b), (Op::Closed, id, CloseReason::Kicked as u64));
    gateway.stop().expect("a graceful stop");
}

#[test]
fn a_login_whose_answer_died_with_game_is_told_to_the_next() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let mut game = meeting.game();
    let mut client = Client::connect(gateway.address());
    client.say(kinds::HELLO, &[]);
    let id = game.hear().a;
    assert_eq!(game.hear().op, Op::Packets);
    let welcome = packet(kinds::WELCOME, b"");
    let say = |op, payload| proto::link_io::Record {
        lane: Lane::Control,
        ..proto::link_io::Record::new(op, id, 0, payload)
    };
    game.say(&[say(Op::Send, &welcome)]);
    assert_eq!(client.hear(), Some((Lane::Control, welcome.clone())));
    client.say(kinds::LOGIN_GUEST, &[]);
    assert_eq!(game.hear().op, Op::Packets);
    drop(game);
    let mut game = meeting.game();
    let greeted = game.hear();
    assert_eq!((greeted.op, greeted.a, greeted.b, greeted.payload.len()), (Op::Greeted, id, 1, 16));
    let refused = packet(kinds::LOGIN_REFUSED, b"");
    game.say(&[say(Op::Send, &refused)]);
    assert_eq!(client.hear(), Some((Lane::Control, refused.clone())));
    client.say(kinds::LOGIN_GUEST, &[]);
    let again = game.hear();
    assert_eq!((again.op, again.a, kind_of(&again.payload)), (Op::Packets, id, kinds::LOGIN_GUEST));
    gateway.stop().expect("a graceful stop");
}

/// A gateway that shares its address with others.
fn sharing(listen: SocketAddr, data: &Path) -> Gateway {
    let raw = RawConfig { listen, threads: 1, ..RawConfig::default() };
    let mut config = raw.check(data).expect("a configuration");
    config.is_shared = true;
    Gateway::run(config)
}

#[test]
fn a_gateway_that_leaves_asks_its_players_to_go_over_and_ends_when_they_have() {
    let (meeting, others) = (Meeting::new(), Meeting::new());
    let first = sharing(SocketAddr::from(([127, 0, 0, 1], 0)), meeting.folder.path());
    let mut game = meeting.game();
    let address = first.address();
    let (mut client, id) = play(&mut game, address);
    let mut half_done = Client::connect(address);
    half_done.say(kinds::HELLO, &[]);
    assert_eq!((game.hear().op, game.hear().op), (Op::Opened, Op::Packets));
    let second = sharing(address, others.folder.path());
    let mut second_game = others.game();
    assert_eq!(second.address(), address, "they share it");
    first.orders.leave();
    let (lane, body) = client.hear().expect("a word");
    let asked = Packets::new(&body).next().expect("a packet").expect("a good one");
    assert_eq!((lane, asked.kind), (Lane::Control, kinds::RECONNECT));
    let asked: Reconnect = wire::decode(asked.body, Budget::CLIENT).expect("a message");
    assert!((1..=5_000).contains(&asked.within_ms), "{asked:?}");
    assert_eq!(half_done.closed_as(), "stopping");
    let gone = game.hear();
    assert_eq!((gone.op, gone.b), (Op::Closed, CloseReason::Stopping as u64));
    assert_eq!(first.metrics.state(), "leaving");
    // It is served on until it goes; whoever comes now finds the other.
    client.say(kinds::WALLET_READ, b"");
    let heard = game.hear();
    assert_eq!((heard.op, heard.a, kind_of(&heard.payload)), (Op::Packets, id, kinds::WALLET_READ));
    let newcomers: Vec<Client> = (0..20).map(|_| Client::login(address)).collect();
    for _ in &newcomers {
        second_game.admit();
    }
    drop(client);
    assert_eq!(game.hear().op, Op::Closed);
    first.end().expect("a clean end");
    second.stop().expect("a graceful stop");
}

#[test]
fn an_order_to_leave_that_comes_before_anybody_plays_ends_it_at_once() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    gateway.orders.leave();
    gateway.orders.leave();
    gateway.end().expect("a clean end");
}

#[test]
fn a_gateway_that_is_refused_tries_on_and_serves_when_it_is_taken() {
    let meeting = Meeting::new();
    let gateway = meeting.gateway(|_| ());
    let refusal = LinkWelcome { refused: "LINK_VERSION".to_owned(), ..LinkWelcome::default() };
    for _ in 0..3 {
        drop(meeting.answer(&refusal));
    }
    let mut game = meeting.game();
    play(&mut game, gateway.address());
    gateway.stop().expect("a graceful stop");
}
