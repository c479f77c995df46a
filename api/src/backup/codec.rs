//! How the blocks of a file are compressed.

use std::str::FromStr;

use apache_avro::{Codec as Avro, DeflateSettings, ZstandardSettings};

/// A codec that this product writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Null,
    /// RFC 1951.
    Deflate,
    /// Fast; with a checksum of each block.
    Snappy,
    /// Smaller than deflate, and faster.
    Zstandard,
}

impl Codec {
    const ALL: [Codec; 4] = [Codec::Null, Codec::Deflate, Codec::Snappy, Codec::Zstandard];

    /// Avro's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Codec::Null => "null",
            Codec::Deflate => "deflate",
            Codec::Snappy => "snappy",
            Codec::Zstandard => "zstandard",
        }
    }

    pub(super) fn avro(self) -> Avro {
        match self {
            Codec::Null => Avro::Null,
            Codec::Deflate => Avro::Deflate(DeflateSettings::default()),
            Codec::Snappy => Avro::Snappy,
            Codec::Zstandard => Avro::Zstandard(ZstandardSettings::new(3)),
        }
    }
}

impl FromStr for Codec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Codec::ALL.into_iter().find(|codec| codec.as_str() == text).ok_or_else(|| {
            format!("expected one of {}, got {text:?}", Codec::ALL.map(Codec::as_str).join(", "))
        })
    }
}
