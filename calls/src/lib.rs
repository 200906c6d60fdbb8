//! Calls over a link, for drivers and tools on tokio: `peer.call(request, deadline).await`, both ways on one
//! stream, and work on what the other side calls. Knows link records, and no process, no request and no response.
//!
//! ```text
//! let (peer, link) = calls::open(stream, early, Limits::default(), serve);
//! tokio::spawn(link);                              // owns the stream, and says at last why it ended
//! let reply = peer.call(b"request", deadline).await?;
//! ```
//!
//! There is one task a link and none a call. What is called between two polls of that task leaves in one write, as
//! do the answers to what one read brought. Everything is bounded, and being full has a name: [`proto::rpc::Failure`].

mod clock;
mod greeting;
mod link;
mod response;
mod serve;
mod shared;
#[cfg(test)]
mod tests;

pub use greeting::{GreetError, greet};
pub use link::{Early, End, Link, open};
pub use response::Response;
pub use serve::{Answer, Nothing, Serve, Work};
pub use shared::{Call, Limits, Peer};
