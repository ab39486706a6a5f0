//! The rules of the house, held on its own source: doors between rooms, sizes, names, and
//! what must not be there. Each check is a function over text, so that a test beside it can
//! show that it fails where it must.
#![cfg(test)]

#[path = "tidy/doors.rs"]
mod doors;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

/// Fails with all faults at once.
fn assert_none(faults: &[String], what: &str) {
    assert!(
        faults.is_empty(),
        "{} {what}:\n  {}",
        faults.len(),
        faults.join("\n  ")
    );
}

/// Most packages that the lock file may name, those of tests included. A commit that adds
/// one raises this number and says why. 134 of them are of the feature `github` on all
/// systems together (134 more than without it in a build for Linux): an HTTP client with TLS
/// that trusts the system's certificates and speaks to proxies is that large. 33 are of the
/// feature `postgres` alone: the client of PostgreSQL, its TLS, and what reads a certificate
/// for channel binding. Two read CSV. One keeps short texts of records without a place of
/// their own in memory.
const MOST_PACKAGES: usize = 366;

#[test]
fn the_number_of_packages_has_a_ceiling() {
    let lock = include_str!("../Cargo.lock");
    let packages = lock.matches("[[package]]").count();
    assert!(
        packages <= MOST_PACKAGES,
        "{packages} packages in Cargo.lock, at most {MOST_PACKAGES} are meant"
    );
}
