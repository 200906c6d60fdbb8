//! The certificate of the listener: read at start, and again whenever its files change.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::{config::TlsFiles, error::Error};

/// See the module. Shared by the I/O threads.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    stamp: Stamp,
}

/// When the two files were changed, and how long they are.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error::Certificate`].
    pub fn load(files: TlsFiles) -> Result<Self, Error> {
        let stamp = stamp(&files);
        let config = read(&files)?;
        Ok(Self { files, current: Mutex::new(Current { config, stamp }) })
    }

    /// What a new connection gets. Files that have changed are read first; if they cannot be used, the old
    /// certificate stays and the log says why, once for each change.
    pub fn current(&self) -> Arc<ServerConfig> {
        let stamp = stamp(&self.files);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.stamp != stamp {
            current.stamp = stamp;
            match read(&self.files) {
                Ok(config) => {
                    current.config = config;
                    tracing::info!(event = "certificate.changed");
                }
                Err(error) => tracing::error!(event = "certificate.refused", code = error.code(), %error),
            }
        }
        Arc::clone(&current.config)
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let data = fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    })
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    let refused = |path: &Path, what: String| Error::Certificate { path: path.to_owned(), what };
    let pem = |path: &Path| fs::read(path).map_err(|error: io::Error| refused(path, error.to_string()));
    let chain = CertificateDer::pem_slice_iter(&pem(&files.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refused(&files.certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(refused(&files.certificate, "holds no certificate".to_owned()));
    }
    // The text of an error about the key names what is wrong with it, never what is in it.
    let key = PrivateKeyDer::from_pem_slice(&pem(&files.key)?)
        .map_err(|error| refused(&files.key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&files.certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| refused(&files.key, error.to_string()))?;
    // A ticket costs memory here and saves little: a game connection lives for hours.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
