//! Words that the pages of issues have in common.

use crate::issues::search::ProblemKind;
use crate::issues::{Sort, Status};
use crate::privacy::scrub::Rule;
use crate::time::Timestamp;
use crate::ui::Language;
use crate::ui::language::texts;

texts! {
    IssueTexts {
        issues = "Issues" | "Fehler";
        hint = "Crashes that are the same bug, taken together. Everything here is scrubbed, and gone after 30 days." | "Abstürze mit derselben Ursache, zusammengefasst. Alles hier ist bereinigt und nach 30 Tagen weg.";
        issue = "Issue" | "Fehler";
        no_title = "(no title)" | "(ohne Titel)";
        events = "Events" | "Ereignisse";
        visitors = "Visitors" | "Betroffene";
        visitors_hint = "Affected visitors, counted by pseudonym" | "Betroffene, nach Pseudonym gezählt";
        first_seen = "First seen" | "Zuerst";
        last_seen = "Last seen" | "Zuletzt";
        first = "first" | "zuerst";
        days = "Last 30 days" | "Letzte 30 Tage";
        most = "at most" | "höchstens";
        a_day = "a day" | "am Tag";
        release = "Release" | "Version";
        environment = "Environment" | "Umgebung";
        project = "Project" | "Projekt";
        all_projects = "All projects" | "Alle Projekte";
        all_releases = "All releases" | "Alle Versionen";
        all_environments = "All environments" | "Alle Umgebungen";
        seen = "Seen" | "Aufgetreten";
        any_time = "At any time" | "Jederzeit";
        last_day = "In the last 24 hours" | "In den letzten 24 Stunden";
        last_week = "In the last 7 days" | "In den letzten 7 Tagen";
        sort = "Order" | "Reihenfolge";
        search = "Search" | "Suchen";
        search_hint = "For example: is:unresolved release:1.2* browser:Firefox !level:info has:customer firstSeen:-24h times_seen:>10 \"free text\"" | "Zum Beispiel: is:unresolved release:1.2* browser:Firefox !level:info has:customer firstSeen:-24h times_seen:>10 \"freier Text\"";
        none = "No issue matches." | "Kein Fehler passt dazu.";
        none_hint = "Fewer terms find more. Without is:unresolved, resolved and ignored ones are found too." | "Weniger Begriffe finden mehr. Ohne is:unresolved werden auch erledigte und ignorierte gefunden.";
        more = "More" | "Weitere";
        to_start = "Back to the first ones" | "Zurück zu den ersten";
        select = "Select" | "Auswählen";
        select_all = "Select all on this page" | "Alle auf dieser Seite auswählen";
        with_selected = "With the selected" | "Mit den ausgewählten";
        resolve = "Resolve" | "Erledigen";
        resolve_next = "Resolve in the next release" | "Mit der nächsten Version erledigt";
        ignore = "Ignore" | "Ignorieren";
        ignore_day = "For a day" | "Einen Tag lang";
        ignore_week = "For a week" | "Eine Woche lang";
        ignore_month = "For 30 days" | "30 Tage lang";
        ignore_10 = "Until 10 more events" | "Bis 10 weitere Ereignisse kommen";
        ignore_100 = "Until 100 more events" | "Bis 100 weitere Ereignisse kommen";
        ignore_1000 = "Until 1,000 more events" | "Bis 1.000 weitere Ereignisse kommen";
        ignore_always = "For good" | "Dauerhaft";
        reopen = "Reopen" | "Wieder öffnen";
        merge = "Merge into one" | "Zu einem zusammenführen";
        regressed = "came back" | "zurückgekehrt";
        in_next_release = "in the next release" | "mit der nächsten Version";
        keys = "Keyboard: j and k move, x selects, Enter opens, e resolves, i ignores, / searches." | "Tastatur: j und k bewegen, x wählt aus, Enter öffnet, e erledigt, i ignoriert, / sucht.";
        assigned_to = "Assigned to" | "Zugewiesen an";
        nobody = "Nobody" | "Niemand";
        assign = "Assign" | "Zuweisen";
    }
}

