//! Proofs that a request may be carried out: [`By`] that its sender is logged in with a role, [`Sure`] that the password
//! was given again with it. Handlers take them as arguments, and only this file makes them. Knows no route.

use std::{marker::PhantomData, net::IpAddr};

use super::{
    role::{Least, Role},
    sessions::Key,
};

/// Whoever sends a request, as session and list of staff know it just now.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name in the list of staff.
    pub name: String,
    /// What it may.
    pub role: Role,
    /// Where it comes from.
    pub address: IpAddr,
    /// Its session.
    pub session: Key,
}

/// Proof that the sender has at least role `R`.
#[derive(Debug)]
pub struct By<R> {
    caller: Caller,
    role: PhantomData<fn() -> R>,
}

impl<R: Least> By<R> {
    /// Of whoever may; nothing for the others.
    #[must_use]
    pub fn admit(caller: Caller) -> Option<Self> {
        (R::ROLE <= caller.role).then_some(Self { caller, role: PhantomData })
    }

    /// Who.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The same with the password given again.
    #[must_use]
    pub fn sure(self, _right: Right) -> Sure<R> {
        Sure(self)
    }
}

/// Proof that the sender has at least role `R` and gave its password with this very request.
#[derive(Debug)]
pub struct Sure<R>(By<R>);

impl<R: Least> Sure<R> {
    /// Who.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.0.caller()
    }
}

/// Proof that a password was compared and is right.
#[derive(Debug)]
pub struct Right(String);

impl Right {
    /// If it matches this stored hash.
    #[must_use]
    pub fn of(does_match: bool, phc: String) -> Option<Self> {
        does_match.then_some(Self(phc))
    }

    /// Whether this is the hash that it was compared with.
    #[must_use]
    pub fn is_of(&self, phc: &str) -> bool {
        self.0 == phc
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::logic::role::{Operator, Owner, Support, Viewer};

    #[test]
    fn each_role_may_what_those_below_it_may_and_no_more() {
        for role in Role::ALL {
            let caller = Caller {
                name: "anna".to_owned(),
                role,
                address: Ipv4Addr::LOCALHOST.into(),
                session: Key::default(),
            };
            let may = [
                By::<Viewer>::admit(caller.clone()).is_some(),
                By::<Support>::admit(caller.clone()).is_some(),
                By::<Operator>::admit(caller.clone()).is_some(),
                By::<Owner>::admit(caller).is_some(),
            ];
            assert_eq!(may, Role::ALL.map(|least| least <= role), "{}", role.name());
        }
        assert!(Right::of(false, "phc".to_owned()).is_none());
    }
}
