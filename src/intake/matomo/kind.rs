//! What a hit reports, and whether its parameters allow it. The rules and their order are Matomo's.

use crate::intake::matomo::{Hit, Param};
use crate::outcome::Reason;
use crate::privacy::HitKind;

/// Parameters that only the holder of a token may send.
const OVERRIDES: [Param; 6] = [
    Param::Address,
    Param::Country,
    Param::Region,
    Param::City,
    Param::Latitude,
    Param::Longitude,
];

const TIMINGS: [Param; 6] = [
    Param::TimingNetwork,
    Param::TimingServer,
    Param::TimingTransfer,
    Param::TimingDomProcessing,
    Param::TimingDomCompletion,
    Param::TimingOnLoad,
];

/// Category of the events that `enableJSErrorTracking()` sends.
pub const SCRIPT_ERRORS: &str = "JavaScript Errors";

impl Hit<'_> {
    /// What the hit reports.
    ///
    /// # Errors
    /// The reason why it is not recorded.
    pub fn kind(&self) -> Result<HitKind, Reason> {
        if !self.is_set(Param::Record) {
            return Err(Reason::RecordingOff);
        }
        if self.is_set(Param::InstallCheck) {
            return Err(Reason::InstallCheck);
        }
        self.require_valid()?;
        if self.is_set(Param::Ping) {
            return Ok(HitKind::Ping);
        }
        if self.is_plain() {
            return Ok(HitKind::Pageview);
        }
        if [Param::Media, Param::Heatmap, Param::Form]
            .into_iter()
            .any(|plugin| self.has(plugin))
        {
            return Err(Reason::KindUnsupported);
        }
        if self.has(Param::CrashMessage) {
            return Ok(HitKind::Crash);
        }
        if let Some(kind) = self.conversion() {
            return Ok(kind);
        }
        if let Some(kind) = self.event()? {
            return Ok(kind);
        }
        if let Some(name) = self.get(Param::ContentName) {
            return match name.trim().is_empty() {
                true => Err(Reason::ParametersInvalid),
                false if self.has(Param::ContentInteraction) => Ok(HitKind::ContentInteraction),
                false => Ok(HitKind::ContentImpression),
            };
        }
        for (param, kind) in [
            (Param::Download, HitKind::Download),
            (Param::Link, HitKind::Outlink),
            (Param::Search, HitKind::Search),
        ] {
            if self.has(param) {
                return Ok(kind);
            }
        }
        // An action of a plugin that is not known here.
        if self.is_set(Param::CustomAction) {
            return Err(Reason::KindUnsupported);
        }
        Ok(HitKind::Pageview)
    }

    /// Whether the hit states what only the holder of a token may state.
    pub fn has_overrides(&self) -> bool {
        !self.is_plain() && OVERRIDES.into_iter().any(|param| self.has(param))
    }

    fn require_valid(&self) -> Result<(), Reason> {
        let is_visitor_id = |id: &str| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit());
        let cid_is_valid = self
            .get(Param::ForcedVisitorId)
            .is_none_or(|id| id.is_empty() || is_visitor_id(id));
        let is_negative = |param| {
            let may_be = |text: &str| !text.starts_with(|c: char| c.is_ascii_digit());
            self.get(param).is_some_and(may_be)
                && self.integer(param).is_some_and(|millis| millis < 0)
        };
        match cid_is_valid && !TIMINGS.into_iter().any(is_negative) {
            true => Ok(()),
            false => Err(Reason::ParametersInvalid),
        }
    }

    /// A goal, or with goal 0 an order or a cart.
    fn conversion(&self) -> Option<HitKind> {
        match self.integer(Param::Goal)? {
            0 if self.has(Param::OrderId) => Some(HitKind::Order),
            0 => Some(HitKind::Cart),
            1.. => Some(HitKind::Goal),
            _ => None,
        }
    }

    /// Category and action of an event come together, or not at all.
    fn event(&self) -> Result<Option<HitKind>, Reason> {
        let category = self.get(Param::EventCategory);
        let action = self.get(Param::EventAction);
        if category.is_none() && action.is_none() {
            return Ok(None);
        }
        if !self.has(Param::EventCategory) || !self.has(Param::EventAction) {
            return Err(Reason::ParametersInvalid);
        }
        let is_script_error = category == Some(SCRIPT_ERRORS) && self.has(Param::EventName);
        Ok(Some(if is_script_error {
            HitKind::Crash
        } else {
            HitKind::Event
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        use HitKind::*;
        for (query, kind) in [
            ("rec=1", Ok(Pageview)),
            ("", Err(Reason::RecordingOff)),
            ("rec=0", Err(Reason::RecordingOff)),
            ("rec=1&ping=1&e_c=a&e_a=b", Ok(Ping)),
            ("rec=1&e_c=Video&e_a=play", Ok(Event)),
            ("rec=1&e_c=Video", Err(Reason::ParametersInvalid)),
            ("rec=1&e_c=Video&e_a=+", Err(Reason::ParametersInvalid)),
            (
                "rec=1&e_c=JavaScript+Errors&e_a=a.js:1&e_n=x+is+not+defined",
                Ok(Crash),
            ),
            ("rec=1&ca=1&cra=x+is+not+defined", Ok(Crash)),
            ("rec=1&link=https%3A%2F%2Fexample.org", Ok(Outlink)),
            (
                "rec=1&download=https%3A%2F%2Fexample.org%2Fa.pdf",
                Ok(Download),
            ),
            ("rec=1&link=+", Ok(Pageview)),
            ("rec=1&search=shoes", Ok(Search)),
            ("rec=1&c_n=Teaser&c_p=a.png", Ok(ContentImpression)),
            ("rec=1&c_n=Teaser&c_i=click", Ok(ContentInteraction)),
            ("rec=1&c_n=", Err(Reason::ParametersInvalid)),
            ("rec=1&idgoal=3&revenue=5", Ok(Goal)),
            ("rec=1&idgoal=0&ec_id=A1&revenue=5", Ok(Order)),
            ("rec=1&idgoal=0&revenue=5", Ok(Cart)),
            ("rec=1&idgoal=", Ok(Pageview)),
            ("rec=1&ca=1", Err(Reason::KindUnsupported)),
            ("rec=1&ma_id=7&ma_mt=video", Err(Reason::KindUnsupported)),
            ("rec=1&pf_srv=-1", Err(Reason::ParametersInvalid)),
            ("rec=1&cid=0123456789abcdef", Ok(Pageview)),
            ("rec=1&cid=jane", Err(Reason::ParametersInvalid)),
            ("rec=1&tracker_install_check=1", Err(Reason::InstallCheck)),
        ] {
            assert_eq!(Hit::read(query, "").kind(), kind, "{query}");
        }
    }
}
