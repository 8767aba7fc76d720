//! The items of one request on their way to the spool: all of them in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::items::{self, Limiter};
use super::reply;
use crate::app::App;
use crate::intake::OptOut;
use crate::intake::seen::Sighting;
use crate::outcome::{Item, Kind, Reason, Refusal, Sdk};
use crate::privacy::{self, Arrival, EventId, Raw, Sealed, Sender};
use crate::quota::{Category, Refused};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::server::{Incoming, Reply};
use crate::time::Timestamp;

/// What a request holds for one project. Each row counts as an item of its kind.
pub struct Batch<'a> {
    app: &'a Arc<App>,
    project: &'a Project,
    request: &'a Incoming,
    sender: Sender<'a>,
    received_at: Timestamp,
    context: Raw<privacy::Envelope<'a>>,
    sdk: Sdk,
    limiter: Limiter,
    event: Option<(EventId, Row)>,
    telemetry: Vec<Row>,
    event_refused: Option<Reason>,
    telemetry_refused: Option<Reason>,
    /// Why the event was left out, if its client need not know.
    event_left_out: Option<Reason>,
    /// The same of what came beside it.
    telemetry_left_out: Option<Reason>,
    /// Whether the browser's cookie says not to report errors.
    is_opted_out: bool,
    /// Whether the client sent what is refused on principle.
    is_asked_to_pause: bool,
    key: Option<PublicKey>,
    /// Categories that are over a limit, and for how long.
    limited: BTreeMap<Category, Refused>,
}

type Row = (Item, Sealed);

impl<'a> Batch<'a> {
    pub fn new(
        app: &'a Arc<App>,
        project: &'a Project,
        request: &'a Incoming,
        context: Raw<privacy::Envelope<'a>>,
        key: Option<PublicKey>,
    ) -> Self {
        let sender = request.sender();
        Self {
            app,
            project,
            request,
            received_at: request.received_at(),
            sdk: context.ask(|context| Sdk::of_client(context.client)),
            context,
            limiter: Limiter::new(),
            event: None,
            telemetry: Vec::new(),
            event_refused: None,
            telemetry_refused: None,
            event_left_out: None,
            telemetry_left_out: None,
            is_opted_out: sender.headers.ask(OptOut::of).errors,
            sender,
            is_asked_to_pause: false,
            key,
            limited: BTreeMap::new(),
        }
    }

    /// Takes one item: what is stored of it is sealed, the rest is counted by its name.
    pub fn add(&mut self, kind: Kind, payload: &Raw<&[u8]>) {
        self.is_asked_to_pause |= items::is_refused(kind)
            && self
                .context
                .ask(|context| items::can_pause_kinds(context.client));
        let bytes = payload.ask(|payload| payload.len());
        match self.limiter.admit(kind, bytes) {
            Err(reason) => self.refuse(kind, reason),
            Ok(()) if self.is_opted_out => {
                Item::received(&self.app.outcomes, kind).drop_for(Reason::Objected);
                self.event_left_out = Some(Reason::Objected);
            }
            Ok(()) if kind == Kind::Error => self.add_event(payload),
            Ok(()) => self.add_telemetry(kind, payload),
        }
    }

    /// Counts one item that cannot be taken.
    pub fn refuse(&mut self, kind: Kind, reason: Reason) {
        self.item(kind).drop_for(reason);
        let refused = match kind {
            Kind::Error => &mut self.event_refused,
            _ => &mut self.telemetry_refused,
        };
        refused.get_or_insert(reason);
    }

    fn item(&self, kind: Kind) -> Item {
        Item::received(&self.app.outcomes, kind).of(self.project.id, self.sdk)
    }

    /// Whether one more row of a kind is within the limits of project and key.
    fn admits(&mut self, kind: Kind) -> bool {
        let category = Category::of(kind);
        let admitted = self
            .app
            .admit(self.project, self.key, category, self.received_at);
        match admitted {
            Ok(()) => true,
            Err(refused) => {
                self.limited.insert(category, refused);
                false
            }
        }
    }

