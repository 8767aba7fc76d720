//! Sites that make up visits in order to be seen in reports.

use std::collections::HashSet;

use serde::Deserialize;

use crate::limits::{SPAM_HOST_LABELS_MAX, SPAM_HOSTS_MAX};

/// Hosts whose visits are made up. A host stands for its subdomains too.
#[derive(Default)]
pub struct ReferrerSpam {
    hosts: HashSet<Box<str>>,
}

/// The file is no usable list of hosts.
#[derive(Debug, thiserror::Error)]
pub enum ReferrerSpamError {
    /// Not the form of the pinned list.
    #[error("the list of referrer spam cannot be read: the file is damaged or no list of hosts")]
    Unreadable,
    /// More hosts than memory is meant for.
    #[error("the list of referrer spam has more than {SPAM_HOSTS_MAX} hosts")]
    TooLong,
}

#[derive(Deserialize)]
struct Packed {
    #[serde(rename = "spamReferrers")]
    hosts: Vec<String>,
}

impl ReferrerSpam {
    /// Reads the pinned list, `{"spamReferrers": [host, …]}`.
    ///
    /// # Errors
    /// [`ReferrerSpamError`] if it is something else.
    pub fn new(json: &str) -> Result<Self, ReferrerSpamError> {
        let packed: Packed =
            serde_json::from_str(json).map_err(|_| ReferrerSpamError::Unreadable)?;
        let mut list = Self::default();
        list.add(packed.hosts.iter().map(String::as_str))?;
        Ok(list)
    }

    /// Adds an operator's own list: a host on each line, `#` begins a comment. The form of Matomo's `spammers.txt`.
    ///
    /// # Errors
    /// [`ReferrerSpamError::Unreadable`] if a line is no host.
    pub fn add_lines(&mut self, text: &str) -> Result<(), ReferrerSpamError> {
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or(line));
        self.add(lines.filter(|line| !line.trim().is_empty()))
    }

    fn add<'a>(&mut self, hosts: impl Iterator<Item = &'a str>) -> Result<(), ReferrerSpamError> {
        for host in hosts {
            let host = host.trim().trim_matches('.');
            // A name without a dot would stand for everything that ends on it.
            let is_host = host.contains('.')
                && host
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '.' || c == '-' || c == '_');
            if !is_host {
                return Err(ReferrerSpamError::Unreadable);
            }
            if self.hosts.len() >= SPAM_HOSTS_MAX {
                return Err(ReferrerSpamError::TooLong);
            }
            self.hosts.insert(host.to_lowercase().into());
        }
        Ok(())
    }

    /// How many hosts are known.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Whether a host, or one that it belongs to, is on the list. `host` is in lower case, as URL parsers leave it.
    pub(super) fn contains(&self, host: &str) -> bool {
        if self.hosts.is_empty() {
            return false;
        }
        let host = host.trim_end_matches('.');
        let suffixes = host.rmatch_indices('.').map(|(dot, _)| &host[dot + 1..]);
        suffixes
            .skip(1) // top-level domains
            .take(SPAM_HOST_LABELS_MAX)
            .chain([host])
            .any(|suffix| self.hosts.contains(suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ReferrerSpam {
        let mut list = ReferrerSpam::new(r#"{"spamReferrers": ["spam.example"]}"#).unwrap();
        list.add_lines("# mine\n\nButtons.Example.org # seen in May\r\nbücher.example\n")
            .unwrap();
        list
    }

    #[test]
    fn a_host_stands_for_its_subdomains_and_for_nothing_else() {
        let list = list();
        for host in [
            "spam.example",
            "spam.example.",
            "www.spam.example",
            "a.b.c.spam.example",
        ] {
            assert!(list.contains(host), "{host}");
        }
        assert!(list.contains("buttons.example.org") && list.contains("bücher.example"));
        for host in [
            "",
            ".",
            "example",
            "notspam.example",
            "spam.example.net",
            "example.org",
        ] {
            assert!(!list.contains(host), "{host}");
        }
    }

    #[test]
    fn what_is_no_list_of_hosts_is_refused() {
        assert!(ReferrerSpam::new("[]").is_err());
        for line in [
            "com",
            "https://spam.example/",
            "two hosts.example",
            "*.example",
        ] {
            assert!(ReferrerSpam::default().add_lines(line).is_err(), "{line}");
        }
    }
}
