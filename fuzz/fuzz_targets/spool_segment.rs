//! Any bytes as a segment of the spool, as a crash or a bad disk leaves it: rows are read or skipped, never a panic, and never
//! more of them than fit.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((rows, row_bytes)) = mayfly::spool::read_back(bytes) {
        assert!(row_bytes <= bytes.len() && rows <= bytes.len());
    }
});
