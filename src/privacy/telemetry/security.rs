//! Reports that browsers send by themselves: violated policies, deprecations, crashes, network errors. Browsers put
//! whole addresses, samples of scripts and the policy itself into them; kept is where, what and by which rule.
//! <https://www.w3.org/TR/CSP3/#violation-events>, <https://www.w3.org/TR/reporting-1/>,
//! <https://www.w3.org/TR/network-error-logging/>

use std::borrow::Cow;

use super::{Arrival, Telemetry, count, one_of};
use crate::intake::headers::Header;
use crate::json::Value;
use crate::limits::SECURITY_REPORTS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::crash::cut;
use crate::privacy::door::Door;
use crate::privacy::evidence;
use crate::privacy::row::row;
use crate::privacy::scrub::{Findings, Scrubber};
use crate::privacy::sealed::Shape;
use crate::privacy::url;

row! {
    /// A row of `security_reports`; the columns are explained in `schemas/`.
    SecurityRow<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        kind: &'static str,
        document_host: &'a str,
        document_path: &'a str,
        directive: &'a str,
        disposition: &'static str,
        blocked: &'a str,
        source: &'a str,
        line_number: u32,
        column_number: u32,
        reason: &'a str,
        message: &'a str,
        phase: &'static str,
        method: &'static str,
        protocol: &'static str,
        status_code: u16,
        elapsed_ms: u32,
        browser: &'a str,
        browser_major: u16,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

/// Types of the Reporting API that are stored.
#[rustfmt::skip]
const KINDS: [&str; 13] = [
    "csp-violation", "csp-hash", "deprecation", "intervention", "crash", "permissions-policy-violation",
    "potential-permissions-policy-violation", "document-policy-violation", "coep", "coop", "integrity-violation",
    "network-error", "nel",
];
const DISPOSITIONS: [&str; 3] = ["enforce", "report", "reporting"];
const PHASES: [&str; 3] = ["dns", "connection", "application"];
#[rustfmt::skip]
const METHODS: [&str; 8] = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT"];
const PROTOCOLS: [&str; 6] = ["http/0.9", "http/1.0", "http/1.1", "h2", "h3", "quic"];
/// What a policy blocks besides addresses.
#[rustfmt::skip]
const KEYWORDS: [&str; 9] = [
    "inline", "eval", "wasm-eval", "self", "data", "blob", "about", "trusted-types-policy", "trusted-types-sink",
];
/// Names of directives, policies and errors are short words.
const WORD_BYTES_MAX: usize = 64;

/// A report of any form, as its kind, body and the address of its document.
struct Report<'v> {
    kind: &'static str,
    body: Value<'v>,
    /// The Reporting API names the document outside the body.
    url: Option<Value<'v>>,
}

impl Door {
    /// One report of an older form, or a batch of the Reporting API.
    pub(super) fn security_reports(
        &self,
        payload: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let reports = match payload {
            Value::Array(batch) => out.limited(Kind::Security, batch, SECURITY_REPORTS_MAX),
            single => vec![single],
        };
        for report in reports {
            match Report::of(report) {
                Ok(report) => self.security_report(&report, arrival, out),
                Err(reason) => out.refuse(Kind::Security, reason, 1),
            }
        }
    }

