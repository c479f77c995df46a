//! The hash of a file's rows.

use std::collections::HashSet;

use dictionary::hash::hexadecimal;
use dictionary::{RowsHash, Value};
use sha2::{Digest, Sha256};

fn hash(fill: impl Fn(&mut RowsHash)) -> String {
    let mut hash = RowsHash::default();
    fill(&mut hash);
    hash.finish()
}

#[test]
fn the_order_and_the_batches_of_rows_do_not_matter() {
    let row = [Value::Integer(7), Value::Null];
    let whole = hash(|hash| {
        hash.stored(1, &row);
        hash.rejected(2, b"x,y");
        hash.stored(3, &row);
    });
    let other = hash(|hash| {
        hash.rejected(2, b"x,y");
        hash.stored(1, &row);
    });
    let parts = hash(|sum| {
        sum.add(&hash(|hash| hash.stored(3, &row))).unwrap();
        sum.add(&other).unwrap();
    });
    assert_eq!(whole, parts);
    assert_eq!(whole.len(), 64);
}

#[test]
fn the_hash_of_one_row_is_the_sha_256_that_its_definition_says() {
    let row = [Value::Integer(70), Value::Null, Value::String("\u{e9}".into())];
    let number = 258_u64.to_le_bytes();
    let cells =
        [&[1, 1, 2, 0, 0, 0][..], b"70", &[0, 0, 0, 0, 0], &[1, 2, 0, 0, 0], "\u{e9}".as_bytes()].concat();
    let stored = hexadecimal(&Sha256::digest([&number[..], &cells].concat()));
    assert_eq!(hash(|hash| hash.stored(258, &row)), stored);
    let rejected = hexadecimal(&Sha256::digest([&number[..], &[0], b"70,,\xff"].concat()));
    assert_eq!(hash(|hash| hash.rejected(258, b"70,,\xff")), rejected);
}

#[test]
fn what_is_missing_twice_moved_or_changed_shows() {
    let (row, other) = ([Value::Integer(7)], [Value::Integer(8)]);
    let hashes = [
        hash(|_| ()),
        hash(|hash| hash.stored(1, &row)),
        hash(|hash| hash.stored(2, &row)),
        hash(|hash| hash.stored(1, &other)),
        hash(|hash| hash.rejected(1, b"7")),
        hash(|hash| (0..2).for_each(|_| hash.stored(1, &row))),
    ];
    let different: HashSet<_> = hashes.iter().collect();
    assert_eq!(different.len(), hashes.len());
}

#[test]
fn a_sum_carries_and_wraps_around() {
    let mut hash = RowsHash::default();
    hash.add(&"f".repeat(64)).unwrap();
    hash.add(&format!("{:064x}", 1)).unwrap();
    assert_eq!(hash.finish(), "0".repeat(64));
    assert_eq!([hash.add("f"), hash.add(&"x".repeat(64)), hash.add(&"ä".repeat(32))], [None; 3]);
}
