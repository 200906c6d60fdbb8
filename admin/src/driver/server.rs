//! Connections: so many at a time, each with bounds on what it may send and how slowly. Knows no route.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{certificate::Certificate, patient::Patient, request::Remote};
use crate::logic::throttle::network;

/// Takes in whoever comes, for ever.
pub(super) async fn accept(
    listener: TcpListener,
    certificate: Option<Certificate>,
    router: Router,
    patience: Duration,
) {
    let places = Arc::new(Places::default());
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // There are no descriptors, or the peer has left: the next one may have more luck.
            let _ = timeout(BREATH, std::future::pending::<()>()).await;
            continue;
        };
        // Beyond the bounds, closed at once.
        let Some(place) = Places::take(&places, from.ip()) else { continue };
        let tls = certificate.as_ref().map(|certificate| TlsAcceptor::from(certificate.current()));
        let router = router.clone();
        tokio::spawn(async move {
            welcome(stream, from, tls, router, patience).await;
            drop(place);
        });
    }
}

/// However it ends, it is the peer's loss only.
async fn welcome(
    stream: TcpStream,
    from: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    patience: Duration,
) {
    let remote = Remote { address: from.ip(), is_secure: tls.is_some(), patience };
    match tls {
        None => serve(stream, remote, router).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(patience, tls.accept(stream)).await {
                serve(stream, remote, router).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, remote: Remote, router: Router) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(remote);
        router.call(request)
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(remote.patience)
        .max_buf_size(HEADERS_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream, remote.patience)), service)
        .await;
}

/// Who is connected: so many in all, and of them so many from one address, so that a stranger leaves room for staff.
#[derive(Debug, Default)]
struct Places(Mutex<HashMap<IpAddr, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    fn take(places: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut taken = places.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&address).copied().unwrap_or(0);
        let own_max = if address.is_loopback() { CONNECTIONS_MAX } else { CONNECTIONS_OF_ONE_MAX };
        if own_max <= own || CONNECTIONS_MAX <= taken.values().sum() {
            return None;
        }
        taken.insert(address, own + 1);
        Some(Place { places: Arc::clone(places), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

const BREATH: Duration = Duration::from_millis(100);
const CONNECTIONS_MAX: usize = 128;
/// From an address that is not this machine's: some browsers, each with a live page.
const CONNECTIONS_OF_ONE_MAX: usize = 32;
const HEADERS_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// For the head of a request, and again for its body.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_leaves_room_for_others_and_nobody_goes_beyond_the_bound() {
        let places = Arc::new(Places::default());
        let take = |last: u8| Places::take(&places, [192, 0, 2, last].into());
        let mut stranger: Vec<Place> = (0..100).filter_map(|_| take(1)).collect();
        assert_eq!(stranger.len(), CONNECTIONS_OF_ONE_MAX);
        let mut staff = Vec::from_iter(take(2));
        assert_eq!(staff.len(), 1, "somebody else comes in");
        stranger.pop();
        stranger.extend(take(1));
        assert!(take(1).is_none());
        staff.extend((3..=8).flat_map(|last| (0..100).map(move |_| last)).filter_map(take));
        assert_eq!(stranger.len() + staff.len(), CONNECTIONS_MAX);
        assert!(Places::take(&places, [127, 0, 0, 1].into()).is_none(), "full is full");
        drop((stranger, staff));
        assert!(places.0.lock().is_ok_and(|taken| taken.is_empty()), "nothing is remembered of who left");
    }
}
