//! Any bytes as a request to the embedded engine: the first line is the address, what follows the statement. Both are read or
//! refused, never a panic, and positions in the statement lie within it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == b'\n');
    let (address, statement) = at.map_or((bytes, &b""[..]), |at| (&bytes[..at], &bytes[at + 1..]));
    mayfly::engine::judge(address, statement);
});
