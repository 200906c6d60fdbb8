//! Fights wired to connections and rows: a player's blow at a monster, and what its last one brings; a monster's blow at
//! a player. How hard a blow is and what a monster does next is [`super::map`]'s.

use std::time::Duration;

use proto::{
    client::{Attack, Attacked, Hit},
    ids::AccountId,
    kinds,
    packet::Packet,
    tables::CharacterRow,
    wire,
};

use super::{
    cache::Cached,
    commands::goods::{self, Share, Spoils},
    delivery::ConnKey,
    event::Now,
    map::{
        blow,
        field::AvatarKey,
        monsters::{Foe, Strike, Wound},
    },
    roaming::{Roamer, Roaming},
    tx::{Call, Halt, Tx, decode},
    world::World,
};

impl World {
    /// `attack`. The last blow at a monster and all that it brings are one record: without it, it was not struck.
    pub(super) fn attack(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let Attack { avatar } = decode(call.body)?;
        let (own, roamer) = self.roaming.played_by(call.account).ok_or(Halt::Reject("not_in_world"))?;
        if self.is_dead(call.account) {
            return Err(Halt::Reject("character_dead"));
        }
        let (whom, foe) = self.foe(own, avatar)?;
        if let Some(strikes_at) = roamer.fight.strikes_at.filter(|at| now.instant + FORGIVEN < *at) {
            let wait = strikes_at.saturating_duration_since(now.instant);
            let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            return Err(Halt::Later { error: "attack_too_soon", retry_after_ms });
        }
        let damage = blow::damage(roamer.strength.attack, foe.kind.defense, &mut self.rng);
        let wound = Wound { whom, by: own, damage };
        let life = blow::life(foe.hp.saturating_sub(damage), foe.kind.hp);
        let again_ms = u32::try_from(BLOWS_EVERY.as_millis()).unwrap_or(u32::MAX);
        let attacked = wire::encode(&Attacked { damage, life: life.into(), again_ms });
        let spoils = if life == 0 { self.slay(key, call, &foe, wound, now)? } else { self.strike(key, now)? };
        self.outputs.answer_ok(call.cseq, &attacked);
        self.commit_command(key, call, now)?;
        // From here on it has happened.
        if let Some(roamer) = self.roaming.roamers.get_mut(own) {
            let due = roamer.fight.strikes_at.unwrap_or(now.instant).max(now.instant);
            roamer.fight.strikes_at = Some(due + BLOWS_EVERY);
            roamer.fight.last = Some(now.instant);
        }
        self.tell_hit(wound, life);
        let Roaming { field, monsters, .. } = &mut self.roaming;
        if life == 0 {
            self.figures.monsters_slain += 1;
            monsters.die(field, whom, now.instant);
        } else {
            monsters.hurt(field, wound, now.instant);
        }
        for (account, row, levels) in spoils {
            self.has_learned(account, &row, levels, now);
        }
        Ok(())
    }

    /// The monster with this number in packets, if it can be struck from where somebody stands.
    fn foe(&self, own: AvatarKey, avatar: u32) -> Result<(AvatarKey, Foe), Halt> {
        let Roaming { field, monsters, .. } = &self.roaming;
        let whom = field.find(avatar).ok_or(Halt::Reject("no_such_target"))?;
        if field.is_player(whom) == Some(true) {
            return Err(Halt::Reject("target_is_player"));
        }
        let foe = monsters.foe(whom).ok_or(Halt::Reject("no_such_target"))?;
        let places = field.at(own).zip(field.at(whom));
        let (from, to) = places.ok_or(Halt::Reject("no_such_target"))?;
        if REACH_MM * REACH_MM < from.square_to(to) {
            return Err(Halt::Reject("target_too_far"));
        }
        if field.ground().walls().blocks(from, to) {
            return Err(Halt::Reject("target_behind_wall"));
        }
        Ok((whom, foe))
    }

    fn strike(&mut self, key: ConnKey, now: Now) -> Result<Spoils, Halt> {
        self.in_tx(key, None, now, |_| Ok(Spoils::new()))
    }

    fn slay(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        foe: &Foe,
        last: Wound,
        now: Now,
    ) -> Result<Spoils, Halt> {
        let share = |(avatar, damage): (AvatarKey, u32)| {
            let Roamer { account, character, worn, .. } = *self.roaming.roamers.get(avatar)?;
            Some(Share { account, character, worn, damage })
        };
        let shares: Vec<Share> = self.roaming.monsters.shares(last).into_iter().filter_map(share).collect();
        self.in_tx(key, None, now, |tx| goods::take_spoils(tx, call, &foe.kind, &shares))
    }