    fn add_event(&mut self, event: &Raw<&[u8]>) {
        let item = self.item(Kind::Error);
        if !self.admits(Kind::Error) {
            item.drop_for(Reason::RateLimited);
            self.event_refused = Some(Reason::RateLimited);
            return;
        }
        let sealed = self.request.door().crash(
            event,
            &self.context,
            self.project,
            &self.sender,
            self.received_at,
        );
        match sealed {
            Ok((id, sealed)) => self.event = Some((id, (item, sealed))),
            Err(reason) => {
                item.drop_for(reason);
                match reason.is_silent() {
                    true => self.event_left_out = Some(reason),
                    false => _ = self.event_refused.get_or_insert(reason),
                }
            }
        }
    }

    fn add_telemetry(&mut self, kind: Kind, payload: &Raw<&[u8]>) {
        let arrival = Arrival {
            project: self.project,
            sender: &self.sender,
            rules: self.request.door().rules(self.project, self.sender.address),
            now: self.received_at,
        };
        let telemetry = self.request.door().telemetry(kind, payload, &arrival);
        for (kind, reason, count) in telemetry.refused {
            self.app.outcomes.refused(kind, reason, count);
            let refusal = Refusal {
                project: self.project.id,
                sdk: self.sdk,
                kind,
                reason,
            };
            self.app.outcomes.refusals.note(refusal, count);
            if matches!(reason, Reason::ItemInvalid | Reason::ItemTooLarge) {
                self.telemetry_refused.get_or_insert(reason);
            } else if reason.is_silent() {
                self.telemetry_left_out.get_or_insert(reason);
            }
        }
        for row in telemetry.rows {
            let item = self.item(row.kind());
            if self.admits(row.kind()) {
                self.telemetry.push((item, row));
            } else {
                item.drop_for(Reason::RateLimited);
                self.telemetry_refused = Some(Reason::RateLimited);
            }
        }
    }

    /// Makes everything durable and answers. One bad item costs none of the good ones; the answer speaks of the event if
    /// there was one.
    pub async fn finish(self) -> Reply {
        let refused = match self.event {
            Some(_) => None,
            None if self.telemetry.is_empty() => self.event_refused.or(self.telemetry_refused),
            None => self.event_refused,
        };
        let left_out = match self.event {
            None if self.telemetry.is_empty() => self.event_left_out.or(self.telemetry_left_out),
            _ => self.event_left_out,
        };
        let stated_id = self.context.ask(|context| context.event_id);
        let id = self.event.as_ref().map(|(id, _)| *id).or(stated_id);
        let stored = match self.event {
            Some((id, event)) => {
                let once = Once {
                    project: self.project.id,
                    id,
                    now: self.received_at,
                };
                store_once(self.app, once, event, self.telemetry).await
            }
            None => self.app.spool.append(self.telemetry).await,
        };
        let mut answer = match (stored, refused) {
            (Err(reason), _) | (Ok(()), Some(reason)) => reply::refused(reason),
            (Ok(()), None) => reply::accepted(id, left_out),
        };
        if self.is_asked_to_pause {
            reply::pause_refused_kinds(&mut answer);
        }
        reply::state_limits(&mut answer, &self.limited);
        answer
    }
}

/// Which event is stored once.
struct Once {
    project: ProjectId,
    id: EventId,
    now: Timestamp,
}

/// Makes an event and what came with it durable. An event that is stored already is left out: whoever sends it again is told
/// so.
async fn store_once(
    app: &Arc<App>,
    once: Once,
    event: Row,
    mut rows: Vec<Row>,
) -> Result<(), Reason> {
    loop {
        match app
            .seen
            .claim(app.seen.event(once.project, once.id), once.now)
        {
            Sighting::Stored => {
                event.0.drop_for(Reason::Duplicate);
                return app.spool.append(rows).await;
            }
            Sighting::OnTheWay(arrival) => arrival.over().await,
            Sighting::New(claim) => {
                rows.push(event);
                let app = Arc::clone(app);
                // A task of its own: a client that hangs up must not leave the claim open while the row is on its way.
                let storing = tokio::spawn(async move {
                    app.spool.append(rows).await?;
                    claim.stored();
                    Ok(())
                });
                return storing.await.unwrap_or(Err(Reason::SpoolFailed));
            }
        }
    }
}
