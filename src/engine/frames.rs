//! ClickHouse's compressed block frames, as `decompress=1` sends and `compress=1` asks for.
//!
//! One frame: 16 bytes CityHash128 (v1.0.2) of the rest, 1 byte method, u32 frame size without the
//! checksum, u32 size of the unpacked data (both little endian), packed data. A body is a row of frames;
//! it may end only between two of them.

use std::io::{self, Read};

use super::limits::FRAME_BYTES_MAX;

const CHECKSUM_BYTES: usize = 16;
/// Method and both sizes; counted in the frame size and covered by the checksum.
const HEADER_BYTES: usize = 9;
const NONE: u8 = 0x02;
const LZ4: u8 = 0x82;
const ZSTD: u8 = 0x90;

/// Why a frame was refused. Travels inside an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("the compressed body ends within a block")]
    Truncated,
    #[error("a compressed block does not match its checksum")]
    Checksum,
    #[error("a compressed block is too large or states impossible sizes")]
    Size,
    #[error("a compressed block uses an unknown method")]
    Method,
    #[error("a compressed block cannot be unpacked")]
    Damaged,
}

fn refuse(error: FrameError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Unpacks frames while they are read.
pub struct FrameReader<R> {
    inner: R,
    packed: Vec<u8>,
    block: Vec<u8>,
    position: usize,
}

impl<R: Read> FrameReader<R> {
    pub fn new(inner: R) -> FrameReader<R> {
        FrameReader {
            inner,
            packed: Vec::new(),
            block: Vec::new(),
            position: 0,
        }
    }

    /// Reads the next frame into `block`; false at the end of the body.
    fn next_frame(&mut self) -> io::Result<bool> {
        let mut head = [0; CHECKSUM_BYTES + HEADER_BYTES];
        match read_up_to(&mut self.inner, &mut head)? {
            0 => return Ok(false),
            count if count < head.len() => return Err(refuse(FrameError::Truncated)),
            _ => {}
        }
        let size_at = |at: usize| {
            u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize
        };
        let (packed_size, raw_size) = (size_at(CHECKSUM_BYTES + 1), size_at(CHECKSUM_BYTES + 5));
        if !(HEADER_BYTES..=FRAME_BYTES_MAX).contains(&packed_size) || raw_size > FRAME_BYTES_MAX {
            return Err(refuse(FrameError::Size));
        }
        self.packed.clear();
        self.packed.extend_from_slice(&head[CHECKSUM_BYTES..]);
        self.packed.resize(packed_size, 0);
        let rest = &mut self.packed[HEADER_BYTES..];
        if read_up_to(&mut self.inner, rest)? < rest.len() {
            return Err(refuse(FrameError::Truncated));
        }
        if checksum(&self.packed) != head[..CHECKSUM_BYTES] {
            return Err(refuse(FrameError::Checksum));
        }
        self.block.clear();
        self.block.resize(raw_size, 0);
        self.position = 0;
        let data = &self.packed[HEADER_BYTES..];
        let unpacked = match self.packed[0] {
            LZ4 => lz4_flex::block::decompress_into(data, &mut self.block).ok(),
            ZSTD => zstd::bulk::decompress_to_buffer(data, &mut self.block[..]).ok(),
            NONE if data.len() == raw_size => {
                self.block.copy_from_slice(data);
                Some(raw_size)
            }
            NONE => None,
            _ => return Err(refuse(FrameError::Method)),
        };
        match unpacked {
            Some(size) if size == raw_size => Ok(true),
            _ => Err(refuse(FrameError::Damaged)),
        }
    }
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.block.len() {
            if !self.next_frame()? {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.block.len() - self.position);
        buffer[..count].copy_from_slice(&self.block[self.position..self.position + count]);
        self.position += count;
        Ok(count)
    }
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Packs `data` (at most a few hundred KiB) into one LZ4 frame.
pub fn pack(data: &[u8]) -> Vec<u8> {
    let bound = lz4_flex::block::get_maximum_output_size(data.len());
    let mut frame = vec![0; CHECKSUM_BYTES + HEADER_BYTES + bound];
    let body = &mut frame[CHECKSUM_BYTES + HEADER_BYTES..];
    // The bound is lz4's own worst case, so packing cannot run out of room; if it ever did, the frame
    // would be stored unpacked.
    let (method, packed) = match lz4_flex::block::compress_into(data, body) {
        Ok(packed) => (LZ4, packed),
        Err(_) => {
            body[..data.len()].copy_from_slice(data);
            (NONE, data.len())
        }
    };
    frame.truncate(CHECKSUM_BYTES + HEADER_BYTES + packed);
    frame[CHECKSUM_BYTES] = method;
    let sizes = [HEADER_BYTES + packed, data.len()];
    for (at, size) in [CHECKSUM_BYTES + 1, CHECKSUM_BYTES + 5]
        .into_iter()
        .zip(sizes)
    {
        frame[at..at + 4].copy_from_slice(&(size as u32).to_le_bytes());
    }
    let sum = checksum(&frame[CHECKSUM_BYTES..]);
    frame[..CHECKSUM_BYTES].copy_from_slice(&sum);
    frame
}

fn checksum(frame: &[u8]) -> [u8; CHECKSUM_BYTES] {
    // The high half of the number comes first on the wire, each half in little endian.
    cityhash_rs::cityhash_102_128(frame)
        .rotate_left(64)
        .to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(body: &[u8]) -> Result<Vec<u8>, FrameError> {
        let mut data = Vec::new();
        match FrameReader::new(body).read_to_end(&mut data) {
            Ok(_) => Ok(data),
            Err(error) => Err(*error
                .get_ref()
                .unwrap()
                .downcast_ref::<FrameError>()
                .unwrap()),
        }
    }

    fn reseal(frame: &mut [u8]) {
        let sum = checksum(&frame[CHECKSUM_BYTES..]);
        frame[..CHECKSUM_BYTES].copy_from_slice(&sum);
    }

    #[test]
    fn frames_come_back_as_they_were() {
        let data: Vec<u8> = (0..300_000u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let body: Vec<u8> = data.chunks(70_000).flat_map(pack).collect();
        assert_eq!(unpack(&body).unwrap(), data);
        assert_eq!(unpack(&pack(b"")).unwrap(), b"");
        assert_eq!(unpack(b"").unwrap(), b"");
    }

    #[test]
    fn zstd_and_stored_frames_are_read() {
        for (method, packed) in [
            (ZSTD, zstd::bulk::compress(b"hello", 1).unwrap()),
            (NONE, b"hello".to_vec()),
        ] {
            let mut frame = vec![0; CHECKSUM_BYTES];
            frame.push(method);
            frame.extend_from_slice(&(9 + packed.len() as u32).to_le_bytes());
            frame.extend_from_slice(&5u32.to_le_bytes());
            frame.extend_from_slice(&packed);
            reseal(&mut frame);
            assert_eq!(unpack(&frame).unwrap(), b"hello");
        }
    }

    #[test]
    fn a_body_cut_anywhere_within_a_frame_is_refused() {
        let body = [pack(b"first"), pack(b"second")].concat();
        let boundary = pack(b"first").len();
        for length in 1..body.len() {
            let expected = if length == boundary {
                Ok(b"first".to_vec())
            } else {
                Err(FrameError::Truncated)
            };
            assert_eq!(unpack(&body[..length]), expected, "{length} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = pack(b"some rows of a table");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(unpack(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn sizes_and_methods_are_checked_before_memory_is_taken() {
        let mut frame = pack(b"hello");
        frame[CHECKSUM_BYTES + 5..CHECKSUM_BYTES + 9].copy_from_slice(&u32::MAX.to_le_bytes());
        reseal(&mut frame);
        assert_eq!(unpack(&frame), Err(FrameError::Size));
        let mut frame = pack(b"hello");
        frame[CHECKSUM_BYTES] = 0x77;
        reseal(&mut frame);
        assert_eq!(unpack(&frame), Err(FrameError::Method));
    }
}
