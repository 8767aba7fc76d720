//! Families and versions of operating systems.

use ua_parser::os;

use super::engine::major_after;

/// Systems that the patterns do not know, by what only they write.
const OTHERS: &[(&str, &str)] = &[
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony ", "HarmonyOS"),
    ("Nintendo ", "Nintendo"),
    ("PlayStation ", "PlayStation"),
];

/// Family and coarse version of the system, from `text` and what the patterns found in it.
pub(super) fn system(text: &str, found: Option<&os::ValueRef<'_>>) -> (String, String) {
    if let Some((token, family)) = OTHERS.iter().find(|(token, _)| text.contains(token)) {
        let version = match *family {
            "HarmonyOS" => major_after(text, token).map_or_else(String::new, |v| v.to_string()),
            _ => String::new(),
        };
        return ((*family).to_owned(), version);
    }
    let Some(found) = found else {
        return Default::default();
    };
    let major = found.major.as_deref().unwrap_or("");
    let minor = found.minor.as_deref().unwrap_or("");
    let family = match found.os.as_ref() {
        "Mac OS X" | "Mac OS" => "macOS",
        "Chrome OS" => "ChromeOS",
        "ATV OS X" => "tvOS",
        "Web0S" => "webOS",
        "Other" => "",
        family => family,
    };
    let version = match family {
        "Windows" if major == "10" => "10/11".to_owned(),
        // Named: 7, 8, 8.1, Vista, XP, ME, 2000, 98, …
        "Windows" => match (major, minor) {
            ("8", "1") => "8.1".to_owned(),
            _ => short(major),
        },
        "macOS" => match (number(major), number(minor)) {
            // Frozen at 10.15 since macOS 11.
            (Some(10), Some(minor)) if minor < 15 => format!("10.{minor}"),
            (Some(major), _) if major > 10 => major.to_string(),
            _ => String::new(),
        },
        "Android" if is_frozen_android(text) => String::new(),
        "iOS" => {
            let safari = major_after(text, "Version/").filter(|safari| *safari >= 26);
            number(major)
                .max(safari)
                .map_or_else(String::new, |major| major.to_string())
        }
        "ChromeOS" | "Linux" | "webOS" => String::new(),
        _ => number(major).map_or_else(String::new, |major| major.to_string()),
    };
    (family.to_owned(), version)
}

/// `Android 10; K`: what every Chrome since 110 says.
pub(super) fn is_frozen_android(text: &str) -> bool {
    text.contains("Android 10; K)")
}

/// Whether a family found in the text is the one hinted at, or a special kind of it.
pub(super) fn is_kind_of(found: &str, hinted: &str) -> bool {
    const LINUXES: &[&str] = &[
        "Ubuntu",
        "Fedora",
        "Debian",
        "Red Hat",
        "openSUSE",
        "Arch Linux",
        "Mint",
        "Gentoo",
        "CentOS",
    ];
    found == hinted || hinted == "Linux" && LINUXES.contains(&found)
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok()
}

fn short(name: &str) -> String {
    let is_name = name.len() <= 6 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name {
        name.to_owned()
    } else {
        String::new()
    }
}
