//! The live probe: sends made-up people through the server's own front door, waits until what is left of them is stored, and
//! looks for them everywhere. Whoever doubts can run it at any time; it can fail, and says where.
//!
//! It runs in a project of its own, known to nobody and for minutes only. Its rows have partitions of their own, see
//! [`Retention::PROBE`](crate::retention::Retention::PROBE), which are dropped with a receipt each.

mod fields;
mod markers;
mod search;
mod shipment;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, Response};
use http_body_util::Full;
use ring::rand::{SecureRandom, SystemRandom};

pub use markers::{Marker, MarkerKind};
pub use search::Searched;

use super::Words;
use crate::app::App;
use crate::limits::{PROBE_FILES_TIME_MAX, PROBE_STORED_WAIT};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::retention::Retention;
use crate::settings::Settings;
use crate::store::StoreError;
use crate::store::retention::Receipt;
use crate::time::Timestamp;
use markers::Markers;
use search::Needles;
use shipment::{EXPECTED, Field, Parcel};

/// Probes have numbers from here on; projects never come that far.
pub const PROBE_PROJECTS_FROM: u32 = 4_000_000_000;
const STORED_INTERVAL: Duration = Duration::from_millis(150);

/// What became of a probe.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    pub begun: Timestamp,
    pub took: Duration,
    pub markers: Vec<Marker>,
    /// Where was searched.
    pub places: Vec<(Place, Searched)>,
    pub fields: Vec<FieldReport>,
    /// Whether everything that was sent was stored in time.
    pub is_stored: bool,
    pub deletion: Deletion,
}

/// One field: what went in, what was kept.
#[derive(Clone, Debug)]
pub struct FieldReport {
    pub name: Words,
    pub sent: String,
    pub table: &'static str,
    /// Empty if nothing was kept.
    pub kept: String,
}

/// How the probe's own rows went.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    pub rows: u64,
    /// Rows and parts that are left; zero is the proof.
    pub left: u64,
    pub is_done: bool,
}

crate::outcome::names! {
    /// Where a probe is looked for.
    Place {
        Spool = "spool",
        Files = "files",
        Tables = "tables",
        Log = "log",
        Metrics = "metrics",
        Replies = "replies",
    }
}

impl Place {
    /// What it is, for people.
    pub fn words(self) -> Words {
        let (english, german) = match self {
            Self::Spool => (
                "Spool, right after sending",
                "Zwischenspeicher, gleich nach dem Senden",
            ),
            Self::Files => (
                "Every file in the data directory",
                "Jede Datei im Datenverzeichnis",
            ),
            Self::Tables => ("Every column of every table", "Jede Spalte jeder Tabelle"),
            Self::Log => (
                "The server's newest log lines",
                "Die neuesten Protokollzeilen des Servers",
            ),
            Self::Metrics => ("Metrics", "Metriken"),
            Self::Replies => ("Replies to the widgets", "Antworten an die Widgets"),
        };
        Words::new(english, german)
    }
}

impl ProbeReport {
    /// Whether nothing was found, everything was looked at, and the probe is gone again.
    pub fn is_clean(&self) -> bool {
        let is_clean =
            |(_, searched): &(Place, Searched)| searched.found.is_empty() && searched.is_complete;
        self.is_stored && self.places.iter().all(is_clean) && self.deletion.is_done
    }

    /// Every marker that was found, with the place.
    pub fn found(&self) -> impl Iterator<Item = (MarkerKind, Place)> {
        let finds = |(place, searched): &(Place, Searched)| {
            let place = *place;
            searched
                .found
                .clone()
                .into_iter()
                .map(move |kind| (kind, place))
        };
        self.places.iter().flat_map(finds)
    }
}

/// The project that a probe is sent to.
fn project(app: &App, random: &SystemRandom) -> Project {
    let mut bytes = [0u8; 4];
    // The kernel's generator does not fail once it has started.
    let _ = random.fill(&mut bytes);
    let id = ProjectId::new(PROBE_PROJECTS_FROM + u32::from_le_bytes(bytes) % 200_000_000);
    let settings = Settings::default();
    Project {
        id,
        name: String::from("probe"),
        keys: vec![PublicKey::random(random)],
        retention: Retention::PROBE,
        secret: app.secret_for(id),
        policy: Arc::new(crate::privacy::ProjectPolicy::new(&settings)),
        settings,
        objections: Arc::default(),
    }
}

