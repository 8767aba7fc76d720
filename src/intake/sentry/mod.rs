//! The way of a crash report: find the key, cut the envelope, seal the event, spool, answer as Sentry does.

mod auth;
mod cron;
mod envelope;
mod items;
mod reply;
mod store;

use std::sync::Arc;

use http::{Method, StatusCode};

use crate::app::App;
use crate::intake::Origin;
use crate::intake::seen::Sighting;
use crate::outcome::{Item, Kind, Reason};
use crate::privacy::{self, EventId, Raw, Sealed};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::server::{Incoming, Reply};
use crate::time::Timestamp;
use auth::Credentials;
use cron::CheckIn;
use envelope::Envelope;
use items::Limiter;

pub use reply::{Methods, preflight};

/// An opening for the fuzz targets in `fuzz/`: cuts an envelope into its items, and says how many there are.
#[cfg(fuzzing)]
pub fn frame(body: &[u8], is_whole: bool) -> Option<usize> {
    Envelope::read(body, is_whole)
        .ok()
        .map(|envelope| envelope.items.len())
}

/// Answers `POST /api/{project}/envelope/`.
pub async fn accept_envelope(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    let is_whole = request.cut().is_none();
    let envelope = match request
        .body()
        .try_map(|body| Envelope::read(body, is_whole))
    {
        Ok(envelope) => envelope,
        // What there was of a body that is too large may end in the middle of the header.
        Err(reason) => return refuse(app, request.cut().unwrap_or(reason)),
    };
    let dsn = envelope.ask(|envelope| envelope.dsn);
    let (project, credentials) = match authorise(app, project, request, dsn).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse(app, reason),
    };
    let context = credentials
        .as_ref()
        .zip(envelope.as_ref())
        .map(|(credentials, envelope)| privacy::Envelope {
            event_id: envelope.event_id,
            sent_at: envelope.sent_at.or(credentials.sent_at),
            client: &credentials.client,
        });
    let mut batch = Batch::new(app, &project, request, context);
    let broken = envelope.ask(|envelope| envelope.broken);
    for item in envelope.map(|envelope| envelope.items).each() {
        let kind = item.ask(|item| item.kind);
        batch.add(kind, item.map(|item| item.payload));
    }
    if let Some(kind) = broken {
        batch.refuse(kind, request.cut().unwrap_or(Reason::EnvelopeInvalid));
    }
    batch.finish().await
}

/// Answers `/api/{project}/store/` and `/api/store/`: by POST with the event as body, by GET with the event in the query,
/// for which old browsers get a picture.
pub async fn accept_store(app: &Arc<App>, project: Option<ProjectId>, request: &Incoming) -> Reply {
    let (project, credentials) = match authorise(app, project, request, None).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse(app, reason),
    };
    let is_picture = request.method() == Method::GET;
    let event = match is_picture {
        true => request.query().try_map(store::event_in_query),
        false => request.body().try_map(store::event_text),
    };
    let event = match event {
        Ok(event) => event,
        Err(reason) => return refuse(app, reason),
    };
    let mut batch = Batch::new(app, &project, request, context_of(&credentials));
    batch.add(Kind::Error, event.as_ref().map(Vec::as_slice));
    let answer = batch.finish().await;
    match is_picture && answer.status() == StatusCode::OK {
        true => reply::pixel(),
        false => answer,
    }
}

/// Answers `POST /api/{project}/security/`: counted, not stored.
pub async fn accept_security(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    match authorise(app, project, request, None).await {
        Ok((project, credentials)) => {
            let mut batch = Batch::new(app, &project, request, context_of(&credentials));
            batch.add(Kind::Security, request.body());
            batch.finish().await
        }
        Err(reason) => refuse(app, reason),
    }
}

/// Answers `/api/{project}/cron/{slug}/` and `/api/{project}/cron/{slug}/{key}/`.
pub async fn accept_check_in(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    let parts = request.path().zip(request.query()).zip(request.body());
    let check_in = parts.try_map(|((path, query), body)| CheckIn::read(path, query, body));
    let check_in = match check_in {
        Ok(check_in) => check_in,
        Err(reason) => return refuse(app, reason),
    };
    // A key in the path is as good as one in a DSN.
    let key = check_in.ask(|check_in| check_in.key);
    let stated = key.zip(project);
    let (project, credentials) = match authorise(app, project, request, stated).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse(app, reason),
    };
    let mut batch = Batch::new(app, &project, request, context_of(&credentials));
    let payload = check_in
        .as_ref()
        .map(|check_in| check_in.payload.as_slice());
    batch.add(Kind::CheckIn, payload);
    let mut answer = batch.finish().await;
    if answer.status() == StatusCode::OK {
        *answer.status_mut() = StatusCode::ACCEPTED;
    }
    answer
}

/// Answers the routes of crash dumps and files, whose content nobody can scrub: counted and refused.
pub fn refuse_file(app: &App) -> Reply {
    Item::received(&app.outcomes, Kind::Attachment).drop_for(Reason::ItemUnsupported);
    let mut answer = reply::refused(Reason::ItemUnsupported);
    reply::pause_refused_kinds(&mut answer);
    answer
}

