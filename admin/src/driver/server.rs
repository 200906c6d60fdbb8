//! Connections: so many at a time, each with bounds on what it may send and how slowly. Knows no route.

use std::{net::SocketAddr, sync::Arc, time::Duration};

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
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};

use super::request::Remote;

/// Takes in whoever comes, for ever.
pub(super) async fn accept(listener: TcpListener, router: Router, patience: Duration) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // There are no descriptors, or the peer has left: the next one may have more luck.
            let _ = timeout(BREATH, std::future::pending::<()>()).await;
            continue;
        };
        // Beyond the bound, closed at once.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let serving = serve(stream, from, router.clone(), patience);
        tokio::spawn(async move {
            serving.await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, from: SocketAddr, router: Router, patience: Duration) {
    let router = TowerToHyperService::new(router);
    let remote = Remote { address: from.ip(), patience };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(remote);
        router.call(request)
    });
    // However it ends, it is the peer's loss only.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEADERS_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

const BREATH: Duration = Duration::from_millis(100);
const CONNECTIONS_MAX: usize = 128;
const HEADERS_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// For the head of a request, and again for its body.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
