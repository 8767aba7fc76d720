//! The canary test: every field of every request holds a marker, to every route, well-formed and malformed, with the
//! store there and away. Then every byte that the program wrote or said is searched for any of them.
//!
//! It tests the promise, not the code.

use std::fmt::Write as _;

use crate::harness::{Server, files, signal, tables};

/// What must never be found again, in the spellings in which it is sent.
const MARKERS: &[&str] = &[
    "canary.person@example.org",
    "canary.person%40example.org",
    "203.0.113.213",
    "198.51.100.214",
    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:f00d",
    "cccc:dddd:eeee",
    "canarytoken5f3a9c1e77",
    "canarysecret8d21",
    "canarycookie41",
    "canaryuser17",
    "4111111111111111",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "+49 30 901820",
];

const EMAIL: &str = "canary.person@example.org";

fn personal_text() -> String {
    format!(
        "from {EMAIL} at 203.0.113.213 or 2001:db8:aaaa:bbbb:cccc:dddd:eeee:f00d, card 4111 1111 1111 1111, \
         DE89 3704 0044 0532 0130 00, call +49 30 901820, password=canarysecret8d21, /home/canaryuser17/x"
    )
}

fn event() -> String {
    let text = personal_text();
    serde_json::json!({
        "platform": "javascript",
        "server_name": EMAIL,
        "transaction": format!("/pay/{EMAIL}"),
        "message": text,
        "logentry": {"message": "%s", "formatted": text, "params": [text, EMAIL]},
        "user": {"id": "canaryuser17", "email": EMAIL, "username": "canaryuser17", "ip_address": "198.51.100.214",
                 "name": "canaryuser17", "data": {"contact": EMAIL}},
        "request": {
            "url": format!("https://canaryuser17:canarysecret8d21@example.org/a?token=canarytoken5f3a9c1e77&q={EMAIL}"),
            "query_string": format!("token=canarytoken5f3a9c1e77&mail={EMAIL}"),
            "cookies": "sid=canarycookie41; x=1",
            "headers": {"Cookie": "sid=canarycookie41", "Authorization": "Bearer canarytoken5f3a9c1e77",
                        "X-Forwarded-For": "203.0.113.213", "Referer": format!("https://example.org/?{EMAIL}")},
            "env": {"REMOTE_ADDR": "203.0.113.213"},
            "data": {"password": "canarysecret8d21", "mail": EMAIL},
        },
        "tags": {"mail": EMAIL, EMAIL: "key"},
        "extra": {"nested": {"deep": [text, {"auth_token": "canarytoken5f3a9c1e77"}]}, "json": format!("{{\"mail\":\"{EMAIL}\"}}")},
        "contexts": {"custom": {"mail": EMAIL, "card": "4111111111111111", "iban": "DE89370400440532013000"}},
        "breadcrumbs": [{"message": text, "data": {"url": format!("https://example.org/?access_token=canarytoken5f3a9c1e77")}}],
        "exception": {"values": [{"type": "Error", "value": text, "stacktrace": {"frames": [
            {"filename": "/home/canaryuser17/app.js", "abs_path": format!("https://example.org/a.js?{EMAIL}"),
             "function": "pay", "vars": {"mail": EMAIL, "password": "canarysecret8d21"},
             "context_line": format!("send('{EMAIL}', '203.0.113.213')"), "pre_context": ["login(password='canarysecret8d21', mail='canary.person@example.org')"], "in_app": true}]}}]},
        "fingerprint": ["{{ default }}", EMAIL],
        EMAIL: text,
    })
    .to_string()
}

