//! The self-assessment: what is claimed and whether it is true, what is configured, what was deleted. Made yearly, or whenever
//! somebody asks for it.

use serde_json::json;

use super::checks::presets_met;
use super::probe::ProbeReport;
use super::signed::{Report, ReportKind, Section};
use super::{Finding, Subject, Words, as_json, record};
use crate::store::StoreError;
use crate::store::registry::ListedProject;

/// Puts the report together from checks that have just run, and from the last probe if there was one.
///
/// # Errors
/// If ClickHouse does not answer.
pub async fn assessment(
    subject: &Subject<'_>,
    findings: &[Finding],
    probe: Option<&ProbeReport>,
) -> Result<Report, StoreError> {
    let projects = subject.store.projects().await?;
    let (all, held) = (
        findings.len(),
        findings.iter().filter(|finding| finding.is_true).count(),
    );
    let summary = Words::new(
        format!("{held} of {all} claims are true."),
        format!("{held} von {all} Aussagen stimmen."),
    );
    let mut report = Report::new(ReportKind::Assessment, summary, subject.now);
    let hours = longest(&projects).unwrap_or(subject.practice.retention_hours);
    report.sections = vec![
        claims(findings),
        probe_section(probe),
        presets(subject, &projects),
        retention(&projects),
        processing(subject, hours),
    ];
    let mut checks = as_json(findings);
    for check in checks["checks"].as_array_mut().into_iter().flatten() {
        // A fraction.
        check
            .as_object_mut()
            .map(|members| members.remove("seconds"));
    }
    report.data = json!({
        "ok": held == all,
        "checks": checks["checks"],
        "probe": probe.map(|probe| json!({
            "ok": probe.is_clean(), "begun_at": probe.begun.to_rfc3339(), "markers": probe.markers.len(),
        })),
        "configuration": subject.practice.summary(),
        "retention": projects.iter().map(|project| json!({
            "project": project.id,
            "analytics_hours": project.hours_in("analytics_events"),
            "errors_hours": project.hours_in("error_events"),
            "telemetry_hours": project.hours_in("logs"),
        })).collect::<Vec<_>>(),
    });
    Ok(report)
}

/// The longest time that anything of any project is kept.
pub(super) fn longest(projects: &[ListedProject]) -> Option<u32> {
    projects.iter().map(ListedProject::hours_max).max()
}

fn claims(findings: &[Finding]) -> Section {
    Section {
        title: Words::new("Claims and what was found", "Aussagen und was sich fand"),
        text: Words::new(
            "Each claim was checked for this report by counting anew. `mayfly audit` repeats every check.",
            "Jede Aussage wurde für diesen Bericht durch neues Zählen geprüft. `mayfly audit` wiederholt jede Prüfung.",
        ),
        ..Section::of_findings(findings)
    }
}

fn probe_section(probe: Option<&ProbeReport>) -> Section {
    let text = match probe {
        None => Words::new(
            "No live probe was sent since the server started.",
            "Seit dem Start des Servers wurde keine Live-Probe gesendet.",
        ),
        Some(probe) => {
            let (at, marks) = (probe.begun.to_rfc3339(), probe.markers.len());
            match probe.is_clean() {
                true => Words::new(
                    format!(
                        "{at}: none of {marks} unique marks was found again, and the probe was deleted."
                    ),
                    format!(
                        "{at}: Keines von {marks} einmaligen Merkmalen fand sich wieder, und die Probe wurde gelöscht."
                    ),
                ),
                false => Words::new(
                    format!("{at}: the probe did not pass."),
                    format!("{at}: Die Probe ist nicht bestanden."),
                ),
            }
        }
    };
    Section {
        title: Words::new("Live probe", "Live-Probe"),
        text,
        ..Section::default()
    }
}

fn presets(subject: &Subject<'_>, projects: &[ListedProject]) -> Section {
    let rows = presets_met(subject.practice, projects)
        .into_iter()
        .map(|(name, lacking)| {
            let result = match lacking.is_empty() {
                true => Words::new("met", "erfüllt"),
                false => {
                    let lacking = lacking.join(", ");
                    Words::new(format!("lacks {lacking}"), format!("es fehlt {lacking}"))
                }
            };
            vec![Words::same(name), result]
        });
    Section {
        title: Words::new("Configuration", "Konfiguration"),
        text: Words::same(subject.practice.summary()),
        columns: vec![
            Words::new("Preset", "Vorlage"),
            Words::new("Result", "Ergebnis"),
        ],
        rows: rows.collect(),
    }
}

fn retention(projects: &[ListedProject]) -> Section {
    let rows = projects.iter().map(|project| {
        let hours =
            ["analytics_events", "error_events", "logs"].map(|table| project.hours_in(table));
        let hours = hours.map(Words::same);
        [vec![Words::same(project.id)], hours.to_vec()].concat()
    });
    Section {
        title: Words::new("Retention in hours", "Aufbewahrung in Stunden"),
        text: Words::default(),
        columns: vec![
            Words::new("Project", "Projekt"),
            Words::new("Page views", "Seitenaufrufe"),
            Words::new("Crash reports", "Fehlerberichte"),
            Words::new("Telemetry", "Telemetrie"),
        ],
        rows: rows.collect(),
    }
}

fn processing(subject: &Subject<'_>, hours: u32) -> Section {
    let parts = record(subject.practice, hours).into_iter();
    Section {
        title: Words::new(
            "Record of processing activities (Art. 30 GDPR)",
            "Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO)",
        ),
        text: Words::default(),
        columns: vec![Words::new("Part", "Teil"), Words::new("Content", "Inhalt")],
        rows: parts
            .map(|(heading, content)| vec![heading, content])
            .collect(),
    }
}
