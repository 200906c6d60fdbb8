//! What a process can do for one that is to take its place.

use super::{
    Config, NamedStop, Role, Seat,
    live::{Live, Own},
    look_at_certificate, stop_of_game,
};

/// Whether a role would start with these settings, as far as it can be known while another one runs.
///
/// # Errors
/// The named stop by which it would not.
pub fn rehearse(role: Role, config: &Config) -> Result<(), NamedStop> {
    match role {
        Role::Gateway => {
            let Some(files) = &config.gateway.tls else { return Ok(()) };
            let wrong = |text| NamedStop { name: "BAD_CERTIFICATE".to_owned(), text };
            look_at_certificate(&files.certificate, &files.key).map(drop).map_err(wrong)
        }
        Role::Game => game::design::load(config.game.design.as_deref())
            .map(drop)
            .map_err(|problems| stop_of_game(&game::Error::Design(problems))),
        Role::Dbfront => Ok(()),
    }
}

impl Live {
    /// Sends a gateway's clients elsewhere; it ends when they have gone. False: this role has no such ear.
    #[must_use]
    pub fn leave(&self) -> bool {
        let Own::Gateway(_, orders) = self.own() else { return false };
        orders.leave();
        true
    }
}

/// What game is told where a stop would end its stream: leave the clients to a successor.
pub const HAND_OVER: u8 = game::HAND_OVER;

const _: () = assert!(Seat::GATEWAYS_MAX == gateway::config::PROCESSES_MAX);
