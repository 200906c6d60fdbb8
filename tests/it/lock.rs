//! What the lock file must not hold: C libraries that would win over the Rust ones silently.

use crate::support::{read, root};

fn packages() -> Vec<(String, String)> {
    let lock: toml::Table = toml::from_str(&read(&root().join("Cargo.lock"))).expect("TOML");
    let field = |package: &toml::Value, name: &str| package[name].as_str().expect("text").to_owned();
    let packages = lock["package"].as_array().expect("a list");
    packages.iter().map(|package| (field(package, "name"), field(package, "version"))).collect()
}

#[test]
fn no_c_library_stands_in_for_a_rust_one() {
    // Any zlib backend in C beats zlib-rs by feature unification; ring is the one crypto provider.
    for refused in
        ["libz-sys", "libz-ng-sys", "cloudflare-zlib-sys", "openssl-sys", "aws-lc-sys", "native-tls"]
    {
        assert!(packages().iter().all(|(name, _)| name != refused), "{refused} is in Cargo.lock");
    }
}

#[test]
fn zlib_rs_is_new_enough() {
    // 0.6.7 fixed a use after free, 0.6.8 what that fix broke.
    let versions: Vec<_> = packages().into_iter().filter(|(name, _)| name == "zlib-rs").collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
    let numbers: Vec<u32> = versions[0].1.split('.').map(|part| part.parse().expect("a number")).collect();
    assert!(numbers.as_slice() >= &[0, 6, 8][..], "{numbers:?}");
}

#[test]
fn nothing_brings_tables_of_unicode_for_host_names() {
    // A later idna_adapter would: twenty packages for URLs that are never parsed.
    assert!(packages().iter().all(|(name, _)| !name.starts_with("icu_")));
}
