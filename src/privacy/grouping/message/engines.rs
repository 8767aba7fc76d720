//! The same error in the words of V8, SpiderMonkey, JavaScriptCore, Hermes and the old Edge.
//!
//! Only what all of them say can be kept: that a property of nothing was read, and mostly which; not of what, because V8
//! does not tell.

/// Where in a text the words of an engine are. What an application writes has them anywhere.
#[derive(Clone, Copy)]
enum At {
    /// They are all of it, but for a full stop and a host in parentheses.
    Whole,
    Start,
    Anywhere,
}
use At::{Anywhere, Start, Whole};

/// What several engines say in one wording: for errors of these types (none: of any), any of these is part of the
/// message.
#[rustfmt::skip]
const SAME: [(&str, &[&str], At, &[&str]); 16] = [
    ("stack overflow", &["RangeError", "InternalError", "Error"], Start, &[
        "Maximum call stack size exceeded", "too much recursion", "Out of stack space",
    ]),
    ("module import failed", &["TypeError", "Error"], Start, &[
        "Failed to fetch dynamically imported module", "error loading dynamically imported module",
        "Importing a module script failed", "Unable to preload CSS",
    ]),
    ("chunk loading failed", &["ChunkLoadError", "Error"], Start, &["Loading chunk ", "Loading CSS chunk "]),
    ("fetch failed", &["TypeError"], Whole, &[
        "Failed to fetch", "NetworkError when attempting to fetch resource", "Load failed", "Network request failed",
    ]),
    ("aborted", &["AbortError", "DOMException"], Start, &[
        "The user aborted a request", "The operation was aborted", "Fetch is aborted", "signal is aborted",
    ]),
    ("invalid JSON", &["SyntaxError"], Anywhere, &[
        "is not valid JSON", "in JSON at position", "JSON input", "JSON.parse: ", "JSON Parse error",
    ]),
    ("cyclic JSON", &["TypeError"], Anywhere, &["circular structure to JSON", "cyclic object value", "cyclic structures"]),
    ("quota exceeded", &["QuotaExceededError", "DOMException"], Anywhere, &["exceeded the quota", "quota has been exceeded"]),
    ("node is not a child", &["NotFoundError", "DOMException"], Anywhere, &[
        "is not a child of this node", "object can not be found here",
    ]),
    ("assignment to constant", &["TypeError"], Start, &["Assignment to constant variable", "invalid assignment to const"]),
    ("assignment to read-only property", &["TypeError"], Anywhere, &["read only property", "is read-only", "to readonly property"]),
    ("invalid array length", &["RangeError"], Anywhere, &["nvalid array length", "Array size is not a small enough"]),
    ("illegal invocation", &["TypeError"], Anywhere, &["Illegal invocation", "that does not implement interface", "Can only call"]),
    ("resize observer loop", &[], Start, &["ResizeObserver loop"]),
    ("invalid date", &["RangeError"], Whole, &["Invalid time value", "invalid date", "Invalid Date"]),
    ("play interrupted", &["AbortError", "DOMException"], Anywhere, &[
        "play() request was interrupted", "media resource was aborted by the user agent",
    ]),
];

/// Types that a text may begin with, where the client did not tell it from the message.
#[rustfmt::skip]
const NAMED: [&str; 10] = [
    "TypeError", "ReferenceError", "RangeError", "InternalError", "SyntaxError", "DOMException", "AbortError",
    "NotFoundError", "QuotaExceededError", "ChunkLoadError",
];

/// What an engine means by an error of this type (empty for a message), `None` if the words are not an engine's, or the
/// same in all.
pub(super) fn common(kind: &str, text: &str) -> Option<String> {
    let text = text.lines().next().unwrap_or_default().trim();
    let text = ["Uncaught (in promise) ", "Uncaught "]
        .iter()
        .fold(text, |text, prefix| {
            text.strip_prefix(prefix).unwrap_or(text)
        });
    let (kind, text) = match text.split_once(": ") {
        Some((named, rest)) if NAMED.contains(&named) => (named, rest),
        _ => (kind, text),
    };
    let same = SAME.iter().find(|(_, kinds, at, said)| {
        (kinds.is_empty() || kinds.contains(&kind)) && said.iter().any(|words| at.says(text, words))
    });
    if let Some((meant, ..)) = same {
        return Some((*meant).to_owned());
    }
    match kind {
        "TypeError" => nothing(text).or_else(|| not_a(text)),
        "ReferenceError" => undefined(text),
        _ => None,
    }
}

impl At {
    fn says(self, text: &str, words: &str) -> bool {
        match self {
            Whole => text.strip_prefix(words).is_some_and(|rest| {
                let rest = rest.trim_end_matches('.');
                rest.is_empty() || (rest.starts_with(" (") && rest.ends_with(')'))
            }),
            Start => text.starts_with(words),
            Anywhere => text.contains(words),
        }
    }
}

/// A property of `undefined` or `null` was asked for.
fn nothing(text: &str) -> Option<String> {
    let of = |property: &str| Some(format!("no {} of nothing", shown(property)));
    let quoted = |open, close| between(text, open, close);
    // V8, new and old; Hermes.
    if text.starts_with("Cannot read propert") || text.starts_with("Cannot set propert") {
        let property = quoted("(reading '", "')")
            .or(quoted("(setting '", "')"))
            .or(quoted("property '", "' of"));
        return of(property.unwrap_or("*"));
    }
    if let Some(rest) = text.strip_prefix("can't access property ") {
        let property = rest.split(", ").next().unwrap_or_default();
        return of(property.trim_matches('"'));
    }
    // JavaScriptCore.
    if text.starts_with("undefined is not an object") || text.starts_with("null is not an object") {
        return of(quoted("(evaluating '", "')").map_or("*", last_property));
    }
    // The old Edge.
    if text.starts_with("Unable to get property") || text.starts_with("Unable to set property") {
        return of(quoted("property '", "' of").unwrap_or("*"));
    }
    let about = text
        .strip_suffix(" is undefined")
        .or(text.strip_suffix(" is null"))?;
    if about.starts_with('\'') || about.contains(' ') {
        return None;
    }
    of("*")
}