/// A title with something to read and to click on.
pub(super) fn titled(title: String, language: Language) -> String {
    match title.is_empty() {
        true => IssueTexts::of(language).no_title.to_owned(),
        false => title,
    }
}

/// What a status is called.
pub(super) const fn status(status: Status, language: Language) -> &'static str {
    match (status, language) {
        (Status::Unresolved, Language::English) => "unresolved",
        (Status::Unresolved, Language::German) => "offen",
        (Status::Resolved, Language::English) => "resolved",
        (Status::Resolved, Language::German) => "erledigt",
        (Status::Ignored, Language::English) => "ignored",
        (Status::Ignored, Language::German) => "ignoriert",
    }
}

/// What an order is called.
pub(super) const fn sort(sort: Sort, language: Language) -> &'static str {
    match (sort, language) {
        (Sort::LastSeen, Language::English) => "Last seen",
        (Sort::LastSeen, Language::German) => "Zuletzt aufgetreten",
        (Sort::FirstSeen, Language::English) => "First seen",
        (Sort::FirstSeen, Language::German) => "Zuerst aufgetreten",
        (Sort::Count, Language::English) => "Most events",
        (Sort::Count, Language::German) => "Meiste Ereignisse",
        (Sort::Visitors, Language::English) => "Most visitors",
        (Sort::Visitors, Language::German) => "Meiste Betroffene",
    }
}

/// Why a query was not understood, and what to do about it.
pub(super) const fn problem(kind: ProblemKind, language: Language) -> &'static str {
    let (english, german) = match kind {
        ProblemKind::TooLong => ("The query is too long.", "Die Suche ist zu lang."),
        ProblemKind::TooManyTerms => ("These are too many terms.", "Das sind zu viele Begriffe."),
        ProblemKind::QuoteOpen => (
            "A quotation mark is not closed.",
            "Ein Anführungszeichen ist nicht geschlossen.",
        ),
        ProblemKind::ListOpen => (
            "A list is not closed. Write [a,b].",
            "Eine Liste ist nicht geschlossen. Schreiben Sie [a,b].",
        ),
        ProblemKind::ListEmpty => ("A list is empty.", "Eine Liste ist leer."),
        ProblemKind::ValueMissing => ("A value is missing.", "Ein Wert fehlt."),
        ProblemKind::StateUnknown => (
            "After is: comes unresolved, resolved, ignored, regressed, assigned, unassigned or unhandled.",
            "Nach is: kommt unresolved, resolved, ignored, regressed, assigned, unassigned oder unhandled.",
        ),
        ProblemKind::NumberInvalid => (
            "A number is expected here, as in times_seen:>10.",
            "Hier wird eine Zahl erwartet, wie in times_seen:>10.",
        ),
        ProblemKind::TimeInvalid => (
            "A time is expected here, as in lastSeen:-24h or firstSeen:>2026-11-20.",
            "Hier wird eine Zeit erwartet, wie in lastSeen:-24h oder firstSeen:>2026-11-20.",
        ),
        ProblemKind::ComparisonUnsupported => (
            "This field cannot be compared in this way.",
            "Dieses Feld lässt sich so nicht vergleichen.",
        ),
        ProblemKind::OperatorUnsupported => (
            "AND, OR and parentheses are not known. All terms must hold; several values are written as [a,b].",
            "AND, OR und Klammern gibt es nicht. Alle Begriffe müssen zutreffen; mehrere Werte schreibt man als [a,b].",
        ),
        ProblemKind::KeyUnsupported => (
            "Mayfly does not search by this. A tag of this name is found with tag. before it, as in tag.url:/cart.",
            "Danach sucht Mayfly nicht. Ein Tag dieses Namens findet sich mit tag. davor, wie in tag.url:/cart.",
        ),
    };
    match language {
        Language::English => english,
        Language::German => german,
    }
}

