//! `ding journal accept-loss`: says what is lost where the journal is gone, old or damaged for good, and goes on without
//! it when somebody names that. What is done then is dbfront's.

use std::fmt::Write as _;

use crate::{
    args::journal::AcceptLoss,
    data::{self, DataFolder, Lock},
    exit::Failure,
    load::load,
    roles::{
        Role,
        journal::{Accepted, Loss, accept_loss, assess_loss},
    },
    serve, staff,
};

/// Says it, or does it.
///
/// # Errors
/// `ROLE_RUNNING`, and what dbfront says.
pub fn accept(args: &AcceptLoss) -> Result<(), Failure> {
    let config = load(&args.source)?.config;
    data::keep_private();
    let folder = DataFolder::open(&args.source.data)?;
    // What game has in memory goes on from records that are given up.
    let _locks = [Role::Dbfront, Role::Game]
        .map(|role| Lock::take(&folder.role_lock(role)).map_err(|error| serve::held(role, &error)))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let (Some(lost_to), Some(reason)) = (args.lost_to, &args.reason) else {
        let loss = assess_loss(&config).map_err(|stop| serve::failure(&stop))?;
        super::say(&told(&loss));
        return Ok(());
    };
    let author = staff::link::asker();
    let accepted = accept_loss(&config, lost_to, &author, reason).map_err(|stop| serve::failure(&stop))?;
    super::say(&done(&accepted));
    Ok(())
}

fn told(loss: &Loss) -> String {
    let Loss { stop, text, applied, kept, from, to } = loss;
    // A String takes everything.
    let mut out = String::new();
    let _ = writeln!(out, "stop      {stop}: {}", staff::render::plain(text));
    let _ = write!(out, "kept      every record up to {kept}");
    let _ = match kept == applied {
        true => writeln!(out, ": the database has them"),
        false => {
            writeln!(out, ": the database has them up to {applied}, the rest is read from the journal first")
        }
    };
    if to < from {
        let _ = writeln!(out, "lost      no record that anybody knows of");
    } else if to <= kept {
        let _ =
            writeln!(out, "lost      records {from} to {to} as a journal; what they did is in the database");
    } else {
        let first = from.0.max(kept.0 + 1);
        let _ = writeln!(out, "lost      what records {first} to {to} did, though it was acknowledged");
    }
    if to <= kept {
        let _ =
            writeln!(out, "          and whatever was acknowledged after record {kept}: nobody can count it");
    }
    let _ = writeln!(out, "to accept ding journal accept-loss --lost-to {to} --reason TEXT");
    let _ = writeln!(out, "          a right copy of the journal, or a backup, is better than this");
    out
}

fn done(accepted: &Accepted) -> String {
    let Accepted { kept, aside, .. } = accepted;
    format!(
        "the world goes on after record {kept}; what is left of the old journal is in {}\n\
         make a backup: no earlier one goes beyond what is lost. Then start: ding up\n",
        aside.display()
    )
}

#[cfg(test)]
mod tests {
    use proto::ids::Lsn;

    use super::*;

    fn loss(applied: u64, kept: u64, from: u64, to: u64) -> String {
        let text = "so it is".to_owned();
        let (applied, kept, from, to) = (Lsn(applied), Lsn(kept), Lsn(from), Lsn(to));
        told(&Loss { stop: "CORRUPT_ACKED", text, applied, kept, from, to })
    }

    #[test]
    fn what_is_lost_is_said_with_the_command_that_accepts_it() {
        let damaged = loss(10, 14, 15, 20);
        assert!(
            damaged.contains("what records 15 to 20 did") && damaged.contains("--lost-to 20 "),
            "{damaged}"
        );
        assert!(
            damaged.contains("up to 10, the rest is read") && !damaged.contains("nobody can"),
            "{damaged}"
        );
        let old = loss(20, 20, 15, 20);
        assert!(old.contains("records 15 to 20 as a journal") && old.contains("after record 20"), "{old}");
        let settled = loss(17, 17, 15, 20);
        assert!(settled.contains("what records 18 to 20 did"), "{settled}");
        assert!(loss(0, 0, 1, 0).contains("no record that anybody knows of"));
    }
}
