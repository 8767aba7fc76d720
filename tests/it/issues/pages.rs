//! What the pages of issues show.

use serde_json::{Value, json};

use super::{crash, find, get, put, send, text};
use crate::harness::Server;

async fn page(server: &Server, path: &str) -> String {
    let request = server.get(path).bearer_auth(&server.token);
    request.send().await.unwrap().text().await.unwrap()
}

fn message(text: &str) -> String {
    json!({ "message": text }).to_string()
}

#[tokio::test]
async fn what_is_near_an_issue_is_listed_once() {
    let server = Server::start().await;
    let events = [
        message("stock of chairs is low"),
        message("stock of tables is low"),
        message("stock of shelves is low"),
        message("payment refused"),
    ];
    send(&server, &events).await;
    let all = find(&server, "").await;
    let id = |what: &str| {
        let is_it = |issue: &&Value| text(issue, "title").contains(what);
        text(all.iter().find(is_it).unwrap(), "id")
    };
    let [chairs, tables, shelves] = ["chairs", "tables", "shelves"].map(id);
    put(&server, &tables, &json!({ "merge_into": shelves })).await;
    let near = page(&server, &format!("/issues/{chairs}/around")).await;
    let linked = |id: &str| near.contains(&format!("/issues/{id}\""));
    assert!(linked(&shelves) && !linked(&tables), "{near}");
    assert!(!near.contains("payment refused"), "{near}");
}

#[tokio::test]
async fn every_issue_has_something_to_click_on_and_leads_back_to_its_list() {
    let server = Server::start().await;
    let nothing = json!({ "level": "error" }).to_string();
    send(&server, &[nothing, message("\n stock is low")]).await;
    let list = page(&server, "/issues?query=&sort=count").await;
    assert!(list.contains(">(no title)</a>"), "{list}");
    assert!(list.contains(">stock is low</a>"), "{list}");
    let id = text(&find(&server, "stock").await[0], "id");
    let carried = list.split(&format!("/issues/{id}")).nth(1).unwrap();
    let carried = carried.split('"').next().unwrap();
    let address = format!("/issues/{id}{}", carried.replace("&#38;", "&"));
    let issue = page(&server, &address).await;
    assert!(carried.contains("sort=count"), "{carried}");
    assert!(
        issue.contains(&format!("href=\"/issues{carried}\"")),
        "{issue}"
    );
}

#[tokio::test]
async fn an_older_event_is_copied_in_its_own_words() {
    let server = Server::start().await;
    let event = |what: &str| {
        let event = crash("TypeError", "sum", "1", "u1");
        let event = event.replace("/basket", &format!("/{what}"));
        event.replace("x is undefined", &format!("{what} is undefined"))
    };
    send(&server, &[event("chair")]).await;
    send(&server, &[event("table")]).await;
    let id = text(&find(&server, "").await[0], "id");
    let events = get(&server, &format!("/api/v1/issues/{id}/events")).await;
    let older = text(&events["events"][1], "event_id");
    let page = page(&server, &format!("/issues/{id}/events/{older}")).await;
    let copy = page.split("<pre id=\"markdown\"").nth(1).unwrap();
    let copy = copy.split("</pre>").next().unwrap();
    assert!(copy.contains("## TypeError: chair is"), "{copy}");
    assert!(copy.contains("**Culprit:** /chair"), "{copy}");
}
