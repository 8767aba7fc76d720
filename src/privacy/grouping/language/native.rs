//! C, C++, Rust, Swift, Objective-C: demangled names with parameters, generics, closures and clones.

use std::borrow::Cow;

use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

/// Beginnings of names between the crash and its report, and under `main`.
#[rustfmt::skip]
const MACHINERY: [&str; 42] = [
    "core::panicking", "std::panicking", "std::panic::", "std::rt::", "std::sys::backtrace", "std::sys_common::backtrace",
    "std::backtrace", "rust_begin_unwind", "rust_panic", "__rustc::", "__rust_", "core::ops::function::Fn",
    "sentry_", "sentry::", "backtrace::", "<sentry", "core::option::unwrap_failed", "core::option::expect_failed",
    "core::result::unwrap_failed", "core::slice::index", "__libc_start", "_start", "start_thread", "clone", "__clone",
    "thread_start", "_pthread_start", "BaseThreadInitThunk", "RtlUserThreadStart", "invoke_main", "__scrt_common_main",
    "abort", "raise", "gsignal", "pthread_kill", "__pthread_kill", "__cxa_", "std::terminate", "__cxxabiv1",
    "objc_exception_throw", "_swift_runtime", "__exceptionPreprocess",
];

/// Beginnings of names in standard libraries.
const LIBRARIES: [&str; 11] = [
    "std::",
    "core::",
    "alloc::",
    "<std::",
    "<core::",
    "<alloc::",
    "tokio::",
    "<usize as core",
    "Swift.",
    "swift_",
    "_assertionFailure",
];

/// What Swift and C++ put before the name of the function that the code came from.
#[rustfmt::skip]
const PREFIXES: [&str; 16] = [
    "specialized ", "merged ", "static ", "class ", "@objc ", "@nonobjc ", "partial apply for ",
    "partial apply forwarder for ", "implicit ", "thunk for ", "non-virtual thunk to ", "virtual thunk to ",
    "dispatch thunk of ", "protocol witness for ", "override ", "async ",
];

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let name = frame.function;
    let starts = |list: &[&str]| list.iter().any(|prefix| name.starts_with(prefix));
    // Every program has one, also those whose real one has another name.
    let entry = name == "main" && frame.file().is_empty();
    if entry
        || starts(&MACHINERY)
        || (frame.file().is_empty() && frame.package.is_empty() && bare(name).is_empty())
    {
        return Some(Role::Machinery);
    }
    let library = starts(&LIBRARIES)
        || frame.abs_path.starts_with("/rustc/")
        || frame.path_has("/.cargo/registry/")
        || frame.package.starts_with("/usr/lib/")
        || frame.package.starts_with("/System/");
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    let name = name(frame.function);
    // Qualified names say where they are; inlining may give them the file of another.
    if name.contains("::") || name.contains('.') || name.contains('[') {
        return Token::new("", name);
    }
    if frame.file().is_empty() {
        return Token::new(place::library(frame.package), name);
    }
    Token::new(place::source(frame.file()), name)
}

/// The name without addresses.
fn bare(name: &str) -> &str {
    let unknown = matches!(
        name,
        "?" | "??" | "???" | "<unknown>" | "<redacted>" | "<anonymous>"
    ) || name.starts_with("0x");
    if unknown { "" } else { name }
}

fn name(function: &str) -> Cow<'_, str> {
    let name = bare(function);
    // `-[Cart total:]`, `__23-[Cart total:]_block_invoke_2`.
    if let Some(at) = name.find("-[").or(name.find("+[")) {
        let end = name.rfind(']').map_or(name.len(), |end| end + 1);
        return Cow::Borrowed(name.get(at..end).unwrap_or(name));
    }
    // `__total_block_invoke`.
    let name = match name.split_once("_block_invoke") {
        Some((block, _)) => block
            .trim_start_matches('_')
            .trim_start_matches(|c: char| c.is_ascii_digit()),
        None => name,
    };
    let name = without_prefixes(name);
    let name = without_suffixes(name);
    if !name.contains(['<', '(', '{', '[', '\'', '$', ' ']) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(without_brackets(name))
}

/// `closure #1 in static Cart.total` → `Cart.total`.
fn without_prefixes(mut name: &str) -> &str {
    if name.starts_with("reabstraction thunk") {
        return "";
    }
    if let Some((_, rest)) = name.split_once(" partial function for ") {
        name = rest;
    }
    loop {
        let shorter = PREFIXES
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .or_else(|| {
                let inside = [
                    "closure #",
                    "generic specialization <",
                    "function signature spec",
                ];
                let inside = inside.iter().any(|prefix| name.starts_with(prefix));
                let (_, rest) = name.split_once(" in ").or(name.split_once("> of "))?;
                inside.then_some(rest)
            });
        match shorter {
            Some(shorter) => name = shorter,
            None => return name.split(" in conformance ").next().unwrap_or_default(),
        }
    }
}

