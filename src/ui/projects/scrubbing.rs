//! The part of a project's settings that says how its texts are scrubbed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

use super::settings::save;
use crate::access::{Fields, OwnForm};
use crate::app::App;
use crate::privacy::scrub::PolicyError;
use crate::settings::{ProjectLevel, Scrubbing, Settings, SettingsError};
use crate::store::registry::ListedProject;
use crate::ui::language::{Language, texts};

texts! {
    ScrubbingTexts {
        title = "Scrubbing" | "Bereinigung";
        hint = "Addresses, cards, accounts and credentials are always removed; nothing here switches that off. What you write here is stored with the project: describe what data looks like, and name nobody. One entry per line." | "Adressen, Karten, Konten und Zugangsdaten werden immer entfernt; nichts hier schaltet das ab. Was Sie hier schreiben, wird beim Projekt gespeichert: Beschreiben Sie, wie Daten aussehen, und nennen Sie niemanden. Ein Eintrag je Zeile.";
        level = "What is kept of a crash report" | "Was von einem Fehlerbericht bleibt";
        as_server = "what the server's settings say" | "was die Einstellungen des Servers sagen";
        strict = "strict: variables, bodies, cookies and unknown headers are dropped whole" | "streng: Variablen, Rümpfe, Cookies und unbekannte Kopfzeilen fallen ganz weg";
        balanced = "balanced: they are scrubbed and kept" | "ausgewogen: sie werden bereinigt und bleiben";
        rules = "Own rules" | "Eigene Regeln";
        rules_hint = "A name and a regular expression. What matches is replaced by the name in brackets." | "Ein Name und ein regulärer Ausdruck. Was passt, wird durch den Namen in Klammern ersetzt.";
        keys = "Keys whose values go" | "Schlüssel, deren Werte gehen";
        remove = "Places whose values go" | "Stellen, deren Werte gehen";
        remove_hint = "* is one step, ** any number." | "* ist ein Schritt, ** beliebig viele.";
        keep_keys = "Keys whose values stay" | "Schlüssel, deren Werte bleiben";
        keep_paths = "Places whose values stay" | "Stellen, deren Werte bleiben";
        keep_texts = "Texts that stay" | "Texte, die bleiben";
        keep_texts_hint = "Exactly as written, such as the number of your hotline." | "Genau so geschrieben, etwa die Nummer Ihrer Hotline.";
        keep_patterns = "What matches as a whole stays" | "Was als Ganzes passt, bleibt";
        save = "Save" | "Speichern";
        try_it = "Try it on a text" | "An einem Text ausprobieren";
        refused = "Nothing was changed:" | "Nichts wurde geändert:";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/projects/{id}/settings/scrubbing", post(save_scrubbing))
}

/// The form, with what is set or what somebody typed.
pub(super) struct ScrubbingForm {
    pub t: &'static ScrubbingTexts,
    pub level: String,
    pub levels: [(&'static str, &'static str); 3],
    pub lists: Vec<Lines>,
}

/// A list, an entry on each line.
pub(super) struct Lines {
    pub path: String,
    pub label: &'static str,
    pub hint: &'static str,
    pub sample: &'static str,
    pub value: String,
}

const LEVEL: &str = "scrubbing.level";
const RULES: &str = "scrubbing.rules";

impl ScrubbingForm {
    pub fn of(scrubbing: &Scrubbing, language: Language) -> Self {
        let level = match scrubbing.level {
            ProjectLevel::Server => "server",
            ProjectLevel::Strict => "strict",
            ProjectLevel::Balanced => "balanced",
        };
        let mut values = vec![scrubbing.rule_lines()];
        values.extend(scrubbing.lists().map(|(_, entries)| entries.join("\n")));
        Self::with(level, values, language)
    }

    /// What somebody typed, to be shown again.
    fn typed(fields: &Fields, language: Language) -> Self {
        let mut values = vec![fields.verbatim(RULES).to_owned()];
        let names = Scrubbing::default().lists().map(|(name, _)| path(name));
        values.extend(names.map(|path| fields.verbatim(&path).to_owned()));
        Self::with(fields.text(LEVEL), values, language)
    }

    fn with(level: &str, values: Vec<String>, language: Language) -> Self {
        let t = ScrubbingTexts::of(language);
        let words = |name: &str| match name {
            "keys" => (t.keys, "", "contract_no"),
            "remove" => (t.remove, t.remove_hint, "extra.order.*"),
            "keep.keys" => (t.keep_keys, "", "username"),
            "keep.paths" => (t.keep_paths, "", "tags.plan"),
            "keep.texts" => (t.keep_texts, t.keep_texts_hint, "+49 30 901820"),
            _ => (t.keep_patterns, "", r"0800/\d+"),
        };
        let mut values = values.into_iter();
        let mut lines = |path: String, (label, hint, sample)| Lines {
            path,
            label,
            hint,
            sample,
            value: values.next().unwrap_or_default(),
        };
        let rules = lines(
            RULES.to_owned(),
            (t.rules, t.rules_hint, r"customer = K-\d{6}"),
        );
        let mut lists = vec![rules];
        let names = Scrubbing::default().lists().map(|(name, _)| name);
        lists.extend(names.map(|name| lines(path(name), words(name))));
        Self {
            t,
            level: level.to_owned(),
            levels: [
                ("server", t.as_server),
                ("strict", t.strict),
                ("balanced", t.balanced),
            ],
            lists,
        }
    }
}

fn path(name: &str) -> String {
    format!("scrubbing.{name}")
}

async fn save_scrubbing(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, fields }: OwnForm,
) -> Response {
    let language = reader.language;
    let change = |project: &mut ListedProject| match changed(&project.settings, &fields) {
        Ok(settings) => {
            project.settings = settings;
            Ok(())
        }
        Err(error) => {
            let refused = ScrubbingTexts::of(language).refused;
            Err(format!("{refused} {}", words(&error, language)))
        }
    };
    let typed = ScrubbingForm::typed(&fields, language);
    save(&app, &reader, &id, change, Some(typed)).await
}

