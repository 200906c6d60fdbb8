//! What gateways bring: connections that open and close, and packets, each led to what takes it by its kind and by
//! how far its connection has come. Knows no rule.

use proto::{
    client,
    close::CloseReason,
    ids::{AccountId, ConnId, GroupId, LinkId},
    kinds::{self, Class, Lane},
    limits::CLIENT_PROTOCOL,
    link_io::{Op, Record},
    packet::{Packet, Packets},
};

use super::{
    delivery::ConnKey,
    event::{ConnAt, Now},
    sessions::{CLIENT_BYTES_MAX, Conn, Stage},
    text, tx,
    world::World,
};

impl World {
    /// A record from a gateway. An error: no gateway of ours sends that.
    pub(super) fn on_gateway(&mut self, link: LinkId, record: Record<'_>, now: Now) -> Result<(), NotOurs> {
        let at = ConnAt { link, conn: ConnId(record.a) };
        match record.op {
            Op::Opened => {
                let address = record.payload.try_into().map_err(|_| NotOurs)?;
                let key = self.delivery.open(at).ok_or(NotOurs)?;
                self.conns.insert(key, Conn::new(address, Stage::ExpectHello));
                return Ok(());
            }
            Op::Seated => {
                return self.on_seated(at, AccountId(record.b), record.payload, now).ok_or(NotOurs);
            }
            Op::Greeted => return self.on_greeted(at, record.b, record.payload, now).ok_or(NotOurs),
            Op::Packets | Op::Closed | Op::Refresh => {}
            _ => return Err(NotOurs),
        }
        let Some(key) = self.delivery.find(at) else {
            self.figures.stale_records += 1;
            return Ok(());
        };
        match record.op {
            Op::Closed => self.conn_gone(key, now),
            Op::Refresh => self.refresh(key, GroupId(record.b), now),
            _ => {
                for packet in Packets::new(record.payload) {
                    let packet = packet.map_err(|_| NotOurs)?;
                    // A packet before this one may have ended the connection, or given it to a session.
                    let Some(key) = self.delivery.find(at) else { break };
                    self.on_packet(key, packet, now);
                    self.settle_kicks(now);
                }
            }
        }
        Ok(())
    }

    fn on_packet(&mut self, key: ConnKey, packet: Packet<'_>, now: Now) {
        let Some(conn) = self.conns.get_mut(key) else { return };
        if let Stage::Playing(session) = &mut conn.stage
            && session.pass.arrived()
        {
            let account = session.account;
            self.client_heard(account, now);
        }
        let Some(conn) = self.conns.get(key) else { return };
        if self.delivery.released(key) < packet.ack {
            self.figures.acks_ahead += 1;
        } else if packet.ack != 0 {
            self.delivery.acked(key, packet.ack);
        }
        match (&conn.stage, packet.kind) {
            // The gateway's, which keeps them to itself.
            (_, kinds::PING | kinds::PONG) => {}
            (Stage::Playing(_), kind) => self.on_playing(key, kind, packet, now),
            (Stage::ExpectHello, kinds::HELLO) => self.on_hello(key, packet.body, now),
            (
                Stage::ExpectLogin,
                kinds::LOGIN_GUEST
                | kinds::LOGIN_SECRET
                | kinds::LOGIN_TICKET
                | kinds::REGISTER
                | kinds::LOGIN_PASSWORD,
            ) => self.ask_in(key, packet.kind, packet.body, now),
            (Stage::ExpectLogin, kinds::RESUME) => self.resume_session(key, packet.body, now),
            (Stage::ExpectLogin, kinds::QUEUE_PLACE) => self.on_queue_place(key, packet.body, now),
            _ => self.close(key, CloseReason::OutOfTurn, &[], now),
        }
    }

    fn on_hello(&mut self, key: ConnKey, body: &[u8], now: Now) {
        let Ok(hello) = tx::decode::<client::Hello>(body) else {
            return self.close(key, CloseReason::BadBody, &[], now);
        };
        if hello.protocol != CLIENT_PROTOCOL {
            return self.close(key, CloseReason::Version, &[], now);
        }
        if self.config.client_version_min.as_ref().is_some_and(|min| !min.is_met_by(&hello.client)) {
            return self.close(key, CloseReason::ClientTooOld, &[], now);
        }
        if let Some(conn) = self.conns.get_mut(key) {
            conn.client = text::clean(&hello.client);
            conn.client.truncate(conn.client.floor_char_boundary(CLIENT_BYTES_MAX));
            conn.stage = Stage::ExpectLogin;
        }
        self.delivery.send_now(key, Lane::Control, false, &self.welcome);
    }

    fn on_playing(&mut self, key: ConnKey, kind: u32, packet: Packet<'_>, now: Now) {
        let wrong = match self.kinds.get(&kind).map(|(def, _)| def) {
            None => Some(CloseReason::UnknownKind),
            Some(def) if def.body_max < packet.body.len() => Some(CloseReason::BodyTooLarge),
            Some(def) => match def.class {
                Class::Command => return self.on_command(key, def.cost, packet, now),
                Class::Signal if packet.cseq != 0 => Some(CloseReason::BadSequence),
                Class::Signal => return self.on_signal(key, def.cost, packet, now),
                Class::Control if kind == kinds::LOGOUT => Some(CloseReason::LoggedOut),
                Class::Control => Some(CloseReason::OutOfTurn),
                Class::FromServer => Some(CloseReason::UnknownKind),
            },
        };
        if let Some(reason) = wrong {
            self.close(key, reason, &[], now);
        }
    }
}

/// A record that no gateway of ours sends.
pub(super) struct NotOurs;
