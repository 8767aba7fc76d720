//! Names of files that stay the same from build to build and from host to host.
//!
//! Bundlers write hashes, chunk numbers and versions into names (`app.3f9c2b1a.js`, `chunk-ABC123.js`,
//! `index-DbQ2xY9p.js`, `main-es2015.8b6.js`); deployments write them into directories (`/v1.2.3/`). Only the base
//! name is used, without those marks, with its directory if the name alone is one of the many `index`.

use std::borrow::Cow;

/// Stands for a chunk whose name is nothing but a mark.
const CHUNK: &str = "chunk";
/// Stands for a script inside a page: the same script is in many pages.
const PAGE: &str = "page";

/// Names that every directory may have: the directory tells them apart.
#[rustfmt::skip]
const COMMON: [&str; 18] = [
    "index", "main", "mod", "lib", "page", "layout", "route", "routes", "__init__", "handler", "handlers", "views",
    "models", "utils", "helpers", "server", "client", "app",
];
/// Directories that tell nothing apart.
#[rustfmt::skip]
const NEUTRAL: [&str; 22] = [
    "assets", "static", "js", "scripts", "dist", "build", "src", "public", "lib", "chunks", "out", "client", "server",
    "current", "release", "html", "www", "bin", "app", ".", "..", "pages",
];
/// Parts of a bundle's name that say how it was built.
#[rustfmt::skip]
const BUILD_WORDS: [&str; 13] = [
    "min", "bundle", "chunk", "prod", "production", "development", "legacy", "modern", "esm", "umd", "cjs", "es5", "es6",
];

/// The name of a script, and whether a bundler seems to have made it.
pub(super) fn script(url: &str) -> (Cow<'_, str>, bool) {
    let path = without_query(url);
    let (directory, base) = split_base(path);
    let (stem, extension) = base.rsplit_once('.').unwrap_or((base, ""));
    match extension {
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" => {
            let (name, marked) = without_marks(stem);
            (with_directory(directory, name), marked)
        }
        // One bundle for each system, e.g. `index.android.bundle` and `main.jsbundle`.
        "bundle" | "jsbundle" | "hbc" => (Cow::Borrowed("bundle"), true),
        "wasm" => (Cow::Borrowed(stem), true),
        _ if is_page(url, extension) => (Cow::Borrowed(PAGE), false),
        _ => (Cow::Borrowed(base), false),
    }
}

/// The name of a source file, without its extension.
pub(super) fn source(path: &str) -> Cow<'_, str> {
    let (directory, base) = split_base(without_query(path));
    let stem = base.split('.').next().unwrap_or(base);
    // Compiled templates are named by a digest of theirs.
    if stem.len() >= 16 && stem.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Cow::Borrowed("");
    }
    with_directory(directory, Cow::Borrowed(stem))
}

/// The last part of a path, e.g. of a shared library, without its version.
pub(super) fn library(path: &str) -> &str {
    let base = split_base(path).1;
    base.split('.').next().unwrap_or(base)
}

fn without_query(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    &url[..end]
}

/// Directory and base name. The host of a URL is no directory.
fn split_base(path: &str) -> (&str, &str) {
    let path = match path.find("://") {
        Some(at) => {
            let rest = &path[at + 3..];
            rest.find('/').map_or(rest, |slash| &rest[slash..])
        }
        None => path,
    };
    match path.rfind(['/', '\\']) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

fn is_page(url: &str, extension: &str) -> bool {
    url.starts_with("http") || matches!(extension, "html" | "htm" | "php" | "aspx" | "jsp")
}

fn with_directory<'e>(directory: &'e str, name: Cow<'e, str>) -> Cow<'e, str> {
    if !COMMON.contains(&name.as_ref()) {
        return name;
    }
    let parent = split_base(directory).1;
    let varies = parent.is_empty()
        || NEUTRAL.contains(&parent)
        || parent.bytes().any(|b| b.is_ascii_digit())
        || parent == "[user]";
    if varies {
        return name;
    }
    Cow::Owned(format!("{parent}/{name}"))
}

/// The stem without hashes, numbers and words of the build, and whether any of them was there.
fn without_marks(stem: &str) -> (Cow<'_, str>, bool) {
    let (rest, mut marked) = match rollup_hash(stem) {
        Some(rest) => (rest, true),
        None => (stem, false),
    };
    let mut kept = String::new();
    let mut dropped = marked;
    let mut before = '\0';
    let mut from = 0;
    for (at, delimiter) in rest
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | '-' | '_' | '~'))
        .chain([(rest.len(), '\0')])
    {
        let part = &rest[from..at];
        let mark = is_mark(part, before);
        let drops = mark || (before != '\0' && is_build_word(part));
        if drops {
            dropped = true;
            marked |= mark || matches!(part, "min" | "bundle" | "chunk");
        } else {
            if !kept.is_empty() {
                kept.push(before);
            }
            kept.push_str(part);
        }
        before = delimiter;
        from = at + delimiter.len_utf8();
    }
    match (dropped, kept.is_empty()) {
        (false, _) => (Cow::Borrowed(stem), false),
        (true, true) => (Cow::Borrowed(CHUNK), true),
        (true, false) => (Cow::Owned(kept), marked),
    }
}

