//! What an accepted socket is like.

use std::net::TcpStream;

use mio::{Events, Poll};
use socket2::SockRef;

use super::*;

#[test]
fn an_accepted_socket_notices_that_its_peer_is_dead() {
    let mut poll = Poll::new().expect("a poll");
    let bound = Bound::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let address = bound.address().expect("its address");
    let mut listener = bound.listen(poll.registry(), Token(0)).expect("a listener");
    let _client = TcpStream::connect(address).expect("a listener");
    poll.poll(&mut Events::with_capacity(8), None).expect("a client");
    listener.ready();
    let mut accepted = Vec::new();
    listener.accept(0, |socket, _| accepted.push(socket));
    let socket = SockRef::from(&accepted[0]);
    assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(UNACKNOWLEDGED_MAX));
    assert!(socket.keepalive().expect("an option"));
    assert_eq!(socket.tcp_keepalive_time().expect("an option"), ALIVE_IDLE);
    assert_eq!(socket.tcp_keepalive_interval().expect("an option"), ALIVE_INTERVAL);
    assert_eq!(socket.tcp_keepalive_retries().expect("an option"), ALIVE_PROBES);
}
