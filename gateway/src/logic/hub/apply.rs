//! What game says, strictly in order. Neighbouring sends to one client, or publications to one group,
//! of one lane become one frame: one header, one compression, one place in each outbox.

use bytes::Bytes;
use proto::{
    close::CloseReason,
    kinds::Lane,
    limits::{DEFLATE_BYTES_MIN, EXPIRING_TTL_MS_MAX, SERVER_FRAME_BYTES_MAX},
    link_io::{Op, Record},
    packet::Packets,
};

use super::{
    super::{
        bill::{RowId, Sent},
        groups::Subscribed,
        outbox::{Group, Offer, SHARED_BYTES_MIN},
        session::Desk,
    },
    ConnKey, Hub, Life,
};

/// Game broke the link's rules: the link is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// A record that game does not send.
    #[error("a record of op {0:?} from game")]
    Op(Op),
    /// An admission without a whole seat.
    #[error("an admission with {0} bytes of seat")]
    Seat(usize),
    /// Packets for more than one frame.
    #[error("{0} bytes of packets in one record")]
    TooLarge(usize),
}

/// Packets of neighbouring records that become one frame.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    target: Option<(Target, Lane, u16)>,
    packets: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Client(ConnKey),
    Group(Group),
    /// A client's snapshot of a group.
    Snapshot(ConnKey, Group),
}

impl Hub {
    /// Does what one record says, or gathers it with those that follow.
    ///
    /// # Errors
    /// See [`LinkFault`].
    pub fn apply(&mut self, record: Record<'_>, now_ms: u64) -> Result<(), LinkFault> {
        let key = ConnKey::from_id(record.a);
        match record.op {
            Op::Send => {
                if record.lane == Lane::Control {
                    self.note_told(key, record.payload, now_ms);
                }
                self.gather(Target::Client(key), record, now_ms)?;
            }
            Op::Publish => self.gather(Target::Group(record.b), record, now_ms)?,
            Op::Subscribe | Op::Unsubscribe | Op::Refreshed | Op::Admit | Op::Close => {
                self.deliver_gathered(now_ms);
                if self.clients.get(key).is_none_or(|client| client.life != Life::Open) {
                    self.desk.tally.stale += 1;
                    return check_size(record);
                }
                self.apply_to(key, record, now_ms)?;
            }
            Op::Hello
            | Op::Welcome
            | Op::Ping
            | Op::Pong
            | Op::Call
            | Op::Reply
            | Op::Cancel
            | Op::Opened
            | Op::Packets
            | Op::Closed
            | Op::Refresh
            | Op::Seated
            | Op::Greeted
            | Op::Turn
            | Op::Durable
            | Op::Applied
            | Op::Refused
            | Op::Level => return Err(LinkFault::Op(record.op)),
        }
        Ok(())
    }

    /// The batch is at its end: what was gathered goes into the outboxes.
    pub fn end_batch(&mut self, now_ms: u64) {
        self.deliver_gathered(now_ms);
    }

    fn apply_to(&mut self, key: ConnKey, record: Record<'_>, now_ms: u64) -> Result<(), LinkFault> {
        match record.op {
            Op::Subscribe => {
                if self.groups.subscribe(key, record.b) == Subscribed::TooMany {
                    self.close(key, now_ms, CloseReason::Internal);
                }
            }
            Op::Unsubscribe => {
                self.groups.unsubscribe(key, record.b);
                self.clients[key].outbox.lift(record.b);
            }
            Op::Refreshed => {
                self.clients[key].outbox.lift(record.b);
                let snapshot = Record { lane: Lane::LatestWins, ttl_ms: 0, ..record };
                self.gather(Target::Snapshot(key, record.b), snapshot, now_ms)?;
                self.deliver_gathered(now_ms);
            }
            Op::Admit => self.admit(key, record, now_ms)?,
            Op::Close => {
                self.gather(Target::Client(key), record, now_ms)?;
                self.deliver_gathered(now_ms);
                let code = u16::try_from(record.b).ok().and_then(CloseReason::from_code);
                self.close(key, now_ms, code.unwrap_or(CloseReason::Internal));
            }
            op => return Err(LinkFault::Op(op)),
        }
        Ok(())
    }

