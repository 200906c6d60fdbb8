//! What staff says to one player, shown by its client. Who does not play is not told: a letter waits, this does not.

use proto::{client::StaffSaid, ids::AccountId, kinds, link::StaffResponse, packet::Packet, wire};

use super::{Ask, Asked, Did};
use crate::logic::{
    event::Now,
    outputs::Audience,
    staff::StaffError,
    tx::{Halt, Tx},
    world::World,
};

impl World {
    /// A session whose connection is away hears it when it comes back.
    pub(super) fn staff_tell(
        &mut self,
        ask: &Asked,
        player: &Ask,
        text: &str,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let account = AccountId(player.account);
        let plays = self.online.contains_key(&account);
        self.staff_deed(ask, player, now, |tx| {
            if !plays {
                return Err(StaffError::NotPlaying.into());
            }
            tell(tx, account, &StaffSaid { name: MESSAGE.to_owned(), text: text.to_owned(), character: 0 });
            Ok(Did { word: Some(A_MESSAGE), ..Did::new(String::new(), text.to_owned()) })
        })
    }
}

pub(super) fn tell(tx: &mut Tx<'_>, account: AccountId, said: &StaffSaid) {
    tx.send(Audience::Account(account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::STAFF_SAID, ..Packet::default() }, said);
    });
}

const MESSAGE: &str = "message";
/// In the log.
const A_MESSAGE: &str = "a message";
