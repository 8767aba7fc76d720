//! Any bytes as an envelope, as a store body and as a query: they are cut or refused, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = mayfly::intake::sentry::frame(bytes, true);
    let start = mayfly::intake::sentry::frame(bytes, false);
    if let (Some(whole), Some(start)) = (whole, start) {
        // Of a body that is not whole the last item may be missing, no more.
        assert!(start == whole || start + 1 == whole);
    }
});
