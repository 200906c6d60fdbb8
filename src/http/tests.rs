//! A real socket on loopback, spoken to in bytes.

use super::*;

fn echo() -> SocketAddr {
    let handler: Handler = Arc::new(|request: &Request| Response {
        status: 200,
        content_type: "text/plain",
        headers: vec![("Retry-After", "1")],
        body: format!("{} {} {}", request.method, request.path, String::from_utf8_lossy(&request.body))
            .into_bytes(),
    });
    listen(SocketAddr::from(([127, 0, 0, 1], 0)), handler).expect("listening").address
}

fn said(to: SocketAddr, parts: &[&[u8]]) -> String {
    let mut socket = TcpStream::connect(to).expect("in");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    for part in parts {
        // Refused before all of it was sent, the rest may not be taken any more.
        let _ = socket.write_all(part);
    }
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8(answer).expect("text")
}

#[test]
fn a_request_in_any_pieces_gets_one_whole_answer() {
    let to = echo();
    let whole = b"POST /v1/x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for cut in 0..whole.len() {
        let (first, second) = whole.split_at(cut);
        let answer = said(to, &[first, second]);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "cut at {cut}: {answer}");
        assert!(answer.contains("\r\nContent-Length: 16\r\nRetry-After: 1\r\n"), "cut at {cut}: {answer}");
        assert!(answer.ends_with("\r\n\r\nPOST /v1/x hello"), "cut at {cut}: {answer}");
    }
}

#[test]
fn what_is_too_large_or_no_request_is_refused_by_its_number() {
    let to = echo();
    let status = |request: &str| said(to, &[request.as_bytes()]).get(9..12).map(str::to_owned);
    let long_head = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(HEAD_BYTES_MAX));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(HEADERS_MAX + 1));
    let longest = format!("POST / HTTP/1.1\r\nContent-Length: 4096\r\n\r\n{}", "x".repeat(4096));
    for (request, expected) in [
        (long_head.as_str(), "431"),
        (many.as_str(), "431"),
        (longest.as_str(), "200"),
        ("\u{1}\u{2}\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nContent-Length: 4097\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411"),
        ("GET /metrics HTTP/1.1\r\nOrigin: https://evil.example\r\n\r\n", "403"),
        ("GET / HTTP/1.1\r\n\r\n", "200"),
    ] {
        assert_eq!(status(request).as_deref(), Some(expected), "{request:?}");
    }
}

#[test]
fn a_body_is_asked_for_when_the_client_waits_to_be() {
    let to = echo();
    let mut socket = TcpStream::connect(to).expect("in");
    let head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    socket.write_all(head).expect("sent");
    let mut go_on = [0; 25];
    socket.read_exact(&mut go_on).expect("asked");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"ok").expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("answered");
    assert!(answer.ends_with("POST / ok"), "{answer}");
}

#[test]
fn a_client_that_takes_its_time_is_given_up_at_the_deadline_whatever_it_sends() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut client = TcpStream::connect(listener.local_addr().expect("an address")).expect("in");
    let (mut socket, _) = listener.accept().expect("there");
    client.write_all(b"GET / HT").expect("sent");
    let error = read_request(&mut socket, clock::now()).expect_err("over");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    let soon = clock::now() + Duration::from_millis(1);
    let error = read_request(&mut socket, soon).expect_err("the rest never comes");
    assert!(matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{error}");
}

#[test]
fn too_many_connections_are_closed_at_once_and_those_inside_are_served() {
    let to = echo();
    let mut inside: Vec<TcpStream> =
        (0..DOOR.peers_max).map(|_| TcpStream::connect(to).expect("in")).collect();
    // Accepted in order: when this one is closed, those before it are in.
    let mut turned_away = TcpStream::connect(to).expect("connected");
    turned_away.set_read_timeout(Some(DEADLINE)).expect("set");
    assert!(!matches!(turned_away.read(&mut [0]), Ok(1..)), "nobody answers");
    for socket in &mut inside {
        socket.write_all(b"GET /a HTTP/1.1\r\n\r\n").expect("sent");
        socket.shutdown(Shutdown::Write).expect("done");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("answered");
        assert!(answer.ends_with("GET /a "), "{answer}");
    }
}