/// What people and programs type where they administer.
fn forms() -> Vec<(String, Vec<u8>)> {
    let encoded = EMAIL.replace('@', "%40");
    let secret = "canarysecret8d21";
    let form = format!(
        "email={encoded}&name={encoded}&password={secret}&current_password={secret}\
         &new_password={secret}&repeated={secret}&language={encoded}&role={encoded}&origins={encoded}\
         &text={encoded}&policy={encoded}&scrubbing.rules={encoded}"
    );
    let json =
        serde_json::json!({"email": EMAIL, "name": EMAIL, "role": EMAIL, "password": secret});
    let forms = [
        "/sign-in",
        "/language",
        "/sign-out",
        "/account/password",
        "/people",
        "/tokens",
        "/projects",
        "/projects/1/settings/general",
        "/projects/1/settings/scrubbing",
        "/scrub",
    ];
    let named = ["sign-in?", "invitation/", "people/", "tokens/", "projects/"];
    let named = named.map(|path| format!("/{path}{EMAIL}"));
    let api = ["users", "tokens", "projects"].map(|path| format!("/api/v1/{path}"));
    let forms = forms.map(str::to_owned).into_iter().chain(named);
    let forms = forms.map(|path| (path, form.clone().into_bytes()));
    forms
        .chain(api.map(|path| (path, json.to_string().into_bytes())))
        .collect()
}

/// The names and forms of the oldest clients.
fn raven_event() -> String {
    let text = personal_text();
    serde_json::json!({
        "platform": EMAIL, "level": EMAIL, "culprit": format!("pay {EMAIL}"), "site": EMAIL, "checksum": EMAIL, "logger": EMAIL,
        "timestamp": EMAIL, "release": EMAIL, "server_name": "canaryuser17",
        "sentry.interfaces.Message": {"message": "%s of %s", "params": [text, EMAIL]},
        "sentry.interfaces.Exception": {"type": {"mail": EMAIL}, "value": format!("CartError: {text}")},
        "sentry.interfaces.User": {"id": "canaryuser17", "email": EMAIL, "ip_address": "198.51.100.214"},
        "sentry.interfaces.Http": {"url": format!("https://example.org/?token=canarytoken5f3a9c1e77&m={EMAIL}"),
                                   "cookies": "sid=canarycookie41", "env": {"REMOTE_ADDR": "203.0.113.213"}},
        "tags": [["mail", EMAIL], {"key": EMAIL, "value": EMAIL}, ["environment", EMAIL]],
        "breadcrumbs": {"values": [{"message": text}]},
    })
    .to_string()
}

