//! The two records that open a link, for the side that connects. Knows no calls.

use std::{io, time::Duration};

use proto::{
    limits::{LINK_PROTOCOL_CALLS, LINK_PROTOCOL_MAX},
    link::{LinkHello, LinkWelcome},
    link_io::{Op, Record, take_record},
    prescan::Budget,
    wire,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use crate::link::Early;

/// Why a link was not opened.
#[derive(Debug, thiserror::Error)]
pub enum GreetError {
    /// The other side says no.
    #[error("refused: {0} ({1})")]
    Refused(
        /// Stable.
        String,
        /// For people.
        String,
    ),
    /// It speaks a link older than calls on every link and cancellation, or none that we know.
    #[error("speaks version {0} of the link")]
    Version(u32),
    /// No welcome within 5 s.
    #[error("says nothing")]
    Silent,
    /// Something that is no welcome.
    #[error("speaks something else")]
    Garbage,
    /// The stream failed or ended.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Says hello and waits for the welcome. What came right behind it is for [`crate::open`].
///
/// # Errors
/// See [`GreetError`].
pub async fn greet<S>(stream: &mut S, hello: &LinkHello) -> Result<(LinkWelcome, Early), GreetError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(GREETING, exchange(stream, hello)).await {
        Ok(greeted) => greeted,
        Err(_elapsed) => Err(GreetError::Silent),
    }
}

async fn exchange<S>(stream: &mut S, hello: &LinkHello) -> Result<(LinkWelcome, Early), GreetError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bytes = Vec::new();
    Record::new(Op::Hello, 0, 0, &wire::encode(hello)).put(&mut bytes);
    stream.write_all(&bytes).await?;
    let mut input = Vec::new();
    loop {
        if let Some((record, used)) = take_record(&input).map_err(|_| GreetError::Garbage)? {
            if record.op != Op::Welcome {
                return Err(GreetError::Garbage);
            }
            let welcome: LinkWelcome =
                wire::decode(record.payload, Budget::LINK).map_err(|_| GreetError::Garbage)?;
            if !welcome.refused.is_empty() {
                return Err(GreetError::Refused(welcome.refused, welcome.detail));
            }
            if !(LINK_PROTOCOL_CALLS..=LINK_PROTOCOL_MAX).contains(&welcome.protocol) {
                return Err(GreetError::Version(welcome.protocol));
            }
            return Ok((welcome, Early(input.split_off(used))));
        }
        if GREETING_BYTES_MAX < input.len() {
            return Err(GreetError::Garbage);
        }
        if stream.read_buf(&mut input).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

const GREETING: Duration = Duration::from_secs(5);
const GREETING_BYTES_MAX: usize = 64 * 1024;
