//! What the configuration means in words: a paragraph for a privacy notice, and the record of processing activities
//! (Art. 30 GDPR). Both state what is configured now, and nothing that is not so.

use super::{Practice, Words};
use crate::privacy::scrub::Level;

/// The paragraphs of a privacy notice. `hours` is the longest retention of any project.
pub fn notice(practice: &Practice, hours: u32) -> Vec<Words> {
    vec![
        purpose(),
        masking(practice),
        visitors(practice),
        errors(practice),
        retention(hours),
        objection(practice),
        processors(practice),
    ]
}

/// Heading and content of each part of the record. What only the controller knows is left open.
pub fn record(practice: &Practice, hours: u32) -> Vec<(Words, Words)> {
    let part = |english: &str, german: &str, words: Words| (Words::new(english, german), words);
    let open = Words::new(
        "To be filled in by the controller.",
        "Vom Verantwortlichen einzutragen.",
    );
    vec![
        part("Controller, representative, data protection officer", "Verantwortlicher, Vertreter, Datenschutzbeauftragter", open),
        part("Purposes", "Zwecke", purpose()),
        part("Data subjects", "Betroffene Personen", Words::new(
            "Visitors of the connected websites and users of the connected applications.",
            "Besucher der angebundenen Websites und Nutzer der angebundenen Anwendungen.",
        )),
        part("Categories of data", "Kategorien von Daten", masking(practice).and(&errors(practice))),
        part("Recipients and processors", "Empfänger und Auftragsverarbeiter", processors(practice)),
        part("Transfers to third countries", "Übermittlung in Drittländer", Words::new(
            "None by the program. Where the server itself stands is up to its operator.",
            "Keine durch das Programm. Wo der Server selbst steht, bestimmt sein Betreiber.",
        )),
        part("Time limits for erasure", "Löschfristen", retention(hours)),
        part("Technical and organisational measures (Art. 32)", "Technische und organisatorische Maßnahmen (Art. 32)",
            visitors(practice).and(&Words::new(
                "Data are masked and scrubbed in memory before they are written. Access is by role; tokens are kept as hashes, \
                 passwords as argon2id. Deletion is planned, carried out, counted afterwards, and has a receipt. \
                 The evidence page and a live probe check all of this at any time.",
                "Daten werden im Arbeitsspeicher maskiert und bereinigt, bevor sie geschrieben werden. Der Zugriff ist nach Rollen \
                 geregelt; Token liegen als Hash, Passwörter als argon2id vor. Löschungen werden geplant, ausgeführt, nachgezählt und \
                 belegt. Nachweisseite und Live-Probe prüfen all das jederzeit.",
            ))),
    ]
}

fn purpose() -> Words {
    Words::new(
        "We use Mayfly to learn how our service is used and to find and fix its errors.",
        "Wir setzen Mayfly ein, um zu verstehen, wie unser Angebot genutzt wird, und um Fehler zu finden und zu beheben.",
    )
}

fn masking(practice: &Practice) -> Words {
    let (english, german) = match practice.masked_octets {
        1 => ("the last octet", "das letzte Oktett"),
        2 => ("the last two octets", "die letzten zwei Oktette"),
        3 => ("the last three octets", "die letzten drei Oktette"),
        _ => ("all octets", "alle Oktette"),
    };
    Words::new(
        format!("Your IP address is shortened at once, before anything is stored: {english} is or are set to zero, of IPv6 addresses at least the last 64 bits. Country and coarse statistics are derived from the shortened address only.")
            .replace("is or are", if practice.masked_octets == 1 { "is" } else { "are" }),
        format!("Ihre IP-Adresse wird sofort gekürzt, bevor etwas gespeichert wird: {german} {} auf null gesetzt, bei IPv6 mindestens die letzten 64 Bit. Land und grobe Statistiken entstehen nur aus der gekürzten Adresse.",
            if practice.masked_octets == 1 { "wird" } else { "werden" }),
    )
}

fn visitors(practice: &Practice) -> Words {
    let hours = practice.salt_rotation_hours;
    Words::new(
        format!(
            "No cookies are needed. Visits are counted with a random number that is replaced after {hours} hours at the latest once you have left, and that nobody can trace back, not even we."
        ),
        format!(
            "Cookies sind nicht nötig. Besuche werden mit einer Zufallszahl gezählt, die nach Ihrem Besuch spätestens nach {hours} Stunden ersetzt wird und die niemand zurückverfolgen kann, auch wir nicht."
        ),
    )
}

