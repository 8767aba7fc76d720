//! The data directory: everything the program writes is in here, readable by its owner only.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::fs::FlockOperation;

use crate::ledger::{Ledger, LedgerError};
use crate::privacy::MasterSecret;
use crate::time::Timestamp;

/// Paths inside the data directory.
pub(super) struct DataDirectory {
    path: PathBuf,
}

/// Held while a server runs. Two servers on one data directory would send each other's batches.
pub(super) struct Lock {
    _file: File,
}

impl DataDirectory {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("the data directory {} cannot be created", path.display()))?;
        let path = fs::canonicalize(path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o700)).with_context(|| {
            format!(
                "the data directory {} belongs to somebody else",
                path.display()
            )
        })?;
        fs::create_dir_all(path.join("run"))?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    pub fn clickhouse(&self) -> PathBuf {
        self.path.join("clickhouse")
    }

    pub fn engine_socket(&self) -> PathBuf {
        self.path.join("run/engine.sock")
    }

    /// The ledger of this installation, begun at first start.
    pub fn ledger(&self, now: Timestamp) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.path, now)
    }

    /// Claims the directory for one server.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.join("run/server.lock"))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => bail!(
                "the data directory {} is in use by another mayfly: stop it, or name another with --data",
                self.path.display()
            ),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// The secret behind pseudonyms: from the settings, or made at first start.
    pub fn secret(&self, configured: &str) -> anyhow::Result<MasterSecret> {
        let digits = match configured {
            "" => self.own_secret()?,
            digits => digits.to_owned(),
        };
        let mut secret = [0u8; 32];
        for (byte, pair) in secret.iter_mut().zip(digits.trim().as_bytes().chunks(2)) {
            *byte = std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .context("secret.key in the data directory is damaged; restore it from a backup")?;
        }
        Ok(MasterSecret::new(secret))
    }

    fn own_secret(&self) -> anyhow::Result<String> {
        let path = self.path.join("secret.key");
        match fs::read_to_string(&path) {
            Ok(digits) if digits.trim().len() == 64 => return Ok(digits),
            Ok(_) => bail!("{} is damaged; restore it from a backup", path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0u8; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .ok()
            .context("the system has no randomness")?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(digits.as_bytes())?;
        file.sync_all()?;
        Ok(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDirectory::open(directory.path()).unwrap();
        assert_eq!(data.own_secret().unwrap(), data.own_secret().unwrap());
        let mode = fs::metadata(directory.path().join("secret.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(directory.path().join("secret.key"), "short").unwrap();
        assert!(data.secret("").is_err());
    }

    #[test]
    fn one_server_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDirectory::open(directory.path()).unwrap();
        let lock = data.lock().unwrap();
        assert!(data.lock().is_err());
        drop(lock);
        assert!(data.lock().is_ok());
    }
}