/// Runs a probe from beginning to end.
pub async fn run(app: &App) -> Result<ProbeReport, StoreError> {
    let (begun, clock) = (Timestamp::now(), Instant::now());
    let random = SystemRandom::new();
    let markers = Markers::random(&random);
    let needles = Needles::new(&markers.all).map_err(|_| StoreError::Unexpected)?;
    let project = Arc::new(project(app, &random));
    let key = project.keys[0];
    let (parcels, fields) = shipment::pack(&markers, project.id, key);
    let _guest = app.receive_probe(Arc::clone(&project));

    let mut places = Vec::new();
    let replies = send(app, parcels, &needles).await;
    let spool = app.evidence.practice.spool();
    places.push((Place::Replies, replies));
    places.push((
        Place::Spool,
        needles.search_files(&spool, PROBE_FILES_TIME_MAX),
    ));
    let is_stored = wait_until_stored(app, project.id).await;
    let fields = kept(app, project.id, fields).await?;
    places.push((Place::Metrics, metrics(app, &needles).await));
    places.push((Place::Log, log(app, &needles)));
    let tables = needles.search_tables(&app.store, &markers.control).await?;
    places.push((Place::Tables, tables));
    let directory = app.evidence.practice.data_directory.clone();
    let files =
        tokio::task::spawn_blocking(move || needles.search_files(&directory, PROBE_FILES_TIME_MAX));
    places.push((Place::Files, files.await.unwrap_or_default()));
    places.sort_by_key(|(place, _)| *place);
    Ok(ProbeReport {
        begun,
        markers: markers.all,
        places,
        fields,
        is_stored,
        deletion: delete(app, project.id).await,
        took: clock.elapsed(),
    })
}

async fn send(app: &App, parcels: Vec<Parcel>, needles: &Needles) -> Searched {
    let mut searched = Searched {
        is_complete: true,
        ..Searched::default()
    };
    for Parcel { path, request } in parcels {
        let answer = match request {
            Ok(request) => app.front_door.ask(request, &path).await.ok(),
            Err(_) => None,
        };
        match answer {
            Some(answer) => search_answer(&answer, needles, &mut searched),
            None => searched.is_complete = false,
        }
    }
    searched
}

fn search_answer(answer: &Response<Bytes>, needles: &Needles, searched: &mut Searched) {
    searched.places += 1;
    searched.amount += answer.body().len() as u64;
    needles.search(answer.body(), searched);
    for value in answer.headers().values() {
        searched.amount += value.len() as u64;
        needles.search(value.as_bytes(), searched);
    }
}

async fn wait_until_stored(app: &App, project: ProjectId) -> bool {
    let begun = Instant::now();
    let counts = EXPECTED.map(|(table, expected)| {
        format!(
            "(SELECT count() FROM {} WHERE project_id = {project}) >= {expected}",
            table.name()
        )
    });
    let statement = format!("SELECT {}", counts.join(" AND "));
    loop {
        let answer = app.store.evidence(&statement).await;
        let is_stored = answer.is_ok_and(|rows| rows.iter().flatten().any(|value| value == "1"));
        if is_stored || begun.elapsed() > PROBE_STORED_WAIT {
            return is_stored;
        }
        tokio::time::sleep(STORED_INTERVAL).await;
    }
}

/// What was kept of each field.
async fn kept(
    app: &App,
    project: ProjectId,
    fields: Vec<Field>,
) -> Result<Vec<FieldReport>, StoreError> {
    let mut reports = Vec::new();
    for Field {
        name,
        sent,
        table,
        kept,
        condition,
    } in fields
    {
        let table = table.name();
        let statement = format!(
            "SELECT {kept} FROM {table} WHERE project_id = {project} AND {condition} LIMIT 1"
        );
        let rows = app.store.evidence(&statement).await?;
        reports.push(FieldReport {
            name,
            sent,
            table,
            kept: rows.into_iter().flatten().next().unwrap_or_default(),
        });
    }
    Ok(reports)
}

async fn metrics(app: &App, needles: &Needles) -> Searched {
    let mut searched = Searched::default();
    let request = Request::get("/").body(Full::default());
    if let Ok(request) = request
        && let Ok(answer) = app.front_door.ask(request, "/metrics").await
    {
        search_answer(&answer, needles, &mut searched);
        searched.is_complete = answer.status().is_success();
    }
    searched
}

fn log(app: &App, needles: &Needles) -> Searched {
    let text = app.evidence.log.text();
    let mut searched = Searched {
        places: 1,
        amount: text.len() as u64,
        found: BTreeSet::new(),
        is_complete: true,
    };
    needles.search(&text, &mut searched);
    searched
}

/// Drops the probe's partitions and proves that they are gone.
async fn delete(app: &App, project: ProjectId) -> Deletion {
    let now = Timestamp::now();
    let Ok(planned) = app.store.plan_probe_deletion(project).await else {
        return Deletion::default();
    };
    let deletions = planned
        .into_iter()
        .map(|planned| app.store.delete_partition(planned, now));
    let receipts: Result<Vec<Receipt>, _> = join_all(deletions).await.into_iter().collect();
    let left = app.store.plan_probe_deletion(project).await;
    let (Ok(receipts), Ok(left)) = (receipts, left) else {
        return Deletion::default();
    };
    let unproven: u64 = receipts
        .iter()
        .map(|receipt| receipt.parts_left + receipt.rows_left)
        .sum();
    let left = unproven + left.iter().map(|planned| planned.rows).sum::<u64>();
    Deletion {
        rows: receipts.iter().map(|receipt| receipt.planned.rows).sum(),
        left,
        is_done: left == 0 && !receipts.is_empty(),
    }
}
