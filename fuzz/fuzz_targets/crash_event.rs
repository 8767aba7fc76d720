//! Any bytes as a crash event: parsed, brought into shape, scrubbed and sealed, or refused; never a panic.
#![no_main]

use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use mayfly::privacy::scrub::{Policy, Scrubber};
use mayfly::privacy::{Door, Envelope, MasterSecret, Materials, ProjectPolicy, Raw};
use mayfly::registry::{Project, ProjectId};
use mayfly::retention::Retention;
use mayfly::settings::Settings;
use mayfly::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

static DOOR: LazyLock<(Door, Project)> = LazyLock::new(|| {
    let scrubber = Scrubber::new(&Policy::default()).expect("the default policy compiles");
    let materials = Materials::without_lists(scrubber);
    let id = ProjectId::new(1);
    let project = Project {
        objections: Default::default(),
        id,
        name: String::new(),
        keys: Vec::new(),
        retention: Retention::default(),
        secret: MasterSecret::new([7; 32]).for_project(id),
        policy: Arc::new(ProjectPolicy::new(&Settings::default())),
        settings: Settings::default(),
    };
    (Door::new(materials, NOW), project)
});

fuzz_target!(|bytes: &[u8]| {
    let (door, project) = &*DOOR;
    let peer = Raw::new("203.0.113.77:4711".parse().expect("an address"));
    let headers = Raw::new(HeaderMap::new());
    let sender = door.sender(&peer, &headers);
    let envelope = Raw::new(Envelope {
        sent_at: Some(Timestamp::from_seconds(1_700_000_000)),
        client: "raven-js/3.27.2",
        has_consent: false,
        ..Envelope::default()
    });
    if let Ok((_, sealed)) = door.crash(&Raw::new(bytes), &envelope, project, &sender, NOW) {
        assert!(sealed.row().len() < 64 * bytes.len() + 64 * 1024);
    }
});
