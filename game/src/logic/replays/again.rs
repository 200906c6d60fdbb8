//! A match on its way to be played again for somebody who looks on, input by input. Knows no connection and no clock: how
//! long the room's code takes is what its watch says.

use std::{cell::Cell, collections::VecDeque, sync::Arc, time::Duration};

use proto::{
    ids::{AccountId, RoomId},
    room::Input,
};

use super::shelf::Stored;
use crate::{
    logic::{
        outputs::{Audience, Outputs},
        rooms::{
            bank::Remembered,
            run::{Broken, Hands, RoomRun, Stopped, hash},
            watch::{Calling, Lasts, Subject, Watch},
        },
    },
    registry::Registered,
    replay::is_from_outside,
    room::{Effects, Opening},
};

/// See the module.
pub(crate) struct Again {
    stored: Arc<Stored>,
    subject: Subject,
    /// None: it broke.
    run: Option<RoomRun>,
    /// Chunks that were taken, and what is left of the last.
    chunks: usize,
    inputs: VecDeque<Input>,
    out: Outputs,
    effects: Effects,
    /// Of the processor, since that was last taken.
    took: Cell<Duration>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// As it ended then.
    pub(crate) is_same: bool,
    /// Why not all of it could be played as it was; none: it could.
    pub(crate) error: Option<&'static str>,
}

impl End {
    const SAME: Self = Self { is_same: true, error: None };

    /// It could not be shown to its end, or ended otherwise.
    pub(crate) fn otherwise(error: &'static str) -> Self {
        Self { is_same: false, error: Some(error) }
    }
}

impl Again {
    /// The room as it was when it opened; none: it does not open any more.
    pub(crate) fn open(stored: Arc<Stored>, kind: &Registered, watch: &Watch) -> Option<Self> {
        let row = stored.row();
        let seed = <[u8; 32]>::try_from(&*row.seed).ok()?;
        let subject = Subject {
            room: RoomId(row.id),
            kind: kind.name,
            number: row.number,
            lasts: Lasts::Replay,
            limit: kind.limits.handler,
        };
        let opening = Opening { number: row.number, options: &row.options };
        let calling = Calling::Open(&row.options);
        let (opened, took) = watch.timed(&subject, &calling, || RoomRun::open(kind, &opening, seed));
        let run = opened.ok()?;
        let (out, effects) = (Outputs::default(), Effects::default());
        let inputs = VecDeque::new();
        let took = Cell::new(took);
        Some(Self { stored, subject, run: Some(run), chunks: 0, inputs, out, effects, took })
    }

    /// What its room's code took of the processor since that was last taken.
    pub(crate) fn took(&self) -> Duration {
        self.took.get()
    }

    /// Takes that.
    pub(crate) fn take_took(&self) -> Duration {
        self.took.take()
    }

    fn timed<T>(&self, watch: &Watch, calling: &Calling<'_>, call: impl FnOnce() -> T) -> T {
        let (returned, took) = watch.timed(&self.subject, calling, call);
        self.took.set(self.took.get() + took);
        returned
    }

    pub(crate) fn id(&self) -> u64 {
        self.stored.row().id
    }

    pub(crate) fn outcome(&self) -> &str {
        &self.stored.row().outcome
    }

    /// When it hears something next, by its own time; none: that was all.
    pub(crate) fn next_ms(&mut self) -> Option<u64> {
        while self.inputs.is_empty() {
            self.inputs = self.stored.inputs(self.chunks)?.into();
            self.chunks += 1;
        }
        self.inputs.front().map(|input| input.at_ms)
    }

    /// Lets it hear that.
    ///
    /// # Errors
    /// How it ended by this.
    pub(crate) fn hear(&mut self, watch: &Watch) -> Result<(), End> {
        self.out.clear();
        let Some(Input { at_ms, outcomes, what: Some(what) }) = self.inputs.pop_front() else {
            return Err(End::otherwise(DIFFERS));
        };
        let Some(run) = &mut self.run else { return Err(End::otherwise(DIFFERS)) };
        let mut bank = Remembered::new(&outcomes);
        let mut hands = Hands { out: &mut self.out, effects: &mut self.effects, bank: &mut bank, re: RE };
        let calling = Calling::Hear(&what);
        let (heard, took) = watch.timed(&self.subject, &calling, || run.apply(&what, at_ms, &mut hands));
        self.took.set(self.took.get() + took);
        match heard {
            Ok(()) if bank.is_short || bank.left() != 0 => Err(End::otherwise(DIFFERS)),
            Ok(()) => Ok(()),
            Err(Stopped::Refused(_)) => Err(End::otherwise(DIFFERS)),
            Err(Stopped::Closed(Broken { name, .. })) => {
                let is_last = self.next_ms().is_none();
                let is_same = is_last && self.stored.row().hash.0 == 0 && self.outcome() == name;
                Err(if is_same { End::SAME } else { End::otherwise(name) })
            }
        }
    }

    /// What it said by that to all who are in the room, packet by packet, as they are encoded.
    pub(crate) fn said(&self) -> impl Iterator<Item = &[u8]> {
        let is_for_all = |to: Audience| matches!(to, Audience::Room | Audience::RoomLatest);
        self.out.iter().filter(move |(item, _)| is_for_all(item.to)).map(|(_, packets)| packets)
    }

    /// All that one who looks on has to see now, as it is encoded.
    ///
    /// # Errors
    /// How it ended by this.
    pub(crate) fn view(&self, watch: &Watch) -> Result<Vec<u8>, End> {
        let mut seen = Vec::new();
        let Some(run) = &self.run else { return Ok(seen) };
        let calling = Calling::View(NOBODY);
        let view = self.timed(watch, &calling, || run.view(NOBODY, &mut seen));
        let shown = view.and_then(|()| self.timed(watch, &Calling::Snapshot, || run.snapshot(&mut seen)));
        shown.map(|()| seen).map_err(|Broken { name, .. }| End::otherwise(name))
    }

    /// Compares the end.
    pub(crate) fn end(&self, watch: &Watch) -> End {
        let then = self.stored.row().hash.0;
        if then == 0 {
            return if is_from_outside(self.outcome()) { End::SAME } else { End::otherwise(DIFFERS) };
        }
        let state = self.run.as_ref().map(|run| self.timed(watch, &Calling::Save, || run.state()));
        match state {
            Some(Ok(state)) if hash(&state) == then => End::SAME,
            Some(Err(Broken { name, .. })) => End::otherwise(name),
            Some(Ok(_)) | None => End::otherwise(DIFFERS),
        }
    }

    /// It goes.
    pub(crate) fn close(mut self, watch: &Watch) {
        let run = self.run.take();
        watch.again(&self.subject, &Calling::Drop, || drop(run));
    }
}

/// It does not go as it went then.
const DIFFERS: &str = "replay_differs";
/// Who looks on is no member.
const NOBODY: AccountId = AccountId(0);
/// The number of each command: an answer is one to it, and goes nowhere.
const RE: u64 = 1;
