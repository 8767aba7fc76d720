//! Page addresses without the person: no user info, no fragment, no click ids, sessions or tokens, no parameters that
//! name somebody, and what remains scrubbed.

mod parameters;
mod policy;
mod text;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::scrub::{Findings, Scrubber};
use crate::intake::form::decode;
pub(super) use policy::UrlPolicy;
pub(super) use text::clean_text;

/// A cleaned page address.
#[derive(Default)]
pub(super) struct CleanUrl<'a> {
    /// Lower case, with a port unless it is the scheme's own.
    pub host: Cow<'a, str>,
    /// Scrubbed, identifier-like segments templated.
    pub path: Cow<'a, str>,
    /// The parameters that are left, still percent-encoded, without `?`.
    pub query: String,
}

/// What a query value may keep unescaped after it was scrubbed: placeholders such as `[email]` stay readable.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'[')
    .remove(b']')
    .remove(b'/')
    .remove(b':');

/// Host and path of an address, cleaned. What stands behind `?` is not even scrubbed.
pub(super) fn clean_place<'a>(
    url: &'a str,
    scrubber: &Scrubber,
    findings: &mut Findings,
) -> CleanUrl<'a> {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    clean(address, &UrlPolicy::default(), scrubber, findings)
}

/// Takes an address apart and keeps what is not personal.
pub(super) fn clean<'a>(
    url: &'a str,
    policy: &UrlPolicy,
    scrubber: &Scrubber,
    findings: &mut Findings,
) -> CleanUrl<'a> {
    let without_fragment = url.split('#').next().unwrap_or_default();
    let (address, query) = without_fragment
        .split_once('?')
        .unwrap_or((without_fragment, ""));
    let with_authority = address
        .split_once("://")
        .or(address.strip_prefix("//").map(|rest| ("", rest)));
    let (host, path) = match with_authority {
        Some((scheme, _)) if !has_public_host(scheme) => (Cow::Borrowed(""), ""),
        Some((scheme, rest)) => {
            let end = rest.find(['/', '\\']).unwrap_or(rest.len());
            (
                clean_host(scheme, &rest[..end], scrubber, findings),
                &rest[end..],
            )
        }
        None => (Cow::Borrowed(""), address),
    };
    // Path parameters (`;jsessionid=…`) are session ids in practice.
    let path = path.split(';').next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    CleanUrl {
        host,
        path: scrubber.url_path(path, findings),
        query: clean_query(query, policy, scrubber, findings),
    }
}

/// Behind other schemes stands no host but what tells browsers apart: the random number of an extension.
fn has_public_host(scheme: &str) -> bool {
    let known = ["", "http", "https", "android-app", "ios-app"];
    known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

fn clean_host<'a>(
    scheme: &str,
    authority: &'a str,
    scrubber: &Scrubber,
    findings: &mut Findings,
) -> Cow<'a, str> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let default_port = match scheme {
        "http" | "HTTP" => ":80",
        "https" | "HTTPS" => ":443",
        _ => "\0",
    };
    let host = host.strip_suffix(default_port).unwrap_or(host);
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        let lower = host.to_ascii_lowercase();
        return Cow::Owned(scrubber.text(&lower, findings).into_owned());
    }
    scrubber.text(host, findings)
}

fn clean_query(
    query: &str,
    policy: &UrlPolicy,
    scrubber: &Scrubber,
    findings: &mut Findings,
) -> String {
    let mut kept = String::with_capacity(query.len());
    // An OAuth answer: beside a state, the code is a credential. Elsewhere it may be a coupon's.
    let is_oauth = query.starts_with("state=") || query.contains("&state=");
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain_name = decode(name);
        if !policy.keeps(&plain_name) || is_oauth && plain_name == "code" {
            continue;
        }
        if !kept.is_empty() {
            kept.push('&');
        }
        push_scrubbed(
            &mut kept,
            name,
            &scrubber.text(&plain_name, findings),
            &plain_name,
        );
        if pair.len() > name.len() {
            kept.push('=');
            let plain_value = decode(value);
            let scrubbed = scrubber.value_of(&plain_name, &plain_value, findings);
            push_scrubbed(&mut kept, value, &scrubbed, &plain_value);
        }
    }
    kept
}

/// Appends the client's own spelling where scrubbing changed nothing, else the scrubbed text, escaped.
fn push_scrubbed(out: &mut String, original: &str, scrubbed: &str, plain: &str) {
    if scrubbed == plain {
        out.push_str(original);
    } else {
        out.extend(utf8_percent_encode(scrubbed, ESCAPED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::scrub::Policy;

    fn cleaned(url: &str) -> String {
        let scrubber = Scrubber::new(&Policy::default()).unwrap();
        let mut findings = Findings::default();
        let clean = clean(url, &UrlPolicy::default(), &scrubber, &mut findings);
        format!("{} {} {}", clean.host, clean.path, clean.query)
    }

    #[test]
    fn keeps_what_is_not_personal() {
        assert_eq!(
            cleaned("https://Shop.example.org/products/shoes?size=42&colour=r%C3%B6t#reviews"),
            "shop.example.org /products/shoes size=42&colour=r%C3%B6t"
        );
        assert_eq!(cleaned("http://example.org"), "example.org / ");
        assert_eq!(cleaned("http://example.org:80/a"), "example.org /a ");
        assert_eq!(cleaned("http://example.org:8080/a"), "example.org:8080 /a ");
    }

    #[test]
    fn only_addresses_of_the_web_and_of_apps_have_a_host() {
        let id = "0f3a1c52-6d1e-4c1b-9a55-2f6f0a7be001";
        for scheme in [
            "moz-extension",
            "chrome-extension",
            "safari-web-extension",
            "blob",
        ] {
            assert_eq!(cleaned(&format!("{scheme}://{id}/a?b=c")), " / b=c");
        }
        assert_eq!(cleaned("//example.org/a"), "example.org /a ");
        let app = "android-app://com.google.android.gm/";
        assert_eq!(cleaned(app), "com.google.android.gm / ");
    }

    #[test]
    fn drops_user_info_click_ids_sessions_and_tokens() {
        assert_eq!(
            cleaned(
                "https://jane:s3cret@example.org/a;jsessionid=1F?gclid=x&Token=y&ok=1&PHPSESSID=z"
            ),
            "example.org /a ok=1"
        );
        assert_eq!(
            cleaned("https://example.org/?token%5B%5D=y&a"),
            "example.org / a"
        );
    }

    #[test]
    fn scrubs_values_however_they_are_written() {
        for value in [
            "jane@example.org",
            "jane%40example.org",
            "%6aane%40example%2Eorg",
        ] {
            let clean = cleaned(&format!("https://example.org/?q={value}"));
            assert_eq!(clean, "example.org / q=[email]");
        }
    }
}
