//! A stored event laid out for reading: what its SDK sent, scrubbed, in the order in which a developer asks for it.
//!
//! Every shape that SDKs use is read; what has none of them is left to the raw JSON beside it. Nothing is interpreted
//! beyond that, and nothing is added.

mod markdown;
mod shape;
mod stack;
mod steps;

use crate::json::Value;
use shape::{list_at, pairs_at, text_at, words};

pub use markdown::markdown;
pub use stack::{Exception, Frame, Line, Run};
pub use steps::Breadcrumb;

/// Names and values, as text.
pub type Pairs = Vec<(String, String)>;

/// Names and values under one heading.
pub struct Section {
    pub name: String,
    pub pairs: Pairs,
}

/// The request during which it happened.
pub struct Request {
    pub method: String,
    pub url: String,
    pub query: String,
    pub headers: Pairs,
    /// Body, as text.
    pub data: String,
    pub others: Pairs,
}

/// An event, laid out.
#[derive(Default)]
pub struct Reading {
    /// What was thrown first, then its causes.
    pub exceptions: Vec<Exception>,
    /// A logged message, with its parameters filled in.
    pub message: String,
    /// Oldest first.
    pub breadcrumbs: Vec<Breadcrumb>,
    pub request: Option<Request>,
    pub tags: Pairs,
    pub user: Pairs,
    pub contexts: Vec<Section>,
    pub extra: Pairs,
    pub sdk: String,
    pub integrations: String,
    pub modules: Pairs,
    pub server_name: String,
    pub dist: String,
}

impl Reading {
    /// Whether it says what sent it.
    pub fn names_its_maker(&self) -> bool {
        let texts = [&self.sdk, &self.server_name, &self.dist, &self.integrations];
        !self.modules.is_empty() || texts.iter().any(|text| !text.is_empty())
    }
}

/// Reads a payload as it is stored; what is no event reads as one without anything.
pub fn read(payload: &str) -> Reading {
    let Ok(event @ Value::Object(_)) = serde_json::from_str::<Value<'_>>(payload) else {
        return Reading::default();
    };
    let sdk = event.get("sdk");
    let integrations = sdk.and_then(|sdk| sdk.get("integrations"));
    let integrations = integrations.and_then(Value::as_array).unwrap_or_default();
    Reading {
        exceptions: stack::exceptions(&event),
        message: message(&event),
        breadcrumbs: list_at(&event, "breadcrumbs")
            .iter()
            .map(Breadcrumb::read)
            .collect(),
        request: event.get("request").and_then(request),
        tags: pairs_at(&event, "tags"),
        user: pairs_at(&event, "user"),
        contexts: contexts(&event),
        extra: pairs_at(&event, "extra"),
        sdk: sdk.map_or_else(String::new, |sdk| {
            format!("{} {}", text_at(sdk, "name"), text_at(sdk, "version"))
                .trim()
                .to_owned()
        }),
        integrations: integrations
            .iter()
            .map(words)
            .collect::<Vec<_>>()
            .join(", "),
        modules: pairs_at(&event, "modules"),
        server_name: text_at(&event, "server_name"),
        dist: text_at(&event, "dist"),
    }
}

fn message(event: &Value<'_>) -> String {
    let entry = event.get("logentry").or(event.get("message"));
    let Some(entry) = entry else {
        return String::new();
    };
    let formatted = entry.str_at("formatted").filter(|text| !text.is_empty());
    let text = formatted.or(entry.str_at("message")).or(entry.as_str());
    text.unwrap_or_default().to_owned()
}

fn contexts(event: &Value<'_>) -> Vec<Section> {
    let contexts = event.get("contexts").and_then(Value::as_object);
    let section = |(name, context): &(std::borrow::Cow<'_, str>, Value<'_>)| {
        let mut pairs = shape::pairs(context);
        pairs.retain(|(name, _)| name != "type");
        (!pairs.is_empty()).then(|| Section {
            name: name.to_string(),
            pairs,
        })
    };
    contexts
        .unwrap_or_default()
        .iter()
        .filter_map(section)
        .collect()
}

fn request(request: &Value<'_>) -> Option<Request> {
    const OWN: [&str; 5] = ["method", "url", "query_string", "headers", "data"];
    let mut others = shape::pairs(request);
    others.retain(|(name, _)| !OWN.contains(&name.as_str()));
    let read = Request {
        method: text_at(request, "method"),
        url: text_at(request, "url"),
        query: text_at(request, "query_string"),
        headers: pairs_at(request, "headers"),
        data: text_at(request, "data"),
        others,
    };
    let is_empty = read.url.is_empty() && read.headers.is_empty() && read.data.is_empty();
    (!is_empty).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_event_is_found() {
        let reading = read(
            r#"{"logentry":{"message":"%s left","formatted":"a left"},
            "tags":[["customer","c1"]],"user":{"id":"u1"},"extra":{"deep":{"a":[1,2]},"none":null},
            "contexts":{"os":{"type":"os","name":"Linux"},"empty":{}},"modules":{"flask":"3.1"},
            "sdk":{"name":"sentry.python","version":"2","integrations":["flask","stdlib"]},
            "request":{"method":"POST","url":"https://example.org/a","headers":[["Host","example.org"]],"env":{"PORT":1}}}"#,
        );
        assert_eq!(reading.message, "a left");
        assert_eq!(reading.tags, [("customer".to_owned(), "c1".to_owned())]);
        assert_eq!(reading.extra[0].1, "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
        assert_eq!(reading.contexts.len(), 1);
        assert_eq!(
            (reading.sdk.as_str(), reading.integrations.as_str()),
            ("sentry.python 2", "flask, stdlib")
        );
        let request = reading.request.unwrap();
        assert_eq!(
            request.headers,
            [("Host".to_owned(), "example.org".to_owned())]
        );
        assert_eq!(request.others[0].0, "env");
    }

    #[test]
    fn odd_payloads_are_read_as_far_as_they_go() {
        for payload in [
            "",
            "[]",
            "7",
            r#"{"exception":7,"breadcrumbs":{"values":[null,7]},"request":[],"tags":7}"#,
        ] {
            let reading = read(payload);
            assert!(reading.exceptions.is_empty() && reading.request.is_none());
        }
    }
}