fn errors(practice: &Practice) -> Words {
    let (english, german) = match practice.scrubbing {
        Level::Strict => (
            " Variables, request bodies and cookies are discarded as a whole.",
            " Variablen, Anfrageinhalte und Cookies werden ganz verworfen.",
        ),
        Level::Balanced => ("", ""),
    };
    Words::new(
        format!(
            "Error reports are cleaned automatically before they are stored: e-mail addresses, phone, card and account numbers, names beside a cue, passwords and tokens are replaced by placeholders.{english}"
        ),
        format!(
            "Fehlerberichte werden vor dem Speichern automatisch bereinigt: E-Mail-Adressen, Telefon-, Karten- und Kontonummern, gekennzeichnete Namen, Passwörter und Token werden durch Platzhalter ersetzt.{german}"
        ),
    )
}

fn retention(hours: u32) -> Words {
    let (english, german) = match hours {
        48.. => (
            format!("{} days", hours / 24),
            format!("{} Tagen", hours / 24),
        ),
        1 => (String::from("one hour"), String::from("einer Stunde")),
        _ => (format!("{hours} hours"), format!("{hours} Stunden")),
    };
    Words::new(
        format!(
            "Everything is deleted after {english} at the latest; each deletion is verified and recorded. There are no backups by Mayfly."
        ),
        format!(
            "Alles wird spätestens nach {german} gelöscht; jede Löschung wird geprüft und belegt. Mayfly legt keine Sicherungskopien an."
        ),
    )
}

fn objection(practice: &Practice) -> Words {
    match practice.honours_objections {
        true => Words::new(
            "You can object at any time: if your browser sends “Do Not Track” or “Global Privacy Control”, your visit is not recorded.",
            "Sie können jederzeit widersprechen: Sendet Ihr Browser „Do Not Track“ oder „Global Privacy Control“, wird Ihr Besuch nicht aufgezeichnet.",
        ),
        false => Words::new(
            "You can object at any time; please write to us.",
            "Sie können jederzeit widersprechen; bitte schreiben Sie uns.",
        ),
    }
}

fn processors(practice: &Practice) -> Words {
    match &practice.clickhouse {
        None => Words::new(
            "All of this happens on our own server. Nothing is passed on to third parties.",
            "All das geschieht auf unserem eigenen Server. Nichts wird an Dritte weitergegeben.",
        ),
        Some(url) => Words::new(
            format!(
                "The data are stored in a ClickHouse database at {url}. Nothing else is passed on to third parties."
            ),
            format!(
                "Die Daten werden in einer ClickHouse-Datenbank unter {url} gespeichert. Darüber hinaus wird nichts an Dritte weitergegeben."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn text(changes: &[(&str, &str)], hours: u32) -> String {
        let environment = changes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let config = Config::load(None, &environment).unwrap_or_else(|error| panic!("{error}"));
        let paragraphs = notice(&Practice::of(&config).unwrap(), hours);
        let both = paragraphs
            .iter()
            .map(|words| format!("{} {}\n", words.english, words.german));
        both.collect()
    }

    #[test]
    fn the_notice_states_what_is_configured() {
        let standard = text(&[], 720);
        for part in [
            "the last octet is set",
            "das letzte Oktett wird",
            "30 days",
            "30 Tagen",
            "Do Not Track",
            "our own server",
        ] {
            assert!(standard.contains(part), "{part}: {standard}");
        }
        let other = text(
            &[
                ("MAYFLY__PRIVACY__MASK_OCTETS", "2"),
                ("MAYFLY__PRIVACY__HONOUR_OBJECTIONS", "false"),
                (
                    "MAYFLY__CLICKHOUSE__URL",
                    "https://jane:word@clickhouse.example.org:8443/x",
                ),
            ],
            6,
        );
        for part in [
            "two octets are set",
            "6 Stunden",
            "https://clickhouse.example.org:8443",
        ] {
            assert!(other.contains(part), "{part}: {other}");
        }
        assert!(!other.contains("Do Not Track") && !other.contains("jane"));
    }
}
