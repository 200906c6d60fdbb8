//! The console's certificate: read at the start, and again whenever its files change. Knows no connection.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::{config::TlsFiles, error::Error};

/// See the module.
#[derive(Debug)]
pub(crate) struct Certificate {
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
    /// They are no certificate and its key.
    pub(crate) fn load(files: TlsFiles) -> Result<Self, Error> {
        let stamp = stamp(&files);
        let config = read(&files)?;
        Ok(Self { files, current: Mutex::new(Current { config, stamp }) })
    }

    /// What a new connection gets. Files that cannot be used are told once, and the certificate before them stays.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        let stamp = stamp(&self.files);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.stamp != stamp {
            current.stamp = stamp;
            match read(&self.files) {
                Ok(config) => {
                    current.config = config;
                    tracing::info!(event = "console.cert_changed");
                }
                Err(error) => {
                    tracing::error!(event = "console.cert_refused", code = error.code(), %error);
                }
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
    // The text of an error about the key names what is wrong with it, never what is in it.
    let refused = |path: &Path, what: &dyn std::fmt::Display| Error::Certificate {
        path: path.to_owned(),
        what: what.to_string(),
    };
    let pem = |path: &Path| fs::read(path).map_err(|error| refused(path, &error));
    let chain = CertificateDer::pem_slice_iter(&pem(&files.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refused(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(refused(&files.certificate, &"holds no certificate"));
    }
    let key =
        PrivateKeyDer::from_pem_slice(&pem(&files.key)?).map_err(|error| refused(&files.key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&files.certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| refused(&files.key, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
