//! The part of a project's settings that holds for people in some regions only.

use std::collections::HashMap;

use crate::settings::Settings;
use crate::ui::language::{Language, texts};

/// Begins the path of each of these settings.
pub(super) const PREFIX: &str = "regions.";

texts! {
    RegionTexts {
        title = "Regions" | "Regionen";
        hint = "What holds for people in a region, as far as it differs from the project. The masked address decides, looked up in the geo database of this server." | "Was für Menschen in einer Region gilt, soweit es vom Projekt abweicht. Es entscheidet die maskierte Adresse, nachgeschlagen in der Geodatenbank dieses Servers.";
        strict = "An unknown country counts as EU and EEA. Where the database names no states, the whole USA counts as California." | "Ein unbekanntes Land zählt als EU und EWR. Wo die Datenbank keine Bundesstaaten nennt, zählen die ganzen USA als Kalifornien.";
        consent = "Consent" | "Einwilligung";
        analytics = "Kept of page views" | "Was von Seitenaufrufen bleibt";
        errors = "Kept of crash reports" | "Was von Fehlerberichten bleibt";
        hours = "Hours, 0 as in the project" | "Stunden, 0 wie im Projekt";
        eea = "EU and EEA" | "EU und EWR";
        united_kingdom = "United Kingdom" | "Vereinigtes Königreich";
        switzerland = "Switzerland" | "Schweiz";
        california = "California" | "Kalifornien";
        elsewhere = "elsewhere" | "anderswo";
        as_project = "as in the project" | "wie im Projekt";
        not_needed = "not needed" | "nicht nötig";
        required = "for page views" | "für Seitenaufrufe";
        required_for_all = "for page views and crash reports" | "für Seitenaufrufe und Fehlerberichte";
        all = "everything" | "alles";
        coarse = "nothing that tells people apart" | "nichts, was Menschen unterscheidet";
        nothing = "nothing" | "nichts";
    }
}

/// One region's settings.
pub(super) struct Region {
    pub name: &'static str,
    pub cells: Vec<Cell>,
}

/// One setting of one region.
pub(super) struct Cell {
    pub path: String,
    pub label: &'static str,
    pub value: String,
    /// What can be chosen; empty for a number.
    pub choices: Vec<(&'static str, &'static str)>,
}

/// The regions and what is set for each, in the order in which people see them.
const REGIONS: [&str; 5] = [
    "eea",
    "united_kingdom",
    "switzerland",
    "california",
    "elsewhere",
];
const COLUMNS: [&str; 4] = ["consent", "analytics", "errors", "retention_hours"];

impl RegionTexts {
    /// Every setting, by region.
    pub(super) fn rows(&self, settings: &Settings) -> Vec<Region> {
        let values: HashMap<_, _> = settings.list().into_iter().collect();
        let cell = |region: &str, column: &str| {
            let path = format!("{PREFIX}{region}.{column}");
            Cell {
                label: self.column(column),
                value: values.get(&path).cloned().unwrap_or_default(),
                choices: self.choices(column),
                path,
            }
        };
        let row = |region: &str| Region {
            name: self.region(region),
            cells: COLUMNS.map(|column| cell(region, column)).into(),
        };
        REGIONS.map(row).into()
    }

    fn region(&self, name: &str) -> &'static str {
        match name {
            "eea" => self.eea,
            "united_kingdom" => self.united_kingdom,
            "switzerland" => self.switzerland,
            "california" => self.california,
            _ => self.elsewhere,
        }
    }

    fn column(&self, name: &str) -> &'static str {
        match name {
            "consent" => self.consent,
            "analytics" => self.analytics,
            "errors" => self.errors,
            _ => self.hours,
        }
    }

    fn choices(&self, column: &str) -> Vec<(&'static str, &'static str)> {
        match column {
            "consent" => vec![
                ("as_project", self.as_project),
                ("not_needed", self.not_needed),
                ("required", self.required),
                ("required_for_all", self.required_for_all),
            ],
            "analytics" | "errors" => vec![
                ("all", self.all),
                ("coarse", self.coarse),
                ("nothing", self.nothing),
            ],
            _ => Vec::new(),
        }
    }
}

/// What people call one of these settings: the region, and what is set there.
pub(super) fn label(path: &str, language: Language) -> Option<String> {
    let (region, column) = path.strip_prefix(PREFIX)?.split_once('.')?;
    let t = RegionTexts::of(language);
    Some(format!("{}: {}", t.region(region), t.column(column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_region_has_a_place_and_words() {
        for language in [Language::English, Language::German] {
            let rows = RegionTexts::of(language).rows(&Settings::default());
            let mut paths: Vec<_> = rows.iter().flat_map(|row| &row.cells).collect();
            for cell in &paths {
                let is_choice = |(value, _): &(&str, &str)| *value == cell.value;
                let is_number = cell.path.ends_with("hours") && cell.value == "0";
                assert!(
                    is_number || cell.choices.iter().any(is_choice),
                    "{}",
                    cell.path
                );
            }
            paths.sort_by(|one, other| one.path.cmp(&other.path));
            let shown: Vec<_> = paths.iter().map(|cell| cell.path.as_str()).collect();
            let all = Settings::default().list().into_iter();
            let set: Vec<_> = all.map(|(path, _)| path).collect();
            let set: Vec<_> = set.iter().filter(|path| path.starts_with(PREFIX)).collect();
            assert_eq!(shown, set);
        }
    }
}
