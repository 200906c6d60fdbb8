//! What the gateway must know of each packet kind, as game's welcome (or proto, before it) tells.

use proto::{
    kinds::{BUILT_IN, Class, KindDef},
    link::KindRule,
};
use rustc_hash::FxHashMap;

/// One kind that a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Bytes of its body at most.
    pub body_max: usize,
    /// Allowed before game admitted the client.
    pub before_login: bool,
}

/// Kinds that a client may send. What only the server sends is not in it.
#[derive(Debug, PartialEq, Eq)]
pub struct KindTable {
    rules: FxHashMap<u32, Rule>,
}

impl Default for KindTable {
    /// Ding's own kinds.
    fn default() -> Self {
        Self::new(&[])
    }
}

impl KindTable {
    /// Ding's own kinds, and over them those of a link's welcome.
    #[must_use]
    pub fn new(rules: &[KindRule]) -> Self {
        let from_client = |rule: &&KindRule| match Class::from_code(rule.class) {
            Some(Class::Control | Class::Command | Class::Signal) => true,
            Some(Class::FromServer) | None => false,
        };
        let built_in: Vec<KindRule> = BUILT_IN.iter().map(KindDef::rule).collect();
        let rules = built_in
            .iter()
            .chain(rules)
            .filter(from_client)
            .map(|rule| {
                let body_max = usize::try_from(rule.body_max).unwrap_or(usize::MAX);
                (rule.kind, Rule { body_max, before_login: rule.before_login })
            })
            .collect();
        Self { rules }
    }

    /// The rule of a kind that a client may send.
    #[must_use]
    pub fn rule(&self, kind: u32) -> Option<Rule> {
        self.rules.get(&kind).copied()
    }
}
