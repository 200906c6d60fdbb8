//! Subject and reference in turns, so that a slow minute of the machine hits both alike; the median of
//! each counts.

use crate::error::Error;

/// Medians of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) subject: f64,
    pub(crate) reference: f64,
}

/// A/B/A/B …: each closure measures once.
pub(crate) fn in_turns(
    rounds: usize,
    mut subject: impl FnMut() -> Result<f64, Error>,
    mut reference: impl FnMut() -> Result<f64, Error>,
) -> Result<Measured, Error> {
    let mut subjects = Vec::with_capacity(rounds);
    let mut references = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        subjects.push(subject()?);
        references.push(reference()?);
    }
    Ok(Measured { subject: median(&mut subjects), reference: median(&mut references) })
}

/// The middle one; the lower of two middle ones. Zero of nothing.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
