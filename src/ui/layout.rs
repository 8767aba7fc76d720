//! What surrounds every page: head, navigation, account, language switch. A page's template has a field `layout` and
//! extends `base.html`.

use super::language::{Language, texts};
use crate::access::SignedIn;

texts! {
    /// The words that surround every page, and those that many pages share.
    CommonTexts {
        skip = "Skip to the content" | "Zum Inhalt springen";
        navigation = "Sections" | "Bereiche";
        live = "What arrived" | "Was ankam";
        issues = "Issues" | "Fehler";
        refused = "Refused" | "Abgelehnt";
        projects = "Projects" | "Projekte";
        evidence = "Evidence" | "Nachweise";
        people = "People" | "Personen";
        account = "Account" | "Konto";
        scrub = "Try the scrubber" | "Bereinigung ausprobieren";
        sign_in = "Sign in" | "Anmelden";
        sign_out = "Sign out" | "Abmelden";
        signed_in_by_token = "Access token" | "Zugangs-Token";
        geo_credit = "IP geolocation by DB-IP" | "IP-Geolokalisierung von DB-IP";
        copy = "Copy" | "Kopieren";
        copied = "Copied" | "Kopiert";
    }
}

/// The sections that the navigation leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Live,
    Issues,
    Refused,
    Projects,
    Officer,
    People,
    /// Reached from the menu, like the next.
    Account,
    Scrub,
}

/// A way to a section.
pub(crate) struct Way {
    pub href: &'static str,
    pub name: &'static str,
    pub is_here: bool,
}

/// Who looks.
pub(crate) struct Account {
    /// E-mail address, or what a token is called.
    pub name: String,
    /// Proves that a form was filled in on a page of ours, see [`SignedIn::form_token`].
    pub form_token: String,
}

/// Everything around a page's own content.
pub(crate) struct Layout {
    pub language: Language,
    pub t: &'static CommonTexts,
    pub ways: Vec<Way>,
    pub account: Option<Account>,
}

impl Layout {
    /// For somebody who is not signed in.
    pub fn stranger(language: Language) -> Self {
        Self {
            language,
            t: CommonTexts::of(language),
            ways: Vec::new(),
            account: None,
        }
    }

    /// For somebody who is, on a page of the section `here`.
    pub fn signed_in(reader: &SignedIn, here: Section) -> Self {
        let t = CommonTexts::of(reader.language);
        let way = |section, href, name| Way {
            href,
            name,
            is_here: section == here,
        };
        let mut ways = vec![way(Section::Live, "/", t.live)];
        if reader.grant.is_developer() {
            ways.push(way(Section::Issues, "/issues", t.issues));
        }
        ways.push(way(Section::Refused, "/refused", t.refused));
        if reader.grant.is_developer() {
            ways.push(way(Section::Projects, "/projects", t.projects));
        }
        if reader.grant.may_query() {
            ways.push(way(Section::Officer, "/officer", t.evidence));
        }
        if reader.grant.may_manage_people() {
            ways.push(way(Section::People, "/people", t.people));
        }
        let email = reader.user.as_ref().map(|user| user.email.as_str());
        Self {
            language: reader.language,
            t,
            ways,
            account: Some(Account {
                name: email.unwrap_or(t.signed_in_by_token).to_owned(),
                form_token: reader.form_token(),
            }),
        }
    }

    /// The language that the switch offers.
    pub const fn other_language(&self) -> Language {
        match self.language {
            Language::English => Language::German,
            Language::German => Language::English,
        }
    }

    /// What the switch says: the other language's own name for itself.
    pub const fn other_language_name(&self) -> &'static str {
        match self.language {
            Language::English => "Deutsch",
            Language::German => "English",
        }
    }
}
