//! The receiving half of a session: frames into packets, packets into events or violations.

use std::{mem, time::Instant};

use bytes::Bytes;
use proto::{
    client::{
        Close, LoggedIn, LoginQueued, LoginRefused, Reconnect, ResumeRefused, Resumed, Status, Welcome,
    },
    close::CloseReason,
    deflate::Inflater,
    frame::Header,
    kinds::{
        ANSWER, CLOSE, LOGGED_IN, LOGIN_QUEUED, LOGIN_REFUSED, Lane, NOTICE, PAUSED, PING, PONG, RECONNECT,
        RESET, RESET_TAKEN, RESUME_REFUSED, RESUMED, WELCOME,
    },
    limits::{CLIENT_PROTOCOL, SERVER_FRAME_BYTES_MAX},
    packet::{Packet, Packets},
    wire::{AnswerRef, DecodeError, decode},
};

use crate::logic::{
    echo::FROM_SERVER,
    session::{
        Session, Stage,
        play::{Play, Voice},
        pushes,
    },
    types::{Closed, Event, Outcome},
    violation::Violation,
};

impl Session {
    /// Takes bytes of the stream of frames, in any pieces. `inflater` may serve many sessions.
    ///
    /// # Errors
    /// The first [`Violation`]; events before it stand, and the connection is over.
    pub fn receive(&mut self, bytes: &[u8], inflater: &mut Inflater, now: Instant) -> Result<(), Violation> {
        self.heard_at = now;
        let mut frames = mem::take(&mut self.frames);
        let result =
            frames.feed(bytes, SERVER_FRAME_BYTES_MAX, |header, body| self.on_frame(header, body, inflater));
        self.frames = frames;
        result
    }

    fn on_frame(&mut self, header: Header, body: &[u8], inflater: &mut Inflater) -> Result<(), Violation> {
        self.traffic.frames += 1;
        self.traffic.body_bytes += body.len() as u64;
        if !header.deflated {
            self.traffic.content_bytes += body.len() as u64;
            return self.on_packets(header.lane, body);
        }
        let mut inflated = mem::take(&mut self.inflated);
        inflater.inflate(body, SERVER_FRAME_BYTES_MAX, &mut inflated)?;
        self.traffic.frames_deflated += 1;
        self.traffic.content_bytes += inflated.len() as u64;
        let result = self.on_packets(header.lane, &inflated);
        self.inflated = inflated;
        result
    }

    fn on_packets(&mut self, lane: Lane, body: &[u8]) -> Result<(), Violation> {
        for packet in Packets::new(body) {
            self.traffic.packets += 1;
            self.on_packet(lane, packet?)?;
        }
        Ok(())
    }

    fn on_packet(&mut self, lane: Lane, packet: Packet<'_>) -> Result<(), Violation> {
        let kind = packet.kind;
        if let Stage::Closed(_) = self.stage {
            return Err(Violation::AfterClose { kind });
        }
        self.kinds.check_from_server(kind, lane)?;
        if packet.cseq != 0 || packet.ack != 0 || (packet.re != 0) != (kind == ANSWER) {
            return Err(Violation::StrayEnvelope { kind });
        }
        match kind {
            PING => self.put_message(PONG, 0, packet.body),
            PONG => self.on_pong(packet.body)?,
            CLOSE => self.on_close(packet.body)?,
            WELCOME => self.on_welcome(packet.body)?,
            LOGIN_QUEUED | LOGIN_REFUSED | LOGGED_IN => self.on_login_reply(kind, packet.body)?,
            RESUMED | RESUME_REFUSED => self.on_resume_reply(kind, packet.body)?,
            RESET => self.on_reset(packet.body)?,
            PAUSED => self.on_paused(),
            RECONNECT => {
                let Reconnect { within_ms } = decode(packet.body, FROM_SERVER).map_err(wrong(kind))?;
                self.events.push_back(Event::Reconnect { within_ms });
            }
            _ => self.on_play(lane, packet)?,
        }
        Ok(())
    }

