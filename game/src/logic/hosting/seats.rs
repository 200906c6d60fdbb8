//! Members of rooms whose connection goes and comes: a seat in a durable room waits for its player, through a lost
//! connection, another login and another life of this process.

use proto::{
    client::{RoomBack, RoomMember},
    ids::{AccountId, RoomId},
    kinds::{self, Lane},
    packet::Packet,
    room::input::What,
    tables::AccountRow,
    wire,
};

use super::Hosted;
use crate::{
    logic::{cache::Cached as _, delivery::ConnKey, event::Now, release::Step, world::World},
    room::Member,
};

impl World {
    /// A member's connection is gone.
    pub(in crate::logic) fn room_away(&mut self, account: AccountId, id: Option<RoomId>, now: Now) {
        let Some(id) = id else { return };
        let is_here = self.is_here(id, account) == Some(true);
        if is_here && self.tell_room(id, What::Away(account.0), None, now) {
            self.tell_member(id, account, Change::Is);
        }
    }

    /// It is there again, and has missed nothing.
    pub(in crate::logic) fn room_back(&mut self, account: AccountId, id: Option<RoomId>, now: Now) {
        let Some(id) = id else { return };
        let is_away = self.is_here(id, account) == Some(false);
        if is_away && self.tell_room(id, What::Back(account.0), None, now) {
            self.tell_member(id, account, Change::Is);
        }
    }

    /// Its session is over. True: its seat stays.
    pub(in crate::logic) fn room_outlived(
        &mut self,
        key: ConnKey,
        account: AccountId,
        id: RoomId,
        now: Now,
    ) -> bool {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return false };
        let plays = hosted.run.members().get(&account).is_some_and(|member| member.is_player);
        if hosted.kept.is_none() || !plays {
            return false;
        }
        let groups = hosted.groups;
        self.delivery.step(Step::Unsubscribe { conn: key, group: groups.must_arrive }, &[]);
        self.delivery.unsubscribe(key, groups.latest_wins);
        self.room_away(account, Some(id), now);
        true
    }

    /// A session begins: of an account that has a seat somewhere, which it is shown.
    pub(in crate::logic) fn room_return(&mut self, key: ConnKey, account: AccountId, now: Now) {
        let Some(id) = self.hosting.seated.get(&account).copied() else { return };
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let kind = self.registry.rooms()[hosted.kind].name;
        let plays = hosted.run.members().get(&account).is_some_and(|member| member.is_player);
        let back =
            RoomBack { room: id.0, name: name(kind, hosted.number), kind: kind.to_owned(), player: plays };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::ROOM_BACK, ..Packet::default() }, &back);
        self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
        let groups = hosted.groups;
        self.hear_room(key, account, id, groups);
        // What its room says to that it hears like the others, and then it sees all as it is.
        self.hosting.sees_soon = Some(account);
        self.room_back(account, Some(id), now);
        self.hosting.sees_soon = None;
        self.show_room(key, account, id, now);
        self.refresh(key, groups.latest_wins, now);
    }

    /// Who is in its room, all that is to be seen of it, and what it is asked: for a member that sees nothing yet.
    pub(super) fn show_room(&mut self, key: ConnKey, account: AccountId, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let mut bytes = Vec::new();
        let told = self.tells_members(hosted);
        for member in hosted.run.members().values().filter(|_| told) {
            self.put_member(&mut bytes, id, member, Change::Is);
        }
        let Some(view) = self.view(id, account, now) else { return };
        bytes.extend_from_slice(&view);
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        hosted.put_asks_of(&mut bytes, id, account, hosted.at_ms(&self.hosting.clocks, now.instant));
        // What the room said to all when it came was said before it looked.
        self.delivery.step(Step::Flush { group: hosted.groups.must_arrive }, &[]);
        // A packet a step: each is counted.
        for packet in proto::packet::Packets::new(&bytes).flatten() {
            let mut one = Vec::new();
            packet.put(&mut one);
            self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &one);
        }
    }

    /// Tells all members of one that it has come, or that it is there or not.
    pub(super) fn tell_member(&mut self, id: RoomId, account: AccountId, change: Change) {
        let Some(hosted) = self.hosting.rooms.get(&id).filter(|hosted| self.tells_members(hosted)) else {
            return;
        };
        let gone = Member { account, rating: 0, is_player: false, is_here: false };
        let member = hosted.run.members().get(&account).copied().unwrap_or(gone);
        let groups = hosted.groups;
        let mut bytes = Vec::new();
        self.put_member(&mut bytes, id, &member, change);
        self.delivery.step(Step::Publish { group: groups.must_arrive }, &bytes);
    }

    /// In a crowd nobody is told who is there: it would be told of everybody to everybody.
    fn tells_members(&self, hosted: &Hosted) -> bool {
        self.registry.rooms()[hosted.kind].members_max <= MEMBERS_TOLD_MAX
    }

    fn put_member(&self, bytes: &mut Vec<u8>, id: RoomId, member: &Member, change: Change) {
        let row = AccountRow::table(&self.cache).find(&member.account.0);
        let told = RoomMember {
            room: id.0,
            account: member.account.0,
            name: row.and_then(|held| held.row.name.clone()).unwrap_or_default(),
            rating: member.rating,
            player: member.is_player,
            here: member.is_here,
            gone: change == Change::Gone,
        };
        wire::put(bytes, Packet { kind: kinds::ROOM_MEMBER, ..Packet::default() }, &told);
    }

    /// Whether a member is there; none: it is no member. What its room has yet to hear of it counts.
    fn is_here(&self, id: RoomId, account: AccountId) -> Option<bool> {
        let hosted: &Hosted = self.hosting.rooms.get(&id)?;
        let member = hosted.run.members().get(&account)?;
        match self.hosting.late.get(&(id, account)) {
            Some(What::Away(_)) => Some(false),
            Some(What::Back(_)) => Some(true),
            Some(What::Leave(_)) => None,
            _ => Some(member.is_here),
        }
    }
}

/// What is told of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is as it is.
    Is,
    /// It has left.
    Gone,
}

/// In rooms for more, members are not told who is there.
const MEMBERS_TOLD_MAX: usize = 128;

/// A room's name.
pub(in crate::logic) fn name(kind: &str, number: u32) -> String {
    if number == 0 { kind.to_owned() } else { format!("{kind}#{number}") }
}
