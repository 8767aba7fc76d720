//! What a Matomo server answers, one line a case. <https://developer.matomo.org/api-reference/tracking-api>

use reqwest::Method;

use crate::harness::Server;

/// A request to `/matomo.php`, and the status, size of the body and outcome that answer it.
struct Case(
    &'static str,
    &'static str,
    &'static str,
    u16,
    usize,
    &'static str,
);

const GET: &str = "GET";
const POST: &str = "POST";
const PIXEL: usize = 43;
/// Refusals have a body of their fixed name.
const NAMED: usize = usize::MAX;

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Recorded
    Case(GET,  "?idsite=1&rec=1", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&send_image=0", "", 204, 0, "accepted"),
    Case(GET,  "?idsite=1&rec=1&send_image=1", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&send_image=00", "", 200, PIXEL, "accepted"),
    Case(POST, "?idsite=1&rec=1", "", 200, PIXEL, "accepted"),
    Case(POST, "", "idsite=1&rec=1", 200, PIXEL, "accepted"),
    Case(POST, "?idsite=1", "rec=1&send_image=0", 204, 0, "accepted"),
    Case(POST, "?idsite=1&rec=1", "idsite=99&rec=0", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1abc&rec=1", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&cid=0123456789abcdef", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&cip=&country=", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&cdt=garbage", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&cdt=2126-01-01", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&idgoal=7", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&token_auth=unknown", "", 200, PIXEL, "accepted"),
    Case(GET,  "?idsite=1&rec=1&unknown=1", "", 200, PIXEL, "accepted"),
    // Left out on purpose, answered alike
    Case(GET,  "?idsite=1", "", 200, PIXEL, "recording_off"),
    Case(GET,  "?idsite=1&rec=0&send_image=0", "", 204, 0, "recording_off"),
    Case(GET,  "?idsite=1&rec=1&ca=1", "", 200, PIXEL, "kind_unsupported"),
    Case(GET,  "?idsite=1&rec=1&ma_id=1&ma_mt=video", "", 200, PIXEL, "kind_unsupported"),
    Case(GET,  "?idsite=1&rec=1&tracker_install_check=1", "", 200, PIXEL, "install_check"),
    // Refused
    Case(GET,  "?rec=1", "", 400, NAMED, "project_missing"),
    Case(GET,  "?idsite=0&rec=1", "", 400, NAMED, "project_missing"),
    Case(GET,  "?idsite=-1&rec=1", "", 400, NAMED, "project_missing"),
    Case(GET,  "?idsite=99&rec=1", "", 400, NAMED, "project_unknown"),
    Case(GET,  "?idsite=1&rec=1&cid=jane", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&e_c=Video", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&e_a=play", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&e_c=+&e_a=play", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&c_n=+", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&pf_srv=-5", "", 400, NAMED, "parameters_invalid"),
    Case(GET,  "?idsite=1&rec=1&cip=192.0.2.1", "", 400, NAMED, "token_required"),
    Case(GET,  "?idsite=1&rec=1&city=Bonn&token_auth=wrong", "", 400, NAMED, "token_required"),
    Case(GET,  "?idsite=1&rec=1&cdo=90000", "", 400, NAMED, "token_required"),
    Case(GET,  "?idsite=1&rec=1&cdo=2600000", "", 400, NAMED, "time_too_old"),
    Case(POST, "", "", 400, NAMED, "parameters_missing"),
    Case(POST, "", "{\"requests\":", 400, NAMED, "bulk_invalid"),
    Case("PUT", "?idsite=1&rec=1", "", 405, NAMED, "method_not_allowed"),
    // Bulk
    Case(POST, "", r#"{"requests":["?idsite=1&rec=1"]}"#, 200, 44, "accepted"),
    Case(POST, "", r#"{"requests":["?idsite=1&rec=1"],"send_image":0}"#, 204, 0, "accepted"),
    Case(POST, "", r#"{"requests":[]}"#, 200, 44, "accepted"),
];

#[tokio::test]
async fn answers() {
    let server = Server::start().await;
    for Case(method, query, body, status, bytes, outcome) in CASES {
        let case = format!("{method} {query} {body}");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = reqwest::Client::new()
            .request(method.clone(), server.url(&format!("/matomo.php{query}")));
        let answer = request.body(*body).send().await.unwrap();
        assert_eq!(answer.status(), *status, "{case}");
        assert_eq!(answer.headers()["x-mayfly-outcome"], *outcome, "{case}");
        let stores_nothing = answer
            .headers()
            .get("cache-control")
            .is_some_and(|v| v == "no-store");
        assert_eq!(stores_nothing, method == Method::GET, "{case}");
        let expected = if *bytes == NAMED {
            outcome.len()
        } else {
            *bytes
        };
        assert_eq!(answer.bytes().await.unwrap().len(), expected, "{case}");
    }
    server.settle().await;
}

#[tokio::test]
async fn a_preflight_records_nothing() {
    let server = Server::start().await;
    let asked =
        reqwest::Client::new().request(Method::OPTIONS, server.url("/matomo.php?idsite=1&rec=1"));
    let asked = asked
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 204);
    assert_eq!(asked.headers()["access-control-allow-methods"], "GET, POST");
    server.settle().await;
    assert_eq!(
        server
            .metric("items_received_total{kind=\"analytics\"}")
            .await,
        0
    );
}

#[tokio::test]
async fn only_an_administrator_hears_which_hits_of_a_bulk_body_were_at_fault() {
    let server = Server::start().await;
    let body = |token: &str| serde_json::json!({"requests": ["?idsite=1&rec=1", "?idsite=99&rec=1", {"idsite": 1, "rec": 0}, "?rec=1"], "token_auth": token});
    for (token, expected) in [
        ("", r#"{"status":"success","tracked":2,"invalid":2}"#),
        (
            &server.token,
            r#"{"status":"success","tracked":2,"invalid":2,"invalid_indices":[1,3]}"#,
        ),
    ] {
        let answer = server
            .post("/matomo.php")
            .body(body(token).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn pages_of_other_origins_can_be_kept_out() {
    let server = Server::start().await;
    server
        .set("allowed_origins", "*.example.org, https://example.com")
        .await;
    for (origin, outcome) in [
        (Some("https://shop.example.org"), "accepted"),
        (Some("https://example.com"), "accepted"),
        (Some("https://example.net"), "origin_forbidden"),
        (None, "accepted"),
    ] {
        let mut request = server.post("/matomo.php?idsite=1&rec=1");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-mayfly-outcome"], outcome, "{origin:?}");
    }
}
