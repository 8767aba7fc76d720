//! How much of what the scrubber should find it finds, and what it spoils.
//!
//! The corpus is made up: people of several countries, numbers with right check digits, in log lines,
//! URLs, headers, JSON, stack traces, SQL and sentences. Countries, cues and carriers are split into a half that
//! detectors are developed with and a half that is held out. Two more parts were written before they were first run: one
//! with countries and carriers of its own, one with cues of its own as well. What their first runs showed stands in
//! docs/BENCHMARKS.md. `MAYFLY_CORPUS_SEED` makes another corpus, `MAYFLY_CORPUS_SAMPLES` a larger one. A part of a value
//! that is left counts as a leak.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "prints its figures, takes its seeds from the environment"
)]

mod blind;
mod carriers;
mod clean;
mod cued;
mod fresh;
mod near_misses;
mod people;
mod random;
mod values;

use mayfly::privacy::scrub::{Findings, Policy, Scrubber};

use people::Half;
use random::Random;
use values::{Make, Value};

/// Recall that every class with a structure must reach, in percent.
const STRUCTURED_RECALL_MIN: f64 = 99.5;
/// Share of near misses that must come out unchanged, in percent.
const PRECISION_MIN: f64 = 99.5;
/// Share of clean strings that may be changed, in percent.
const CLEAN_CHANGED_MAX: f64 = 0.05;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn scrubbed(scrubber: &Scrubber, text: &str) -> String {
    scrubber.text(text, &mut Findings::default()).into_owned()
}

/// Percent of samples of which nothing is left; leaks are printed.
fn recall(class: &str, half: Half, make: Make, scrubber: &Scrubber) -> f64 {
    let samples = setting("MAYFLY_CORPUS_SAMPLES", 1000) as usize;
    let seed = setting("MAYFLY_CORPUS_SEED", 20_261_122);
    let salt = class.bytes().fold(0u64, |salt, b| {
        salt.wrapping_mul(31).wrapping_add(u64::from(b))
    });
    let mut random = Random::new(seed ^ salt ^ [0, 1 << 63, 1 << 62, 1 << 61][half as usize]);
    let mut removed = 0;
    let mut shown = 0;
    for _ in 0..samples {
        let value = make(&mut random, half);
        let text = carriers::carry(&mut random, half, &value.text);
        let clean = scrubbed(scrubber, &text);
        if leaks(&value, &text, &clean) {
            shown += 1;
            if shown <= setting("MAYFLY_CORPUS_SHOWN", 0) {
                println!("    {text}\n -> {clean}");
            }
        } else {
            removed += 1;
        }
    }
    100.0 * f64::from(removed) / samples as f64
}

/// True if any part is left that the carrier has not brought itself.
fn leaks(value: &Value, text: &str, clean: &str) -> bool {
    let frame = text.replace(&value.text, " ");
    value.parts.iter().any(|part| {
        [part.clone(), carriers::percent(part), carriers::form(part)]
            .iter()
            .any(|part| clean.contains(part) && !frame.contains(part))
    })
}

/// Texts of all classes, for other tests.
pub fn texts(count: usize) -> Vec<String> {
    let mut random = Random::new(setting("MAYFLY_CORPUS_SEED", 20_261_122));
    let makes: Vec<Make> = values::STRUCTURED
        .iter()
        .map(|c| c.1)
        .chain(cued::CUED.iter().map(|c| c.2))
        .collect();
    let text = |i: usize| {
        let half = if i.is_multiple_of(2) {
            Half::Development
        } else {
            Half::HeldOut
        };
        let value = random.pick(&makes)(&mut random, half);
        carriers::carry(&mut random, half, &value.text)
    };
    (0..count).map(text).collect()
}

