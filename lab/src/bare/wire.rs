//! The bytes of the bare servers: `u32 LE length`, message; between relay and backend a `u32 LE`
//! connection number comes first. Knows no sockets.

/// A longer message ends the connection.
pub const MESSAGE_BYTES_MAX: usize = 1024;

/// Appends one message.
pub fn put(out: &mut Vec<u8>, message: &[u8]) {
    out.extend_from_slice(&length(message).to_le_bytes());
    out.extend_from_slice(message);
}

/// Appends one message with a connection's number.
pub fn put_numbered(out: &mut Vec<u8>, number: u32, message: &[u8]) {
    out.extend_from_slice(&number.to_le_bytes());
    put(out, message);
}

fn length(message: &[u8]) -> u32 {
    u32::try_from(message.len()).unwrap_or(u32::MAX)
}

/// Cuts a stream into messages. Holds bytes only while a message is partial.
#[derive(Debug, Default)]
pub struct Cut {
    partial: Vec<u8>,
}

impl Cut {
    /// Calls `on` with each whole message; it says whether the message makes sense.
    ///
    /// # Errors
    /// A message that is too long or makes no sense.
    pub fn feed(&mut self, input: &[u8], mut on: impl FnMut(&[u8]) -> bool) -> Result<(), &'static str> {
        self.cut(input, 0, |_, message| on(message))
    }

    /// The same for numbered messages.
    ///
    /// # Errors
    /// As [`Cut::feed`].
    pub fn feed_numbered(
        &mut self,
        input: &[u8],
        on: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), &'static str> {
        self.cut(input, NUMBER_BYTES, on)
    }

    fn cut(
        &mut self,
        input: &[u8],
        prefix: usize,
        mut on: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), &'static str> {
        if self.partial.is_empty() {
            let rest = whole(input, prefix, &mut on)?;
            self.partial.extend_from_slice(rest);
        } else {
            self.partial.extend_from_slice(input);
            let rest = whole(&self.partial, prefix, &mut on)?.len();
            self.partial.drain(..self.partial.len() - rest);
        }
        Ok(())
    }
}

fn whole<'a>(
    mut input: &'a [u8],
    prefix: usize,
    on: &mut impl FnMut(u32, &[u8]) -> bool,
) -> Result<&'a [u8], &'static str> {
    loop {
        let Some(length) = word(input, prefix) else { return Ok(input) };
        let length = length as usize;
        if MESSAGE_BYTES_MAX < length {
            return Err("a message above the bound");
        }
        let start = prefix + LENGTH_BYTES;
        let Some(message) = input.get(start..start + length) else { return Ok(input) };
        let number = if prefix == 0 { 0 } else { word(input, 0).unwrap_or(0) };
        if !on(number, message) {
            return Err("a message that makes no sense here");
        }
        input = &input[start + length..];
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes)
}

const LENGTH_BYTES: usize = 4;
const NUMBER_BYTES: usize = 4;
