//! What the configuration allows, beside what others would want.

use super::{Subject, Verdict};
use crate::evidence::{Practice, Words};
use crate::privacy::scrub::Level;
use crate::store::StoreError;
use crate::store::registry::ListedProject;

/// Where the server connects to.
pub(super) fn connections(practice: &Practice) -> Verdict {
    let command = "mayfly audit --json";
    let Some(url) = &practice.clickhouse else {
        let detail = Words::new(
            "ClickHouse runs inside, behind a private socket and without access to the network. No outgoing connection is configured.",
            "ClickHouse läuft im Inneren, hinter einem privaten Socket und ohne Zugang zum Netz. Keine ausgehende Verbindung ist eingestellt.",
        );
        return Verdict::new(true, command, detail);
    };
    let is_safe = url.starts_with("https://") || is_loopback(url);
    let mut detail = Words::new(
        format!("One: ClickHouse at {url}."),
        format!("Eine: ClickHouse unter {url}."),
    );
    if !is_safe {
        detail = detail.and(&Words::new(
            "It is not encrypted; use https.",
            "Sie ist nicht verschlüsselt; verwenden Sie https.",
        ));
    }
    Verdict::new(is_safe, command, detail)
}

fn is_loopback(url: &str) -> bool {
    let host = url::Url::parse(url).ok();
    let host = host
        .as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or_default();
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// What a preset asks for.
struct Preset {
    name: &'static str,
    masked_octets: u8,
    strict_scrubbing: bool,
    honours_objections: bool,
    salt_rotation_hours_max: u64,
    forgets_device_models: bool,
}

const STANDARD: Preset = Preset {
    name: "standard",
    masked_octets: 1,
    strict_scrubbing: false,
    honours_objections: true,
    salt_rotation_hours_max: 24,
    forgets_device_models: false,
};
const STRICT: Preset = Preset {
    name: "strict",
    masked_octets: 1,
    strict_scrubbing: true,
    honours_objections: true,
    salt_rotation_hours_max: 4,
    forgets_device_models: true,
};
/// After the guidance of the French CNIL for audience measurement without consent: two octets.
const CNIL_LIKE: Preset = Preset {
    name: "CNIL-like",
    masked_octets: 2,
    strict_scrubbing: true,
    honours_objections: true,
    salt_rotation_hours_max: 4,
    forgets_device_models: true,
};

impl Preset {
    /// The settings that protect less than the preset, with what it asks for.
    fn lacks(&self, practice: &Practice, projects: &[ListedProject]) -> Vec<String> {
        let octets = self.masked_octets;
        let hours = self.salt_rotation_hours_max;
        let wishes = [
            (
                practice.masked_octets >= octets,
                format!("privacy.mask_octets >= {octets}"),
            ),
            (
                !self.strict_scrubbing || practice.scrubbing == Level::Strict,
                String::from("privacy.scrubbing = \"strict\""),
            ),
            (
                practice.honours_objections || !self.honours_objections,
                String::from("privacy.honour_objections = true"),
            ),
            (
                practice.salt_rotation_hours <= hours,
                format!("privacy.salt_rotation_hours <= {hours}"),
            ),
        ];
        let lacking = wishes.into_iter().filter(|(is_met, _)| !is_met);
        let keeps_models = |project: &&ListedProject| {
            self.forgets_device_models && project.settings.keep_device_model
        };
        let models = projects
            .iter()
            .filter(keeps_models)
            .map(|project| format!("keep_device_model = false (project {})", project.id));
        lacking.map(|(_, wish)| wish).chain(models).collect()
    }
}

/// Each preset with what the configuration lacks of it.
pub(in crate::evidence) fn presets_met(
    practice: &Practice,
    projects: &[ListedProject],
) -> Vec<(&'static str, Vec<String>)> {
    let presets = [&STANDARD, &STRICT, &CNIL_LIKE].into_iter();
    presets
        .map(|preset| (preset.name, preset.lacks(practice, projects)))
        .collect()
}

/// The configuration beside three presets.
pub(super) async fn presets(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let projects = subject.store.projects().await?;
    let mut detail = Words::default();
    for (name, lacking) in presets_met(subject.practice, &projects) {
        detail = detail.and(&match lacking.as_slice() {
            [] => Words::new(format!("{name}: met."), format!("{name}: erfüllt.")),
            lacking => {
                let lacking = lacking.join(", ");
                Words::new(
                    format!("{name}: lacks {lacking}."),
                    format!("{name}: es fehlt {lacking}."),
                )
            }
        });
    }
    detail = detail.and(&Words::new(
        "Screen size and campaign names are kept, which CNIL-like would make coarser.",
        "Bildschirmgröße und Kampagnennamen werden aufbewahrt; CNIL-like würde sie vergröbern.",
    ));
    let is_met = STANDARD.lacks(subject.practice, &projects).is_empty();
    Ok(Verdict::new(is_met, "mayfly audit --json", detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn practice(changes: &[(&str, &str)]) -> Practice {
        let environment = changes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let config = Config::load(None, &environment).unwrap_or_else(|error| panic!("{error}"));
        Practice::of(&config).unwrap()
    }

    #[test]
    fn presets_name_what_is_lacking() {
        let default = practice(&[]);
        assert!(STANDARD.lacks(&default, &[]).is_empty() && STRICT.lacks(&default, &[]).is_empty());
        assert_eq!(CNIL_LIKE.lacks(&default, &[]), ["privacy.mask_octets >= 2"]);
        let loose = practice(&[
            ("MAYFLY__PRIVACY__HONOUR_OBJECTIONS", "false"),
            ("MAYFLY__PRIVACY__SCRUBBING", "balanced"),
        ]);
        assert_eq!(
            STANDARD.lacks(&loose, &[]),
            ["privacy.honour_objections = true"]
        );
        assert_eq!(STRICT.lacks(&loose, &[]).len(), 2);
    }

    #[test]
    fn connections_in_clear_text_are_found() {
        let at = |url| connections(&practice(&[("MAYFLY__CLICKHOUSE__URL", url)]));
        assert!(connections(&practice(&[])).is_true);
        assert!(at("https://clickhouse.example.org:8443").is_true);
        assert!(at("http://127.0.0.1:8123").is_true);
        let found = at("http://jane:word@clickhouse.example.org:8123");
        assert!(!found.is_true && found.detail.english.contains("clickhouse.example.org"));
        assert!(!found.detail.english.contains("jane"));
    }

    #[test]
    fn clear_text_stays_on_the_machine() {
        assert!(is_loopback("http://127.0.0.1:8123") && is_loopback("http://[::1]:8123"));
        assert!(!is_loopback("http://clickhouse.example.org:8123"));
    }
}
