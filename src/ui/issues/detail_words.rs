//! Words of the page of one issue.

use super::words::IssueTexts;
use crate::issues::decision::ActivityKind;
use crate::ui::Language;
use crate::ui::language::texts;

texts! {
    DetailTexts {
        event = "Event" | "Ereignis";
        newest = "newest" | "neuestes";
        older = "Older event" | "Älteres Ereignis";
        newer = "Newer event" | "Neueres Ereignis";
        no_event = "The event is no longer there." | "Das Ereignis gibt es nicht mehr.";
        received = "received" | "empfangen";
        occurred = "by its own clock" | "nach der eigenen Uhr";
        actions = "Decide" | "Entscheiden";
        stack = "Stack trace" | "Stack-Trace";
        caused_by = "Caused by" | "Verursacht durch";
        unhandled = "not caught" | "nicht abgefangen";
        handled = "caught" | "abgefangen";
        library_frames = "frames of libraries" | "Aufrufe in Bibliotheken";
        library_frame = "frame of a library" | "Aufruf in einer Bibliothek";
        variables = "Variables" | "Variablen";
        message = "Message" | "Nachricht";
        breadcrumbs = "What went before" | "Was davor geschah";
        breadcrumbs_hint = "Oldest first, in UTC." | "Das Älteste zuerst, in UTC.";
        request = "Request" | "Anfrage";
        query = "Query" | "Abfrage";
        body = "Body" | "Inhalt";
        headers = "Headers" | "Kopfzeilen";
        tags = "Tags" | "Tags";
        contexts = "Contexts" | "Umgebung";
        extra = "Additional data" | "Weitere Daten";
        modules = "Packages" | "Pakete";
        user = "Affected visitor" | "Wer betroffen war";
        user_hint = "Pseudonyms and masked values only." | "Nur Pseudonyme und Maskiertes.";
        together = "Why these events are together" | "Warum diese Ereignisse zusammen sind";
        sdk = "SDK" | "SDK";
        integrations = "Integrations" | "Integrationen";
        server = "Server" | "Server";
        dist = "Build" | "Build";
        address = "Address (masked)" | "Adresse (maskiert)";
        country = "Country" | "Land";
        browser = "Browser" | "Browser";
        system = "System" | "System";
        device = "Device" | "Gerät";
        level = "Level" | "Schwere";
        transaction = "Transaction" | "Transaktion";
        logger = "Logger" | "Logger";
        removed = "What was removed" | "Was entfernt wurde";
        removed_hint = "Before this event was written anywhere. Named are places and rules, never values." | "Bevor dieses Ereignis irgendwohin geschrieben wurde. Genannt sind Orte und Regeln, nie Werte.";
        removed_none = "Nothing personal was found in this event." | "In diesem Ereignis wurde nichts Persönliches gefunden.";
        place = "Place" | "Ort";
        rule = "Rule" | "Regel";
        times = "Times" | "Anzahl";
        raw = "Raw event" | "Rohes Ereignis";
        raw_hint = "The whole event as it is stored: scrubbed." | "Das ganze Ereignis, wie es gespeichert ist: bereinigt.";
        markdown = "As Markdown" | "Als Markdown";
        spread = "How the events are spread" | "Wie sich die Ereignisse verteilen";
        of_newest = "Of the newest 10,000 events." | "Der neuesten 10.000 Ereignisse.";
        releases = "Releases" | "Versionen";
        around = "Around it" | "Drumherum";
        around_show = "Show similar issues and pages" | "Ähnliche Fehler und Seiten zeigen";
        pages = "Where it happens" | "Wo es passiert";
        no_pages = "The events name no page." | "Die Ereignisse nennen keine Seite.";
        views = "page views since:" | "Seitenaufrufe seitdem:";
        viewers = "by visitors:" | "von Besuchern:";
        no_views = "no page views counted" | "keine Seitenaufrufe gezählt";
        similar = "Similar issues" | "Ähnliche Fehler";
        no_similar = "No other issue is like it." | "Kein anderer Fehler ist ähnlich.";
        trail = "Activity" | "Verlauf";
        comment = "Comment" | "Kommentar";
        comment_hint = "Personal data is removed from comments too. They are gone after 30 days." | "Auch aus Kommentaren wird Persönliches entfernt. Nach 30 Tagen sind sie weg.";
        add_comment = "Add comment" | "Kommentieren";
        merged = "Merged from" | "Zusammengeführt aus";
        split = "Split off" | "Abtrennen";
        came_back = "This issue was resolved and came back." | "Dieser Fehler war erledigt und ist zurückgekehrt.";
        mayfly = "Mayfly" | "Mayfly";
        somebody = "a former account" | "ein früheres Konto";
        token = "token" | "Token";
        facts = "At a glance" | "Auf einen Blick";
        ignore_until = "Until the day" | "Bis zum Tag";
        ignore_events = "Until more events" | "Bis weitere Ereignisse";
        keys = "Keyboard: j older, k newer event, e resolves or reopens, i ignores, c comments, u back to the list." | "Tastatur: j älteres, k neueres Ereignis, e erledigt oder öffnet wieder, i ignoriert, c kommentiert, u zurück zur Liste.";
    }
}

