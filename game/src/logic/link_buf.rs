//! One gateway thread's outgoing link records of this turn. Packets for one connection that follow each
//! other share a record. Knows no rule about what may leave.

use proto::{
    close::CloseReason,
    ids::{AccountId, ConnId, GroupId},
    kinds::Lane,
    link_io::{Op, RECORD_HEADER_BYTES, Record, Seat, close_record, put_header},
};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct LinkBuf {
    bytes: Vec<u8>,
    open: Option<Open>,
}

/// The `Send` at the end of the buffer, whose length is still to be written.
#[derive(Clone, Copy, Debug)]
struct Open {
    conn: ConnId,
    lane: Lane,
    start: usize,
}

impl LinkBuf {
    /// Packets for one connection.
    pub(crate) fn send(&mut self, conn: ConnId, lane: Lane, packets: &[u8]) {
        let fits = self.open.is_some_and(|open| {
            let payload = self.bytes.len() - open.start - RECORD_HEADER_BYTES;
            open.conn == conn && open.lane == lane && payload + packets.len() <= PAYLOAD_BYTES_MAX
        });
        if !fits {
            self.close();
            self.open = Some(Open { conn, lane, start: self.bytes.len() });
            put_header(&mut self.bytes, Record { lane, ..Record::new(Op::Send, conn.0, 0, &[]) }, 0);
        }
        self.bytes.extend_from_slice(packets);
    }

    /// Packets for the members of a group.
    pub(crate) fn publish(&mut self, group: GroupId, lane: Lane, ttl_ms: u16, packets: &[u8]) {
        self.put(Record { lane, ttl_ms, ..Record::new(Op::Publish, 0, group.0, packets) });
    }

    pub(crate) fn subscribe(&mut self, conn: ConnId, group: GroupId) {
        self.put(Record::new(Op::Subscribe, conn.0, group.0, &[]));
    }

    pub(crate) fn unsubscribe(&mut self, conn: ConnId, group: GroupId) {
        self.put(Record::new(Op::Unsubscribe, conn.0, group.0, &[]));
    }

    /// A snapshot for one member of a latest-wins group.
    pub(crate) fn refreshed(&mut self, conn: ConnId, group: GroupId, packets: &[u8]) {
        let lane = Lane::LatestWins;
        self.put(Record { lane, ..Record::new(Op::Refreshed, conn.0, group.0, packets) });
    }

    pub(crate) fn admit(&mut self, conn: ConnId, account: AccountId, seat: Seat) {
        self.put(Record::new(Op::Admit, conn.0, account.0, &seat.to_bytes()));
    }

    /// The end of a connection, after these packets.
    pub(crate) fn end(&mut self, conn: ConnId, reason: CloseReason, packets: &[u8]) {
        let lane = Lane::Control;
        self.put(Record { lane, ..Record::new(Op::Close, conn.0, reason as u64, packets) });
    }

    /// Moves all to `out`, which is usually empty.
    pub(crate) fn take(&mut self, out: &mut Vec<u8>) {
        self.close();
        if out.is_empty() {
            std::mem::swap(&mut self.bytes, out);
        } else {
            out.extend_from_slice(&self.bytes);
        }
        self.bytes.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn put(&mut self, record: Record<'_>) {
        self.close();
        record.put(&mut self.bytes);
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            close_record(&mut self.bytes, open.start);
        }
    }
}

/// Payload of one record to a gateway: with room to its frame limit.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 200 * 1024;

const _: () = {
    // The gateway turns a record's payload into one frame.
    assert!(PAYLOAD_BYTES_MAX < proto::limits::SERVER_FRAME_BYTES_MAX);
    // Any one packet of a room fits.
    assert!(crate::room::ROOM_BODY_BYTES_MAX + proto::limits::PACKET_OVERHEAD_BYTES <= PAYLOAD_BYTES_MAX);
};
