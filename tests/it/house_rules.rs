//! Rules that no lint can keep.

use std::path::Path;

/// Rooms that hold what clients sent cannot write a log: they do not know the macros.
#[test]
fn rooms_that_hold_content_do_not_log() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ["intake", "privacy", "json", "spool", "server"] {
        let files = files(&source.join(room));
        assert!(!files.is_empty(), "{room}");
        for (file, text) in files {
            assert!(!text.contains("tracing"), "{file} must not log");
        }
    }
}

/// Unsafe code is behind the engine's library interface only: the lint that denies it has no other exception.
#[test]
fn unsafe_code_is_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for room in ["src", "benches"] {
        for (file, text) in files(&root.join(room)) {
            let is_library = file.ends_with("engine/library.rs");
            assert_eq!(text.contains("(unsafe_code"), is_library, "{file}");
        }
    }
}

fn files(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}
