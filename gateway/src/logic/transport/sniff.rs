//! Tells transports apart by their first bytes, which may come one by one.

/// What the first bytes announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    Raw,
    Ws,
    Tls,
}

/// At most the first four bytes.
#[derive(Debug, Default)]
pub(super) struct Sniff {
    first: [u8; 4],
    len: usize,
}

impl Sniff {
    /// Takes what it still needs from the front of `input`; says how much.
    pub(super) fn take(&mut self, input: &[u8]) -> usize {
        let mut used = 0;
        while used < input.len() && self.len < self.first.len() {
            self.first[self.len] = input[used];
            self.len += 1;
            used += 1;
        }
        used
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.first[..self.len]
    }

    /// What it is, once four bytes are here or fewer suffice.
    pub(super) fn kind(&self) -> Option<Sniffed> {
        let bytes = self.bytes();
        if bytes.is_empty() {
            return None;
        }
        let is_or_may_become = |prefix: &[u8]| {
            let common = bytes.len().min(prefix.len());
            bytes[..common] == prefix[..common]
        };
        if is_or_may_become(TLS) {
            return match bytes.get(2) {
                None => None,
                // A first frame has at most 4 KiB, so its third byte is zero; a TLS record's is 1 to 4.
                Some(0) => Some(Sniffed::Raw),
                Some(_) => Some(Sniffed::Tls),
            };
        }
        if is_or_may_become(WS) {
            return (bytes.len() == WS.len()).then_some(Sniffed::Ws);
        }
        Some(Sniffed::Raw)
    }
}

const TLS: &[u8] = &[0x16, 0x03];
const WS: &[u8] = b"GET ";
