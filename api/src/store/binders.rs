//! Binding without a database, for the benchmark of it (`api/benches/bind.rs`).

use std::hint::black_box;

use dictionary::Value;

use super::engines::Binder;
use super::error::Result;
use super::statements::Rows;

/// Of each engine its name, and a function that binds the values of rows as an insert does, and drops them.
pub fn binders() -> impl Iterator<Item = (&'static str, impl Fn(&[&[Value]]) -> Result<()>)> {
    let binder = |(name, binder): &(&'static str, Binder)| {
        let binder = *binder;
        (*name, move |rows: &[&[Value]]| Rows::new(rows).bind(binder).map(|bound| drop(black_box(bound))))
    };
    Binder::ALL.iter().map(binder)
}
