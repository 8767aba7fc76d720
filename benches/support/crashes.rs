//! Crash events as SDKs of several languages send them: 212 of different sizes, each sent again and again under a new id.

use std::io::Write;

use fastrand::Rng;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use serde_json::{Value, json};

/// Different events.
pub const EVENTS: usize = 212;
const SEED: u64 = 212;

/// An envelope whose event id can be changed without packing it again.
pub struct Crash {
    /// Up to and with the event's id.
    head: Vec<u8>,
    rest: Rest,
    /// Of the event, unpacked.
    pub bytes: usize,
}

enum Rest {
    Plain(Vec<u8>),
    /// Packed by itself; in front of it the head stands as it is, in a block of its own (RFC 1951, 3.2.4).
    Gzip {
        deflated: Vec<u8>,
        checksum: Crc,
    },
}

/// What an id is before it is one.
const NO_ID: &str = "00000000000000000000000000000000";

/// The events, every other one packed.
pub fn all() -> Vec<Crash> {
    let mut random = Rng::with_seed(SEED);
    (0..EVENTS)
        .map(|number| Crash::new(&event(number, &mut random), number % 2 == 0))
        .collect()
}

impl Crash {
    fn new(event: &str, is_packed: bool) -> Self {
        // The event says its id first, so that everything behind stays the same.
        let (id, rest) = event.split_at(format!("{{\"event_id\":\"{NO_ID}\"").len());
        let head = format!(
            "{{\"event_id\":\"{NO_ID}\",\"sent_at\":\"2026-11-22T03:58:52.258Z\"}}\n\
            {{\"type\":\"event\",\"length\":{}}}\n{id}",
            event.len()
        );
        let rest = match is_packed {
            false => Rest::Plain(rest.as_bytes().to_vec()),
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(rest.as_bytes()).unwrap();
                let mut checksum = Crc::new();
                checksum.update(rest.as_bytes());
                Rest::Gzip {
                    deflated: encoder.finish().unwrap(),
                    checksum,
                }
            }
        };
        Self {
            head: head.into_bytes(),
            rest,
            bytes: event.len(),
        }
    }

    /// Appends the whole request, as the event `number`.
    pub fn write_request(&self, address: &str, key: &str, number: u64, out: &mut Vec<u8>) {
        let mut head = self.head.clone();
        let id = format!("{:032x}", u128::from(number) << 64 | 0x1234_5678_9abc_4def);
        for at in memchr::memmem::find_iter(&self.head, NO_ID) {
            head[at..at + NO_ID.len()].copy_from_slice(id.as_bytes());
        }
        let (encoding, length) = match &self.rest {
            Rest::Plain(rest) => ("", head.len() + rest.len()),
            Rest::Gzip { deflated, .. } => (
                "Content-Encoding: gzip\r\n",
                GZIP_HEAD.len() + 5 + head.len() + deflated.len() + 8,
            ),
        };
        write!(
            out,
            "POST /api/1/envelope/?sentry_key={key}&sentry_version=7 HTTP/1.1\r\nHost: {address}\r\n\
            User-Agent: sentry.python/2.66.0\r\nContent-Type: application/x-sentry-envelope\r\n\
            {encoding}Content-Length: {length}\r\n\r\n"
        )
        .unwrap();
        match &self.rest {
            Rest::Plain(rest) => {
                out.extend_from_slice(&head);
                out.extend_from_slice(rest);
            }
            Rest::Gzip { deflated, checksum } => {
                let head_length = u16::try_from(head.len()).unwrap();
                out.extend_from_slice(&GZIP_HEAD);
                out.push(0);
                out.extend_from_slice(&head_length.to_le_bytes());
                out.extend_from_slice(&(!head_length).to_le_bytes());
                out.extend_from_slice(&head);
                out.extend_from_slice(deflated);
                let mut whole = Crc::new();
                whole.update(&head);
                whole.combine(checksum);
                out.extend_from_slice(&whole.sum().to_le_bytes());
                out.extend_from_slice(&whole.amount().to_le_bytes());
            }
        }
    }
}

