//! What a run has seen, a row for each fault.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::faults::Fault;
use crate::load::Told;

#[derive(Default)]
pub struct Report(BTreeMap<Fault, Row>);

#[derive(Default)]
struct Row {
    rounds: usize,
    acknowledged: usize,
    refused: usize,
    unanswered: usize,
    damaged: usize,
    slowest_recovery: Duration,
}

impl Report {
    /// `recovered_in` is the time from the end of the fault until everything was in ClickHouse.
    pub fn add(&mut self, fault: Fault, told: &Told, damaged: usize, recovered_in: Duration) {
        let row = self.0.entry(fault).or_default();
        row.rounds += 1;
        row.acknowledged += told.acknowledged.len();
        row.refused += told.refused.len();
        row.unanswered += told.unanswered.len();
        row.damaged += damaged;
        row.slowest_recovery = row.slowest_recovery.max(recovered_in);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| fault | rounds | acknowledged | refused | no answer | in damaged bytes | slowest recovery |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for (fault, row) in &self.0 {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} | {:.1} s |",
                fault.name(),
                row.rounds,
                row.acknowledged,
                row.refused,
                row.unanswered,
                row.damaged,
                row.slowest_recovery.as_secs_f64(),
            )?;
        }
        Ok(())
    }
}
