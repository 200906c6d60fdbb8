//! Why a run gave no report.

use std::io;

use crate::options::OptionsError;

/// A run that could not be made. What goes wrong during a run is in the report instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options that make no run.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Not one player came in.
    #[error("no player came in: {cause}")]
    Nobody {
        /// The first error, for people.
        cause: String,
    },
    /// The payment log cannot be written.
    #[error("payment log: {0}")]
    PaymentLog(io::Error),
    /// The deal log cannot be written.
    #[error("deal log: {0}")]
    DealLog(io::Error),
    /// The system gives no runtime.
    #[error("runtime: {0}")]
    Runtime(io::Error),
}

impl Error {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Options(_) => "BOT_OPTIONS",
            Self::Nobody { .. } => "NOBODY_CAME_IN",
            Self::PaymentLog(_) => "PAYMENT_LOG",
            Self::DealLog(_) => "DEAL_LOG",
            Self::Runtime(_) => "RUNTIME",
        }
    }
}
