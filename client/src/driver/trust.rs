//! Which certificates are believed: three ways to make a TLS configuration.

use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    WantsVerifier,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};

use crate::driver::error::Error;

pub(super) fn roots(pem: &[u8]) -> Result<Arc<ClientConfig>, Error> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(pem)? {
        store.add(certificate).map_err(trust)?;
    }
    let config = builder()?.with_root_certificates(store).with_no_client_auth();
    Ok(Arc::new(config))
}

pub(super) fn pinned(pem: &[u8]) -> Result<Arc<ClientConfig>, Error> {
    let pin = certificates(pem)?.into_iter().next();
    with_verifier(pin)
}

pub(super) fn anyone() -> Result<Arc<ClientConfig>, Error> {
    with_verifier(None)
}

fn with_verifier(pin: Option<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, Error> {
    let verifier = Arc::new(Verifier { pin, provider: Arc::new(default_provider()) });
    let config = builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| Error::Trust(format!("not PEM: {error:?}")))?;
    if found.is_empty() {
        return Err(Error::Trust("no certificate in the PEM".to_owned()));
    }
    Ok(found)
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(trust)
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(trust)`")]
fn trust(error: TlsError) -> Error {
    Error::Trust(error.to_string())
}

/// Believes one certificate, or any; either way the server must own its key.
#[derive(Debug)]
struct Verifier {
    pin: Option<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match &self.pin {
            Some(pin) if pin != end_entity => Err(TlsError::General("not the pinned certificate".to_owned())),
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
