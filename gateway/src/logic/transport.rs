//! A connection's bytes to frames and back, whatever it is wrapped in: frames over TCP, WebSocket, and
//! either of them in TLS, told apart by the first bytes. Knows no sockets and no packets.

mod sniff;
#[cfg(test)]
mod tests;
mod tls;
mod ws;

use std::sync::Arc;

use bytes::Bytes;
use proto::{
    close::CloseReason,
    frame::{FrameBuf, Header},
};
use rustls::ServerConfig;

use sniff::{Sniff, Sniffed};
use tls::Tls;
use ws::Ws;

/// Who takes the frames of one connection.
pub trait FrameSink {
    /// The transport is known; comes once, before the first frame.
    fn on_transport(&mut self, kind: TransportKind);
    /// Bytes of the next frame's body at most. May grow between frames.
    fn frame_max(&self) -> usize;
    /// Takes one frame, its body as it came.
    ///
    /// # Errors
    /// Why the connection ends.
    fn on_frame(&mut self, header: Header, body: &[u8]) -> Result<(), CloseReason>;
    /// The client made the transport itself work, as much as that many packets do.
    fn on_overhead(&mut self, cost: u64);
    /// No further frame now: the rest is kept until the next call of [`Transport::receive`].
    fn is_paused(&self) -> bool;
}

/// What a connection speaks. The number travels in the link's `opened`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TransportKind {
    /// Frames over TCP.
    Raw = 0,
    /// Frames in TLS.
    Tls = 1,
    /// WebSocket.
    Ws = 2,
    /// WebSocket in TLS.
    Wss = 3,
}

impl TransportKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Tls, Self::Ws, Self::Wss];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }
}

/// What every connection of a listener shares.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// With which certificate; without one TLS is refused.
    pub tls: Option<Arc<ServerConfig>>,
    /// Origins from which a browser may come; empty: the host that it asked for.
    pub allowed_origins: Vec<String>,
}

/// One connection's layers.
#[derive(Debug, Default)]
pub struct Transport {
    tls: Option<Box<Tls>>,
    inner: Inner,
    wire: Wire,
}

/// Bytes ready for the socket, of transports that wrap frames.
#[derive(Debug, Default)]
pub struct Wire {
    bytes: Vec<u8>,
    sent: usize,
}

impl Wire {
    /// What the socket has not taken.
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// The socket took this many bytes. A drained wire keeps no memory.
    pub fn consume(&mut self, bytes: usize) {
        self.sent += bytes;
        assert!(self.sent <= self.bytes.len());
        if self.sent == self.bytes.len() {
            *self = Self::default();
        }
    }
}

#[derive(Debug)]
enum Inner {
    Unknown(Sniff),
    Raw(Raw),
    Ws(Box<Ws>),
}

impl Default for Inner {
    fn default() -> Self {
        Self::Unknown(Sniff::default())
    }
}

impl Transport {
    /// Takes bytes as they came and hands whole frames to `sink`. Without bytes: goes on after a pause.
    ///
    /// # Errors
    /// Why the connection ends; what was said to the client about it may wait in the wire.
    pub fn receive(
        &mut self,
        input: &[u8],
        setup: &Setup,
        sink: &mut impl FrameSink,
    ) -> Result<(), CloseReason> {
        let mut rest = input;
        if let (None, Inner::Unknown(sniff)) = (&self.tls, &mut self.inner) {
            let used = sniff.take(input);
            rest = &input[used..];
            if sniff.kind() == Some(Sniffed::Tls) {
                let first = sniff.bytes().to_vec();
                let config = setup.tls.as_ref().ok_or(CloseReason::BadTransport)?;
                self.tls = Some(Box::new(Tls::new(config)?));
                self.inner = Inner::default();
                self.receive_tls(&first, setup, sink)?;
            } else {
                self.inner.leave_unknown(TransportKind::Raw, TransportKind::Ws, sink)?;
                self.receive_inner(&[], setup, sink)?;
            }
        }
        if self.tls.is_some() {
            self.receive_tls(rest, setup, sink)
        } else {
            self.receive_inner(rest, setup, sink)
        }
    }

