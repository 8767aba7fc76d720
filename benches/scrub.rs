//! How good and how fast the scrubber is, in one run: recall for each class, precision, clean strings; clean log text, text full
//! of findings, a whole crash event, hostile input. Run with `cargo bench --bench scrub`; it takes about a minute. Fails if a
//! megabyte of the simplest hostile texts costs more than three times as much as clean text.
#![allow(clippy::disallowed_macros, reason = "prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use mayfly::json;
use mayfly::privacy::scrub::{Findings, Level, Policy, Scrubber};

/// Bytes of each text.
const TEXT_BYTES: usize = 1 << 20;
/// The best of so many runs counts.
const RUNS: usize = 20;
/// Time of a hostile text, as a multiple of that of clean text, which the limited ones may take.
const HOSTILE_MULTIPLE_MAX: f64 = 3.0;

#[path = "../tests/it/scrub_corpus/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod scrub_corpus;

fn main() {
    scrub_corpus::recall_of_classes();
    scrub_corpus::precision();
    scrub_corpus::clean_changed();
    println!();
    let scrubber = match Scrubber::new(&Policy::default()) {
        Ok(scrubber) => scrubber,
        Err(error) => panic!("the default policy: {error}"),
    };
    let clean = clean_text();
    let clean_rate = line(&scrubber, "clean log text, line by line", &clean, true);
    let block_rate = line(&scrubber, "clean log text, one block", &clean, false);
    line(
        &scrubber,
        "text full of findings, line by line",
        &dense_text(),
        true,
    );
    line(
        &scrubber,
        "text full of findings, one block",
        &dense_text(),
        false,
    );
    for level in [Level::Strict, Level::Balanced] {
        event(level);
    }
    println!("hostile input, time as a multiple of clean text (one block, {block_rate:.0} MB/s)");
    let mut too_slow = Vec::new();
    for (name, limited, text) in hostile_texts() {
        let multiple = block_rate / rate(&scrubber, &text, false);
        println!("  {name:<34} {multiple:>6.2} x");
        if limited && multiple > HOSTILE_MULTIPLE_MAX {
            too_slow.push(name);
        }
    }
    let nested = clean_rate / nested_json_rate(&scrubber);
    println!("  {:<34} {nested:>6.2} x", "nested JSON, parsed");
    assert!(too_slow.is_empty(), "slower than they may be: {too_slow:?}");
    assert!(nested <= HOSTILE_MULTIPLE_MAX, "nested JSON is too slow");
}

fn nested_json_rate(scrubber: &Scrubber) -> f64 {
    megabytes_per_second(TEXT_BYTES, || {
        let text = format!(
            "{}1{}",
            "[".repeat(TEXT_BYTES / 2),
            "]".repeat(TEXT_BYTES / 2)
        );
        let mut scratch = Vec::new();
        if let Ok(mut value) = json::parse(text.as_bytes(), &mut scratch) {
            scrubber.json(&mut value, &mut Findings::default());
            black_box(&value);
        }
    })
}

fn line(scrubber: &Scrubber, name: &str, text: &str, by_line: bool) -> f64 {
    let rate = rate(scrubber, text, by_line);
    println!("{name:<40} {rate:>7.0} MB/s");
    rate
}

fn rate(scrubber: &Scrubber, text: &str, by_line: bool) -> f64 {
    megabytes_per_second(text.len(), || {
        let mut findings = Findings::default();
        if by_line {
            for line in text.lines() {
                black_box(scrubber.text(line, &mut findings));
            }
        } else {
            black_box(scrubber.text(text, &mut findings));
        }
        black_box(&findings);
    })
}

fn megabytes_per_second(bytes: usize, run: impl FnMut()) -> f64 {
    bytes as f64 / 1e6 / best(run).as_secs_f64()
}

fn best(mut run: impl FnMut()) -> Duration {
    run();
    let timed = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}

fn event(level: Level) {
    let policy = Policy {
        level,
        ..Policy::default()
    };
    let Ok(scrubber) = Scrubber::new(&policy) else {
        return;
    };
    let text = crash_event();
    let repeats = 200;
    let run = |parse_only: bool| {
        best(|| {
            for _ in 0..repeats {
                let mut scratch = Vec::new();
                let Ok(mut value) = json::parse(text.as_bytes(), &mut scratch) else {
                    return;
                };
                if !parse_only {
                    let mut findings = Findings::default();
                    scrubber.event(
                        &mut value,
                        &|_| "0123456789abcdef".to_owned(),
                        &mut findings,
                    );
                    black_box(&findings);
                }
                let mut out = Vec::with_capacity(text.len());
                value.write(&mut out);
                black_box(&out);
            }
        })
        .as_secs_f64()
            * 1e6
            / f64::from(repeats)
    };
    println!(
        "crash event of {} bytes, {level:?}: parsed, scrubbed, serialised {:.1} us (without scrubbing {:.1} us)",
        text.len(),
        run(false),
        run(true)
    );
}

