//! What the engine process may ask of the kernel: its own data directory and nothing else.
//!
//! SQL can name files, addresses and programs in many ways (table functions, engines, dictionaries,
//! the function `file`), and grants cover most of them, not all. So the process gives the means away
//! before the engine is loaded, for every statement and for good:
//!
//! - seccomp: no sockets, no connections, no programs. (The listening socket is already there, and
//!   accepting on it stays allowed.)
//! - Landlock: no files but the data directory, the library, and what the engine reads of `/proc` and
//!   `/sys`; no signals to other processes. A kernel without Landlock leaves this part out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch};

/// What the engine reads beside its data: memory and processor facts, its own threads, limits of
/// control groups, the libraries it is linked to.
const READABLE: [&str; 17] = [
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/sys/vm",
    "/proc/sys/kernel",
    "/proc/mounts",
    "/sys/fs/cgroup",
    "/sys/devices/system",
    "/dev/urandom",
    "/dev/zero",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
];

/// Closes the calling thread, and every thread it starts from now on, into the sandbox.
pub fn enter(library: &Path, data: &Path, socket: &Path) {
    if restrict_files(library, data, socket).is_err() {
        tracing::warn!(
            "the kernel offers no Landlock: the engine's files are guarded by grants only"
        );
    }
    if restrict_calls().is_err() {
        tracing::warn!(
            "the kernel offers no seccomp: the engine's network is guarded by grants only"
        );
    }
}

fn restrict_files(library: &Path, data: &Path, socket: &Path) -> Result<(), ()> {
    let abi = ABI::V6;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(abi)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .map_err(drop)?;
    let mut allow = |path: &Path, access| -> Result<(), ()> {
        // What is not there needs no permission.
        let Ok(path) = PathFd::new(path) else {
            return Ok(());
        };
        let rule = PathBeneath::new(path, access);
        (&mut ruleset).add_rule(rule).map(drop).map_err(drop)
    };
    allow(data, AccessFs::from_all(abi) & !AccessFs::Execute)?;
    allow(library, AccessFs::from_read(abi))?;
    allow(
        Path::new("/dev/null"),
        AccessFs::from_file(abi) & !AccessFs::Execute,
    )?;
    for path in READABLE {
        let libraries = path.starts_with("/lib") || path.starts_with("/usr/lib");
        let execute = if libraries {
            AccessFs::Execute.into()
        } else {
            landlock::BitFlags::empty()
        };
        allow(
            Path::new(path),
            (AccessFs::ReadFile | AccessFs::ReadDir) | execute,
        )?;
    }
    // Removing the socket at the end.
    let directory = socket
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    allow(&directory, AccessFs::RemoveFile.into())?;
    match ruleset.restrict_self() {
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::NotEnforced,
            ..
        })
        | Err(_) => Err(()),
        Ok(_) => Ok(()),
    }
}

fn restrict_calls() -> Result<(), ()> {
    let target: TargetArch = std::env::consts::ARCH.try_into().map_err(drop)?;
    let refused = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        // Would do any of the above past this filter.
        libc::SYS_io_uring_setup,
    ];
    let rules: BTreeMap<i64, Vec<SeccompRule>> =
        refused.into_iter().map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::EACCES as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, target).map_err(drop)?;
    let program: BpfProgram = filter.try_into().map_err(drop)?;
    seccompiler::apply_filter(&program).map_err(drop)
}
