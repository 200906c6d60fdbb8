//! Which deeds the console alone keeps: game has no part in them. They are written down before they are done, and game's staff
//! log is told of them afterwards. Knows no deed.

/// Whether a deed of this name is one of them. What game does is in its journal first of all.
#[must_use]
pub fn is_own(action: &str) -> bool {
    OWN.iter().any(|own| action == *own || (own.ends_with('.') && action.starts_with(own)))
}

/// Actions, and beginnings of such, that game has no part in.
const OWN: [&str; 14] = [
    "setup",
    "login",
    "logout",
    "password",
    "totp.",
    "staff.",
    "log.",
    "replay.",
    "room.open",
    "economy.",
    "backup",
    "poison.",
    "gift.decline",
    "config.",
];

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn an_action_is_own_as_a_whole_or_by_its_beginning_up_to_a_dot() {
        for own in
            ["login", "password", "totp.begin", "log.level", "poison.amend", "gift.decline", "config.set"]
        {
            assert!(is_own(own), "{own}");
        }
        for others in ["player.ban", "room.close", "loginx", "switch.wealth", "gift.approve", "totp", ""] {
            assert!(!is_own(others), "{others}");
        }
    }
}
