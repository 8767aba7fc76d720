//! One tracking request of a Matomo client, as its parameters.
//! <https://developer.matomo.org/api-reference/tracking-api>

use std::borrow::Cow;

use crate::intake::form::decode;
use crate::json::Value;
use crate::limits::{HIT_PARAMETERS_MAX, HIT_VALUE_BYTES_MAX};
use crate::outcome::Reason;
use crate::privacy::HitKind;
use crate::registry::ProjectId;

/// Declares the parameters that are understood.
macro_rules! parameters {
    ($($variant:ident = $($name:literal)|+,)*) => {
        /// A parameter that is understood. Others are dropped unread.
        #[derive(Clone, Copy)]
        pub enum Param { $($variant,)* }

        impl Param {
            const COUNT: usize = [$(Param::$variant,)*].len();

            fn named(name: &str) -> Option<Self> {
                match name { $($($name)|+ => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

parameters! {
    Project = "idsite",
    Record = "rec",
    Url = "url",
    Referrer = "urlref",
    ActionName = "action_name",
    VisitorId = "_id",
    ForcedVisitorId = "cid",
    UserId = "uid",
    UserAgent = "ua",
    Language = "lang",
    Resolution = "res",
    PageviewId = "pv_id",
    EventCategory = "e_c",
    EventAction = "e_a",
    EventName = "e_n",
    EventValue = "e_v",
    Ping = "ping",
    SendImage = "send_image",
    // Kinds of action that are counted by name only
    Link = "link",
    Download = "download",
    Search = "search",
    ContentName = "c_n",
    Goal = "idgoal",
    CrashMessage = "cra",
    // What only a token may set
    Address = "cip",
    Country = "country",
    Region = "region",
    City = "city",
    Latitude = "lat",
    Longitude = "long",
}

/// The parameters of one request. The last value of a name counts, and the query string's before the body's.
pub struct Hit<'a> {
    values: [Option<Cow<'a, str>>; Param::COUNT],
    count: usize,
}

impl<'a> Hit<'a> {
    /// Reads a query string and a form-encoded body.
    pub fn read(query: &'a str, body: &'a str) -> Self {
        let mut hit = Self::empty();
        hit.merge(body);
        hit.merge(query);
        hit
    }

    /// Reads a request of a bulk body: a JSON object of parameters.
    pub fn from_object(members: &[(Cow<'_, str>, Value<'_>)]) -> Hit<'static> {
        let mut hit = Hit::empty();
        for (name, value) in members.iter().take(HIT_PARAMETERS_MAX) {
            let text = match value {
                Value::String(text) => text.clone().into_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => u8::from(*flag).to_string(),
                _ => continue,
            };
            hit.count += 1;
            if let Some(param) = Param::named(name) {
                hit.values[param as usize] = Some(Cow::Owned(text));
            }
        }
        hit
    }

    /// Cuts the connection to the text it was read from.
    pub fn into_owned(self) -> Hit<'static> {
        let values = self
            .values
            .map(|value| value.map(|text| Cow::Owned(text.into_owned())));
        Hit {
            values,
            count: self.count,
        }
    }

    const fn empty() -> Self {
        Self {
            values: [const { None }; Param::COUNT],
            count: 0,
        }
    }

    fn merge(&mut self, pairs: &'a str) {
        let pairs = pairs.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.take(HIT_PARAMETERS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.count += 1;
            // Most of what trackers send is not kept: its value is not even decoded.
            if let Some(param) = Param::named(&decode(name)) {
                self.values[param as usize] = Some(decode(value));
            }
        }
    }

    /// Whether there was no parameter at all, known or not.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The value of a parameter that was sent.
    pub fn get(&self, param: Param) -> Option<&str> {
        self.values[param as usize].as_deref()
    }

    /// The value of a parameter, trimmed; empty if it was not sent. What is longer than [`HIT_VALUE_BYTES_MAX`] ends with its
    /// last whole word.
    pub fn text(&self, param: Param) -> &str {
        let text = self.get(param).unwrap_or("").trim();
        if text.len() <= HIT_VALUE_BYTES_MAX {
            return text;
        }
        let head = &text[..text.floor_char_boundary(HIT_VALUE_BYTES_MAX)];
        let end =
            head.rfind(|c: char| c.is_whitespace() || matches!(c, '&' | '?' | '/' | ',' | ';'));
        &head[..end.unwrap_or(0)]
    }

    /// The project that the hit is for.
    ///
    /// # Errors
    /// [`Reason::ProjectMissing`] if it names none.
    pub fn project(&self) -> Result<ProjectId, Reason> {
        // PHP's integer cast: leading digits count.
        let text = self.get(Param::Project).unwrap_or("").trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match text[..digits].parse() {
            Ok(id) if id > 0 => Ok(ProjectId::new(id)),
            _ => Err(Reason::ProjectMissing),
        }
    }

    /// What the hit reports.
    ///
    /// # Errors
    /// The reason why it is not recorded.
    pub fn kind(&self) -> Result<HitKind, Reason> {
        let flag = |param| self.get(param).is_some_and(|value| value.trim() == "1");
        let given = |param| {
            self.get(param)
                .is_some_and(|value| !value.trim().is_empty())
        };
        let overrides = [
            Param::Address,
            Param::Country,
            Param::Region,
            Param::City,
            Param::Latitude,
            Param::Longitude,
        ];
        let others = [
            Param::Link,
            Param::Download,
            Param::Search,
            Param::ContentName,
            Param::Goal,
            Param::CrashMessage,
        ];
        if !flag(Param::Record) {
            Err(Reason::RecordingOff)
        } else if overrides.into_iter().any(given) {
            Err(Reason::TokenRequired)
        } else if flag(Param::Ping) {
            Ok(HitKind::Ping)
        } else if self
            .get(Param::EventCategory)
            .or(self.get(Param::EventAction))
            .is_some()
        {
            if given(Param::EventCategory) && given(Param::EventAction) {
                Ok(HitKind::Event)
            } else {
                Err(Reason::ParametersInvalid)
            }
        } else if others.into_iter().any(given) {
            Err(Reason::KindUnsupported)
        } else {
            Ok(HitKind::Pageview)
        }
    }

    /// Whether the client wants no picture in return.
    pub fn wants_no_image(&self) -> bool {
        self.get(Param::SendImage) == Some("0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_wins_over_the_body_and_the_last_over_the_first() {
        let hit = Hit::read(
            "url=a&idsite=1&url=b",
            "url=c&action_name=x%20y+z&unknown=1",
        );
        assert_eq!(hit.get(Param::Url), Some("b"));
        assert_eq!(hit.get(Param::ActionName), Some("x y z"));
        assert!(!hit.is_empty() && Hit::read("", "&").is_empty());
    }

    #[test]
    fn projects_are_cast_as_php_casts() {
        let project = |query| Hit::read(query, "").project().map(ProjectId::get);
        assert_eq!(project("idsite=5"), Ok(5));
        assert_eq!(project("idsite=5abc"), Ok(5));
        for none in [
            "",
            "idsite=",
            "idsite=0",
            "idsite=-1",
            "idsite=abc",
            "idsite=99999999999",
        ] {
            assert_eq!(project(none), Err(Reason::ProjectMissing));
        }
    }

    #[test]
    fn kinds() {
        for (query, kind) in [
            ("rec=1", Ok(HitKind::Pageview)),
            ("rec=1&ping=1&e_c=a&e_a=b", Ok(HitKind::Ping)),
            ("rec=1&e_c=Video&e_a=play", Ok(HitKind::Event)),
            ("rec=1&e_c=Video", Err(Reason::ParametersInvalid)),
            ("rec=1&e_c=Video&e_a=+", Err(Reason::ParametersInvalid)),
            ("", Err(Reason::RecordingOff)),
            ("rec=0", Err(Reason::RecordingOff)),
            (
                "rec=1&link=https%3A%2F%2Fexample.org",
                Err(Reason::KindUnsupported),
            ),
            ("rec=1&cip=192.0.2.1", Err(Reason::TokenRequired)),
        ] {
            assert_eq!(Hit::read(query, "").kind(), kind, "{query}");
        }
    }
}