/// Log lines and stack traces of several languages, with numbers that differ.
fn clean_text() -> String {
    let mut text = String::with_capacity(TEXT_BYTES + 200);
    let mut i = 0usize;
    while text.len() < TEXT_BYTES {
        i += 1;
        let line = match i % 10 {
            0 => format!("2026-11-22 03:40:{:02}.{:06} INFO  [worker-{}] shop.checkout.cart: recomputed totals in {} ms", i % 60, i * 7919 % 1_000_000, i % 8, i % 977),
            1 => format!("    at com.example.shop.payment.PaymentService.charge(PaymentService.java:{})", i % 800),
            2 => format!("  File \"/srv/app/shop/checkout/views.py\", line {}, in dispatch_request", i % 900),
            3 => "    return self.ensure_sync(self.view_functions[rule.endpoint])(**view_args)".to_owned(),
            4 => format!("   {}: core::ops::function::FnOnce::call_once at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/ops/function.rs:{}:5", i % 40, i % 300),
            5 => format!("GET /assets/app.{:08x}.js 304 in {}.{:03} ms - cache hit for the static bundle", i.wrapping_mul(2_654_435_761) & 0xffff_ffff, i % 9, i % 1000),
            6 => "TypeError: Cannot read properties of undefined (reading 'length') while rendering the list of open carts".to_owned(),
            7 => format!("    at renderWithHooks (webpack-internal:///./node_modules/react-dom/cjs/react-dom.development.js:{}:18)", i % 20000),
            8 => format!("SELECT id, status, total FROM orders WHERE status = ? AND created_at > ? LIMIT {} -- plan cached, {} rows", i % 100, i % 5000),
            _ => format!("thread 'tokio-runtime-worker' panicked at src/store/insert.rs:{}:9: index out of bounds: the len is {} but the index is {}", i % 500, i % 50, i % 60),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Every line holds two to four findings.
fn dense_text() -> String {
    let mut text = String::with_capacity(TEXT_BYTES + 200);
    let mut i = 0usize;
    while text.len() < TEXT_BYTES {
        i += 1;
        let line = match i % 5 {
            0 => format!(
                "login of jane.doe{}@example.org from 203.0.113.{} failed, password=hunter{}",
                i % 100,
                i % 254 + 1,
                i
            ),
            1 => format!(
                "https://example.org/reset?email=jane{}%40example.org&token=a8f5f167f44f4964e6c998dee827110c",
                i % 100
            ),
            2 => format!(
                "charged 4111 1111 1111 1111, refund to DE89 3704 0044 0532 0130 00, call +49 30 90182{:02}",
                i % 100
            ),
            3 => format!(
                r#"{{"user":"jane{}","email":"jane@example.org","ip":"2001:db8::{:x}","session_id":"0123456789abcdef"}}"#,
                i % 100,
                i % 65535 + 1
            ),
            _ => format!(
                "/home/jane{}/shop/cart.py: Authorization: Bearer abcdef0123456789{}",
                i % 100,
                i
            ),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Name, whether the time is limited, text.
fn hostile_texts() -> Vec<(&'static str, bool, String)> {
    let limited = [
        ("@", "@"),
        ("digits", "4111"),
        ("%25", "%25"),
        ("=", "="),
        ("quotation marks", "\""),
        ("{", "{"),
        ("nested brackets", "{\"secret\":["),
        ("spaces", " "),
    ];
    let others = [
        ("a@", "a@"),
        ("a:", "a:"),
        ("colons", ":"),
        ("backslashes", "\\"),
        ("ones", "1 "),
        ("a.a@a.a@", "a.a@"),
        ("digits in groups of four", "4111 "),
        ("digits with dots", "1."),
        ("hexadecimal groups", "ab:"),
        ("spaced IBAN that never ends", "DE89 "),
        ("token=", "token="),
        ("password:\"", "password:\""),
        ("escaped quotes", "\\\""),
        ("://", "://a"),
        ("entities", "&#64;"),
        ("+49 0", "+49 0"),
        ("-----BEGIN", "-----BEGIN A PRIVATE KEY"),
        ("/home/", "/home/"),
        ("eyJ", "eyJhbGciOi."),
        ("base64", "QUJDREVGR0hJSktM"),
        ("cues", "Herr Frau Tel "),
        ("keys that announce", "phone: name: "),
        ("umlauts", "äöü@"),
        ("at dot", "a at a dot "),
    ];
    let repeated = |part: &str| part.repeat(TEXT_BYTES / part.len());
    let limited = limited
        .into_iter()
        .map(|(name, part)| (name, true, repeated(part)));
    let others = others
        .into_iter()
        .map(|(name, part)| (name, false, repeated(part)));
    let encoded = format!("%{}40", "25".repeat(TEXT_BYTES / 2));
    limited
        .chain(others)
        .chain([("%2525...", false, encoded)])
        .collect()
}

/// A crash of a small Flask shop, as the Python SDK sends it by default.
fn crash_event() -> String {
    let frames: Vec<String> = (0..7)
        .map(|i| {
            format!(
                concat!(
                    r#"{{"filename":"shop/views{0}.py","abs_path":"/srv/app/venv/lib/python3.11/site-packages/shop/views{0}.py","#,
                    r#""function":"dispatch_request_{0}","module":"shop.views{0}","lineno":9{0}2,"#,
                    r#""pre_context":["            and req.method == \"OPTIONS\"","        ):","            return self.make_default_options_response()","        view_args: dict[str, t.Any] = req.view_args"],"#,
                    r#""context_line":"        return self.ensure_sync(self.view_functions[rule.endpoint])(**view_args)","#,
                    r#""post_context":["","    def full_dispatch_request(self) -> Response:","        pre and postprocessing as well as HTTP exception catching"],"#,
                    r#""vars":{{"self":"<Flask 'shop'>","req":"<Request 'http://localhost/checkout?token=abc123&next=/a' [POST]>","user":"'jane.doe@example.com'"}},"in_app":{1}}}"#
                ),
                i,
                i > 4
            )
        })
        .collect();
    format!(
        concat!(
            r#"{{"level":"error","exception":{{"values":[{{"mechanism":{{"type":"flask","handled":false}},"module":null,"type":"RuntimeError","#,
            r#""value":"no such cart for jane.doe@example.com","stacktrace":{{"frames":[{0}]}}}}]}},"#,
            r#""event_id":"c8b79dbee0e94647bef70c40c64196b2","timestamp":"2026-11-22T03:40:55.646041Z","#,
            r#""contexts":{{"trace":{{"trace_id":"23bfd19e65944981bbd393d1acdaa2ad","span_id":"a98126b5f935badf"}},"runtime":{{"name":"CPython","version":"3.11.7","build":"3.11.7 (main, May  9 2026, 07:35:25) [GCC 12.2.0]"}}}},"#,
            r#""transaction":"checkout","breadcrumbs":{{"values":[{{"category":"auth","message":"login jane.doe@example.com from 203.0.113.77","level":"info","timestamp":"2026-11-22T03:40:53.057910Z","type":"default"}}]}},"#,
            r#""extra":{{"sys.argv":["app.py","serve"]}},"modules":{{"urllib3":"2.8.0","flask":"3.1.3","jinja2":"3.1.6","werkzeug":"3.1.9","sentry-sdk":"2.75.0","click":"8.5.1","idna":"3.20","certifi":"2026.10.18"}},"#,
            r#""request":{{"url":"http://localhost/checkout","method":"POST","env":{{"SERVER_NAME":"localhost","SERVER_PORT":"80","REMOTE_ADDR":"203.0.113.9"}},"headers":{{"User-Agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0","Host":"localhost","Content-Type":"application/x-www-form-urlencoded","X-Forwarded-For":"198.51.100.23"}},"query_string":"token=abc123&next=/a","data":{{"email":"jane@example.com"}}}},"#,
            r#""user":{{"id":"4711","email":"jane.doe@example.com","ip_address":"198.51.100.23","username":"jdoe"}},"release":"shop@1.4.2","environment":"production","server_name":"web-7","#,
            r#""sdk":{{"name":"sentry.python.flask","version":"2.75.0","packages":[{{"name":"pypi:sentry-sdk","version":"2.75.0"}}],"integrations":["argv","atexit","dedupe","excepthook","flask","logging"]}},"platform":"python"}}"#
        ),
        frames.join(",")
    )
}