    fn security_report(&self, report: &Report<'_>, arrival: &Arrival<'_>, out: &mut Telemetry) {
        let mut findings = Findings::default();
        let scrubber = self.scrubber_of(arrival.project);
        let mut place = |address: &str| reported_place(address, &scrubber, &mut findings);
        let (document_host, document_path) = place(&report.document());
        let source = report.text(&["source-file", "sourceFile", "source_file"]);
        let (source_host, source_path) = place(source);
        let blocked = report.text(&["blocked-uri", "blockedURL", "blockedURI"]);
        let blocked = match one_of(&KEYWORDS, blocked) {
            Some(keyword) => Cow::Borrowed(keyword),
            // The host says what to allow; what was loaded from it is the visitor's.
            None => Cow::Owned(place(blocked).0),
        };
        let directive = report.text(&[
            "effective-directive",
            "effectiveDirective",
            "violated-directive",
            "policyId",
        ]);
        let directive = word(directive, &scrubber, &mut findings);
        let reason = word(
            report.text(&["type", "reason", "id"]),
            &scrubber,
            &mut findings,
        );
        let message = scrubber.text(report.text(&["message"]), &mut findings);
        let source = format!("{source_host}{source_path}");
        let number = |keys| count(report.get(keys)) as u32;
        let closed = |set: &[&'static str], key| one_of(set, report.text(&[key])).unwrap_or("");
        let agent = self
            .user_agents
            .agent(arrival.sender.header(Header::UserAgent));
        let row = SecurityRow {
            project_id: arrival.project_id(),
            received_at: arrival.now.millis(),
            expires_at: arrival.expires_at(),
            kind: report.kind,
            document_host: cut(&document_host),
            document_path: cut(&document_path),
            directive: &directive,
            disposition: closed(&DISPOSITIONS, "disposition"),
            blocked: cut(&blocked),
            source: cut(&source),
            line_number: number(&["line-number", "lineNumber", "line_number"]),
            column_number: number(&["column-number", "columnNumber", "column_number"]),
            reason: &reason,
            message: cut(&message),
            phase: closed(&PHASES, "phase"),
            method: closed(&METHODS, "method"),
            protocol: closed(&PROTOCOLS, "protocol"),
            status_code: u16::try_from(number(&["status-code", "statusCode", "status_code"]))
                .unwrap_or(0),
            elapsed_ms: number(&["elapsed_time"]),
            browser: &agent.browser,
            browser_major: agent.browser_major,
            scrubbed: evidence::counts(&findings),
        };
        out.store(Shape::SecurityReport, Kind::Security, arrival, |bytes| {
            row.encode(bytes)
        });
    }
}

/// Host and path of an address. Of one that is not of the web only its scheme is kept: the name of a
/// browser's extension tells browsers apart.
fn reported_place(address: &str, scrubber: &Scrubber, findings: &mut Findings) -> (String, String) {
    match address.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("//") && is_web(scheme) => {
            let clean = url::clean_place(address, scrubber, findings);
            (clean.host.into_owned(), clean.path.into_owned())
        }
        Some((scheme, _)) if is_scheme(scheme) => (word(scheme, scrubber, findings), String::new()),
        _ => (String::new(), String::new()),
    }
}

impl<'v> Report<'v> {
    /// Tells the forms apart by the member that only one of them has.
    fn of(mut report: Value<'v>) -> Result<Self, Reason> {
        for (key, kind) in [
            ("csp-report", "csp-violation"),
            ("expect-ct-report", "expect-ct"),
            ("expect-staple-report", "expect-staple"),
        ] {
            if let Some(body @ Value::Object(_)) = report.remove(key) {
                return Ok(Self {
                    kind,
                    body,
                    url: None,
                });
            }
        }
        if report.get("known-pins").is_some() {
            return Ok(Self {
                kind: "hpkp",
                body: report,
                url: None,
            });
        }
        let name = report.str_at("type").ok_or(Reason::ItemInvalid)?;
        let kind = match one_of(&KINDS, name).ok_or(Reason::ItemUnsupported)? {
            "nel" => "network-error",
            kind => kind,
        };
        let url = report.remove("url");
        match report.remove("body") {
            Some(body @ Value::Object(_)) => Ok(Self { kind, body, url }),
            _ => Err(Reason::ItemInvalid),
        }
    }

    /// The first of several spellings that the body has.
    fn get(&self, keys: &[&str]) -> Option<&Value<'v>> {
        keys.iter().find_map(|key| self.body.get(key))
    }

    fn text(&self, keys: &[&str]) -> &str {
        self.get(keys).and_then(Value::as_str).unwrap_or("")
    }

    fn document(&self) -> Cow<'_, str> {
        let stated = self.text(&["document-uri", "documentURL", "documentURI"]);
        let outside = || self.url.as_ref().and_then(Value::as_str).unwrap_or("");
        match self.text(&["hostname"]) {
            "" if stated.is_empty() => Cow::Borrowed(outside()),
            "" => Cow::Borrowed(stated),
            // Reports about certificates name a host.
            host => Cow::Owned(format!("https://{host}/")),
        }
    }
}

fn is_web(scheme: &str) -> bool {
    matches!(
        scheme.to_ascii_lowercase().as_str(),
        "http" | "https" | "ws" | "wss"
    )
}

fn is_scheme(text: &str) -> bool {
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    !text.is_empty() && text.len() <= 20 && text.bytes().all(is_scheme)
}