/// Deflated, no name, no time, system unknown (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Bugs among varied events. Some happen often and most rarely.
const BUGS: f64 = 500.0;

/// Event `number` of a traffic in which no two are the same: events of one bug share most of their frames, and differ in what
/// they say, whom they happened to, what was done before, where, when, and in some frames.
pub fn varied(number: u64) -> Crash {
    let random = &mut Rng::with_seed(number);
    let bug = (random.f64().powi(3) * BUGS) as usize;
    let mut event = event_of(bug, &mut Rng::with_seed(bug as u64));
    let other = event_of(bug, random);
    let own = [
        "breadcrumbs",
        "contexts",
        "environment",
        "release",
        "request",
        "tags",
        "transaction",
        "user",
    ];
    for part in own {
        if !other[part].is_null() {
            event[part] = other[part].clone();
        }
    }
    event["timestamp"] = (1_795_319_000.0 + random.f64() * 86_400.0).into();
    let exception = &mut event["exception"]["values"][0];
    let theirs = &other["exception"]["values"][0];
    exception["value"] = theirs["value"].clone();
    let frames = exception["stacktrace"]["frames"].as_array_mut().unwrap();
    let their_frames = theirs["stacktrace"]["frames"].as_array().unwrap();
    for (depth, (frame, theirs)) in frames.iter_mut().zip(their_frames).enumerate() {
        // Outer frames: the way to the bug differs, and so do the values of variables.
        if depth < 2 && random.bool() {
            *frame = theirs.clone();
        } else if !frame["vars"].is_null() {
            frame["vars"] = theirs["vars"].clone();
        }
    }
    Crash::new(&with_id(&event), false)
}

fn event(number: usize, random: &mut Rng) -> String {
    with_id(&event_of(number, random))
}

fn with_id(event: &Value) -> String {
    format!("{{\"event_id\":\"{NO_ID}\",{}", &event.to_string()[1..])
}

fn event_of(number: usize, random: &mut Rng) -> Value {
    let language = &LANGUAGES[number % LANGUAGES.len()];
    // Most traces are short, some are very long.
    let frames = 2 + (random.f64().powi(3) * 44.0) as usize;
    let kind = ["TypeError", "ValueError", "TimeoutError", "NotFound"][number % 4];
    let exception = json!({
        "type": kind,
        "value": format!("cart {} of {} is not {}", random.u32(1000..9999), email(random), word(random)),
        "mechanism": {"type": "generic", "handled": number.is_multiple_of(3)},
        "stacktrace": {"frames": (0..frames).map(|depth| language.frame(number, depth, random)).collect::<Vec<_>>()},
    });
    let breadcrumbs: Vec<_> = (0..random.usize(0..16))
        .map(|_| breadcrumb(random))
        .collect();
    let mut event = json!({
        "timestamp": "2026-11-22T03:58:52.183Z",
        "platform": language.platform,
        "level": "error",
        "release": format!("shop@1.{}.0", random.u32(0..20)),
        "environment": if number.is_multiple_of(9) { "staging" } else { "production" },
        "transaction": format!("/shop/{}/{}", word(random), word(random)),
        "exception": {"values": [exception]},
        "breadcrumbs": {"values": breadcrumbs},
        "user": {"id": random.u32(1..5000).to_string(), "email": email(random), "ip_address": "203.0.113.77"},
        "tags": {"customer": format!("c{}", random.u32(0..50)), "feature": word(random)},
        "contexts": {
            "browser": {"name": "Firefox", "version": "141.0"}, "os": {"name": "Linux", "version": "6.1"},
            "trace": {"trace_id": format!("{:032x}", random.u128(..)), "span_id": format!("{:016x}", random.u64(..))},
        },
        "sdk": {"name": language.sdk, "version": "8.40.0", "packages": [{"name": "shop", "version": "1.2.3"}]},
    });
    if language.has_request {
        event["request"] = json!({
            "url": format!("https://shop.example.org/{}?page={}", word(random), random.u32(1..90)),
            "method": "POST",
            "headers": {
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
                "Accept-Language": "de-AT,de;q=0.9", "Cookie": format!("session={:x}", random.u128(..)),
                "X-Forwarded-For": "203.0.113.77", "Host": "shop.example.org",
            },
            "data": {"name": "Jane Doe", "email": email(random), "amount": random.u32(1..500)},
        });
    }
    if language.platform == "python" {
        let modules =
            (0..random.usize(10..60)).map(|n| (format!("package-{n}"), Value::from("1.4.2")));
        event["modules"] = modules.collect();
    }
    event
}

