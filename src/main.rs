//! The binary `ding`: the bundled rooms, and the command line of the library. Knows nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ding::main(game::Registry::bundled())
}
