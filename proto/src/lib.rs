//! The bytes on which Ding's processes and its clients agree. Pure: no sockets, files, threads or clock.
//!
//! Client side: [`frame`] holds [`packet`]s, [`deflate`] may shrink it, [`kinds`] lists what a packet
//! can be, [`wire`] decodes its body within [`prescan`]'s budget. Between processes: [`link`] carries
//! records, [`handshake`] opens a link, [`rpc`] keeps calls apart, [`turn`] is one journal frame's
//! content, [`tables`] the one definition of every row, [`entry`] what a record must be. [`limits`],
//! [`ids`] and [`figures`] belong to all.

pub mod close;
pub mod deflate;
pub mod entry;
pub mod epoch;
pub mod figures;
pub mod frame;
pub mod handshake;
pub mod ids;
pub mod kinds;
pub mod level;
pub mod limits;
pub mod link_io;
pub mod packet;
pub mod personal;
pub mod prescan;
pub mod retention;
pub mod rpc;
pub mod tables;
pub mod turn;
pub mod wire;

/// Messages of `schema/client.proto`.
#[expect(missing_docs, clippy::all, reason = "generated; the schema carries the comments")]
pub mod client {
    include!(concat!(env!("OUT_DIR"), "/ding.client.rs"));
}

/// Messages of `schema/link.proto`.
#[expect(missing_docs, clippy::all, reason = "generated; the schema carries the comments")]
pub mod link {
    include!(concat!(env!("OUT_DIR"), "/ding.link.rs"));
}

/// Messages of `schema/room.proto`.
#[expect(missing_docs, reason = "generated; the schema carries the comments")]
pub mod room {
    include!(concat!(env!("OUT_DIR"), "/ding.room.rs"));
}

/// The compiled schema: a serialized `FileDescriptorSet`, for tools that decode packets by name.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