/// Prints recall for every class; returns those below their mark.
pub fn recall_of_classes() -> Vec<&'static str> {
    let scrubber = Scrubber::new(&Policy::default()).expect("the default policy");
    let structured = values::STRUCTURED
        .iter()
        .map(|&(class, make)| (class, STRUCTURED_RECALL_MIN, make));
    let mut failed = Vec::new();
    println!(
        "{:<32} {:>12} {:>9} {:>9} {:>9} {:>9}",
        "recall, percent", "development", "held out", "blind", "fresh", "at least"
    );
    for (class, least, make) in structured.chain(cued::CUED.iter().copied()) {
        let parts = [Half::Development, Half::HeldOut, Half::Blind, Half::Fresh];
        let [development, held_out, blind, fresh] =
            parts.map(|part| recall(class, part, make, &scrubber));
        println!(
            "{class:<32} {development:>12.2} {held_out:>9.2} {blind:>9.2} {fresh:>9.2} {least:>9.1}"
        );
        let worst = [held_out, blind, fresh]
            .into_iter()
            .fold(development, f64::min);
        if worst < least {
            failed.push(class);
        }
    }
    failed
}

/// Percent of near misses that come out unchanged; prints it, and the first that do not.
pub fn precision() -> f64 {
    let scrubber = Scrubber::new(&Policy::default()).expect("the default policy");
    let mut random = Random::new(setting("MAYFLY_CORPUS_SEED", 20_261_122));
    let (mut total, mut kept) = (0u32, 0u32);
    for _ in 0..200 {
        for text in near_misses::near_misses(&mut random) {
            let clean = scrubbed(&scrubber, &text);
            total += 1;
            if clean == text {
                kept += 1;
            } else if total - kept <= 20 {
                println!("    {text}\n -> {clean}");
            }
        }
    }
    let precision = 100.0 * f64::from(kept) / f64::from(total);
    println!("near misses left alone: {precision:.2} % of {total}");
    precision
}

/// Percent of clean strings, as stack traces hold them, that are changed; prints it, and the first.
pub fn clean_changed() -> f64 {
    let scrubber = Scrubber::new(&Policy::default()).expect("the default policy");
    let strings = clean::strings();
    let mut changed = 0u32;
    for string in &strings {
        if let Some(after) = string.changed(&scrubber) {
            changed += 1;
            if changed <= 20 {
                println!("    {}\n -> {after}", string.text);
            }
        }
    }
    let share = 100.0 * f64::from(changed) / strings.len() as f64;
    println!("clean strings changed: {share:.4} % of {}", strings.len());
    share
}

#[test]
fn recall_of_every_class() {
    let failed = recall_of_classes();
    assert!(failed.is_empty(), "below the mark: {failed:?}");
}

#[test]
fn near_misses_are_left_alone() {
    let precision = precision();
    assert!(precision >= PRECISION_MIN, "only {precision:.2} %");
}

#[test]
fn clean_strings_of_traces_are_left_alone() {
    let share = clean_changed();
    assert!(share <= CLEAN_CHANGED_MAX, "{share:.4} %");
}

#[test]
fn scrubbing_twice_changes_nothing_and_finds_nothing() {
    let scrubber = Scrubber::new(&Policy::default()).expect("the default policy");
    let mut random = Random::new(setting("MAYFLY_CORPUS_SEED", 20_261_122));
    let makes: Vec<Make> = values::STRUCTURED
        .iter()
        .map(|c| c.1)
        .chain(cued::CUED.iter().map(|c| c.2))
        .collect();
    for round in 0..4000 {
        let half = if round % 2 == 0 {
            Half::Development
        } else {
            Half::HeldOut
        };
        let (one, two) = (random.pick(&makes), random.pick(&makes));
        let (one, two) = (one(&mut random, half).text, two(&mut random, half).text);
        let joint = random.pick(&[" ", "", ",", "=", ": ", "/", "&", "\n", "\"", "@"]);
        let text = carriers::carry(&mut random, half, &format!("{one}{joint}{two}"));
        let once = scrubbed(&scrubber, &text);
        let mut findings = Findings::default();
        assert_eq!(scrubber.text(&once, &mut findings), once, "from {text}");
        assert!(findings.is_empty(), "from {text}");
    }
}
