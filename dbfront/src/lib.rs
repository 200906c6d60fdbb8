//! dbfront.
