//! Passwords are hashed on one thread of low priority: tens of milliseconds each, never on the logic
//! thread, at most 256 waiting (reliability V14). Knows no accounts.

#[cfg(test)]
mod tests;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use crossbeam_channel::{Receiver, Sender};

use super::input::{Input, Inputs, Sentinel};
use crate::{
    config::HashCost,
    logic::event::{HashJob, HashResult},
};

/// The way to the hashing thread. Dropping it ends the thread after the job at hand.
#[derive(Debug)]
pub(super) struct Hasher {
    jobs: Sender<HashJob>,
    over: Arc<AtomicBool>,
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}

impl Hasher {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn start(cost: HashCost, inputs: Inputs) -> io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = crossbeam_channel::bounded(HASHES_WAITING_MAX);
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let thread = thread::Builder::new().name("game-hash".to_owned()).spawn(move || {
            let sentinel = Sentinel { inputs: inputs.clone(), part: "the hashing thread" };
            // On Linux this is the calling thread's own; without the right to it we hash at normal priority.
            let _ = rustix::process::nice(LOWER_PRIORITY);
            Hashing::new(cost).work(&waiting, &is_over, &inputs);
            drop(sentinel);
        })?;
        Ok((Self { jobs, over }, thread))
    }

    /// Queues a job; with the queue full it comes back.
    pub(super) fn offer(&self, job: HashJob) -> Result<(), HashJob> {
        self.jobs.try_send(job).map_err(crossbeam_channel::TrySendError::into_inner)
    }

    /// Jobs not begun.
    pub(super) fn waiting(&self) -> usize {
        self.jobs.len()
    }
}

/// The thread's own: parameters, and what unknown names are compared with.
struct Hashing {
    argon2: Argon2<'static>,
    dummy: String,
}

impl Hashing {
    fn new(cost: HashCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or(Params::DEFAULT);
        let mut hashing =
            Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), dummy: String::new() };
        if let HashResult::Made(dummy) = hashing.make(b"no account has this password") {
            hashing.dummy = dummy;
        }
        hashing
    }

    fn work(&self, jobs: &Receiver<HashJob>, is_over: &AtomicBool, inputs: &Inputs) {
        for job in jobs.iter().take_while(|_| !is_over.load(Relaxed)) {
            let (id, result) = match job {
                // Whoever asks and leaves must not make the others wait.
                HashJob::Make { id, wanted, .. } | HashJob::Verify { id, wanted, .. }
                    if wanted.strong_count() == 0 =>
                {
                    (id, HashResult::Failed)
                }
                HashJob::Make { id, password, .. } => (id, self.make(password.expose().as_bytes())),
                HashJob::Verify { id, password, phc, .. } => {
                    (id, self.verify(password.expose().as_bytes(), phc.as_deref()))
                }
            };
            inputs.send(Input::Hash(id, result));
        }
    }

    fn make(&self, password: &[u8]) -> HashResult {
        let mut salt = [0; SALT_BYTES];
        if getrandom::fill(&mut salt).is_err() {
            return HashResult::Failed;
        }
        match self.argon2.hash_password_with_salt(password, &salt) {
            Ok(hash) => HashResult::Made(hash.to_string()),
            Err(_) => HashResult::Failed,
        }
    }

    /// The cost is the stored hash's own. Without one, the dummy makes the answer as slow (reliability V15).
    fn verify(&self, password: &[u8], phc: Option<&str>) -> HashResult {
        let Ok(stored) = PasswordHash::new(phc.unwrap_or(&self.dummy)) else {
            return HashResult::Failed;
        };
        let equal = self.argon2.verify_password(password, &stored).is_ok();
        HashResult::Verified { matches: equal && phc.is_some() }
    }
}

/// Jobs waiting at most.
pub(super) const HASHES_WAITING_MAX: usize = 256;
const LOWER_PRIORITY: i32 = 10;
const SALT_BYTES: usize = 16;