/// Every other item of an envelope, with markers in every field that takes a text.
fn telemetry() -> Vec<(&'static str, String)> {
    let text = personal_text();
    let person = serde_json::json!({"id": "canaryuser17", "email": EMAIL, "username": "canaryuser17",
        "ip_address": "198.51.100.214", "name": "canaryuser17"});
    let url = format!(
        "https://canaryuser17:canarysecret8d21@example.org/a/{EMAIL}?token=canarytoken5f3a9c1e77&q={EMAIL}#{EMAIL}"
    );
    let trace = "4c4d8595b7a74eb698510d0e56465b92";
    let typed = |value: &str| serde_json::json!({"value": value, "type": "string"});
    let attributes = serde_json::json!({"release": EMAIL, "environment": EMAIL, "ip_address": "203.0.113.213",
        "user_agent": EMAIL});
    let span = serde_json::json!({"trace_id": trace, "span_id": "aaaaaaaaaaaaaaaa", "parent_span_id": EMAIL,
        "op": EMAIL, "name": url, "description": text, "status": "canaryuser17", "start_timestamp": 1,
        "timestamp": 2, "tags": {"mail": EMAIL}, "data": {"url": url, "user.email": EMAIL, "release": EMAIL},
        EMAIL: EMAIL});
    let log_attributes = serde_json::json!({"user.id": typed("canaryuser17"), "user.name": typed("canaryuser17"),
        "user.email": typed(EMAIL), "client.address": typed("203.0.113.213"), "server.address": typed("canaryuser17"),
        "url.full": typed(&url), "sentry.release": typed(EMAIL), "sentry.environment": typed(EMAIL),
        "sentry.sdk.name": typed(EMAIL), "sentry.sdk.version": typed(EMAIL), "password": typed("canarysecret8d21"),
        "text": typed(&text), EMAIL: typed(EMAIL), "list": {"value": [EMAIL, text], "type": "string[]"},
        "http.request.header.cookie": typed("sid=canarycookie41"), "user_agent.original": typed(EMAIL),
        "sentry.replay_id": typed("canarycookie41"), "plain": EMAIL, "n": {"value": 4111111111111111u64, "type": "integer"}});
    let csp = serde_json::json!({"document-uri": url, "referrer": url, "violated-directive": EMAIL,
        "effective-directive": text, "original-policy": url, "blocked-uri": url, "source-file": url,
        "disposition": EMAIL, "script-sample": text, "line-number": 4111111111111111u64});
    let reports = serde_json::json!([
        {"type": "csp-violation", "url": url, "user_agent": EMAIL, "age": EMAIL, "body": {"documentURL": url,
            "blockedURL": format!("chrome-extension://canarytoken5f3a9c1e77/{EMAIL}"), "sourceFile": url, "sample": text,
            "effectiveDirective": EMAIL, "disposition": EMAIL}},
        {"type": "deprecation", "url": url, "body": {"id": EMAIL, "message": text, "sourceFile": url}},
        {"type": "intervention", "url": format!("{EMAIL}:x"), "body": {"id": text, "message": url}},
        {"type": "crash", "url": url, "body": {"reason": EMAIL}},
        {"type": "permissions-policy-violation", "url": url, "body": {"policyId": EMAIL}},
        {"type": "network-error", "url": url, "body": {"server_ip": "203.0.113.213", "referrer": url, "method": EMAIL,
            "phase": EMAIL, "protocol": EMAIL, "type": EMAIL, "request_headers": {"Cookie": "sid=canarycookie41"}}},
        {"type": EMAIL, "url": url, "body": {}},
    ]);
    let certificate = serde_json::json!({"expect-ct-report": {"hostname": EMAIL, "served-certificate-chain": [text]}});
    [
        ("session", serde_json::json!({"sid": EMAIL, "did": EMAIL, "init": true, "status": "crashed", "started": EMAIL,
            "attrs": attributes})),
        ("sessions", serde_json::json!({"aggregates": [{"started": EMAIL, "exited": 1, "did": EMAIL}], "attrs": attributes})),
        ("log", serde_json::json!({"items": [{"timestamp": EMAIL, "level": EMAIL, "body": text, "trace_id": EMAIL,
            "span_id": EMAIL, "attributes": log_attributes, EMAIL: EMAIL}]})),
        ("transaction", serde_json::json!({"transaction": url, "user": person, "release": EMAIL, "environment": EMAIL,
            "sdk": {"name": EMAIL}, "contexts": {"trace": span}, "spans": [span, {"trace_id": trace,
            "span_id": "bbbbbbbbbbbbbbbb", "op": "db", "description": format!("SELECT 1 WHERE mail = '{EMAIL}' AND u = 'canaryuser17'")},
            {"trace_id": trace, "span_id": "cccccccccccccccc", "op": "http.client", "description": format!("GET {url}")}],
            "request": {"url": url, "cookies": "sid=canarycookie41"}, "extra": {"t": text}, "tags": {"mail": EMAIL}})),
        ("span", span.clone()),
        ("span", serde_json::json!({"items": [{"trace_id": trace, "span_id": "dddddddddddddddd", "name": text,
            "status": EMAIL, "attributes": log_attributes}]})),
        ("user_report", serde_json::json!({"event_id": EMAIL, "name": "canaryuser17", "email": EMAIL,
            "comments": format!("{text}, says canaryuser17")})),
        ("feedback", serde_json::json!({"event_id": EMAIL, "user": person, "release": EMAIL, "environment": EMAIL,
            "contexts": {"feedback": {"message": format!("{text}, says canaryuser17"), "contact_email": EMAIL,
            "name": "canaryuser17", "url": url, "associated_event_id": EMAIL, "source": EMAIL}}})),
        ("check_in", serde_json::json!({"monitor_slug": EMAIL, "status": "ok", "check_in_id": EMAIL, "duration": EMAIL,
            "environment": EMAIL, "release": EMAIL, "monitor_config": {"timezone": EMAIL, "schedule":
            {"type": EMAIL, "value": text, "unit": EMAIL}}})),
        ("client_report", serde_json::json!({"timestamp": EMAIL, "discarded_events": [{"reason": "canaryuser17",
            "category": EMAIL, "quantity": 3}]})),
        ("security", serde_json::json!({"csp-report": csp})),
        ("raw_security", reports),
        ("nel", certificate),
        ("attachment", serde_json::json!(text)),
        ("profile", serde_json::json!({"text": text})),
        ("replay_event", serde_json::json!({"text": text})),
        ("statsd", serde_json::json!(text)),
    ]
    .map(|(kind, payload)| (kind, payload.to_string()))
    .into()
}

