//! The command line, with the server running and stopped.

use std::process::Command;

use crate::harness::Server;

fn mayfly(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test]
async fn projects_are_added_while_the_server_runs_and_while_it_does_not() {
    let server = Server::start().await;
    let added = server.command(&["project", "add", "Help desk", "--json"]);
    assert_eq!(added["id"], 2);
    let key = added["key"].as_str().unwrap();
    assert!(added["dsn"].as_str().unwrap().contains(key));
    assert!(
        added["snippet"]
            .as_str()
            .unwrap()
            .contains("'setSiteId', '2'")
    );
    let answer = server
        .get("/matomo.php?idsite=2&rec=1")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "known at once");
    let envelope = "{}\n{\"type\":\"event\"}\n{}";
    let path = format!("/api/2/envelope/?sentry_key={key}");
    assert_eq!(
        server
            .post(&path)
            .body(envelope)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let path = format!("/api/1/envelope/?sentry_key={key}");
    assert_eq!(
        server
            .post(&path)
            .body(envelope)
            .send()
            .await
            .unwrap()
            .status(),
        403
    );

    let stopped = server.stop().await;
    let data = stopped.data().to_str().unwrap().to_owned();
    let (ok, text) = mayfly(&[
        "project",
        "add",
        "Chat",
        "--retention-hours",
        "24",
        "--data",
        &data,
    ]);
    assert!(ok && text.contains("Project 3 · Chat"), "{text}");
    let (ok, text) = mayfly(&[
        "project",
        "add",
        "x",
        "--retention-hours",
        "721",
        "--data",
        &data,
    ]);
    assert!(!ok && text.contains("30 days is the ceiling"), "{text}");
    let server = stopped.start().await;
    let answer = server
        .get("/matomo.php?idsite=3&rec=1")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    server.settle().await;
    let lives = "SELECT max(expires_at) <= now() + INTERVAL 24 HOUR FROM analytics_events WHERE project_id = 3";
    assert_eq!(server.sql(lives).await, "1");
}

#[tokio::test]
async fn check_finds_everything_in_place() {
    let server = Server::start().await;
    let checked = server.command(&["check", "--json"]);
    let checks = checked["checks"].as_array().unwrap();
    assert!(checks.len() >= 9);
    for check in checks {
        assert_eq!(check["ok"], true, "{check}");
    }
}

#[tokio::test]
async fn check_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["check", "--data"])
        .arg(data.path())
        .env("MAYFLY_ENGINE", "/nonexistent/libchdb.so")
        .env("MAYFLY_CACHE", "/nonexistent")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    assert!(
        text.contains("FAIL engine") && text.contains("FAIL geo database"),
        "{text}"
    );
    assert!(text.contains("run `make engine`"), "{text}");
}

#[test]
fn wrong_settings_are_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["check"])
        .env("MAYFLY__PRIVACY__MASKOCTETS", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("did you mean `privacy.mask_octets`?"),
        "{text}"
    );
}

/// A command's engine ends with the command; a server that starts beside it has its own.
#[tokio::test]
async fn a_server_started_beside_a_command_stays() {
    let stopped = Server::start().await.stop().await;
    let data = stopped.data().to_str().unwrap().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly"))
        .args(["project", "add", "Beside", "--data", &data])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let server = stopped.start().await;
    assert!(command.wait().unwrap().success());
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(server.hit("").await.status(), 200);
    server.settle().await;
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
}
