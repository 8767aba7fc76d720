//! Scrubs the texts of one hit, and counts what was found.

use std::borrow::Cow;

use crate::limits::HIT_COLUMN_BYTES_MAX;
use crate::privacy::row::Text;
use crate::privacy::scrub::{Findings, Scrubber};
use crate::privacy::url::{self, CleanUrl, UrlPolicy};

/// The scrubber at work on one hit.
pub(super) struct Texts<'s> {
    pub scrubber: &'s Scrubber,
    pub urls: &'s UrlPolicy,
    pub findings: Findings,
}

impl Texts<'_> {
    /// A free text, scrubbed and cut.
    pub fn text<'h>(&mut self, text: &'h str) -> Text<'h> {
        // Most columns of most hits.
        if text.is_empty() {
            return Cow::Borrowed("");
        }
        cut(url::clean_text(
            text,
            self.urls,
            self.scrubber,
            &mut self.findings,
        ))
    }

    /// A free text that does not outlive what it was read from.
    pub fn owned(&mut self, text: &str) -> String {
        self.text(text).into_owned()
    }

    /// A text that stands under a name, scrubbed and cut.
    pub fn value_of(&mut self, name: &str, text: &str) -> String {
        let value = self.scrubber.value_of(name, text, &mut self.findings);
        cut(value).into_owned()
    }

    /// An address, cleaned and cut.
    pub fn address<'h>(&mut self, address: &'h str) -> CleanUrl<'h> {
        cut_url(url::clean(
            address,
            self.urls,
            self.scrubber,
            &mut self.findings,
        ))
    }

    /// Host and path of an address, cleaned and cut.
    pub fn place<'h>(&mut self, address: &'h str) -> CleanUrl<'h> {
        cut_url(url::clean_place(address, self.scrubber, &mut self.findings))
    }
}

fn cut_url(CleanUrl { host, path, query }: CleanUrl<'_>) -> CleanUrl<'_> {
    CleanUrl {
        host: cut(host),
        path: cut(path),
        query: cut(Cow::Owned(query)).into_owned(),
    }
}

/// Cuts what has been scrubbed. Cut before, half an identifier would be stored: no rule recognises it.
fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= HIT_COLUMN_BYTES_MAX {
        return text;
    }
    let end = text.floor_char_boundary(HIT_COLUMN_BYTES_MAX);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