/// Sends the markers to every route in every form.
async fn send_everything(server: &Server) -> String {
    let mut replies = String::new();
    let text = personal_text();
    let encoded = EMAIL.replace('@', "%40");
    let hit = format!(
        "idsite=1&rec=1&url=https://canaryuser17:canarysecret8d21@example.org/u/{EMAIL}?token=canarytoken5f3a9c1e77%26m={encoded}\
         %26utm_campaign={EMAIL}%26utm_term=canarysecret8d21@example.org%26q={encoded}\
         &urlref=https://example.com/?q={EMAIL}&action_name={text}&uid={EMAIL}&_id=canaryuser17\
         &lang={EMAIL}&res={EMAIL}&pv_id={EMAIL}&ua={EMAIL}&uadata={{\"model\":\"{EMAIL}\"}}\
         &dimension3={EMAIL}&dimension4={text}&cvar={{\"1\":[\"{EMAIL}\",\"{EMAIL}\"]}}&_cvar={{\"1\":[\"user\",\"canaryuser17\"]}}\
         &h=12&pf_srv={EMAIL}&_rck={EMAIL}&_ref=https://example.com/{EMAIL}&data={EMAIL}&{EMAIL}=1"
    );
    let kinds = [
        format!("e_c={EMAIL}&e_a={text}&e_n={text}&e_v={EMAIL}"),
        format!(
            "link=https://canaryuser17:canarysecret8d21@example.com/{EMAIL}?token=canarytoken5f3a9c1e77"
        ),
        format!("download=https://example.com/{EMAIL}.pdf?mail={encoded}"),
        format!("search={text}&search_cat={EMAIL}&search_count=canaryuser17"),
        format!("c_n={text}&c_p={EMAIL}&c_t=https://example.com/?mail={EMAIL}"),
        format!("c_n={text}&c_p={EMAIL}&c_i={EMAIL}"),
        format!("idgoal=4&revenue={EMAIL}"),
        format!(
            "idgoal=0&ec_id={EMAIL}&revenue=5&ec_items=[[\"{EMAIL}\",\"{EMAIL}\",[\"{EMAIL}\"],5,1]]"
        ),
        format!("idgoal=0&revenue=5&ec_items=[[\"{EMAIL}\"]]"),
        format!("_pks={EMAIL}&_pkn={EMAIL}&_pkc=[\"{EMAIL}\"]"),
        format!("e_c=JavaScript+Errors&e_a=https://example.org/{EMAIL}:1:2&e_n={text}"),
        format!(
            "ca=1&cra={text}&cra_st=at+{EMAIL}+(https://example.org/{EMAIL}:1:2)&cra_ru=https://example.org/{EMAIL}&cra_ct={EMAIL}&cra_tp={EMAIL}"
        ),
        format!(
            "cip=203.0.113.213&city={EMAIL}&region={EMAIL}&country=de&lat=1.5&long=2&token_auth={}",
            server.token
        ),
        format!("cdt={EMAIL}&cid={EMAIL}"),
        format!("ma_id={EMAIL}"),
    ];
    let event = event();
    let item = "{\"type\":\"event\"}";
    let raven = raven_event();
    let picture = format!(
        "/api/1/store/?sentry_key={}&sentry_data={}",
        server.key,
        raven
            .replace('%', "%25")
            .replace('+', "%2B")
            .replace(' ', "%20")
            .replace('#', "%23")
            .replace('"', "%22")
            .replace('&', "%26")
    );
    let envelope = format!(
        "{{\"dsn\":\"{}\",\"trace\":{{\"user\":\"{EMAIL}\"}}}}\n{item}\n{event}\n",
        server.dsn()
    );
    let unknown = format!("{{}}\n{{\"type\":\"{EMAIL}\"}}\n{text}");
    let key = &server.key;
    let bulk = serde_json::json!({"requests": [format!("?{hit}"), {"idsite": 1, "rec": 1, "action_name": text}], "token_auth": "canarytoken5f3a9c1e77"});
    let mut posts: Vec<(String, Vec<u8>)> = vec![
        (format!("/matomo.php?{hit}"), Vec::new()),
        ("/piwik.php".into(), hit.clone().into_bytes()),
        (
            "/js/tracker.php".into(),
            hit.replace("action_name", "unknown").into_bytes(),
        ),
        ("/matomo.php".into(), bulk.to_string().into_bytes()),
        (
            "/matomo.php".into(),
            bulk.to_string().into_bytes()[..200].to_vec(),
        ),
        (format!("/matomo.php?idsite={EMAIL}&rec=1"), Vec::new()),
        (format!("/matomo.php?{hit}&cip=203.0.113.213"), Vec::new()),
        (
            format!("/api/1/envelope/?sentry_key={key}"),
            envelope.clone().into_bytes(),
        ),
        ("/api/1/envelope/".into(), envelope.clone().into_bytes()),
        (
            format!("/api/1/envelope/?sentry_key={EMAIL}"),
            envelope.clone().into_bytes(),
        ),
        (
            format!("/api/1/envelope/?sentry_key={key}"),
            envelope.as_bytes()[..envelope.len() - 40].to_vec(),
        ),
        (
            format!("/api/1/envelope/?sentry_key={key}"),
            unknown.into_bytes(),
        ),
        (
            format!("/api/1/envelope/?sentry_key={key}"),
            text.clone().into_bytes(),
        ),
        (
            format!("/api/1/store/?sentry_key={key}"),
            event.clone().into_bytes(),
        ),
        (
            format!("/api/1/store/?sentry_key={key}"),
            event.as_bytes()[1..].to_vec(),
        ),
        (
            format!("/api/{EMAIL}/envelope/?sentry_key={key}"),
            envelope.into_bytes(),
        ),
        (
            format!("/api/store/?sentry_key={key}&sentry_client=canaryuser17/{EMAIL}"),
            raven.clone().into_bytes(),
        ),
        (
            format!("/api/1/cron/{EMAIL}/?sentry_key={key}&status=ok"),
            Vec::new(),
        ),
        (
            format!("/api/1/cron/canaryuser17/{EMAIL}/?status=ok"),
            Vec::new(),
        ),
        (
            format!("/api/1/cron/nightly/{key}/?status=error&environment={EMAIL}"),
            format!("{{\"status\":\"error\",\"note\":\"{EMAIL}\",\"duration\":\"{EMAIL}\"}}")
                .into_bytes(),
        ),
        (
            format!("/api/1/minidump/?sentry_key={key}"),
            text.clone().into_bytes(),
        ),
        (
            format!("/api/1/unreal/{key}/?UserID={EMAIL}"),
            text.clone().into_bytes(),
        ),
        (
            format!("/api/1/events/{EMAIL}/attachments/?sentry_key={key}"),
            text.clone().into_bytes(),
        ),
        (
            format!("/api/1/nel/?sentry_key={key}"),
            format!("[{{\"url\":\"https://example.org/{EMAIL}\"}}]").into_bytes(),
        ),
        (format!("/{EMAIL}"), text.clone().into_bytes()),
        (
            format!("/index.php?module={EMAIL}&action={EMAIL}"),
            Vec::new(),
        ),
        (
            format!("/opt-out?language={EMAIL}"),
            format!("language={EMAIL}&scope=errors&choice={EMAIL}").into_bytes(),
        ),
        (format!("/privacy/{EMAIL}"), Vec::new()),
        (format!("/setup/{EMAIL}"), Vec::new()),
        ("/sign-in".into(), format!("token={EMAIL}").into_bytes()),
        (
            "/issues/decide".into(),
            format!("issue=1-1&decision={EMAIL}&form_token={EMAIL}").into_bytes(),
        ),
        (
            "/issues/comment".into(),
            format!("issue={EMAIL}&comment={text}").into_bytes(),
        ),
        (
            "/api/v1/sql".into(),
            format!("SELECT '{EMAIL}'").into_bytes(),
        ),
        (
            format!("/api/v1/evidence/probe?{EMAIL}"),
            text.clone().into_bytes(),
        ),
        (
            format!("/officer/checks/{EMAIL}"),
            format!("form_token={EMAIL}").into_bytes(),
        ),
        (
            "/officer/probe".into(),
            format!("form_token={EMAIL}").into_bytes(),
        ),
    ];
    for what in ["export", "erase", "object"] {
        let path = format!("/api/v1/subjects/{what}");
        let whole = serde_json::json!({ "project": 1, "id": EMAIL, "scopes": [EMAIL] }).to_string();
        posts.push((path.clone(), whole.as_bytes()[..30].to_vec()));
        posts.push((path, whole.into_bytes()));
    }
    for (number, kind) in kinds.iter().enumerate() {
        let (query, body) = match number % 2 {
            0 => (format!("?{hit}&{kind}"), String::new()),
            _ => (String::new(), format!("{hit}&{kind}")),
        };
        posts.push((format!("/matomo.php{query}"), body.into_bytes()));
    }
    posts.extend(forms());
    let form = "application/x-www-form-urlencoded";
    let mut posts: Vec<_> = posts
        .into_iter()
        .map(|(path, body)| (path, form, body))
        .collect();
    for (kind, payload) in telemetry() {
        let broken = &payload[..payload.len() - 9];
        for payload in [payload.as_str(), broken] {
            let path = format!("/api/1/envelope/?sentry_key={key}");
            let body = format!(
                "{{\"sdk\":{{\"name\":\"{EMAIL}\"}}}}\n{{\"type\":\"{kind}\"}}\n{payload}\n"
            );
            posts.push((path, form, body.into_bytes()));
            if matches!(kind, "security" | "raw_security" | "nel") {
                for route in ["security", "csp-report", "nel"] {
                    let path = format!("/api/1/{route}/?sentry_key={key}");
                    for content_type in ["application/reports+json", EMAIL] {
                        posts.push((path.clone(), content_type, payload.as_bytes().to_vec()));
                    }
                }
            }
        }
    }
    for (path, content_type, body) in posts {
        let request = server
            .post(&path)
            .header("x-forwarded-for", "203.0.113.213")
            .header("user-agent", format!("Canary/1 ({EMAIL})"))
            .header("referer", format!("https://example.org/?{EMAIL}"))
            .header(
                "cookie",
                "sid=canarycookie41; mayfly_session=canarycookie41",
            )
            .header("content-type", content_type)
            .header("origin", "https://example.org")
            .body(body);
        if let Ok(answer) = request.send().await {
            let headers = format!("{:?}", answer.headers());
            let _ = writeln!(
                replies,
                "{headers}\n{}",
                answer.text().await.unwrap_or_default()
            );
        }
    }
    for path in [
        format!("/matomo.php?{hit}"),
        format!("/{EMAIL}"),
        format!("/live?{EMAIL}"),
        format!("/scrub?policy={EMAIL}"),
        format!("/api/v1/evidence?{EMAIL}"),
        format!("/officer/inventory?{EMAIL}"),
        format!("/officer/ledger?{EMAIL}"),
        format!("/officer/reports?{EMAIL}"),
        format!("/api/v1/ledger?{EMAIL}"),
        format!("/api/v1/ledger/verification?{EMAIL}"),
        format!("/projects/{EMAIL}?sdk={EMAIL}"),
        format!("/people/{EMAIL}"),
        format!("/invitation/{EMAIL}"),
        format!("/api/v1/users/{EMAIL}"),
        format!("/issues?query={EMAIL}&cursor={EMAIL}&release={EMAIL}"),
        format!("/issues/{EMAIL}/events/{EMAIL}"),
        format!("/api/v1/projects/{EMAIL}/issues?query={EMAIL}"),
        format!("/api/v1/issues/{EMAIL}"),
        format!("/issues/{EMAIL}/around"),
        format!("/api/v1/issues/{EMAIL}/around"),
        format!("/api/v1/projects/{EMAIL}/assignees"),
        format!("/refused?{EMAIL}"),
        format!("/api/v1/projects/{EMAIL}/refusals"),
        format!("/api/v1/events/{EMAIL}"),
        format!("/js/?{hit}"),
        format!("/opt-out?language={EMAIL}"),
        format!("/index.php?module=CoreAdminHome&action=optOut&language={EMAIL}"),
        format!("/index.php?module=CoreAdminHome&action=optOutJS&divId={EMAIL}"),
        format!("/privacy/1?id={EMAIL}"),
        picture,
    ] {
        let request = server.get(&path).header(
            "x-forwarded-for",
            "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:f00d]:80",
        );
        let answer = request
            .bearer_auth("canarytoken5f3a9c1e77")
            .send()
            .await
            .unwrap();
        let headers = format!("{:?}", answer.headers());
        let _ = writeln!(
            replies,
            "{headers}\n{}",
            String::from_utf8_lossy(&answer.bytes().await.unwrap())
        );
    }
    replies
}

