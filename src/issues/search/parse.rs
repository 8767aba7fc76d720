//! From the text of the search field to a [`Search`].

use super::value;
use super::{Condition, Field, Is, Pattern, Problem, ProblemKind, Search, Seen, Subject, Term};
use crate::limits::{SEARCH_BYTES_MAX, SEARCH_TERMS_MAX, SEARCH_VALUES_MAX};
use crate::time::Timestamp;

/// Reads a query; ages such as `-24h` count back from `now`.
///
/// # Errors
/// The [`Problem`] that comes first.
pub fn parse(query: &str, now: Timestamp) -> Result<Search, Problem> {
    if query.len() > SEARCH_BYTES_MAX {
        return Err(Problem {
            kind: ProblemKind::TooLong,
            position: 0,
            length: 0,
        });
    }
    let mut reader = Reader { query, at: 0 };
    let mut terms = Vec::new();
    while reader.skip_spaces() {
        let begun = reader.at;
        let term = reader
            .term(now)
            .and_then(|term| match terms.len() < SEARCH_TERMS_MAX {
                true => Ok(term),
                false => Err(ProblemKind::TooManyTerms),
            });
        terms.push(term.map_err(|kind| reader.problem(kind, begun))?);
    }
    Ok(Search { terms })
}

/// A place in the query.
struct Reader<'q> {
    query: &'q str,
    at: usize,
}

impl<'q> Reader<'q> {
    /// Whether anything is left.
    fn skip_spaces(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.at < self.query.len()
    }

    fn rest(&self) -> &'q str {
        &self.query[self.at..]
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len_utf8() } else { 0 };
        found
    }

    /// Everything up to the first of what `ends` it.
    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'q str {
        let rest = self.rest();
        let taken = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// The term that began at `begun`, as far as it was read, is the place of the problem.
    fn problem(&self, kind: ProblemKind, begun: usize) -> Problem {
        let characters = |text: &str| text.chars().count();
        Problem {
            kind,
            position: characters(&self.query[..begun]),
            length: characters(&self.query[begun..self.at]),
        }
    }

    fn term(&mut self, now: Timestamp) -> Result<Term, ProblemKind> {
        let negated = self.take('!');
        let condition = match self.key() {
            Some(key) => self.keyed(&key, now)?,
            None => self.text()?,
        };
        Ok(Term { negated, condition })
    }

    /// The name before a colon, if there is one. `https://…` and `TypeError: …` are text.
    fn key(&mut self) -> Option<String> {
        if self.rest().starts_with('"') {
            return self.quoted_key();
        }
        let ends = |c: char| c == ':' || c == '"' || c.is_whitespace();
        let rest = self.rest();
        let key = &rest[..rest.find(ends)?];
        let value = rest[key.len()..].strip_prefix(':')?;
        let names_nothing = value.is_empty() || value.starts_with(char::is_whitespace);
        let is_text = value.starts_with("//") || (names_nothing && !Word::of(key).is_known());
        if key.is_empty() || is_text {
            return None;
        }
        self.at += key.len() + 1;
        Some(key.to_owned())
    }

    /// The name of a tag with spaces or colons: `"tag.shop region":north`. A text in quotes alone is none.
    fn quoted_key(&mut self) -> Option<String> {
        let mut ahead = Reader { ..*self };
        ahead.take('"');
        let key = ahead.quoted().ok()?;
        let is_key = ahead.take(':') && !key.is_empty();
        let has_value = !ahead.rest().is_empty() && !ahead.rest().starts_with(char::is_whitespace);
        (is_key && has_value).then(|| {
            self.at = ahead.at;
            key
        })
    }

    fn keyed(&mut self, key: &str, now: Timestamp) -> Result<Condition, ProblemKind> {
        let mut values = self.values()?;
        let single = || match values.as_slice() {
            [value] => Ok(value.text.as_str()),
            _ => Err(ProblemKind::ComparisonUnsupported),
        };
        Ok(match Word::of(key) {
            Word::Is => Condition::Is(state(single()?)?),
            Word::Has => match Word::of(single()?) {
                Word::Unsupported => return Err(ProblemKind::KeyUnsupported),
                _ => Condition::Has(subject(single()?)),
            },
            Word::Assigned => {
                Condition::Assigned(values.into_iter().map(|value| value.text).collect())
            }
            Word::Seen(seen) => Condition::Seen(seen, value::period(single()?, now)?),
            Word::Count => {
                let (comparison, number) = value::number(single()?)?;
                Condition::Count(comparison, number)
            }
            Word::FirstRelease => Condition::FirstRelease(patterns(&values)?),
            // An id may be written with dashes.
            Word::Field(Field::Event) => {
                values
                    .iter_mut()
                    .for_each(|value| value.text.retain(|c| c != '-'));
                Condition::Matches(subject(key), patterns(&values)?)
            }
            Word::Field(_) | Word::Tag => Condition::Matches(subject(key), patterns(&values)?),
            Word::Unsupported => return Err(ProblemKind::KeyUnsupported),
        })
    }

    /// One value, or several in brackets.
    fn values(&mut self) -> Result<Vec<Value>, ProblemKind> {
        if !self.take('[') {
            return Ok(vec![self.value(char::is_whitespace)?]);
        }
        let mut values = Vec::new();
        loop {
            self.skip_spaces();
            if values.is_empty() && self.take(']') {
                return Err(ProblemKind::ListEmpty);
            }
            if self.rest().is_empty() {
                return Err(ProblemKind::ListOpen);
            }
            values.push(self.value(|c| matches!(c, ',' | ']'))?);
            self.skip_spaces();
            if values.len() > SEARCH_VALUES_MAX {
                return Err(ProblemKind::TooManyTerms);
            }
            if self.take(']') {
                return Ok(values);
            }
            if !self.take(',') {
                return Err(ProblemKind::ListOpen);
            }
        }
    }

    fn value(&mut self, ends: impl Fn(char) -> bool) -> Result<Value, ProblemKind> {
        let is_quoted = self.take('"');
        let text = match is_quoted {
            true => self.quoted()?,
            false => self.until(ends).trim_end().to_owned(),
        };
        match text.is_empty() && !is_quoted {
            true => Err(ProblemKind::ValueMissing),
            false => Ok(Value { text, is_quoted }),
        }
    }

    /// What is between quotes; `\"` and `\\` stand for the sign itself.
    fn quoted(&mut self) -> Result<String, ProblemKind> {
        let mut text = String::new();
        let mut escaped = false;
        for (offset, sign) in self.rest().char_indices() {
            match sign {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    self.at += offset + 1;
                    return Ok(text);
                }
                _ => {
                    if escaped && !matches!(sign, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(sign);
                    escaped = false;
                }
            }
        }
        self.at = self.query.len();
        Err(ProblemKind::QuoteOpen)
    }

    fn text(&mut self) -> Result<Condition, ProblemKind> {
        let text = match self.take('"') {
            true => self.quoted()?,
            false => {
                let word = self.until(char::is_whitespace);
                if matches!(word, "OR" | "AND") || word.starts_with('(') {
                    return Err(ProblemKind::OperatorUnsupported);
                }
                word.to_owned()
            }
        };
        match text.is_empty() {
            true => Err(ProblemKind::ValueMissing),
            false => Ok(Condition::Text(Pattern::within(&text))),
        }
    }
}

