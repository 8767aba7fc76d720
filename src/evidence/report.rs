//! The same findings for programs, terminals and paper.

use askama::Template;
use serde_json::{Value, json};

use super::Finding;
use super::probe::ProbeReport;
use crate::time::Timestamp;
use crate::ui::Language;

/// For programs. The English words are the default; the German ones stand beside them.
pub fn as_json(findings: &[Finding]) -> Value {
    let checks = findings.iter().map(|finding| {
        let claim = finding.claim.words();
        json!({
            "name": finding.claim.name(),
            "ok": finding.is_true,
            "claim": claim.english,
            "claim_de": claim.german,
            "detail": finding.detail.english,
            "detail_de": finding.detail.german,
            "query": finding.query,
            "checked_at": finding.checked_at.to_rfc3339(),
            "seconds": finding.took.as_secs_f64(),
        })
    });
    json!({"ok": findings.iter().all(|finding| finding.is_true), "checks": checks.collect::<Vec<_>>()})
}

/// For a terminal.
pub(crate) fn as_text(findings: &[Finding], language: Language) -> String {
    let mut text = String::new();
    for finding in findings {
        let state = if finding.is_true { "ok  " } else { "FAIL" };
        let (claim, detail) = (finding.claim.words(), finding.detail.of(language));
        text.push_str(&format!(
            "{state} {}: {}\n     {detail}\n",
            finding.claim.name(),
            claim.of(language)
        ));
    }
    text
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    language: Language,
    now: String,
    findings: &'a [Finding],
}

impl AuditPage<'_> {
    const fn say(&self, english: &'static str, german: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::German => german,
        }
    }
}

/// For paper: one file that needs nothing else.
///
/// # Errors
/// If the page cannot be made, which no finding can cause.
pub(crate) fn as_html(
    findings: &[Finding],
    language: Language,
    now: Timestamp,
) -> Result<String, askama::Error> {
    let page = AuditPage {
        language,
        now: now.to_rfc3339(),
        findings,
    };
    page.render()
}

impl ProbeReport {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let found = self
            .found()
            .map(|(kind, place)| json!({"marker": kind.name(), "place": place.name()}));
        let places = self.places.iter().map(|(place, searched)| {
            json!({"name": place.name(), "searched": searched.places, "amount": searched.amount,
                "complete": searched.is_complete, "found": searched.found.len()})
        });
        let fields = self.fields.iter().map(|field| {
            json!({"name": field.name.english, "table": field.table, "sent": field.sent, "kept": field.kept})
        });
        json!({
            "ok": self.is_clean(),
            "markers": self.markers.len(),
            "found": found.collect::<Vec<_>>(),
            "stored": self.is_stored,
            "places": places.collect::<Vec<_>>(),
            "fields": fields.collect::<Vec<_>>(),
            "deleted": {"rows": self.deletion.rows, "left": self.deletion.left, "ok": self.deletion.is_done},
            "begun_at": self.begun.to_rfc3339(),
            "seconds": self.took.as_secs_f64(),
        })
    }
}
