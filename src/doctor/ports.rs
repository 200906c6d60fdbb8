//! Who has an address: asks the system for it without listening, and looks through what it tells of sockets.

use std::{fs, net::SocketAddr, os::fd::OwnedFd};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketType, bind, socket, sockopt::set_socket_reuseaddr},
};

use super::facts::Held;

/// Who has it.
#[must_use]
pub fn holder(address: SocketAddr) -> Held {
    match try_bind(address) {
        Ok(_) => Held::Free,
        Err(Errno::ADDRINUSE) => Held::By(listening_inode(address.port()).and_then(|inode| owner(&inode))),
        Err(_) => Held::Impossible,
    }
}

/// Bound and never listening, nobody connects to it by mistake.
fn try_bind(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket(family, SocketType::STREAM, None)?;
    // As the server does: connections that are just ending are no hindrance.
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    Ok(socket)
}

/// The socket that listens on this port.
fn listening_inode(port: u16) -> Option<String> {
    const LISTENS: &str = "0A";
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(text) = fs::read_to_string(table) else { continue };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice() else { continue };
            let its = local.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok());
            if *state == LISTENS && its == Some(port) {
                return Some((*inode).to_owned());
            }
        }
    }
    None
}

/// The process that has this socket open, among those whose files may be seen.
fn owner(inode: &str) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let mut files = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        let is_it =
            files.any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str()));
        is_it.then_some(pid)
    })
}
