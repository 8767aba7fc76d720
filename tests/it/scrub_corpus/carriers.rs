//! What values are found in: log lines, URLs, headers, JSON, stack traces, SQL, sentences.

use super::blind;
use super::fresh;
use super::people::Half;
use super::random::Random;

/// How a carrier writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Plain,
    /// Percent signs, spaces as `%20`.
    Url,
    /// Percent signs twice.
    UrlTwice,
    /// Percent signs, spaces as `+`.
    Form,
    /// `\"`, `\\`, `\n`, `\u00fc`
    Json,
    /// `&amp;`, `&#64;`
    Html,
    Base64,
}

use Writing::{Base64, Form, Html, Json, Plain, Url, UrlTwice};

/// How a value is written, and what is around it.
pub type Carrier = (Writing, &'static str);

#[rustfmt::skip]
const CARRIERS: &[Carrier] = &[
    // Log lines
    (Plain, "2026-11-22 03:40:55,123 ERROR [worker-3] shop.checkout: cannot process {} after 3 tries"),
    (Plain, "Nov 22 03:40:55 web sshd[2011]: rejected {} (attempt 4)"),
    (Plain, "level=error ts=2026-11-22T03:40:55Z msg=\"lookup failed\" input=\"{}\" took=15ms"),
    (Plain, "[WARN] {} => 500"),
    (Plain, "E/Shop  ( 1234): value was {}"),
    (Plain, "<{}> not accepted"),
    (Plain, "host2 {} timed out"),
    (Plain, "[api-v7] {} 3 retries"),
    // URLs
    (Url, "GET https://shop.example/search?q={}&page=2 HTTP/1.1"),
    (Url, "https://shop.example/reset?next=%2Fa&v={}"),
    (UrlTwice, "https://login.example/?redirect=https%3A%2F%2Fshop.example%2F%3Fq%3D{}"),
    (Url, "/api/v1/lookup/{}"),
    // Headers
    (Plain, "X-Debug-Input: {}"),
    (Plain, "Subject: your request {} was closed"),
    // JSON and its like
    (Json, "{\"event\": \"lookup\", \"input\": \"{}\", \"retries\": 3}"),
    (Json, "payload: {\\\"input\\\": \\\"{}\\\"}"),
    (Plain, "{'value': '{}', 'ok': False}"),
    (Json, "[\"a\",\"{}\",17]"),
    (Base64, "data:application/json;base64,{}"),
    (Html, "<td class=\"x\">{}</td>"),
    (Html, "<input value=&quot;{}&quot;>"),
    // Stack traces
    (Plain, "ValueError: invalid literal: '{}'\n  File \"/srv/app/shop/views.py\", line 12, in parse"),
    (Plain, "java.lang.IllegalArgumentException: {}\n\tat com.example.shop.Cart.load(Cart.java:71)"),
    (Plain, "TypeError: cannot read {}\n    at render (https://shop.example/app.js:1:23)"),
    (Plain, "thread 'main' panicked at src/main.rs:4:5:\ncalled `Result::unwrap()` on an `Err` value: \"{}\""),
    (Plain, "panic: bad input {}\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/app/main.go:12 +0x1d"),
    (Plain, "System.FormatException: Input string '{}' was not in a correct format.\n   at Shop.Cart.Parse(String s) in C:\\build\\Cart.cs:line 12"),
    (Plain, "PHP Fatal error:  Uncaught Exception: {} in /var/www/html/cart.php:12\nStack trace:\n#0 {main}"),
    (Plain, "app/models/cart.rb:12:in `load': no such cart {} (ArgumentError)"),
    // SQL
    (Plain, "SELECT * FROM orders WHERE ref = '{}' AND state = 2"),
    (Plain, "ERROR: duplicate key value violates unique constraint \"x\" DETAIL: Key (ref)=({}) already exists."),
    (Plain, "INSERT INTO t (a, b) VALUES (17, '{}')"),
    // Sentences
    (Plain, "Bitte prüfen Sie die Angabe {} noch einmal."),
    (Plain, "The given value {} could not be stored, sorry."),
    (Plain, "Eingabe „{}“ wurde abgelehnt"),
    (Plain, "We received {}, thank you!"),
    (Plain, "{}"),
    (Plain, "Es gab ein Problem mit {}."),
];

/// A text of one half that holds `value`.
pub fn carry(random: &mut Random, half: Half, value: &str) -> String {
    let own: Vec<&Carrier> = match half {
        Half::Blind => blind::CARRIERS.iter().collect(),
        Half::Fresh => fresh::CARRIERS.iter().collect(),
        _ => CARRIERS
            .iter()
            .enumerate()
            .filter(|(i, _)| half.owns(*i))
            .map(|(_, carrier)| carrier)
            .collect(),
    };
    let (writing, text) = own[random.below(own.len())];
    text.replacen("{}", &write(*writing, value), 1)
}

fn write(writing: Writing, value: &str) -> String {
    match writing {
        Plain => value.to_owned(),
        Url => percent(value),
        UrlTwice => percent(&percent(value)),
        Form => form(value),
        Json => serde_json::to_string(value)
            .unwrap_or_default()
            .trim_matches('"')
            .replace('ü', "\\u00fc"),
        Html => value
            .replace('&', "&amp;")
            .replace('@', "&#64;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
            .replace('<', "&lt;"),
        Base64 => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(format!("{{\"input\":\"{value}\"}}"))
        }
    }
}

pub fn form(text: &str) -> String {
    percent(text).replace("%20", "+")
}

pub fn percent(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(b))
            }
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
