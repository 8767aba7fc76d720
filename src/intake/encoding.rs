//! Content encodings of request bodies, unpacked under a limit.

use std::io::{self, Read};

use crate::outcome::Reason;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    /// What HTTP calls deflate: a zlib stream. Raw deflate is accepted as well, since clients confuse the two.
    Deflate,
    Brotli,
    Zstd,
}

impl Encoding {
    /// Reads a `Content-Encoding` header. Old SDKs send an empty one, or `utf-8`.
    ///
    /// # Errors
    /// [`Reason::EncodingUnsupported`] for any other.
    pub fn of(header: &str) -> Result<Self, Reason> {
        match header.trim().to_ascii_lowercase().as_str() {
            "" | "identity" | "utf-8" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            _ => Err(Reason::EncodingUnsupported),
        }
    }

    /// Whether there is something to unpack whose first bytes take no more than their share of the time. Brotli's decoder first
    /// clears a window of up to 16 MiB.
    pub const fn starts_quickly(self) -> bool {
        matches!(self, Self::Gzip | Self::Deflate | Self::Zstd)
    }

    /// Unpacks `packed` to at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`Reason::BodyTooLarge`] as soon as the limit is passed, [`Reason::EncodingBroken`] if it does not unpack.
    pub fn unpack(self, packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Reason> {
        whole(self.unpack_start(packed, bytes_max))
    }

    /// Unpacks what can be unpacked of `packed`, and says why that is not all of it.
    pub fn unpack_start(self, packed: &[u8], bytes_max: usize) -> (Vec<u8>, Option<Reason>) {
        let expected = packed.len().saturating_mul(USUAL_RATIO);
        let read = |reader: &mut dyn Read| read_limited(reader, expected, bytes_max);
        match self {
            Self::Identity => read_limited(packed, packed.len(), bytes_max),
            Self::Gzip => read(&mut flate2::read::MultiGzDecoder::new(packed)),
            Self::Deflate => inflate_start(packed, bytes_max),
            Self::Brotli => read(&mut brotli::Decompressor::new(packed, BUFFER_BYTES)),
            Self::Zstd => {
                let Ok(mut decoder) = zstd::stream::read::Decoder::new(packed) else {
                    return (Vec::new(), Some(Reason::EncodingBroken));
                };
                // A frame may ask for a window of gigabytes; 8 MiB is what RFC 9659 allows on the web.
                match decoder.window_log_max(23) {
                    Ok(()) => read(&mut decoder),
                    Err(_) => (Vec::new(), Some(Reason::EncodingBroken)),
                }
            }
        }
    }
}

const BUFFER_BYTES: usize = 4096;
/// How much larger than packed a JSON document usually is: a buffer of that size rarely has to grow.
const USUAL_RATIO: usize = 5;

/// Unpacks a zlib stream, or raw deflate without the wrapper.
pub(super) fn inflate(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Reason> {
    whole(inflate_start(packed, bytes_max))
}

fn inflate_start(packed: &[u8], bytes_max: usize) -> (Vec<u8>, Option<Reason>) {
    let expected = packed.len().saturating_mul(USUAL_RATIO);
    match read_limited(flate2::read::ZlibDecoder::new(packed), expected, bytes_max) {
        (unpacked, Some(Reason::EncodingBroken)) if unpacked.is_empty() => {
            let raw = flate2::read::DeflateDecoder::new(packed);
            read_limited(raw, expected, bytes_max)
        }
        result => result,
    }
}

fn whole((unpacked, cut): (Vec<u8>, Option<Reason>)) -> Result<Vec<u8>, Reason> {
    match cut {
        None => Ok(unpacked),
        Some(reason) => Err(reason),
    }
}

fn read_limited(reader: impl Read, expected: usize, bytes_max: usize) -> (Vec<u8>, Option<Reason>) {
    let mut unpacked = Vec::with_capacity(expected.min(bytes_max) + 1);
    let limit = bytes_max as u64 + 1;
    let cut = match reader.take(limit).read_to_end(&mut unpacked) {
        Ok(_) if unpacked.len() > bytes_max => {
            unpacked.truncate(bytes_max);
            Some(Reason::BodyTooLarge)
        }
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => Some(Reason::BodyTooLarge),
        Err(_) => Some(Reason::EncodingBroken),
    };
    (unpacked, cut)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(encoding: Encoding, data: &[u8]) -> Vec<u8> {
        match encoding {
            Encoding::Identity => data.to_vec(),
            Encoding::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Encoding::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Encoding::Brotli => {
                let mut out = Vec::new();
                let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 5, 22);
                encoder.write_all(data).unwrap();
                drop(encoder);
                out
            }
            Encoding::Zstd => zstd::encode_all(data, 3).unwrap(),
        }
    }

    const ALL: [Encoding; 5] = [
        Encoding::Identity,
        Encoding::Gzip,
        Encoding::Deflate,
        Encoding::Brotli,
        Encoding::Zstd,
    ];

    #[test]
    fn every_encoding_unpacks() {
        for encoding in ALL {
            let unpacked = encoding.unpack(&packed(encoding, b"hello hello"), 100);
            assert_eq!(unpacked.as_deref(), Ok(&b"hello hello"[..]), "{encoding:?}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 5_000_000];
        for encoding in ALL {
            let result = encoding.unpack(&packed(encoding, &zeros), 100_000);
            assert_eq!(result, Err(Reason::BodyTooLarge), "{encoding:?}");
        }
    }

    #[test]
    fn the_start_of_a_cut_stream_can_be_had() {
        // Does not pack well, so that the start is unpacked from the first half.
        let data: Vec<u8> = (0..2_000_000u32)
            .map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        for encoding in ALL {
            let whole = packed(encoding, &data);
            let (start, cut) = encoding.unpack_start(&whole[..whole.len() / 2], 10_000_000);
            assert!(
                data.starts_with(&start) && start.len() > 1_000,
                "{encoding:?}"
            );
            assert_eq!(cut.is_none(), encoding == Encoding::Identity);
        }
    }

    #[test]
    fn broken_and_cut_streams_are_refused() {
        for encoding in &ALL[1..] {
            assert_eq!(
                encoding.unpack(b"not packed", 100),
                Err(Reason::EncodingBroken)
            );
            let whole = packed(*encoding, &[7; 10_000]);
            let half = &whole[..whole.len() / 2];
            let cut = encoding.unpack(half, 100_000);
            assert_eq!(cut, Err(Reason::EncodingBroken), "{encoding:?}");
        }
        assert_eq!(Encoding::of("foo"), Err(Reason::EncodingUnsupported));
        assert_eq!(Encoding::of("UTF-8"), Ok(Encoding::Identity));
    }
}