    fn on_pong(&mut self, body: &[u8]) -> Result<(), Violation> {
        if self.pings.answer(body) { Ok(()) } else { Err(Violation::PongUnasked) }
    }

    fn on_close(&mut self, body: &[u8]) -> Result<(), Violation> {
        let close: Close = decode(body, FROM_SERVER).map_err(wrong(CLOSE))?;
        let reason = u16::try_from(close.code).ok().and_then(CloseReason::from_code);
        self.events.push_back(Event::Closed(Closed {
            reason,
            name: close.name,
            retry_after_ms: close.retry_after_ms,
        }));
        self.stage = Stage::Closed(self.carry());
        Ok(())
    }

    fn on_welcome(&mut self, body: &[u8]) -> Result<(), Violation> {
        let Stage::Greeting = self.stage else {
            return Err(Violation::OutOfTurn { kind: WELCOME, stage: self.stage.name() });
        };
        let welcome: Welcome = decode(body, FROM_SERVER).map_err(wrong(WELCOME))?;
        if welcome.protocol != CLIENT_PROTOCOL {
            return Err(Violation::Protocol { theirs: welcome.protocol });
        }
        self.kinds.add(&welcome.kinds);
        self.stage = Stage::Welcomed;
        self.events.push_back(Event::Welcomed(welcome));
        Ok(())
    }

    fn on_login_reply(&mut self, kind: u32, body: &[u8]) -> Result<(), Violation> {
        if let (LOGIN_REFUSED, Stage::Playing(_)) = (kind, &self.stage) {
            // Why the connection is about to be closed.
            let refused: LoginRefused = decode(body, FROM_SERVER).map_err(wrong(kind))?;
            self.events.push_back(login_refused(refused));
            return Ok(());
        }
        if let (LOGIN_REFUSED, Stage::Resuming(_)) = (kind, &self.stage) {
            // Whoever refuses everybody does not look at how they come.
            let LoginRefused { name, .. } = decode(body, FROM_SERVER).map_err(wrong(kind))?;
            self.stage = Stage::Welcomed;
            self.events.push_back(Event::ResumeRefused { name });
            return Ok(());
        }
        let Stage::LoggingIn { is_guest } = self.stage else {
            return Err(Violation::OutOfTurn { kind, stage: self.stage.name() });
        };
        let event = match kind {
            LOGIN_QUEUED => {
                let queued: LoginQueued = decode(body, FROM_SERVER).map_err(wrong(kind))?;
                let LoginQueued { position, wait_ms, place } = queued;
                Event::LoginQueued { position, wait_ms, place }
            }
            LOGIN_REFUSED => {
                let refused: LoginRefused = decode(body, FROM_SERVER).map_err(wrong(kind))?;
                self.stage = Stage::Welcomed;
                login_refused(refused)
            }
            _ => {
                let logged_in: LoggedIn = decode(body, FROM_SERVER).map_err(wrong(kind))?;
                let play = Play::begin(&logged_in, Voice::Heard)?;
                if is_guest && logged_in.secret.len() != SECRET_BYTES {
                    return Err(Violation::LoginIncomplete { missing: "a secret of 32 bytes" });
                }
                self.stage = Stage::Playing(play);
                Event::LoggedIn(logged_in)
            }
        };
        self.events.push_back(event);
        Ok(())
    }

    fn on_resume_reply(&mut self, kind: u32, body: &[u8]) -> Result<(), Violation> {
        let Stage::Resuming(carry) = &self.stage else {
            return Err(Violation::OutOfTurn { kind, stage: self.stage.name() });
        };
        let event = if kind == RESUMED {
            let resumed: Resumed = decode(body, FROM_SERVER).map_err(wrong(kind))?;
            self.stage = Stage::Playing(Play::go_on(carry, &resumed)?);
            Event::Resumed(resumed)
        } else {
            let ResumeRefused { name } = decode(body, FROM_SERVER).map_err(wrong(kind))?;
            self.stage = Stage::Welcomed;
            Event::ResumeRefused { name }
        };
        self.events.push_back(event);
        Ok(())
    }

