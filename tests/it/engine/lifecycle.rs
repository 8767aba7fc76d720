//! Start, stop, crash, and who may be there at the same time.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mayfly::engine::{EngineError, Supervisor};

use super::{Engine, child_of, encoded, options, program, send, try_send};

fn kill(process: i32, signal: &str) {
    assert!(
        Command::new("kill")
            .args([signal, &process.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "waited for {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_socket_is_private_and_a_stale_one_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let options = options(directory.path());
    drop(std::os::unix::net::UnixListener::bind(&options.socket).unwrap());
    let supervisor = Supervisor::start(program(), options.clone()).await.unwrap();
    let mode = std::fs::metadata(&options.socket)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(&options.data)
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert!(supervisor.health().is_up());
    supervisor.stop().await;
    assert!(!options.socket.exists());
    // Another kind of file is not ours to replace.
    std::fs::write(&options.socket, "x").unwrap();
    let refused = Supervisor::start(program(), options).await.err().unwrap();
    assert!(matches!(refused, EngineError::Socket { .. }), "{refused}");
}

#[tokio::test]
async fn a_data_directory_has_one_engine() {
    let engine = Engine::start().await;
    let mut second = options(engine.directory.path());
    second.socket = engine.directory.path().join("second.sock");
    let begun = Instant::now();
    let refused = Supervisor::start(program(), second.clone())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&refused, EngineError::DataInUse { data } if *data == second.data),
        "{refused}"
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(engine.sql("SELECT 1").await, "1");
    engine.supervisor.stop().await;
    Supervisor::start(program(), second)
        .await
        .unwrap()
        .stop()
        .await;
}

#[tokio::test]
async fn a_missing_or_wrong_library_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(directory.path());
    options.library = directory.path().join("libchdb.so");
    let refused = Supervisor::start(program(), options.clone())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(refused, EngineError::LibraryMissing { .. }),
        "{refused}"
    );
    std::fs::write(&options.library, "not a library").unwrap();
    let refused = Supervisor::start(program(), options.clone())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(refused, EngineError::LibraryUnusable { .. }),
        "{refused}"
    );
    let refused = Supervisor::start("/nonexistent".into(), options)
        .await
        .err()
        .unwrap();
    assert!(
        matches!(refused, EngineError::DidNotStart { .. }),
        "{refused}"
    );
}

/// Killed again and again while rows come in: no acknowledged row is lost, no batch is stored twice.
#[tokio::test]
async fn acknowledged_rows_survive_kill_and_are_not_doubled() {
    let engine = Engine::start().await;
    engine
        .sql("CREATE TABLE t (batch UInt64, a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS \
            non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1")
        .await;
    let insert = |batch: u64| {
        let socket = engine.socket().to_owned();
        let target = format!(
            "/?query={}&insert_deduplication_token=b{batch}",
            encoded("INSERT INTO t FORMAT CSV")
        );
        let rows: String = (0..100).map(|a| format!("{batch},{a}\n")).collect();
        tokio::spawn(async move {
            try_send(&socket, "POST", &target, &[], rows.into())
                .await
                .map(|reply| reply.status)
                .ok()
        })
    };
    let mut batch = 0;
    for round in 0..3 {
        let killed_at = batch + 7 + round;
        loop {
            batch += 1;
            let request = insert(batch);
            if batch == killed_at {
                tokio::time::sleep(Duration::from_millis(3 * (round + 1))).await;
                kill(engine.process_id(), "-KILL");
            }
            // Unanswered: unknown. Sent again with its token until there is an answer.
            let mut answer = request.await;
            while !matches!(answer, Ok(Some(200))) {
                until("the restart", || engine.supervisor.health().is_up()).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                answer = insert(batch).await;
            }
            if batch == killed_at {
                break;
            }
        }
        // The answer may have come before the blow.
        until("the restart", || {
            engine.supervisor.health().restarts() == round + 1
        })
        .await;
        // A batch from before the crash, once more.
        assert_eq!(insert(1).await.unwrap(), Some(200));
    }
    assert_eq!(engine.supervisor.health().restarts(), 3);
    let stored = engine
        .sql("SELECT count(), uniqExact(batch), max(batch) FROM t")
        .await;
    assert_eq!(stored, format!("{}\t{batch}\t{batch}", batch * 100));
}

