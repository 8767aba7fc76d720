//! When a crash happened: the client's clock, corrected where the request shows that it is wrong.

use crate::json::Value;
use crate::limits::{CLOCK_DRIFT_MIN, RETENTION_HOURS_MAX};
use crate::privacy::crash::facts::Facts;
use crate::time::Timestamp;

/// The event's time by our clock, if the client's was off by more than [`CLOCK_DRIFT_MIN`] when it sent. Only the time of
/// the event is corrected, not those of its breadcrumbs, which tell the order and the distances of what happened before.
pub(super) fn corrected(
    event: &Value<'_>,
    sent_at: Option<Timestamp>,
    received_at: Timestamp,
) -> Option<Timestamp> {
    let sent_at = sent_at?;
    let drift = received_at.millis_since(sent_at);
    let happened_at = Facts::of(event).occurred_at()?;
    let tolerated = i64::try_from(CLOCK_DRIFT_MIN.as_millis()).unwrap_or(i64::MAX);
    // An event is not sent before it happens. Some clients state when they started instead.
    let is_plausible = happened_at.millis_since(sent_at) <= tolerated;
    (is_plausible && drift.saturating_abs() > tolerated).then(|| happened_at.shifted(drift))
}

/// The client's clock is believed within the retention; the future is now.
pub(in crate::privacy) fn clamped(claimed: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let oldest = Timestamp::from_seconds(now.seconds() - i64::from(RETENTION_HOURS_MAX) * 3_600);
    claimed.map_or(now, |time| time.clamp(oldest, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Seconds by which an event's time is moved; both times are relative to now.
    fn moved(happened: i64, sent: i64) -> Option<i64> {
        let text = format!(r#"{{"timestamp":{}}}"#, NOW.seconds() + happened);
        let event: Value<'_> = serde_json::from_str(&text).unwrap();
        let sent_at = Timestamp::from_seconds(NOW.seconds() + sent);
        let corrected = corrected(&event, Some(sent_at), NOW)?;
        Some(corrected.seconds() - NOW.seconds() - happened)
    }

    #[test]
    fn a_clock_that_is_wrong_is_corrected() {
        assert_eq!(moved(-10, -5), None);
        assert_eq!(moved(-70, -59), None);
        assert_eq!(moved(-3_610, -3_600), Some(3_600));
        assert_eq!(moved(7_190, 7_200), Some(-7_200));
        // Kept for a day while there was no network: sent now.
        assert_eq!(moved(-86_400, -1), None);
        assert_eq!(moved(-86_400, -3_600), Some(3_600));
    }

    #[test]
    fn a_client_that_says_when_it_started_is_not_off() {
        assert_eq!(moved(-5, -3_600), None);
    }

    #[test]
    fn the_clients_clock_is_believed_within_limits() {
        let at = |seconds| clamped(Some(Timestamp::from_seconds(seconds)), NOW).seconds();
        assert_eq!(at(1_799_999_000), 1_799_999_000);
        assert_eq!(at(1_900_000_000), 1_800_000_000);
        assert_eq!(at(0), 1_800_000_000 - 30 * 86_400);
        assert_eq!(clamped(None, NOW), NOW);
    }
}
