use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use proptest::prelude::*;

use super::*;

/// 2027-01-15 08:00:00 UTC.
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const PROJECT: ProjectId = ProjectId::new(1);

fn key(digit: char) -> PublicKey {
    digit.to_string().repeat(32).parse().unwrap()
}

fn after(millis: u64) -> Timestamp {
    START.plus(Duration::from_millis(millis))
}

/// Seconds to wait and whose limit it is, or nothing.
fn send(
    quotas: &Quotas,
    limits: &Rates,
    by: Option<char>,
    count: u32,
    now: Timestamp,
) -> Option<(u32, &'static str)> {
    quotas
        .admit(PROJECT, by.map(key), Category::Error, count, limits, now)
        .err()
        .map(|refused| (refused.retry_after_seconds, refused.scope.name()))
}

#[test]
fn without_limits_everything_is_taken() {
    let quotas = Quotas::default();
    for _ in 0..1_000 {
        let sent = send(&quotas, &Rates::UNLIMITED, Some('a'), u32::MAX, START);
        assert_eq!(sent, None);
    }
    assert!(
        quotas
            .shards
            .iter()
            .all(|s| s.lock().unwrap().projects.is_empty())
    );
}

#[test]
fn a_burst_then_the_rate() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_second: 2,
        burst: 10,
        ..Rates::default()
    };
    for _ in 0..10 {
        assert_eq!(send(&quotas, &limits, None, 1, START), None);
    }
    assert_eq!(send(&quotas, &limits, None, 1, START), Some((1, "project")));
    assert_eq!(send(&quotas, &limits, None, 5, START), Some((3, "project")));
    assert_eq!(
        send(&quotas, &limits, None, 1, after(499)),
        Some((1, "project"))
    );
    assert_eq!(send(&quotas, &limits, None, 1, after(500)), None);
    assert_eq!(
        send(&quotas, &limits, None, 1, after(500)),
        Some((1, "project"))
    );
    // Full again after five quiet seconds, and no fuller later.
    assert_eq!(send(&quotas, &limits, None, 10, after(3_600_000)), None);
    assert_eq!(
        send(&quotas, &limits, None, 1, after(3_600_000)),
        Some((1, "project"))
    );
    // More than a burst is never taken, however long one waits.
    assert_eq!(
        send(&quotas, &limits, None, 11, after(3_600_000)),
        Some((5, "project"))
    );
    assert_eq!(
        send(&quotas, &limits, None, 11, after(7_200_000)),
        Some((1, "project"))
    );
}

#[test]
fn without_a_burst_a_second_is_one() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_second: 3,
        ..Rates::default()
    };
    assert_eq!(send(&quotas, &limits, None, 3, START), None);
    assert_eq!(send(&quotas, &limits, None, 1, START), Some((1, "project")));
    assert_eq!(send(&quotas, &limits, None, 3, after(1_000)), None);
}

#[test]
fn keys_projects_and_categories_do_not_share() {
    let quotas = Quotas::default();
    let limits = Rates {
        key_per_minute: 30,
        ..Rates::default()
    };
    assert_eq!(send(&quotas, &limits, Some('a'), 30, START), None);
    assert_eq!(
        send(&quotas, &limits, Some('a'), 1, START),
        Some((2, "key"))
    );
    assert_eq!(send(&quotas, &limits, Some('b'), 30, START), None);
    assert_eq!(send(&quotas, &limits, None, 1_000, START), None);
    let admit = |project, category| {
        quotas.admit(
            ProjectId::new(project),
            Some(key('a')),
            category,
            30,
            &limits,
            START,
        )
    };
    assert!(admit(1, Category::Session).is_ok());
    assert!(admit(2, Category::Error).is_ok());
    let refused = admit(1, Category::Session).unwrap_err();
    assert_eq!(
        refused.sentry_rate_limit(Category::Session),
        "60:session:key"
    );
}

#[test]
fn quotas_end_at_full_hours_and_at_midnight() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_hour: 5,
        per_day: 8,
        ..Rates::default()
    };
    let minute = |minutes: u64| after(minutes * 60_000);
    assert_eq!(send(&quotas, &limits, None, 5, minute(30)), None);
    assert_eq!(
        send(&quotas, &limits, None, 1, minute(30)),
        Some((1_800, "project"))
    );
    assert_eq!(send(&quotas, &limits, None, 3, minute(60)), None);
    assert_eq!(
        send(&quotas, &limits, None, 1, minute(60)),
        Some((15 * 3_600, "project"))
    );
    // A clock that went back opens nothing.
    assert!(send(&quotas, &limits, None, 1, minute(30)).is_some());
    assert_eq!(send(&quotas, &limits, None, 1, minute(16 * 60)), None);
}

#[test]
fn a_refused_item_costs_nothing_anywhere() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_second: 100,
        key_per_minute: 2,
        per_day: 3,
        ..Rates::default()
    };
    assert_eq!(send(&quotas, &limits, Some('a'), 2, START), None);
    for _ in 0..1_000 {
        assert_eq!(
            send(&quotas, &limits, Some('a'), 1, START),
            Some((30, "key"))
        );
    }
    assert_eq!(send(&quotas, &limits, Some('b'), 1, START), None);
    // Of two limits the one that lasts longest is named.
    assert_eq!(
        send(&quotas, &limits, Some('a'), 1, START),
        Some((16 * 3_600, "project"))
    );
}

#[test]
fn threads_together_get_no_more_than_one() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_second: 1,
        burst: 1_000,
        ..Rates::default()
    };
    let taken = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let is_taken = send(&quotas, &limits, Some('a'), 1, START).is_none();
                    taken.fetch_add(u32::from(is_taken), Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 1_000);
}

