//! Who can read the files.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Subject, Verdict};
use crate::evidence::Words;

/// Permissions for anybody but the owner.
const OTHERS: u32 = 0o077;

/// Nobody but the owner can enter the data directory or read the secret in it.
pub(super) fn permissions(subject: &Subject<'_>) -> Verdict {
    let directory = &subject.practice.data_directory;
    let secret = directory.join("secret.key");
    let command = format!(
        "stat -c '%a %U %n' '{}' '{}'",
        directory.display(),
        secret.display()
    );
    let found = subject.directory_mode.or_else(|| mode(directory));
    let Some(directory_mode) = found else {
        let detail = Words::new(
            "The data directory cannot be read.",
            "Das Datenverzeichnis ist nicht lesbar.",
        );
        return Verdict::new(false, command, detail);
    };
    // With a secret in the settings there is no file.
    let secret_mode = mode(&secret).unwrap_or(0);
    let is_own = std::fs::metadata(directory)
        .is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw());
    let is_private = (directory_mode | secret_mode) & OTHERS == 0;
    let detail = Words::new(
        format!(
            "Directory {directory_mode:03o}, secret {secret_mode:03o} (octal); the owner is {}.",
            if is_own {
                "the server's user"
            } else {
                "somebody else"
            }
        ),
        format!(
            "Verzeichnis {directory_mode:03o}, Geheimnis {secret_mode:03o} (oktal); Eigentümer ist {}.",
            if is_own {
                "der Benutzer des Servers"
            } else {
                "jemand anderes"
            }
        ),
    );
    Verdict::new(is_private && is_own, command, detail)
}

fn mode(path: &Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.mode() & 0o777)
}