/// `::h0123456789abcdef`, `.isra.0`, ` [clone .cold]`.
fn without_suffixes(name: &str) -> &str {
    let mut name = name;
    for suffix in [
        " [clone",
        " [inlined",
        ".isra.",
        ".constprop.",
        ".part.",
        ".cold",
        ".llvm.",
        "@@",
    ] {
        name = name.split(suffix).next().unwrap_or_default();
    }
    match name.rsplit_once("::h") {
        Some((head, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            head
        }
        _ => name,
    }
}

/// `void ns::List<int>::push<T>(int, T) const` → `ns::List::push`; closures become part of what they are in.
fn without_brackets(name: &str) -> String {
    // `<List<T> as Shop>::push` is `List::push`.
    let (name, rest) = match implemented(name) {
        Some((of, rest)) => (of, rest),
        None => (name, ""),
    };
    let mut plain = String::with_capacity(name.len() + rest.len());
    append_plain(name, &mut plain);
    append_plain(rest, &mut plain);
    let mut kept = String::with_capacity(plain.len());
    for part in plain.split("::") {
        let closure = part.is_empty()
            || part.starts_with("$_")
            || part.starts_with('\'')
            || part == "operator()";
        if !closure {
            if !kept.is_empty() {
                kept.push_str("::");
            }
            kept.push_str(part);
        }
    }
    if kept.is_empty() && plain.contains("operator()") {
        kept.push_str("operator()");
    }
    kept
}

/// Type and remainder of a Rust name that begins with `<Type as Trait>`.
fn implemented(name: &str) -> Option<(&str, &str)> {
    let inside = name.strip_prefix('<')?;
    let mut depth = 1;
    let mut of = None;
    for (at, c) in inside.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if inside[..at].ends_with('-') => {}
            '>' => depth -= 1,
            ' ' if depth == 1 && of.is_none() && inside[at..].starts_with(" as ") => of = Some(at),
            _ => {}
        }
        if depth == 0 {
            let of = &inside[..of.unwrap_or(at)];
            return Some((of.trim_start_matches(['&', '*']), &inside[at + 1..]));
        }
    }
    None
}

/// What stands outside of all brackets, up to the end of the parameters, without what stands before the last space.
fn append_plain(name: &str, plain: &mut String) {
    let from = plain.len();
    let mut depth = 0u32;
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if depth == 0 && rest.starts_with(" -> ") {
            break;
        }
        if depth == 0 && rest.starts_with("operator") {
            let symbol = &rest["operator".len()..];
            let end = symbol
                .find(|c: char| !"<>=!+-*/%^&|~,[]".contains(c))
                .unwrap_or(symbol.len());
            let end = if symbol.starts_with("()") { 2 } else { end };
            plain.push_str(&rest[.."operator".len() + end]);
            rest = &symbol[end..];
            continue;
        }
        match c {
            '<' | '(' | '{' | '[' => depth += 1,
            '>' | ')' | '}' | ']' => {
                depth = depth.saturating_sub(1);
                let behind = &rest[1..];
                // What follows the parameters is ` const`, ` -> Int` or the next scope.
                if c == ')' && depth == 0 && behind.starts_with(' ') {
                    break;
                }
            }
            ' ' if depth == 0 => {
                plain.truncate(from);
            }
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (function, expected) in [
            ("shop::cart::total::h0123456789abcdef", "shop::cart::total"),
            ("shop::cart::total::{{closure}}", "shop::cart::total"),
            ("shop::cart::total::{closure#0}", "shop::cart::total"),
            (
                "shop::cart::total::<u32, alloc::string::String>",
                "shop::cart::total",
            ),
            (
                "<shop::cart::Cart<T> as shop::Total>::total",
                "shop::cart::Cart::total",
            ),
            (
                "<shop::Cart as core::iter::Map<F, fn() -> T>>::next",
                "shop::Cart::next",
            ),
            ("shop::<impl shop::Total for [T]>::total", "shop::total"),
            (
                "shop::List<int>::push(int, char const*) const",
                "shop::List::push",
            ),
            ("void shop::push<int>(int)", "shop::push"),
            ("std::vector<int>& shop::items<int, 3>(int)", "shop::items"),
            ("(anonymous namespace)::total(int)", "total"),
            (
                "shop::(anonymous namespace)::total(int) [clone .cold]",
                "shop::total",
            ),
            (
                "shop::total(int)::{lambda(int)#1}::operator()(int) const",
                "shop::total",
            ),
            ("shop::total()::$_0::operator()() const", "shop::total"),
            (
                "shop::total(int)::'lambda'(int)::operator()(int) const",
                "shop::total",
            ),
            (
                "shop::Key::operator<(shop::Key const&) const",
                "shop::Key::operator<",
            ),
            ("shop::Key::operator()(int)", "shop::Key"),
            ("total.isra.0", "total"),
            (
                "Shop.Cart.total(for: Swift.Int) -> Swift.Int",
                "Shop.Cart.total",
            ),
            (
                "closure #1 in Shop.Cart.total(for: Swift.Int) -> ()",
                "Shop.Cart.total",
            ),
            ("specialized static Shop.Cart.total()", "Shop.Cart.total"),
            (
                "partial apply for closure #1 in Shop.Cart.total()",
                "Shop.Cart.total",
            ),
            (
                "(1) await resume partial function for Shop.Cart.total()",
                "Shop.Cart.total",
            ),
            ("@objc Shop.Cart.total()", "Shop.Cart.total"),
            ("-[Cart total:]", "-[Cart total:]"),
            ("__23-[Cart total:]_block_invoke_2", "-[Cart total:]"),
            ("__total_block_invoke", "total"),
            ("<unknown>", ""),
            ("0x7fff1234", ""),
        ] {
            assert_eq!(name(function), expected, "{function}");
        }
    }
}