/// The project that the request's key opens, and what else the request says of itself. `stated` is what it says in other
/// places than headers and query; wherever a key stands, it must be the same.
async fn authorise(
    app: &App,
    project: Option<ProjectId>,
    request: &Incoming,
    stated: Option<(PublicKey, ProjectId)>,
) -> Result<(Arc<Project>, Raw<Credentials>), Reason> {
    let headers = request.headers().as_ref().zip(request.query());
    let mut credentials = headers.try_map(|(headers, query)| Credentials::read(headers, query))?;
    if let Some((key, stated_project)) = stated {
        credentials = credentials.try_map(|mut found| found.add_key(key).map(|()| found))?;
        if project.is_some_and(|project| project != stated_project) {
            return Err(Reason::KeyMismatch);
        }
    }
    let key = credentials
        .ask(|found| found.key)
        .ok_or(Reason::KeyMissing)?;
    let project = match project {
        Some(project) => app.project_with_key(project, key).await?,
        None => app.project_of_key(key).await?,
    };
    let origin = request.headers().ask(Origin::of);
    if !project.policy.admits(origin.as_ref()) {
        return Err(Reason::OriginForbidden);
    }
    Ok((project, credentials))
}

/// What is known about an event that came without an envelope.
fn context_of(credentials: &Raw<Credentials>) -> Raw<privacy::Envelope<'_>> {
    credentials.as_ref().map(|found| privacy::Envelope {
        event_id: None,
        sent_at: found.sent_at,
        client: &found.client,
    })
}

/// Counts and refuses a request that cannot be taken apart into items.
pub fn refuse(app: &App, reason: Reason) -> Reply {
    app.refuse_request(reason);
    reply::refused(reason)
}

/// Counts and refuses a request whose method its route does not have.
pub fn refuse_method(app: &App, allowed: Methods) -> Reply {
    app.refuse_request(Reason::MethodNotAllowed);
    reply::method_not_allowed(allowed)
}

/// The items of one request on their way to the spool.
struct Batch<'a> {
    app: &'a Arc<App>,
    project: &'a Project,
    request: &'a Incoming,
    context: Raw<privacy::Envelope<'a>>,
    limiter: Limiter,
    stored_id: Option<EventId>,
    event: Option<(Item, Sealed)>,
    refused: Option<Reason>,
    /// Whether the client sent what is refused on principle.
    is_asked_to_pause: bool,
}

impl<'a> Batch<'a> {
    const fn new(
        app: &'a Arc<App>,
        project: &'a Project,
        request: &'a Incoming,
        context: Raw<privacy::Envelope<'a>>,
    ) -> Self {
        Self {
            app,
            project,
            request,
            context,
            limiter: Limiter::new(),
            stored_id: None,
            event: None,
            refused: None,
            is_asked_to_pause: false,
        }
    }

    /// Takes one item: a crash event is sealed, everything else is counted by its name.
    fn add(&mut self, kind: Kind, payload: Raw<&[u8]>) {
        self.is_asked_to_pause |= items::is_refused(kind)
            && self
                .context
                .ask(|context| items::can_pause_kinds(context.client));
        if let Err(reason) = self
            .limiter
            .admit(kind, payload.ask(|payload| payload.len()))
        {
            return self.refuse(kind, reason);
        }
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

    /// Counts one item that cannot be taken.
    fn refuse(&mut self, kind: Kind, reason: Reason) {
        Item::received(&self.app.outcomes, kind).drop_for(reason);
        self.refused.get_or_insert(reason);
    }

    fn seal(&self, event: &Raw<&[u8]>) -> Result<(EventId, Sealed), Reason> {
        let sender = self.request.sender(self.app);
        let now = self.request.received_at();
        self.app
            .door
            .crash(event, &self.context, self.project, &sender, now)
    }

    /// Makes the event durable and answers. An envelope with one bad item keeps the good ones.
    async fn finish(self) -> Reply {
        let mut answer = match (self.event, self.stored_id) {
            (Some(event), Some(id)) => {
                let now = self.request.received_at();
                match store_once(self.app, self.project.id, id, event, now).await {
                    Ok(()) => reply::accepted(Some(id)),
                    Err(reason) => reply::refused(reason),
                }
            }
            _ => match self.refused {
                Some(reason) => reply::refused(reason),
                None => reply::accepted(self.context.ask(|context| context.event_id)),
            },
        };
        if self.is_asked_to_pause {
            reply::pause_refused_kinds(&mut answer);
        }
        answer
    }
}

/// Makes an event durable, unless it is stored already: then whoever sends it again is told so.
async fn store_once(
    app: &Arc<App>,
    project: ProjectId,
    id: EventId,
    event: (Item, Sealed),
    now: Timestamp,
) -> Result<(), Reason> {
    loop {
        match app.seen.claim(project, id, now) {
            Sighting::Stored => {
                event.0.drop_for(Reason::Duplicate);
                return Ok(());
            }
            Sighting::OnTheWay(arrival) => arrival.over().await,
            Sighting::New(claim) => {
                let app = Arc::clone(app);
                // A task of its own: a client that hangs up must not leave the claim open while the row is on its way.
                let storing = tokio::spawn(async move {
                    app.spool.append(vec![event]).await?;
                    claim.stored();
                    Ok(())
                });
                return storing.await.unwrap_or(Err(Reason::SpoolFailed));
            }
        }
    }
}
