//! .NET: async methods, iterators, lambdas and local functions become members of classes that nobody wrote.

use super::text::before;
use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let rethrows = frame.module.starts_with("System.Runtime.ExceptionServices")
        || frame.module.starts_with("System.Runtime.CompilerServices")
        || frame.function.starts_with("lambda_method")
        || frame.module.starts_with("Sentry.");
    if rethrows {
        return Some(Role::Machinery);
    }
    let library = frame.in_app != Some(true)
        && (frame.module.starts_with("System.") || frame.module.starts_with("Microsoft."));
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    let class = declared_class(frame.module);
    let name = method(frame.module, frame.function);
    if !class.is_empty() {
        // Some clients repeat the class before the name.
        let name = name
            .strip_prefix(class)
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(name);
        return Token::new(class, name);
    }
    match name.rsplit_once('.') {
        Some((class, name)) if !class.is_empty() => Token::new(declared_class(class), name),
        _ => Token::new(place::source(frame.file()), name),
    }
}

/// ``Shop.Cart`1+<TotalAsync>d__3`` → `Shop.Cart`.
fn declared_class(module: &str) -> &str {
    let end = module.find(['`', '<', '[']).unwrap_or(module.len());
    module[..end].trim_end_matches(['+', '.', '/'])
}

fn method<'e>(module: &'e str, function: &'e str) -> &'e str {
    // `MoveNext` of `<TotalAsync>d__3`, in the class or in the name.
    if function == "MoveNext" || function.ends_with(".MoveNext") {
        return quoted(function).or(quoted(module)).unwrap_or(function);
    }
    // `<Total>g__Round|5_0` is the local function `Round`.
    if let Some((_, local)) = function.split_once(">g__") {
        return before(local, &['|', '(']);
    }
    // `<Total>b__5_0`, `<>c__DisplayClass5_0.<Total>b__0`, `<Main>$`.
    if let Some(name) = quoted(function) {
        return name;
    }
    // `async Task<int> Shop.Cart.TotalAsync(int id)+(x) => { }`.
    let name = before(function, &['(']);
    let name = name.rsplit(' ').next().unwrap_or_default();
    let name = before(name, &['[', '<', '`']);
    if name == "?" || name.starts_with('<') {
        ""
    } else {
        name
    }
}

/// The last name in angle brackets that a generated suffix follows.
fn quoted(text: &str) -> Option<&str> {
    let end = [">d__", ">b__", ">$"]
        .iter()
        .filter_map(|suffix| text.rfind(suffix))
        .max()?;
    let start = text[..end].rfind('<')? + 1;
    (start < end).then(|| &text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use crate::privacy::grouping::language::Language;

    #[test]
    fn names() {
        for (module, function, place, name) in [
            ("Shop.Cart", "Total", "Shop.Cart", "Total"),
            ("Shop.Cart", "Total(Int32 id)", "Shop.Cart", "Total"),
            (
                "Shop.Cart+<TotalAsync>d__3",
                "MoveNext",
                "Shop.Cart",
                "TotalAsync",
            ),
            (
                "Shop.Cart",
                "<TotalAsync>d__3.MoveNext",
                "Shop.Cart",
                "TotalAsync",
            ),
            (
                "Shop.Cart",
                "async Task<int> TotalAsync(int id)",
                "Shop.Cart",
                "TotalAsync",
            ),
            (
                "",
                "async Task<int> Shop.Cart.TotalAsync(int id)",
                "Shop.Cart",
                "TotalAsync",
            ),
            (
                "Shop.Cart+<>c__DisplayClass5_0",
                "<Total>b__0",
                "Shop.Cart",
                "Total",
            ),
            ("Shop.Cart+<>c", "<Total>b__5_0", "Shop.Cart", "Total"),
            ("Shop.Cart", "void Total()+() => { }", "Shop.Cart", "Total"),
            ("Shop.Cart", "<Total>g__Round|5_0", "Shop.Cart", "Round"),
            ("Shop.List`1[[System.Int32]]", "Map[T]", "Shop.List", "Map"),
            ("Shop.Cart", ".ctor", "Shop.Cart", ".ctor"),
            ("Program", "<Main>$", "Program", "Main"),
        ] {
            let value = Value::Object(vec![
                ("module".into(), module.into()),
                ("function".into(), function.into()),
            ]);
            let token = token(&Frame::read(&value, Language::Dotnet));
            assert_eq!(
                (token.place.as_ref(), token.name.as_ref()),
                (place, name),
                "{module} {function}"
            );
        }
    }
}
