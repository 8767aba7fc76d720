//! What operators do stands in the ledger, and an edit of it is found.

use crate::harness::Server;

#[tokio::test]
async fn what_is_done_stands_in_the_ledger_and_an_edit_is_found() {
    let server = Server::start().await;
    server.command(&["project", "add", "Shop of jane@example.org", "--json"]);
    server.set("urls.mode", "allow").await;
    server.sql("SELECT 'jane@example.org'").await;
    let path = server.data().join("ledger.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    for part in [
        r#""actor":"system","action":"ledger_begun""#,
        r#""actor":"system","action":"server_started""#,
        r#""actor":"command","action":"project_added","object":"project:2""#,
        r#""action":"project_changed","object":"project:1","detail":"urls.mode""#,
        r#""actor":"token:"#,
        r#""action":"sql_run""#,
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("jane"));
    let verified = server.command(&["ledger", "verify", "--json"]);
    assert_eq!(verified["ok"], true);
    assert!(
        server
            .log()
            .contains(verified["fingerprint"].as_str().unwrap())
    );

    let bent = text.replace(r#""detail":"urls.mode""#, r#""detail":"time_zone""#);
    std::fs::write(&path, bent).unwrap();
    let verified = server.command(&["ledger", "verify", "--json"]);
    assert_eq!(verified["ok"], false);
}
