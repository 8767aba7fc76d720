//! Python: comprehensions have frames of their own before 3.12 and none since; decorators wrap.

use std::borrow::Cow;

use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

/// What decorators call the function they return.
#[rustfmt::skip]
const WRAPPERS: [&str; 12] = [
    "wrapper", "_wrapper", "wrapped", "_wrapped", "inner", "_inner", "decorated", "_decorated", "wrapped_view",
    "_wrapped_view", "sync_wrapper", "async_wrapper",
];

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let name = frame.function.rsplit('.').next().unwrap_or_default();
    if WRAPPERS.contains(&name)
        || name.starts_with("sentry_")
        || frame.module.starts_with("sentry_sdk")
    {
        return Some(Role::Machinery);
    }
    let library = frame.in_app != Some(true)
        && ["/site-packages/", "/dist-packages/", "<frozen importlib"]
            .iter()
            .any(|part| frame.path_has(part));
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    // `__main__` is whichever file was started.
    let place = match frame.module {
        "" | "__main__" => place::source(frame.file()),
        module => Cow::Borrowed(module),
    };
    // `Cart.total.<locals>.<lambda>` is part of `Cart.total`.
    let function = frame.function.split(".<").next().unwrap_or_default();
    let nameless = matches!(
        function,
        "?" | "<lambda>" | "<listcomp>" | "<genexpr>" | "<dictcomp>" | "<setcomp>" | "<unknown>"
    );
    Token::new(place, if nameless { "" } else { function })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use crate::privacy::grouping::language::Language;

    #[test]
    fn names() {
        for (frame, place, name) in [
            (
                r#"{"module":"shop.cart","function":"total"}"#,
                "shop.cart",
                "total",
            ),
            (
                r#"{"module":"__main__","filename":"cart.py","function":"total"}"#,
                "cart",
                "total",
            ),
            (
                r#"{"module":"shop.cart","function":"<listcomp>"}"#,
                "shop.cart",
                "",
            ),
            (
                r#"{"module":"shop.cart","function":"Cart.total.<locals>.<lambda>"}"#,
                "shop.cart",
                "Cart.total",
            ),
            (
                r#"{"module":"shop.cart","function":"<module>"}"#,
                "shop.cart",
                "<module>",
            ),
        ] {
            let value: Value<'_> = serde_json::from_str(frame).unwrap();
            let token = token(&Frame::read(&value, Language::Python));
            assert_eq!((token.place.as_ref(), token.name.as_ref()), (place, name));
        }
    }
}
