//! The lines of a script, and of the transcript, that are about the ways into rooms.

use proto::{
    client::{
        Rating, RatingRead, RoomAnswer, RoomAsk, RoomAskOver, RoomBack, RoomCreate, RoomInfo, RoomJoin,
        RoomJoined, RoomList, RoomListed, RoomMatch, RoomMatched, RoomMatching,
    },
    kinds,
    packet::Packet,
    wire,
};

use super::{
    Play,
    people::{People, read, text},
};

impl Play {
    /// A player's line; false if it is about something else.
    pub(super) fn lobby_does(&mut self, name: &str, does: &[&str]) -> bool {
        let (kind, body) = match *does {
            ["opens", kind, ref options @ ..] => {
                let options = options.concat().into_bytes().into();
                let create = RoomCreate { kind: kind.to_owned(), options, spectate: false };
                (kinds::ROOM_CREATE, wire::encode(&create))
            }
            ["watches", room] => {
                let join = RoomJoin { room: room.to_owned(), spectate: true };
                (kinds::ROOM_JOIN, wire::encode(&join))
            }
            ["lists", "rooms", ref kind @ ..] => {
                (kinds::ROOM_LIST, wire::encode(&RoomList { kind: kind.concat(), after: 0 }))
            }
            ["wants", "to", "play", kind, ref options @ ..] => {
                let options = options.concat().into_bytes().into();
                (kinds::ROOM_MATCH, wire::encode(&RoomMatch { kind: kind.to_owned(), options }))
            }
            ["answers", ask, text] => (kinds::ROOM_ANSWER, answer(ask, Some(text), "0")),
            ["answers", ask, text, "in", room] => (kinds::ROOM_ANSWER, answer(ask, Some(text), room)),
            ["refuses", ask] => (kinds::ROOM_ANSWER, answer(ask, None, "0")),
            ["waits", "no", "more"] => (kinds::ROOM_MATCH_CANCEL, Vec::new()),
            ["reads", "rating", kind] => {
                (kinds::RATING_READ, wire::encode(&RatingRead { kind: kind.to_owned() }))
            }
            _ => return false,
        };
        self.command(name, kind, &body);
        true
    }
}

impl People {
    /// How a packet is shown; none if it is of another kind.
    pub(super) fn lobby_news(&mut self, name: &str, packet: Packet<'_>) -> Option<String> {
        Some(match packet.kind {
            kinds::ROOM_MATCHED => format!("{name} is matched in {}", read::<RoomMatched>(packet.body).name),
            kinds::ROOM_BACK => format!("{name} is back in {}", read::<RoomBack>(packet.body).name),
            kinds::ROOM_ASK => {
                let m: RoomAsk = read(packet.body);
                format!("{name} is asked {}: {}, for {} ms", m.id, text(&m.body), m.wait_ms)
            }
            kinds::ROOM_ASK_OVER => {
                format!("{name} is asked {} no more", read::<RoomAskOver>(packet.body).id)
            }
            _ => return None,
        })
    }

    /// How the answer to a command is shown; none if it is of another kind.
    pub(super) fn lobby_answer(&mut self, kind: u32, result: &[u8]) -> Option<String> {
        Some(match kind {
            kinds::ROOM_CREATE => {
                let m: RoomJoined = read(result);
                format!("ok, in {}, {} members", m.name, m.members)
            }
            kinds::ROOM_LIST => {
                let m: RoomListed = read(result);
                let rooms: Vec<String> = m.rooms.iter().map(shown).collect();
                format!("ok, [{}]{}", rooms.join(", "), if m.more { " and more" } else { "" })
            }
            kinds::ROOM_MATCH => {
                let m: RoomMatching = read(result);
                format!("ok, rated {}, {} wait", m.rating, m.waiting)
            }
            kinds::RATING_READ => {
                let m: Rating = read(result);
                format!("ok, rated {} after {}", m.rating, m.games)
            }
            _ => return None,
        })
    }
}

fn answer(ask: &str, text: Option<&str>, room: &str) -> Vec<u8> {
    let body = text.unwrap_or_default().to_owned().into();
    let (id, room) = (ask.parse().unwrap(), room.parse().unwrap());
    wire::encode(&RoomAnswer { id, body, refused: text.is_none(), room })
}

fn shown(info: &RoomInfo) -> String {
    let RoomInfo { name, members, players, players_max, label, open, .. } = info;
    let open = if *open { "open" } else { "full" };
    format!("{name} {members} {players}/{players_max} {open} `{label}`")
}
