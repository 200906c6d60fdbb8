//! What a gateway decides, without sockets, files, threads or a clock: bytes, records and a time come
//! in; frames, records and closes go out. `hub` is the door; the others are its parts.

pub mod admission;
pub mod bill;
pub mod bucket;
pub mod chance;
pub mod deadlines;
pub mod encoder;
pub mod epochs;
pub mod groups;
pub mod hub;
pub mod kind_table;
pub mod limits;
pub mod link_batch;
pub mod naps;
pub mod outbox;
pub mod probes;
pub mod session;
pub mod stopwatch;
pub mod survey;
pub mod tally;
pub mod telling;
pub mod transport;
pub mod x509;

slotmap::new_key_type! {
    /// A client connection of this I/O thread: slot and generation, so a late record for a closed
    /// connection never reaches the next tenant of its slot. On the link it is `proto::ids::ConnId`.
    pub struct ConnKey;
}

impl ConnKey {
    /// As it travels on the link.
    #[must_use]
    pub fn id(self) -> u64 {
        slotmap::Key::data(&self).as_ffi()
    }

    /// From the link; may name a connection that is gone, or none that ever was.
    #[must_use]
    pub fn from_id(id: u64) -> Self {
        slotmap::KeyData::from_ffi(id).into()
    }
}
