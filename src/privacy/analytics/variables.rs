//! Custom dimensions and custom variables.

use super::Texts;
use super::commerce::scalar;
use super::row::ActionDetails;
use crate::intake::matomo::{Hit, Param};
use crate::json::{self, Value};
use crate::limits::HIT_VARIABLES_MAX;

/// Fills in dimensions and variables.
pub(super) fn fill<'h>(hit: &'h Hit<'_>, texts: &mut Texts<'_>, details: &mut ActionDetails<'h>) {
    details.dimensions = hit
        .dimensions()
        .filter(|(_, value)| !value.is_empty())
        .map(|(number, value)| (number, texts.text(value)))
        .collect();
    for param in [Param::PageVariables, Param::EventVariables] {
        details
            .page_variables
            .extend(variables(hit.text(param), texts));
    }
    details.visit_variables = variables(hit.text(Param::VisitVariables), texts);
}

/// `{"1":["name","value"],…}`.
fn variables(text: &str, texts: &mut Texts<'_>) -> Vec<(String, String)> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut scratch = Vec::new();
    let Ok(Value::Object(members)) = json::parse(text.as_bytes(), &mut scratch) else {
        return Vec::new();
    };
    let pair = |(_, value): &(_, Value<'_>)| match value.as_array()? {
        [name, value] => Some((scalar(Some(name)), scalar(Some(value)))),
        _ => None,
    };
    members
        .iter()
        .take(HIT_VARIABLES_MAX)
        .filter_map(pair)
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .map(|(name, value)| {
            let value = texts.value_of(&name, &value);
            (texts.owned(&name), value)
        })
        .collect()
}
