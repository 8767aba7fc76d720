//! What the scrubber did, as columns: names and counts, never values or lengths.

use super::scrub::Findings;

/// How often each rule removed something.
pub(super) fn counts(findings: &Findings) -> Vec<(&'static str, u16)> {
    // Going through the rules one by one takes ten times as long, and few hits have anything to find.
    if findings.is_empty() {
        return Vec::new();
    }
    findings
        .by_rule()
        .map(|(rule, count)| (rule.name(), saturate(count)))
        .collect()
}

/// Where which rule removed something.
pub(super) fn remarks(findings: &Findings) -> Vec<(String, &'static str, u16)> {
    let remark = |finding: &super::scrub::Finding| {
        (
            finding.path.clone(),
            finding.rule.name(),
            saturate(finding.count),
        )
    };
    findings.iter().map(remark).collect()
}

fn saturate(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