#[tokio::test]
async fn while_it_is_down_requests_fail_fast() {
    let engine = Engine::start().await;
    kill(engine.process_id(), "-KILL");
    until("the end", || !engine.supervisor.health().is_up()).await;
    let begun = Instant::now();
    assert!(
        tokio::net::UnixStream::connect(engine.socket())
            .await
            .is_err()
    );
    assert!(begun.elapsed() < Duration::from_millis(50));
    until("the restart", || engine.supervisor.health().is_up()).await;
    assert_eq!(engine.sql("SELECT 1").await, "1");
    assert_eq!(engine.supervisor.health().restarts(), 1);
}

#[tokio::test]
async fn stopping_drains_running_statements() {
    let engine = Engine::start().await;
    let socket = engine.socket().to_owned();
    let running = tokio::spawn(async move {
        send(
            &socket,
            "POST",
            "/",
            &[],
            "SELECT sleep(1.5), 'done' FORMAT CSV".into(),
        )
        .await
        .text()
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    engine.supervisor.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(running.await.unwrap(), "0,\"done\"\n");
}

fn by_hand(directory: &std::path::Path, program: &str) -> Command {
    let options = options(directory);
    let mut command = Command::new(program);
    command
        .args(["engine", "--library"])
        .arg(&options.library)
        .arg("--data")
        .arg(&options.data)
        .arg("--socket")
        .arg(&options.socket)
        .args(["--memory-bytes-max", "1000000000", "--connections-max", "2"])
        .stdout(Stdio::null());
    command
}

#[tokio::test]
async fn it_ends_with_its_parents_pipe_and_with_sigterm() {
    for end in ["pipe", "TERM", "INT"] {
        let directory = tempfile::tempdir().unwrap();
        let program = program();
        let mut child = by_hand(directory.path(), program.to_str().unwrap())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let socket = options(directory.path()).socket;
        until("the socket", || socket.exists()).await;
        assert_eq!(
            send(&socket, "GET", "/ping", &[], "".into()).await.status,
            200
        );
        match end {
            "pipe" => drop(child.stdin.take()),
            signal => kill(child.id() as i32, &format!("-{signal}")),
        }
        let mut status = None;
        until(end, || {
            status = child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        assert!(status.unwrap().success(), "{end}: {status:?}");
    }
}

/// The parent is killed outright, and the engine has no pipe to notice it by.
#[tokio::test]
async fn it_dies_with_a_killed_parent() {
    let directory = tempfile::tempdir().unwrap();
    let mut shell = by_hand(directory.path(), "sh");
    let arguments: Vec<_> = shell
        .get_args()
        .map(|word| word.to_str().unwrap().to_owned())
        .collect();
    shell = Command::new("sh");
    let line = format!(
        "{} {} < /dev/null & wait",
        program().display(),
        arguments.join(" ")
    );
    let mut parent = shell
        .args(["-c", &line])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let socket = options(directory.path()).socket;
    until("the socket", || socket.exists()).await;
    assert_eq!(
        send(&socket, "GET", "/ping", &[], "".into()).await.status,
        200
    );
    let engine = child_of(parent.id(), &socket).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let proc = format!("/proc/{engine}/exe");
    until("the engine's end", || std::fs::read_link(&proc).is_err()).await;
    assert!(!socket.exists(), "it has cleaned up");
}

#[tokio::test]
async fn it_computes_where_nobody_else_wants_the_core_unless_told_otherwise() {
    const SCHED_OTHER: &str = "0";
    const SCHED_IDLE: &str = "5";
    for (keeps, expected) in [(true, SCHED_IDLE), (false, SCHED_OTHER)] {
        let engine = Engine::start_with(|options| options.keeps_to_idle_cores = keeps).await;
        // Threads that only come with the work take it over.
        engine
            .sql("SELECT sum(number) FROM numbers_mt(10000000)")
            .await;
        let tasks = std::fs::read_dir(format!("/proc/{}/task", engine.process_id())).unwrap();
        let mut policies = tasks.map(|task| policy(&task.unwrap().path()));
        assert!(policies.all(|policy| policy == expected), "{keeps}");
        engine.supervisor.stop().await;
    }
}

/// How the kernel schedules a thread: the 41st field of its `stat`, of which the second may hold spaces.
fn policy(task: &std::path::Path) -> String {
    let stat = std::fs::read_to_string(task.join("stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(38).unwrap().to_owned()
}

#[tokio::test]
async fn it_takes_no_huge_pages() {
    let engine = Engine::start().await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.process_id())).unwrap();
    assert!(status.contains("THP_enabled:\t0\n"), "{status}");
    engine.supervisor.stop().await;
}