/// Has everything shown, objected to and erased that belongs to the markers. The rows' own scrubbed texts come back.
async fn answer_for_everybody(server: &Server) -> String {
    let mut replies = String::new();
    for id in [EMAIL, "canaryuser17"] {
        for what in ["export", "object", "erase"] {
            let request = server.post(&format!("/api/v1/subjects/{what}"));
            let request = request.bearer_auth(&server.token);
            let request = request.json(&serde_json::json!({ "project": 1, "id": id }));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{what}");
            replies += &answer.text().await.unwrap();
        }
    }
    let times = |text: &str| replies.matches(text).count();
    assert!(
        times("\"deleted\":0") < times("\"deleted\":"),
        "somebody had rows"
    );
    replies
}

fn assert_silent(place: &str, bytes: &[u8]) {
    for marker in MARKERS {
        if let Some(at) = memchr::memmem::find(bytes, marker.as_bytes()) {
            let context = &bytes[at.saturating_sub(200)..bytes.len().min(at + 100)];
            panic!(
                "{marker:?} found in {place}: {}",
                String::from_utf8_lossy(context)
            );
        }
    }
}

/// Every column of every table, as text: on disk they are compressed.
async fn assert_tables_silent(server: &Server) {
    let tables = server
        .sql("SELECT name FROM system.tables WHERE database = 'mayfly' AND engine != 'View'")
        .await;
    assert!(tables.lines().count() >= 6);
    for table in tables.lines() {
        let rows = server
            .sql(&format!("SELECT * FROM {table} FORMAT JSONEachRow"))
            .await;
        assert_silent(table, rows.as_bytes());
        let columns = server
            .sql(&format!("SELECT * FROM {table} FORMAT CSV"))
            .await;
        assert_silent(table, columns.as_bytes());
    }
}

