//! Passwords are hashed and compared on one thread of low priority, one at a time. Knows no staff.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::oneshot;

use super::refusal::{BUSY, Refusal};
use crate::logic::{admit::Right, secret::Secret};

/// The way to the thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Hasher(SyncSender<Job>);

enum Job {
    Make { password: Secret, done: oneshot::Sender<Option<String>> },
    Check { password: Secret, phc: Option<String>, done: oneshot::Sender<bool> },
}

impl Hasher {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has none left.
    pub(super) fn start() -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        thread::Builder::new().name("console-hash".to_owned()).spawn(move || {
            // On Linux this is the calling thread's own; without the right to it we hash at normal priority.
            let _ = rustix::process::nice(LOWER_PRIORITY);
            work(&waiting);
        })?;
        Ok(Self(jobs))
    }

    /// The hash to store.
    pub(super) async fn make(&self, password: Secret) -> Result<String, Refusal> {
        let (done, made) = oneshot::channel();
        self.0.try_send(Job::Make { password, done }).map_err(|_| BUSY)?;
        Ok(made.await.ok().flatten().ok_or(BUSY)?)
    }

    /// Whether it is the password; without a hash to compare with it takes as long and is wrong.
    pub(super) async fn check(
        &self,
        password: Secret,
        phc: Option<String>,
    ) -> Result<Option<Right>, Refusal> {
        let (done, checked) = oneshot::channel();
        self.0.try_send(Job::Check { password, phc: phc.clone(), done }).map_err(|_| BUSY)?;
        Ok(Right::of(checked.await.map_err(|_| BUSY)?, phc.unwrap_or_default()))
    }
}

fn work(jobs: &Receiver<Job>) {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or(Params::DEFAULT);
    let dummy = make(&params, b"nobody of the staff has this password").unwrap_or_default();
    while let Ok(job) = jobs.recv() {
        // Whoever asked may have left.
        match job {
            Job::Make { done, .. } if done.is_closed() => (),
            Job::Check { done, .. } if done.is_closed() => (),
            Job::Make { password, done } => drop(done.send(make(&params, password.expose().as_bytes()))),
            Job::Check { password, phc, done } => {
                let does_match = check(phc.as_deref().unwrap_or(&dummy), password.expose().as_bytes());
                let _ = done.send(does_match && phc.is_some());
            }
        }
    }
}

fn make(params: &Params, password: &[u8]) -> Option<String> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).ok()?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(&salt).ok()?),
        hash: Some(hash(params.clone(), password, &salt)?),
    };
    Some(hash.to_string())
}

/// At the stored hash's own cost.
fn check(phc: &str, password: &[u8]) -> bool {
    let Ok(stored) = PasswordHash::new(phc) else { return false };
    let Ok(params) = Params::try_from(&stored) else { return false };
    let Some(salt) = stored.salt.as_deref() else { return false };
    // Outputs are compared in constant time.
    stored.hash.is_some_and(|expected| hash(params, password, salt) == Some(expected))
}

fn hash(params: Params, password: &[u8], salt: &[u8]) -> Option<Output> {
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password, salt, &mut hash).ok()?;
    Output::new(&hash).ok()
}

/// Passwords that wait: more than as many staff log in at a time.
const WAITING_MAX: usize = 16;
const LOWER_PRIORITY: i32 = 10;
const SALT_BYTES: usize = 16;
/// The first of OWASP's recommended settings with 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let params = Params::new(64, 1, 1, None).expect("right");
        let phc = make(&params, b"correct horse battery").expect("made");
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
        assert!(check(&phc, b"correct horse battery"));
        assert!(!check(&phc, b"correct horse batterz") && !check("", b"") && !check("$argon2id$", b""));
        assert_ne!(make(&params, b"same"), make(&params, b"same"), "salted");
    }
}
