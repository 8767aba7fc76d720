//! Reports to hand out, signed with the ledger's key: as JSON, or as one page for reading and printing that carries the same JSON.
//!
//! The signature is Ed25519 over `mayfly report ` and the SHA-256 (hexadecimal) of the report as compact JSON. A page or file is
//! genuine if it is, byte for byte, what the program makes of the report in it.

use askama::Template;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Finding, Words};
use crate::ledger::{Ledger, fingerprint_of, is_signed_by, to_hex};
use crate::outcome::names;
use crate::time::Timestamp;
use crate::ui::Language;

/// Where a page carries its JSON.
const CARRIED_FROM: &str = "<script type=\"application/json\" id=\"signed-report\">";
const CARRIED_UNTIL: &str = "</script>";

names! {
    /// What a report is about.
    ReportKind {
        Assessment = "self_assessment",
        Breach = "breach",
    }
}

impl ReportKind {
    /// Its title.
    pub fn words(self) -> Words {
        let (english, german) = match self {
            Self::Assessment => ("Self-assessment", "Selbsteinschätzung"),
            Self::Breach => ("Breach report", "Bericht über eine Datenpanne"),
        };
        Words::new(english, german)
    }
}

/// A report, in both languages and in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Name of a [`ReportKind`].
    pub kind: String,
    pub title: Words,
    /// Of the program that made it.
    pub version: String,
    /// RFC 3339.
    pub made_at: String,
    pub summary: Words,
    pub sections: Vec<Section>,
    /// The same for programs. No fractions: they are not written alike everywhere.
    pub data: Value,
}

/// A part of a report: a text, a table, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub title: Words,
    pub text: Words,
    pub columns: Vec<Words>,
    pub rows: Vec<Vec<Words>>,
}

impl Section {
    /// The table of what was claimed and found; title and text are left to the report.
    pub(super) fn of_findings(findings: &[Finding]) -> Self {
        let rows = findings.iter().map(|finding| {
            let result = match finding.is_true {
                true => Words::new("True", "Stimmt"),
                false => Words::new("Not true", "Stimmt nicht"),
            };
            vec![finding.claim.words(), result, finding.detail.clone()]
        });
        Self {
            columns: vec![
                Words::new("Claim", "Aussage"),
                Words::new("Result", "Ergebnis"),
                Words::new("What was counted", "Was gezählt wurde"),
            ],
            rows: rows.collect(),
            ..Self::default()
        }
    }
}

/// A report with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub report: Report,
    /// Of the report as compact JSON.
    pub sha256: String,
    pub public_key: String,
    pub signature: String,
}

/// Why a file is no genuine report.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Forged {
    #[error("this is no report")]
    NotAReport,
    #[error("the report was changed: its hash or its signature does not belong to it")]
    Changed,
    #[error("the page was changed: its words are not those of the signed report in it")]
    Page,
}

impl Report {
    /// An empty report of this kind, made now.
    pub fn new(kind: ReportKind, summary: Words, now: Timestamp) -> Self {
        Self {
            kind: kind.name().to_owned(),
            title: kind.words(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now.to_rfc3339(),
            summary,
            sections: Vec::new(),
            data: Value::Null,
        }
    }

    /// Signs it.
    pub fn sign(self, ledger: &Ledger) -> Signed {
        let sha256 = self.hash();
        Signed {
            signature: ledger.sign(statement(&sha256).as_bytes()),
            public_key: ledger.public_key(),
            sha256,
            report: self,
        }
    }

    fn hash(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        to_hex(digest(&SHA256, &text).as_ref())
    }
}

fn statement(sha256: &str) -> String {
    format!("mayfly report {sha256}")
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    language: Language,
    signed: &'a Signed,
    fingerprint: String,
    carried: String,
}

impl ReportPage<'_> {
    const fn say(&self, english: &'static str, german: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::German => german,
        }
    }
}

impl Signed {
    /// As a file of JSON.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As a page that needs nothing else.
    ///
    /// # Errors
    /// If it cannot be made, which no report can cause.
    pub(crate) fn to_html(&self, language: Language) -> Result<String, askama::Error> {
        let page = ReportPage {
            language,
            signed: self,
            fingerprint: self.fingerprint(),
            // No tag can end the script early.
            carried: serde_json::to_string(self)
                .unwrap_or_default()
                .replace('<', "\\u003c"),
        };
        page.render()
    }

    /// What identifies the key.
    pub fn fingerprint(&self) -> String {
        fingerprint_of(&self.public_key).unwrap_or_default()
    }

    /// Reads a file or page, and checks that nothing in it was changed.
    ///
    /// # Errors
    /// [`Forged`] says what is wrong.
    pub fn verify(text: &str) -> Result<Self, Forged> {
        let carried = text
            .split_once(CARRIED_FROM)
            .and_then(|(_, rest)| Some(rest.split_once(CARRIED_UNTIL)?.0));
        let signed: Self =
            serde_json::from_str(carried.unwrap_or(text)).map_err(|_| Forged::NotAReport)?;
        let message = statement(&signed.sha256);
        let is_signed = is_signed_by(&signed.public_key, message.as_bytes(), &signed.signature);
        if signed.report.hash() != signed.sha256 || !is_signed {
            return Err(Forged::Changed);
        }
        let is_made_here = match carried {
            None => signed.to_json() == text,
            Some(_) => [Language::English, Language::German]
                .iter()
                .any(|language| signed.to_html(*language).is_ok_and(|page| page == text)),
        };
        match is_made_here {
            true => Ok(signed),
            false => Err(Forged::Page),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_of_a_report_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let ledger = Ledger::open(directory.path(), now).unwrap();
        let mut report = Report::new(ReportKind::Breach, Words::new("A <b>", "Ein <b>"), now);
        report.sections = vec![Section {
            title: Words::same("t"),
            text: Words::same("x & y"),
            columns: vec![Words::same("c")],
            rows: vec![vec![Words::same("1")]],
        }];
        report.data = serde_json::json!({"rows": 1, "text": "</script>"});
        let signed = report.sign(&ledger);
        assert_eq!(signed.fingerprint(), ledger.fingerprint());
        for genuine in [
            signed.to_json(),
            signed.to_html(Language::English).unwrap(),
            signed.to_html(Language::German).unwrap(),
        ] {
            assert_eq!(Signed::verify(&genuine).as_ref(), Ok(&signed));
            for at in 0..genuine.len() {
                let mut bent = genuine.clone().into_bytes();
                bent[at] ^= 1;
                if let Ok(bent) = String::from_utf8(bent) {
                    assert!(Signed::verify(&bent).is_err(), "byte {at}: {bent}");
                }
            }
        }
    }
}
