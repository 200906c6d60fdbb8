//! Makes Rust of `schema/`, without any program beside Cargo.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema");
    let set = protox::compile(["nim.proto"], ["schema"])?;
    prost_build::Config::new().compile_fds(set)?;
    Ok(())
}
