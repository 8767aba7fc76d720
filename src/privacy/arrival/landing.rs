//! What the address of a page says about the way to it: campaign parameters, click ids and traces.

use std::borrow::Cow;

use memchr::memchr2;

use super::{Campaign, Channel};
use crate::intake::form::decode;

/// The parameters of a page's address, from query and fragment, that say where a visitor came from.
#[derive(Default)]
pub(super) struct Landing<'a> {
    campaign: [Cow<'a, str>; FIELDS],
    /// Fields that hold a parameter of Matomo's own names, which come before Google's.
    is_settled: [bool; FIELDS],
    /// Who sold the click.
    pub advertiser: Option<&'static str>,
    /// Who left a mark without selling anything.
    pub trace: Option<(Channel, &'static str)>,
}

#[derive(Clone, Copy)]
enum Field {
    Name,
    Keyword,
    Source,
    Medium,
    Content,
    Id,
    Group,
    Placement,
}

const FIELDS: usize = 8;

/// Click ids that only advertisements carry, by advertiser. Lower case, sorted.
const CLICK_IDS: &[(&str, &str)] = &[
    ("cto_pld", "Criteo"),
    ("dclid", "Google Display & Video 360"),
    ("ef_id", "Adobe Advertising"),
    ("epik", "Pinterest Ads"),
    ("gad_campaignid", "Google Ads"),
    ("gad_source", "Google Ads"),
    ("gbraid", "Google Ads"),
    ("gclid", "Google Ads"),
    ("gclsrc", "Google Ads"),
    ("irclickid", "Impact"),
    ("li_fat_id", "LinkedIn Ads"),
    ("msclkid", "Microsoft Advertising"),
    ("obclid", "Outbrain"),
    ("qclid", "Quora Ads"),
    ("rdt_cid", "Reddit Ads"),
    ("s_kwcid", "Adobe Advertising"),
    ("sccid", "Snapchat Ads"),
    ("tblci", "Taboola"),
    ("ttclid", "TikTok Ads"),
    ("twclid", "X Ads"),
    ("wbraid", "Google Ads"),
    ("yclid", "Yandex Direct"),
    ("ymclid", "Yandex Market"),
];

/// Marks that networks, engines and mailers leave on every link. Lower case, sorted.
const TRACES: &[(&str, (Channel, &str))] = &[
    ("_hsenc", (Channel::Email, "HubSpot")),
    ("_kx", (Channel::Email, "Klaviyo")),
    ("fbclid", (Channel::Social, "Facebook")),
    ("igsh", (Channel::Social, "Instagram")),
    ("igshid", (Channel::Social, "Instagram")),
    ("mc_cid", (Channel::Email, "Mailchimp")),
    ("mc_eid", (Channel::Email, "Mailchimp")),
    ("mkt_tok", (Channel::Email, "Marketo")),
    ("ml_subscriber", (Channel::Email, "MailerLite")),
    ("srsltid", (Channel::Search, "Google")),
    ("vero_id", (Channel::Email, "Vero")),
    ("ysclid", (Channel::Search, "Yandex")),
];

/// Media that are paid for, beside all that start with `paid`.
const PAID_MEDIA: &[&str] = &[
    "ad",
    "ads",
    "banner",
    "cpa",
    "cpc",
    "cpl",
    "cpm",
    "cpv",
    "display",
    "interstitial",
    "ppc",
    "programmatic",
    "remarketing",
    "retargeting",
    "sea",
    "sem",
    "sponsored",
];

/// Mail, beside all that starts with `newsletter`.
const MAIL_MEDIA: &[&str] = &["email", "emailing", "mail", "mailing"];

/// The longest name looked for: `matomo_placement`.
const NAME_BYTES_MAX: usize = 16;

impl<'a> Landing<'a> {
    pub fn of(page: &'a str) -> Self {
        let mut landing = Self::default();
        let Some(start) = memchr2(b'?', b'#', page.as_bytes()) else {
            return landing;
        };
        // A fragment may be parameters (`#mtm_campaign=a`) or a route with some (`#/shop?mtm_campaign=a`).
        for pair in page[start..].split(['&', '?', '#']) {
            if let Some((name, value)) = pair.split_once('=') {
                landing.read(&decode(name), value);
            }
        }
        landing
    }

    fn read(&mut self, name: &str, value: &'a str) {
        let mut buffer = [0; NAME_BYTES_MAX];
        let Some(lower) = buffer.get_mut(..name.len()) else {
            return;
        };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        let Ok(name) = std::str::from_utf8(lower) else {
            return;
        };
        if let Some((field, is_own)) = field(name) {
            let value = trimmed(decode(value));
            let at = field as usize;
            let is_better = self.campaign[at].is_empty() || is_own && !self.is_settled[at];
            if !value.is_empty() && is_better {
                self.campaign[at] = value;
                self.is_settled[at] = is_own;
            }
            return;
        }
        if value.is_empty() {
            return;
        }
        if let Ok(at) = CLICK_IDS.binary_search_by_key(&name, |(id, _)| id) {
            self.advertiser.get_or_insert(CLICK_IDS[at].1);
        } else if let Ok(at) = TRACES.binary_search_by_key(&name, |(id, _)| id) {
            self.trace.get_or_insert(TRACES[at].1);
        }
    }

    fn get(&self, field: Field) -> &str {
        &self.campaign[field as usize]
    }

    /// Where the click came from in the campaign's words, e.g. `newsletter` or `chatgpt.com`.
    pub fn source(&self) -> &str {
        self.get(Field::Source)
    }

    pub fn has_name(&self) -> bool {
        !self.get(Field::Name).is_empty()
    }

    pub fn has_campaign(&self) -> bool {
        [Field::Name, Field::Source, Field::Medium]
            .iter()
            .any(|field| !self.get(*field).is_empty())
    }

    /// Whether the medium is one that is paid for: `cpc`, `paid-social`, `display`, …
    pub fn is_paid(&self) -> bool {
        words(self.get(Field::Medium))
            .any(|word| starts_with(word, "paid") || is_one_of(word, PAID_MEDIA))
    }

    /// Whether medium or source is mail: `email`, `newsletter-may`, …
    pub fn is_email(&self) -> bool {
        words(self.get(Field::Medium))
            .chain(words(self.source()))
            .any(|word| starts_with(word, "newsletter") || is_one_of(word, MAIL_MEDIA))
    }

    /// The campaign in its owner's words.
    pub fn campaign(self) -> Campaign<'a> {
        let [name, keyword, source, medium, content, id, group, placement] = self.campaign;
        let named = [&name, &source, &medium]
            .into_iter()
            .find(|text| !text.is_empty());
        Campaign {
            name: named.cloned().unwrap_or_default(),
            keyword,
            source,
            medium,
            content,
            id,
            group,
            placement,
        }
    }
}

