//! The table of kinds that a session goes by: Ding's own, and what the welcome adds. Knows no stages.

use proto::{
    client::KindInfo,
    kinds::{BUILT_IN, Class, Lane},
    limits::CLIENT_FRAME_BYTES_MAX,
};

use crate::logic::{session::CommandError, violation::Violation};

/// Sorted by kind.
#[derive(Debug)]
pub(super) struct KindTable {
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    kind: u32,
    class: Class,
    lane: Lane,
    body_max: usize,
}

impl Default for KindTable {
    fn default() -> Self {
        let own = |def: &proto::kinds::KindDef| Rule {
            kind: def.kind,
            class: def.class,
            lane: def.lane,
            body_max: def.body_max,
        };
        Self { rules: BUILT_IN.iter().map(own).collect() }
    }
}

impl KindTable {
    /// Adds what the server tells. Ding's own kinds stay as this build knows them; what makes no sense
    /// is left out and is then an unknown kind.
    pub(super) fn add(&mut self, kinds: &[KindInfo]) {
        for info in kinds {
            let Some(class) = Class::from_code(info.class) else { continue };
            let Ok(lane) = u8::try_from(info.lane) else { continue };
            let Err(index) = self.rules.binary_search_by_key(&info.kind, |rule| rule.kind) else { continue };
            let body_max = usize::try_from(info.body_max).unwrap_or(usize::MAX).min(CLIENT_FRAME_BYTES_MAX);
            self.rules.insert(index, Rule { kind: info.kind, class, lane: Lane::from_bits(lane), body_max });
        }
    }

    /// Whether this side may send such a packet.
    pub(super) fn check_body(&self, kind: u32, classes: &[Class], bytes: usize) -> Result<(), CommandError> {
        let rule = self.find(kind).filter(|rule| classes.contains(&rule.class));
        let rule = rule.ok_or(CommandError::UnknownKind { kind })?;
        if bytes > rule.body_max {
            return Err(CommandError::BodyTooLarge { kind, bytes, max: rule.body_max });
        }
        Ok(())
    }

    /// Whether a server may send such a packet in this lane.
    pub(super) fn check_from_server(&self, kind: u32, lane: Lane) -> Result<(), Violation> {
        let rule = self.find(kind).ok_or(Violation::UnknownKind { kind })?;
        let both_ways = matches!(kind, proto::kinds::PING | proto::kinds::PONG);
        if rule.class != Class::FromServer && !both_ways {
            return Err(Violation::NotFromServer { kind });
        }
        if rule.lane != lane {
            return Err(Violation::WrongLane { kind, lane, expected: rule.lane });
        }
        Ok(())
    }

    fn find(&self, kind: u32) -> Option<&Rule> {
        let index = self.rules.binary_search_by_key(&kind, |rule| rule.kind).ok()?;
        self.rules.get(index)
    }
}
