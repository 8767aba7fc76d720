//! Any JSON as an event, at both levels: scrubbed once it is clean. A second pass changes nothing and finds nothing.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mayfly::json::{self, Value};
use mayfly::privacy::scrub::{Findings, Level, Policy, Scrubber};

static SCRUBBERS: LazyLock<[Scrubber; 2]> = LazyLock::new(|| {
    [Level::Strict, Level::Balanced].map(|level| {
        let policy = Policy {
            level,
            ..Policy::default()
        };
        Scrubber::new(&policy).expect("it compiles")
    })
});

fn written(event: &Value<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    event.write(&mut text);
    text
}

fuzz_target!(|bytes: &[u8]| {
    for scrubber in &*SCRUBBERS {
        let mut scratch = Vec::new();
        let Ok(mut event) = json::parse(bytes, &mut scratch) else {
            return;
        };
        let pseudonym = |_: &str| "0f0f0f0f0f0f0f0f".to_owned();
        scrubber.event(&mut event, &pseudonym, &mut Findings::default());
        // The pseudonym is the next pass's id.
        event.remove("user");
        let once = written(&event);
        assert!(once.len() <= 16 * bytes.len() + 64);
        let mut findings = Findings::default();
        scrubber.event(&mut event, &pseudonym, &mut findings);
        assert_eq!(
            String::from_utf8_lossy(&written(&event)),
            String::from_utf8_lossy(&once)
        );
        assert!(findings.is_empty());
    }
});
