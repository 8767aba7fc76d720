//! What holds for every text: scrubbing never fails, is idempotent and finds nothing in its own output.
#![expect(
    clippy::disallowed_methods,
    reason = "takes its size from the environment"
)]

use mayfly::json::Value;
use mayfly::privacy::scrub::{Findings, Level, Policy, Scrubber};
use proptest::prelude::*;

/// Pieces of which hostile and of which harmless texts are made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        "[a-zA-Z]{1,8}",
        "[0-9]{1,19}",
        "[0-9a-f:.]{1,20}",
        "[-+()/. 0-9]{1,14}",
        "[A-Za-z0-9+/=_-]{1,40}",
        prop::sample::select(vec![
            "@",
            "=",
            ":",
            "%40",
            "%25",
            "&#64;",
            "\\u0040",
            "\\\"",
            "\"",
            "'",
            " at ",
            " dot ",
            "://",
            "::",
            "[",
            "]",
            "[email]",
            "jane@example.org",
            "203.0.113.7",
            "2001:db8::1",
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "+49 30 901820",
            "password",
            "token=",
            "Authorization: Bearer ",
            "Cookie: a=b",
            "Herr ",
            "Anna",
            " Müller",
            "Tel. ",
            "born ",
            "lat=52.520008",
            "-----BEGIN A PRIVATE KEY",
            "-----END",
            "/home/",
            "C:\\Users\\",
            "iPhone",
            "'s ",
            "eyJhbGciOi",
            "\n",
            "\u{a0}",
            "„",
            "“",
            "IBAN ",
            "<password>",
            "</password>",
            "user '",
            "--secret ",
            "key is ",
            "SSN ",
            "Kennzeichen ",
            "IMEI ",
            "a",
            "x",
            "(",
            ")",
            "{",
            "}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn scrubber(level: Level) -> Scrubber {
    Scrubber::new(&Policy {
        level,
        ..Policy::default()
    })
    .expect("the default policy")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn a_text_is_clean_after_one_scrubbing(text in pieces()) {
        let scrubber = scrubber(Level::Strict);
        let once = scrubber.text(&text, &mut Findings::default()).into_owned();
        let mut findings = Findings::default();
        prop_assert_eq!(scrubber.text(&once, &mut findings), once.as_str());
        prop_assert!(findings.is_empty());
    }

    #[test]
    fn values_and_paths_are_clean_after_one_scrubbing(key in "[a-z_]{1,12}", text in pieces()) {
        let scrubber = scrubber(Level::Strict);
        let once = scrubber.value_of(&key, &text, &mut Findings::default()).into_owned();
        prop_assert_eq!(scrubber.value_of(&key, &once, &mut Findings::default()), once.as_str());
        let path = scrubber.url_path(&text, &mut Findings::default()).into_owned();
        prop_assert_eq!(scrubber.url_path(&path, &mut Findings::default()), path.as_str());
    }

    #[test]
    fn an_event_is_clean_after_one_scrubbing(texts in prop::collection::vec(pieces(), 8)) {
        for level in [Level::Strict, Level::Balanced] {
            let scrubber = scrubber(level);
            let mut event = event(&texts);
            scrubber.event(&mut event, &|_| "0f0f0f0f0f0f0f0f".to_owned(), &mut Findings::default());
            let once = serde_json::to_string(&event).expect("a tree");
            // The pseudonym is the next pass's id.
            event.remove("user");
            let before = serde_json::to_string(&event).expect("a tree");
            let mut findings = Findings::default();
            scrubber.event(&mut event, &|_| String::new(), &mut findings);
            prop_assert_eq!(serde_json::to_string(&event).expect("a tree"), before, "from {}", once);
            prop_assert!(findings.is_empty());
        }
    }
}

fn cases() -> u32 {
    std::env::var("MAYFLY_PROPERTY_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(512)
}

fn event(texts: &[String]) -> Value<'static> {
    let text = |i: usize| serde_json::to_string(&texts[i]).expect("a text");
    let json = format!(
        concat!(
            r#"{{"message":{},"extra":{{{}:{}}},"tags":[[{},{}]],"user":{{"name":"Anna Schmidt","username":"jdoe77"}},"#,
            r#""exception":{{"values":[{{"value":{},"stacktrace":{{"frames":[{{"context_line":{},"vars":{{"a":{}}}}}]}}}}]}},"#,
            r#""request":{{"query_string":{},"headers":{{"X-A":"b"}}}}}}"#
        ),
        text(0),
        text(1),
        text(2),
        text(3),
        text(4),
        text(5),
        text(6),
        text(7),
        text(0)
    );
    let json: &'static str = Box::leak(json.into_boxed_str());
    serde_json::from_str(json).expect("JSON")
}

/// What another scanner for personal data finds in the corpus is gone after scrubbing. It takes masked
/// addresses for addresses, and does not know loopback.
#[test]
fn an_independent_scanner_finds_nothing_left() {
    let scrubber = scrubber(Level::Strict);
    let other = leakguard::Redactor::new();
    let mut found = 0;
    for text in crate::scrub_corpus::texts(2000) {
        let clean = scrubber.text(&text, &mut Findings::default()).into_owned();
        found += other.find(&text).len();
        for left in other.find(&clean) {
            let left = &clean[left.start..left.end];
            let masked = left.ends_with(".0") || left.contains("::") || left.starts_with("127.");
            assert!(masked, "left {left} in {clean} from {text}");
        }
    }
    assert!(found > 300, "the oracle sees only {found}");
}
