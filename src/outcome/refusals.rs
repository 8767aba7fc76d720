//! Refusals of each project, so that a developer whose events do not arrive finds out alone.
//!
//! Enters: a project's number, which SDK, what and why: all from closed sets. Leaves: counts, taken every few seconds and
//! written beside what the SDKs count themselves. A crash of the server loses those of the last seconds; the balance of
//! [`Outcomes`](super::Outcomes) does not depend on them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Kind, Reason, names};
use crate::limits::REFUSALS_MAX;
use crate::registry::ProjectId;

names! {
    /// What sent something, as far as it says: a family of SDKs, never its own words.
    Sdk {
        Matomo = "matomo",
        Javascript = "sentry.javascript",
        Python = "sentry.python",
        Java = "sentry.java",
        Dotnet = "sentry.dotnet",
        Php = "sentry.php",
        Ruby = "sentry.ruby",
        Go = "sentry.go",
        Rust = "sentry.rust",
        Cocoa = "sentry.cocoa",
        Native = "sentry.native",
        Dart = "sentry.dart",
        Elixir = "sentry.elixir",
        /// The SDKs before 2019.
        Raven = "raven",
        /// One that is not listed here.
        Other = "other",
        /// It does not say.
        Unnamed = "unnamed",
    }
}

impl Sdk {
    /// The family of a `sentry_client` such as `sentry.javascript.browser/11.12.0`.
    pub fn of_client(client: &str) -> Self {
        if client.is_empty() {
            return Self::Unnamed;
        }
        if client.starts_with("raven") {
            return Self::Raven;
        }
        let is_of = |sdk: &&Self| {
            let rest = client.strip_prefix(sdk.name());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
        };
        let known = Self::ALL.iter().find(is_of);
        known.copied().unwrap_or(Self::Other)
    }
}

/// What was refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    pub project: ProjectId,
    pub sdk: Sdk,
    pub kind: Kind,
    pub reason: Reason,
}

/// Counts of refusals that have not been written yet.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<Refusal, u64>>);

impl Refusals {
    /// Counts refusals. Beyond [`REFUSALS_MAX`] different ones, which made-up project numbers can bring about, new ones
    /// are left out until the next taking.
    pub fn note(&self, refusal: Refusal, count: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < REFUSALS_MAX || counts.contains_key(&refusal) {
            *counts.entry(refusal).or_default() += count;
        }
    }

    /// Takes everything that was counted since the last time.
    pub fn take(&self) -> Vec<(Refusal, u64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counts).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(project: u32) -> Refusal {
        Refusal {
            project: ProjectId::new(project),
            sdk: Sdk::Python,
            kind: Kind::Error,
            reason: Reason::KeyUnknown,
        }
    }

    #[test]
    fn an_sdk_is_named_by_its_family() {
        for (client, sdk) in [
            ("sentry.javascript.browser/11.12.0", Sdk::Javascript),
            ("sentry.python/2.75.0", Sdk::Python),
            ("sentry.java.android/8", Sdk::Java),
            ("raven-js/3.27.2", Sdk::Raven),
            ("sentry.pythonic", Sdk::Other),
            ("jane@example.org", Sdk::Other),
            ("", Sdk::Unnamed),
        ] {
            assert_eq!(Sdk::of_client(client), sdk, "{client}");
        }
    }

    #[test]
    fn counts_are_taken_once_and_bounded() {
        let refusals = Refusals::default();
        refusals.note(refusal(1), 2);
        refusals.note(refusal(1), 3);
        assert_eq!(refusals.take(), [(refusal(1), 5)]);
        assert!(refusals.take().is_empty());
        for project in 0..=u32::try_from(REFUSALS_MAX).unwrap() {
            refusals.note(refusal(project), 1);
        }
        refusals.note(refusal(0), 1);
        let taken = refusals.take();
        assert_eq!(taken.len(), REFUSALS_MAX);
        assert!(taken.contains(&(refusal(0), 2)));
    }
}
