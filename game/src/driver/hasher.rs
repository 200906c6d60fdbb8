//! Passwords are hashed on one thread of low priority: tens of milliseconds each, never on the logic
//! thread. Who waits for them waits in the world. Knows no accounts.

#[cfg(test)]
mod tests;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::input::{Input, Inputs, Sentinel};
use crate::{
    config::HashCost,
    logic::event::{HASHES_OUT_MAX, HashJob, HashResult},
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
}

/// The thread's own: parameters, what unknown names are compared with, and the memory of a hash, kept from
/// one to the next: an allocator that gets so much back each time may keep several times as much.
struct Hashing {
    params: Params,
    dummy: String,
    memory: Vec<Block>,
    /// Without a job for so long, the memory is given back.
    idle: Duration,
}

impl Hashing {
    fn new(cost: HashCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or(Params::DEFAULT);
        let mut hashing = Self { params, dummy: String::new(), memory: Vec::new(), idle: IDLE };
        if let HashResult::Made(dummy) = hashing.make(b"no account has this password") {
            hashing.dummy = dummy;
        }
        hashing
    }

    fn work(&mut self, jobs: &Receiver<HashJob>, is_over: &AtomicBool, inputs: &Inputs) {
        loop {
            let job = match self.next(jobs) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if is_over.load(Relaxed) {
                return;
            }
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

    /// The next job, if it comes soon; else the memory goes back to the system.
    fn next(&mut self, jobs: &Receiver<HashJob>) -> Result<HashJob, RecvTimeoutError> {
        let next = jobs.recv_timeout(self.idle);
        if next.is_err() {
            self.memory = Vec::new();
        }
        next
    }

    fn make(&mut self, password: &[u8]) -> HashResult {
        let mut salt = [0; SALT_BYTES];
        if getrandom::fill(&mut salt).is_err() {
            return HashResult::Failed;
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let made = self.hash(&argon2, password, &salt).and_then(|hash| {
            Some(PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&self.params).ok()?,
                salt: Some(Salt::new(&salt).ok()?),
                hash: Some(hash),
            })
        });
        made.map_or(HashResult::Failed, |hash| HashResult::Made(hash.to_string()))
    }

    /// The cost is the stored hash's own. Without one, the dummy makes the answer as slow (reliability V15).
    fn verify(&mut self, password: &[u8], phc: Option<&str>) -> HashResult {
        let Ok(stored) = PasswordHash::new(phc.unwrap_or(&self.dummy)) else {
            return HashResult::Failed;
        };
        match (self.hash_like(password, &stored), stored.hash) {
            // Outputs are compared in constant time.
            (Some(hash), Some(expected)) => {
                let is_cheap = self.is_cheap(&stored);
                HashResult::Verified { matches: hash == expected && phc.is_some(), is_cheap }
            }
            (None, _) | (_, None) => HashResult::Failed,
        }
    }

    /// Whether a hash made today costs more.
    fn is_cheap(&self, stored: &PasswordHash) -> bool {
        let cost = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
        Params::try_from(stored).is_ok_and(|stored| cost(&stored) < cost(&self.params))
    }

    fn hash_like(&mut self, password: &[u8], stored: &PasswordHash) -> Option<Output> {
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
        let version = stored.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(stored).ok()?);
        self.hash(&argon2, password, stored.salt.as_deref()?)
    }

    fn hash(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Option<Output> {
        let blocks = argon2.params().block_count();
        if self.memory.capacity() < blocks {
            // Untouched capacity is only address space, and so large a piece is unmapped when it is freed.
            self.memory = Vec::new();
            self.memory.try_reserve_exact(blocks.max(UNMAPPED_BLOCKS_MIN)).ok()?;
        }
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::new());
        }
        let mut hash = [0; Output::MAX_LENGTH];
        let hash = hash.get_mut(..argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
        argon2.hash_password_into_with_memory(password, salt, hash, &mut self.memory[..blocks]).ok()?;
        Output::new(hash).ok()
    }
}

/// Jobs waiting at most.
pub(super) const HASHES_WAITING_MAX: usize = HASHES_OUT_MAX;
const LOWER_PRIORITY: i32 = 10;
const SALT_BYTES: usize = 16;
const IDLE: Duration = Duration::from_secs(10);
/// From 32 MiB on, every common allocator hands a piece's pages back as soon as it is freed.
const UNMAPPED_BLOCKS_MIN: usize = (32 << 20) / Block::SIZE + 1;