fn is_build_word(part: &str) -> bool {
    let target_year = part
        .strip_prefix("es20")
        .is_some_and(|year| year.len() == 2 && year.bytes().all(|b| b.is_ascii_digit()));
    target_year || BUILD_WORDS.contains(&part)
}

/// `index-DbQ2xY9p`: Rollup, Vite and esbuild end names in eight characters of base64url or base32.
fn rollup_hash(stem: &str) -> Option<&str> {
    let at = stem.len().checked_sub(9)?;
    let tail = stem.get(at + 1..)?;
    let delimited = matches!(stem.as_bytes()[at], b'-' | b'.');
    (delimited && is_random(tail, 8)).then(|| &stem[..at])
}

/// Whether a part of a name, behind `before`, is a hash or number of the build. The first part mostly is a name.
fn is_mark(part: &str, before: char) -> bool {
    let first = before == '\0';
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let hex = part.bytes().all(|b| b.is_ascii_hexdigit());
    if part.is_empty() {
        false
    } else if digits == part.len() {
        // `step-2` is a name, `787.js` and `jquery.3.6.0` are not.
        first || before == '.' || digits > 2
    } else if hex && digits > 0 {
        let short = before == '.' && part.len() >= 3 && part.as_bytes()[0].is_ascii_digit();
        part.len() >= 8 || (!first && part.len() >= 6) || short
    } else {
        (hex && part.len() >= 16)
            || (!first
                && is_random(
                    part,
                    if part.bytes().any(|b| b.is_ascii_lowercase()) {
                        8
                    } else {
                        5
                    },
                ))
    }
}

/// Whether at least `bytes_min` letters and digits are mixed as in no word: `DbQ2xY9p`, `5QX2ZLJK`, `D_k2-x9p`, but not
/// `CartPage`, `chapter1`, `my-page1`.
fn is_random(part: &str, bytes_min: usize) -> bool {
    let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let upper = count(u8::is_ascii_uppercase);
    let lower = count(u8::is_ascii_lowercase);
    let others = count(|b| matches!(b, b'-' | b'_'));
    if part.len() < bytes_min || digits + upper + lower + others != part.len() {
        return false;
    }
    // Words of fewer than three letters on average.
    let jumbled = lower > 0 && upper * 3 > upper + lower;
    let head = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered_word = head.len() + digits == part.len();
    match digits {
        0 => (lower == 0 && upper == 8) || (part.len() >= 8 && jumbled),
        _ if numbered_word => jumbled || (lower == 0 && digits >= 3),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_of_one_file_have_one_name() {
        for (file, name) in [
            ("https://cdn.example.org/app.3f9c2b1a.js", "app"),
            ("/static/js/main.8b6f2c41.chunk.js?v=2", "main"),
            ("/static/js/787.0c9e2ee2.chunk.js", "chunk"),
            ("chunk-ABC123.js", "chunk"),
            ("/main-es2015.8b6.js", "main"),
            ("/main-es5.1f0.js", "main"),
            ("/assets/index-DbQ2xY9p.js", "index"),
            ("/assets/index-D_k2-x9p.js", "index"),
            ("/assets/CartPage-DbQaxYpK.js", "CartPage"),
            ("/main-5QX2ZLJK.js", "main"),
            ("/polyfills-LZBJRKDQ.js", "polyfills"),
            (
                "/_next/static/chunks/pages/cart-0a1b2c3d4e5f6789.js",
                "cart",
            ),
            ("/_next/static/chunks/4bd1b696-f6bf0e4e1234abcd.js", "chunk"),
            ("webpack:///./src/cart.vue?a1b2", "cart"),
            (
                "webpack-internal:///(app-pages-browser)/./src/cart.tsx",
                "cart",
            ),
            ("/js/shop/v1.2.3/cart.min.js", "cart"),
            ("/lib/jquery-3.6.0.min.js", "jquery-3"),
            ("app:///index.android.bundle", "bundle"),
            ("app:///main.jsbundle", "bundle"),
            ("https://example.org/orders/4711", "page"),
            ("https://example.org/", "page"),
        ] {
            assert_eq!(script(file).0, name, "{file}");
        }
    }

    #[test]
    fn different_files_keep_different_names() {
        for (file, name) in [
            ("/src/CartPage.js", "CartPage"),
            ("/src/cart-CartPage.js", "cart-CartPage"),
            ("/src/chapter1.js", "chapter1"),
            ("/wizard/step-1.js", "step-1"),
            ("/wizard/step-2.js", "step-2"),
            ("/src/d3.js", "d3"),
            ("/src/feedface.js", "feedface"),
            ("/src/cart.module.ts", "cart.module"),
            ("/src/cart/index.js", "cart/index"),
            ("/src/user/index.js", "user/index"),
            ("https://cart.example.org/index.js", "index"),
            ("/releases/20261122/index.js", "index"),
            ("bundle.js", "bundle"),
        ] {
            assert_eq!(script(file).0, name, "{file}");
        }
    }

    #[test]
    fn sources_and_libraries() {
        assert_eq!(source("/srv/shop/cart.py"), "cart");
        assert_eq!(source("shop/cart/__init__.py"), "cart/__init__");
        assert_eq!(source(r"C:\shop\Cart.cs"), "Cart");
        assert_eq!(
            source("/storage/views/0a1b2c3d4e5f67890a1b2c3d4e5f6789.php"),
            ""
        );
        assert_eq!(library("/usr/lib/libshop.so.1.2"), "libshop");
    }
}
