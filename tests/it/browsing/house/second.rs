//! A second member of the staff: made, given another role, put out and let in again by the owner; changes its own password,
//! takes a second factor, logs in and out, and decides about what the owner may not give away alone.

use serde_json::{Value, json};

use crate::support::{
    deeds::Tables,
    hands::{Hands, because, sure},
    player::Player,
};

/// As the owner of another browser, with a password of its own and a code.
pub(super) fn comes_in(owner: &mut Hands) -> Hands {
    let made = json!({ "Name": "dee", "First password": FIRST, "choose": { "Role": "support" } });
    owner.deed("#/staff", "Add staff", sure("helps out", made));
    assert!(owner.reads("#/staff").contains("dee"));
    let mut dee = owner.another("dee", FIRST);
    let passwords = json!({ "Password now": FIRST, "New password": OWN, "The same again": OWN });
    dee.fills("#/security", "Change the password", &passwords, "The password is changed.");
    let code =
        dee.does("second_factor", json!({ "password": OWN }))["next"].as_str().expect("a code").to_owned();
    dee.logs_out();

    let role = json!({ "choose": { "Role": "operator" } });
    let changes = owner.deed("#/staff", "Change role", sure("does well", role));
    assert!(changes.contains("Support") && changes.contains("Operator"), "{changes}");
    dee.tries_to_log_in(("dee", FIRST, ""), "Name, password or code is wrong.");
    dee.tries_to_log_in(("dee", OWN, ""), "enter the code of your app");
    dee.logs_in("dee", OWN, &code);
    dee
}

/// More gold than one gives alone: given when the second agrees, and not when it does not.
pub(super) fn decides(owner: &mut Hands, dee: &mut Hands, ana: &mut Player) {
    let of_ana = format!("#/players/{}", ana.known.account);
    let gold = |sum: &str| json!({ "Gold to give": sum });
    owner.deed(&of_ana, "Give gold", sure("won the year", gold("150000")));
    assert_eq!(ana.gold(), 1_000, "it waits");
    assert!(owner.reads("#/gifts").contains("yours: somebody else decides"));
    dee.deed("#/gifts", "Approve", by_dee("saw it too"));
    assert_eq!(ana.gold(), 151_000);
    owner.deed(&of_ana, "Give gold", sure("once more", gold("120000")));
    let changes = dee.deed("#/gifts", "Decline", by_dee("once is enough"));
    assert!(changes.contains("Asked by anna"), "{changes}");
    assert_eq!(ana.gold(), 151_000);
    assert!(owner.reads("#/gifts").contains("Nothing waits."));
}

/// It is out as soon as its password is reset, in with the new one alone, out and not in while it is disabled.
pub(super) fn is_put_out(owner: &mut Hands, dee: &mut Hands) {
    let again = json!({ "First password": AGAIN });
    let changes = owner.deed("#/staff", "Reset password", sure("forgot it", again));
    assert!(changes.contains("Second factor"), "{changes}");
    dee.does("show", json!({ "hash": "#/audit" }));
    dee.waits_for("Log in", false);
    dee.logs_in("dee", AGAIN, "");
    owner.deed("#/staff", "Disable", sure("is away", json!({})));
    dee.does("show", json!({ "hash": "#/audit" }));
    dee.waits_for("Log in", false);
    dee.tries_to_log_in(("dee", AGAIN, ""), "Name, password or code is wrong.");
    owner.deed("#/staff", "Enable", sure("is back", json!({})));
    dee.logs_in("dee", AGAIN, "");
}

/// Both names are on what both decided, and game knows what was done to the staff.
pub(super) fn is_in_the_tables(tables: &Tables, ana: u64) {
    let given =
        format!("SELECT amount FROM ledger WHERE to_account = {ana} AND from_account = 0 ORDER BY lsn, n");
    assert_eq!(tables.rows(&given), ["1000", "150000"]);
    let by = format!("SELECT staff FROM staff_log WHERE deed = 'grant' AND account = {ana}");
    let by = tables.rows(&by);
    assert!(by.len() == 1 && by[0].contains("anna+dee"), "{by:?}");
    let deeds = ["create", "role", "reset", "disable", "enable"];
    for (deed, (_, reason)) in deeds.iter().zip(ON_DEE) {
        let by = tables.rows(&format!("SELECT staff, reason FROM staff_log WHERE deed = 'staff.{deed}'"));
        assert!(by.len() == 1 && by[0].starts_with("anna"), "{deed}: {by:?}");
        assert!(by[0].contains("dee") && by[0].contains(reason), "{deed}: {by:?}");
    }
    for deed in ["password", "totp.begin", "totp.confirm", "logout", "gift.decline"] {
        let by = tables.rows(&format!("SELECT staff FROM staff_log WHERE deed = '{deed}'"));
        assert!(by.len() == 1 && by[0].contains("dee"), "{deed}: {by:?}");
    }
    assert_eq!(tables.rows("SELECT count(*) FROM staff_log WHERE deed = 'login'"), ["4"]);
}

fn by_dee(reason: &str) -> Value {
    because(reason, json!({ "Your password": OWN }))
}

/// What the owner did to the second as the audit page names it, and why.
pub(super) const ON_DEE: [(&str, &str); 5] = [
    ("staff added", "helps out"),
    ("role changed", "does well"),
    ("password reset", "forgot it"),
    ("staff disabled", "is away"),
    ("staff enabled", "is back"),
];
/// And what the second did.
pub(super) const BY_DEE: [(&str, &str); 6] = [
    ("login", ""),
    ("logout", ""),
    ("own password", ""),
    ("second factor set", ""),
    ("approved a gift", "saw it too"),
    ("declined a gift", "once is enough"),
];
const FIRST: &str = "the first of some";
const OWN: &str = "one that only she has";
const AGAIN: &str = "another first of some";
