//! The part of a project's settings that holds for people in some regions only: a row for each.

use crate::settings::Settings;
use crate::ui::language::{Language, texts};

/// Begins the path of each of these settings.
pub(super) const PREFIX: &str = "regions.";

texts! {
    RegionTexts {
        title = "Regions" | "Regionen";
        hint = "What holds for people in a region, as far as it differs from the project. The masked address decides, looked up in the geo database of this server." | "Was für Menschen in einer Region gilt, soweit es vom Projekt abweicht. Es entscheidet die maskierte Adresse, nachgeschlagen in der Geodatenbank dieses Servers.";
        strict = "An unknown country counts as EU and EEA. Where the database names no states, the whole USA counts as California." | "Ein unbekanntes Land zählt als EU und EWR. Wo die Datenbank keine Bundesstaaten nennt, zählen die ganzen USA als Kalifornien.";
        region = "Region" | "Region";
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
    pub column: &'static str,
    pub value: String,
    /// What can be chosen; empty for a number.
    pub choices: Vec<(&'static str, &'static str)>,
}

impl RegionTexts {
    /// The rows of the table, in the order of the settings.
    pub(super) fn rows(&self, settings: &Settings) -> Vec<Region> {
        let mut rows: Vec<Region> = Vec::new();
        for (path, value) in settings.list() {
            let Some((region, column)) = self.names(&path) else {
                continue;
            };
            let cell = Cell {
                column,
                choices: self.choices(&path),
                path,
                value,
            };
            match rows.last_mut().filter(|row| row.name == region) {
                Some(row) => row.cells.push(cell),
                None => rows.push(Region {
                    name: region,
                    cells: vec![cell],
                }),
            }
        }
        rows
    }

    /// What people call a region and one of its settings.
    fn names(&self, path: &str) -> Option<(&'static str, &'static str)> {
        let (region, column) = path.strip_prefix(PREFIX)?.split_once('.')?;
        let region = match region {
            "eea" => self.eea,
            "united_kingdom" => self.united_kingdom,
            "switzerland" => self.switzerland,
            "california" => self.california,
            "elsewhere" => self.elsewhere,
            _ => return None,
        };
        let column = match column {
            "consent" => self.consent,
            "analytics" => self.analytics,
            "errors" => self.errors,
            "retention_hours" => self.hours,
            _ => return None,
        };
        Some((region, column))
    }

    fn choices(&self, path: &str) -> Vec<(&'static str, &'static str)> {
        match path.rsplit('.').next() {
            Some("consent") => vec![
                ("as_project", self.as_project),
                ("not_needed", self.not_needed),
                ("required", self.required),
                ("required_for_all", self.required_for_all),
            ],
            Some("analytics" | "errors") => vec![
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
    let (region, column) = RegionTexts::of(language).names(path)?;
    Some(format!("{region}, {column}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_region_has_a_place_and_words() {
        for language in [Language::English, Language::German] {
            let rows = RegionTexts::of(language).rows(&Settings::default());
            let columns: Vec<_> = rows.iter().map(|row| row.cells.len()).collect();
            assert_eq!(columns, [4; 5]);
            for cell in rows.iter().flat_map(|row| &row.cells) {
                let is_choice = |(value, _): &(&str, &str)| *value == cell.value;
                assert!(cell.value == "0" || cell.choices.iter().any(is_choice));
            }
        }
    }
}
