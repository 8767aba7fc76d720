//! Style and scripts, compiled in.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::app::App;
use crate::server::{Reply, reply};

/// One file to the browser, one file for each concern to its keeper.
static STYLE: &str = concat!(
    include_str!("assets/style/foundation.css"),
    include_str!("assets/style/layout.css"),
    include_str!("assets/style/controls.css"),
    include_str!("assets/style/parts.css"),
    include_str!("assets/style/tables.css"),
    include_str!("assets/style/live.css"),
    include_str!("assets/style/projects.css"),
    include_str!("assets/style/issues.css"),
    include_str!("assets/style/officer.css"),
    include_str!("assets/style/print.css"),
);
static SCRIPT: &str = include_str!("assets/mayfly.js");
static ICON: &str = include_str!("assets/mayfly.svg");
/// Inter, Latin, all weights; its licence travels with it.
static FONT: &[u8] = include_bytes!("assets/font/inter.woff2");
static FONT_LICENSE: &str = include_str!("assets/font/OFL.txt");
static LIVE_SCRIPT: &str = include_str!("assets/live.js");
static PRIVACY: &str = include_str!("assets/privacy.js");
static OPT_OUT_FRAME: &str = include_str!("assets/opt-out-frame.js");
static ISSUES_SCRIPT: &str = include_str!("assets/issues.js");
static TRACKER: &str = include_str!("assets/matomo.js");

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/assets/mayfly.css",
            get(|| asset("text/css; charset=utf-8", STYLE)),
        )
        .route("/assets/inter.woff2", get(font))
        .route(
            "/assets/inter.txt",
            get(|| asset("text/plain; charset=utf-8", FONT_LICENSE)),
        )
        .route("/assets/mayfly.svg", get(|| asset("image/svg+xml", ICON)))
        .route(
            "/assets/mayfly.js",
            get(|| asset("text/javascript; charset=utf-8", SCRIPT)),
        )
        .route(
            "/assets/opt-out-frame.js",
            get(|| asset("text/javascript; charset=utf-8", OPT_OUT_FRAME)),
        )
        .route(
            "/assets/privacy.js",
            get(|| asset("text/javascript; charset=utf-8", PRIVACY)),
        )
        .route(
            "/assets/live.js",
            get(|| asset("text/javascript; charset=utf-8", LIVE_SCRIPT)),
        )
        .route(
            "/assets/issues.js",
            get(|| asset("text/javascript; charset=utf-8", ISSUES_SCRIPT)),
        )
}

async fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=300"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

async fn font() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "font/woff2"),
        (CACHE_CONTROL, "public, max-age=86400"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, FONT)
}

/// Under 4 KB, packed once.
fn packed_tracker() -> Bytes {
    static PACKED: OnceLock<Bytes> = OnceLock::new();
    let pack = || {
        let mut packed = Vec::new();
        // Packing into memory cannot fail.
        let _ = GzEncoder::new(TRACKER.as_bytes(), Compression::best()).read_to_end(&mut packed);
        Bytes::from(packed)
    };
    PACKED.get_or_init(pack).clone()
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// `/matomo.js`: the tracker for pages of any origin.
pub(crate) fn tracker_script(asked: &HeaderMap) -> Reply {
    let accepted = asked
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let packed = accepted
        .split(',')
        .any(|coding| coding.trim().starts_with("gzip"));
    let mut answer = match packed {
        true => reply::bytes(StatusCode::OK, packed_tracker()),
        false => reply::bytes(StatusCode::OK, Bytes::from_static(TRACKER.as_bytes())),
    };
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    for (name, value) in [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
