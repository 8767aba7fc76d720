//! The pipeline without I/O: from the bytes of a request to the sealed row.
#![expect(clippy::disallowed_macros, reason = "prints its figures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;
use mayfly::intake::matomo::Hit;
use mayfly::privacy::scrub::{Policy, Scrubber};
use mayfly::privacy::{Door, Envelope, HitKind, MasterSecret, Materials, ProjectPolicy, Raw};
use mayfly::registry::{Project, ProjectId};
use mayfly::retention::Retention;
use mayfly::settings::Settings;
use mayfly::time::Timestamp;

const QUERY: &str = "action_name=Garden%20chairs&idsite=1&rec=1&r=586800&h=3&m=58&s=30\
    &url=https%3A%2F%2Fshop.example.org%2Fgarden%2Fchairs%3Fmtm_campaign%3Dspring&urlref=https%3A%2F%2Fexample.com%2F\
    &_id=2add282bfaa936d5&send_image=0&pv_id=XsKEqV&res=1366x768";

fn main() {
    let now = Timestamp::from_seconds(1_800_000_000);
    let door = Door::new(
        Materials::without_lists(Scrubber::new(&Policy::default()).unwrap()),
        now,
    );
    let id = ProjectId::new(1);
    let project = Project {
        objections: Default::default(),
        id,
        name: "Shop".to_owned(),
        keys: Vec::new(),
        retention: Retention::default(),
        secret: MasterSecret::new([7; 32]).for_project(id),
        policy: Arc::new(ProjectPolicy::new(&Settings::default())),
        settings: Settings::default(),
    };
    let peer = Raw::new("203.0.113.77:4711".parse().unwrap());
    let headers = Raw::new(HeaderMap::new());

    measure("page view, 250-byte query", QUERY.len(), || {
        let sender = door.sender(&peer, &headers);
        let hit = Raw::new(QUERY).map(|query| Hit::read(query, ""));
        assert!(black_box(door.hit(&hit, HitKind::Pageview, &project, &sender, now)).is_ok());
    });
    for frames in [5, 30] {
        let event = crash(frames);
        measure(
            &format!("crash event of {} bytes", event.len()),
            event.len(),
            || {
                let sender = door.sender(&peer, &headers);
                let event = Raw::new(event.as_bytes());
                let sealed = door.crash(
                    &event,
                    &Raw::new(Envelope::default()),
                    &project,
                    &sender,
                    now,
                );
                assert!(black_box(sealed).is_ok());
            },
        );
    }
}

fn crash(frames: usize) -> String {
    let frames: Vec<_> = (0..frames)
        .map(|number| {
            serde_json::json!({
                "filename": "shop/cart.py", "abs_path": "/srv/shop/shop/cart.py", "module": "shop.cart",
                "function": format!("total_{number}"), "lineno": 40 + number, "in_app": number % 2 == 0,
                "pre_context": ["def total(items):", "    amount = 0"],
                "context_line": "    amount += item.price * item.count",
                "post_context": ["    return amount"],
            })
        })
        .collect();
    serde_json::json!({
        "event_id": "0041ab982cb94566912b6befc573088d", "platform": "python", "release": "shop@1.4.2",
        "user": {"id": "4711", "email": "jane@example.org"},
        "exception": {"values": [{"type": "CartError", "value": "no cart for jane@example.org",
            "stacktrace": {"frames": frames}}]},
    })
    .to_string()
}

fn measure(name: &str, bytes: usize, mut run: impl FnMut()) {
    for _ in 0..200 {
        run();
    }
    let begun = Instant::now();
    let mut count = 0u32;
    while begun.elapsed() < Duration::from_secs(2) {
        for _ in 0..100 {
            run();
        }
        count += 100;
    }
    let each = begun.elapsed() / count;
    let rate = bytes as f64 / each.as_secs_f64() / 1e6;
    println!("{name}: {each:?} each, {rate:.0} MB/s on one core");
}
