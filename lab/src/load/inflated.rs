//! Inflates each distinct frame once: a thousand members of one process hear the same bytes, which a
//! thousand players' machines would inflate one each. Equal deflated bytes are equal bytes.

use proto::{
    deflate::{InflateError, Inflater},
    limits::SERVER_FRAME_BYTES_MAX,
};

/// The last few frames, deflated and not.
#[derive(Debug, Default)]
pub(super) struct Inflated {
    inflater: Inflater,
    recent: Vec<Entry>,
    oldest: usize,
}

#[derive(Debug, Default)]
struct Entry {
    deflated: Vec<u8>,
    body: Vec<u8>,
}

impl Inflated {
    pub(super) fn inflate(&mut self, deflated: &[u8]) -> Result<&[u8], InflateError> {
        let found = self.recent.iter().position(|entry| entry.deflated == deflated);
        let index = match found {
            Some(index) => index,
            None => self.remember(deflated)?,
        };
        Ok(&self.recent[index].body)
    }

    fn remember(&mut self, deflated: &[u8]) -> Result<usize, InflateError> {
        let mut entry = if self.recent.len() < RECENT_MAX {
            self.recent.push(Entry::default());
            self.oldest = self.recent.len() - 1;
            Entry::default()
        } else {
            self.oldest = (self.oldest + 1) % RECENT_MAX;
            std::mem::take(&mut self.recent[self.oldest])
        };
        self.inflater.inflate(deflated, SERVER_FRAME_BYTES_MAX, &mut entry.body)?;
        entry.deflated.clear();
        entry.deflated.extend_from_slice(deflated);
        self.recent[self.oldest] = entry;
        Ok(self.oldest)
    }
}

/// More than the frames that are on their way at once.
const RECENT_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use proto::deflate::Deflater;

    use super::*;

    #[test]
    fn every_frame_inflates_to_itself_however_many_come_between() {
        let mut inflated = Inflated::default();
        let frames: Vec<(Vec<u8>, Vec<u8>)> = (0..40u8)
            .map(|fill| {
                let body = vec![fill; 300 + usize::from(fill)];
                let mut deflated = Vec::new();
                assert!(Deflater::default().deflate(&body, &mut deflated));
                (deflated, body)
            })
            .collect();
        for round in 0..3 {
            for (deflated, body) in &frames {
                assert_eq!(inflated.inflate(deflated), Ok(body.as_slice()), "round {round}");
                assert_eq!(inflated.inflate(deflated), Ok(body.as_slice()), "round {round}, again");
            }
        }
        assert!(inflated.recent.len() <= RECENT_MAX);
        assert!(inflated.inflate(&[1, 0, 0, 0, 9]).is_err());
        assert!(inflated.inflate(&[1, 0, 0, 0, 9]).is_err());
    }
}
