//! A network of a test's own: the test program runs itself again, with one test only, where nobody else is, and may
//! there lose packets or make them small without anybody noticing.

use std::process::Command;

use lab::needs::{Need, are_met};

/// Whether this is the run inside; outside of it, it has been made and was good, or cannot be.
pub fn is_inside(test: &str, needs: &[Need]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        run("ip", "link set lo up");
        return true;
    }
    if are_met(&[&[Need::Namespaces], needs].concat()) {
        let program = std::env::current_exe().expect("a program");
        let mut again = Command::new("unshare");
        again.arg("--net").arg(program).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
        let output = again.output().expect("it runs");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(output.status.success(), "{told}");
        println!("{told}");
    }
    false
}

/// Runs a program of the system, which must succeed.
pub fn run(program: &str, arguments: &str) {
    let output = Command::new(program).args(arguments.split(' ')).output().expect("it runs");
    assert!(output.status.success(), "{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

const INSIDE: &str = "NETWORK_OF_ITS_OWN";
