//! Walks encoded protobuf along its schema before prost sees it, and refuses what would cost too much:
//! prost allocates as it decodes, so 1 KiB of empty sub-messages would become megabytes.

#[cfg(test)]
mod tests;

use crate::{
    limits::{BOOKS_LINES_MAX, DECODE_DEPTH_MAX, DECODE_FIELDS_MAX, DECODE_REPEATED_MAX, READ_KEYS_MAX},
    packet::{PacketError, take_bytes, take_varint},
};

/// What a message type may hold, generated from the schema.
#[derive(Debug)]
pub struct Shape {
    /// The message's name in the schema.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// One field of a [`Shape`].
#[derive(Debug)]
pub struct Field {
    /// Field number.
    pub number: u32,
    /// `repeated` in the schema.
    pub repeated: bool,
    /// Scalar, bytes or message.
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Debug)]
pub enum FieldKind {
    /// A number; packed where repeated.
    Scalar,
    /// Bytes or a string.
    Bytes,
    /// A nested message.
    Message(fn() -> &'static Shape),
}

/// A message type with its shape; generated for every message of the schema.
pub trait Shaped {
    /// What it may hold.
    const SHAPE: &'static Shape;
}

/// How much one decode may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Nested messages.
    pub depth: u32,
    /// Fields of all depths, unknown ones too.
    pub fields: u32,
    /// Elements of one repeated field.
    pub repeated: u32,
}

impl Budget {
    /// For bytes from outside.
    pub const CLIENT: Self =
        Self { depth: DECODE_DEPTH_MAX, fields: DECODE_FIELDS_MAX, repeated: DECODE_REPEATED_MAX };
    /// For requests on a control socket, which only our own user opens: its lists hold as many ids as [`READ_KEYS_MAX`], and a
    /// packed number counts by its bytes, of which an id has ten at most.
    pub const CONTROL: Self = Self { depth: DECODE_DEPTH_MAX, fields: 1 << 12, repeated: 1 << 12 };
    /// For our own processes: a record may touch thousands of rows.
    pub const LINK: Self = Self { depth: DECODE_DEPTH_MAX, fields: 1 << 18, repeated: 1 << 16 };
}

/// Why a message was refused before it was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrescanError {
    /// Not protobuf.
    #[error("not protobuf: {0}")]
    Malformed(#[from] PacketError),
    /// Deeper than the budget.
    #[error("{message}: nested deeper than {max}")]
    Depth {
        /// The message type at which it was met.
        message: &'static str,
        /// The budget.
        max: u32,
    },
    /// More fields than the budget.
    #[error("{message}: more than {max} fields")]
    Fields {
        /// The message type at which it was met.
        message: &'static str,
        /// The budget.
        max: u32,
    },
    /// More elements than the budget.
    #[error("{message}: field {field} repeated more than {max} times")]
    Repeated {
        /// The message type at which it was met.
        message: &'static str,
        /// Its number.
        field: u32,
        /// The budget.
        max: u32,
    },
}

/// Walks `bytes` as a message of `shape`. Allocates nothing that grows with the input but one counter
/// for each repeated field of a message on the path.
///
/// # Errors
/// See [`PrescanError`].
pub fn prescan(bytes: &[u8], shape: &'static Shape, budget: Budget) -> Result<(), PrescanError> {
    let mut fields_left = budget.fields;
    walk(bytes, shape, budget, budget.depth, &mut fields_left)
}

fn walk(
    mut bytes: &[u8],
    shape: &'static Shape,
    budget: Budget,
    depth_left: u32,
    fields_left: &mut u32,
) -> Result<(), PrescanError> {
    let message = shape.name;
    if depth_left == 0 {
        return Err(PrescanError::Depth { message, max: budget.depth });
    }
    let mut repeated = [0u32; SHAPE_FIELDS_MAX];
    while !bytes.is_empty() {
        *fields_left =
            fields_left.checked_sub(1).ok_or(PrescanError::Fields { message, max: budget.fields })?;
        let key = take_varint(&mut bytes)?;
        let number = key >> 3;
        let index = shape.fields.iter().position(|field| u64::from(field.number) == number);
        let mut content: &[u8] = &[];
        match key & 7 {
            0 => drop(take_varint(&mut bytes)?),
            1 => bytes = bytes.get(8..).ok_or(PacketError::Length)?,
            2 => content = take_bytes(&mut bytes)?,
            5 => bytes = bytes.get(4..).ok_or(PacketError::Length)?,
            _ => return Err(PacketError::Field(number).into()),
        }
        let Some(index) = index else { continue };
        let field = &shape.fields[index];
        let elements = match field.kind {
            // A packed number takes at least a byte.
            FieldKind::Scalar => u32::try_from(content.len()).unwrap_or(u32::MAX).max(1),
            FieldKind::Bytes => 1,
            FieldKind::Message(nested) => {
                walk(content, nested(), budget, depth_left - 1, fields_left)?;
                1
            }
        };
        // A field that is not repeated may stand several times (the last wins), as costly as a repeated one.
        repeated[index] = repeated[index].saturating_add(elements);
        if repeated[index] > budget.repeated {
            return Err(PrescanError::Repeated { message, field: field.number, max: budget.repeated });
        }
    }
    Ok(())
}

const _: () = assert!(READ_KEYS_MAX * 10 <= Budget::CONTROL.repeated as usize);
// Each line is a message of four fields, in a list in a question in a request.
const _: () = assert!(BOOKS_LINES_MAX * 5 + 2 <= Budget::CONTROL.fields as usize);
/// Fields of the widest message; checked for each shape at compile time.
const SHAPE_FIELDS_MAX: usize = 64;

include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
