//! The WebSocket layer: an HTTP request, then messages of one frame each. The library reads and writes
//! an in-memory pipe.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
};

use bytes::Bytes;
use proto::{close::CloseReason, frame::Header, limits::FRAME_HEADER_BYTES};
use tungstenite::{
    Error as WsError, Message, WebSocket,
    handshake::{
        machine::TryParse,
        server::{Request, create_response, write_response},
    },
    http::header::{HOST, ORIGIN},
    protocol::{Role, WebSocketConfig},
};

use super::{FrameSink, Setup};

/// One connection's WebSocket.
#[derive(Debug)]
pub(super) enum Ws {
    /// The request, as far as it has come, and what is said in answer.
    Asking { request: Vec<u8>, output: Vec<u8> },
    /// Messages.
    Open(Box<Messages>),
}

pub(super) struct Messages {
    socket: WebSocket<Pipe>,
    /// What the library was told last.
    frame_max: usize,
    /// Bytes that came and were no message of ours yet.
    unpaid: usize,
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").field("frame_max", &self.frame_max).finish_non_exhaustive()
    }
}

impl Ws {
    /// With the request's first bytes.
    pub(super) fn new(request: Vec<u8>) -> Self {
        Self::Asking { request, output: Vec::new() }
    }

    pub(super) fn can_send(&self) -> bool {
        match self {
            Self::Asking { .. } => false,
            Self::Open(messages) => messages.socket.can_write(),
        }
    }

    pub(super) fn receive(
        &mut self,
        input: &[u8],
        setup: &Setup,
        sink: &mut impl FrameSink,
    ) -> Result<(), CloseReason> {
        if let Self::Asking { request, output } = self {
            let searched = request.len().saturating_sub(REQUEST_END.len() - 1);
            request.extend_from_slice(input);
            let end = request[searched..].windows(REQUEST_END.len()).position(|bytes| bytes == REQUEST_END);
            let Some(end) = end else {
                let is_bounded = request.len() <= REQUEST_BYTES_MAX;
                return if is_bounded { Ok(()) } else { Err(CloseReason::BadTransport) };
            };
            let end = searched + end + REQUEST_END.len();
            answer(&request[..end], setup, output)?;
            let pipe = Pipe { input: request[end..].to_vec(), read: 0, output: std::mem::take(output) };
            let frame_max = sink.frame_max();
            let socket = WebSocket::from_raw_socket(pipe, Role::Server, Some(config(frame_max)));
            *self = Self::Open(Box::new(Messages { socket, frame_max, unpaid: 0 }));
            return self.receive(&[], setup, sink);
        }
        match self {
            Self::Asking { .. } => Ok(()),
            Self::Open(messages) => messages.receive(input, sink),
        }
    }

    pub(super) fn send(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        match self {
            Self::Asking { .. } => Err(CloseReason::BadTransport),
            Self::Open(messages) => {
                messages.socket.write(Message::Binary(frame)).map_err(|_| CloseReason::BadTransport)
            }
        }
    }

    /// Sends the close frame; one that cannot be sent has been sent, or has no reader.
    pub(super) fn close(&mut self) {
        if let Self::Open(messages) = self
            && messages.socket.close(None).is_ok()
        {
            messages.flush();
        }
    }

    pub(super) fn take_output(&mut self) -> Vec<u8> {
        match self {
            Self::Asking { output, .. } => std::mem::take(output),
            Self::Open(messages) => std::mem::take(&mut messages.socket.get_mut().output),
        }
    }
}

impl Messages {
    fn receive(&mut self, input: &[u8], sink: &mut impl FrameSink) -> Result<(), CloseReason> {
        self.socket.get_mut().push(input);
        self.unpaid += input.len();
        let result = self.read(sink);
        self.flush();
        if 2 * (FRAME_HEADER_BYTES + self.frame_max) < self.overhead() {
            // One message in crumbs: its headers are more than itself may be.
            return result.and(Err(CloseReason::BadTransport));
        }
        result
    }

    /// Bytes that the library took and that no message paid for, beyond what it may hold of the next.
    fn overhead(&self) -> usize {
        let pipe = self.socket.get_ref();
        self.unpaid.saturating_sub(pipe.input.len() - pipe.read + 2 * READ_BUFFER_BYTES)
    }

