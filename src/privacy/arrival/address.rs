//! The host and path of a raw referrer.

use std::borrow::Cow;

use url::Host;

/// A longer name is no host (RFC 1035), and looking it up label by label would take its time.
pub(super) const HOST_BYTES_MAX: usize = 253;

/// Where a referrer points: enough to look it up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// Lower case ASCII (punycode), without user info, port and final dot; for apps the package name.
    pub host: Cow<'a, str>,
    /// From the first slash, without query; empty for apps.
    pub path: &'a str,
    pub is_app: bool,
}

/// What a referrer may begin with, and whether an app follows.
const SCHEMES: [(&str, bool); 4] = [
    ("https://", false),
    ("http://", false),
    ("//", false),
    ("android-app://", true),
];

impl<'a> Address<'a> {
    /// Nothing for what is neither a web address nor an Android app.
    pub fn of(url: &'a str) -> Option<Self> {
        let url = url.trim_ascii_start();
        let (is_app, rest) = SCHEMES.iter().find_map(|(scheme, is_app)| {
            let (head, rest) = url.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some((*is_app, rest))
        })?;
        let (authority, rest) =
            split_before(rest, |byte| matches!(byte, b'/' | b'\\' | b'?' | b'#'));
        let (path, _) = split_before(rest, |byte| matches!(byte, b'?' | b'#'));
        Some(Self {
            host: host(authority)?,
            path: if is_app { "" } else { path },
            is_app,
        })
    }

    /// Whether `page` is on this host, `www.` or not.
    pub fn is_host_of(&self, page: &str) -> bool {
        let is_same = |page: Address<'_>| {
            page.is_app == self.is_app && without_www(&page.host) == without_www(&self.host)
        };
        Address::of(page).is_some_and(is_same)
    }
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// Splits before the first ASCII byte that `ends`.
fn split_before(text: &str, ends: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(ends).unwrap_or(text.len()))
}

fn host(authority: &str) -> Option<Cow<'_, str>> {
    if is_clean(authority) {
        return Some(Cow::Borrowed(authority));
    }
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let host = host.strip_suffix('.').unwrap_or(host).trim_ascii();
    if host.is_empty() || host.len() > HOST_BYTES_MAX {
        return None;
    }
    if !host.is_ascii() || host.contains('%') {
        // Unicode becomes punycode, so that both spellings of a host are one.
        return Some(Cow::Owned(Host::parse(host).ok()?.to_string()));
    }
    Some(match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    })
}

/// Whether nothing has to be taken off: nearly always.
fn is_clean(host: &str) -> bool {
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (1..=HOST_BYTES_MAX).contains(&host.len()) && host.bytes().all(is_plain) && !host.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_host() {
        for (url, host, path) in [
            ("https://example.org/a?b#c", "example.org", "/a"),
            ("https://example.org", "example.org", ""),
            ("HTTPS://Example.ORG:8443?x", "example.org", ""),
            ("http://jane:s3cret@example.org./", "example.org", "/"),
            ("//example.org/a", "example.org", "/a"),
            ("https://[2001:db8::1]:80/a", "[2001:db8::1]", "/a"),
            ("https://bücher.example/", "xn--bcher-kva.example", "/"),
            (
                "https://xn--bcher-kva.example/",
                "xn--bcher-kva.example",
                "/",
            ),
            (
                "android-app://com.google.android.gm/https/x",
                "com.google.android.gm",
                "",
            ),
            (" https://example.org\\a", "example.org", "\\a"),
        ] {
            let address = Address::of(url).unwrap();
            assert_eq!((address.host.as_ref(), address.path), (host, path), "{url}");
        }
    }

    #[test]
    fn what_names_nobody() {
        for url in [
            "",
            "-",
            "null",
            "about:blank",
            "example.org/a",
            "https://",
            "https:///a",
            "http://:80/",
            "data:text/html,//x",
            "file:///home/jane/a.html",
            "moz-extension://0b0c1d2e/popup.html",
            "javascript://x",
            "https://%00/",
            "//",
        ] {
            assert_eq!(Address::of(url), None, "{url}");
        }
    }
}