/// What happened, in the trail; a `detail` that belongs to it follows.
pub(super) const fn activity(kind: ActivityKind, detail: &str, language: Language) -> &'static str {
    let (english, german) = match kind {
        ActivityKind::Resolved if detail.is_empty() => ("resolved", "erledigt"),
        ActivityKind::Resolved => ("resolved in", "erledigt in"),
        ActivityKind::Regressed if detail.is_empty() => ("came back", "zurückgekehrt"),
        ActivityKind::ResolvedInNextRelease if detail.is_empty() => (
            "resolved in the next release",
            "erledigt mit der nächsten Version",
        ),
        ActivityKind::ResolvedInNextRelease => (
            "resolved in the release after",
            "erledigt mit der Version nach",
        ),
        ActivityKind::Ignored => ("ignored", "ignoriert"),
        ActivityKind::Reopened => ("reopened", "wieder geöffnet"),
        ActivityKind::Regressed => ("came back in", "zurückgekehrt in"),
        ActivityKind::Assigned => ("assigned to", "zugewiesen an"),
        ActivityKind::Unassigned => ("assigned to nobody", "niemandem zugewiesen"),
        ActivityKind::Merged => ("merged into", "zusammengeführt mit"),
        ActivityKind::Split => ("split off again", "wieder abgetrennt"),
        ActivityKind::Commented => ("commented", "kommentiert"),
    };
    match language {
        Language::English => english,
        Language::German => german,
    }
}

/// What a field is called above its values; a tag is called as it is.
pub(super) fn facet(name: &str, language: Language) -> &str {
    let d = DetailTexts::of(language);
    let t = IssueTexts::of(language);
    match name {
        "release" => t.release,
        "environment" => t.environment,
        "level" => d.level,
        "browser" => d.browser,
        "os" => d.system,
        "device" => d.device,
        "country" => d.country,
        "transaction" => d.transaction,
        "logger" => d.logger,
        "sdk" => d.sdk,
        tag => tag,
    }
}

/// What decided that events belong together; `basis` as it is stored.
pub(super) fn basis(basis: &str, language: Language) -> &'static str {
    let (english, german) = match basis {
        "fingerprint" => (
            "The application's own fingerprint is the same.",
            "Der Fingerabdruck, den die Anwendung setzt, ist gleich.",
        ),
        "stack" => (
            "The type and the application's own calls are the same.",
            "Die Art und die eigenen Aufrufe der Anwendung sind gleich.",
        ),
        "exception" => (
            "There is no stack trace; the type and the message without what varies are the same.",
            "Es gibt keinen Stack-Trace; Art und Text ohne Veränderliches sind gleich.",
        ),
        "template" => (
            "The message before its arguments were filled in is the same.",
            "Die Nachricht vor dem Einsetzen ihrer Werte ist gleich.",
        ),
        "message" => (
            "The message without what varies is the same.",
            "Die Nachricht ohne Veränderliches ist gleich.",
        ),
        _ => (
            "They were put together by earlier rules.",
            "Sie wurden nach früheren Regeln zusammengefasst.",
        ),
    };
    match language {
        Language::English => english,
        Language::German => german,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_in_the_language_of_the_page_and_tags_by_their_name() {
        let german = |name| facet(name, Language::German);
        assert_eq!(
            (german("environment"), german("level"), german("release")),
            ("Umgebung", "Schwere", "Version")
        );
        assert_eq!(german("tag.level"), "tag.level");
    }
}
