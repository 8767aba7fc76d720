//! Any text: scrubbed once it is clean. A second pass changes nothing and finds nothing that any rule knows; what comes out is
//! no more than a few times what went in. `-timeout=5` bounds the work.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mayfly::privacy::scrub::{CustomRule, Findings, Level, Policy, Scrubber};

static SCRUBBERS: LazyLock<[Scrubber; 2]> = LazyLock::new(|| {
    let own = Policy {
        level: Level::Balanced,
        rules: vec![CustomRule {
            name: "customer".to_owned(),
            pattern: "[A-Z]-\\d{3,6}|x+@".to_owned(),
            placeholder: None,
        }],
        ..Policy::default()
    };
    [Policy::default(), own].map(|policy| Scrubber::new(&policy).expect("it compiles"))
});

fuzz_target!(|text: &str| {
    for scrubber in &*SCRUBBERS {
        let once = scrubber.text(text, &mut Findings::default());
        assert!(once.len() <= 8 * text.len() + 16);
        let mut findings = Findings::default();
        assert_eq!(scrubber.text(&once, &mut findings), once);
        assert!(findings.is_empty());
    }
    let scrubber = &SCRUBBERS[0];
    let path = scrubber.url_path(text, &mut Findings::default());
    assert_eq!(scrubber.url_path(&path, &mut Findings::default()), path);
    if let Some((key, value)) = text.split_once('\n') {
        let once = scrubber.value_of(key, value, &mut Findings::default());
        assert_eq!(
            scrubber.value_of(key, &once, &mut Findings::default()),
            once
        );
    }
});
