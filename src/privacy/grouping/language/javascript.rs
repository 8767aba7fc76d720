//! JavaScript: V8, SpiderMonkey, JavaScriptCore and Hermes name one function differently, and minifiers rename it
//! with every build.
//!
//! V8 says `Cart.total`, `new Cart`, `Object.total [as onclick]`, `async load`; SpiderMonkey `total`, `Cart`,
//! `load/<`, `async*load`; JavaScriptCore `total`, `global code`, and shows native frames. What all have in common is
//! the last word. Functions without a name are named after nothing: `load/<` is a function inside `load`, which V8
//! does not say.
//!
//! In a bundle a name of up to three letters was made by a minifier: the next build has another. Methods keep their
//! names (minifiers do not rename properties by default), so longer ones are trusted.

use super::text::{is_number, without_number};
use super::{Role, Token};
use crate::privacy::grouping::frame::Frame;
use crate::privacy::grouping::language::Language;
use crate::privacy::grouping::place;

/// Longest name that a minifier is held to have made, in bytes.
const MINIFIED_BYTES_MAX: usize = 3;
/// From this column on a line was written by a program.
const HAND_WRITTEN_COLUMN_MAX: u64 = 500;
/// Methods with short names that people do write.
const SHORT_NAMES: [&str; 12] = [
    "get", "set", "add", "run", "put", "has", "log", "map", "pop", "end", "use", "fix",
];

/// What engines say when a function has no name.
#[rustfmt::skip]
const NAMELESS: [&str; 21] = [
    "", "?", "<anonymous>", "anonymous", "Anonymous function", "<unknown>", "eval", "eval code", "global code",
    "module code", "<global>", "global", "default", "exports", "module.exports", "[native code]", "<computed>",
    "__webpack_exports__", "undefined", "null", "_loop",
];

/// Functions that compilers, bundlers and the reporting client put around the application's.
#[rustfmt::skip]
const MACHINERY: [&str; 21] = [
    "__webpack_require__", "__webpack_exec__", "webpackJsonpCallback", "__webpack_modules__", "fulfilled", "rejected",
    "asyncGeneratorStep", "_asyncToGenerator", "__awaiter", "__generator", "_next", "_throw", "tryCatch", "sentryWrapped",
    "processTicksAndRejections", "runMicrotasks", "_tickCallback", "invokeGuardedCallbackDev", "invokeGuardedCallback",
    "callWithErrorHandling", "callWithAsyncErrorHandling",
];

/// Functions inside frameworks, wherever a bundler put them.
#[rustfmt::skip]
const FRAMEWORK: [&str; 22] = [
    "renderWithHooks", "beginWork", "performUnitOfWork", "workLoopSync", "workLoopConcurrent", "renderRootSync",
    "renderRootConcurrent", "performSyncWorkOnRoot", "performConcurrentWorkOnRoot", "performWorkOnRoot", "commitRoot",
    "commitRootImpl", "flushSyncCallbacks", "flushPassiveEffects", "batchedUpdates$1", "updateFunctionComponent",
    "mountIndeterminateComponent", "finishClassComponent", "componentUpdateFn", "setupRenderEffect",
    "flushSchedulerQueue", "renderComponentRoot",
];

/// Beginnings of the names of files that hold libraries.
#[rustfmt::skip]
const LIBRARIES: [&str; 17] = [
    "vendor.", "vendor-", "vendors.", "vendors-", "vendors~", "chunk-vendors", "npm.", "framework-", "polyfill", "react-dom", "react.",
    "vue.", "jquery", "zone.", "lodash", "webpack-", "runtime.",
];

pub(super) fn role(frame: &Frame<'_>) -> Option<Role> {
    let file = frame.file();
    let native = matches!(file, "[native code]" | "native" | "<anonymous>")
        || file.starts_with("node:")
        || file.starts_with("internal/");
    let bare = file.is_empty() && bare_name(frame.function).is_empty();
    let word = frame.function.rsplit(['.', '/', ' ', '*']).next();
    if native || bare || word.is_some_and(|word| MACHINERY.contains(&word)) {
        return Some(Role::Machinery);
    }
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let library = frame.path_has("node_modules")
        || file.contains("webpack/")
        || LIBRARIES.iter().any(|name| base.starts_with(name))
        || FRAMEWORK.contains(&frame.function);
    library.then_some(Role::Library)
}

pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    let (place, bundled) = place::script(frame.file());
    let bundled = bundled || frame.column > HAND_WRITTEN_COLUMN_MAX;
    let name = bare_name(frame.function);
    let minified = bundled && !name.is_empty() && is_minified(name);
    let mut token = Token::new(place, if minified { "" } else { name });
    token.obscured = minified || (name.is_empty() && frame.column > HAND_WRITTEN_COLUMN_MAX);
    token.detached = frame.language == Language::Browser && is_detached(frame.function);
    token
}

/// Whether a name, of a function or a class, was made by a minifier, if its file was minified.
pub(super) fn is_minified(name: &str) -> bool {
    let name = name.trim_start_matches('#');
    let scrambled = name.starts_with("_0x");
    scrambled || (name.len() <= MINIFIED_BYTES_MAX && !SHORT_NAMES.contains(&name))
}

/// `async load` of V8, `async*load` and `setTimeout handler*load` of SpiderMonkey: JavaScriptCore shows nothing from
/// here outwards.
fn is_detached(function: &str) -> bool {
    function.starts_with("async ") || function.contains('*')
}

/// The last word of what an engine calls the function, empty if that is no name.
fn bare_name(function: &str) -> &str {
    let mut name = function.rsplit_once('*').map_or(function, |(_, name)| name);
    name = name.find(" [as ").map_or(name, |at| &name[..at]);
    name = name.split(" (").next().unwrap_or_default();
    loop {
        let shorter = [
            "async ",
            "new ",
            "bound ",
            "get ",
            "set ",
            "static ",
            "function ",
        ]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
        match shorter {
            Some(shorter) => name = shorter,
            None => break,
        }
    }
    // `load/<` is nameless inside `load`, `load/total` is `total`; `./src/cart.js` is a module of webpack 4.
    if name.ends_with('<') || is_module_path(name) || NAMELESS.contains(&name) {
        return "";
    }
    name = name.rsplit('/').next().unwrap_or_default();
    if !name.starts_with('<') {
        name = name.rsplit('.').next().unwrap_or_default();
    }
    // V8: `Cart.get total`.
    name = name.rsplit(' ').next().unwrap_or_default();
    name = without_number(name, '$');
    let generated = name.starts_with("_callee") || name.starts_with('<') || is_number(name);
    if generated || NAMELESS.contains(&name) {
        return "";
    }
    name
}

fn is_module_path(name: &str) -> bool {
    let path = name
        .strip_prefix("Module.")
        .or(name.strip_prefix("Object."))
        .unwrap_or(name);
    (path.starts_with("./") || path.starts_with("../"))
        && path.rsplit('.').next().is_some_and(|extension| {
            matches!(extension, "js" | "jsx" | "ts" | "tsx" | "mjs" | "vue")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engines_name_of_one_function() {
        for function in [
            "total",
            "Cart.total",
            "Object.total",
            "Object.total [as onclick]",
            "async total",
            "async*total",
            "Cart.prototype.total",
            "new total",
            "bound total",
            "get total",
            "Cart.get total [as total]",
            "load/total",
            "exports.total",
            "Function.total",
            "total$1",
            "setTimeout handler*total",
            "async Cart.total",
            "./src/cart.js/Cart.prototype.total",
            "Proxy.total",
        ] {
            assert_eq!(bare_name(function), "total", "{function}");
        }
    }

    #[test]
    fn functions_without_a_name() {
        for function in [
            "",
            "?",
            "<anonymous>",
            "Object.<anonymous>",
            "HTMLDocument.<anonymous>",
            "new <anonymous>",
            "load/<",
            "load/</<",
            "load/total<",
            "global code",
            "eval code",
            "eval",
            "Module../src/cart.js",
            "4711",
            "Module.4711",
            "Object.4711",
            "t.exports",
            "_callee$",
            "_callee2$",
            "async*load/<",
            "eval (eval at load (app.js:1))",
        ] {
            assert_eq!(bare_name(function), "", "{function}");
        }
    }

    #[test]
    fn minified_names() {
        assert!(
            ["t", "Xe", "$t", "aBc", "_0x3fa2b1"]
                .into_iter()
                .all(is_minified)
        );
        assert!(
            !["get", "total", "onClick", "map"]
                .into_iter()
                .any(is_minified)
        );
    }
}
