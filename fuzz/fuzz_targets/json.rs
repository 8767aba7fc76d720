//! Any bytes as JSON: read or refused, never a panic; what was read and written can be read again. Not as the very same: of numbers
//! with more digits than a double has, serde_json may read the last one differently.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mayfly::json;

fuzz_target!(|bytes: &[u8]| {
    let mut scratch = Vec::new();
    if let Ok(value) = json::parse(bytes, &mut scratch) {
        let mut written = Vec::new();
        value.write(&mut written);
        let mut scratch = Vec::new();
        assert!(json::parse(&written, &mut scratch).is_ok());
    }
});
