//! Services known by us, beside the list that is fetched. Each line: a name and where it sends visitors from.
//!
//! | written | means |
//! |---|---|
//! | `example.com` | this host, also behind `www.` or `m.`; its other subdomains are something else (`docs.google.com`) |
//! | `.example.com` | this host and all below it |
//! | `example.*` | under `com`, a country or both: `example.de`, `example.co.uk` |
//! | `example.com/chat` | only pages whose path starts like this |
//! | `com.example.app` | an Android app, as in `android-app://com.example.app/` |
//! | `example` | as campaign source only: `utm_source=example` |

mod assistants;
mod engines;
mod mailboxes;
mod networks;

use super::Channel;

/// A service's name and, separated by spaces, where it sends visitors from.
pub(super) type Line = (&'static str, &'static str);

/// All services of ours by channel.
pub(super) const ALL: &[(Channel, &[Line])] = &[
    (Channel::AiAssistant, assistants::LINES),
    (Channel::Search, engines::LINES),
    (Channel::Social, networks::LINES),
    (Channel::Email, mailboxes::LINES),
    (Channel::Paid, ADVERTISERS),
];

/// Hosts through which advertisements are clicked, where one host per country hides from the fetched list.
const ADVERTISERS: &[Line] = &[
    (
        "Google Ads",
        ".googleadservices.com .googlesyndication.com .doubleclick.net",
    ),
    ("Yandex Direct", "yabs.yandex.* an.yandex.*"),
];

/// What the first label says where nothing is listed: `webmail.example.org` reads mail, whoever runs it, and
/// `mastodon.example` is one of ten thousand instances.
pub(super) fn by_first_label(label: &str, rest: &str) -> Option<(Channel, &'static str)> {
    match label {
        "mastodon" | "mstdn" => Some((Channel::Social, "Mastodon")),
        "pixelfed" => Some((Channel::Social, "Pixelfed")),
        "lemmy" => Some((Channel::Social, "Lemmy")),
        "misskey" => Some((Channel::Social, "Misskey")),
        // `mail.ru` and `search.ch` are sites of their own.
        _ if !rest.contains('.') => None,
        "mail" | "webmail" | "roundcube" => Some((Channel::Email, "")),
        "search" | "searches" | "isearch" | "websearch" | "suche" | "websuche" | "recherche"
        | "busca" | "buscador" | "pesquisa" | "ricerca" | "szukaj" | "hledani" | "otsing" => {
            Some((Channel::Search, ""))
        }
        _ => None,
    }
}
