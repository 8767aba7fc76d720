//! `mayfly scrub`: shows what the scrubber makes of a text or a JSON document. Nothing is stored or sent.

use std::io::{Read, Write};

use anyhow::{Context, bail};
use clap::Args;

use crate::json::{self, Value};
use crate::privacy::scrub::{Findings, Level, Policy, Rule, Scrubber};

/// Longest input, in bytes.
const INPUT_BYTES_MAX: u64 = 16 << 20;

/// Arguments of `mayfly scrub`.
#[derive(Args, Debug)]
pub struct ScrubArgs {
    /// `strict`, `balanced`, or a JSON file with a policy, as docs/SCRUBBING.md shows.
    #[arg(long, default_value = "strict")]
    policy: String,
    /// Say below the result what was done: place, rule, count.
    #[arg(long)]
    explain: bool,
}

/// Reads a text or a JSON document (taken as an error event if it is an object) and writes it scrubbed.
///
/// # Errors
/// When there is no such policy, the input is too long or no UTF-8, or cannot be read, or the output cannot be written.
pub fn run(args: &ScrubArgs, input: impl Read, mut output: impl Write) -> anyhow::Result<()> {
    let scrubber = Scrubber::new(&policy(&args.policy)?)?;
    let mut bytes = Vec::new();
    input
        .take(INPUT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .context("cannot read the input")?;
    if bytes.len() as u64 > INPUT_BYTES_MAX {
        bail!("the input is longer than {INPUT_BYTES_MAX} bytes");
    }
    let mut findings = Findings::default();
    let clean = clean(&scrubber, &bytes, &mut findings)?;
    output.write_all(clean.as_bytes())?;
    if args.explain {
        explain(&findings, &mut output)?;
    }
    Ok(output.flush()?)
}

fn policy(name: &str) -> anyhow::Result<Policy> {
    let level = match name {
        "strict" => Level::Strict,
        "balanced" => Level::Balanced,
        file => {
            let text = std::fs::read_to_string(file).with_context(|| {
                format!("there is no policy `{file}`: strict, balanced, or a file")
            })?;
            return serde_json::from_str(&text).with_context(|| format!("{file} is no policy"));
        }
    };
    Ok(Policy {
        level,
        ..Policy::default()
    })
}

fn clean(scrubber: &Scrubber, bytes: &[u8], findings: &mut Findings) -> anyhow::Result<String> {
    let mut scratch = Vec::new();
    let container = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    if container && let Ok(mut value) = json::parse(bytes, &mut scratch) {
        if matches!(value, Value::Object(_)) {
            // There is no project here whose secret could make a pseudonym.
            let pseudonym = |_: &str| Rule::Pseudonym.placeholder().to_owned();
            scrubber.event(&mut value, &pseudonym, findings);
        } else {
            scrubber.json(&mut value, findings);
        }
        let mut out = Vec::with_capacity(bytes.len());
        value.write(&mut out);
        out.push(b'\n');
        return Ok(String::from_utf8(out)?);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        bail!("the input is no UTF-8 text")
    };
    Ok(scrubber.text(text, findings).into_owned())
}

fn explain(findings: &Findings, output: &mut impl Write) -> std::io::Result<()> {
    writeln!(output)?;
    if findings.is_empty() {
        return writeln!(output, "# nothing found");
    }
    for finding in findings.iter() {
        let place = if finding.path.is_empty() {
            "text"
        } else {
            &finding.path
        };
        writeln!(
            output,
            "# {} x {} in {place}",
            finding.count,
            finding.rule.name()
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(policy: &str, explain: bool) -> ScrubArgs {
        let policy = policy.to_owned();
        ScrubArgs { policy, explain }
    }

    fn output(policy: &str, explain: bool, input: &str) -> String {
        let mut out = Vec::new();
        run(&arguments(policy, explain), input.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text() {
        let clean = output("strict", true, "mail jane@example.org\n");
        assert_eq!(clean, "mail [email]\n\n# 1 x email in text\n");
        assert_eq!(
            output("strict", true, "all well\n"),
            "all well\n\n# nothing found\n"
        );
    }

    #[test]
    fn an_event_by_policy() {
        let event = r#"{"user":{"id":7},"request":{"data":{"a":"jane@example.org"}}}"#;
        let strict = output("strict", false, event);
        assert_eq!(strict, "{\"user\":{\"id\":\"[user]\"},\"request\":{}}\n");
        let balanced = output("balanced", false, event);
        assert_eq!(
            balanced,
            "{\"user\":{\"id\":\"[user]\"},\"request\":{\"data\":{\"a\":\"[email]\"}}}\n"
        );
    }

    #[test]
    fn a_policy_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("policy.json");
        let run_with = |policy: &str| {
            std::fs::write(&file, policy).unwrap();
            let arguments = arguments(file.to_str().unwrap(), false);
            let mut out = Vec::new();
            let result = run(&arguments, &b"K-471100"[..], &mut out);
            result.map(|()| String::from_utf8(out).unwrap())
        };
        let policy = r#"{"rules": [{"name": "customer", "pattern": "K-\\d{6}"}]}"#;
        assert_eq!(run_with(policy).unwrap(), "[customer]");
        let error = run_with(r#"{"rules": [{"name": "customer", "pattern": "("}]}"#).unwrap_err();
        assert!(error.to_string().contains("rule `customer`"));
        assert!(
            run_with("{}x")
                .unwrap_err()
                .to_string()
                .ends_with("is no policy")
        );
        let absent = run(&arguments("lax", false), &b""[..], Vec::new()).unwrap_err();
        assert!(absent.to_string().starts_with("there is no policy `lax`"));
    }

    #[test]
    fn no_content_in_errors() {
        let bytes = &b"secret \xff"[..];
        let error = run(&arguments("strict", false), bytes, Vec::new());
        assert_eq!(error.unwrap_err().to_string(), "the input is no UTF-8 text");
    }
}