/// The first word of a text if it is a name, scrubbed: `script-src` of `script-src 'self'`.
fn word(text: &str, scrubber: &Scrubber, findings: &mut Findings) -> String {
    let first = text.split_ascii_whitespace().next().unwrap_or("");
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if first.len() <= WORD_BYTES_MAX && first.bytes().all(is_name) {
        scrubber.text(first, findings).into_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    /// kind document directive disposition blocked source line reason message phase method protocol status
    fn stored(text: &str) -> Vec<String> {
        let setting = Setting::new();
        let telemetry = setting.take(Kind::Security, text.as_bytes());
        let rows = telemetry.rows.iter().map(|row| {
            let mut read = setting.read(row);
            read.number::<4>();
            read.number::<8>();
            read.number::<4>();
            let start = [(); 7].map(|()| read.text()).join("|");
            let line = read.number::<4>();
            read.number::<4>();
            let end = [(); 5].map(|()| read.text()).join("|");
            format!("{start}|{line}|{end}|{}", read.number::<2>())
        });
        rows.collect()
    }

    #[test]
    fn csp_of_level_2_and_3() {
        let level_2 = r#"{"csp-report":{"document-uri":"http://127.0.0.1:8604/konto?email=jane@example.com","referrer":"",
            "violated-directive":"script-src-elem 'self'","original-policy":"script-src 'self'","disposition":"enforce",
            "blocked-uri":"inline","line-number":1,"source-file":"http://example.org/users/4711","status-code":200,
            "script-sample":"login('jane@example.com')"}}"#;
        assert_eq!(
            stored(level_2),
            [
                "csp-violation|127.0.0.1:8604|/konto|script-src-elem|enforce|inline|example.org/users/[id]|1||||||200"
            ]
        );
        let level_3 = r#"[{"age":53531,"type":"csp-violation","url":"https://shop.example.org/cart","user_agent":"Mozilla/5.0",
            "body":{"documentURL":"https://shop.example.org/cart?s=1","effectiveDirective":"img-src","blockedURL":
            "https://tracker.example.com/p.gif?u=jane@example.org","disposition":"report","lineNumber":7,"statusCode":200,
            "sourceFile":"chrome-extension://cjpalhdlnbpafiamejdnhcphjbkeiagm/a.js","sample":"x","originalPolicy":"y"}}]"#;
        assert_eq!(
            stored(level_3),
            [
                "csp-violation|shop.example.org|/cart|img-src|report|tracker.example.com|chrome-extension|7||||||200"
            ]
        );
    }

    #[test]
    fn other_reports_of_a_batch_each_by_its_kind() {
        let batch = r#"[{"type":"deprecation","url":"https://example.org/a","body":{"id":"websql","message":
            "WebSQL is gone, jane@example.org","sourceFile":"https://example.org/a.js","lineNumber":3}},
            {"type":"network-error","url":"https://api.example.org/users/4711?t=1","body":{"server_ip":"203.0.113.77",
            "referrer":"https://example.org/?q=jane","protocol":"h2","method":"POST","phase":"application",
            "type":"http.error","status_code":503,"elapsed_time":45,"sampling_fraction":1}},
            {"type":"crash","url":"https://example.org/b","body":{"reason":"oom"}},
            {"type":"permissions-policy-violation","url":"https://example.org/c","body":{"policyId":"camera"}},
            {"type":"made-up","body":{}},{"type":"crash"},7]"#;
        assert_eq!(
            stored(batch),
            [
                "deprecation|example.org|/a||||example.org/a.js|3|websql|WebSQL is gone, [email]||||0",
                "network-error|api.example.org|/users/[id]|||||0|http.error||application|POST|h2|503",
                "crash|example.org|/b|||||0|oom|||||0",
                "permissions-policy-violation|example.org|/c|camera||||0||||||0",
            ]
        );
        let refused = Setting::new()
            .take(Kind::Security, batch.as_bytes())
            .refused;
        assert_eq!(
            refused,
            [
                Reason::ItemUnsupported,
                Reason::ItemInvalid,
                Reason::ItemInvalid
            ]
            .map(|reason| (Kind::Security, reason, 1))
        );
    }

    #[test]
    fn reports_about_certificates_keep_the_host() {
        for (text, kind) in [
            (
                r#"{"expect-ct-report":{"hostname":"www.example.org","port":443,"scts":[]}}"#,
                "expect-ct",
            ),
            (
                r#"{"hostname":"www.example.org","known-pins":["x"],"noted-hostname":"example.org"}"#,
                "hpkp",
            ),
        ] {
            assert_eq!(
                stored(text),
                [format!("{kind}|www.example.org|/|||||0||||||0")]
            );
        }
    }
}
