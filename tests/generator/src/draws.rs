//! Random numbers that stay the same whatever the versions of the crates: only the ChaCha8 key stream is theirs.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Streams of one seed: they share no numbers.
const RECORDS: u64 = 0;
const BLOCKS: u64 = 1;

/// Words of 32 bits that belong to one record, and to one block's plan (which needs less).
const RECORD_WORDS: u128 = 16;
const BLOCK_WORDS: u128 = 1024;

/// The generator of a seed.
pub(crate) fn seeded(seed: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Numbers below a bound, drawn one after another.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// The numbers of one block's plan.
    pub(crate) fn of_block(rng: &ChaCha8Rng, block: u64) -> Self {
        let mut rng = rng.clone();
        rng.set_stream(BLOCKS);
        rng.set_word_pos(u128::from(block) * BLOCK_WORDS);
        Self(rng)
    }

    /// The numbers of the records from this one on.
    pub(crate) fn from_record(rng: &ChaCha8Rng, record: u64) -> Self {
        let mut rng = rng.clone();
        rng.set_stream(RECORDS);
        rng.set_word_pos(u128::from(record) * RECORD_WORDS);
        Self(rng)
    }

    /// A number from 0 to `bound - 1`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.pool().below(bound)
    }

    /// Randomness for several numbers whose bounds multiply to far less than 2^64.
    pub(crate) fn pool(&mut self) -> Pool {
        Pool(self.0.next_u64())
    }

    /// All the randomness of one record, whether it is used or not.
    pub(crate) fn record(&mut self) -> [Pool; RECORD_WORDS as usize / 2] {
        std::array::from_fn(|_| self.pool())
    }
}

/// 64 random bits, read as a fraction of 1: each number takes its share off the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool(u64);

impl Pool {
    /// A number from 0 to `bound - 1`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let scaled = u128::from(self.0) * bound as u128;
        self.0 = scaled as u64;
        (scaled >> 64) as usize
    }

    /// One of the items.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
