//! Takes in whoever connects, a thread each and so many at a time, as long as the process lives or the door is open. Knows no
//! protocol.

use std::{
    io,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread,
    time::Duration,
};

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// For the log, and of the threads.
    pub name: &'static str,
    /// Peers at a time; more are closed at once.
    pub peers_max: usize,
}

/// A door that stands open, in a thread of its own, until it is closed or the process ends.
#[derive(Debug)]
pub struct OpenDoor {
    /// The listener, to wake who waits at it.
    listener: OwnedFd,
    is_closing: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl OpenDoor {
    /// Serves each peer whom `accept` takes in; `listener` is another handle of where it waits.
    ///
    /// # Errors
    /// No thread is left.
    pub fn open<S: Send + 'static>(
        door: Door,
        listener: OwnedFd,
        mut accept: impl FnMut() -> io::Result<S> + Send + 'static,
        serve: impl Fn(S) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let is_closing = Arc::new(AtomicBool::new(false));
        let closing = Arc::clone(&is_closing);
        let thread = thread::Builder::new().name(door.name.to_owned()).spawn(move || {
            let incoming = std::iter::from_fn(|| {
                let peer = accept();
                (!closing.load(Acquire)).then_some(peer)
            });
            serve_each(door, incoming, serve);
        })?;
        Ok(Self { listener, is_closing, thread })
    }

    /// Lets nobody in any more; who is inside stays. When it returns, another process can have the place.
    pub fn close(self) {
        self.is_closing.store(true, Release);
        // Nobody waits at a listener that is shut: accepting fails there.
        let _ = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Both);
        drop(self.listener);
        // A panic in there has nobody left to hurt.
        let _ = self.thread.join();
    }
}

/// Serves each of `incoming`, in a thread of its own, until there are none. A failed accept is a lack of
/// descriptors, which others give back: until then not every try, for the peer that waits would wake us again at once.
fn serve_each<S: Send + 'static>(
    door: Door,
    incoming: impl Iterator<Item = io::Result<S>>,
    serve: impl Fn(S) + Clone + Send + 'static,
) {
    serve_each_with(door, incoming, serve, || thread::park_timeout(AGAIN));
}

fn serve_each_with<S: Send + 'static>(
    door: Door,
    incoming: impl Iterator<Item = io::Result<S>>,
    serve: impl Fn(S) + Clone + Send + 'static,
    mut pause: impl FnMut(),
) {
    let Door { name, peers_max } = door;
    let open = Arc::new(AtomicUsize::new(0));
    let mut is_told = false;
    for peer in incoming {
        let peer = match peer {
            Ok(peer) => peer,
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!(event = "accept.exhausted", door = name, %error);
                }
                pause();
                continue;
            }
        };
        is_told = false;
        let Some(place) = Place::take(&open, peers_max) else { continue };
        let serve = serve.clone();
        // Where no thread can be had, the peer sees its connection end.
        let _ = thread::Builder::new().name(format!("{name}-peer")).spawn(move || {
            let _place = place;
            serve(peer);
        });
    }
}

/// One of the peers at a time; given back even by one whose thread panics.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>, max: usize) -> Option<Self> {
        let place = Self(Arc::clone(open));
        (open.fetch_add(1, Relaxed) < max).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

const AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    const DOOR: Door = Door { name: "door", peers_max: 2 };

    /// Who is served, by number, and how often it paused on the way.
    fn served(
        incoming: Vec<Option<u32>>,
        serve: impl Fn(u32) + Clone + Send + 'static,
    ) -> (Receiver<u32>, u32) {
        let (sender, seen) = channel();
        let mut pauses = 0;
        let incoming =
            incoming.into_iter().map(|peer| peer.ok_or_else(|| io::Error::from_raw_os_error(EMFILE)));
        let serve = move |peer| {
            sender.send(peer).expect("the test listens");
            serve(peer);
        };
        serve_each_with(DOOR, incoming, serve, || pauses += 1);
        (seen, pauses)
    }

    #[test]
    fn each_failed_accept_is_followed_by_a_pause_and_whoever_comes_after_it_is_served() {
        let (seen, pauses) = served(vec![None, None, Some(1), None, Some(2), None], |_| ());
        let mut seen: Vec<u32> = seen.iter().collect();
        seen.sort_unstable();
        assert_eq!((seen, pauses), (vec![1, 2], 4));
    }

    #[test]
    fn no_more_are_inside_than_may_be() {
        let (leave, leaving) = channel::<()>();
        let leaving = Arc::new(std::sync::Mutex::new(leaving));
        let stay = move |_| {
            // Until the test lets go of its end.
            let _ = leaving.lock().map(|leaving| leaving.recv());
        };
        let (seen, _) = served(vec![Some(1), Some(2), Some(3)], stay);
        drop(leave);
        let mut seen: Vec<u32> = seen.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
    }

    #[test]
    fn a_door_that_was_closed_leaves_its_place_to_others() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let handle = listener.try_clone().expect("a handle").into();
        let (sender, seen) = channel();
        let serve = move |peer| drop(sender.send(peer));
        let accept = move || listener.accept().map(|(socket, _)| socket);
        let door = OpenDoor::open(DOOR, handle, accept, serve).expect("open");
        let _inside = std::net::TcpStream::connect(address).expect("in");
        seen.recv().expect("served");
        door.close();
        assert!(std::net::TcpStream::connect(address).is_err());
        std::net::TcpListener::bind(address).expect("free");
    }

    #[test]
    fn a_place_comes_back_from_a_thread_that_panics() {
        let open = Arc::new(AtomicUsize::new(0));
        let place = Place::take(&open, 1).expect("free");
        assert!(Place::take(&open, 1).is_none());
        let panicked = thread::spawn(move || {
            let _place = place;
            panic!("for the test");
        });
        assert!(panicked.join().is_err());
        assert!(Place::take(&open, 1).is_some());
    }

    const EMFILE: i32 = 24;
}
