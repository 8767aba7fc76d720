//! A whole Mayfly for a test: the real program, the real engine, a data directory of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mayfly::outcome::Kind;
use mayfly::privacy::Table;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// Long enough for a loaded machine of two cores.
const PATIENCE: Duration = Duration::from_secs(30);

/// Debian's libfaketime.
const SHIFTED_CLOCK: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// What a server is started with.
#[derive(Clone, Default)]
pub struct Setup {
    environment: Vec<(String, String)>,
    clock: Clock,
    files_max: Option<u32>,
    config: Option<PathBuf>,
}

/// What the server takes for the time.
#[derive(Clone, Default)]
enum Clock {
    #[default]
    True,
    /// By a fixed distance, in the words of faketime.
    Shifted(String),
    /// By what stands in a file at the moment.
    Steered(PathBuf),
}

impl Setup {
    /// Overrides a setting, e.g. `("PRIVACY__MASK_OCTETS", "2")`.
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.environment
            .push((format!("MAYFLY__{key}"), value.to_string()));
        self
    }

    /// Sets any other variable of the environment.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the server with a shifted clock, e.g. `+31d`. The engine's own stays as it is: what is
    /// deleted and what is seen follows the server's.
    pub fn clock(mut self, shift: &str) -> Self {
        self.clock = Clock::Shifted(shift.to_owned());
        self
    }

    /// Starts the server with a clock that follows a file, which holds a shift or a moment to stand still at.
    pub fn steered_clock(mut self, file: &Path) -> Self {
        self.clock = Clock::Steered(file.to_owned());
        self
    }

    /// Reads settings from a file.
    pub fn config(mut self, file: &Path) -> Self {
        self.config = Some(file.to_owned());
        self
    }

    /// Lets the server have so many open files and connections.
    pub fn files_max(mut self, count: u32) -> Self {
        self.files_max = Some(count);
        self
    }

    /// Starts a server on a fresh data directory.
    pub async fn start(self) -> Server {
        self.start_on(fresh_data()).await
    }

    /// Starts a server whose ClickHouse is away: there is no project and no token.
    pub async fn start_without_token(self) -> Server {
        self.launch(fresh_data()).await
    }

    /// Starts a server on a data directory that was prepared.
    pub async fn start_on(self, data: Arc<tempfile::TempDir>) -> Server {
        let mut server = self.launch(data).await;
        let projects = server.command(&["project", "list", "--json"]);
        server.key = projects["projects"][0]["keys"][0]
            .as_str()
            .unwrap()
            .to_owned();
        let token = server.command(&["token", "add", "--role", "admin", "--json"]);
        server.token = token["token"].as_str().unwrap().to_owned();
        server
    }

    async fn launch(self, data: Arc<tempfile::TempDir>) -> Server {
        let program = env!("CARGO_BIN_EXE_mayfly");
        let mut command = match self.files_max {
            None => Command::new(program),
            Some(count) => {
                let mut limited = Command::new("prlimit");
                limited.args([&format!("--nofile={count}:{count}"), program]);
                limited
            }
        };
        match &self.clock {
            Clock::True => {}
            Clock::Shifted(shift) => {
                preload_clock(&mut command).env("FAKETIME", shift);
            }
            Clock::Steered(file) => {
                preload_clock(&mut command)
                    .env("FAKETIME_TIMESTAMP_FILE", file)
                    .env("FAKETIME_CACHE_DURATION", "1");
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .args(
                self.config
                    .iter()
                    .flat_map(|file| [Path::new("--config"), file]),
            )
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let output = Output::default();
        output.follow(process.stdout.take().unwrap());
        output.follow(process.stderr.take().unwrap());
        let mut server = Server {
            address: String::new(),
            key: String::new(),
            token: String::new(),
            // A server that makes room may close a connection in the moment in which it is used again.
            client: Client::builder().pool_max_idle_per_host(0).build().unwrap(),
            setup: self,
            process,
            output,
            data,
        };
        let listening = server
            .output
            .wait_for("listens on ", &mut server.process)
            .await;
        server.address = listening.rsplit(' ').next().unwrap().to_owned();
        server
    }
}

/// Days pass, timeouts do not.
fn preload_clock(command: &mut Command) -> &mut Command {
    command
        .env("LD_PRELOAD", SHIFTED_CLOCK)
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
}

pub fn fresh_data() -> Arc<tempfile::TempDir> {
    Arc::new(
        tempfile::Builder::new()
            .prefix("mayfly-")
            .tempdir()
            .unwrap(),
    )
}

/// A running server. Killed when dropped.
pub struct Server {
    pub address: String,
    /// Public key of project 1.
    pub key: String,
    /// An admin's token.
    pub token: String,
    client: Client,
    setup: Setup,
    process: Child,
    output: Output,
    data: Arc<tempfile::TempDir>,
}

impl Server {
    /// A server with default settings.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn dsn(&self) -> String {
        format!("http://{}@{}/1", self.key, self.address)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Sends a hit of project 1 by GET, from a visitor at 203.0.113.77.
    pub async fn hit(&self, query: &str) -> Response {
        let request = self.get(&format!("/matomo.php?idsite=1&rec=1&{query}"));
        request
            .header("x-forwarded-for", "203.0.113.77")
            .send()
            .await
            .unwrap()
    }

    /// Sends an envelope with one event.
    pub async fn crash(&self, event: &str) -> Response {
        let body = format!(
            "{{}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n",
            event.len()
        );
        let path = format!("/api/1/envelope/?sentry_key={}", self.key);
        self.post(&path)
            .header("x-forwarded-for", "203.0.113.77")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Runs SQL as admin and returns tab-separated text without the last line break.
    pub async fn sql(&self, statement: &str) -> String {
        let begun = Instant::now();
        let mut answer = self.sql_as(&self.token, statement).await;
        // An engine that was just started on a busy machine may take a while.
        while answer.status() == 503 && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer = self.sql_as(&self.token, statement).await;
        }
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        answer
            .text()
            .await
            .unwrap()
            .trim_end_matches('\n')
            .to_owned()
    }

    pub async fn sql_as(&self, token: &str, statement: &str) -> Response {
        let request = self
            .post("/api/v1/sql?default_format=TabSeparated")
            .bearer_auth(token);
        request.body(statement.to_owned()).send().await.unwrap()
    }

    /// Runs a statement as the operator of the engine could.
    pub fn engine_sql(&self, statement: &str) {
        let output = Command::new("curl")
            .args(["-sf", "--data-binary", statement, "--unix-socket"])
            .arg(self.data.path().join("run/engine.sock"))
            .arg("http://localhost/?database=mayfly")
            .output()
            .unwrap();
        assert!(output.status.success(), "{statement}");
    }

    /// The text of `/metrics`.
    pub async fn metrics(&self) -> String {
        let answer = self.get("/metrics").send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", self.log()));
        answer.text().await.unwrap()
    }

    /// A value of `/metrics`, e.g. `items_stored_total{kind="error"}`.
    pub async fn metric(&self, name: &str) -> u64 {
        let text = self.metrics().await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("mayfly_{name} ")));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Waits until the spool is empty, and asserts that every item has exactly one outcome.
    pub async fn settle(&self) {
        let begun = Instant::now();
        for kind in Kind::ALL {
            let in_spool = format!("items_in_spool{{kind=\"{kind}\"}}");
            while self.metric(&in_spool).await > 0 {
                assert!(begun.elapsed() < PATIENCE, "{}", self.log());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        for kind in Kind::ALL {
            self.assert_balance(kind.name()).await;
        }
    }

    /// received + recovered = stored + dropped + in the spool
    pub async fn assert_balance(&self, kind: &str) {
        let label = format!("{{kind=\"{kind}\"}}");
        let text = self.metrics().await;
        let value = |name: &str| -> u64 {
            let prefix = format!("mayfly_{name}{label} ");
            text.lines()
                .find_map(|line| line.strip_prefix(&prefix)?.parse().ok())
                .unwrap_or(0)
        };
        let came = value("items_received_total") + value("items_recovered_total");
        let went =
            value("items_stored_total") + value("items_dropped_total") + value("items_in_spool");
        assert_eq!(came, went, "{kind}\n{text}");
        assert_eq!(value("drops_total{reason=\"forgotten\"}"), 0);
    }

    /// Sets a setting of project 1 and waits until the server follows.
    pub async fn set(&self, key: &str, value: &str) {
        self.set_each(&[(key, value)]).await;
    }

    /// Sets several at once.
    pub async fn set_each(&self, settings: &[(&str, &str)]) {
        for (key, value) in settings {
            self.state(key, value);
        }
        self.follow().await;
    }

    /// Makes the server follow what a command changed. Asked for a project that it does not know, it reads all of them anew.
    pub async fn follow(&self) {
        let unknown = self.get("/privacy/88888").send().await.unwrap();
        assert_eq!(unknown.status(), 404);
    }

    fn state(&self, key: &str, value: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        command
            .args(["project", "set", "1", key, value, "--data"])
            .arg(self.data.path())
            .envs(self.setup.environment.iter().map(|(k, v)| (k, v)));
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Runs `mayfly ARGS --data …` and parses its JSON.
    pub fn command(&self, arguments: &[&str]) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_mayfly"))
            .args(arguments)
            .arg("--data")
            .arg(self.data.path())
            .envs(self.setup.environment.iter().map(|(k, v)| (k, v)))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{arguments:?}: {text}{errors}"))
    }

    /// Runs `mayfly ARGS --data …` with `input` on standard input: whether it succeeded, and what it printed.
    pub fn command_with_input(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"));
        let command = command.args(arguments).arg("--data").arg(self.data.path());
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = piped.spawn().unwrap();
        let mut standard_input = process.stdin.take().unwrap();
        // A command that refuses its arguments does not read.
        let _ = standard_input.write_all(input.as_bytes());
        drop(standard_input);
        let output = process.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.success(), text)
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Everything that the program has printed.
    pub fn log(&self) -> String {
        self.output.lines.lock().unwrap().join("\n")
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(mut self) -> Stopped {
        signal(self.process.id(), "TERM");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "does not stop\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        Stopped {
            status,
            setup: self.setup.clone(),
            data: Arc::clone(&self.data),
        }
    }

    /// SIGKILL, server and engine.
    pub async fn kill(self) -> Stopped {
        let engines = children_of(self.process.id());
        signal(self.process.id(), "KILL");
        engines
            .into_iter()
            .for_each(|engine| signal(engine, "KILL"));
        self.kill_alone().await
    }

    /// SIGKILL; an engine of its own finds out by itself.
    pub async fn kill_alone(mut self) -> Stopped {
        signal(self.process.id(), "KILL");
        let status = self.process.wait().unwrap();
        Stopped {
            status,
            setup: self.setup.clone(),
            data: Arc::clone(&self.data),
        }
    }

    /// The server's process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The engine's process.
    pub fn engine_id(&self) -> u32 {
        children_of(self.process.id())[0]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server that has ended, with its data.
pub struct Stopped {
    pub status: ExitStatus,
    setup: Setup,
    data: Arc<tempfile::TempDir>,
}

impl Stopped {
    /// Starts again on the same data.
    pub async fn start(self) -> Server {
        self.setup.start_on(self.data).await
    }

    /// Starts again on the same data with another setup.
    pub async fn start_with(self, setup: Setup) -> Server {
        setup.start_on(self.data).await
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }
}

pub fn signal(process: u32, name: &str) {
    let _ = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status();
}

fn children_of(process: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|text| {
            text.split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What the program prints, as it prints it.
#[derive(Clone, Default)]
struct Output {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Output {
    fn follow(&self, stream: impl std::io::Read + Send + 'static) {
        let lines = Arc::clone(&self.lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
    }

    async fn wait_for(&self, part: &str, process: &mut Child) -> String {
        let begun = Instant::now();
        loop {
            let found = self
                .lines
                .lock()
                .unwrap()
                .iter()
                .find(|l| l.contains(part))
                .cloned();
            if let Some(line) = found {
                return line;
            }
            let ended = process.try_wait().unwrap();
            let log = || self.lines.lock().unwrap().join("\n");
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "no {part:?}:\n{}",
                log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Names of the tables that sealed rows go to.
pub fn tables() -> impl Iterator<Item = &'static str> {
    Table::ALL.iter().map(|table| table.name())
}

/// Where the captured requests of real clients are, if they lie beside the repository.
pub fn captures() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    path.is_dir().then_some(path)
}

/// Every file below a directory, with its bytes.
pub fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            // A part that a merge has just replaced may go while we look.
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}
