//! Java, Kotlin, Scala: lambdas, accessors, proxies and coroutines become classes and methods with numbers.

use std::borrow::Cow;

use super::text::is_number;
use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::place;

/// Classes that the runtime writes to reach others.
#[rustfmt::skip]
const MACHINERY: [&str; 10] = [
    "$Proxy", "GeneratedMethodAccessor", "GeneratedConstructorAccessor", "LambdaForm$", "DirectMethodHandleAccessor",
    "FastClassBy", "-$$Lambda$", "$$Lambda", "$$ExternalSyntheticLambda", "$$InternalSyntheticLambda",
];

/// Packages of the runtime and of frameworks that stand around every application, unless the client says otherwise.
#[rustfmt::skip]
const LIBRARIES: [&str; 16] = [
    "java.", "javax.", "jdk.", "sun.", "jakarta.", "kotlin.", "kotlinx.", "scala.", "android.", "androidx.",
    "com.android.", "dalvik.", "org.springframework.", "org.apache.", "org.hibernate.", "io.netty.",
];

/// Methods that call what a synthetic class was made of.
#[rustfmt::skip]
const CALLERS: [&str; 10] = [
    "invoke", "invokeSuspend", "emit", "run", "call", "accept", "apply", "create", "get", "test",
];

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let synthetic = MACHINERY.iter().any(|name| frame.module.contains(name))
        || frame
            .function
            .strip_prefix("access$")
            .is_some_and(is_number)
        || frame.module.starts_with("io.sentry.");
    if synthetic {
        return Some(Role::Machinery);
    }
    let library = frame.in_app != Some(true)
        && LIBRARIES
            .iter()
            .any(|package| frame.module.starts_with(package));
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    // A qualified name if there is no module.
    let (module, function) = match frame.function.rsplit_once('.') {
        Some((class, method)) if frame.module.is_empty() => (class, method),
        _ => (frame.module, frame.function),
    };
    if module.is_empty() {
        return Token::new(place::source(frame.file()), method(function));
    }
    let (class, outer) = class(module);
    let name = match outer {
        Some(outer) if CALLERS.contains(&function) => outer,
        _ => method(function),
    };
    if is_obfuscated(&class) && name.len() <= 2 {
        let mut token = Token::new("", "");
        token.obscured = true;
        return token;
    }
    Token::new(class, name)
}

/// The declared class, and the method in which a synthetic one was made:
/// `shop.Cart$total$1` → `shop.Cart` and `total`.
fn class(module: &str) -> (Cow<'_, str>, Option<&str>) {
    // `Cart$$EnhancerBySpringCGLIB$$1a2b`; `CartKt__PricesKt`.
    let module = module.split("$$").next().unwrap_or_default();
    let module = module.split("__").next().unwrap_or_default();
    let mut parts = module.split('$');
    let mut class = Cow::Borrowed(parts.next().unwrap_or_default());
    let mut outer = None;
    for part in parts {
        let nested = part.starts_with(|c: char| c.is_uppercase());
        if matches!(part, "Companion" | "DefaultImpls" | "WhenMappings") {
            continue;
        } else if nested && outer.is_none() {
            class = Cow::Owned(format!("{class}${part}"));
        } else if part.starts_with(|c: char| c.is_lowercase())
            && !matches!(part, "lambda" | "sam" | "inlined" | "special" | "anonfun")
        {
            outer = outer.or(Some(method(part)));
        }
    }
    (class, outer)
}

/// `lambda$total$3`, `total$default`, `access$total`, `total-impl` → `total`.
fn method(function: &str) -> &str {
    let name = ["lambda$", "access$", "CGLIB$", "$anonfun$"]
        .iter()
        .find_map(|prefix| function.strip_prefix(prefix))
        .unwrap_or(function);
    let end = name
        .char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '$' | '-' | '('))
        .map_or(name.len(), |(at, _)| at);
    match &name[..end] {
        // A lambda inside a lambda, a constructor or an initialiser.
        "null" | "new" | "static" | "?" | "apply" if name.len() < function.len() => "",
        name => name,
    }
}

/// ProGuard and R8 leave `a.b.c`; the next build has another.
fn is_obfuscated(class: &str) -> bool {
    class.rsplit('.').next().is_some_and(|name| name.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use crate::privacy::grouping::language::Language;

    #[test]
    fn names() {
        for (module, function, place, name) in [
            ("shop.Cart", "total", "shop.Cart", "total"),
            ("shop.Cart", "lambda$total$3", "shop.Cart", "total"),
            ("shop.Cart", "lambda$null$0", "shop.Cart", ""),
            ("shop.Cart$1", "run", "shop.Cart", "run"),
            ("shop.Cart$Item", "price", "shop.Cart$Item", "price"),
            ("shop.Cart$total$2", "invokeSuspend", "shop.Cart", "total"),
            ("shop.CartKt$total$1$2", "invoke", "shop.CartKt", "total"),
            ("shop.Cart$Companion", "create", "shop.Cart", "create"),
            (
                "shop.Cart$$EnhancerBySpringCGLIB$$1a2b3c4d",
                "total",
                "shop.Cart",
                "total",
            ),
            (
                "shop.Cart$$SpringCGLIB$$0",
                "CGLIB$total$4",
                "shop.Cart",
                "total",
            ),
            ("shop.Cart", "total$default", "shop.Cart", "total"),
            ("shop.Cart", "total$suspendImpl", "shop.Cart", "total"),
            ("shop.Cart", "total-impl", "shop.Cart", "total"),
            ("shop.Cart$", "$anonfun$total$1", "shop.Cart", "total"),
            ("shop.Cart", "<init>", "shop.Cart", "<init>"),
            ("", "shop.Cart.total", "shop.Cart", "total"),
            ("a.b.c", "a", "", ""),
        ] {
            let value = Value::Object(vec![
                ("module".into(), module.into()),
                ("function".into(), function.into()),
            ]);
            let token = token(&Frame::read(&value, Language::Jvm));
            assert_eq!(
                (token.place.as_ref(), token.name.as_ref()),
                (place, name),
                "{module} {function}"
            );
        }
    }
}
