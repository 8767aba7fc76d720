//! Go: function literals are numbered, methods carry their receiver, generics their shapes.

use super::text::is_number;
use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;
use std::borrow::Cow;

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let module = frame.module;
    if module.starts_with("github.com/getsentry/sentry-go") || module == "runtime" {
        return Some(Role::Machinery);
    }
    let library = frame.in_app != Some(true)
        && (frame.path_has("/pkg/mod/") || frame.path_has("/usr/local/go/src/"));
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    // Older clients put the package before the name: `example.org/shop/cart.(*Cart).Total`.
    let slash = frame.function.rfind('/').map_or(0, |at| at + 1);
    let (module, function) = match frame.function[slash..].find('.') {
        Some(dot) if frame.module.is_empty() => (
            &frame.function[..slash + dot],
            &frame.function[slash + dot + 1..],
        ),
        _ => (frame.module, frame.function),
    };
    let place = if module.is_empty() {
        place::source(frame.file())
    } else {
        Cow::Borrowed(module)
    };
    Token::new(place, name(function))
}

/// `(*Cart).Total.func1.2` → `Cart.Total`.
fn name(function: &str) -> Cow<'_, str> {
    let mut name = function.strip_suffix("-fm").unwrap_or(function);
    while let Some((head, last)) = name.rsplit_once('.') {
        let numbered = |prefix| last.strip_prefix(prefix).is_some_and(is_number);
        if !(is_number(last)
            || numbered("func")
            || numbered("gowrap")
            || last.starts_with("deferwrap"))
        {
            break;
        }
        name = head;
    }
    // Loops over functions: `Total-range1`.
    name = name.split("-range").next().unwrap_or_default();
    if name.trim_matches('.') == "glob" {
        return Cow::Borrowed("");
    }
    if !name.contains(['(', '[']) {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    let mut depth = 0;
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '(' | ')' | '*' => {}
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (function, expected) in [
            ("Total", "Total"),
            ("(*Cart).Total", "Cart.Total"),
            ("Cart.Total", "Cart.Total"),
            ("(*Cart).Total.func1", "Cart.Total"),
            ("(*Cart).Total.func2.1", "Cart.Total"),
            ("(*Cart).Total-fm", "Cart.Total"),
            ("Total.func1.gowrap2", "Total"),
            ("Map[...]", "Map"),
            ("(*List[go.shape.int]).Push", "List.Push"),
            ("glob..func1", ""),
            ("init.0", "init"),
            ("Walk-range1", "Walk"),
        ] {
            assert_eq!(name(function), expected, "{function}");
        }
    }
}
