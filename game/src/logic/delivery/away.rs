//! A session without a connection, and one that gets another: what it hears stays, what must arrive is kept.

use proto::{
    close::CloseReason,
    ids::{AccountId, GroupId},
    kinds::Lane,
    limits::{LINK_DOWN_LATEST_BYTES, RESEND_RING_BYTES},
    link_io::Seat,
};

use super::{ConnKey, Delivery, PAYLOAD_BYTES_MAX, Peer};

impl Delivery {
    /// The connection is gone; what must arrive is kept from now on.
    pub(crate) fn detach(&mut self, key: ConnKey) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some((at, link)) = peer.at.take() else { return };
        for group in &peer.groups {
            self.groups.leave(*group, link);
        }
        if let Some(link) = &mut self.links[link] {
            link.conns.remove(&at.conn);
        }
    }

    /// Tells the gateway to end the connection, if there is one, after these packets; the session stays.
    pub(crate) fn end_connection(&mut self, key: ConnKey, reason: CloseReason, packets: &[u8]) {
        if let Some((conn, buf)) = self.conn_and_buf(key) {
            buf.end(conn, reason, packets);
        }
        self.detach(key);
    }

    /// Whether this connection came before the one that the session has now.
    pub(crate) fn is_older(&self, connection: ConnKey, session: ConnKey) -> bool {
        let (Some(one), Some(other)) = (self.peers.get(connection), self.peers.get(session)) else {
            return false;
        };
        other.at.is_some() && one.came < other.came
    }

    /// Its link has so much to carry already that what a resume sends again has to wait.
    pub(crate) fn is_link_busy(&self, connection: ConnKey) -> bool {
        let link = self.peers.get(connection).and_then(|peer| self.links[peer.at?.1].as_ref());
        link.is_some_and(|link| link.is_full || RESENT_BYTES_PER_TURN < link.buf.len())
    }

    /// How many packets a client lacks that has received so many; nothing: more than is kept.
    pub(crate) fn missed_after(&self, key: ConnKey, received: u64) -> Option<u64> {
        self.peers.get(key)?.ring.missed_after(received)
    }

    /// Gives a session that is away the connection of `newcomer`, which is nobody any more. Its gateway is told, in this
    /// order: whose it is, this packet, what the client lacks that has received so many, the groups that it hears.
    pub(crate) fn attach(
        &mut self,
        key: ConnKey,
        newcomer: ConnKey,
        (account, seat): (AccountId, Seat),
        packet: &[u8],
        received: u64,
    ) {
        let Some(Peer { at: Some((at, link)), came, .. }) = self.peers.get(newcomer) else { return };
        let (at, link, came) = (*at, *link, *came);
        self.remove(newcomer);
        let Some(peer) = self.peers.get_mut(key) else { return };
        (peer.at, peer.came) = (Some((at, link)), came);
        peer.ring.acked(received);
        let groups = peer.groups.clone();
        if let Some(link) = &mut self.links[link] {
            link.conns.insert(at.conn, key);
            link.buf.admit(at.conn, account, seat);
            link.buf.send(at.conn, Lane::Control, packet);
            peer.ring.each_after(received, |packets| link.buf.send(at.conn, Lane::MustArrive, packets));
        }
        for group in groups {
            self.begin_to_hear(key, group);
        }
    }

    /// The latest-wins groups that it hears: each wants a snapshot when it was away.
    pub(crate) fn latest_wins_of(&mut self, key: ConnKey) -> Vec<GroupId> {
        let Some(peer) = self.peers.get(key) else { return Vec::new() };
        let groups = peer.groups.clone();
        let is_latest =
            |group: &GroupId| self.groups.find(*group).is_some_and(|found| found.lane == Lane::LatestWins);
        groups.into_iter().filter(is_latest).collect()
    }
}

/// Of one link, with all else that leaves in the turn.
const RESENT_BYTES_PER_TURN: usize = LINK_DOWN_LATEST_BYTES / 2;

const _: () = {
    // Those who play are not withheld anything for those who come back.
    assert!(RESENT_BYTES_PER_TURN + RESEND_RING_BYTES + PAYLOAD_BYTES_MAX < LINK_DOWN_LATEST_BYTES);
    // A run that was published as one record is sent again as one.
    assert!(PAYLOAD_BYTES_MAX < proto::limits::SERVER_FRAME_BYTES_MAX);
};
