//! A session while it is played: its commands, its counts, and whether what is said is heard. Knows no packets.

use std::time::{Duration, Instant};

use proto::{
    client::{LoggedIn, Resumed},
    limits::{ACK_MS_MAX, ACK_PACKETS_MAX, RESEND_RING_PACKETS},
};

use crate::logic::{
    session::carry::{Carry, Seat, read_token},
    violation::Violation,
    window::Window,
};

#[derive(Debug)]
pub(super) struct Play {
    pub(super) account: u64,
    pub(super) window: Window,
    /// Must-arrive packets of this session so far: what `ack` tells.
    pub(super) received: u64,
    pub(super) voice: Voice,
    seat: Option<Seat>,
    /// What `ack` told last.
    told: u64,
    /// When the first packet came that was not told of.
    untold_since: Option<Instant>,
    /// Packets that came before the connection did and are still to be sent again.
    missing: u32,
}

/// What becomes of what the client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The server hears it.
    Heard,
    /// The server does not read: commands get their numbers and stay here.
    Paused,
    /// The numbers have begun anew or gone back, and the caller has not taken the event that says so.
    Changed,
}

impl Play {
    /// After a login or a reset.
    pub(super) fn begin(logged_in: &LoggedIn, voice: Voice) -> Result<Self, Violation> {
        if logged_in.account == 0 {
            return Err(Violation::LoginIncomplete { missing: "an account" });
        }
        Ok(Self {
            account: logged_in.account,
            window: Window::after(logged_in.cseq_last),
            received: 0,
            voice,
            seat: Seat::of(logged_in)?,
            told: 0,
            untold_since: None,
            missing: 0,
        })
    }

    /// After a resume. Commands that never arrived give their numbers back.
    pub(super) fn go_on(carry: &Carry, resumed: &Resumed) -> Result<Self, Violation> {
        let Carry { account, seat, received, window } = carry;
        let mut window = *window;
        window.resume(resumed.cseq_last)?;
        if usize::try_from(resumed.missed).is_ok_and(|missed| missed > RESEND_RING_PACKETS) {
            return Err(Violation::ResumedTooMuch { missed: resumed.missed });
        }
        let token = read_token(&resumed.token)?;
        Ok(Self {
            account: *account,
            window,
            received: *received,
            voice: Voice::Changed,
            seat: Some(Seat { token, ..seat.clone() }),
            told: *received,
            untold_since: None,
            missing: resumed.missed,
        })
    }

    /// What the next connection needs; nothing if the server keeps no sessions.
    pub(super) fn carry(&self) -> Option<Carry> {
        let seat = self.seat.clone()?;
        Some(Carry { account: self.account, seat, received: self.received, window: self.window })
    }

    /// A packet of lane 0 came.
    pub(super) fn count(&mut self, now: Instant) {
        self.received += 1;
        self.missing = self.missing.saturating_sub(1);
        self.untold_since.get_or_insert(now);
    }

    /// What is still to be sent again.
    pub(super) fn missing(&self) -> u32 {
        self.missing
    }

    /// The server stopped reading.
    pub(super) fn pause(&mut self) {
        self.voice = Voice::Paused;
        self.untold_since = None;
    }

    /// The count, for a packet that leaves now.
    pub(super) fn tell(&mut self) -> u64 {
        self.told = self.received;
        self.untold_since = None;
        self.received
    }

    /// Whether so much came that the server must be told at once.
    pub(super) fn is_telling_due(&self) -> bool {
        self.voice != Voice::Paused && self.received - self.told >= ACK_PACKETS_MAX
    }

    /// When the server must be told of what came.
    pub(super) fn tell_at(&self) -> Option<Instant> {
        self.untold_since.map(|since| since + ACK_DELAY)
    }
}

const ACK_DELAY: Duration = Duration::from_millis(ACK_MS_MAX as u64);
