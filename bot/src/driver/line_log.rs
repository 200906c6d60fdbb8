//! What players know of single payments and deals to a file, one JSON line each.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde::Serialize;

/// An open log, or none.
#[derive(Debug)]
pub(super) struct LineLog {
    file: Option<BufWriter<File>>,
}

impl LineLog {
    /// Creates the file, replacing one of that name.
    pub(super) fn create(path: Option<&Path>) -> io::Result<Self> {
        Ok(Self { file: path.map(File::create).transpose()?.map(BufWriter::new) })
    }

    /// Writes what has gathered.
    pub(super) fn write(&mut self, lines: &mut Option<Vec<impl Serialize>>) -> io::Result<()> {
        let (Some(file), Some(lines)) = (&mut self.file, lines) else { return Ok(()) };
        lines.drain(..).try_for_each(|line| {
            serde_json::to_writer(&mut *file, &line)?;
            file.write_all(b"\n")
        })
    }

    /// The file is whole.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}
