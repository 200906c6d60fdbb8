//! Commands one by one: what is checked before anything is put.

use proto::kinds::{BUILT_IN, Class};

use super::*;

#[test]
fn every_command_of_ding_has_its_function_and_nothing_else_has() {
    let declared: Vec<u32> =
        BUILT_IN.iter().filter(|def| def.class == Class::Command).map(|def| def.kind).collect();
    let handled: Vec<u32> = COMMANDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(declared, handled);
}

#[test]
fn whatever_else_a_client_may_send_is_known_to_the_stages_of_a_connection() {
    let staged = [
        kinds::HELLO,
        kinds::PING,
        kinds::PONG,
        kinds::LOGOUT,
        kinds::LOGIN_GUEST,
        kinds::LOGIN_SECRET,
        kinds::REGISTER,
        kinds::LOGIN_PASSWORD,
        kinds::RESUME,
        // The gateway's.
        kinds::RESET_TAKEN,
        kinds::LOGIN_TICKET,
        kinds::QUEUE_PLACE,
    ];
    let declared: Vec<u32> =
        BUILT_IN.iter().filter(|def| def.class == Class::Control).map(|def| def.kind).collect();
    assert_eq!(declared, staged);
    let signals = BUILT_IN.iter().filter(|def| def.class == Class::Signal).map(|def| def.kind);
    assert_eq!(signals.collect::<Vec<_>>(), [kinds::MOVE]);
}