/// What stood where the scrubber left a mark.
pub(super) const fn removed(rule: Rule, language: Language) -> &'static str {
    let (english, german) = match rule {
        Rule::Email => ("e-mail address removed", "E-Mail-Adresse entfernt"),
        Rule::Ipv4 | Rule::Ipv6 => ("IP address removed", "IP-Adresse entfernt"),
        Rule::Mac => ("hardware address removed", "Hardware-Adresse entfernt"),
        Rule::Phone => ("telephone number removed", "Telefonnummer entfernt"),
        Rule::Card => ("card number removed", "Kartennummer entfernt"),
        Rule::Iban => ("account number removed", "Kontonummer entfernt"),
        Rule::Bic => ("bank identifier removed", "Bankkennung entfernt"),
        Rule::NationalId => (
            "identity number removed",
            "Ausweis- oder Steuernummer entfernt",
        ),
        Rule::BirthDate => ("date of birth removed", "Geburtsdatum entfernt"),
        Rule::Coordinates => ("position removed", "Position entfernt"),
        Rule::Imei => ("serial number removed", "Seriennummer entfernt"),
        Rule::Plate => ("number plate removed", "Kennzeichen entfernt"),
        Rule::Token => ("token removed", "Token entfernt"),
        Rule::Password => ("password removed", "Passwort entfernt"),
        Rule::Credentials => ("credentials removed", "Zugangsdaten entfernt"),
        Rule::Cookie => ("cookie removed", "Cookie entfernt"),
        Rule::PrivateKey => ("private key removed", "Privater Schlüssel entfernt"),
        Rule::Name => ("name removed", "Name entfernt"),
        Rule::User | Rule::Pseudonym => ("user name removed", "Benutzername entfernt"),
        Rule::Device => ("device name removed", "Gerätename entfernt"),
        Rule::Address => ("address removed", "Anschrift entfernt"),
        Rule::Id => ("identifier removed", "Kennung entfernt"),
        Rule::Custom => (
            "removed by a rule of this project",
            "durch eine Regel dieses Projekts entfernt",
        ),
        Rule::Dropped => ("left out by policy", "nach den Regeln weggelassen"),
        Rule::Limit => (
            "too large to check, removed",
            "zu groß zum Prüfen, entfernt",
        ),
    };
    match language {
        Language::English => english,
        Language::German => german,
    }
}

/// The same by the rule's name, as it is stored.
pub(super) fn removed_by(rule: &str, language: Language) -> &str {
    let known = Rule::ALL.iter().find(|known| known.name() == rule);
    known.map_or(rule, |known| removed(*known, language))
}

/// How long ago something was, in a few letters.
pub(super) fn ago(time: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = now.since(time).as_secs();
    let (count, english, german) = match seconds {
        0..60 => {
            return match language {
                Language::English => "just now".to_owned(),
                Language::German => "gerade eben".to_owned(),
            };
        }
        60..3_600 => (seconds / 60, "min", "Min."),
        3_600..86_400 => (seconds / 3_600, "h", "Std."),
        _ => (seconds / 86_400, "d", "T."),
    };
    match language {
        Language::English => format!("{count} {english} ago"),
        Language::German => format!("vor {count} {german}"),
    }
}

/// `12,345` or `12.345`.
pub(super) fn grouped(number: u64, language: Language) -> String {
    let separator = match language {
        Language::English => ',',
        Language::German => '.',
    };
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let grouped = |number| grouped(number, Language::English);
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn every_title_has_something_to_read() {
        let titled = |title: &str| titled(title.to_owned(), Language::German);
        assert_eq!(
            [titled(""), titled("lost")],
            ["(ohne Titel)", "lost"].map(str::to_owned)
        );
    }

    #[test]
    fn rules_are_told_in_the_language_of_the_page() {
        let german = |rule| removed_by(rule, Language::German);
        assert_eq!(german("email"), "E-Mail-Adresse entfernt");
        assert_eq!(german("of-another-version"), "of-another-version");
    }

    #[test]
    fn ages_are_short() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let ago = |seconds| {
            ago(
                Timestamp::from_seconds(now.seconds() - seconds),
                now,
                Language::German,
            )
        };
        assert_eq!(ago(59), "gerade eben");
        assert_eq!(ago(7_300), "vor 2 Std.");
        assert_eq!(ago(86_400 * 29), "vor 29 T.");
    }
}
