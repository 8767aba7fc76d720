//! Whether the ledger is whole.

use super::{Subject, Verdict};
use crate::evidence::Words;
use crate::ledger::verify;

/// Nothing in it was changed, moved or removed.
pub(super) async fn whole(subject: &Subject<'_>) -> Verdict {
    let path = subject.practice.ledger();
    let command = format!("mayfly ledger verify '{}'", path.display());
    let verified = tokio::task::spawn_blocking(move || verify(&path)).await;
    match verified {
        Ok(Ok(whole)) => {
            let (entries, until, key) = (whole.entries, whole.until, whole.fingerprint);
            let detail = Words::new(
                format!("{entries} entries until {until}, signed with the key {key}."),
                format!("{entries} Einträge bis {until}, unterschrieben mit dem Schlüssel {key}."),
            );
            Verdict::new(true, command, detail)
        }
        Ok(Err(error)) => {
            let detail = Words::new(
                format!("It is not whole: {error}."),
                format!("Es ist nicht unversehrt: {error}."),
            );
            Verdict::new(false, command, detail)
        }
        Err(_) => {
            let detail = Words::new("It could not be read.", "Es war nicht lesbar.");
            Verdict::new(false, command, detail)
        }
    }
}
