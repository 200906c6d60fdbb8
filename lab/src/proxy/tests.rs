//! Bytes that pass a proxy arrive as they left, whatever the weather, or not at all.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    time::Duration,
};

use super::{Direction, Proxy, Way, Weather};

const BOUND: Duration = Duration::from_secs(20);

/// Both ends of a link through a proxy.
fn linked() -> (Proxy, TcpStream, TcpStream) {
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = Proxy::tcp(server.local_addr().unwrap()).unwrap();
    let near = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    let far = server.accept().unwrap().0;
    near.set_read_timeout(Some(BOUND)).unwrap();
    far.set_read_timeout(Some(BOUND)).unwrap();
    (proxy, near, far)
}

fn arrives(mut from: &TcpStream, mut to: &TcpStream, bytes: &[u8]) {
    from.write_all(bytes).unwrap();
    let mut got = vec![0; bytes.len()];
    to.read_exact(&mut got).unwrap();
    assert_eq!(got, bytes);
}

#[test]
fn bytes_pass_in_both_directions_as_they_are() {
    let (proxy, near, far) = linked();
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    arrives(&near, &far, &bytes);
    arrives(&far, &near, b"back");
    assert_eq!(proxy.links(), 1);
}

#[test]
fn late_slow_and_in_single_bytes_they_arrive_all_the_same() {
    let (proxy, near, far) = linked();
    let way = Way {
        delay: Duration::from_millis(2),
        jitter: Duration::from_millis(2),
        piece_bytes: 1,
        bytes_per_s: 100_000,
        ..Way::default()
    };
    proxy.set(Weather { out: way, back: way });
    arrives(&near, &far, b"one after the other");
    arrives(&far, &near, b"and back");
}

#[test]
fn one_direction_may_be_silent_while_the_other_speaks_and_loses_nothing() {
    let (proxy, mut near, mut far) = linked();
    proxy.set(Weather { out: Way { stalls: true, ..Way::default() }, back: Way::default() });
    near.write_all(b"held").unwrap();
    arrives(&far, &near, b"heard");
    far.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(far.read(&mut [0; 8]).is_err(), "nothing comes");
    far.set_read_timeout(Some(BOUND)).unwrap();
    proxy.set(Weather::default());
    let mut got = [0; 4];
    far.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"held");
}

#[test]
fn a_link_is_cut_at_the_byte_that_was_named() {
    let (proxy, mut near, mut far) = linked();
    arrives(&near, &far, b"before");
    proxy.set(Weather { out: Way { cut_after_bytes: 7, ..Way::default() }, back: Way::default() });
    near.write_all(b"not all of this").unwrap();
    let mut got = Vec::new();
    far.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"not all");
    assert_eq!(near.read(&mut [0; 8]).unwrap_or(0), 0, "both ends are told");
}

#[test]
fn a_cut_ends_every_link_and_new_ones_pass() {
    let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = Proxy::tcp(server.local_addr().unwrap()).unwrap();
    for _ in 0..2 {
        let mut near = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        let mut far = server.accept().unwrap().0;
        arrives(&near, &far, b"one");
        assert_eq!(proxy.cut(), 1);
        assert_eq!(far.read(&mut [0; 8]).unwrap_or(0), 0);
        assert_eq!(near.read(&mut [0; 8]).unwrap_or(0), 0);
    }
}

#[test]
fn half_a_link_may_be_closed_by_its_end_or_by_the_proxy() {
    let (_proxy, near, mut far) = linked();
    near.shutdown(Shutdown::Write).unwrap();
    assert_eq!(far.read(&mut [0; 8]).unwrap(), 0);
    arrives(&far, &near, b"goes on");
    let (proxy, mut near, far) = linked();
    arrives(&near, &far, b"first");
    proxy.half_close(Direction::Back);
    assert_eq!(near.read(&mut [0; 8]).unwrap(), 0);
    arrives(&near, &far, b"goes on");
}

#[test]
fn unix_sockets_pass_too_and_who_meets_no_server_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (door, server) = (folder.path().join("door"), folder.path().join("server"));
    let proxy = Proxy::unix(&door, &server).unwrap();
    let mut lost = UnixStream::connect(&door).unwrap();
    assert_eq!(lost.read(&mut [0; 8]).unwrap_or(0), 0);
    let listener = UnixListener::bind(&server).unwrap();
    let mut near = UnixStream::connect(&door).unwrap();
    let mut far = listener.accept().unwrap().0;
    near.write_all(b"through").unwrap();
    let mut got = [0; 7];
    far.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"through");
    drop(proxy);
    assert_eq!(far.read(&mut [0; 8]).unwrap_or(0), 0);
    assert!(!door.exists());
}
