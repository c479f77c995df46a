//! What holds for every input, tried on arbitrary ones.

mod correcting;
mod decoding;
mod describing;
mod files;
mod fuzz;
mod grammar;
mod splitting;
mod values;
mod whole_packages;

use proptest::test_runner::Config;

/// So many inputs a property; a failing one is printed, not kept.
fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}
