//! A look at what a gateway would serve with, for people who ask before they start one.

use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::{
    config::TlsFiles,
    driver::certificate::Certificate,
    error::Error,
    logic::x509::{About, about},
};

/// The server's own certificate, when it can be served with.
///
/// # Errors
/// `BAD_CERTIFICATE`: it and its key cannot.
pub fn certificate(files: &TlsFiles) -> Result<About, Error> {
    Certificate::load(files.clone())?;
    let refused = |what: &str| Error::Certificate { path: files.certificate.clone(), what: what.to_owned() };
    let first =
        CertificateDer::from_pem_file(&files.certificate).map_err(|error| refused(&error.to_string()))?;
    about(&first).ok_or_else(|| refused("no certificate of this form is known"))
}
