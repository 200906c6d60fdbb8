//! Stands between the two ends of a link, TCP or Unix socket, and makes its weather: late, slow, in single bytes,
//! silent in one direction, closed in one, cut in the middle. Knows nothing of what the bytes mean. Uses the standard
//! library alone, so that tests anywhere can include this file.

mod ends;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use ends::{Door, End};

/// See the module. Links end with it.
pub struct Proxy {
    sky: Arc<Sky>,
    port: u16,
    place: Option<PathBuf>,
}

/// Both directions of every link of a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// From whoever connects.
    pub out: Way,
    /// Back to it.
    pub back: Way,
}

/// One direction. The default lets everything pass as it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// What is read waits so long before it goes on.
    pub delay: Duration,
    /// And up to so much longer, by chance.
    pub jitter: Duration,
    /// Every write has at most so many bytes; 0: as read.
    pub piece_bytes: usize,
    /// 0: as fast as it goes.
    pub bytes_per_s: u64,
    /// Nothing passes and nothing is lost, as long as it is so.
    pub stalls: bool,
    /// A link is cut when this direction has carried so many further bytes; 0: it is not.
    pub cut_after_bytes: u64,
}

/// A direction, for what is done to it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From whoever connects.
    Out,
    /// Back to it.
    Back,
}

/// What all threads of a proxy share.
struct Sky {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    weather: Weather,
    /// Counts changes, so that a limit of bytes begins anew with each.
    change: u64,
    links: BTreeMap<u64, (Arc<End>, Arc<End>)>,
    accepted: u64,
    is_over: bool,
}

impl Proxy {
    /// Before a server of TCP, at a free port of this machine.
    ///
    /// # Errors
    /// What the system says.
    pub fn tcp(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        Ok(Self::start(Door::Tcp(listener, server), port, None))
    }

    /// Before a server of Unix sockets, at this new path.
    ///
    /// # Errors
    /// What the system says.
    pub fn unix(place: &Path, server: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(place)?;
        Ok(Self::start(Door::Unix(listener, server.to_owned()), 0, Some(place.to_owned())))
    }

    fn start(door: Door, port: u16, place: Option<PathBuf>) -> Self {
        let sky = Arc::new(Sky { state: Mutex::default(), changed: Condvar::new() });
        let under = sky.clone();
        thread::spawn(move || {
            // Ends when nobody can come any more, or the proxy is gone.
            while let Ok(client) = door.accept() {
                if under.lock().is_over {
                    return;
                }
                // A server that is not there: whoever came sees its connection end.
                let Ok(server) = door.connect() else { continue };
                link(&under, client, server);
            }
        });
        Self { sky, port, place }
    }

    /// Of a proxy of TCP.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, for all links and those to come.
    pub fn set(&self, weather: Weather) {
        let mut state = self.sky.lock();
        state.weather = weather;
        state.change += 1;
        self.sky.changed.notify_all();
    }

    /// Ends every link; says how many.
    pub fn cut(&self) -> usize {
        let mut state = self.sky.lock();
        for (client, server) in state.links.values() {
            client.close(Shutdown::Both);
            server.close(Shutdown::Both);
        }
        let cut = state.links.len();
        state.links.clear();
        self.sky.changed.notify_all();
        cut
    }

    /// Says to the receivers of this direction that nothing more will come; the other direction goes on.
    pub fn half_close(&self, direction: Direction) {
        for (client, server) in self.sky.lock().links.values() {
            let end = match direction {
                Direction::Out => server,
                Direction::Back => client,
            };
            end.close(Shutdown::Write);
        }
    }

    /// Links there are.
    #[must_use]
    pub fn links(&self) -> usize {
        self.sky.lock().links.len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.sky.lock().is_over = true;
        self.cut();
        // Wakes the one who accepts.
        match &self.place {
            Some(place) => {
                drop(std::os::unix::net::UnixStream::connect(place));
                let _ = std::fs::remove_file(place);
            }
            None => drop(std::net::TcpStream::connect(("127.0.0.1", self.port))),
        }
    }
}

impl Sky {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The weather of a direction of a link, as soon as it lets anything pass; nothing when the link is over.
    fn way(&self, link: u64, direction: Direction) -> Option<(Way, u64)> {
        let mut state = self.lock();
        loop {
            state.links.contains_key(&link).then_some(())?;
            let way = match direction {
                Direction::Out => state.weather.out,
                Direction::Back => state.weather.back,
            };
            if !way.stalls {
                return Some((way, state.change));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Passes time, less of it if the weather changes.
    fn wait(&self, time: Duration) {
        if !time.is_zero() {
            drop(self.changed.wait_timeout(self.lock(), time));
        }
    }

    fn end(&self, link: u64) {
        if let Some((client, server)) = self.lock().links.remove(&link) {
            client.close(Shutdown::Both);
            server.close(Shutdown::Both);
        }
        self.changed.notify_all();
    }
}

fn link(sky: &Arc<Sky>, client: End, server: End) {
    let (client, server) = (Arc::new(client), Arc::new(server));
    let mut state = sky.lock();
    state.accepted += 1;
    let number = state.accepted;
    state.links.insert(number, (client.clone(), server.clone()));
    drop(state);
    let ways =
        [(Direction::Out, client.clone(), server.clone()), (Direction::Back, server.clone(), client.clone())];
    let open = Arc::new(AtomicU64::new(ways.len() as u64));
    for (direction, from, to) in ways {
        let (sky, open) = (sky.clone(), open.clone());
        thread::spawn(move || {
            let is_whole = carry(&sky, number, direction, &from, &to);
            to.close(Shutdown::Write);
            // The other direction of a link that was only half closed goes on.
            if !is_whole || open.fetch_sub(1, Relaxed) == 1 {
                sky.end(number);
            }
        });
    }
}

/// Returns at the end of what comes, true, or when the link broke.
fn carry(sky: &Sky, link: u64, direction: Direction, from: &End, to: &End) -> bool {
    let (mut from, mut to) = (from, to);
    let mut chance = Chance(link);
    let mut bytes = vec![0; READ_BYTES];
    let mut left: Option<(u64, u64)> = None;
    loop {
        let Ok(count) = from.read(&mut bytes) else { return false };
        if count == 0 {
            return true;
        }
        let Some((way, _)) = sky.way(link, direction) else { return false };
        sky.wait(way.delay + way.jitter.mul_f64(chance.part()));
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            let Some((way, change)) = sky.way(link, direction) else { return false };
            let mut piece = if way.piece_bytes == 0 { rest.len() } else { rest.len().min(way.piece_bytes) };
            let mut is_last = false;
            if way.cut_after_bytes != 0 {
                let before = left.filter(|(_, since)| *since == change);
                let room = before.map_or(way.cut_after_bytes, |(room, _)| room);
                is_last = room <= piece as u64;
                piece = piece.min(usize::try_from(room).unwrap_or(piece));
                left = Some((room.saturating_sub(piece as u64), change));
            }
            if to.write_all(&rest[..piece]).is_err() {
                return false;
            }
            if is_last {
                return false;
            }
            rest = &rest[piece..];
            if let Some(time) = (piece as u64 * 1_000_000).checked_div(way.bytes_per_s) {
                sky.wait(Duration::from_micros(time));
            }
        }
    }
}

/// Enough chance for jitter: xorshift64.
struct Chance(u64);

impl Chance {
    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }
}

const READ_BYTES: usize = 16 * 1024;
