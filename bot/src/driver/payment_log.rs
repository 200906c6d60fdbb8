//! Payments to a file, one JSON line each.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use crate::{error::Error, logic::payment::Payment};

/// An open log, or none.
#[derive(Debug)]
pub(super) struct PaymentLog {
    file: Option<BufWriter<File>>,
}

impl PaymentLog {
    /// Creates the file, replacing one of that name.
    pub(super) fn create(path: Option<&Path>) -> Result<Self, Error> {
        let file = path.map(File::create).transpose().map_err(Error::PaymentLog)?;
        Ok(Self { file: file.map(BufWriter::new) })
    }

    /// Writes what has gathered.
    pub(super) fn write(&mut self, payments: &mut Option<Vec<Payment>>) -> Result<(), Error> {
        let (Some(file), Some(payments)) = (&mut self.file, payments) else { return Ok(()) };
        payments.drain(..).try_for_each(|payment| line(file, &payment)).map_err(Error::PaymentLog)
    }

    /// The file is whole.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Some(mut file) = self.file else { return Ok(()) };
        file.flush().map_err(Error::PaymentLog)
    }
}

fn line(file: &mut BufWriter<File>, payment: &Payment) -> io::Result<()> {
    serde_json::to_writer(&mut *file, payment)?;
    file.write_all(b"\n")
}
