//! The client's half of a WebSocket over memory: bytes in, bytes out, one binary message a frame.
//! Knows no sockets and no packets.

use std::io::{self, Read, Write};

use proto::{
    frame::Header,
    limits::{FRAME_HEADER_BYTES, SERVER_FRAME_BYTES_MAX},
};
use tungstenite::{
    Error as WsError, HandshakeError, Message, WebSocket,
    client::{IntoClientRequest, client_with_config},
    handshake::{MidHandshake, client::ClientHandshake},
    protocol::WebSocketConfig,
};

use crate::logic::transport::{Flow, TransportError};

/// A WebSocket that opens, then carries frames.
#[derive(Debug)]
pub struct WsClient {
    stage: Stage,
    /// Bytes of the server's HTTP response so far; parsed once it is whole.
    response: Vec<u8>,
}

impl WsClient {
    /// Begins the handshake with the server of this name; the request is ready to be sent.
    ///
    /// # Errors
    /// [`TransportError::ServerName`].
    pub fn new(host: &str) -> Result<Self, TransportError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let request = format!("ws://{host}/")
            .into_client_request()
            .map_err(|_| TransportError::ServerName { name: host.clone() })?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let mut client = Self { stage: Stage::Broken, response: Vec::new() };
        client.shake(client_with_config(request, Pipe::default(), Some(config)))?;
        Ok(client)
    }

    /// Whether frames may be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// Takes bytes of the server; appends whole frames to `frames`.
    ///
    /// # Errors
    /// [`TransportError::WebSocket`] and the refusals of what a server must not send.
    pub fn receive(&mut self, mut input: &[u8], frames: &mut Vec<u8>) -> Result<Flow, TransportError> {
        if let Stage::Shaking(_) = self.stage {
            // The parser counts short reads as an attack, so it gets the response in one piece.
            let seen = self.response.len().saturating_sub(HEAD_END.len());
            self.response.extend_from_slice(input);
            input = &[];
            let whole = self.response[seen..].windows(HEAD_END.len()).any(|bytes| bytes == HEAD_END);
            if !whole {
                let fits = self.response.len() <= RESPONSE_BYTES_MAX;
                return if fits { Ok(Flow::More) } else { Err(TransportError::ResponseTooLong) };
            }
            self.finish_handshake()?;
        }
        let Stage::Open(socket) = &mut self.stage else {
            return Err(TransportError::WebSocket("closed".to_owned()));
        };
        socket.get_mut().incoming.extend_from_slice(input);
        let flow = read_all(socket, frames)?;
        // Pongs to the server's pings, and the answer to its close.
        match socket.flush() {
            Ok(()) | Err(WsError::ConnectionClosed) => Ok(flow),
            Err(error) => Err(websocket_error(error)),
        }
    }

    /// Wraps one frame, header included.
    ///
    /// # Errors
    /// [`TransportError::WebSocket`], also before the handshake is done.
    pub fn send(&mut self, frame: &[u8]) -> Result<(), TransportError> {
        let Stage::Open(socket) = &mut self.stage else {
            return Err(TransportError::NotOpen);
        };
        socket.send(Message::binary(frame.to_vec())).map_err(websocket_error)
    }

    /// Moves what must go to the server to the end of `out`.
    pub fn take_output(&mut self, out: &mut Vec<u8>) {
        let pipe = match &mut self.stage {
            Stage::Shaking(handshake) => handshake.get_mut().get_mut(),
            Stage::Open(socket) => socket.get_mut(),
            Stage::Broken => return,
        };
        out.append(&mut pipe.outgoing);
    }

    fn finish_handshake(&mut self) -> Result<(), TransportError> {
        let Stage::Shaking(mut handshake) = std::mem::replace(&mut self.stage, Stage::Broken) else {
            return Err(TransportError::NotOpen);
        };
        handshake.get_mut().get_mut().incoming = std::mem::take(&mut self.response);
        self.shake(handshake.handshake())
    }

    fn shake(&mut self, result: Shaken) -> Result<(), TransportError> {
        self.stage = match result {
            Ok((socket, _)) => Stage::Open(Box::new(socket)),
            Err(HandshakeError::Interrupted(handshake)) => Stage::Shaking(Box::new(handshake)),
            Err(HandshakeError::Failure(error)) => return Err(websocket_error(error)),
        };
        Ok(())
    }
}

type Shaken = Result<
    (WebSocket<Pipe>, tungstenite::handshake::client::Response),
    HandshakeError<ClientHandshake<Pipe>>,
>;

#[derive(Debug)]
enum Stage {
    Shaking(Box<MidHandshake<ClientHandshake<Pipe>>>),
    Open(Box<WebSocket<Pipe>>),
    /// A handshake failed.
    Broken,
}

fn read_all(socket: &mut WebSocket<Pipe>, frames: &mut Vec<u8>) -> Result<Flow, TransportError> {
    loop {
        match socket.read() {
            Ok(Message::Binary(message)) => {
                check_one_frame(&message)?;
                frames.extend_from_slice(&message);
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Ok(Message::Text(_)) => return Err(TransportError::WsText),
            Ok(Message::Close(_)) | Err(WsError::ConnectionClosed | WsError::AlreadyClosed) => {
                return Ok(Flow::End);
            }
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flow::More),
            Err(error) => return Err(websocket_error(error)),
        }
    }
}

fn check_one_frame(message: &[u8]) -> Result<(), TransportError> {
    let whole = message.split_first_chunk().is_some_and(|(&header, body)| {
        // A header that does not decode is the session's to name.
        Header::decode(header, SERVER_FRAME_BYTES_MAX).map_or(true, |header| header.body_bytes == body.len())
    });
    if whole { Ok(()) } else { Err(TransportError::WsNotOneFrame { bytes: message.len() }) }
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(websocket_error)`")]
fn websocket_error(error: WsError) -> TransportError {
    TransportError::WebSocket(error.to_string())
}

/// What tungstenite takes for a socket.
#[derive(Debug, Default)]
struct Pipe {
    incoming: Vec<u8>,
    read_bytes: usize,
    outgoing: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.incoming[self.read_bytes..];
        if rest.is_empty() {
            self.incoming.clear();
            self.read_bytes = 0;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read_bytes += count;
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const MESSAGE_BYTES_MAX: usize = SERVER_FRAME_BYTES_MAX + FRAME_HEADER_BYTES;
const READ_BUFFER_BYTES: usize = 4 * 1024;
const RESPONSE_BYTES_MAX: usize = 16 * 1024;
const HEAD_END: &[u8] = b"\r\n\r\n";
