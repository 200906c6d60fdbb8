//! Levels end to end: a small budget, a database that is away under players, and the way back by itself.

use proto::{client, kinds, packet::Packet, wire};

use crate::support::{
    raw::Raw,
    stack::{Role, Stack, run},
};

/// Some ten thousand payments: so many that dbfront, which looks ten times a second, sees each level on the way up. And
/// players who may pay as fast as they like.
const BUDGET: i64 = 6 << 20;
const SETTINGS: [&str; 12] = [
    // Who talks at the end has said nothing for as long as the payments took.
    "--set",
    "gateway.silence_ms=3600000",
    "--set",
    "dbfront.journal_budget_bytes=6291456",
    "--set",
    "game.start_gold=1000000",
    "--set",
    "game.commands_per_s=1000000",
    "--set",
    "game.commands_burst=1000000",
    "--set",
    "gateway.packets_per_s=1000000",
];

/// Commands that one who pays has under way.
const AT_A_TIME: u64 = 8;

/// One who pays somebody else.
struct Payer {
    raw: Raw,
    to: u64,
    cseq: u64,
    paid: i64,
}

impl Payer {
    /// Pays a few times; the first refusal, if there is one.
    fn pay(&mut self) -> Option<String> {
        let mut packets = Vec::new();
        for cseq in self.cseq + 1..=self.cseq + AT_A_TIME {
            let body = wire::encode(&client::Pay { to: self.to, amount: 1 });
            Packet { kind: kinds::PAY, cseq, body: &body, ..Packet::default() }.put(&mut packets);
        }
        self.cseq += AT_A_TIME;
        self.raw.send_packets(&packets);
        let mut refused = None;
        for _ in 0..AT_A_TIME {
            let (_, body) = self.raw.wait_for(kinds::ANSWER).expect("an answer");
            let answer: client::Answer =
                wire::decode(&body, proto::prescan::Budget::CLIENT).expect("an answer");
            match answer.status() {
                client::Status::Ok => self.paid += 1,
                status => {
                    assert_eq!(status, client::Status::RetryLater, "{answer:?}");
                    refused = Some(answer.error);
                }
            }
        }
        refused
    }

    fn pay_until(&mut self, is_so: impl Fn(Option<&str>) -> bool) {
        let most = 100_000 / AT_A_TIME;
        assert!((0..most).any(|_| is_so(self.pay().as_deref())), "never so");
    }
}

#[test]
fn while_the_database_is_away_less_and_less_is_done_and_all_that_was_answered_arrives() {
    let stack = Stack::start(&SETTINGS);
    let mut payee = Raw::connect(stack.listen);
    let to = payee.guest().account;
    let mut raw = Raw::connect(stack.listen);
    raw.guest();
    let mut payer = Payer { raw, to, cseq: 0, paid: 0 };
    // Not the payee, who reads nothing of what it is paid and may be closed for that.
    let mut talker = Raw::connect(stack.listen);
    talker.guest();
    assert_eq!(payer.pay(), None);
    stack.until("the first payments are applied", || stack.figure(Role::Dbfront, "unsaved_records") == 0);

    // Whoever holds the lock to write keeps the applier out, as a database that is away does.
    let held = rusqlite::Connection::open(stack.data().join("game.db")).expect("opens");
    held.busy_timeout(crate::support::BOUND).expect("set");
    held.execute_batch("BEGIN IMMEDIATE").expect("locked");
    payer.pay_until(|refused| refused == Some("store_full"));
    let (at, line) =
        stack.log.wait_for(0, &["\"event\":\"level\"", "\"to\":\"red\"", "\"cause\":\"behind\""]);
    assert!(line.contains("bring the database back"), "{line}");
    assert_eq!(stack.figure(Role::Game, "level"), 3);
    let bytes = stack.figure(Role::Dbfront, "unsaved_bytes");
    assert!((BUDGET * 86 / 100..BUDGET).contains(&bytes), "{bytes}");
    let about = stack.role(Role::Dbfront);
    assert_eq!((&about["level"], &about["ready"]), (&"red".into(), &true.into()), "{about}");
    let status = run(&["status", "--data", stack.data().to_str().expect("UTF-8")]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("level red since 2") && status.contains(" · unsaved: "), "{status}");

    let mut newcomer = Raw::connect(stack.listen);
    newcomer.hello();
    newcomer.send_packet(kinds::LOGIN_GUEST, 0, &[]);
    let (_, body) = newcomer.wait_for(kinds::LOGIN_REFUSED).expect("refused");
    let refused: client::LoginRefused =
        wire::decode(&body, proto::prescan::Budget::CLIENT).expect("a refusal");
    assert_eq!(refused.name, "store_low");
    let talk = wire::encode(&client::ChatSay { text: "still here".to_owned() });
    assert_eq!(talker.command(kinds::CHAT_SAY, 1, &talk).status(), client::Status::Ok);
    assert_eq!(payer.pay().as_deref(), Some("store_full"));

    held.execute_batch("ROLLBACK").expect("unlocked");
    stack.log.wait_for(at, &["\"event\":\"level\"", "\"to\":\"green\""]);
    payer.pay_until(|refused| refused.is_none());
    newcomer.send_packet(kinds::LOGIN_GUEST, 0, &[]);
    newcomer.wait_for(kinds::LOGGED_IN).expect("now it may come in");
    let gold = || -> i64 {
        let to = i64::try_from(to).expect("an id");
        held.query_row("SELECT gold FROM wallet WHERE account = ?1", [to], |row| row.get(0))
            .expect("a wallet")
    };
    // The figure alone may be of a moment before the last payment.
    stack.until("all that was answered arrives", || {
        stack.figure(Role::Dbfront, "unsaved_records") == 0 && 1_000_000 + payer.paid <= gold()
    });
    stack.until("all is applied", || stack.figure(Role::Dbfront, "unsaved_records") == 0);
    assert_eq!(gold(), 1_000_000 + payer.paid, "what was answered happened, and nothing else");
    drop(held);
    assert!(stack.stop().status.success());
}
