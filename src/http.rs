//! The smallest server of HTTP/1.1 that is honest: one short request a connection, everything bounded, on
//! threads of its own so that a process which is busy still answers. Knows no path; a [`Handler`] does.

#[cfg(test)]
mod tests;

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    accept::{Door, OpenDoor},
    clock,
};

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Without what follows a question mark.
    pub path: String,
    /// Names in small letters, and values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// At most [`BODY_BYTES_MAX`].
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name, given in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// What it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// 200 and its like.
    pub status: u16,
    /// Of the body.
    pub content_type: &'static str,
    /// Beside those that every answer has.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Whole.
    pub body: Vec<u8>,
}

impl Response {
    /// A line for people.
    #[must_use]
    pub fn text(status: u16, line: &str) -> Self {
        let body = format!("{line}\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", headers: Vec::new(), body }
    }
}

/// Answers a request, on that connection's thread: it may wait, for about as long as a client would. Its answers'
/// headers are constants, so that no request can put a line into one.
pub type Handler = Arc<dyn Fn(&Request) -> Response + Send + Sync>;

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// Open until it is closed or the process ends.
    pub door: OpenDoor,
}

/// Listens in a thread of its own.
///
/// # Errors
/// The address cannot be had, or no thread.
pub fn listen(address: SocketAddr, handler: Handler) -> io::Result<Server> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let handle = listener.try_clone()?.into();
    let accept = move || listener.accept().map(|(socket, _)| socket);
    // However a connection ends, it is the client's loss only.
    let door = OpenDoor::open(DOOR, handle, accept, move |socket| drop(serve(socket, &handler)))?;
    Ok(Server { address, door })
}

fn serve(mut socket: TcpStream, handler: &Handler) -> io::Result<()> {
    let deadline = clock::now() + DEADLINE;
    let response = match read_request(&mut socket, deadline)? {
        Ok(request) => handler(&request),
        Err(refused) => refused,
    };
    // The handler may have taken its time; who reads its answer gets as long again.
    let deadline = clock::now() + DEADLINE;
    write_response(&mut socket, &response, deadline)?;
    // Closed with bytes of a refused request unread, the socket would be reset and the answer lost.
    socket.shutdown(Shutdown::Write)?;
    let mut scratch = [0; 1024];
    let mut left = HEAD_BYTES_MAX + BODY_BYTES_MAX;
    while 0 < left {
        match read_some(&mut socket, &mut scratch, deadline)? {
            0 => break,
            bytes => left = left.saturating_sub(bytes),
        }
    }
    Ok(())
}

/// The next request, or the answer to one that is refused as it stands.
fn read_request(socket: &mut TcpStream, deadline: Instant) -> io::Result<Result<Request, Response>> {
    let mut bytes = Vec::new();
    let mut scratch = [0; 1024];
    let (mut request, body_from, body_bytes) = loop {
        match parse_head(&bytes) {
            Ok(Some(head)) => break head,
            Ok(None) if bytes.len() < HEAD_BYTES_MAX => {}
            Ok(None) => return Ok(Err(Response::text(431, "the request's head is too large"))),
            Err(refused) => return Ok(Err(refused)),
        }
        let room = scratch.len().min(HEAD_BYTES_MAX - bytes.len());
        match read_some(socket, &mut scratch[..room], deadline)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&scratch[..read]),
        }
    };
    request.body = bytes.split_off(body_from);
    if request.header("expect").is_some() && request.body.len() < body_bytes {
        socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    while request.body.len() < body_bytes {
        match read_some(socket, &mut scratch, deadline)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => request.body.extend_from_slice(&scratch[..read]),
        }
    }
    // What follows would be a second request, which nobody is promised.
    request.body.truncate(body_bytes);
    Ok(Ok(request))
}

/// A whole head with where its body begins and how long that is; nothing while some of it is missing.
fn parse_head(bytes: &[u8]) -> Result<Option<(Request, usize, usize)>, Response> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Request::new(&mut headers);
    let body_from = match head.parse(bytes) {
        Ok(httparse::Status::Complete(body_from)) => body_from,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Response::text(431, "too many headers")),
        Err(_) => return Err(Response::text(400, "not a request")),
    };
    let path = head.path.unwrap_or_default();
    let headers = head.headers.iter();
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        headers: headers.map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec())).collect(),
        body: Vec::new(),
    };
    // A page that somebody's browser loaded from elsewhere must not reach what listens on this machine.
    if request.header("origin").is_some() {
        return Err(Response::text(403, "not for browsers"));
    }
    if request.header("transfer-encoding").is_some() {
        return Err(Response::text(411, "say how long the body is: Content-Length"));
    }
    let lengths: Vec<_> = request.headers.iter().filter(|(name, _)| name == "content-length").collect();
    let length = match lengths.as_slice() {
        [] => Some(0),
        [(_, value)] if value.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(value).ok().and_then(|value| value.parse::<usize>().ok())
        }
        _ => None,
    };
    match length {
        None => Err(Response::text(400, "Content-Length is not a number")),
        Some(length) if BODY_BYTES_MAX < length => Err(Response::text(413, "the body is too large")),
        Some(length) => Ok(Some((request, body_from, length))),
    }
}

fn write_response(socket: &mut TcpStream, response: &Response, deadline: Instant) -> io::Result<()> {
    let Response { status, content_type, headers, body } = response;
    let reason = REASONS.iter().find(|(known, _)| known == status).map_or("", |(_, reason)| reason);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut bytes = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{headers}\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        socket.set_write_timeout(Some(left(deadline)?))?;
        match socket.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read_some(socket: &mut TcpStream, into: &mut [u8], deadline: Instant) -> io::Result<usize> {
    loop {
        socket.set_read_timeout(Some(left(deadline)?))?;
        match socket.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Until the deadline, which a client that sends a byte now and then does not push away.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(clock::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Bytes of a request's body.
pub const BODY_BYTES_MAX: usize = 4 * 1024;
const HEAD_BYTES_MAX: usize = 4 * 1024;
const HEADERS_MAX: usize = 64;
const DOOR: Door = Door { name: "http", peers_max: 16 };
/// From the connection until the whole request has come; and as long for its answer to go.
const DEADLINE: Duration = Duration::from_secs(5);
const REASONS: &[(u16, &str)] = &[
    (200, "OK"),
    (201, "Created"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (409, "Conflict"),
    (411, "Length Required"),
    (413, "Content Too Large"),
    (422, "Unprocessable Content"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];
