//! How a project's texts are scrubbed: level, own rules, exceptions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::privacy::scrub::{CustomRule, Keep, Level, Policy, PolicyError, Wishes};

/// What a project wishes of the scrubber. None of it can switch off the floor: addresses, cards and accounts, credentials.
///
/// It is stored in clear text beside the project for as long as the project exists. Rules say what data looks like
/// (`K-\d{6}`); they are no place for the names of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scrubbing {
    pub level: ProjectLevel,
    /// What else has to go wherever it stands.
    pub rules: Vec<CustomRule>,
    /// Names of keys whose values go, compared without case and separators.
    pub keys: Vec<String>,
    /// Places whose values go, e.g. `extra.order.*`.
    pub remove: Vec<String>,
    pub keep: Keep,
}

/// How much of an event is kept at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectLevel {
    /// As the server's settings say.
    #[default]
    Server,
    Strict,
    Balanced,
}

impl ProjectLevel {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Strict => "strict",
            Self::Balanced => "balanced",
        }
    }
}

impl Scrubbing {
    /// Made ready.
    ///
    /// # Errors
    /// [`PolicyError`] names the entry that cannot be used.
    pub fn wishes(&self) -> Result<Wishes, PolicyError> {
        let level = match self.level {
            ProjectLevel::Server => None,
            ProjectLevel::Strict => Some(Level::Strict),
            ProjectLevel::Balanced => Some(Level::Balanced),
        };
        let policy = Policy {
            rules: self.rules.clone(),
            keys: self.keys.clone(),
            remove: self.remove.clone(),
            keep: self.keep.clone(),
            ..Policy::default()
        };
        Wishes::new(level, &policy)
    }

    /// What differs from an earlier state, for the ledger: the level, and of each list how long it is now. An entry may
    /// itself name somebody, so none is repeated where nothing is ever deleted.
    pub fn changes_since(&self, earlier: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.level != earlier.level {
            changes.push(format!("scrubbing.level={}", self.level.name()));
        }
        if self.rules != earlier.rules {
            changes.push(format!("scrubbing.rules={}", self.rules.len()));
        }
        let lists = self.lists().into_iter().zip(earlier.lists());
        let changed = lists.filter(|((_, now), (_, before))| now != before);
        changes.extend(changed.map(|((name, now), _)| format!("scrubbing.{name}={}", now.len())));
        changes
    }

    /// Every list of texts, by its path inside `scrubbing`.
    pub fn lists(&self) -> [(&'static str, &[String]); 6] {
        [
            ("keys", &self.keys),
            ("remove", &self.remove),
            ("keep.keys", &self.keep.keys),
            ("keep.paths", &self.keep.paths),
            ("keep.texts", &self.keep.texts),
            ("keep.patterns", &self.keep.patterns),
        ]
    }

    /// The rules as people write them: `name = pattern`, each on a line; one with a placeholder of its own in JSON.
    pub fn rule_lines(&self) -> String {
        let line = |rule: &CustomRule| match rule.placeholder {
            None => format!("{} = {}", rule.name, rule.pattern),
            Some(_) => json!(rule).to_string(),
        };
        let lines: Vec<_> = self.rules.iter().map(line).collect();
        lines.join("\n")
    }
}

/// Rules that somebody wrote as [`Scrubbing::rule_lines`] shows them, as JSON.
pub(super) fn rules_of_lines(text: &str) -> Value {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let rule = |line: &str| match (line.starts_with('{'), line.split_once('=')) {
        (true, _) => serde_json::from_str(line).unwrap_or_else(|_| Value::from(line)),
        (_, Some((name, pattern))) => json!({ "name": name.trim(), "pattern": pattern.trim() }),
        // No rule: is refused as such.
        (_, None) => json!({ "name": "", "pattern": "" }),
    };
    Value::Array(lines.map(rule).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, SettingsError};
    use super::*;

    fn set(key: &str, text: &str) -> Result<Scrubbing, SettingsError> {
        Settings::default()
            .with(key, text)
            .map(|settings| settings.scrubbing)
    }

    #[test]
    fn every_part_is_set_by_its_path() {
        let lines = "customer = K-\\d{2,6}\norder = a=b";
        let scrubbing = set("scrubbing.rules", lines).unwrap();
        assert_eq!(scrubbing.rules[0].pattern, "K-\\d{2,6}");
        assert_eq!(scrubbing.rules[1].pattern, "a=b");
        assert_eq!(scrubbing.rule_lines(), lines);
        let json = r#"[{"name":"a","pattern":"b","placeholder":"[c]"}]"#;
        let scrubbing = set("scrubbing.rules", json).unwrap();
        let again = set("scrubbing.rules", &scrubbing.rule_lines()).unwrap();
        assert_eq!(again, scrubbing);
        let level = set("scrubbing.level", "balanced").unwrap().level;
        assert_eq!(level, ProjectLevel::Balanced);
        let keep = set("scrubbing.keep.paths", "tags.plan, extra.*")
            .unwrap()
            .keep;
        assert_eq!(keep.paths, ["tags.plan", "extra.*"]);
        for (name, _) in Scrubbing::default().lists() {
            assert!(set(&format!("scrubbing.{name}"), "a").is_ok(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let refused = |key, text| set(key, text).unwrap_err().to_string();
        assert_eq!(
            refused("scrubbing.rules", "customer = ("),
            "the pattern of rule `customer` is no regular expression"
        );
        assert!(refused("scrubbing.rules", "no rule").starts_with("rule 1 needs a name"));
        assert!(refused("scrubbing.rules", "{\"name\":1}").contains("cannot be set to that"));
        assert!(refused("scrubbing.level", "lax").contains("`strict`"));
        assert!(refused("scrubbing.keep.texts", "jane@example.org").contains("never kept"));
        assert!(refused("scrubbing.floor", "false").contains("there is no setting"));
    }

    #[test]
    fn the_ledger_learns_that_and_how_much_but_not_what() {
        let earlier = Scrubbing::default();
        let now = Scrubbing {
            level: ProjectLevel::Balanced,
            keys: vec!["jane".to_owned()],
            ..set("scrubbing.rules", "a = Jane Doe").unwrap()
        };
        assert_eq!(
            now.changes_since(&earlier),
            [
                "scrubbing.level=balanced",
                "scrubbing.rules=1",
                "scrubbing.keys=1"
            ]
        );
        assert!(now.changes_since(&now).is_empty());
    }
}
