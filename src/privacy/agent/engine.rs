//! The engine that draws the pages.

/// The engine's name, from the tokens that only it sends; order matters, since each pretends to be its forerunners.
pub(super) fn engine(text: &str) -> &'static str {
    let has = |token: &str| text.contains(token);
    if has("Trident/") || has("MSIE ") {
        return "Trident";
    }
    if has("Edge/") {
        return "EdgeHTML";
    }
    if has("Presto/") {
        return "Presto";
    }
    if has("Goanna/") {
        return "Goanna";
    }
    if has("AppleWebKit/") || has("AppleWebkit/") {
        // Chrome left WebKit with version 28. On iOS its name is CriOS, and the engine is WebKit.
        let chrome = ["Chrome/", "Chromium/", "HeadlessChrome/"]
            .iter()
            .find_map(|name| major_after(text, name));
        return match chrome {
            Some(major) if major >= 28 => "Blink",
            _ => "WebKit",
        };
    }
    if has("KHTML/") || has("Konqueror/") {
        return "KHTML";
    }
    if has("Gecko/") {
        return "Gecko";
    }
    ""
}

/// The number that follows `name`, e.g. 26 of `Version/26.0`.
pub(super) fn major_after(text: &str, name: &str) -> Option<u16> {
    let (_, rest) = text.split_once(name)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
