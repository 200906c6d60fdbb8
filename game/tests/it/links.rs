//! Gateways that misbehave.

use proto::{
    handshake::{self, Role},
    kinds,
    link::LinkHello,
    link_io::{Op, Record},
    packet::{Packet, Packets},
    rpc::Failure,
};

use crate::{fake_gateway::FakeGateway, setup::served};

#[test]
fn garbage_on_one_link_cuts_that_link_only() {
    use std::io::Write;
    let (game, _dbfront, mut well) = served();
    let guest = well.guest(1);
    let unknown_op = [0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for garbage in [&[0xff; 64][..], &unknown_op] {
        let mut ill = FakeGateway::connect(game.data());
        ill.guest(1);
        ill.end.stream.write_all(garbage).unwrap();
        ill.end.until_it_ends();
    }
    for op in [Op::Hello, Op::Send, Op::Turn] {
        let mut ill = FakeGateway::connect(game.data());
        ill.end.send(op, 1, 0, &[]);
        ill.end.until_it_ends();
    }
    well.say(1, kinds::WALLET_READ, guest.cseq_last + 1, &[]);
    well.answer(1);
}

#[test]
fn a_record_that_no_gateway_of_ours_sends_cuts_the_link() {
    let (game, _dbfront, mut well) = served();
    let mut ill = FakeGateway::connect(game.data());
    ill.end.send(Op::Opened, 1, 0, b"not an address");
    ill.end.until_it_ends();
    well.guest(1);
    game.until(|_| game.figure("links_cut") == 1);
}

#[test]
fn a_gateway_that_does_not_read_is_cut_when_its_link_is_full() {
    let (game, _dbfront, mut well) = served();
    let mut ill = FakeGateway::connect(game.data());
    let guest = ill.guest(1);
    let mut cseq = guest.cseq_last + 1;
    ill.say(1, kinds::ROOM_JOIN, cseq, &join("echo"));
    ill.answer(1);
    // Each comes back as large: more than the 32 MiB that a link may hold, and what the socket takes.
    for _ in 0..10_000 {
        cseq += 1;
        ill.say(1, 1_024, cseq, &[7; 4_000]);
    }
    game.until(|_| game.figure("links_cut") == 1);
    ill.end.until_it_ends();
    well.guest(1);
}

#[test]
fn a_call_of_a_gateway_is_refused_by_name_and_the_link_stays() {
    let (_game, _dbfront, mut gateway) = served();
    gateway.end.send(Op::Call, 7, 1_000, b"what is this?");
    gateway.end.send(Op::Cancel, 7, 0, &[]);
    gateway.end.send(Op::Reply, 99, 0, b"to nothing");
    let said = gateway.end.next().expect("the link is open");
    assert_eq!((said.op, said.a, said.b), (Op::Reply, 7, Failure::BadRequest as u64));
    gateway.guest(1);
}

#[test]
fn only_gateways_of_a_known_version_come_in() {
    let (game, _dbfront, _gateway) = served();
    let refused = |hello: &LinkHello| FakeGateway::connect_as(game.data(), hello).welcome.refused;
    assert_eq!(refused(&handshake::hello(Role::Game, 1)), "WRONG_ROLE");
    let future = LinkHello { protocol_min: 99, protocol_max: 99, ..handshake::hello(Role::Gateway, 1) };
    assert_eq!(refused(&future), "LINK_VERSION");
}

#[test]
fn gateways_of_the_version_before_and_the_one_to_come_are_served_in_the_version_that_both_speak() {
    let (game, _dbfront, _gateway) = served();
    let ours = proto::limits::LINK_PROTOCOL_MAX;
    for (protocol_max, spoken) in [(1, 1), (ours, ours), (ours + 1, ours)] {
        let hello = LinkHello { protocol_max, ..handshake::hello(Role::Gateway, 1) };
        let mut gateway = FakeGateway::connect_as(game.data(), &hello);
        assert_eq!(gateway.welcome.protocol, spoken);
        let guest = gateway.guest(1);
        gateway.say(1, kinds::WALLET_READ, guest.cseq_last + 1, &[]);
        gateway.answer(1);
    }
}

#[test]
fn large_records_cross_the_link_whole_and_in_order() {
    let (_game, _dbfront, mut gateway) = served();
    let guest = gateway.guest(1);
    gateway.say(1, kinds::ROOM_JOIN, guest.cseq_last + 1, &join("echo"));
    gateway.answer(1);
    let mut cseq = guest.cseq_last + 1;
    for bytes in [1, 1_000, 4_000] {
        for fill in 0..20 {
            cseq += 1;
            gateway.say(1, 1_024, cseq, &vec![fill; bytes]);
            assert_eq!(gateway.answer(1).result, vec![fill; bytes]);
        }
    }
}

#[test]
fn a_record_that_arrives_in_pieces_is_one_record() {
    use std::io::Write;
    let (_game, _dbfront, mut gateway) = served();
    let guest = gateway.guest(1);
    gateway.say(1, kinds::ROOM_JOIN, guest.cseq_last + 1, &join("echo"));
    gateway.answer(1);
    let mut packets = Vec::new();
    for n in 2..17 {
        let cseq = guest.cseq_last + n;
        Packet { kind: 1_024, cseq, body: &[7; 4_000], ..Packet::default() }.put(&mut packets);
    }
    let mut record = Vec::new();
    Record::new(Op::Packets, 1, 0, &packets).put(&mut record);
    for piece in record.chunks(7_001) {
        gateway.end.stream.write_all(piece).unwrap();
    }
    let mut answers = 0;
    while answers < 15 {
        let record = gateway.end.next().unwrap();
        answers +=
            Packets::new(&record.payload).filter(|packet| packet.unwrap().kind == kinds::ANSWER).count();
    }
}

fn join(room: &str) -> Vec<u8> {
    proto::wire::encode(&proto::client::RoomJoin { room: room.to_owned(), ..Default::default() })
}
