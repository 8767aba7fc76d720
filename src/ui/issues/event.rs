//! The event that the page of an issue shows.

use super::detail_words::{self, DetailTexts};
use super::issue::when;
use super::words;
use crate::access::SignedIn;
use crate::app::App;
use crate::issues::reading::{self, Pairs, Reading};
use crate::json;
use crate::store::StoreError;
use crate::store::issues::{Event, Issue, Side};
use crate::time::Timestamp;
use crate::ui::Language;

/// The event that is shown.
pub(super) struct EventPart {
    pub id: String,
    pub received: (String, String),
    pub occurred: String,
    pub older: Option<String>,
    pub newer: Option<String>,
    pub is_latest: bool,
    pub reading: Reading,
    /// Masked address, country, browser, system, device.
    pub sender: Pairs,
    pub remarks: Vec<(String, String, u16)>,
    /// Why it is together with the others, in words and as the key.
    pub together: &'static str,
    pub grouping_key: String,
    pub raw: String,
    pub markdown: String,
}

/// Lays an event of an issue out, with the ways to its neighbours, and notes who is shown it.
pub(super) async fn event_part(
    app: &App,
    reader: &SignedIn,
    issue: &Issue,
    event: Event,
    now: Timestamp,
) -> Result<EventPart, StoreError> {
    let beside = |side| app.store.neighbour(issue, side, event.place(), now);
    let beside = async { tokio::try_join!(beside(Side::Older), beside(Side::Newer)) };
    let noted = app.show_event(event.project_id, &event.event_id, &reader.access);
    let (beside, ()) = tokio::join!(beside, noted);
    let (older, newer) = beside?;
    let reading = reading::read(&event.payload);
    let d = DetailTexts::of(reader.language);
    let received = Timestamp::from_millis(event.received_at);
    let browser = format!("{} {}", event.browser, event.browser_major);
    let sender = [
        (d.address, event.client_ip.clone()),
        (d.country, event.country.clone()),
        (
            d.browser,
            if event.browser.is_empty() {
                String::new()
            } else {
                browser
            },
        ),
        (d.system, event.system.clone()),
        (d.device, event.device.clone()),
    ];
    let sender = sender.into_iter().filter(|(_, value)| !value.is_empty());
    let sender: Pairs = sender
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    // A ticket is in English.
    let title = words::titled(event.title(), Language::English);
    let facts = [
        (
            "Issue",
            format!(
                "{}/issues/{}/events/{}",
                app.public_url, issue.id, event.event_id
            ),
        ),
        ("Culprit", event.culprit.clone()),
        ("Release", text_of(&event.payload, "release")),
        ("Environment", text_of(&event.payload, "environment")),
        ("Seen", received.rfc3339()),
        (
            "Browser",
            sender
                .iter()
                .find(|(name, _)| name == d.browser)
                .map_or_else(String::new, |(_, value)| value.clone()),
        ),
        ("SDK", reading.sdk.clone()),
    ];
    Ok(EventPart {
        is_latest: newer.is_none(),
        newer,
        older,
        received: when(received, now, reader.language),
        occurred: Timestamp::from_millis(event.occurred_at).rfc3339(),
        markdown: reading::markdown(&title, &facts, &reading),
        raw: indented(&event.payload),
        together: detail_words::basis(&event.grouping_basis, reader.language),
        grouping_key: event.grouping_key,
        id: event.event_id,
        remarks: event.remarks,
        reading,
        sender,
    })
}

fn text_of(payload: &str, key: &str) -> String {
    let event: Result<json::Value<'_>, _> = serde_json::from_str(payload);
    let text = event.as_ref().ok().and_then(|event| event.str_at(key));
    text.unwrap_or_default().to_owned()
}

fn indented(payload: &str) -> String {
    let event: Result<json::Value<'_>, _> = serde_json::from_str(payload);
    let pretty = event
        .ok()
        .and_then(|event| serde_json::to_string_pretty(&event).ok());
    pretty.unwrap_or_default()
}
