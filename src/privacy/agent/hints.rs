//! User-Agent Client Hints: the `uadata` parameter of Matomo's tracker and the `Sec-CH-UA` headers.
//!
//! Names of browsers and systems come from closed sets; of what the client wrote only the model is kept. Invented brands
//! (`Not?A_Brand`), which browsers send so that nobody relies on the list, are unknown brands like any other.

use crate::intake::headers::{Header, Headers};
use crate::json::{self, Value};

/// What a browser says of itself beside its user agent. Empty for those that say nothing: Firefox, Safari, and `{}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::privacy) struct Hints {
    /// The most specific brand and its major version.
    pub(super) browser: Option<(&'static str, u16)>,
    pub(super) system: Option<&'static str>,
    /// Major and minor version of the system.
    version: Option<(u16, u16)>,
    form: Option<&'static str>,
    is_mobile: Option<bool>,
    /// As the client writes it.
    pub(super) model: String,
}

/// Longer models do not exist.
const MODEL_BYTES_MAX: usize = 64;

/// Brands by name, the engine's own first: a later one is more specific and wins.
const BRANDS: &[(&str, &str)] = &[
    ("Chromium", "Chromium"),
    ("Google Chrome", "Chrome"),
    ("Android WebView", "Chrome Mobile WebView"),
    ("HeadlessChrome", "HeadlessChrome"),
    ("Microsoft Edge", "Edge"),
    ("Microsoft Edge WebView2", "Edge"),
    ("Opera", "Opera"),
    ("Opera GX", "Opera"),
    ("OperaMobile", "Opera Mobile"),
    ("Brave", "Brave"),
    ("Vivaldi", "Vivaldi"),
    ("YaBrowser", "Yandex Browser"),
    ("Yandex", "Yandex Browser"),
    ("Samsung Internet", "Samsung Internet"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("Whale", "Whale"),
    ("NAVER", "Whale"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Oculus Browser", "Oculus Browser"),
    ("CocCoc", "Coc Coc"),
    ("Avast Secure Browser", "Avast Secure Browser"),
    ("AVG Secure Browser", "AVG Secure Browser"),
    ("Avira Secure Browser", "Avira Secure Browser"),
    ("Norton Private Browser", "Norton Private Browser"),
    ("CCleaner Browser", "CCleaner Browser"),
];

/// How many of [`BRANDS`] every browser on the engine may send: they do not outdo what the user agent says.
const COMMON_BRANDS: usize = 3;

/// The headers in which browsers hint, in the order of [`HintHeaders`].
const HEADERS: [Header; COUNT] = [
    Header::HintBrands,
    Header::HintVersions,
    Header::HintPlatform,
    Header::HintPlatformVersion,
    Header::HintFormFactors,
    Header::HintMobile,
    Header::HintModel,
];

const COUNT: usize = 7;

/// What a browser's headers hint at, unread.
#[derive(Default)]
pub(in crate::privacy) struct HintHeaders<'a>(pub(super) [&'a str; COUNT]);

impl<'a> HintHeaders<'a> {
    /// Takes the headers out.
    pub fn of(headers: &Headers<'a>) -> Self {
        match headers.has_any(&HEADERS) {
            true => Self(HEADERS.map(|header| headers.text(header))),
            false => Self::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|text| text.is_empty())
    }

    fn get(&self, header: Header) -> &'a str {
        let at = HEADERS.iter().position(|known| *known == header);
        at.map_or("", |at| self.0[at])
    }
}

impl Hints {
    /// From what the tracker states, completed by the headers.
    pub fn new(stated: &str, headers: &HintHeaders<'_>) -> Self {
        Self::from_json(stated).or(Self::from_headers(|header| headers.get(header)))
    }

    /// From the `uadata` parameter: `{"fullVersionList":[{"brand":"Chromium","version":"140.0.7339.1"}],"mobile":false,
    /// "model":"","platform":"Windows","platformVersion":"15.0.0","formFactors":["Desktop"]}`.
    pub fn from_json(text: &str) -> Self {
        if text.len() <= "{}".len() {
            return Self::default();
        }
        let mut scratch = Vec::new();
        let Ok(data) = json::parse(text.as_bytes(), &mut scratch) else {
            return Self::default();
        };
        let brands = ["fullVersionList", "brands"].map(|list| {
            let brands = data.get(list).and_then(Value::as_array).unwrap_or_default();
            brands.iter().filter_map(|brand| {
                let version = brand.str_at("version").unwrap_or_default();
                Some((brand.str_at("brand")?, version))
            })
        });
        let forms = match data.get("formFactors") {
            Some(Value::Array(forms)) => &forms[..],
            Some(form @ Value::String(_)) => std::slice::from_ref(form),
            _ => &[],
        };
        let text = |key| data.str_at(key).unwrap_or_default();
        Self {
            browser: brands.into_iter().find_map(most_specific),
            system: system(text("platform")),
            version: version(text("platformVersion")),
            form: forms.iter().filter_map(Value::as_str).find_map(form),
            is_mobile: match data.get("mobile") {
                Some(Value::Bool(mobile)) => Some(*mobile),
                _ => None,
            },
            model: model(text("model")),
        }
    }

