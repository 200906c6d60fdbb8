//! The shadow check: of some durable rooms a second one plays along, made from the saved state and told the same. Where the
//! two differ, the room depends on something that it was not told, or keeps something that is not in its state; it would
//! not outlive its process as it is. It plays on, and whoever runs the server hears of it once.

use proto::{ids::RoomId, room::Input};

use super::calling::subject;
use crate::logic::{
    event::Diverged,
    outputs::Outputs,
    rooms::{
        bank::Remembered,
        differ::first_difference,
        run::{Hands, RoomRun},
        watch::Calling,
    },
    world::World,
};

impl World {
    /// Lets a second room play along, if this is one of those.
    pub(super) fn begin_shadow(&mut self, id: RoomId) {
        let one_in = u64::from(self.config.shadow_one_in);
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        if hosted.kept.is_none() || one_in == 0 || !id.0.is_multiple_of(one_in) {
            return;
        }
        let registered = &self.registry.rooms()[hosted.kind];
        let subject = subject(id, registered, hosted.number);
        let run = &hosted.run;
        let made = self.watch.again(&subject, &Calling::Save, || run.state()).and_then(|state| {
            self.watch.again(&subject, &Calling::Load(&state.room), || RoomRun::load(registered, &state))
        });
        hosted.shadow = made.ok().map(Box::new);
    }

    /// It hears what its room has heard, and is compared with it.
    pub(super) fn shadow(&mut self, id: RoomId, input: &Input) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let Some(mut shadow) = hosted.shadow.take() else { return };
        let registered = &self.registry.rooms()[hosted.kind];
        let subject = subject(id, registered, hosted.number);
        let Some(what) = &input.what else { return };
        let mut bank = Remembered::new(&input.outcomes);
        let (mut out, mut effects) = (Outputs::default(), crate::room::Effects::default());
        let mut hands = Hands { out: &mut out, effects: &mut effects, bank: &mut bank, re: 0 };
        let told =
            self.watch.again(&subject, &Calling::Hear(what), || shadow.apply(what, input.at_ms, &mut hands));
        let states =
            self.watch.again(&subject, &Calling::Save, || Ok::<_, ()>((hosted.run.state(), shadow.state())));
        let field = match (told, states) {
            (Err(stopped), _) => Some(format!("heard again it is stopped: {stopped:?}")),
            (Ok(()), _) if bank.is_short || bank.left() != 0 => Some("deals in gold".to_owned()),
            (Ok(()), Ok((Ok(here), Ok(there)))) => first_difference(&here, &there),
            // One that is too large is closed where it is saved.
            (Ok(()), _) => None,
        };
        match field {
            None => hosted.shadow = Some(shadow),
            Some(field) => {
                self.figures.rooms_diverged += 1;
                let (kind, input) = (registered.name, hosted.run.inputs());
                self.hosting.diverged.push(Diverged { room: id, kind, input, field });
            }
        }
    }
}
