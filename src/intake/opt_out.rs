//! The opt-out that a browser sends by itself: our own cookie, and the one that Matomo's opt-out leaves.

use crate::intake::headers::{Header, Headers};
use crate::limits::COOKIE_SECONDS_MAX;
use crate::registry::ObjectionScope;

const COOKIE_NAME: &str = "mayfly_opt_out";
/// Matomo's; it says `ignore=*` in its signed form of `name=value`, percent-encoded or not.
const MATOMO_COOKIE: &str = "matomo_ignore";
const MATOMO_ONE_BEFORE: &str = "piwik_ignore";

/// What a browser was told not to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptOut {
    pub analytics: bool,
    pub errors: bool,
}

impl OptOut {
    /// Reads the cookies of a request.
    pub fn of(headers: &Headers<'_>) -> Self {
        let mut found = Self::default();
        if headers.get(Header::Cookie).is_none() {
            return found;
        }
        let pairs = headers
            .lines(Header::Cookie)
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        for (name, value) in pairs {
            match name {
                COOKIE_NAME => {
                    let has = |scope: ObjectionScope| value.split('.').any(|s| s == scope.name());
                    found.analytics |= has(ObjectionScope::Analytics);
                    found.errors |= has(ObjectionScope::Errors);
                }
                MATOMO_COOKIE | MATOMO_ONE_BEFORE => {
                    let value = value.replace("%3D", "=").replace("%2A", "*");
                    found.analytics |= value.contains("ignore=*");
                }
                _ => {}
            }
        }
        found
    }

    /// The same with one scope chosen anew.
    #[must_use]
    pub const fn with(mut self, scope: ObjectionScope, is_out: bool) -> Self {
        match scope {
            ObjectionScope::Analytics => self.analytics = is_out,
            ObjectionScope::Errors => self.errors = is_out,
        }
        self
    }

    /// For `Set-Cookie`. It holds the names of what is left out and no number. In frames of other sites browsers only keep
    /// secure cookies.
    pub fn cookie(self, is_secure: bool) -> String {
        let scopes = [
            (ObjectionScope::Analytics, self.analytics),
            (ObjectionScope::Errors, self.errors),
        ];
        let names = scopes.into_iter().filter(|(_, is_out)| *is_out);
        let names: Vec<_> = names.map(|(scope, _)| scope.name()).collect();
        let age = if names.is_empty() {
            0
        } else {
            COOKIE_SECONDS_MAX
        };
        let reach = match is_secure {
            true => "SameSite=None; Secure; Partitioned",
            false => "SameSite=Lax",
        };
        format!(
            "{COOKIE_NAME}={}; Path=/; Max-Age={age}; HttpOnly; {reach}",
            names.join(".")
        )
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn of(cookies: &'static str) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static(cookies));
        let found = OptOut::of(&Headers::of(&headers));
        (found.analytics, found.errors)
    }

    #[test]
    fn our_cookie_and_matomos_are_read() {
        assert_eq!(of("a=b; mayfly_opt_out=analytics.errors"), (true, true));
        assert_eq!(of("mayfly_opt_out=errors"), (false, true));
        assert_eq!(of("mayfly_opt_out=everything"), (false, false));
        assert_eq!(of("matomo_ignore=ignore%3D%2A"), (true, false));
        assert_eq!(of("piwik_ignore=ignore=*%3A"), (true, false));
        assert_eq!(of("matomo_ignore=1"), (false, false));
    }

    #[test]
    fn a_cookie_says_what_is_left_out_for_thirty_days() {
        let out = OptOut::default().with(ObjectionScope::Errors, true);
        assert_eq!(
            out.cookie(false),
            "mayfly_opt_out=errors; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
        );
        assert!(out.cookie(true).ends_with("Secure; Partitioned"));
        let back = out.with(ObjectionScope::Errors, false).cookie(false);
        assert!(back.starts_with("mayfly_opt_out=; Path=/; Max-Age=0"));
    }
}