    /// Game has come back. It may also have died between a login and its reply.
    fn on_reset(&mut self, body: &[u8]) -> Result<(), Violation> {
        let account = match &self.stage {
            Stage::Playing(play) => Some(play.account),
            Stage::Resuming(carry) => Some(carry.account),
            Stage::LoggingIn { .. } => None,
            Stage::Greeting | Stage::Welcomed | Stage::Closed(_) => {
                return Err(Violation::OutOfTurn { kind: RESET, stage: self.stage.name() });
            }
        };
        let reset: LoggedIn = decode(body, FROM_SERVER).map_err(wrong(RESET))?;
        let play = Play::begin(&reset, Voice::Changed)?;
        if let Some(account) = account.filter(|account| *account != reset.account) {
            return Err(Violation::AccountChanged { was: account, is: reset.account });
        }
        // Nobody would hear what is queued, and whether anybody answers the pings that were sent is open.
        self.out.clear();
        self.pings.void = self.pings.sent;
        self.stage = Stage::Playing(play);
        // Each reset wants one, also one after which the server died again before it could be answered.
        self.takings += 1;
        for _ in 0..self.takings {
            self.put_message(RESET_TAKEN, 0, &[]);
        }
        self.events.push_back(Event::Reset(reset));
        Ok(())
    }

    fn on_paused(&mut self) {
        if let Stage::Playing(play) = &mut self.stage {
            play.pause();
        }
        self.events.push_back(Event::Paused);
    }

    fn on_play(&mut self, lane: Lane, packet: Packet<'_>) -> Result<(), Violation> {
        let kind = packet.kind;
        if let (NOTICE, Stage::LoggingIn { .. } | Stage::Resuming(_)) = (kind, &self.stage) {
            // It waits for nothing, and overtakes an answer that waits for the journal.
            self.events.push_back(Event::Push(pushes::read(kind, lane, packet.body)?));
            return Ok(());
        }
        let stage = self.stage.name();
        let Stage::Playing(play) = &mut self.stage else {
            return Err(Violation::OutOfTurn { kind, stage });
        };
        if lane == Lane::MustArrive {
            play.count(self.heard_at);
        }
        let event = match kind {
            ANSWER => {
                play.window.answer(packet.re)?;
                Event::Answered { cseq: packet.re, outcome: outcome(packet.re, packet.body)? }
            }
            _ => Event::Push(pushes::read(kind, lane, packet.body)?),
        };
        self.events.push_back(event);
        Ok(())
    }
}

fn login_refused(refused: LoginRefused) -> Event {
    let LoginRefused { name, detail, until_ms: _, retry_after_ms } = refused;
    Event::LoginRefused { name, detail, retry_after_ms }
}

fn outcome(re: u64, body: &[u8]) -> Result<Outcome, Violation> {
    let answer = AnswerRef::decode(body).map_err(|cause| Violation::Body { kind: ANSWER, cause })?;
    let status = i32::try_from(answer.status).ok().and_then(|status| Status::try_from(status).ok());
    Ok(match status {
        Some(Status::Ok) => Outcome::Ok(Bytes::copy_from_slice(answer.result)),
        Some(Status::Rejected) => Outcome::Rejected(code(answer.error)),
        Some(Status::RetryLater) => {
            let after_ms = u32::try_from(answer.retry_after_ms).unwrap_or(u32::MAX);
            Outcome::RetryLater { after_ms, code: code(answer.error) }
        }
        None => return Err(Violation::AnswerStatus { re, status: answer.status }),
    })
}

fn code(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn wrong(kind: u32) -> impl FnOnce(DecodeError) -> Violation {
    move |cause| Violation::Body { kind, cause }
}

const SECRET_BYTES: usize = 32;
