//! Any bytes as JSON: read or refused, never a panic; what was read and written is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mayfly::json;

fuzz_target!(|bytes: &[u8]| {
    let mut scratch = Vec::new();
    let Ok(value) = json::parse(bytes, &mut scratch) else {
        return;
    };
    let mut written = Vec::new();
    value.write(&mut written);
    let mut scratch = Vec::new();
    let again = json::parse(&written, &mut scratch).expect("what was written is JSON");
    let mut twice = Vec::new();
    again.write(&mut twice);
    assert_eq!(written, twice);
});
