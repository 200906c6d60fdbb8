//! How many cores each process used while it was measured: where the time goes.

use crate::{clock, error::Error, process::cpu_seconds};

/// Processor time of some processes over some runs.
pub(super) struct Cores {
    processes: Vec<(&'static str, u32)>,
    used_s: Vec<f64>,
    elapsed_s: f64,
}

impl Cores {
    /// Of these and of the load engine, which is this process.
    pub(super) fn of(processes: &[(&'static str, u32)]) -> Self {
        let mut processes = processes.to_vec();
        processes.push(("load", std::process::id()));
        let used_s = vec![0.0; processes.len()];
        Self { processes, used_s, elapsed_s: 0.0 }
    }

    /// Adds one run.
    pub(super) fn during<T>(&mut self, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let start = clock::now();
        let before = self.now();
        let result = run()?;
        let after = self.now();
        for ((used, before), after) in self.used_s.iter_mut().zip(before).zip(after) {
            *used += after - before;
        }
        self.elapsed_s += start.elapsed().as_secs_f64();
        Ok(result)
    }

    fn now(&self) -> Vec<f64> {
        self.processes.iter().map(|(_, pid)| cpu_seconds(*pid).unwrap_or(0.0)).collect()
    }

    /// `gateway 0.81, game 0.40, …`
    pub(super) fn line(&self) -> String {
        let cores = |used: &f64| used / self.elapsed_s.max(f64::MIN_POSITIVE);
        let words: Vec<_> = self
            .processes
            .iter()
            .zip(&self.used_s)
            .map(|((name, _), used)| format!("{name} {:.2}", cores(used)))
            .collect();
        format!("  cores: {}", words.join(", "))
    }
}
