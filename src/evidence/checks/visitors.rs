//! Whether visitors could be recognised for longer than is promised.

use super::{Subject, Verdict, number};
use crate::evidence::Words;
use crate::privacy::SaltAges;
use crate::store::StoreError;

/// The longest rotation that can be set. Beyond it a number that comes back was computed again.
const ROTATION_SECONDS_MAX: u64 = 24 * 3_600;

/// The salt is young, and no stored visitor number was ever met again after a salt's longest life.
pub(super) async fn salts(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let query = format!(
        "SELECT uniq(visitor_id) AS visitors, countIf(pause > {ROTATION_SECONDS_MAX}) AS recognised FROM \
         (SELECT visitor_id, arrayMax(arrayDifference(arraySort(groupArray(toUnixTimestamp(received_at))))) AS pause \
         FROM analytics_events WHERE visitor_id != 0 GROUP BY project_id, visitor_id)"
    );
    let answer = subject.store.evidence(&query).await?;
    let row = answer.first().ok_or(StoreError::Unexpected)?;
    let (visitors, recognised) = (number(row, 0)?, number(row, 1)?);
    let (is_young, salt) = judge(subject.salts);
    let detail = Words::new(
        format!(
            "{visitors} visitor numbers are stored; {recognised} were met again after more than 24 hours."
        ),
        format!(
            "{visitors} Besuchernummern sind gespeichert; {recognised} tauchten nach mehr als 24 Stunden wieder auf."
        ),
    );
    Ok(Verdict::new(
        is_young && recognised == 0,
        query,
        detail.and(&salt),
    ))
}

fn judge(salts: Option<SaltAges>) -> (bool, Words) {
    let Some(salts) = salts else {
        let words = Words::new(
            "Salts live in the memory of a running server only; its evidence page says how old they are.",
            "Salts gibt es nur im Speicher eines laufenden Servers; dessen Nachweisseite nennt ihr Alter.",
        );
        return (true, words);
    };
    let SaltAges {
        number,
        current_seconds,
        holds_previous,
        rotation_seconds,
    } = salts;
    let (minutes, hours) = (current_seconds / 60, rotation_seconds / 3_600);
    let (previous, vorgaenger) = match holds_previous {
        true => (
            "its predecessor is held for another half hour at most",
            "sein Vorgänger wird noch höchstens eine halbe Stunde gehalten",
        ),
        false => (
            "its predecessors are gone",
            "seine Vorgänger sind vernichtet",
        ),
    };
    let words = Words::new(
        format!(
            "Salt no. {number} since the start is {minutes} minutes old and is replaced after {hours} hours; {previous}."
        ),
        format!(
            "Salt Nr. {number} seit dem Start ist {minutes} Minuten alt und wird nach {hours} Stunden ersetzt; {vorgaenger}."
        ),
    );
    (current_seconds <= rotation_seconds, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_salt_is_found() {
        let salts = |current_seconds| SaltAges {
            number: 3,
            current_seconds,
            holds_previous: false,
            rotation_seconds: 14_400,
        };
        assert!(judge(Some(salts(14_400))).0 && judge(None).0);
        assert!(!judge(Some(salts(14_401))).0);
    }
}
