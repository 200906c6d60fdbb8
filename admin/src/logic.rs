//! What the console decides: who is staff, who is logged in, what may be tried again, what is written down, what is
//! remembered of the processes. Knows no socket, file, thread or clock: time and randomness come in as arguments.

pub mod addresses;
pub mod admit;
pub mod audit;
pub mod csv;
pub mod gifts;
pub mod hex;
pub mod history;
pub mod logs;
pub mod pace;
pub mod role;
pub mod sample;
pub mod secret;
pub mod sessions;
pub mod setup;
pub mod staff;
pub mod throttle;
pub mod totp;