    /// A message of this length came. The sink counts it, but not the fragments that it was cut into, nor
    /// messages of the protocol itself.
    fn pay(&mut self, bytes: usize, sink: &mut impl FrameSink) {
        self.unpaid = self.unpaid.saturating_sub(bytes + HEADER_BYTES_MAX);
        let overhead = self.overhead();
        self.unpaid -= overhead;
        sink.on_overhead((overhead / HEADER_BYTES_MIN) as u64);
    }

    fn read(&mut self, sink: &mut impl FrameSink) -> Result<(), CloseReason> {
        while !sink.is_paused() {
            let frame_max = sink.frame_max();
            if frame_max != self.frame_max {
                self.frame_max = frame_max;
                self.socket.set_config(|old| *old = config(frame_max));
            }
            match self.socket.read() {
                Ok(Message::Binary(message)) => {
                    self.pay(message.len(), sink);
                    let (&header, body) = message.split_first_chunk().ok_or(CloseReason::BadFrame)?;
                    let header = Header::decode(header, frame_max)?;
                    if header.body_bytes != body.len() {
                        return Err(CloseReason::BadFrame);
                    }
                    sink.on_frame(header, body)?;
                }
                Ok(Message::Text(_)) => return Err(CloseReason::BadFrame),
                Ok(Message::Ping(body) | Message::Pong(body)) => {
                    self.unpaid = self.unpaid.saturating_sub(body.len() + HEADER_BYTES_MIN);
                    sink.on_overhead(1);
                }
                Ok(Message::Frame(_)) => {}
                Ok(Message::Close(_)) => return Err(CloseReason::Gone),
                Err(error) => return refusal(&error),
            }
        }
        Ok(())
    }

    fn flush(&mut self) {
        // The pipe takes everything; an error here says only that the close has been said.
        drop(self.socket.flush());
    }
}

/// What an error of the library means: that the pipe is empty, or the end.
fn refusal(error: &WsError) -> Result<(), CloseReason> {
    match error {
        WsError::Io(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        WsError::ConnectionClosed | WsError::AlreadyClosed => Err(CloseReason::Gone),
        WsError::Capacity(_) => Err(CloseReason::FrameTooLarge),
        _ => Err(CloseReason::BadTransport),
    }
}

/// Reads the request and writes what is answered: welcome, or no.
fn answer(request: &[u8], setup: &Setup, output: &mut Vec<u8>) -> Result<(), CloseReason> {
    let parsed = match Request::try_parse(request) {
        Ok(Some((_, parsed))) => parsed,
        Ok(None) | Err(_) => return refuse(output, "400 Bad Request"),
    };
    if !origin_is_allowed(&parsed, setup) {
        return refuse(output, "403 Forbidden");
    }
    let Ok(response) = create_response(&parsed) else {
        return refuse(output, "400 Bad Request");
    };
    write_response(output, &response).map_err(|_| CloseReason::BadTransport)
}

fn refuse(output: &mut Vec<u8>, status: &str) -> Result<(), CloseReason> {
    let response = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    output.extend_from_slice(response.as_bytes());
    Err(CloseReason::BadTransport)
}

/// A browser names the page's origin; a program need not. Without a list the page must come from the
/// host that it connects to.
fn origin_is_allowed(request: &Request, setup: &Setup) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if !setup.allowed_origins.is_empty() {
        return setup.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin));
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    match (origin.split_once("://"), host) {
        (Some((_, origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        (None, _) | (_, None) => false,
    }
}

fn config(frame_max: usize) -> WebSocketConfig {
    let message_max = FRAME_HEADER_BYTES + frame_max;
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(message_max))
        .max_frame_size(Some(message_max))
}

/// What the library takes for a stream.
struct Pipe {
    input: Vec<u8>,
    read: usize,
    output: Vec<u8>,
}

impl Pipe {
    fn push(&mut self, input: &[u8]) {
        self.input.extend_from_slice(input);
    }
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let waiting = &self.input[self.read..];
        if waiting.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes = waiting.len().min(out.len());
        out[..bytes].copy_from_slice(&waiting[..bytes]);
        self.read += bytes;
        if self.read == self.input.len() {
            self.input = Vec::new();
            self.read = 0;
        }
        Ok(bytes)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client's frame header with its mask.
const HEADER_BYTES_MIN: usize = 6;
const HEADER_BYTES_MAX: usize = 14;
const REQUEST_END: &[u8] = b"\r\n\r\n";
/// An upgrade request with its cookies.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// The library's read buffer, which it keeps for the connection's life.
const READ_BUFFER_BYTES: usize = 1024;