struct Language {
    platform: &'static str,
    sdk: &'static str,
    suffix: &'static str,
    has_request: bool,
    has_source: bool,
    has_variables: bool,
}

const fn language(platform: &'static str, sdk: &'static str, suffix: &'static str) -> Language {
    Language {
        platform,
        sdk,
        suffix,
        has_request: false,
        has_source: false,
        has_variables: false,
    }
}

const LANGUAGES: [Language; 6] = [
    language("javascript", "sentry.javascript.browser", "js"),
    Language {
        has_request: true,
        has_source: true,
        has_variables: true,
        ..language("python", "sentry.python.django", "py")
    },
    Language {
        has_request: true,
        has_source: true,
        ..language("node", "sentry.javascript.node", "js")
    },
    language("java", "sentry.java.spring", "java"),
    Language {
        has_request: true,
        has_source: true,
        ..language("php", "sentry.php.laravel", "php")
    },
    language("native", "sentry.native", "cpp"),
];

impl Language {
    fn frame(&self, number: usize, depth: usize, random: &mut Rng) -> Value {
        let module = format!("shop.{}{}", word(random), number % 40);
        let mut frame = json!({
            "filename": format!("shop/{}{depth}.{}", word(random), self.suffix),
            "abs_path": format!("/srv/shop/releases/{number}/{}{depth}.{}", word(random), self.suffix),
            "module": module,
            "function": format!("{}_{}", word(random), word(random)),
            "lineno": random.u32(1..900),
            "in_app": !depth.is_multiple_of(3),
        });
        if self.has_source {
            let line = |random: &mut Rng| {
                format!(
                    "    {} = {}({}, {})",
                    word(random),
                    word(random),
                    word(random),
                    random.u32(0..99)
                )
            };
            frame["pre_context"] = (0..5).map(|_| line(random)).collect();
            frame["context_line"] = line(random).into();
            frame["post_context"] = (0..5).map(|_| line(random)).collect();
        }
        if self.has_variables && depth.is_multiple_of(2) {
            frame["vars"] = json!({
                "self": format!("<shop.Cart object at 0x{:x}>", random.u64(..)), "request": "<WSGIRequest: POST '/cart'>",
                word(random): random.u32(..), "email": email(random),
            });
        }
        frame
    }
}

fn breadcrumb(random: &mut Rng) -> Value {
    json!({
        "timestamp": 1_795_319_000.5 + random.f64() * 100.0,
        "type": "http",
        "category": random.choice(["fetch", "ui.click", "console", "query"]),
        "level": "info",
        "message": format!("{} {} for {} in {} ms", word(random), word(random), word(random), random.u32(1..900)),
        "data": {"url": format!("/api/{}/{}", word(random), random.u32(1..99)), "status_code": 200},
    })
}

fn email(random: &mut Rng) -> String {
    format!("{}.{}@example.org", word(random), word(random))
}

fn word(random: &mut Rng) -> &'static str {
    #[rustfmt::skip]
    const WORDS: [&str; 24] = [
        "cart", "total", "checkout", "render", "load", "price", "stock", "order", "item", "session", "handle", "dispatch",
        "resolve", "commit", "fetch", "parse", "update", "apply", "mount", "query", "index", "basket", "invoice", "garden",
    ];
    WORDS[random.usize(0..WORDS.len())]
}
