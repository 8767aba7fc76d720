//! The way of a crash report: find the key, cut the envelope, seal the event, spool, answer as Sentry does.

mod auth;
mod envelope;
mod reply;
mod store;

use std::sync::Arc;

use crate::app::App;
use crate::limits::ERROR_EVENT_BYTES_MAX;
use crate::outcome::{Item, Kind, Reason};
use crate::privacy::{self, EventId, Raw, Sealed};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::server::{Incoming, Reply};
use envelope::Envelope;

pub use reply::{preflight, refused};

/// Answers `POST /api/{project}/envelope/`.
pub async fn accept_envelope(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    let envelope = match request.body().try_map(Envelope::read) {
        Ok(envelope) => envelope,
        Err(reason) => return refuse(app, reason),
    };
    let tunnelled = envelope.ask(|envelope| envelope.dsn.map(|(key, _)| key));
    if envelope.ask(|e| e.dsn.is_some_and(|(_, stated)| stated != project)) {
        return refuse(app, Reason::KeyMismatch);
    }
    let project = match authorise(app, project, request, tunnelled).await {
        Ok(project) => project,
        Err(reason) => return refuse(app, reason),
    };
    let stated = envelope.ask(|envelope| envelope.event_id);
    let mut batch = Batch::new(app, &project, request, stated);
    for item in envelope.map(|envelope| envelope.items).each() {
        let kind = item.ask(|item| item.kind);
        batch.add(kind, item.map(|item| item.payload));
    }
    batch.finish().await
}

/// Answers `POST /api/{project}/store/`.
pub async fn accept_store(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    let project = match authorise(app, project, request, None).await {
        Ok(project) => project,
        Err(reason) => return refuse(app, reason),
    };
    match request.body().try_map(store::event_text) {
        Ok(event) => {
            let mut batch = Batch::new(app, &project, request, None);
            batch.add(Kind::Error, event.as_ref().map(Vec::as_slice));
            batch.finish().await
        }
        Err(reason) => refuse(app, reason),
    }
}

/// Answers `POST /api/{project}/security/`: counted, not stored.
pub async fn accept_security(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    match authorise(app, project, request, None).await {
        Ok(project) => {
            let mut batch = Batch::new(app, &project, request, None);
            batch.add(Kind::Security, request.body().map(|body| body));
            batch.finish().await
        }
        Err(reason) => refuse(app, reason),
    }
}

/// The project, if the request's key opens it. Of several keys the first counts.
async fn authorise(
    app: &App,
    id: ProjectId,
    request: &Incoming,
    tunnelled: Option<PublicKey>,
) -> Result<Arc<Project>, Reason> {
    let key = match request.headers().ask(auth::key_in_headers)? {
        Some(key) => Some(key),
        None => request.query().ask(|query| auth::key_in_query(query))?,
    };
    match (key, tunnelled) {
        (Some(key), Some(other)) if key != other => Err(Reason::KeyMismatch),
        (Some(key), _) | (None, Some(key)) => app.project_with_key(id, key).await,
        (None, None) => Err(Reason::KeyMissing),
    }
}

fn refuse(app: &App, reason: Reason) -> Reply {
    app.refuse_request(reason);
    reply::refused(reason)
}

/// The items of one request on their way to the spool.
struct Batch<'a> {
    app: &'a App,
    project: &'a Project,
    request: &'a Incoming,
    stated_id: Option<EventId>,
    stored_id: Option<EventId>,
    event: Option<(Item, Sealed)>,
    refused: Option<Reason>,
}

impl<'a> Batch<'a> {
    const fn new(
        app: &'a App,
        project: &'a Project,
        request: &'a Incoming,
        stated_id: Option<EventId>,
    ) -> Self {
        Self {
            app,
            project,
            request,
            stated_id,
            stored_id: None,
            event: None,
            refused: None,
        }
    }

    /// Takes one item: a crash event is sealed, everything else is counted by its name.
    fn add(&mut self, kind: Kind, payload: Raw<&[u8]>) {
        let item = Item::received(&self.app.outcomes, kind);
        if kind != Kind::Error {
            return item.drop_for(Reason::ItemUnsupported);
        }
        match self.seal(&payload) {
            Ok((id, sealed)) => {
                self.stored_id = Some(id);
                self.event = Some((item, sealed));
            }
            Err(reason) => {
                item.drop_for(reason);
                self.refused.get_or_insert(reason);
            }
        }
    }

    fn seal(&self, event: &Raw<&[u8]>) -> Result<(EventId, Sealed), Reason> {
        if self.event.is_some() {
            return Err(Reason::EventRepeated);
        }
        if event.ask(|event| event.len() > ERROR_EVENT_BYTES_MAX) {
            return Err(Reason::EventTooLarge);
        }
        let envelope = privacy::Envelope {
            event_id: self.stated_id,
        };
        let sender = self.request.sender(self.app);
        let now = self.request.received_at();
        self.app
            .door
            .crash(event, envelope, self.project, &sender, now)
    }

    /// Makes the event durable and answers. An envelope with one bad item keeps the good ones.
    async fn finish(self) -> Reply {
        let Some((item, sealed)) = self.event else {
            return match self.refused {
                Some(reason) => reply::refused(reason),
                None => reply::accepted(self.stated_id),
            };
        };
        match self.app.spool.append(vec![(item, sealed)]).await {
            Ok(()) => reply::accepted(self.stored_id),
            Err(reason) => reply::refused(reason),
        }
    }
}
