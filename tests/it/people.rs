//! People: the first account, sign-in, invitations, sessions, roles; what they type reaches no log.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Server, files};
use crate::person::{PASSWORD, Person, new_account, new_password, setup_path};

const EMAIL: &str = "Kim.Keller@example.org";

/// The user with this address in a list: those of one second stand in no certain order.
fn user_of<'a>(list: &'a Value, email: &str) -> &'a Value {
    let users = list["users"].as_array().unwrap();
    users.iter().find(|user| user["email"] == email).unwrap()
}

#[tokio::test]
async fn the_set_up_link_makes_the_first_account_once() {
    let server = Server::start().await;
    let mut person = Person::new(&server);
    let path = setup_path(&server);
    assert!(person.page(&path).await.contains("works once"));
    for (email, password) in [("no address", PASSWORD), (EMAIL, "too short")] {
        let answer = person.post(&path, &new_account(email, password)).await;
        assert_eq!(answer.status(), 422);
        assert_eq!(answer.headers()["x-mayfly-outcome"], "form_invalid");
    }
    let differing = [
        ("email", EMAIL),
        ("new_password", PASSWORD),
        ("repeated", "another one"),
    ];
    assert_eq!(person.post(&path, &differing).await.status(), 422);

    let used = person.post(&path, &new_account(EMAIL, PASSWORD)).await;
    let cookie = used.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=2592000"));
    assert!(!cookie.contains("Secure"), "public_url is plain http");
    person.keep_cookie(&used);
    assert!(person.page("/people").await.contains(EMAIL));

    let again = person
        .post(&path, &new_account("x@example.org", PASSWORD))
        .await;
    assert_eq!(again.status(), 410);
    assert_eq!(
        server.command(&["user", "list", "--json"])["users"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let server = server.stop().await.start().await;
    assert!(
        !server.log().contains("/setup/"),
        "there is an administrator"
    );
}

#[tokio::test]
async fn signing_in_and_out() {
    let server = Server::start().await;
    let first = Person::first_admin(&server, EMAIL).await;
    let mut person = Person::new(&server);
    let refusal = async |email: &str, password: &str| {
        let answer = Person::new(&server).sign_in(email, password).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()["x-mayfly-outcome"], "sign_in_refused");
        answer.text().await.unwrap()
    };
    let wrong = refusal(EMAIL, "a wrong password").await;
    assert_eq!(wrong, refusal("nobody@example.org", PASSWORD).await);
    assert!(!wrong.contains(EMAIL));

    // People do not remember how they wrote their address.
    let signed_in = person.sign_in(" kim.keller@EXAMPLE.org", PASSWORD).await;
    assert_eq!(signed_in.status(), 303);
    let sessions = person
        .page("/account")
        .await
        .matches("Signed in (UTC)")
        .count();
    assert_eq!(sessions, 1);
    assert_eq!(
        person
            .page("/account")
            .await
            .matches("/account/sessions/")
            .count(),
        1
    );

    assert_eq!(person.send("/sign-out", &[]).await.status(), 303);
    assert_eq!(person.get("/live").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(first.get("/live").await.status(), StatusCode::OK);

    person.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(
        first
            .send("/account/sign-out-everywhere", &[])
            .await
            .status(),
        303
    );
    assert_eq!(first.get("/live").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(person.get("/live").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn whoever_opens_a_page_is_brought_back_to_it() {
    let server = Server::start().await;
    Person::first_admin(&server, EMAIL).await;
    let own = format!("http://{}", server.address);
    for (referrer, back) in [
        (
            format!("{own}/projects/1?sdk=python"),
            "/projects/1?sdk=python",
        ),
        (format!("{own}/sign-in"), "/"),
        ("https://evil.example/projects".to_owned(), "/"),
    ] {
        let request = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let request = request.build().unwrap().post(server.url("/sign-in"));
        let fields = [("email", EMAIL), ("password", PASSWORD)];
        let answer = request
            .header("referer", referrer)
            .form(&fields)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["location"], back);
    }
}

#[tokio::test]
async fn an_account_and_an_address_are_tried_so_often() {
    let server = Server::start().await;
    Person::first_admin(&server, EMAIL).await;
    for account in [EMAIL, "nobody@example.org"] {
        for _ in 0..10 {
            let answer = Person::new(&server).sign_in(account, "guess").await;
            assert_eq!(answer.status(), 403, "{account}");
        }
        let answer = Person::new(&server).sign_in(account, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{account}");
        assert_eq!(answer.headers()["x-mayfly-outcome"], "attempts_exceeded");
        assert_eq!(answer.headers()["retry-after"], "900");
    }
    let outcome = "drops_total{kind=\"request\",reason=\"attempts_exceeded\"}";
    assert_eq!(server.metric(outcome).await, 2);
}

#[tokio::test]
async fn nobody_elses_page_can_send_our_forms() {
    let server = Server::start().await;
    let person = Person::first_admin(&server, EMAIL).await;
    let token = person.form_token().await;
    let refused = async |answer: reqwest::Response| {
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(answer.headers()["x-mayfly-outcome"], "foreign_page");
    };
    let fields = [("name", "Stolen"), ("retention_hours", "24")];
    refused(person.post("/projects", &fields).await).await;
    let guessed = [("form_token", "00"), fields[0], fields[1]];
    refused(person.post("/projects", &guessed).await).await;
    let stranger = Person::first_admin_token_of_another(&server).await;
    let theirs = [("form_token", stranger.as_str()), fields[0], fields[1]];
    refused(person.post("/projects", &theirs).await).await;

    let right = [("form_token", token.as_str()), fields[0], fields[1]];
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = server.post("/projects").header("cookie", &person.cookie);
        let answer = request
            .header(name, value)
            .form(&right)
            .send()
            .await
            .unwrap();
        refused(answer).await;
    }
    let sign_in = [("email", EMAIL), ("password", PASSWORD)];
    let request = server
        .post("/sign-in")
        .header("origin", "https://evil.example");
    refused(request.form(&sign_in).send().await.unwrap()).await;
    let api = server
        .post("/api/v1/projects")
        .header("cookie", &person.cookie);
    let api = api.header("origin", "https://evil.example");
    refused(api.json(&json!({"name": "Stolen"})).send().await.unwrap()).await;

    assert_eq!(person.send("/projects", &fields).await.status(), 303);
    let projects = server.command(&["project", "list", "--json"]);
    assert_eq!(projects["projects"].as_array().unwrap().len(), 2);
}

impl Person<'_> {
    /// The form token of somebody else's session.
    async fn first_admin_token_of_another(server: &Server) -> String {
        let other = Person::with_account(server, "other@example.org", &["--role", "admin"]).await;
        other.form_token().await
    }
}

#[tokio::test]
async fn an_invitation_works_once_and_a_new_one_replaces_it() {
    let server = Server::start().await;
    let admin = Person::first_admin(&server, EMAIL).await;
    let fields = [
        ("email", "jo@example.com"),
        ("role", "developer"),
        ("scope", "some"),
    ];
    assert_eq!(
        admin.send("/people", &fields).await.status(),
        422,
        "no project chosen"
    );
    let fields = [fields.as_slice(), &[("project", "1")]].concat();
    let link = async |answer: reqwest::Response| {
        let html = answer.text().await.unwrap();
        let start = html.find("/invitation/mfly_").unwrap();
        html[start..start + "/invitation/mfly_".len() + 32].to_owned()
    };
    let first = link(admin.send("/people", &fields).await).await;
    assert_eq!(
        admin.send("/people", &fields).await.status(),
        422,
        "the address is taken"
    );

    let people = admin.page("/people").await;
    assert!(people.contains("jo@example.com") && people.contains("invited"));
    let id = {
        let before = &people[..people.find("jo@example.com").unwrap()];
        let start = before.rfind("/people/").unwrap() + "/people/".len();
        before[start..start + 36].to_owned()
    };
    let second = link(admin.send(&format!("/people/{id}/invite"), &[]).await).await;
    let mut invited = Person::new(&server);
    let outcome = async |path: &str| {
        let answer = Person::new(&server)
            .post(path, &new_password(PASSWORD))
            .await;
        answer.status().as_u16()
    };
    assert_eq!(outcome(&first).await, 410);
    assert!(invited.page(&second).await.contains("jo@example.com"));
    let accepted = invited.post(&second, &new_password(PASSWORD)).await;
    invited.keep_cookie(&accepted);
    assert_eq!(invited.get("/projects/1").await.status(), 200);
    assert_eq!(outcome(&second).await, 410);
    assert_eq!(invited.get(&second).await.status(), 410);

    // A forgotten password: whoever had the old one is out.
    let third = link(admin.send(&format!("/people/{id}/invite"), &[]).await).await;
    let mut again = Person::new(&server);
    let accepted = again.post(&third, &new_password("another long one")).await;
    again.keep_cookie(&accepted);
    assert_eq!(invited.get("/live").await.status(), 401);
    assert_eq!(
        invited.sign_in("jo@example.com", PASSWORD).await.status(),
        403
    );

    // A role counts at once, and so does its end.
    assert_eq!(again.get("/people").await.status(), 403);
    let promoted = [("role", "admin"), ("scope", "all")];
    admin.send(&format!("/people/{id}"), &promoted).await;
    assert_eq!(again.get("/people").await.status(), 200);
    admin.send(&format!("/people/{id}/disable"), &[]).await;
    assert_eq!(again.get("/people").await.status(), 401);
    assert_eq!(
        again
            .sign_in("jo@example.com", "another long one")
            .await
            .status(),
        403
    );
    admin.send(&format!("/people/{id}/enable"), &[]).await;
    assert_eq!(
        again.get("/people").await.status(),
        401,
        "old sessions stay ended"
    );
    assert_eq!(
        again
            .sign_in("jo@example.com", "another long one")
            .await
            .status(),
        303
    );
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let server = Server::start().await;
    let admin = Person::first_admin(&server, EMAIL).await;
    let users = server.command(&["user", "list", "--json"]);
    let id = user_of(&users, EMAIL)["id"].as_str().unwrap();
    for (path, fields) in [
        (format!("/people/{id}/disable"), vec![]),
        (
            format!("/people/{id}"),
            vec![("role", "officer"), ("scope", "all")],
        ),
    ] {
        assert_eq!(admin.send(&path, &fields).await.status(), 403);
    }
    assert_eq!(admin.get("/people").await.status(), 200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let server = Server::start().await;
    let person = Person::first_admin(&server, EMAIL).await;
    let mut elsewhere = Person::new(&server);
    elsewhere.sign_in(EMAIL, PASSWORD).await;
    let change = async |current: &str| {
        let [new, repeated] = new_password("quite another password");
        let fields = [("current_password", current), new, repeated];
        person.send("/account/password", &fields).await.status()
    };
    assert_eq!(change("wrong").await, 422);
    assert_eq!(elsewhere.get("/live").await.status(), 200);
    assert_eq!(change(PASSWORD).await, 200);
    assert_eq!(elsewhere.get("/live").await.status(), 401);
    assert_eq!(person.get("/live").await.status(), 200);
    assert_eq!(elsewhere.sign_in(EMAIL, PASSWORD).await.status(), 403);
    let signed_in = elsewhere.sign_in(EMAIL, "quite another password").await;
    assert_eq!(signed_in.status(), 303);
}

/// Who may open what: every role, every route of people and programs.
#[tokio::test]
async fn roles_open_what_their_name_says() {
    let server = Server::start().await;
    server.command(&["project", "add", "Second", "--json"]);
    let token = |arguments: &[&str]| {
        let command = [&["token", "add", "--json"], arguments].concat();
        server.command(&command)["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let admin = token(&["--role", "admin"]);
    let keeper = token(&["--role", "admin", "--project", "2"]);
    let developer = token(&["--role", "developer"]);
    let limited = token(&["--role", "developer", "--project", "2"]);
    let officer = token(&["--role", "officer"]);
    let columns = [&admin, &keeper, &developer, &limited, &officer];
    let (yes, no, gone) = (200, 403, 404);
    #[rustfmt::skip]
    let matrix: &[(&str, [u16; 5])] = &[
        //                                          admin keeper developer limited officer
        ("GET /",                                  [yes, yes, yes, yes, yes]),
        ("GET /live",                              [yes, yes, yes, yes, yes]),
        ("GET /account",                           [yes, yes, yes, yes, yes]),
        ("GET /projects",                          [yes, yes, yes, yes, yes]),
        ("GET /projects/1",                        [yes, no,  yes, no,  no]),
        ("GET /projects/2",                        [yes, yes, yes, yes, no]),
        ("GET /projects/3",                        [gone, no, gone, no, no]),
        ("GET /projects/1/settings",               [yes, no,  yes, no,  no]),
        ("GET /projects/2/settings",               [yes, yes, yes, yes, no]),
        ("GET /people",                            [yes, no,  no,  no,  no]),
        ("GET /tokens",                            [yes, no,  no,  no,  no]),
        ("GET /api/v1/projects",                   [yes, yes, yes, yes, yes]),
        ("GET /api/v1/projects/1",                 [yes, no,  yes, no,  no]),
        ("GET /api/v1/projects/2",                 [yes, yes, yes, yes, no]),
        ("GET /api/v1/users",                      [yes, no,  no,  no,  no]),
        ("GET /api/v1/tokens",                     [yes, no,  no,  no,  no]),
        ("POST /api/v1/sql",                       [yes, no,  no,  no,  yes]),
        ("POST /api/v1/projects",                  [201, no,  no,  no,  no]),
        ("PATCH /api/v1/projects/1",               [yes, no,  no,  no,  no]),
        ("PATCH /api/v1/projects/2",               [yes, yes, no,  no,  no]),
        ("POST /api/v1/users",                     [201, no,  no,  no,  no]),
        ("POST /api/v1/tokens",                    [201, no,  no,  no,  no]),
    ];
    for (route, expected) in matrix {
        let (method, path) = route.split_once(' ').unwrap();
        for (token, expected) in columns.iter().zip(expected) {
            let method = method.parse().unwrap();
            let body = match path {
                "/api/v1/sql" => "SELECT 1",
                _ => r#"{"name": "x", "email": "m@example.org", "role": "officer"}"#,
            };
            let client = reqwest::Client::new();
            let request = client.request(method, server.url(path)).bearer_auth(token);
            let answer = request.body(body).send().await.unwrap();
            let role = columns.iter().position(|other| other == token).unwrap();
            assert_eq!(answer.status().as_u16(), *expected, "{route} column {role}");
        }
    }
}

/// Tiles count what their reader may see.
#[tokio::test]
async fn a_limited_reader_sees_no_other_projects_numbers() {
    let server = Server::start().await;
    server.command(&["project", "add", "Second", "--json"]);
    let reader = Person::with_account(
        &server,
        "jo@example.com",
        &["--role", "developer", "--project", "2"],
    )
    .await;
    for _ in 0..3 {
        server.hit("action_name=first").await;
    }
    let hit = server.get("/matomo.php?idsite=2&rec=1&action_name=second");
    hit.send().await.unwrap();
    server.settle().await;
    let html = reader.page("/live").await;
    assert!(html.contains("second") && !html.contains("first"));
    assert!(html.contains("data-received=\"1\"") && html.contains("data-received=\"0\""));
    assert!(
        !html.contains("on the way"),
        "the server's own balance is for others"
    );
    let home = reader.page("/").await;
    assert!(home.contains("/2\"") && !home.contains(&server.dsn()));
    let admin = Person::first_admin(&server, EMAIL).await;
    assert!(admin.page("/live").await.contains("data-received=\"4\""));
}

#[tokio::test]
async fn tokens_are_shown_once_and_can_be_withdrawn() {
    let server = Server::start().await;
    let admin = Person::first_admin(&server, EMAIL).await;
    let fields = [
        ("name", "nightly"),
        ("role", "officer"),
        ("scope", "all"),
        ("days", "30"),
    ];
    let made = admin.send("/tokens", &fields).await.text().await.unwrap();
    let start = made.find("mfly_").unwrap();
    let token = &made[start..start + 37];
    assert_eq!(server.sql_as(token, "SELECT 1").await.status(), 200);
    let list = admin.page("/tokens").await;
    assert!(list.contains("nightly") && list.contains(EMAIL) && !list.contains(token));
    // Others were made in the same second.
    let (_, row) = list.split_once("nightly").unwrap();
    let (_, rest) = row.split_once("/tokens/").unwrap();
    let id = rest.split('/').next().unwrap().to_owned();
    admin.send(&format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!(server.sql_as(token, "SELECT 1").await.status(), 401);
    for (days, name) in [("0", "x"), ("3651", "x"), ("30", "")] {
        let fields = [
            ("name", name),
            ("role", "officer"),
            ("scope", "all"),
            ("days", days),
        ];
        assert_eq!(admin.send("/tokens", &fields).await.status(), 422);
    }

    // A token in the cookie signs out without being withdrawn.
    let mut person = Person::new(&server);
    let answer = person.post("/sign-in", &[("token", &server.token)]).await;
    person.keep_cookie(&answer);
    assert_eq!(person.get("/people").await.status(), 200);
    let token = {
        let html = person.page("/people").await;
        let (_, rest) = html.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let out = person.post("/sign-out", &[("form_token", &token)]).await;
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(server.sql("SELECT 1").await, "1");
}

#[tokio::test]
async fn projects_over_pages() {
    let server = Server::start().await;
    let admin = Person::first_admin(&server, EMAIL).await;
    let fields = [("name", "Chat"), ("retention_hours", "721")];
    assert_eq!(admin.send("/projects", &fields).await.status(), 422);
    let fields = [("name", "Chat"), ("retention_hours", "48")];
    let created = admin.send("/projects", &fields).await;
    assert_eq!(created.headers()["location"], "/projects/2");
    assert!(admin.page("/projects").await.contains("2 days"));
    for sdk in ["python", "flutter", "page", "vue"] {
        let guide = admin.page(&format!("/projects/2?sdk={sdk}")).await;
        assert!(guide.contains(&server.address), "{sdk}");
    }

    let general = [
        ("name", "Live chat"),
        ("origins", "https://a.example.org\r\n*.b.example\n"),
    ];
    let saved = admin.send("/projects/2/settings/general", &general).await;
    assert_eq!(saved.status(), 200);
    let wrong = [("name", "Live chat"), ("origins", "not an origin")];
    let refused = admin.send("/projects/2/settings/general", &wrong).await;
    assert_eq!(refused.status(), 422);
    let policy = [
        ("time_zone", "Europe/Berlin"),
        ("keep_device_model", "true"),
    ];
    assert_eq!(
        admin
            .send("/projects/2/settings/policy", &policy)
            .await
            .status(),
        200
    );
    let wrong = [("time_zone", "Mars/Olympus")];
    assert_eq!(
        admin
            .send("/projects/2/settings/policy", &wrong)
            .await
            .status(),
        422
    );
    let project = server.command(&["project", "show", "2", "--json"]);
    assert_eq!(project["name"], "Live chat");
    assert_eq!(project["settings"]["time_zone"], "Europe/Berlin");
    let origins = json!(["https://a.example.org", "*.b.example"]);
    assert_eq!(project["settings"]["allowed_origins"], origins);

    let old = project["keys"][0].as_str().unwrap();
    let revoke = format!("/projects/2/keys/{old}/revoke");
    assert_eq!(
        admin.send(&revoke, &[]).await.status(),
        400,
        "the last key stays"
    );
    admin.send("/projects/2/keys", &[]).await;
    assert_eq!(admin.send(&revoke, &[]).await.status(), 303);
    let envelope = "{}\n{\"type\":\"event\"}\n{}";
    let sent = server
        .post(&format!("/api/2/envelope/?sentry_key={old}"))
        .body(envelope);
    assert_eq!(sent.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn test_events_go_through_the_front_door() {
    let server = Server::start().await;
    let developer = Person::with_account(&server, "jo@example.com", &["--role", "developer"]).await;
    let row = async |kind: &str| {
        let sent = developer
            .send(&format!("/projects/1/test/{kind}"), &[])
            .await;
        assert_eq!(sent.status(), 303);
        let location = sent.headers()["location"].to_str().unwrap().to_owned();
        developer.page(&location).await
    };
    let crash = row("crash").await;
    assert!(
        crash.contains("MayflyTest") && crash.contains("[email]"),
        "{crash}"
    );
    assert!(!crash.contains("jane.doe"));
    let hit = row("hit").await;
    assert!(
        hit.contains("Mayfly test ") && hit.contains("test.example.org"),
        "{hit}"
    );
    server.settle().await;
    assert_eq!(server.sql("SELECT count() FROM error_events").await, "1");
    assert_eq!(
        server.sql("SELECT count() FROM analytics_events").await,
        "1"
    );
    let elsewhere = developer.get("/projects/1/test/crash/not-a-number!").await;
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn administration_over_the_api() {
    let server = Server::start().await;
    let call = async |method: &str, path: &str, body: Value| {
        let client = reqwest::Client::new();
        let request = client.request(method.parse().unwrap(), server.url(path));
        let answer = request
            .bearer_auth(&server.token)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap_or_default())
    };
    let (status, project) = call("POST", "/api/v1/projects", json!({"name": "Chat"})).await;
    assert_eq!((status, &project["id"]), (201, &json!(2)));
    let change = json!({"name": "Live chat", "allowed_origins": ["*.example.org"]});
    let (_, changed) = call("PATCH", "/api/v1/projects/2", change).await;
    assert_eq!(changed["name"], "Live chat");
    assert_eq!(changed["allowed_origins"], json!(["*.example.org"]));
    let (status, key) = call("POST", "/api/v1/projects/2/keys", Value::Null).await;
    assert_eq!(status, 201);
    let path = format!("/api/v1/projects/2/keys/{}", key["key"].as_str().unwrap());
    assert_eq!(call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(call("DELETE", &path, Value::Null).await.0, 404);

    let new = json!({"email": EMAIL, "role": "developer", "projects": [2]});
    let (status, user) = call("POST", "/api/v1/users", new.clone()).await;
    assert_eq!((status, &user["state"]), (201, &json!("invited")));
    assert!(
        user["invitation"]
            .as_str()
            .unwrap()
            .contains("/invitation/mfly_")
    );
    assert_eq!(call("POST", "/api/v1/users", new).await.0, 409);
    let unknown = json!({"email": "a@example.org", "role": "developer", "projects": [9]});
    assert_eq!(call("POST", "/api/v1/users", unknown).await.0, 422);
    let path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
    let (_, changed) = call("PATCH", &path, json!({"role": "officer", "projects": []})).await;
    assert_eq!(
        (&changed["role"], &changed["projects"]),
        (&json!("officer"), &json!([]))
    );
    let (_, changed) = call("PATCH", &path, json!({"disabled": true})).await;
    assert_eq!(changed["state"], "disabled");
    let (_, users) = call("GET", "/api/v1/users", Value::Null).await;
    assert!(user_of(&users, EMAIL).get("password_hash").is_none());

    let (_, made) = call(
        "POST",
        "/api/v1/tokens",
        json!({"name": "ci", "role": "officer"}),
    )
    .await;
    let token = made["token"].as_str().unwrap();
    assert_eq!(server.sql_as(token, "SELECT 1").await.status(), 200);
    let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(server.sql_as(token, "SELECT 1").await.status(), 401);
    let (status, problem) = call("PATCH", "/api/v1/projects/9", json!({})).await;
    assert_eq!((status, &problem["name"]), (404, &json!("project_unknown")));
}

#[tokio::test]
async fn people_and_tokens_on_the_command_line() {
    let server = Server::start().await;
    let added = server.command(&["user", "add", EMAIL, "--role", "officer", "--json"]);
    assert_eq!(
        (&added["role"], &added["state"]),
        (&json!("officer"), &json!("invited"))
    );
    assert!(
        added["invitation"]
            .as_str()
            .unwrap()
            .contains("/invitation/mfly_")
    );
    let with_password = [
        "user",
        "add",
        "jo@example.com",
        "--role",
        "admin",
        "--password-stdin",
    ];
    let (ok, text) = server.command_with_input(&with_password, &format!("{PASSWORD}\n"));
    assert!(
        ok && text.contains("active") && !text.contains("/invitation/"),
        "{text}"
    );
    assert_eq!(
        Person::new(&server)
            .sign_in("jo@example.com", PASSWORD)
            .await
            .status(),
        303
    );
    let short = [
        "user",
        "add",
        "x@example.com",
        "--role",
        "admin",
        "--password-stdin",
    ];
    let (ok, text) = server.command_with_input(&short, "short\n");
    assert!(!ok && text.contains("at least 12 characters"), "{text}");
    let (ok, text) = server.command_with_input(&["user", "add", EMAIL, "--role", "admin"], "");
    assert!(!ok && text.contains("already"), "{text}");
    let nowhere = [
        "user",
        "add",
        "y@example.com",
        "--role",
        "developer",
        "--project",
        "9",
    ];
    let (ok, text) = server.command_with_input(&nowhere, "");
    assert!(!ok && text.contains("there is no project 9"), "{text}");

    server.command(&["user", "disable", "JO@example.com", "--json"]);
    assert_eq!(
        Person::new(&server)
            .sign_in("jo@example.com", PASSWORD)
            .await
            .status(),
        403
    );
    let enabled = server.command(&["user", "enable", "jo@example.com", "--json"]);
    assert_eq!(enabled["state"], "active");
    assert_eq!(
        Person::new(&server)
            .sign_in("jo@example.com", PASSWORD)
            .await
            .status(),
        303
    );
    let users = server.command(&["user", "list", "--json"]);
    assert_eq!(users["users"].as_array().unwrap().len(), 2);

    let tokens = server.command(&["token", "list", "--json"]);
    assert_eq!(
        tokens["tokens"].as_array().unwrap().len(),
        1,
        "the harness's own"
    );
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    server.command(&["token", "revoke", id, "--json"]);
    let tokens = server.command(&["token", "list", "--json"]);
    assert!(tokens["tokens"].as_array().unwrap().is_empty());
}

/// What people type goes nowhere but into the table of users, where the password is a hash.
#[tokio::test]
async fn passwords_and_addresses_stay_out_of_everything_else() {
    const PASSWORDS: [&str; 3] = [
        "canary-password-one",
        "canary-password-two",
        "canary-password-3",
    ];
    let server = Server::start().await;
    let mut replies = String::new();
    let mut person = Person::new(&server);
    let used = person
        .post(&setup_path(&server), &new_account(EMAIL, PASSWORDS[0]))
        .await;
    person.keep_cookie(&used);
    for (email, password) in [(EMAIL, PASSWORDS[1]), ("canary@example.org", PASSWORDS[0])] {
        let answer = Person::new(&server).sign_in(email, password).await;
        replies += &format!(
            "{:?}{}",
            answer.headers().clone(),
            answer.text().await.unwrap()
        );
    }
    let [new, repeated] = new_password(PASSWORDS[2]);
    let fields = [("current_password", PASSWORDS[0]), new, repeated];
    assert_eq!(
        person.send("/account/password", &fields).await.status(),
        200
    );
    let metrics = server.metrics().await;
    let places = [
        ("replies", &replies),
        ("metrics", &metrics),
        ("log", &server.log()),
    ];
    for (place, text) in places {
        for typed in [EMAIL, "canary@example.org"].iter().chain(&PASSWORDS) {
            assert!(!text.contains(typed), "{typed} in {place}");
        }
    }
    let read = server
        .sql("SELECT count(), any(email), any(password_hash) FROM users")
        .await;
    assert_eq!(read, "0\t\t", "operators' addresses are not for reading");
    for (place, bytes) in files(server.stop().await.data()) {
        let found = memchr::memmem::find(&bytes, b"canary-password");
        assert!(found.is_none(), "{place}");
    }
}

/// The ledger names acts and numbers, never people.
#[tokio::test]
async fn what_administrators_do_stands_in_the_ledger() {
    let server = Server::start().await;
    let admin = Person::first_admin(&server, EMAIL).await;
    let developer = [
        ("email", "jo@example.com"),
        ("role", "developer"),
        ("scope", "all"),
    ];
    admin.send("/people", &developer).await;
    admin.send("/projects/1/keys", &[]).await;
    let token = [
        ("name", "nightly"),
        ("role", "officer"),
        ("scope", "all"),
        ("days", "30"),
    ];
    admin.send("/tokens", &token).await;
    admin.send("/account/sign-out-everywhere", &[]).await;
    server.command(&["user", "disable", "jo@example.com", "--json"]);
    let ledger = std::fs::read_to_string(server.data().join("ledger.jsonl")).unwrap();
    let users = server.command(&["user", "list", "--json"]);
    let own = user_of(&users, EMAIL)["id"].as_str().unwrap();
    let actor = format!("\"actor\":\"user:{own}\"");
    for (actor, action, detail) in [
        ("\"actor\":\"system\"", "user_added", "admin"),
        (actor.as_str(), "signed_in", ""),
        (actor.as_str(), "user_added", "developer"),
        (actor.as_str(), "user_invited", ""),
        (actor.as_str(), "key_added", ""),
        (actor.as_str(), "token_added", "officer"),
        (actor.as_str(), "sessions_ended", ""),
        ("\"actor\":\"command\"", "user_disabled", "developer"),
    ] {
        let is_it = |line: &str| {
            line.contains(actor)
                && line.contains(&format!("\"action\":\"{action}\""))
                && line.contains(&format!("\"detail\":\"{detail}\""))
        };
        assert!(ledger.lines().any(is_it), "{actor} {action}\n{ledger}");
    }
    assert!(!ledger.contains("example.org") && !ledger.contains("example.com"));
    assert_eq!(server.command(&["ledger", "verify", "--json"])["ok"], true);
}