/// What stands behind a colon.
struct Value {
    text: String,
    is_quoted: bool,
}

/// What a text is compared with. `>1` compares in another way, `"<anonymous>"` does not.
fn patterns(values: &[Value]) -> Result<Vec<Pattern>, ProblemKind> {
    let compares = |value: &Value| !value.is_quoted && value.text.starts_with(['>', '<']);
    if values.iter().any(compares) {
        return Err(ProblemKind::ComparisonUnsupported);
    }
    let patterns = values.iter().map(|value| Pattern::new(&value.text));
    Ok(patterns.collect())
}

/// Keys of other trackers that find nothing here; a tag of such a name is found by `tag.` and the name.
#[rustfmt::skip]
const UNSUPPORTED: [&str; 41] = [
    "url", "http.url", "http.method", "http.status_code", "http.referer", "title", "dist", "server_name", "user.id",
    "user.email", "user.username", "user.ip", "geo.city", "geo.region", "error.handled", "error.unhandled",
    "error.mechanism", "error.main_thread", "stack.abs_path", "stack.filename", "stack.function", "stack.module",
    "stack.package", "stack.in_app", "timestamp", "event.timestamp", "event.type", "issue.category", "issue.type",
    "issue.priority", "bookmarks", "subscribed", "assigned_or_suggested", "release.version", "release.stage",
    "release.build", "release.package", "sdk.version", "os.version", "browser.version", "device.family",
];

/// What a key asks for.
#[derive(PartialEq)]
enum Word {
    Is,
    Has,
    Assigned,
    Seen(Seen),
    Count,
    FirstRelease,
    Field(Field),
    Tag,
    Unsupported,
}

impl Word {
    fn of(key: &str) -> Self {
        match key {
            "is" => Self::Is,
            "has" => Self::Has,
            "assigned" | "assigned_to" => Self::Assigned,
            "firstSeen" | "first_seen" | "age" => Self::Seen(Seen::First),
            "lastSeen" | "last_seen" => Self::Seen(Seen::Last),
            "times_seen" | "timesSeen" | "count" => Self::Count,
            "firstRelease" | "first_release" => Self::FirstRelease,
            _ if UNSUPPORTED.contains(&key) => Self::Unsupported,
            _ => Field::from_name(key).map_or(Self::Tag, Self::Field),
        }
    }

    /// Whether it means something of its own, so that a value must follow.
    fn is_known(&self) -> bool {
        !matches!(self, Self::Tag | Self::Unsupported)
    }
}

fn subject(key: &str) -> Subject {
    if let Some(field) = Field::from_name(key) {
        return Subject::Field(field);
    }
    let bracketed = key
        .strip_prefix("tags[")
        .and_then(|key| key.strip_suffix(']'));
    let prefixed = || {
        key.strip_prefix("tag.")
            .or_else(|| key.strip_prefix("tags."))
    };
    let name = bracketed.or_else(prefixed).unwrap_or(key);
    Subject::Tag(name.to_owned())
}

fn state(name: &str) -> Result<Is, ProblemKind> {
    let name = match name {
        "archived" | "muted" => "ignored",
        other => other,
    };
    let found = Is::ALL.iter().copied().find(|is| is.name() == name);
    found.ok_or(ProblemKind::StateUnknown)
}

#[cfg(test)]
mod tests;
