//! Texts made to be slow: the work grows with their length and no faster, and stays near that for clean text.

use std::cell::Cell;

use super::*;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Counts a look at a byte, or at a place where something may begin.
pub(super) fn step() {
    STEPS.set(STEPS.get() + 1);
}

/// Looks at each byte, at most. Clean text takes about one.
const STEPS_PER_BYTE_MAX: usize = 40;

const PARTS: [&str; 71] = [
    "@",
    "a@",
    "a.a@",
    "4111",
    "4111 ",
    "1 ",
    "1.",
    "0",
    "%25",
    "%41",
    ":",
    "::",
    "ab:",
    "1:",
    "a:",
    "DE89 ",
    "token=",
    "password:\"",
    "=",
    "\"",
    "'",
    "\\",
    "\\\"",
    "{",
    "{\"secret\":[",
    "://a",
    "://",
    "&#64;",
    "&",
    "+49 0",
    "+",
    "+1",
    "-----BEGIN A PRIVATE KEY",
    "/home/",
    "eyJhbGciOi.",
    "QUJDREVGR0hJSktM",
    "Herr Frau Tel ",
    "äöü@",
    "\"@",
    "a at a dot ",
    "1-",
    "user '",
    "secret is ",
    "--password ",
    "phone: ",
    "name: Anna ",
    "s iPhone ",
    "Cookie: a",
    "Authorization: a\\n",
    "123456789 ",
    "password=%41",
    "[email]",
    "token:a;",
    "lat 1.11 ",
    "born 1 ",
    "ü",
    "00:1a:",
    "<password>",
    "a=b&",
    "SSN 1 ",
    "Bearer ",
    "\n",
    "Cookie: a\\n ",
    "token=xtoken",
    "QUJDREVGR0hJSktMMMMM/",
    "QUJDREVGR0hJSktM-",
    "QUJDREVGR0hJSktMQUI/",
    "IDENTIFIED BY '",
    "Hi Anna ",
    "--user a:",
    "invalid user a.b ",
];

fn steps(text: &str, mode: Mode) -> usize {
    let scrubber = Policy::default().compile().unwrap();
    let setting = Setting {
        mode,
        ..scrubber.prose()
    };
    STEPS.set(0);
    scrubber.clean(text, setting, &Path::Root, &mut Findings::default());
    STEPS.get()
}

#[test]
fn work_is_in_proportion_to_the_text() {
    const BYTES: usize = 20_000;
    let in_both = PARTS.map(|part| [(part, Mode::Prose), (part, Mode::Code)]);
    for (part, mode) in in_both.into_iter().flatten() {
        let times = BYTES / part.len();
        let (once, twice) = (
            steps(&part.repeat(times), mode),
            steps(&part.repeat(2 * times), mode),
        );
        assert!(
            twice <= 2 * once + once / 10 + 200,
            "{part:?}: {once}, then {twice}"
        );
        assert!(once <= STEPS_PER_BYTE_MAX * BYTES, "{part:?}: {once}");
    }
    for open in ["[", "{\"a\":", "%25", "\\"] {
        let nested = |depth: usize| format!("{}1", open.repeat(depth));
        let (once, twice) = (
            steps(&nested(5_000), Mode::Prose),
            steps(&nested(10_000), Mode::Prose),
        );
        assert!(
            twice <= 2 * once + once / 10 + 200,
            "{open}: {once}, then {twice}"
        );
    }
}

#[test]
fn a_deep_tree_is_walked_once() {
    let deep = |depth: usize| format!("{}\"a@b.example\"{}", "[".repeat(depth), "]".repeat(depth));
    let walked = |depth: usize| {
        let text = deep(depth);
        let mut scratch = Vec::new();
        let mut value = crate::json::parse(text.as_bytes(), &mut scratch).unwrap();
        let scrubber = Policy::default().compile().unwrap();
        STEPS.set(0);
        scrubber.json(&mut value, &mut Findings::default());
        STEPS.get()
    };
    assert!(walked(90) <= walked(10) + 100);
}
