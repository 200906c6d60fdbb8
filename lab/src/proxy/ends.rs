//! The sockets of a proxy: TCP and Unix as one.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
};

/// Where links come in, and where they are for.
pub(super) enum Door {
    Tcp(TcpListener, SocketAddr),
    Unix(UnixListener, PathBuf),
}

impl Door {
    pub(super) fn accept(&self) -> io::Result<End> {
        match self {
            Self::Tcp(listener, _) => at_once(listener.accept()?.0),
            Self::Unix(listener, _) => Ok(End::Unix(listener.accept()?.0)),
        }
    }

    pub(super) fn connect(&self) -> io::Result<End> {
        match self {
            Self::Tcp(_, server) => at_once(TcpStream::connect(server)?),
            Self::Unix(_, server) => Ok(End::Unix(UnixStream::connect(server)?)),
        }
    }
}

/// Single bytes must leave as single bytes.
fn at_once(stream: TcpStream) -> io::Result<End> {
    stream.set_nodelay(true)?;
    Ok(End::Tcp(stream))
}

/// One end of a link.
pub(super) enum End {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl End {
    pub(super) fn close(&self, how: Shutdown) {
        // Fails only when it is closed.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        };
    }
}

impl Read for &End {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            End::Tcp(stream) => (&*stream).read(bytes),
            End::Unix(stream) => (&*stream).read(bytes),
        }
    }
}

impl Write for &End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            End::Tcp(stream) => (&*stream).write(bytes),
            End::Unix(stream) => (&*stream).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
