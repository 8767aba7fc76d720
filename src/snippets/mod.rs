//! What a person pastes to make a widget report: a DSN, the tracker snippet, and guides to the common SDKs.

mod guides;

use serde::Serialize;

use crate::registry::{ProjectId, PublicKey};
pub use guides::{Guide, Place, Step, Topic};

/// Ready to paste.
#[derive(Clone, Debug, Serialize)]
pub struct Snippets {
    /// For any Sentry SDK.
    pub dsn: String,
    /// For any page, as Matomo's documentation has it.
    pub snippet: String,
}

impl Snippets {
    /// For a server that the outside world reaches at `public_url` (`https://host`, no slash at the end).
    pub fn new(public_url: &str, project: ProjectId, key: PublicKey) -> Self {
        let (scheme, host) = public_url.split_once("://").unwrap_or(("http", public_url));
        Self {
            dsn: format!("{scheme}://{key}@{host}/{project}"),
            snippet: format!(
                "<script>\n  var _paq = window._paq = window._paq || [];\n  _paq.push(['trackPageView']);\n  \
                 _paq.push(['enableLinkTracking']);\n  _paq.push(['setTrackerUrl', '{public_url}/matomo.php']);\n  \
                 _paq.push(['setSiteId', '{project}']);\n</script>\n\
                 <script async src=\"{public_url}/matomo.js\"></script>"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dsn_is_one_for_sentrys_own_parser() {
        let key = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let snippets = Snippets::new("https://telemetry.example.org", ProjectId::new(3), key);
        let dsn: sentry_types::Dsn = snippets.dsn.parse().unwrap();
        assert_eq!(dsn.project_id().value(), "3");
        assert_eq!(
            dsn.envelope_api_url().as_str(),
            "https://telemetry.example.org/api/3/envelope/"
        );
        assert!(
            snippets
                .snippet
                .contains("'https://telemetry.example.org/matomo.php'")
        );
    }
}