    /// Monsters act, and players feel it.
    pub(super) fn monsters_act(&mut self, now: Now) {
        let mut strikes = std::mem::take(&mut self.roaming.strikes);
        let Roaming { field, monsters, .. } = &mut self.roaming;
        monsters.beat(field, now.instant, &mut self.rng, &mut strikes);
        for strike in strikes.drain(..) {
            self.be_struck(strike, now);
        }
        self.roaming.strikes = strikes;
    }

    fn be_struck(&mut self, strike: Strike, now: Now) {
        let Strike { by, whom, attack } = strike;
        let Some(roamer) = self.roaming.roamers.get_mut(whom) else { return };
        let key = (roamer.account.0, roamer.character);
        let row = CharacterRow::table_mut(&mut self.cache).row_mut(&key);
        // Another monster may have been quicker.
        let Some(row) = row.filter(|row| !row.dead) else { return };
        let damage = blow::damage(attack, roamer.strength.defense, &mut self.rng);
        row.hp = row.hp.saturating_sub(damage);
        row.dead = row.hp == 0;
        let is_dead = row.dead;
        let life = blow::life(row.hp, roamer.strength.hp_max);
        roamer.is_unsaved = true;
        roamer.fight.last = Some(now.instant);
        self.tell_hit(Wound { whom, by, damage }, life);
        self.show_life(whom, now);
        self.tell_progress(whom);
        if is_dead {
            self.die(whom, by, now);
        }
    }

    /// Tells all who hear whoever was hit, at the tick: each blow by itself would be a write for each of them.
    fn tell_hit(&mut self, wound: Wound, life: u8) {
        let Wound { whom, by, damage } = wound;
        let field = &self.roaming.field;
        let Some((whom_number, home)) = field.number(whom).zip(field.home(whom)) else { return };
        let by = field.number(by).unwrap_or_default();
        let hit = Hit { by, whom: whom_number, damage, life: life.into() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::HIT, ..Packet::default() }, &hit);
        self.tell_hit_at_tick(home, &bytes);
    }

    /// `item_wear`.
    pub(super) fn item_wear(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        self.on_body(key, call, now, goods::wear)
    }

    /// `item_take_off`.
    pub(super) fn item_take_off(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        self.on_body(key, call, now, goods::take_off)
    }

    /// `item_use`.
    pub(super) fn item_use(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        self.on_body(key, call, now, goods::use_one)
    }

    /// A command on things after which a character is as strong, and as whole, as its row and what it wears say.
    fn on_body(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        now: Now,
        run: fn(&mut Tx<'_>, &Call<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let worn = self.in_tx(key, None, now, |tx| {
            run(tx, call)?;
            let character = tx.plays.ok_or(Halt::Reject("not_in_world"))?;
            super::commands::characters::worn(tx, character)
        })?;
        self.commit_command(key, call, now)?;
        self.rearm(call.account, worn, now);
        Ok(())
    }

    /// A character wears so much now, or is of another level.
    pub(super) fn rearm(&mut self, account: AccountId, worn: super::design::Bonus, now: Now) {
        let Some((avatar, roamer)) = self.roaming.avatar_of(account) else { return };
        let level = self.row_of(&roamer).map_or(1, |row| row.level);
        let strength = self.design.strength(level, worn);
        if let Some(roamer) = self.roaming.roamers.get_mut(avatar) {
            roamer.worn = worn;
            roamer.strength = strength;
        }
        self.show_life(avatar, now);
    }

    /// The row of an avatar's character, which is in memory while it is on the map.
    pub(super) fn row_of(&self, roamer: &Roamer) -> Option<&CharacterRow> {
        let key = (roamer.account.0, roamer.character);
        CharacterRow::table(&self.cache).find(&key).map(|held| &held.row)
    }
}

/// From one blow of a character to the next.
const BLOWS_EVERY: Duration = Duration::from_secs(1);
/// So much sooner one may come, if those before it did not: packets are not equally quick.
const FORGIVEN: Duration = Duration::from_millis(250);
/// However blows came before, the next is due within so long.
pub(super) const BLOW_DUE_WITHIN: Duration = Duration::from_millis(1_250);
const _: () = assert!(BLOWS_EVERY.as_millis() + FORGIVEN.as_millis() == BLOW_DUE_WITHIN.as_millis());
/// How far a character strikes, millimetres.
const REACH_MM: i64 = 3_000;
