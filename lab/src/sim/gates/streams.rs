//! What left for each session, packet by packet as they are counted: over whatever connections it has, each packet is
//! at its own place and the same. Knows no ring.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::sim::truth::{Wrong, wrong};

/// By session.
#[derive(Debug, Default)]
pub(super) struct Streams(BTreeMap<Bytes, Vec<Bytes>>);

impl Streams {
    /// The packet with this number, from 0.
    pub(super) fn came(&mut self, session: &Bytes, at: u64, packet: Bytes) -> Result<(), Wrong> {
        let stream = self.0.entry(session.clone()).or_default();
        match usize::try_from(at).ok().and_then(|at| stream.get(at)) {
            Some(known) if *known == packet => Ok(()),
            Some(_) => wrong("S5", format!("packet {at} of a session is another one after a resume")),
            None if stream.len() as u64 == at => {
                stream.push(packet);
                Ok(())
            }
            None => {
                let left = stream.len();
                wrong("S5", format!("packet {at} of a session came, only {left} were before it"))
            }
        }
    }

    /// The session goes on for a client that has received so many, and is told so many more.
    pub(super) fn resumed(&self, session: &Bytes, received: u64, missed: u32) -> Result<(), Wrong> {
        let left = self.0.get(session).map_or(0, Vec::len) as u64;
        if received + u64::from(missed) < left {
            return wrong(
                "S5",
                format!("{received} of {left} packets had come, and only {missed} are missed"),
            );
        }
        if MISSED_MAX < missed {
            return wrong("I10", format!("a session kept {missed} packets"));
        }
        Ok(())
    }

    pub(super) fn left_after(&self, session: &[u8], received: u64) -> (usize, usize) {
        let received = usize::try_from(received).unwrap_or(usize::MAX);
        let left = self.0.get(session).and_then(|stream| stream.get(received..)).unwrap_or_default();
        (left.len(), left.iter().map(Bytes::len).sum())
    }
}

const MISSED_MAX: u32 = 512;