async fn assert_everything_silent(server: &Server, replies: &str) {
    assert_silent("the replies", replies.as_bytes());
    assert_silent("the log", server.log().as_bytes());
    let metrics = server.metrics().await;
    assert_silent("the metrics", metrics.as_bytes());
    for (place, bytes) in files(server.data()) {
        assert_silent(&place, &bytes);
    }
}

#[tokio::test]
async fn nothing_personal_is_found_anywhere() {
    let server = Server::start().await;
    let replies = send_everything(&server).await;
    server.settle().await;
    for table in tables() {
        let count = format!("SELECT count() FROM {table}");
        assert_ne!(server.sql(&count).await, "0", "{table}");
    }
    let kinds = "SELECT uniq(kind) FROM analytics_events";
    assert_eq!(server.sql(kinds).await, "10", "every kind but the ping");
    assert_everything_silent(&server, &replies).await;
    assert_tables_silent(&server).await;
    let replies = answer_for_everybody(&server).await;
    assert_everything_silent(&server, &replies).await;
    assert_tables_silent(&server).await;
}

#[tokio::test]
async fn nor_while_clickhouse_hangs_nor_after_a_crash() {
    let server = Server::start().await;
    signal(server.engine_id(), "STOP");
    let replies = send_everything(&server).await;
    for kind in ["error", "log", "session", "span", "security"] {
        let in_spool = format!("items_in_spool{{kind=\"{kind}\"}}");
        assert!(server.metric(&in_spool).await > 0, "{kind}");
    }
    assert_everything_silent(&server, &replies).await;
    let server = server.kill().await.start().await;
    server.settle().await;
    assert_everything_silent(&server, "").await;
    assert_tables_silent(&server).await;
}

