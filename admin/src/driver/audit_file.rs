//! The audit log on the disk: a line is on it before anybody is told. Every call blocks. Knows no deed's meaning.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::store::private;
use crate::logic::audit::{Chain, Deed, LINE_BYTES_MAX, Line, parse};

/// The open file, and where each of its lines begins: eight bytes a deed.
#[derive(Debug)]
pub(super) struct AuditFile {
    path: PathBuf,
    file: File,
    chain: Chain,
    starts: Vec<u64>,
    bytes: u64,
    /// The first line that does not follow the one before it.
    broken_at: Option<u64>,
}

impl AuditFile {
    /// Reads it through. What a crash left of a last line is cut off: nobody was told of it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = private().read(true).create(true).truncate(false).open(path)?;
        let path = path.to_owned();
        let (chain, starts) = (Chain::default(), Vec::new());
        let mut log = Self { path, file, chain, starts, bytes: 0, broken_at: None };
        let mut reader = BufReader::new(log.file.try_clone()?);
        let mut line = Vec::new();
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            let Some(whole) = line.strip_suffix(b"\n") else { break };
            if !log.chain.follow(&String::from_utf8_lossy(whole)) {
                log.broken_at.get_or_insert(log.chain.next() - 1);
            }
            log.starts.push(log.bytes);
            log.bytes += line.len() as u64;
        }
        log.file.set_len(log.bytes)?;
        Ok(log)
    }

    /// The number of the first line that was tampered with, or comes after one that is missing.
    pub(super) fn broken_at(&self) -> Option<u64> {
        self.broken_at
    }

    /// Writes one down; when it returns, it is on the disk, or nothing of it is.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn append(&mut self, deed: Deed) -> io::Result<()> {
        let (mut line, next) = self.chain.line(deed);
        line.push('\n');
        self.file.seek(SeekFrom::Start(self.bytes))?;
        if let Err(error) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()) {
            // Half of a line would break the chain for ever; what cannot be cut off now is at the next start.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.starts.push(self.bytes);
        self.bytes += line.len() as u64;
        self.chain = next;
        Ok(())
    }

    /// By which this log is told from any other, once there is a line, and the number of its last one.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn name(&mut self) -> io::Result<Option<(String, u64)>> {
        let first = match self.starts.len() {
            0 => return Ok(None),
            1 => Some(self.chain.last().to_owned()),
            // The second line has the hash of the first one.
            _ => self.line(1)?.map(|line| line.prev),
        };
        let name = first.and_then(|hash| hash.get(..NAME_DIGITS).map(str::to_owned));
        Ok(name.map(|name| (name, self.chain.next() - 1)))
    }

    /// At most so many lines with higher numbers than this, in order.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn after(&mut self, n: u64, count: usize) -> io::Result<Vec<Line>> {
        let first = usize::try_from(n).unwrap_or(usize::MAX).min(self.starts.len());
        let end = first.saturating_add(count).min(self.starts.len());
        let mut lines = Vec::new();
        for at in first..end {
            lines.extend(self.line(at)?);
        }
        Ok(lines)
    }

    /// At most so many lines with lower numbers than this, the last one first, and the number of the last one that was
    /// looked at. Lines that are none are left out.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn before(&mut self, n: u64, count: usize) -> io::Result<(u64, Vec<Line>)> {
        let end = usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX).min(self.starts.len());
        let mut lines = Vec::new();
        let first = end.saturating_sub(count);
        for at in (first..end).rev() {
            lines.extend(self.line(at)?);
        }
        Ok((first as u64 + 1, lines))
    }

    /// One of them; nothing: it is none.
    fn line(&mut self, at: usize) -> io::Result<Option<Line>> {
        let from = self.starts[at];
        let to = self.starts.get(at + 1).copied().unwrap_or(self.bytes);
        self.file.seek(SeekFrom::Start(from))?;
        let mut text = String::new();
        let within = (to - from).min(LINE_BYTES_MAX as u64);
        let is_text = (&self.file).take(within).read_to_string(&mut text).is_ok();
        Ok(parse(text.trim_end_matches('\n')).filter(|_| is_text))
    }
}