#[test]
fn memory_is_bounded_and_the_idle_make_room() {
    let quotas = Quotas::default();
    let limits = Rates {
        per_second: 1,
        ..Rates::default()
    };
    let per_shard = QUOTA_COUNTERS_MAX / SHARDS;
    let project = |number: usize| ProjectId::new(u32::try_from(number * SHARDS).unwrap());
    let admit = |number, now| quotas.admit(project(number), None, Category::Error, 1, &limits, now);
    let counted = || quotas.shards[0].lock().unwrap().projects.len();
    for number in 0..2 * per_shard {
        assert!(admit(number, START).is_ok());
    }
    assert!((per_shard - 2..=per_shard).contains(&counted()));
    assert!(
        admit(0, START).is_err(),
        "those that are known stay limited"
    );
    assert!(admit(2 * per_shard, after(2_000)).is_ok());
    assert_eq!(counted(), 1);
}

#[test]
fn keys_are_bounded_and_swept_like_projects() {
    let quotas = Quotas::default();
    let limits = Rates {
        key_per_minute: 1,
        ..Rates::default()
    };
    let per_shard = QUOTA_COUNTERS_MAX / SHARDS;
    let admit = |number: usize, now| {
        let key = format!("{number:032x}").parse().unwrap();
        quotas.admit(PROJECT, Some(key), Category::Error, 1, &limits, now)
    };
    let counted = || quotas.shards[1].lock().unwrap().counters;
    for number in 0..2 * per_shard {
        assert!(admit(number, START).is_ok());
    }
    assert!((per_shard - 1..=per_shard).contains(&counted()));
    assert!(admit(0, START).is_err() && admit(2 * per_shard - 1, START).is_ok());
    assert!(admit(2 * per_shard - 1, after(60_000)).is_ok());
    assert_eq!(counted(), 2);
    assert!(admit(2 * per_shard - 1, after(60_000)).is_err());
}

#[test]
fn a_project_stays_within_the_server() {
    let rates = |per_second, burst, per_day| Rates {
        per_second,
        burst,
        per_day,
        ..Rates::default()
    };
    let server = rates(100, 0, 0);
    let both = rates(0, 50, 1_000).within(&server);
    assert_eq!(both, rates(100, 100, 1_000));
    assert_eq!(rates(500, 1_000, 0).within(&server), rates(100, 100, 0));
    assert_eq!(server.within(&rates(0, 50, 1_000)), both);
    assert_eq!(Rates::UNLIMITED.within(&Rates::UNLIMITED), Rates::UNLIMITED);
}

#[test]
fn settings_are_read_by_name_and_an_unknown_one_is_refused() {
    let text = r#"{"each": {"per_second": 9}, "only": {"log_item": {"per_day": 7}}}"#;
    let limits: Limits = serde_json::from_str(text).unwrap();
    assert_eq!(limits.of(Category::LogItem).per_day, 7);
    assert_eq!(limits.of(Category::LogItem).per_second, 0);
    assert_eq!(limits.of(Category::Error).per_second, 9);
    for wrong in [
        r#"{"only": {"logs": {}}}"#,
        r#"{"each": {"per_week": 1}}"#,
        r#"{"each": {"burst": -1}}"#,
    ] {
        assert!(serde_json::from_str::<Limits>(wrong).is_err(), "{wrong}");
    }
    for category in Category::ALL {
        assert_eq!(serde_json::to_value(category).unwrap(), category.name());
    }
}

proptest! {
    /// Over every stretch of time no more than burst + rate × time; and a refusal is no longer than it says.
    #[test]
    fn never_more_than_burst_and_rate(
        per_second in 1..50u32,
        burst in 0..100u32,
        steps in prop::collection::vec((0..1_500u64, 1..20u32), 1..200),
    ) {
        let quotas = Quotas::default();
        let limits = Rates { per_second, burst, ..Rates::default() };
        let capacity = if burst == 0 { per_second } else { burst };
        let mut now = 0;
        let mut taken: Vec<(u64, u32)> = Vec::new();
        for (pause, count) in steps {
            now += pause;
            match send(&quotas, &limits, None, count, after(now)) {
                None => taken.push((now, count)),
                Some((seconds, _)) if count <= capacity => {
                    now += u64::from(seconds) * 1_000;
                    prop_assert_eq!(send(&quotas, &limits, None, count, after(now)), None);
                    taken.push((now, count));
                }
                Some(_) => {}
            }
        }
        for (first, (begin, _)) in taken.iter().enumerate() {
            let mut sum = 0u64;
            for (end, count) in &taken[first..] {
                sum += u64::from(*count);
                let allowed_millis = u64::from(capacity) * 1_000 + u64::from(per_second) * (end - begin);
                prop_assert!(sum * 1_000 <= allowed_millis);
            }
        }
    }

    /// Whoever keeps to the rate is never refused, however irregular within a burst.
    #[test]
    fn never_refused_below_the_rate(
        per_second in 1..50u32,
        extra in 0..50u32,
        counts in prop::collection::vec(1..50u32, 1..200),
    ) {
        let quotas = Quotas::default();
        let limits = Rates { per_second, burst: 50 + extra, key_per_minute: 60 * per_second.max(50), ..Rates::default() };
        let mut now = 0;
        for count in counts {
            prop_assert_eq!(send(&quotas, &limits, Some('a'), count, after(now)), None);
            now += (u64::from(count) * 1_000).div_ceil(u64::from(per_second));
        }
    }
}
