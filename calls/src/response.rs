//! What a call comes to. Knows no call.

use std::{fmt, mem, ops::Deref};

/// The bytes of a response. Up to [`Response::SHORT_BYTES`] of them lie in it, so that a short one needs no memory of its
/// own.
#[derive(Clone)]
pub struct Response(Form);

#[derive(Clone)]
enum Form {
    Short { len: u8, bytes: [u8; Response::SHORT_BYTES] },
    Long(Box<[u8]>),
}

impl Response {
    /// A longer one is in memory of its own.
    pub const SHORT_BYTES: usize = 70;

    /// These bytes from now on.
    #[inline]
    pub(crate) fn set(&mut self, payload: &[u8]) {
        match (&mut self.0, u8::try_from(payload.len())) {
            (Form::Short { len, bytes }, Ok(short)) if payload.len() <= Self::SHORT_BYTES => {
                *len = short;
                bytes[..payload.len()].copy_from_slice(payload);
            }
            (form, _) => *form = Form::Long(payload.into()),
        }
    }

    /// These bytes for someone else. What is left means nothing until it is [`Self::set`].
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        match &mut self.0 {
            // Left as it is: there is nothing to give back.
            Form::Short { len, bytes } => Self(Form::Short { len: *len, bytes: *bytes }),
            Form::Long(_) => mem::take(self),
        }
    }
}

impl Default for Response {
    #[inline]
    fn default() -> Self {
        Self(Form::Short { len: 0, bytes: [0; Self::SHORT_BYTES] })
    }
}

impl Deref for Response {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Form::Short { len, bytes } => &bytes[..usize::from(*len)],
            Form::Long(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Response").field(&&**self).finish()
    }
}

impl Eq for Response {}

impl PartialEq for Response {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// With anything that has bytes: a slice, a text, a `Vec`.
impl<B: AsRef<[u8]>> PartialEq<B> for Response {
    fn eq(&self, other: &B) -> bool {
        **self == *other.as_ref()
    }
}
