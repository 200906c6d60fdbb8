//! Passwords and other secrets on their way through the process: how they are held. Knows nobody's rules.

use std::fmt;

/// Something that must not show up in a log or outlive its use. `Debug` tells only its length; there is
/// no `PartialEq`, so that nobody compares it in a time that depends on it.
pub struct Secret<T: Wipe = String>(T);

impl<T: Wipe> Secret<T> {
    /// Takes it in.
    #[must_use]
    pub fn new(secret: T) -> Self {
        Self(secret)
    }

    /// The thing itself, for the one who hashes or sends it.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Wipe> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.bytes())
    }
}

impl<T: Wipe> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// What can be overwritten in place.
pub trait Wipe {
    /// How long it is.
    fn bytes(&self) -> usize;

    /// Overwrites it, as far as safe code can promise: the optimizer is asked to believe in a reader.
    fn wipe(&mut self);
}

impl<const N: usize> Wipe for [u8; N] {
    fn bytes(&self) -> usize {
        self.len()
    }
    fn wipe(&mut self) {
        wipe_bytes(self);
    }
}

impl Wipe for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
    fn wipe(&mut self) {
        wipe_bytes(self);
    }
}

impl Wipe for String {
    fn bytes(&self) -> usize {
        self.len()
    }
    fn wipe(&mut self) {
        wipe_bytes(&mut std::mem::take(self).into_bytes());
    }
}

fn wipe_bytes(bytes: &mut [u8]) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

#[cfg(test)]
mod tests {
    use super::{Secret, Wipe};

    #[test]
    fn a_secret_prints_only_its_length() {
        assert_eq!(format!("{:?}", Secret::new("hunter42".to_owned())), "Secret(8 bytes)");
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret(32 bytes)");
    }

    #[test]
    fn wiping_leaves_nothing_to_read() {
        let mut array = [7; 4];
        array.wipe();
        assert_eq!(array, [0; 4]);
        let mut bytes = vec![7; 4];
        bytes.wipe();
        assert_eq!(bytes, [0; 4]);
        let mut text = "hunter42".to_owned();
        text.wipe();
        assert_eq!(text, "");
    }
}