    fn gather(&mut self, target: Target, record: Record<'_>, now_ms: u64) -> Result<(), LinkFault> {
        check_size(record)?;
        if record.payload.is_empty() {
            return Ok(());
        }
        let next = Some((target, record.lane, record.ttl_ms));
        let is_too_long = self.gathering.packets.len() + record.payload.len() > SERVER_FRAME_BYTES_MAX;
        if self.gathering.target != next || is_too_long {
            self.deliver_gathered(now_ms);
            self.gathering.target = next;
        }
        self.gathering.packets.extend_from_slice(record.payload);
        Ok(())
    }

    fn deliver_gathered(&mut self, now_ms: u64) {
        let Some((target, lane, ttl_ms)) = self.gathering.target.take() else {
            return;
        };
        let packets = std::mem::take(&mut self.gathering.packets);
        let by = self.desk.bill.open(&packets);
        let expires_ms = match lane {
            Lane::Expiring => now_ms + u64::from(ttl_ms.min(EXPIRING_TTL_MS_MAX)),
            Lane::MustArrive | Lane::LatestWins | Lane::Control => 0,
        };
        match target {
            Target::Client(key) => self.deliver_one(key, None, (lane, expires_ms, by), &packets, now_ms),
            Target::Snapshot(key, group) => {
                self.deliver_one(key, Some(group), (lane, expires_ms, by), &packets, now_ms);
            }
            Target::Group(group) => self.deliver_all(group, (lane, expires_ms, by), &packets, now_ms),
        }
        self.gathering.packets = packets;
        self.gathering.packets.clear();
        self.gathering.packets.shrink_to(KEPT_BYTES_MAX);
        self.close_overwhelmed(now_ms);
    }

    fn deliver_one(
        &mut self,
        key: ConnKey,
        group: Option<Group>,
        (lane, expires_ms, by): (Lane, u64, RowId),
        packets: &[u8],
        now_ms: u64,
    ) {
        let Some(client) = self.clients.get_mut(key).filter(|client| client.life == Life::Open) else {
            self.desk.tally.stale += 1;
            return;
        };
        client.session.stage.hear(packets);
        let Desk { tally, bill, probes, watch, .. } = &mut self.desk;
        if probes.waits_for(key.id()) {
            for answer in Packets::new(packets).flatten().filter(|packet| packet.re != 0) {
                probes.answered(key.id(), answer.re, watch.ns(), tally);
            }
        }
        let timing = bill.begin(false);
        let frame = self.encoder.frame(lane, packets, UNICAST_DEFLATE_BYTES_MIN, &mut client.pace, tally);
        let frame_bytes = frame.len();
        let offer = Offer { frame, shared: None, lane, group, expires_ms };
        let is_taken = self.outlet.offer((key, client), offer, by, now_ms, tally);
        bill.charge(Sent { frame_bytes, receivers: is_taken.into() }, timing);
    }

    fn deliver_all(
        &mut self,
        group: Group,
        (lane, expires_ms, by): (Lane, u64, RowId),
        packets: &[u8],
        now_ms: u64,
    ) {
        let Some(audience) = self.groups.audience(group) else {
            return;
        };
        let Desk { tally, bill, .. } = &mut self.desk;
        let timing = bill.begin(AUDIENCE_TIMED <= audience.len());
        tally.publishes += 1;
        let frame = self.encoder.frame(lane, packets, DEFLATE_BYTES_MIN, &mut audience.pace, tally);
        let shared = (frame.len() >= SHARED_BYTES_MIN).then(|| Bytes::copy_from_slice(frame));
        let offer = Offer { frame, shared: shared.as_ref(), lane, group: Some(group), expires_ms };
        let mut receivers = 0;
        for key in audience.members() {
            if let Some(client) = self.clients.get_mut(key) {
                receivers += u64::from(self.outlet.offer((key, client), offer, by, now_ms, tally));
            }
        }
        bill.charge(Sent { frame_bytes: offer.frame.len(), receivers }, timing);
    }
}

fn check_size(record: Record<'_>) -> Result<(), LinkFault> {
    if record.payload.len() > SERVER_FRAME_BYTES_MAX {
        return Err(LinkFault::TooLarge(record.payload.len()));
    }
    Ok(())
}

/// Packets for one client are compressed from here on: below, the processor's time is worth more than
/// the bytes, while a publication's is spent once for a whole audience.
const UNICAST_DEFLATE_BYTES_MIN: usize = 4 * 1024;
/// An audience of so many is served in a time beside which reading a clock is nothing.
const AUDIENCE_TIMED: usize = 512;
/// Room that is kept for the next gathering.
const KEPT_BYTES_MAX: usize = 256 * 1024;
