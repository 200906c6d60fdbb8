//! The small size of each load: does the engine count what the bare servers really do.

use std::{net::SocketAddr, os::fd::OwnedFd, os::unix::net::UnixStream, thread, time::Duration};

use super::{
    bare::{Bare as BareCodec, Expect},
    depth::{self, DepthOptions},
    fan::{self, FanOptions},
    payload,
    pool::Pool,
    read_payload,
};
use crate::bare::{Bare, listen};

/// A bare server on a thread of its own; ends when the second value is dropped.
fn serve(bare: Bare) -> (SocketAddr, UnixStream) {
    let (stop, held) = UnixStream::pair().unwrap();
    let listener = listen().unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || bare.serve(listener, &OwnedFd::from(stop)).unwrap());
    (addr, held)
}

const SHORT: Duration = Duration::from_millis(30);

#[test]
fn a_payload_with_one_wrong_bit_is_not_read() {
    let good = payload(3, 77);
    assert_eq!(read_payload(&good), Some((3, 77)));
    for bit in 0..good.len() * 8 {
        let mut bad = good;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(read_payload(&bad), Some((3, 77)), "bit {bit}");
    }
}

#[test]
fn echoes_come_back_through_the_bare_relay_at_any_depth() {
    let (backend, _backend_held) = serve(Bare::Echo);
    let (relay, _relay_held) = serve(Bare::Relay { backend });
    let mut pool = Pool::open(relay, 20, BareCodec::new(Expect::Echo)).unwrap();
    for depth in [1, 16] {
        let counted = depth::run(&mut pool, DepthOptions { depth, warm: SHORT, window: SHORT }).unwrap();
        assert!(counted.per_s() >= 0.0);
    }
    let mut lone = Pool::open(relay, 1, BareCodec::new(Expect::Echo)).unwrap();
    assert_eq!(depth::run_lone(&mut lone, 5, 50).unwrap().len(), 50);
}

#[test]
fn everybody_hears_every_message_of_a_bare_fan_out() {
    let (addr, _held) = serve(Bare::Fanout);
    let mut pool = Pool::open(addr, 30, BareCodec::new(Expect::Fan)).unwrap();
    let options = FanOptions { burst: 50, answered: false, warm: SHORT, window: SHORT };
    for _ in 0..2 {
        fan::run(&mut pool, options).unwrap();
    }
}

#[test]
fn a_server_that_closes_is_an_error_by_name() {
    let (addr, held) = serve(Bare::Fanout);
    let mut pool = Pool::open(addr, 2, BareCodec::new(Expect::Fan)).unwrap();
    drop(held);
    let options = FanOptions { burst: 1, answered: false, warm: SHORT, window: Duration::from_secs(30) };
    let code = fan::run(&mut pool, options).unwrap_err().code();
    assert!(["LOAD_CLOSED", "LOAD_IO"].contains(&code), "{code}");
}
