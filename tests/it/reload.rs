//! SIGHUP.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::harness::{Server, Setup, fresh_data, signal};

/// A server whose settings stand in a file.
async fn start(file: &Path, text: &str) -> Server {
    std::fs::write(file, text).unwrap();
    Setup::default().config(file).start_on(fresh_data()).await
}

async fn reload(server: &Server, file: &Path, text: &str, expected: &str) {
    let before = server.log().matches(expected).count();
    std::fs::write(file, text).unwrap();
    signal(server.id(), "HUP");
    let begun = Instant::now();
    while server.log().matches(expected).count() == before {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{}",
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// As a browser, from an address that a proxy states.
async fn country_of_visitor(server: &Server, name: &str) -> String {
    let hit = server.hit(&format!("action_name={name}")).await;
    assert_eq!(hit.status(), 200);
    server.settle().await;
    server
        .sql(&format!(
            "SELECT client_ip FROM analytics_events WHERE title = '{name}'"
        ))
        .await
}

#[tokio::test]
async fn a_hangup_takes_over_what_can_be_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mayfly.toml");
    let server = start(&file, "").await;
    assert!(
        country_of_visitor(&server, "before")
            .await
            .contains("203.0.113.0")
    );

    // Limits, proxies and a new list hold at once; an address to listen on does not.
    let spam = directory.path().join("spam.txt");
    std::fs::write(&spam, "spam.example.org\n").unwrap();
    let changed = format!(
        "[limits]\nper_day = 100\n[server]\nlisten = \"127.0.0.1:1\"\ntrusted_proxies = []\n\
         [privacy]\nmask_octets = 2\n[traffic]\nreferrer_spam_file = {spam:?}\n"
    );
    reload(
        &server,
        &file,
        &changed,
        "settings, geo data and lists reloaded",
    )
    .await;
    let log = server.log();
    for part in [
        "limits.per_day",
        "server.trusted_proxies",
        "traffic.referrer_spam_file",
    ] {
        assert!(log.contains(part), "{log}");
    }
    let restart = log
        .lines()
        .find(|line| line.contains("after a restart only"))
        .unwrap();
    assert!(restart.contains("privacy.mask_octets"), "{restart}");
    assert!(
        country_of_visitor(&server, "after")
            .await
            .contains("127.0.0.0")
    );
    let spam = server.hit("urlref=http%3A%2F%2Fspam.example.org%2F").await;
    assert_eq!(spam.headers()["x-mayfly-outcome"], "referrer_spam");

    // What is wrong is said, and changes nothing.
    for (wrong, told) in [
        ("[limits]\nper_dya = 1", "did you mean `limits.per_day`"),
        (
            "[traffic]\nreferrer_spam_file = \"/nonexistent\"",
            "/nonexistent cannot be read",
        ),
    ] {
        reload(&server, &file, wrong, told).await;
    }
    let spam = server.hit("urlref=http%3A%2F%2Fspam.example.org%2F").await;
    assert_eq!(spam.headers()["x-mayfly-outcome"], "referrer_spam");
    reload(
        &server,
        &file,
        "[limits]\nper_day = 1",
        "settings, geo data and lists reloaded",
    )
    .await;
    assert_eq!(server.hit("").await.status(), 429);
    server.settle().await;
}
