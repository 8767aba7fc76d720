//! Ruby: blocks, rescues and compiled templates; since 3.4 the class is part of the name.

use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let library =
        frame.in_app != Some(true) && (frame.path_has("/gems/") || frame.path_has("/lib/ruby/"));
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    // `block (2 levels) in Cart#total`, `rescue in total`.
    let function = frame
        .function
        .rsplit_once(" in ")
        .map_or(frame.function, |(_, outer)| outer);
    // `Cart#total` of Ruby 3.4 is `total` of 3.3.
    let name = function.rsplit(['#', '.']).next().unwrap_or_default();
    Token::new(place::source(frame.file()), template(name).unwrap_or(name))
}

/// `_app_views_carts_show_html_erb___1234567890_12340` without the numbers of the process.
fn template(name: &str) -> Option<&str> {
    let at = name
        .find("_erb__")
        .or(name.find("_haml__"))
        .or(name.find("_slim__"))?;
    Some(name[..at].trim_start_matches('_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use crate::privacy::grouping::language::Language;

    #[test]
    fn names() {
        for (function, name) in [
            ("total", "total"),
            ("Cart#total", "total"),
            ("Shop::Cart.total", "total"),
            ("block (2 levels) in total", "total"),
            ("rescue in block in Cart#total", "total"),
            (
                "_app_views_carts_show_html_erb___331_70",
                "app_views_carts_show_html",
            ),
            ("<main>", "<main>"),
        ] {
            let value = Value::Object(vec![("function".into(), function.into())]);
            assert_eq!(token(&Frame::read(&value, Language::Ruby)).name, name);
        }
    }
}
