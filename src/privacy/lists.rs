//! The fetched lists, for tests.

use std::path::Path;
use std::process::Command;

/// The text of a file that `scripts/fetch.sh` keeps under `name`.
pub(super) fn fetched(name: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/fetch.sh");
    let output = Command::new(script).args(["path", name]).output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap();
    std::fs::read_to_string(path.trim())
        .unwrap_or_else(|error| panic!("{name}: {error}; `make engine` fetches it"))
}
