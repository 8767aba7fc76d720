//! How well crashes become issues: made-up events in `tests/data/grouping`, sorted by bug. Two events of one bug must
//! get one number, two events of different bugs two. Every event passes the scrubber first, as in life.

#![expect(clippy::disallowed_macros, reason = "prints its figures")]

use std::collections::BTreeMap;
use std::path::Path;

use super::{Grouping, RULES_VERSION, first_rules, group};
use crate::json::{self, Value};
use crate::privacy::crash::facts::Facts;
use crate::privacy::scrub::{Findings, Policy, Scrubber};
use crate::registry::ProjectId;

/// Share of the pairs in one group that are of one bug, and of the pairs of one bug that are in one group.
const PRECISION_MIN: f64 = 0.99;
const RECALL_MIN: f64 = 0.99;

struct Event {
    bug: String,
    name: String,
    grouping: Grouping,
    /// Its number under the rules of version 1.
    first: u64,
}

fn events() -> Vec<Event> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/grouping");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let mut events = Vec::new();
    for file in files {
        type Bugs = BTreeMap<String, BTreeMap<String, serde_json::Value>>;
        let text = std::fs::read_to_string(&file).unwrap();
        let bugs: Bugs = serde_yaml_ng::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (bug, of_bug) in bugs {
            for (name, event) in of_bug {
                let text = event.to_string();
                let mut scratch = Vec::new();
                let mut event = json::parse(text.as_bytes(), &mut scratch).unwrap();
                scrubber.event(&mut event, &|_| String::new(), &mut Findings::default());
                events.push(Event {
                    bug: bug.clone(),
                    name,
                    grouping: grouped(&event),
                    first: first_rules::group_id(ProjectId::new(1), &event, &Facts::of(&event)),
                });
            }
        }
    }
    events
}

fn grouped(event: &Value<'_>) -> Grouping {
    group(ProjectId::new(1), event, &Facts::of(event))
}

/// Precision and recall over pairs of events; wrong pairs are handed to `wrong`.
fn figures(
    events: &[Event],
    id: fn(&Event) -> u64,
    mut wrong: impl FnMut(&Event, &Event),
) -> (f64, f64) {
    let (mut right, mut joined, mut related) = (0u32, 0u32, 0u32);
    for (at, one) in events.iter().enumerate() {
        for other in &events[at + 1..] {
            let same_bug = one.bug == other.bug;
            let same_group = id(one) == id(other);
            right += u32::from(same_bug && same_group);
            joined += u32::from(same_group);
            related += u32::from(same_bug);
            if same_bug != same_group {
                wrong(one, other);
            }
        }
    }
    let share = |of: u32| f64::from(right) / f64::from(of);
    (share(joined), share(related))
}

#[test]
fn events_of_one_bug_are_one_group() {
    let events = events();
    let bugs = events.chunk_by(|a, b| a.bug == b.bug).count();
    assert!(
        events.len() >= 120 && bugs >= 45,
        "{} events of {bugs} bugs",
        events.len()
    );
    let (precision, recall) = figures(
        &events,
        |event| event.grouping.id,
        |one, other| {
            println!("  {} / {}: {}", one.bug, one.name, one.grouping.key);
            println!("  {} / {}: {}\n", other.bug, other.name, other.grouping.key);
        },
    );
    let (first_precision, first_recall) = figures(&events, |event| event.first, |_, _| {});
    println!("{} events of {bugs} bugs", events.len());
    println!("rules 1: precision {first_precision:.3}, recall {first_recall:.3}");
    println!("rules {RULES_VERSION}: precision {precision:.3}, recall {recall:.3}");
    assert!(precision >= PRECISION_MIN && recall >= RECALL_MIN);
}

/// Numbers that events of the corpus have under these rules. If they change, every group of every project begins anew:
/// raise [`RULES_VERSION`] and keep the rules that it replaces as the previous ones.
#[test]
fn numbers_change_only_with_the_version() {
    const VERSION: u8 = 2;
    const NUMBERS: [(&str, &str, u64); 12] = [
        (
            "cart total reads the price of a missing item",
            "Chrome, build 1",
            16_463_091_529_140_710_237,
        ),
        (
            "minified checkout",
            "Safari, build 1",
            13_109_269_901_737_561_719,
        ),
        (
            "the stack overflows in a pair of functions",
            "Firefox",
            4_544_349_324_789_455_102,
        ),
        (
            "no cart in the checkout view",
            "one",
            14_630_729_890_251_198_426,
        ),
        ("a block in Ruby", "Ruby 3.4", 1_913_207_810_181_161_401),
        ("a closure in PHP", "PHP 8.3", 14_759_070_170_560_418_463),
        (
            "an order without address",
            "one",
            14_868_999_160_689_400_369,
        ),
        (
            "an async method in C#",
            "as compiled",
            10_241_433_211_360_679_064,
        ),
        (
            "an index out of bounds in Rust",
            "one",
            6_722_499_403_044_507_289,
        ),
        ("a nil pointer in Go", "one", 14_712_080_201_496_947_501),
        ("a logged template", "one", 9_731_073_178_869_329_615),
        (
            "the client's own fingerprint",
            "one",
            11_473_419_216_053_511_015,
        ),
    ];
    assert_eq!(
        RULES_VERSION, VERSION,
        "the rules changed: write down their numbers here"
    );
    let events = events();
    let number = |bug, name| {
        let event = events
            .iter()
            .find(|event| event.bug == bug && event.name == name);
        event.map(|event| event.grouping.id)
    };
    let wrong: Vec<_> = NUMBERS
        .into_iter()
        .map(|(bug, name, id)| (bug, name, id, number(bug, name)))
        .filter(|(_, _, id, found)| *found != Some(*id))
        .collect();
    assert!(
        wrong.is_empty(),
        "other numbers, the same version: {wrong:#?}"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever clients call things, nothing panics, and the reason stays within its limit.
    #[test]
    fn any_name_is_taken(
        platform in "javascript|node|python|java|csharp|native|cocoa|go|ruby|php|other",
        names in proptest::collection::vec(r#"([a-zA-Z0-9é ]|::|->|[-_.$<>(){}\[\]/\\@*#|'"`+~?=:])*"#, 8),
    ) {
        let frame = |at: usize| serde_json::json!({
            "function": names[at], "module": names[at + 1], "filename": names[at + 2], "context_line": names[at + 3],
        });
        let event = serde_json::json!({
            "platform": platform, "fingerprint": ["{{ default }}", names[0]], "message": names[7],
            "exception": [{"type": names[0], "value": names[1], "stacktrace": {"frames": [frame(0), frame(4), frame(2)]}}],
        });
        let text = event.to_string();
        let event: Value<'_> = serde_json::from_str(&text).unwrap();
        let grouping = grouped(&event);
        proptest::prop_assert!(grouping.key.len() <= crate::limits::GROUPING_KEY_BYTES_MAX);
        proptest::prop_assert_eq!(grouping.id, grouped(&event).id);
    }
}
