//! How often a stream is written to and read from, and that it may take and give bytes as it likes.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;

/// Counts writes, and reads that brought something.
struct Counted {
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.reads.fetch_add(usize::from(!buffer.filled().is_empty()), Relaxed);
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Relaxed);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Counted {
    fn new(stream: DuplexStream) -> Self {
        Self { stream, writes: Arc::default(), reads: Arc::default() }
    }
}

#[test]
fn a_thousand_calls_leave_in_one_write_and_their_answers_come_in_one() {
    run(async {
        let (near, far) = duplex(1 << 20);
        let (near, far) = (Counted::new(near), Counted::new(far));
        let (asked, answered) = (Arc::clone(&near.writes), Arc::clone(&far.writes));
        let (_far, serving) = open(far, Early::default(), Limits::default(), echo);
        let (peer, link) = open(near, Early::default(), Limits::default(), Nothing);
        let calls: Vec<_> = (0..1_000_u32).map(|nth| peer.call(&nth.to_le_bytes(), soon())).collect();
        tokio::task::spawn_local(link);
        tokio::task::spawn_local(serving);
        for (nth, call) in (0..1_000_u32).zip(calls) {
            assert_eq!(call.await.unwrap(), nth.to_le_bytes().as_slice());
        }
        assert_eq!((asked.load(Relaxed), answered.load(Relaxed)), (1, 1));
    });
}

#[test]
fn whoever_has_its_answer_goes_on_before_the_rest_is_read() {
    run(async {
        let (near, far) = duplex(1 << 20);
        let near = Counted::new(near);
        let reads = Arc::clone(&near.reads);
        let (_far, serving) = open(far, Early::default(), Limits::default(), echo);
        let (peer, link) = open(near, Early::default(), Limits::default(), Nothing);
        let request = [7; 1_000];
        let calls: Vec<_> = (0..1_000).map(|_| peer.call(&request, soon())).collect();
        tokio::task::spawn_local(link);
        tokio::task::spawn_local(serving);
        let mut calls = calls.into_iter();
        calls.next().unwrap().await.unwrap();
        assert_eq!(reads.load(Relaxed), 1);
        for call in calls {
            call.await.unwrap();
        }
        assert!(10 < reads.load(Relaxed), "{reads:?}");
    });
}

#[test]
fn a_stream_that_takes_and_gives_few_bytes_at_a_time_changes_nothing() {
    run(async {
        for bytes in [1, 2, 3, 7, 23, 25] {
            let (near, far) = duplex(bytes);
            end(far, Limits::default(), echo);
            let (peer, _) = end(near, Limits::default(), Nothing);
            let requests: Vec<Vec<u8>> = (0..20_u8).map(|nth| vec![nth; usize::from(nth) * 5]).collect();
            let calls: Vec<_> = requests.iter().map(|request| peer.call(request, soon())).collect();
            for (request, call) in requests.iter().zip(calls) {
                assert_eq!(call.await.unwrap(), *request);
            }
        }
    });
}
