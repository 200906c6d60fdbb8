//! Well-behaved guests beside whatever a test does to their server: each reads its own wallet again and again, and
//! any wrong, late, missing or foreign answer is found.

use std::{net::SocketAddr, sync::mpsc, thread, time::Duration};

use proto::{
    client::{Pay, Status, Wallet},
    kinds,
    prescan::Budget,
    wire,
};

use super::raw::{BOUND, Raw};

/// See the module.
pub struct Neighbors {
    stop: Vec<mpsc::Sender<()>>,
    threads: Vec<thread::JoinHandle<(u64, Duration)>>,
}

impl Neighbors {
    /// So many, each with another sum of gold.
    pub fn start(server: SocketAddr, count: usize) -> Self {
        let (mut stop, mut threads) = (Vec::new(), Vec::new());
        let to = Raw::connect(server).guest().account;
        for amount in (1..=count).map(|n| i64::try_from(n % 900 + 1).expect("small")) {
            let (sender, receiver) = mpsc::channel();
            let mut raw = Raw::connect(server);
            let mut cseq = raw.guest().cseq_last + 1;
            let paid = raw.command(kinds::PAY, cseq, &wire::encode(&Pay { to, amount }));
            assert_eq!(paid.status(), Status::Ok, "{}", paid.error);
            stop.push(sender);
            threads.push(thread::spawn(move || {
                let (mut reads, mut slowest) = (0, Duration::ZERO);
                // The channel is the clock: a read every 200 ms until the test is done.
                while receiver.recv_timeout(Duration::from_millis(200))
                    == Err(mpsc::RecvTimeoutError::Timeout)
                {
                    (cseq, reads) = (cseq + 1, reads + 1);
                    let began = ding::clock::now();
                    let answer = raw.command(kinds::WALLET_READ, cseq, &[]);
                    slowest = slowest.max(ding::clock::now().saturating_duration_since(began));
                    assert_eq!(answer.status(), Status::Ok);
                    let wallet: Wallet = wire::decode(&answer.result, Budget::CLIENT).expect("a wallet");
                    assert_eq!(wallet.gold, 1_000 - amount, "somebody else's wallet");
                }
                (reads, slowest)
            }));
        }
        Self { stop, threads }
    }

    /// None of them noticed anything; says how long the slowest answer took.
    pub fn check(self) -> Duration {
        drop(self.stop);
        let ended = self.threads.into_iter().map(|thread| thread.join().expect("no neighbor noticed"));
        let (reads, slowest) =
            ended.fold((0, Duration::ZERO), |(all, worst), (reads, slow)| (all + reads, worst.max(slow)));
        assert!(reads > 0, "neighbors were idle within {BOUND:?}");
        println!("{reads} answers to neighbors, the slowest after {slowest:?}");
        slowest
    }
}
