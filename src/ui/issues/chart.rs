//! Events over time as an inline drawing.

use crate::store::issues::Bucket;
use crate::time::Timestamp;

const DAY_SECONDS: i64 = 86_400;
/// Days that a chart shows: as long as an event can be kept.
const DAYS: u16 = 30;
/// Height of the tallest bar, in the drawing's own unit; a bar is one wide.
const HEIGHT: f64 = 10.0;
/// A day with events is seen, however few.
const HEIGHT_MIN: f64 = 0.9;

/// Bars of the same width from left to right.
pub(super) struct Chart {
    pub bars: Vec<Bar>,
    pub width: usize,
    pub most: u64,
}

pub(super) struct Bar {
    pub x: usize,
    pub y: String,
    pub height: String,
    pub events: u64,
    /// What the bar stands for, e.g. `2026-11-22`.
    pub name: String,
}

impl Chart {
    /// The last thirty days, today at the right.
    pub fn of_days(buckets: &[Bucket], now: Timestamp) -> Self {
        let today = u16::try_from(now.seconds() / DAY_SECONDS).unwrap_or(u16::MAX);
        let first = today.saturating_sub(DAYS - 1);
        let day = |day: u16| {
            let of_day = buckets.iter().filter(|bucket| bucket.day == day);
            let events = of_day.map(|bucket| bucket.events).sum();
            let begins = Timestamp::from_seconds(i64::from(day) * DAY_SECONDS);
            (begins.rfc3339()[..10].to_owned(), events)
        };
        Self::new((first..=today).map(day).collect())
    }

    fn new(counts: Vec<(String, u64)>) -> Self {
        let most = counts.iter().map(|(_, events)| *events).max().unwrap_or(0);
        let bar = |(x, (name, events)): (usize, (String, u64))| {
            let height = match events {
                0 => 0.0,
                events => (events as f64 / most as f64 * HEIGHT).max(HEIGHT_MIN),
            };
            Bar {
                x,
                y: format!("{:.2}", HEIGHT - height),
                height: format!("{height:.2}"),
                events,
                name,
            }
        };
        Self {
            width: counts.len(),
            bars: counts.into_iter().enumerate().map(bar).collect(),
            most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_at_the_right_and_few_events_are_seen() {
        let bucket = |day, events| Bucket {
            day,
            expires_at: 0,
            events,
        };
        let now = Timestamp::from_seconds(20_779 * DAY_SECONDS + 100);
        let buckets = [
            bucket(20_779, 600),
            bucket(20_779, 400),
            bucket(20_778, 1),
            bucket(20_000, 9),
        ];
        let chart = Chart::of_days(&buckets, now);
        assert_eq!((chart.width, chart.most), (30, 1_000));
        let today = &chart.bars[29];
        assert_eq!(
            (today.events, today.height.as_str(), today.y.as_str()),
            (1_000, "10.00", "0.00")
        );
        assert_eq!(today.name, "2026-11-22");
        assert_eq!(chart.bars[28].height, "0.90");
        assert_eq!(chart.bars[0].events, 0);
    }
}