/// The field that a parameter fills, and whether the parameter is one of Matomo's own: `mtm_campaign`, `pk_kwd`, `utm_term`.
fn field(name: &str) -> Option<(Field, bool)> {
    let (prefix, rest) = name.split_once('_')?;
    let is_own = match prefix {
        "mtm" | "matomo" | "pk" | "piwik" => true,
        "utm" => false,
        _ => return None,
    };
    let field = match rest {
        "campaign" => Field::Name,
        "cpn" if is_own => Field::Name,
        "kwd" | "keyword" if is_own => Field::Keyword,
        "term" if !is_own => Field::Keyword,
        "source" => Field::Source,
        "medium" => Field::Medium,
        "content" => Field::Content,
        "cid" if is_own => Field::Id,
        "id" if !is_own => Field::Id,
        "group" if is_own => Field::Group,
        "placement" if is_own => Field::Placement,
        _ => return None,
    };
    Some((field, is_own))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

fn starts_with(word: &str, start: &str) -> bool {
    word.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| word.eq_ignore_ascii_case(listed))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_short_enough() {
        assert!(CLICK_IDS.is_sorted_by_key(|(name, _)| name));
        assert!(TRACES.is_sorted_by_key(|(name, _)| name));
        let click_ids = CLICK_IDS.iter().map(|(name, _)| name);
        let traces = TRACES.iter().map(|(name, _)| name);
        for name in click_ids.chain(traces).chain(&["matomo_placement"]) {
            assert!(name.len() <= NAME_BYTES_MAX, "{name}");
        }
    }

    #[test]
    fn every_field_under_every_name() {
        for (parameters, field) in [
            (
                "pk_cpn pk_campaign piwik_campaign mtm_campaign matomo_campaign utm_campaign",
                Field::Name,
            ),
            (
                "pk_kwd pk_keyword piwik_kwd mtm_kwd mtm_keyword matomo_kwd utm_term",
                Field::Keyword,
            ),
            ("mtm_source utm_source pk_source", Field::Source),
            ("mtm_medium utm_medium matomo_medium", Field::Medium),
            ("mtm_content utm_content", Field::Content),
            ("mtm_cid utm_id pk_cid", Field::Id),
            ("mtm_group", Field::Group),
            ("mtm_placement matomo_placement", Field::Placement),
        ] {
            for name in parameters.split(' ') {
                let upper = name.to_uppercase();
                for page in [
                    format!("https://example.org/?{name}=Fr%C3%BChling+26"),
                    format!("https://example.org/?a=b&{upper}=Fr%C3%BChling%2026&{name}=second"),
                    format!("https://example.org/#{name}=Fr%C3%BChling+26"),
                    format!("https://example.org/?a#/shop?{name}=%20Fr%C3%BChling+26%20"),
                ] {
                    assert_eq!(Landing::of(&page).get(field), "Frühling 26", "{page}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_parameter_of_a_campaign() {
        for page in [
            "https://example.org/utm_source=a",
            "https://example.org/?utm_campaign=&mtm_source=%20&utm_medium",
            "https://example.org/?utm=a&utm_=b&_campaign=c&xutm_source=d&utm_sources=e&mtm_id=f",
            "https://example.org/?ſtm_source=a&%FF%FE=1&=2&gclid=&gclidx=1",
        ] {
            let landing = Landing::of(page);
            assert_eq!((landing.advertiser, landing.trace), (None, None), "{page}");
            assert_eq!(landing.campaign(), Campaign::default(), "{page}");
        }
    }

    #[test]
    fn own_names_come_before_others_and_a_source_substitutes_for_a_name() {
        let page = "/?utm_campaign=a&mtm_campaign=b&pk_campaign=c&utm_term=d";
        let campaign = Landing::of(page).campaign();
        assert_eq!((&*campaign.name, &*campaign.keyword), ("b", "d"));
        let campaign = Landing::of("/?utm_medium=cpc&utm_source=google").campaign();
        assert_eq!(
            (&*campaign.name, &*campaign.source, &*campaign.medium),
            ("google", "google", "cpc")
        );
        let campaign = Landing::of("/?utm_medium=social").campaign();
        assert_eq!(campaign.name, "social");
    }

    #[test]
    fn media_are_recognised_by_their_words() {
        for paid in
            "cpc CPC paid paidsocial paid-social Paid_Search ppc display cpm social_cpc".split(' ')
        {
            let page = format!("/?utm_medium={paid}");
            assert!(Landing::of(&page).is_paid(), "{paid}");
        }
        for other in "organic email social unpaid adventure prepaid".split(' ') {
            let page = format!("/?utm_medium={other}");
            assert!(!Landing::of(&page).is_paid(), "{other}");
        }
        for mail in
            "utm_medium=email mtm_medium=E-Mail utm_source=newsletter_may pk_medium=Newsletters"
                .split(' ')
        {
            assert!(Landing::of(&format!("/?{mail}")).is_email(), "{mail}");
        }
        for other in "utm_medium=social utm_source=mailbox utm_campaign=newsletter".split(' ') {
            assert!(!Landing::of(&format!("/?{other}")).is_email(), "{other}");
        }
    }
}
