//! How a character's life goes on: it dies, begins again, gets back hit points out of a fight, and others see it. Its hit
//! points are in its row, ahead of any record: they are progress, kept now and then like its place.

use std::time::{Duration, Instant};

use proto::{
    client::{Died, Respawned},
    ids::AccountId,
    kinds::{self, Lane},
    packet::Packet,
    tables::CharacterRow,
    wire,
};

use super::{
    cache::Cached,
    commands::characters,
    delivery::ConnKey,
    event::Now,
    map::{blow, field::AvatarKey},
    release::Step,
    roaming::coordinate,
    trading::DIED,
    tx::{Call, Halt},
    world::World,
};

impl World {
    /// Whether the character with which an account is in the world is dead.
    pub(super) fn is_dead(&self, account: AccountId) -> bool {
        let roamer = self.roaming.avatar_of(account).map(|(_, roamer)| roamer);
        roamer.and_then(|roamer| self.row_of(&roamer)).is_some_and(|row| row.dead)
    }

    /// Its hit points are 0 now, by somebody's blow.
    pub(super) fn die(&mut self, avatar: AvatarKey, by: AvatarKey, now: Now) {
        let Some(roamer) = self.roaming.roamers.get(avatar).copied() else { return };
        self.figures.characters_died += 1;
        self.end_trade(roamer.character, DIED);
        let by = self.roaming.field.number(by).unwrap_or_default();
        let respawn_ms = self.design.map().respawn_ms();
        let died = Died { character: roamer.character, by, respawn_ms };
        self.tell_roamer(avatar, kinds::DIED, |bytes, packet| wire::put(bytes, packet, &died));
        self.keep_place(avatar, now);
    }

    /// `respawn`.
    pub(super) fn respawn(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let (avatar, roamer) = self.roaming.played_by(call.account).ok_or(Halt::Reject("not_in_world"))?;
        if !self.is_dead(call.account) {
            return Err(Halt::Reject("not_dead"));
        }
        if let Some(respawns_at) = roamer.fight.respawns_at.filter(|at| now.instant < *at) {
            let wait = respawns_at.saturating_duration_since(now.instant);
            let retry_after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
            return Err(Halt::Later { error: "respawn_too_soon", retry_after_ms });
        }
        let at = self.place_to_stand(None);
        let (map, hp) = (self.design.map().number(), roamer.strength.hp_max);
        self.in_tx(key, None, now, |tx| {
            let row = tx.row::<CharacterRow>(&(call.account.0, roamer.character))?;
            let row = row.ok_or(Halt::Reject("internal"))?;
            let row = CharacterRow { hp, dead: false, map, x_mm: at.x_mm, y_mm: at.y_mm, ..row };
            characters::tell_progress(tx, call.account, &row, roamer.worn);
            tx.put(row);
            tx.progress();
            Ok(())
        })?;
        let (x_mm, y_mm) = (coordinate(at.x_mm), coordinate(at.y_mm));
        self.outputs.answer_ok(call.cseq, &wire::encode(&Respawned { x_mm, y_mm, hp }));
        self.commit_command(key, call, now)?;
        self.roaming.field.put(avatar, at);
        self.roaming.kept(avatar, at);
        self.show_life(avatar, now);
        Ok(())
    }

    /// Shows others how much of its life a character has, and lets it get back what is missing.
    pub(super) fn show_life(&mut self, avatar: AvatarKey, now: Now) {
        let Some(roamer) = self.roaming.roamers.get(avatar).copied() else { return };
        let Some(row) = self.row_of(&roamer) else { return };
        let (hp, hp_max, is_dead) = (row.hp, roamer.strength.hp_max, row.dead);
        let gets_back = self.design.levels().at(row.level).hp_per_s;
        self.roaming.field.live(avatar, if is_dead { 0 } else { blow::life(hp, hp_max) });
        let Some(roamer) = self.roaming.roamers.get_mut(avatar) else { return };
        if !is_dead {
            roamer.fight.respawns_at = None;
        } else if roamer.fight.respawns_at.is_none() {
            let respawn = Duration::from_millis(self.design.map().respawn_ms().into());
            roamer.fight.respawns_at = Some(now.instant + respawn);
        }
        if !is_dead && hp < hp_max && 0 < gets_back && roamer.fight.heals_at.is_none() {
            self.heals_later(avatar, now.instant);
        }
    }

    fn heals_later(&mut self, avatar: AvatarKey, now: Instant) {
        let heals_at = now + HEALS_EVERY;
        if let Some(roamer) = self.roaming.roamers.get_mut(avatar) {
            roamer.fight.heals_at = Some(heals_at);
            self.roaming.healing.push_back((heals_at, avatar));
        }
    }

    /// Gives hit points back to those whose time it is, if they do not fight.
    pub(super) fn heal_due(&mut self, now: Now) {
        while let Some((at, avatar)) = self.roaming.healing.pop_front_if(|(at, _)| *at <= now.instant) {
            let Some(roamer) = self.roaming.roamers.get_mut(avatar) else { continue };
            if roamer.fight.heals_at != Some(at) {
                continue;
            }
            roamer.fight.heals_at = None;
            let hp_max = roamer.strength.hp_max;
            let fights = roamer.fight.last.is_some_and(|last| now.instant < last + FIGHT_LASTS);
            let key = (roamer.account.0, roamer.character);
            let row = CharacterRow::table_mut(&mut self.cache).row_mut(&key);
            let Some(row) = row.filter(|row| !row.dead && row.hp < hp_max) else { continue };
            if fights {
                self.heals_later(avatar, now.instant);
                continue;
            }
            let per_s = self.design.levels().at(row.level).hp_per_s;
            let seconds = u32::try_from(HEALS_EVERY.as_secs()).unwrap_or(1);
            row.hp = row.hp.saturating_add(per_s.saturating_mul(seconds)).min(hp_max);
            roamer.is_unsaved = true;
            self.tell_progress(avatar);
            self.show_life(avatar, now);
        }
    }

    /// Tells a character's player how it is.
    pub(super) fn tell_progress(&mut self, avatar: AvatarKey) {
        let Some(roamer) = self.roaming.roamers.get(avatar).copied() else { return };
        let Some(row) = self.row_of(&roamer) else { return };
        let progress = characters::progress(&self.design, row, roamer.worn);
        self.tell_roamer(avatar, kinds::PROGRESS, |bytes, packet| wire::put(bytes, packet, &progress));
    }

    fn tell_roamer(&mut self, avatar: AvatarKey, kind: u32, put: impl FnOnce(&mut Vec<u8>, Packet<'_>)) {
        let Some(Ok(to)) = self.roaming.roamers.get(avatar).map(|roamer| roamer.conn) else { return };
        let mut bytes = Vec::new();
        put(&mut bytes, Packet { kind, ..Packet::default() });
        self.delivery.step(Step::Send { to, lane: Lane::MustArrive, is_answer: false }, &bytes);
    }
}

/// From one gift of hit points to the next.
const HEALS_EVERY: Duration = Duration::from_secs(3);
/// So long after the last blow somebody still fights.
pub(super) const FIGHT_LASTS: Duration = Duration::from_secs(10);
