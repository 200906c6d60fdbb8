//! What a side does with the calls of the other. Knows no link.

use std::{future::Future, pin::Pin};

use proto::rpc::Failure;

/// Work that takes time: its response, or why there is none. Dropped when nobody waits for it any more.
pub type Work = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>> + Send>>;

/// What becomes of a call.
pub enum Answer {
    /// The response is written, or there is none.
    Now(Result<(), Failure>),
    /// It is worked on, until its deadline at the latest. Other calls are answered meanwhile.
    Later(Work),
}

impl Answer {
    /// Work that takes time.
    pub fn later(work: impl Future<Output = Result<Vec<u8>, Failure>> + Send + 'static) -> Self {
        Self::Later(Box::pin(work))
    }
}

/// Answers calls. A function of the same shape is one.
pub trait Serve {
    /// A call came. An answer that is known at once is appended to `response`, at most
    /// [`proto::limits::LINK_RECORD_BYTES_MAX`] bytes, or the caller hears [`Failure::TooLarge`]. Before it there are answers
    /// to other calls, which have to be left as they are: the link panics if there is less than there was.
    fn serve(&mut self, request: &[u8], response: &mut Vec<u8>) -> Answer;
}

impl<F> Serve for F
where
    F: FnMut(&[u8], &mut Vec<u8>) -> Answer,
{
    fn serve(&mut self, request: &[u8], response: &mut Vec<u8>) -> Answer {
        self(request, response)
    }
}

/// Serves nothing: each call is refused with [`Failure::BadRequest`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Serve for Nothing {
    fn serve(&mut self, _: &[u8], _: &mut Vec<u8>) -> Answer {
        Answer::Now(Err(Failure::BadRequest))
    }
}
