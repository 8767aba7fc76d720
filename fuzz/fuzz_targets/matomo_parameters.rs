//! Any bytes as query, form and bulk body of a Matomo tracker, and everything that is asked of the hits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mayfly::intake::matomo::{self, Hit, Param};
use mayfly::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (query, body) = text.split_once('\n').unwrap_or((&text, ""));
    ask(&Hit::read(query, body));
    for hit in matomo::bulk_hits(bytes).unwrap_or_default() {
        ask(&hit);
    }
});

fn ask(hit: &Hit<'_>) {
    let _ = (hit.is_empty(), hit.project(), hit.kind(), hit.token());
    assert!(hit.happened_at(NOW) <= NOW);
    let _ = (hit.text(Param::Url), hit.integer(Param::Project));
    assert!(hit.dimensions().count() <= 1_000);
}
