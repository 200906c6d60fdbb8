//! Passwords and codes on their way through the console: they are shown nowhere, and overwritten after use. Knows
//! nobody's rules.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// Text that must not show up in a log or outlive its use. There is no `PartialEq`, so that nobody compares it in a
/// time that depends on it.
#[derive(Default)]
pub struct Secret(String);

impl Secret {
    /// Takes it in.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for whoever hashes or checks it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_only_its_length() {
        assert_eq!(format!("{:?}", Secret::new("hunter42".to_owned())), "Secret(8 bytes)");
    }
}
