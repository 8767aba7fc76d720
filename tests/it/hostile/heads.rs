//! Heads of requests: shapes that two servers could read differently, huge ones, and tricks with paths.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::{assert_others_are_served, closed, connect, raw, refused, rest, statuses};
use crate::harness::Server;

/// Name; what is sent, `|` for a line break; the statuses of all answers until the connection ends; the reason that the
/// request is counted for.
type Case = (&'static str, &'static str, &'static str, &'static str);

const HIT: &str =
    "GET /matomo.php?idsite=1&rec=1&action_name=smuggled HTTP/1.1|host: x|connection: close||";
const PATH: &str = "POST /matomo.php?idsite=1&rec=1&send_image=0 HTTP/1.1|host: x";

#[rustfmt::skip]
const CASES: &[Case] = &[
    // One of several lengths: the request in the body must stay a body.
    ("both lengths", "PATH|content-length: 4|transfer-encoding: chunked||0||HIT", "204", ""),
    ("both lengths, the other way round", "PATH|transfer-encoding: chunked|content-length: 4||0||HIT", "204", ""),
    ("chunked, and something behind it", "PATH|transfer-encoding: chunked||0||HIT", "204", ""),
    ("two lengths", "PATH|content-length: 4|content-length: 5||abcdeHIT", "400", "head_invalid"),
    ("two lengths in a list", "PATH|content-length: 4, 5||abcdeHIT", "400", "head_invalid"),
    ("a length with a sign", "PATH|content-length: +4||abcdHIT", "400", "head_invalid"),
    ("a length below zero", "PATH|content-length: -1||HIT", "400", "head_invalid"),
    ("a length in hexadecimal", "PATH|content-length: 0x4||abcdHIT", "400", "head_invalid"),
    ("a length beyond 64 bits", "PATH|content-length: 99999999999999999999||HIT", "400", "head_invalid"),
    ("a coding that is not known", "PATH|transfer-encoding: xchunked||0||HIT", "400", "head_invalid"),
    ("chunked is not the last", "PATH|transfer-encoding: chunked, identity||0||HIT", "400", "head_invalid"),
    ("chunked with a vertical tab", "PATH|transfer-encoding: \x0bchunked||0||HIT", "400", "head_invalid"),
    ("chunked in HTTP/1.0", "POST /matomo.php?idsite=1&rec=1 HTTP/1.0|transfer-encoding: chunked||0||HIT", "400", "head_invalid"),
    // Chunks
    ("a chunk size that is no number", "PATH|transfer-encoding: chunked||zz|abc|0||HIT", "400", "body_cut"),
    ("a chunk size with 0x", "PATH|transfer-encoding: chunked||0x3|abc|0||HIT", "400", "body_cut"),
    ("a chunk size below zero", "PATH|transfer-encoding: chunked||-1|abc|0||HIT", "400", "body_cut"),
    ("a chunk size beyond 64 bits", "PATH|transfer-encoding: chunked||fffffffffffffffff|abc|0||HIT", "400", "body_cut"),
    ("a chunk that is longer than it says", "PATH|transfer-encoding: chunked||3|abcd|0||HIT", "400", "body_cut"),
    ("a chunk size ended by a line feed alone", "PATH|transfer-encoding: chunked||3\nabc|0||HIT", "400", "body_cut"),
    ("an extension that hides a line feed", "PATH|transfer-encoding: chunked||3;x\nabc|0||HIT", "400", "body_cut"),
    ("an extension", "PATH|transfer-encoding: chunked||3;name=value|abc|0||HIT", "204", ""),
    // Headers
    ("a folded header", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1|host: x|x-a: b| folded||HIT", "400", "head_invalid"),
    ("a space before the colon", "PATH|content-length : 4||abcdHIT", "400", "head_invalid"),
    ("a space before the first header", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1| host: x||HIT", "400", "head_invalid"),
    ("a header without a colon", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1|host||HIT", "400", "head_invalid"),
    ("a header without a name", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1|: x||HIT", "400", "head_invalid"),
    ("NUL in a header", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1|x-a: b\0c||HIT", "400", "head_invalid"),
    ("a carriage return alone in a header", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1|x-a: b\rc||HIT", "400", "head_invalid"),
    // Request lines
    ("no version", "GET /matomo.php?idsite=1&rec=1||HIT", "400", "head_invalid"),
    ("another version", "GET /matomo.php?idsite=1&rec=1 HTTP/3.0||HIT", "400", "head_invalid"),
    ("no request at all", "\x16\x03\x01\x02\x00\x01\x00||", "400", "head_invalid"),
    ("a space in the path", "GET /matomo .php?idsite=1&rec=1 HTTP/1.1||HIT", "400", "head_invalid"),
    ("NUL in the path", "GET /matomo\0.php?idsite=1&rec=1 HTTP/1.1||HIT", "400", "head_invalid"),
    ("a whole address", "GET http://elsewhere.example.org/matomo.php?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "200", ""),
    ("line feeds alone", "GET /matomo.php?idsite=1&rec=1 HTTP/1.1\nhost: x\nconnection: close\n\n", "200", ""),
    ("a tunnel", "CONNECT elsewhere.example.org:443 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("the server as a whole", "OPTIONS * HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("a method that nobody knows", "BREW /matomo.php HTTP/1.1|host: x|connection: close||", "405", "method_not_allowed"),
    // Ways to say the same path: what is not the very path of a route is no route
    ("an escaped NUL", "GET /matomo.php%00?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("dots", "GET /x/../matomo.php?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("escaped dots", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("escaped slashes", "POST /api%2f1%2fenvelope%2f HTTP/1.1|host: x|content-length: 0|connection: close||", "404", "unknown_route"),
    ("two slashes", "GET //matomo.php?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("escapes of a slash that are too long", "GET /%c0%afmatomo.php?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("backslashes", "GET /\\matomo.php?idsite=1&rec=1 HTTP/1.1|host: x|connection: close||", "404", "unknown_route"),
    ("escapes that escape nothing", "GET /matomo.php?idsite=1&rec=1&url=%zz%&action_name=%00%ff%c0%af HTTP/1.1|host: x|connection: close||", "200", ""),
    ("a project beyond 64 bits", "POST /api/99999999999999999999/envelope/ HTTP/1.1|host: x|content-length: 2|connection: close||{}", "400", "project_missing"),
];

/// Requests that were refused as a whole: for a reason, and for any.
async fn counts(server: &Server, reason: &str) -> (u64, u64) {
    let all = server
        .metric("items_received_total{kind=\"request\"}")
        .await;
    (refused(server, reason).await, all)
}

#[tokio::test]
async fn heads_that_two_servers_could_read_differently() {
    let server = Server::start().await;
    let mut wrong = Vec::new();
    for (name, request, expected, reason) in CASES {
        let request = request.replace("PATH", PATH).replace("HIT", HIT);
        let (as_named, as_any) = counts(&server, reason).await;
        let counted = u64::from(!reason.is_empty());
        let answers = raw(&server, request.replace('|', "\r\n")).await;
        let mut after = counts(&server, reason).await;
        // The connection may have ended a moment before it is counted why.
        for _ in 0..50 {
            if after == (as_named + counted, as_any + counted) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            after = counts(&server, reason).await;
        }
        let counts = (after.0 - as_named, after.1 - as_any);
        if statuses(&answers) != *expected || counts != (counted, counted) {
            wrong.push(format!(
                "{name}: {} {counts:?}\n{answers}",
                statuses(&answers)
            ));
        }
        assert!(
            !answers.contains("elsewhere") && !answers.contains("smuggled"),
            "{name}"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_others_are_served(&server).await;
    server.settle().await;
    let smuggled = "SELECT count() FROM analytics_events WHERE title = 'smuggled'";
    assert_eq!(server.sql(smuggled).await, "0");
}

#[tokio::test]
async fn heads_that_are_too_large() {
    let server = Server::start().await;
    let end = "host: x\r\nconnection: close\r\n\r\n";
    let line = |length| {
        format!(
            "GET /matomo.php?idsite=1&rec=1&x={} HTTP/1.1\r\n{end}",
            "a".repeat(length)
        )
    };
    let headers = |count| {
        let headers: String = (0..count)
            .map(|number| format!("x-{number}: a\r\n"))
            .collect();
        format!("GET /matomo.php?idsite=1&rec=1 HTTP/1.1\r\n{headers}{end}")
    };
    let header = |length| {
        format!(
            "GET /matomo.php?idsite=1&rec=1 HTTP/1.1\r\nx-a: {}\r\n{end}",
            "a".repeat(length)
        )
    };
    for (request, status) in [
        (line(16 * 1024), "200"),
        (line(64 * 1024), "431"),
        (line(1024 * 1024), "431"),
        (headers(90), "200"),
        (headers(150), "431"),
        (headers(2_000), "431"),
        (header(16 * 1024), "200"),
        (header(64 * 1024), "431"),
    ] {
        let answers = raw(&server, &request).await;
        // Whoever is still sending may get a reset before the answer.
        let told = statuses(&answers);
        assert!(
            told == status || told.is_empty() && status == "431",
            "{} bytes: {told}",
            request.len()
        );
    }
    assert_others_are_served(&server).await;
    assert_eq!(refused(&server, "head_too_large").await, 5);
    server.settle().await;
}

#[tokio::test]
async fn http2_is_refused_clearly() {
    let server = Server::start().await;
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let preface = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &settings].concat();
    let answer = raw(&server, &preface).await;
    assert!(answer.starts_with("HTTP/1.1 505 "), "{answer}");
    assert!(answer.contains("x-mayfly-outcome: http2"), "{answer}");
    assert_eq!(closed(&server, "http2").await, 1);
    // An offer to change over is not taken up; the request is answered.
    let upgrade = "GET /matomo.php?idsite=1&rec=1 HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\n\
        upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let mut stream = connect(&server).await;
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
    // Streams that are reset at once are bytes on a connection that is closed.
    let reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    let flood = [preface, reset.repeat(10_000)].concat();
    for _ in 0..20 {
        raw(&server, &flood).await;
    }
    assert_eq!(closed(&server, "http2").await, 21);
    assert_others_are_served(&server).await;
    server.settle().await;
}

#[tokio::test]
async fn a_thousand_requests_in_one_write() {
    let server = Server::start().await;
    let one =
        "GET /matomo.php?idsite=1&rec=1&send_image=0&action_name=piped HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answers = raw(&server, one.repeat(1_000) + last).await;
    assert_eq!(statuses(&answers), "204 ".repeat(1_000) + "404");
    server.settle().await;
    let piped = "SELECT count() FROM analytics_events WHERE title = 'piped'";
    assert_eq!(server.sql(piped).await, "1000");
}