    /// The bytes are as the socket wants them: frames may be written past this transport.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.tls.is_none() && matches!(self.inner, Inner::Raw(_))
    }

    /// Frames can be sent: the transport is known and its handshake done.
    #[must_use]
    pub fn can_send(&self) -> bool {
        match &self.inner {
            Inner::Unknown(_) => false,
            Inner::Raw(_) => true,
            Inner::Ws(ws) => ws.can_send(),
        }
    }

    /// Wraps one frame and puts it on the wire.
    ///
    /// # Errors
    /// [`CloseReason::BadTransport`] if the layer has ended.
    pub fn send(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        let plain = match &mut self.inner {
            Inner::Unknown(_) => return Err(CloseReason::BadTransport),
            Inner::Raw(_) => frame,
            Inner::Ws(ws) => {
                ws.send(frame)?;
                ws.take_output().into()
            }
        };
        put_plain(&mut self.wire, self.tls.as_deref_mut(), &plain)
    }

    /// Says goodbye in the transport's own words, after the last frame.
    ///
    /// # Errors
    /// As [`Transport::send`].
    pub fn finish(&mut self) -> Result<(), CloseReason> {
        if let Inner::Ws(ws) = &mut self.inner {
            ws.close();
            let output = ws.take_output();
            put_plain(&mut self.wire, self.tls.as_deref_mut(), &output)?;
        }
        match &mut self.tls {
            None => Ok(()),
            Some(tls) => tls.close(&mut self.wire.bytes),
        }
    }

    /// Something waits for the socket.
    #[must_use]
    pub fn has_wire(&self) -> bool {
        !self.wire.waiting().is_empty()
    }

    /// What waits for the socket.
    pub fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    fn receive_inner(
        &mut self,
        input: &[u8],
        setup: &Setup,
        sink: &mut impl FrameSink,
    ) -> Result<(), CloseReason> {
        let result = self.inner.receive(input, setup, sink);
        let output = self.inner.take_output();
        self.wire.bytes.extend_from_slice(&output);
        result
    }

    fn receive_tls(
        &mut self,
        input: &[u8],
        setup: &Setup,
        sink: &mut impl FrameSink,
    ) -> Result<(), CloseReason> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        let inner = &mut self.inner;
        let mut result = inner.receive(&[], setup, sink);
        if result.is_ok() {
            result = tls.receive(input, |plain, is_paused| {
                if let Some(plain) = plain {
                    if let Inner::Unknown(sniff) = inner {
                        let used = sniff.take(plain);
                        inner.leave_unknown(TransportKind::Tls, TransportKind::Wss, sink)?;
                        inner.receive(&[], setup, sink)?;
                        inner.receive(&plain[used..], setup, sink)?;
                    } else {
                        inner.receive(plain, setup, sink)?;
                    }
                }
                *is_paused = sink.is_paused();
                Ok(())
            });
        }
        let output = self.inner.take_output();
        let sent = put_plain(&mut self.wire, self.tls.as_deref_mut(), &output);
        result.and(sent)
    }
}

/// Puts plaintext on the wire, through TLS if there is one, and what TLS itself has to say.
fn put_plain(wire: &mut Wire, tls: Option<&mut Tls>, plain: &[u8]) -> Result<(), CloseReason> {
    match tls {
        None => wire.bytes.extend_from_slice(plain),
        Some(tls) => tls.send(plain, &mut wire.bytes)?,
    }
    Ok(())
}

impl Inner {
    /// Once enough bytes are here to tell, becomes what they tell, holding them.
    fn leave_unknown(
        &mut self,
        raw: TransportKind,
        ws: TransportKind,
        sink: &mut impl FrameSink,
    ) -> Result<(), CloseReason> {
        let Self::Unknown(sniff) = self else { return Ok(()) };
        let held = sniff.bytes().to_vec();
        match sniff.kind() {
            None => {}
            Some(Sniffed::Raw) => {
                sink.on_transport(raw);
                *self = Self::Raw(Raw { frames: FrameBuf::default(), held });
            }
            Some(Sniffed::Ws) => {
                sink.on_transport(ws);
                *self = Self::Ws(Box::new(Ws::new(held)));
            }
            // TLS inside TLS, or TLS where a frame must come.
            Some(Sniffed::Tls) => return Err(CloseReason::BadTransport),
        }
        Ok(())
    }

    fn receive(&mut self, input: &[u8], setup: &Setup, sink: &mut impl FrameSink) -> Result<(), CloseReason> {
        match self {
            Self::Unknown(_) => Ok(()),
            Self::Raw(raw) => raw.receive(input, sink),
            Self::Ws(ws) => ws.receive(input, setup, sink),
        }
    }

    fn take_output(&mut self) -> Vec<u8> {
        match self {
            Self::Unknown(_) | Self::Raw(_) => Vec::new(),
            Self::Ws(ws) => ws.take_output(),
        }
    }
}

/// A stream of frames.
#[derive(Debug)]
struct Raw {
    frames: FrameBuf,
    /// Came before a pause, waits for its end.
    held: Vec<u8>,
}

impl Raw {
    fn receive(&mut self, input: &[u8], sink: &mut impl FrameSink) -> Result<(), CloseReason> {
        if self.held.is_empty() {
            let rest = self.feed(input, sink)?;
            if !rest.is_empty() {
                self.held = rest.to_vec();
            }
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(input);
        self.held = self.feed(&all, sink)?.to_vec();
        Ok(())
    }

    fn feed<'a>(&mut self, mut input: &'a [u8], sink: &mut impl FrameSink) -> Result<&'a [u8], CloseReason> {
        while !input.is_empty() && !sink.is_paused() {
            let max = sink.frame_max();
            input = self.frames.feed_one(input, max, |header, body| sink.on_frame(header, body))?;
        }
        Ok(input)
    }
}