/// What a file has to be to be the one that was written.
#[derive(Debug)]
pub(super) struct Check {
    path: PathBuf,
    chain: Chain,
    bytes: u64,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Lines that are there, of those that were written.
    pub(super) lines: u64,
    /// The first that was tampered with, or comes after one that is missing.
    pub(super) broken_at: Option<u64>,
    /// All that was written is there, to the hash of the last line.
    pub(super) is_whole: bool,
}

impl AuditFile {
    /// For a check of what is there now, which needs no further look at this.
    pub(super) fn check(&self) -> Check {
        Check { path: self.path.clone(), chain: self.chain.clone(), bytes: self.bytes }
    }
}

impl Check {
    /// Reads the file of that name through, as somebody else may have left it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn run(self) -> io::Result<Found> {
        let mut reader = BufReader::new(File::open(&self.path)?.take(self.bytes));
        let (mut chain, mut line) = (Chain::default(), Vec::new());
        let mut found = Found { lines: 0, broken_at: None, is_whole: false };
        loop {
            line.clear();
            // A line is short: whoever joined some is found out as well by a part of them.
            reader.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                break;
            }
            let whole = line.strip_suffix(b"\n").unwrap_or(&line);
            if !chain.follow(&String::from_utf8_lossy(whole)) {
                found.broken_at.get_or_insert(chain.next() - 1);
            }
            found.lines += 1;
        }
        found.is_whole = found.broken_at.is_none() && chain == self.chain;
        Ok(found)
    }
}

/// Of a log's name.
const NAME_DIGITS: usize = 16;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use serde_json::Value;

    use super::*;
    use crate::logic::role::Role;

    fn deed(target: &str) -> Deed {
        Deed {
            at_ms: 1,
            by: "anna".to_owned(),
            address: Ipv4Addr::LOCALHOST.into(),
            role: Role::Owner,
            action: "player.kick",
            target: target.to_owned(),
            reason: "spam".to_owned(),
            before: Value::Null,
            after: Value::Null,
            outcome: "ok".to_owned(),
        }
    }

    fn targets(log: &mut AuditFile, n: u64, count: usize) -> Vec<String> {
        log.before(n, count).expect("read").1.into_iter().map(|line| line.target).collect()
    }

    #[test]
    fn the_chain_goes_on_after_a_restart_a_torn_line_is_cut_and_a_changed_one_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.log");
        let mut log = AuditFile::open(&path).expect("made");
        for target in ["1", "2", "3"] {
            log.append(deed(target)).expect("written");
        }
        drop(log);
        let whole = std::fs::read(&path).expect("there");
        std::fs::write(&path, [&whole[..], b"{\"n\":4,\"at\""].concat()).expect("written");
        let mut log = AuditFile::open(&path).expect("read");
        log.append(deed("4")).expect("written");
        assert_eq!(targets(&mut log, u64::MAX, 3), ["4", "3", "2"]);
        assert_eq!(targets(&mut log, 2, 3), ["1"]);
        assert_eq!(AuditFile::open(&path).expect("read").broken_at(), None);
        let text = std::fs::read_to_string(&path).expect("there").replacen(
            "\"target\":\"2\"",
            "\"target\":\"9\"",
            1,
        );
        std::fs::write(&path, text).expect("written");
        assert_eq!(AuditFile::open(&path).expect("read").broken_at(), Some(3), "the one after it says so");
    }
    #[test]
    fn a_check_finds_what_was_changed_and_what_was_taken_away_while_the_console_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.log");
        let mut log = AuditFile::open(&path).expect("made");
        for target in ["1", "2", "3"] {
            log.append(deed(target)).expect("written");
        }
        let check = || log.check().run().expect("read");
        assert_eq!(check(), Found { lines: 3, broken_at: None, is_whole: true });
        let text = std::fs::read_to_string(&path).expect("there");
        let write = |text: &str| std::fs::write(&path, text).expect("written");
        write(&text.replace("\"target\":\"2\"", "\"target\":\"9\""));
        assert_eq!(check(), Found { lines: 3, broken_at: Some(3), is_whole: false });
        // The last line has none after it that says so; the hash in memory does.
        write(&text.replace("\"target\":\"3\"", "\"target\":\"9\""));
        assert_eq!(check(), Found { lines: 3, broken_at: None, is_whole: false });
        write(text.lines().next().expect("a line"));
        assert_eq!(check(), Found { lines: 1, broken_at: None, is_whole: false });
        write("");
        assert_eq!(check(), Found { lines: 0, broken_at: None, is_whole: false });
    }
}
