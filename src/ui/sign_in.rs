//! The pages before somebody is signed in.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::Layout;
use super::page;

texts! {
    SignInTexts {
        title = "Sign in" | "Anmelden";
        token = "Access token" | "Zugangs-Token";
        token_hint = "Paste an access token. An administrator makes one with “mayfly token add”." | "Fügen Sie ein Zugangs-Token ein. Die Verwaltung erstellt es mit „mayfly token add“.";
        failed = "This token is not valid, or no longer." | "Dieses Token gilt nicht oder nicht mehr.";
        setup = "Welcome to Mayfly" | "Willkommen bei Mayfly";
        setup_hint = "This link signs this browser in as administrator. It works once." | "Dieser Link meldet diesen Browser als Verwaltung an. Er gilt einmal.";
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    t: &'static SignInTexts,
    failed: bool,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    layout: Layout,
    t: &'static SignInTexts,
    code: &'a str,
}

/// The page that asks for a token.
pub(crate) fn sign_in_page(language: Language, status: StatusCode, failed: bool) -> Response {
    let template = SignInPage {
        layout: Layout::stranger(language),
        t: SignInTexts::of(language),
        failed,
    };
    page(status, &template)
}

/// The page behind the one-time link.
pub(crate) fn setup_page(language: Language, code: &str) -> Response {
    let template = SetupPage {
        layout: Layout::stranger(language),
        t: SignInTexts::of(language),
        code,
    };
    page(StatusCode::OK, &template)
}