/// A name that does not exist.
fn undefined(text: &str) -> Option<String> {
    let name = text
        .strip_suffix(" is not defined")
        .or(text.strip_prefix("Can't find variable: "))
        .or(between(text, "Property '", "' doesn't exist"))
        .or(text.strip_suffix(" is undefined"))?;
    if name.contains(' ') {
        return None;
    }
    Some(format!("{} is not defined", shown(name.trim_matches('\''))))
}

/// Something else than a function, a constructor or an iterable.
fn not_a(text: &str) -> Option<String> {
    // JavaScriptCore says so when something cannot be destructured.
    let near = text.contains("is not a function (near '");
    for what in [
        " is not iterable",
        " is not a function",
        " is not a constructor",
    ] {
        let Some((name, _)) = text.split_once(what) else {
            continue;
        };
        if near || what == " is not iterable" {
            return Some("not iterable".to_owned());
        }
        let name = match name {
            "undefined" | "null" => between(text, "(evaluating 'new ", "'").unwrap_or("*"),
            name => last_property(name),
        };
        return Some(format!("{}{what}", shown(name)));
    }
    None
}

/// A name of one or two letters was made by a minifier; a number is an index.
fn shown(name: &str) -> &str {
    let made = name.len() <= 2 || name.bytes().all(|b| b.is_ascii_digit());
    if made { "*" } else { name }
}

/// `price` of `cart.items[0].price`, `cart?.price`, `$('.cart').price` and `cart.price()`; nothing of `cart[key]`.
fn last_property(expression: &str) -> &str {
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in expression.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '.' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    let last = &expression[start..];
    if let Some(key) = between(last, "[\"", "\"]").filter(|_| last.ends_with(']')) {
        return key;
    }
    if last.ends_with(']') {
        return "*";
    }
    last.split('(').next().unwrap_or_default()
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    let (inside, _) = rest.rsplit_once(close)?;
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_engines_mean_the_same() {
        for (kind, meant, said) in [
            (
                "TypeError",
                "no price of nothing",
                &[
                    "Cannot read properties of undefined (reading 'price')",
                    "Cannot read property 'price' of undefined",
                    "can't access property \"price\", t.item is undefined",
                    "undefined is not an object (evaluating 't.item.price')",
                    "null is not an object (evaluating 'e.price')",
                    "undefined is not an object (evaluating 'e?.item.price')",
                    "Unable to get property 'price' of undefined or null reference",
                ][..],
            ),
            (
                "TypeError",
                "total is not a function",
                &[
                    "cart.total is not a function",
                    "e.total is not a function. (In 'e.total(1)', 'e.total' is undefined)",
                    "(intermediate value).total is not a function",
                    "Object(...).total is not a function",
                    "$('.cart').total is not a function. (In '$('.cart').total()', '$('.cart').total' is undefined)",
                    "total is not a function",
                ],
            ),
            (
                "TypeError",
                "* is not a function",
                &[
                    "e is not a function",
                    "undefined is not a function",
                    "t is not a function",
                ],
            ),
            (
                "ReferenceError",
                "shopCart is not defined",
                &[
                    "shopCart is not defined",
                    "Can't find variable: shopCart",
                    "Property 'shopCart' doesn't exist",
                ],
            ),
            (
                "TypeError",
                "not iterable",
                &[
                    "undefined is not iterable (cannot read property Symbol(Symbol.iterator))",
                    "t is not iterable",
                    "undefined is not a function (near '...[a, b]...')",
                ],
            ),
            (
                "RangeError",
                "stack overflow",
                &[
                    "Maximum call stack size exceeded",
                    "Maximum call stack size exceeded.",
                    "too much recursion",
                ],
            ),
            (
                "TypeError",
                "fetch failed",
                &[
                    "Failed to fetch",
                    "NetworkError when attempting to fetch resource.",
                    "Load failed",
                ],
            ),
            (
                "TypeError",
                "module import failed",
                &[
                    "Failed to fetch dynamically imported module: https://example.org/assets/cart-DbQ2xY9p.js",
                    "error loading dynamically imported module: https://example.org/assets/cart-DbQ2xY9p.js",
                    "Importing a module script failed.",
                ],
            ),
            (
                "SyntaxError",
                "invalid JSON",
                &[
                    "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
                    "Unexpected token < in JSON at position 0",
                    "Unexpected end of JSON input",
                    "JSON.parse: unexpected character at line 1 column 1 of the JSON data",
                    "JSON Parse error: Unrecognized token '<'",
                ],
            ),
        ] {
            for text in said {
                assert_eq!(common(kind, text).as_deref(), Some(meant), "{text}");
                let whole = format!("Uncaught {kind}: {text}");
                assert_eq!(common("", &whole).as_deref(), Some(meant), "{whole}");
            }
        }
    }

    #[test]
    fn words_of_the_application_are_left_alone() {
        for (kind, text) in [
            ("TypeError", "cart is empty"),
            ("TypeError", "the price is undefined"),
            ("TypeError", "no function given"),
            ("TypeError", "Load failed: profile"),
            ("Error", "Load failed: profile"),
            ("Error", "settings.apiUrl is undefined"),
            ("", "cart is undefined"),
            ("", "Load failed for the profile page"),
            ("", "Failed to fetch"),
        ] {
            assert_eq!(common(kind, text), None, "{kind}: {text}");
        }
    }
}
