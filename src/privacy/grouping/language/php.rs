//! PHP: closures and anonymous classes are named after their file, line and address.

use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let library =
        frame.in_app != Some(true) && (frame.path_has("/vendor/") || frame.file() == "[internal]");
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    Token::new(place::source(frame.file()), name(frame.function))
}

fn name(function: &str) -> &str {
    // 8.4: `{closure:Shop\Cart::total():12}`, or of a file: `{closure:/srv/shop/routes.php:12}`.
    if let Some((_, inside)) = function.split_once("{closure:") {
        let outer = inside.split("()").next().unwrap_or_default();
        return if outer.contains('/') { "" } else { outer };
    }
    // `Shop\Cart::Shop\{closure}` and `Shop\{closure}`.
    if let Some(at) = function.find("{closure") {
        return function[..at]
            .rsplit_once("::")
            .map_or("", |(class, _)| class);
    }
    // `class@anonymous\0/srv/shop/cart.php:10$0::total`.
    if let Some(at) = function.find("@anonymous") {
        return function[at..]
            .rsplit_once("::")
            .map_or("", |(_, method)| method);
    }
    if function == "?" { "" } else { function }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (function, expected) in [
            (r"Shop\Cart::total", r"Shop\Cart::total"),
            (r"{closure:Shop\Cart::total():12}", r"Shop\Cart::total"),
            ("{closure:/srv/shop/routes.php:12}", ""),
            (r"Shop\Cart::Shop\{closure}", r"Shop\Cart"),
            (r"Shop\{closure}", ""),
            ("class@anonymous\0/srv/shop/cart.php:10$0::total", "total"),
        ] {
            assert_eq!(name(function), expected);
        }
    }
}
