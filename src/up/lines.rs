//! Lines of a stream, each bounded.

use std::io::{self, BufRead, BufReader, Read};

/// Hands out lines until the end; a longer line comes in pieces.
pub fn for_each_line(source: impl Read, mut each: impl FnMut(&str)) {
    let mut reader = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => each(String::from_utf8_lossy(&bytes).trim_end()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(_) => return,
        }
    }
}

const LINE_BYTES_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_comes_in_bounded_pieces() {
        let endless = "x".repeat(100_000);
        let mut lengths = Vec::new();
        for_each_line(format!("a\n{endless}\nb").as_bytes(), |line| lengths.push(line.len()));
        assert_eq!(lengths, [1, 65_536, 100_000 - 65_536, 1]);
    }
}
