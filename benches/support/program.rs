//! A program under measurement.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server; killed when dropped.
pub struct Program {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl Program {
    /// Starts something that says `… listens on ADDRESS`.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listens = |line: &String| line.contains("listens on ");
        let line = lines.find_map(|line| line.ok().filter(listens)).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            address: line.rsplit(' ').next().unwrap().to_owned(),
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The most memory it has held, in MiB.
    pub fn most_resident_mib(&self) -> u64 {
        memory_mib(self.process.id(), "VmHWM:")
    }

    /// Resident memory in MiB.
    pub fn resident_mib(&self) -> u64 {
        memory_mib(self.process.id(), RESIDENT)
    }

    /// The body of an answer.
    pub fn get(&self, path: &str, token: Option<&str>) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", "--fail-with-body"]);
        if let Some(token) = token {
            curl.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        let output = curl.arg(format!("http://{}{path}", self.address)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{path}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Mayfly with its engine and a data directory.
pub struct Mayfly {
    pub program: Program,
    data: PathBuf,
}

impl Mayfly {
    /// Starts one on `data`, with no settings but the address.
    pub fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        Self {
            program: Program::start(command.arg(data)),
            data: data.to_owned(),
        }
    }

    /// A counter of `/metrics`, of one kind of item.
    pub fn counter(&self, name: &str, kind: &str) -> u64 {
        let prefix = format!("mayfly_{name}{{kind=\"{kind}\"}} ");
        let metrics = self.program.get("/metrics", None);
        let mut lines = metrics.lines();
        lines
            .find_map(|line| line.strip_prefix(&prefix)?.parse().ok())
            .unwrap_or(0)
    }

    /// Waits until everything that was received is stored or dropped, and says how much is stored.
    pub fn settle(&self, kind: &str, received: u64) -> u64 {
        let began = std::time::Instant::now();
        loop {
            let stored = self.counter("items_stored_total", kind);
            if stored >= received || began.elapsed().as_secs() > 120 {
                return stored;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// An administrator's token.
    pub fn token(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        command.args(["token", "add", "--role", "admin", "--data"]);
        let output = command.arg(&self.data).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = text.split_whitespace();
        words
            .find(|word| word.starts_with("mfly_"))
            .unwrap()
            .to_owned()
    }

    /// The public key of project 1.
    pub fn key(&self) -> String {
        let projects = self.program.get("/api/v1/projects", Some(&self.token()));
        let projects: serde_json::Value = serde_json::from_str(&projects).unwrap();
        let key = projects["projects"][0]["keys"][0].as_str();
        key.unwrap().to_owned()
    }

    /// Runs a statement as the operator of the engine could.
    pub fn engine(&self, statement: &str) -> String {
        let output = Command::new("curl")
            .args(["-s", "--fail-with-body", "--data-binary", statement])
            .arg("--unix-socket")
            .arg(self.data.join("run/engine.sock"))
            .arg("http://localhost/?database=mayfly")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        text.trim().to_owned()
    }

    /// Resident memory of the engine in MiB.
    pub fn engine_resident_mib(&self) -> u64 {
        self.engine_id().map_or(0, |id| memory_mib(id, RESIDENT))
    }

    /// The engine's process, the server's only child.
    pub fn engine_id(&self) -> Option<u32> {
        let parent = format!("PPid:\t{}\n", self.program.process.id());
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_child = |id: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status"));
            status.is_ok_and(|status| status.contains(&parent))
        };
        ids.find(is_child)
    }
}

const RESIDENT: &str = "VmRSS:";

fn memory_mib(id: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.map_or("0", |line| line.trim().trim_end_matches(" kB"));
    kib.parse::<u64>().unwrap_or(0) / 1024
}
