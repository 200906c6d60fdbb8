//! Seats in rooms over resets: which the server keeps, which are to be taken again, and which are over.

use proto::client::{RoomBack, RoomJoin, RoomJoined, RoomLeft, RoomMatched};

use super::*;

impl Play {
    fn answer_with(&mut self, re: u64, result: &[u8]) {
        let mut packets = Vec::new();
        wire::put_answer_ok(&mut packets, re, result);
        let packet = Packets::new(&packets).next().expect("one").expect("ours");
        self.tell_packet(Lane::MustArrive, packet);
    }

    fn hear(&mut self, kind: u32, body: &[u8]) {
        self.tell_packet(Lane::MustArrive, Packet { kind, body, ..Packet::default() });
    }

    /// In a room, by this command; what the server says to it.
    fn in_room(command: u32, keeps: bool) -> Self {
        let mut play = Self::inside(terms());
        let asked = encode(&RoomJoin { room: "chess".to_owned(), spectate: false });
        play.ask(command, &asked, Insist::No);
        let room = if keeps { 70 } else { 71 };
        let name = "chess#3".to_owned();
        play.answer_with(
            10,
            &encode(&RoomJoined { room, name, keeps, player: true, ..RoomJoined::default() }),
        );
        let _ = (play.sent(), play.told());
        play
    }

    /// After a reset that tells of a seat in this room, 0 for none: what was told, and what was sent to go back.
    fn reset(&mut self, cseq_last: u64, room: u64) -> (Vec<News>, Vec<(u32, u64)>) {
        self.tell(kinds::RESET, &encode(&LoggedIn { room, ..logged_in(cseq_last) }));
        let news = self.told().into_iter().filter_map(|told| match told {
            Told::News(News::Reset(_)) => None,
            Told::News(news) => Some(news),
            told => panic!("{told:?}"),
        });
        let news = news.collect();
        (news, self.sent().split_off(1))
    }
}

/// The room of this number is gone with its server.
fn restarted(room: u64) -> News {
    News::Push(Push::RoomLeft(RoomLeft { room, reason: "restarted".to_owned() }))
}

#[test]
fn a_seat_that_is_kept_is_not_taken_again_and_its_room_is_told_to_be_back() {
    for command in [kinds::ROOM_JOIN, kinds::ROOM_CREATE] {
        let mut play = Play::in_room(command, true);
        assert_eq!(play.reset(10, 70), (vec![], vec![]));
        let back = RoomBack { room: 70, name: "chess#3".to_owned(), ..RoomBack::default() };
        play.hear(kinds::ROOM_BACK, &encode(&back));
        assert_eq!(play.told(), [Told::News(News::Push(Push::RoomBack(back)))]);
        assert_eq!(play.reset(10, 70), (vec![], vec![]), "and once more");
    }
}

#[test]
fn a_room_that_was_over_before_the_reset_is_told_to_be_gone_once_and_not_entered_again() {
    let mut play = Play::in_room(kinds::ROOM_JOIN, true);
    assert_eq!(play.reset(10, 0), (vec![News::RoomGone { room: 70 }], vec![]));
    assert_eq!(play.reset(10, 0), (vec![], vec![]));
}

#[test]
fn a_seat_that_another_client_took_meanwhile_is_the_one_that_is_kept() {
    let mut play = Play::in_room(kinds::ROOM_JOIN, true);
    assert_eq!(play.reset(10, 90), (vec![News::RoomGone { room: 70 }], vec![]));
    assert_eq!(play.reset(10, 0), (vec![News::RoomGone { room: 90 }], vec![]));
}

#[test]
fn a_room_that_nobody_keeps_is_told_to_be_gone_and_one_of_its_name_is_entered() {
    for command in [kinds::ROOM_JOIN, kinds::ROOM_CREATE] {
        let mut play = Play::in_room(command, false);
        // Making it once more would make another one.
        assert_eq!(play.reset(10, 0), (vec![restarted(71)], vec![(kinds::ROOM_JOIN, 11)]));
        assert_eq!(play.reset(10, 0).0, vec![], "it is told once, and the next one was not entered yet");
    }
}

#[test]
fn whoever_learns_of_its_seat_with_the_login_is_told_if_the_room_is_over_later() {
    let mut play = Play::outside(terms());
    play.lasting.login(Login::Guest, &mut play.session).expect("outside");
    play.tell(kinds::LOGGED_IN, &encode(&LoggedIn { room: 70, ..logged_in(9) }));
    let _ = (play.sent(), play.told());
    assert_eq!(play.reset(9, 0), (vec![News::RoomGone { room: 70 }], vec![]));
}

#[test]
fn a_quick_match_seats_its_player_and_the_end_of_the_room_unseats_them() {
    for keeps in [true, false] {
        let mut play = Play::inside(terms());
        let name = "chess#9".to_owned();
        let matched = RoomMatched { room: 80, name, keeps, ..RoomMatched::default() };
        play.hear(kinds::ROOM_MATCHED, &encode(&matched));
        assert_eq!(play.told(), [Told::News(News::Push(Push::RoomMatched(matched.clone())))]);
        let (gone, again) = play.reset(9, 0);
        assert_eq!(gone, [if keeps { News::RoomGone { room: 80 } } else { restarted(80) }]);
        assert_eq!(again, if keeps { vec![] } else { vec![(kinds::ROOM_JOIN, 10)] });
        let mut play = Play::inside(terms());
        play.hear(kinds::ROOM_MATCHED, &encode(&matched));
        let left = RoomLeft { room: 80, reason: "finished".to_owned() };
        play.hear(kinds::ROOM_LEFT, &encode(&left));
        assert_eq!(play.told().last(), Some(&Told::News(News::Push(Push::RoomLeft(left)))));
        assert_eq!(play.reset(9, 0), (vec![], vec![]));
    }
}

#[test]
fn whoever_does_not_want_back_still_learns_what_became_of_its_seat() {
    let mut play = Play::inside(Terms { go_back: false, ..terms() });
    play.hear(kinds::ROOM_MATCHED, &encode(&RoomMatched { room: 80, keeps: true, ..RoomMatched::default() }));
    play.told();
    assert_eq!(play.reset(9, 80), (vec![], vec![]));
    assert_eq!(play.reset(9, 0), (vec![News::RoomGone { room: 80 }], vec![]));
}
