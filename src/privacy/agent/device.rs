//! Classes and models of devices.

use ua_parser::device;

use super::system::is_frozen_android;

/// Words of user agents by class, in the order in which they are looked for. A television may run Android and a car Linux:
/// what is rarer comes first.
const WORDS: &[(&str, &[&str])] = &[
    (
        "console",
        &["PlayStation", "PLAYSTATION", "Xbox", "Nintendo"],
    ),
    (
        "xr",
        &[
            "OculusBrowser",
            "; Quest ",
            "VisionOS",
            "Pico Neo",
            "Wolvic",
        ],
    ),
    (
        "car",
        &["Tesla/", "QtCarBrowser", "Automotive", "AAOS", "CarPlay"],
    ),
    (
        "wearable",
        &[
            "Watch OS",
            "watchOS",
            "Wear OS",
            "SM-R",
            "WearOS",
            "Apple Watch",
        ],
    ),
    (
        "tv",
        &[
            "TV",
            "BRAVIA",
            "NetCast",
            "NETTV",
            "Web0S",
            "Viera",
            "VIDAA",
            "CrKey",
            "Roku",
            "; AFT",
            "Chromecast",
            "MiBOX",
        ],
    ),
    ("tablet", &["iPad", "Tablet;", "PlayBook", "Kindle"]),
    (
        "smartphone",
        &[
            "(Phone;",
            "iPhone",
            "iPod",
            "Windows Phone",
            "KAIOS",
            "MIDP",
            "BB10; Touch",
            "Opera Mini",
            "J2ME",
        ],
    ),
];

/// What the patterns give where the text names no model.
const GENERIC_MODELS: &[&str] = &[
    "",
    "K",
    "Browser",
    "Desktop",
    "Feature Phone",
    "Smartphone",
    "SMART-TV",
    "Tablet",
    "Web0S SmartTV",
    "iOS-Device",
];

/// The class of a device with this user agent, system and family of devices.
pub(super) fn class(text: &str, system: &str, family: &str) -> &'static str {
    if family == "Spider" {
        return "bot";
    }
    let by_words = WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| text.contains(word)));
    if let Some((class, _)) = by_words {
        return class;
    }
    match system {
        // Apps that name their virtual machine do not say whether they are on a phone; most are.
        "Android" if text.contains("Mobile") || text.starts_with("Dalvik/") => "smartphone",
        "Android" => "tablet",
        "iOS" => "smartphone",
        "tvOS" => "tv",
        "" => "",
        _ if text.contains("Mobile") => "smartphone",
        _ => "desktop",
    }
}

/// The model, where the text names one; nothing for desktops, whose families of devices are no models.
pub(super) fn model(text: &str, class: &str, found: &device::ValueRef<'_>) -> String {
    let model = found.model.as_deref().unwrap_or("");
    let is_generic = GENERIC_MODELS.contains(&model);
    if is_generic || matches!(class, "" | "desktop" | "bot") || is_frozen_android(text) {
        return String::new();
    }
    model.to_owned()
}