/// The settings as the form states them. All at once: one part may be of use only with another.
fn changed(settings: &Settings, fields: &Fields) -> Result<Settings, SettingsError> {
    let mut changed = settings
        .with(LEVEL, fields.text(LEVEL))?
        .with(RULES, fields.text(RULES))?;
    for (name, _) in Scrubbing::default().lists() {
        let path = path(name);
        let lines = fields.text(&path).lines().map(str::trim);
        let entries: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        changed = changed.with(&path, &serde_json::json!(entries).to_string())?;
    }
    Ok(changed)
}

/// What is wrong, in the reader's language.
fn words(error: &SettingsError, language: Language) -> String {
    let (Language::German, SettingsError::Scrubbing(error)) = (language, error) else {
        return format!("{error}.");
    };
    match error {
        PolicyError::TooMany { list, count, max } => {
            format!("„{list}“ hat {count} Einträge, mehr als {max}.")
        }
        PolicyError::Length { list, number, max } => {
            format!("Eintrag {number} von „{list}“ ist leer oder länger als {max} Bytes.")
        }
        PolicyError::Name { number } => format!(
            "Regel {number} braucht einen Namen aus 1 bis 11 kleinen Buchstaben, Ziffern und Bindestrichen, den keine andere Regel \
             und kein Platzhalter von Mayfly hat."
        ),
        PolicyError::Placeholder { name } => format!(
            "Der Platzhalter der Regel „{name}“ besteht nicht aus 1 bis 11 kleinen Buchstaben, Ziffern und Bindestrichen in \
             eckigen Klammern."
        ),
        PolicyError::PatternLength { name } => {
            format!("Das Muster der Regel „{name}“ ist leer oder zu lang.")
        }
        PolicyError::Pattern { name } => {
            format!("Das Muster der Regel „{name}“ ist kein regulärer Ausdruck.")
        }
        PolicyError::PatternSize { name } => {
            format!("Das Muster der Regel „{name}“ braucht zu viel Speicher.")
        }
        PolicyError::MatchesEverything { name } => {
            format!("Das Muster der Regel „{name}“ passt auf den leeren Text und damit auf jeden.")
        }
        PolicyError::KeepPattern { number } => format!(
            "Eintrag {number} von „keep.patterns“ ist kein regulärer Ausdruck oder braucht zu viel Speicher."
        ),
        PolicyError::Path { list, number } => {
            format!("Eintrag {number} von „{list}“ ist kein Pfad aus 1 bis 32 Schritten.")
        }
        PolicyError::KeepsFloor { number } => format!(
            "Eintrag {number} von „keep.texts“ enthält eine Adresse, eine Karte, ein Konto oder Zugangsdaten: Die bleiben nie."
        ),
        PolicyError::Personal { name } => format!(
            "Das Muster der Regel „{name}“ enthält Daten einer Person; schreiben Sie, wie solche Daten aussehen."
        ),
    }
}