    /// From the request's headers; `header` gives the text of a header, empty if absent. They are structured fields (RFC 9651):
    /// `"Chromium";v="140", "Not=A?Brand";v="24"`.
    pub fn from_headers<'a>(header: impl Fn(Header) -> &'a str) -> Self {
        let brands = [Header::HintVersions, Header::HintBrands];
        let text = |name| strings(header(name)).next().unwrap_or_default();
        Self {
            browser: brands
                .into_iter()
                .find_map(|name| most_specific(members(header(name)))),
            system: system(text(Header::HintPlatform)),
            version: version(text(Header::HintPlatformVersion)),
            form: strings(header(Header::HintFormFactors)).find_map(form),
            is_mobile: match header(Header::HintMobile).trim() {
                "?1" => Some(true),
                "?0" => Some(false),
                _ => None,
            },
            model: model(text(Header::HintModel)),
        }
    }

    /// These hints, completed by `other`.
    pub fn or(self, other: Self) -> Self {
        // A version belongs to the system beside it.
        let (system, version) = match (self.system, self.version) {
            (None, None) => (other.system, other.version),
            (system, None) if system == other.system => (system, other.version),
            own => own,
        };
        Self {
            browser: self.browser.or(other.browser),
            system,
            version,
            form: self.form.or(other.form),
            is_mobile: self.is_mobile.or(other.is_mobile),
            model: if self.model.is_empty() {
                other.model
            } else {
                self.model
            },
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a browser is one of those that call themselves Chrome in their user agent.
    pub(super) fn is_special(&self, browser: &str) -> bool {
        BRANDS[COMMON_BRANDS..]
            .iter()
            .any(|(_, name)| *name == browser)
    }

    /// As coarse as in the user agent; empty where it says nothing.
    pub(super) fn system_version(&self) -> String {
        let (Some(system), Some((major, minor))) = (self.system, self.version) else {
            return String::new();
        };
        match (system, major, minor) {
            // Versions of the Windows API's contract: 13 came with Windows 11, 1 to 10 are Windows 10's.
            ("Windows", 13.., _) => "11".to_owned(),
            ("Windows", 1.., _) => "10".to_owned(),
            ("Windows", 0, 1) => "7".to_owned(),
            ("Windows", 0, 2) => "8".to_owned(),
            ("Windows", 0, 3) => "8.1".to_owned(),
            ("macOS", 10, minor) => format!("10.{minor}"),
            ("macOS" | "Android" | "iOS", 1.., _) => major.to_string(),
            _ => String::new(),
        }
    }

    /// The class of a device that its user agent takes for `class`.
    pub(super) fn device(&self, class: &'static str) -> Option<&'static str> {
        match (self.form, self.is_mobile) {
            // To hints, a television or a console is a desktop.
            _ if matches!(class, "tv" | "console" | "car" | "wearable" | "xr") => None,
            (Some(form), _) => Some(form),
            (None, Some(true)) if class != "smartphone" => Some("smartphone"),
            (None, Some(false)) if class.is_empty() => Some("desktop"),
            _ => None,
        }
    }
}

fn most_specific<'a>(
    brands: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<(&'static str, u16)> {
    brands
        .filter_map(|(brand, version)| {
            let rank = BRANDS.iter().position(|(name, _)| *name == brand)?;
            Some((rank, major(version)))
        })
        .max()
        .map(|(rank, major)| (BRANDS[rank].1, major))
}

fn major(version: &str) -> u16 {
    let major = version.split('.').next().unwrap_or_default();
    major.parse().unwrap_or(0)
}

/// Dots, or the underscores of iOS: `17_5`.
fn version(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split(['.', '_']).map(|part| part.trim().parse().ok());
    let major = parts.next()??;
    Some((major, parts.next().flatten().unwrap_or(0)))
}

fn system(platform: &str) -> Option<&'static str> {
    match platform {
        "Windows" => Some("Windows"),
        "macOS" | "Mac OS X" => Some("macOS"),
        "Android" => Some("Android"),
        "Linux" => Some("Linux"),
        "iOS" => Some("iOS"),
        "Chrome OS" | "Chromium OS" | "ChromeOS" => Some("ChromeOS"),
        "Fuchsia" => Some("Fuchsia"),
        _ => None,
    }
}

fn form(factor: &str) -> Option<&'static str> {
    match factor {
        "Desktop" => Some("desktop"),
        "Mobile" => Some("smartphone"),
        "Tablet" | "EInk" => Some("tablet"),
        "Automotive" => Some("car"),
        "XR" => Some("xr"),
        "Watch" => Some("wearable"),
        _ => None,
    }
}

fn model(text: &str) -> String {
    let is_name = text.len() <= MODEL_BYTES_MAX && text != "K" && !text.contains(char::is_control);
    if is_name {
        text.trim().to_owned()
    } else {
        String::new()
    }
}

/// The strings of a list, each with the value of its parameter `v`.
fn members(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (name, after) = quoted(rest)?;
        let end = after.find(',').unwrap_or(after.len());
        let version = after[..end]
            .split_once("v=")
            .and_then(|(_, value)| quoted(value));
        rest = &after[end..];
        Some((name, version.map_or("", |(version, _)| version)))
    })
}

fn strings(list: &str) -> impl Iterator<Item = &str> {
    members(list).map(|(name, _)| name)
}

/// The next quoted string and what follows. Escapes stay as they are: they occur in invented brands only.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (_, text) = text.split_once('"')?;
    let mut is_escaped = false;
    let end = text.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    Some((&text[..end], &text[end + 1..]))
}