/// Whatever a developer can see of a crash, and what they write about it.
#[tokio::test]
async fn nor_on_the_pages_of_issues() {
    let server = Server::start().await;
    assert_eq!(server.crash(&event()).await.status(), 200);
    // An SDK that calls itself something personal, with a wrong key.
    let key = "0".repeat(32);
    let path = format!("/api/1/store/?sentry_key={key}&sentry_client={EMAIL}");
    let refused = server.post(&path).body(event()).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    server.settle().await;
    let read = async |path: &str| {
        let answer = server
            .get(path)
            .bearer_auth(&server.token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.unwrap();
        assert_silent(path, text.as_bytes());
        text
    };
    let list: serde_json::Value =
        serde_json::from_str(&read("/api/v1/projects/1/issues").await).unwrap();
    let id = list["issues"][0]["id"].as_str().unwrap().to_owned();
    let change = serde_json::json!({ "comment": personal_text(), "status": "resolved" });
    let request = server.request(reqwest::Method::PUT, &format!("/api/v1/issues/{id}"));
    let answer = request
        .bearer_auth(&server.token)
        .json(&change)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_silent("the comment", &answer.bytes().await.unwrap());
    let event = list["issues"][0]["latest_event"].as_str().unwrap();
    let pages = [
        "/issues?query=".to_owned(),
        format!("/issues/{id}"),
        format!("/issues/{id}/events/{event}"),
        format!("/issues/{id}/around"),
        format!("/api/v1/issues/{id}/around"),
        "/refused".to_owned(),
        "/api/v1/projects/1/refusals".to_owned(),
        format!("/api/v1/issues/{id}"),
        format!("/api/v1/issues/{id}/events"),
        format!("/api/v1/events/{event}"),
    ];
    for path in &pages {
        read(path).await;
    }
    assert_everything_silent(&server, "").await;
    assert_tables_silent(&server).await;
}

/// The canary can sing: what is not personal is found.
#[tokio::test]
async fn the_search_finds_what_is_there() {
    let server = Server::start().await;
    signal(server.engine_id(), "STOP");
    server.hit("action_name=harmlessmarker").await;
    let holds =
        |(_, bytes): &(_, Vec<u8>)| memchr::memmem::find(bytes, b"harmlessmarker").is_some();
    assert!(
        files(server.data()).iter().any(holds),
        "the spool holds the title"
    );
}
