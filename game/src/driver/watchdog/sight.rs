//! What the system tells of one thread and of this process's memory. Knows only Linux's `/proc`; where there is none,
//! nothing is seen.

use std::{fs::File, io, os::unix::fs::FileExt as _, time::Duration};

use rustix::{
    param::{clock_ticks_per_second, page_size},
    thread::Pid,
};

use super::patience::{Doing, Sample};

/// The open files of one thread: a look is two reads and allocates nothing.
#[derive(Debug)]
pub(super) struct Sight {
    thread: File,
    memory: File,
}

impl Sight {
    /// # Errors
    /// The system's: it does not tell.
    pub(super) fn of(thread: Option<Pid>) -> io::Result<Self> {
        let thread = thread.ok_or(io::ErrorKind::NotFound)?.as_raw_nonzero();
        Ok(Self {
            thread: File::open(format!("/proc/self/task/{thread}/stat"))?,
            memory: File::open("/proc/self/statm")?,
        })
    }

    pub(super) fn look(&self) -> Option<Sample> {
        let mut buffer = [0; LINE_BYTES_MAX];
        let (doing, processor) = thread_of(line(&self.thread, &mut buffer)?)?;
        let pages: u64 = line(&self.memory, &mut buffer)?.split_whitespace().nth(1)?.parse().ok()?;
        let page_bytes = u64::try_from(page_size()).ok()?;
        Some(Sample { doing, processor, resident_bytes: pages.saturating_mul(page_bytes) })
    }
}

fn line<'a>(file: &File, buffer: &'a mut [u8]) -> Option<&'a str> {
    let bytes = file.read_at(buffer, 0).ok()?;
    std::str::from_utf8(&buffer[..bytes]).ok()
}

/// proc(5), fields 3, 14 and 15; the second is a name in brackets that may hold anything.
fn thread_of(line: &str) -> Option<(Doing, Duration)> {
    let (_, rest) = line.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace();
    let doing = match fields.next()? {
        "R" => Doing::Runs,
        "S" => Doing::Waits,
        _ => Doing::Held,
    };
    let mut ticks = fields.skip(10).map_while(|field| field.parse::<u64>().ok());
    let (user, system) = (ticks.next()?, ticks.next()?);
    let ms = (user + system).saturating_mul(1_000) / clock_ticks_per_second().max(1);
    Some((doing, Duration::from_millis(ms)))
}

/// Both files are one line of numbers.
const LINE_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use rustix::thread::gettid;

    use super::{Doing, Sight, thread_of};

    #[test]
    fn a_line_is_read_whatever_the_thread_is_called() {
        let line = "17 (a) R (b) S 1 17 17 0 -1 64 7 0 0 0 150 50 9 9 20 0 4 0 99";
        assert_eq!(thread_of(line), Some((Doing::Waits, Duration::from_secs(2))));
        assert_eq!(thread_of("17 (a) R 1"), None);
        assert_eq!(thread_of(""), None);
    }

    #[test]
    fn a_thread_is_seen_running_from_outside() {
        let me = gettid();
        let seen = thread::spawn(move || Sight::of(Some(me)).expect("Linux").look()).join();
        let seen = seen.expect("no panic").expect("it is told");
        assert!((1 << 20..1 << 40).contains(&seen.resident_bytes), "{seen:?}");
        assert_ne!(seen.doing, Doing::Held, "this thread waits for the other");
    }
}
