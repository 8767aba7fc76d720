//! The items of one request on their way to the spool: all of them in one commit.

use super::reply;
use crate::app::App;
use crate::limits::ERROR_EVENT_BYTES_MAX;
use crate::outcome::{Item, Kind, Reason};
use crate::privacy::{self, Arrival, EventId, Raw, Sealed, Sender};
use crate::registry::Project;
use crate::server::{Incoming, Reply};
use crate::time::Timestamp;

/// What a request holds for one project. Each row counts as an item of its kind.
pub struct Batch<'a> {
    app: &'a App,
    project: &'a Project,
    sender: Sender<'a>,
    received_at: Timestamp,
    stated_id: Option<EventId>,
    stored_id: Option<EventId>,
    rows: Vec<(Item, Sealed)>,
    event_refused: Option<Reason>,
    telemetry_refused: Option<Reason>,
}

impl<'a> Batch<'a> {
    pub fn new(
        app: &'a App,
        project: &'a Project,
        request: &'a Incoming,
        stated_id: Option<EventId>,
    ) -> Self {
        Self {
            app,
            project,
            sender: request.sender(app),
            received_at: request.received_at(),
            stated_id,
            stored_id: None,
            rows: Vec::new(),
            event_refused: None,
            telemetry_refused: None,
        }
    }

    /// Takes one item: what is stored of it is sealed, the rest is counted by its name.
    pub fn add(&mut self, kind: Kind, payload: &Raw<&[u8]>) {
        match kind {
            Kind::Error => self.add_event(payload),
            _ => self.add_telemetry(kind, payload),
        }
    }

    fn add_event(&mut self, event: &Raw<&[u8]>) {
        let item = Item::received(&self.app.outcomes, Kind::Error);
        match self.seal(event) {
            Ok((id, sealed)) => {
                self.stored_id = Some(id);
                self.rows.push((item, sealed));
            }
            Err(reason) => {
                item.drop_for(reason);
                self.event_refused.get_or_insert(reason);
            }
        }
    }

    fn seal(&self, event: &Raw<&[u8]>) -> Result<(EventId, Sealed), Reason> {
        if self.stored_id.is_some() {
            return Err(Reason::EventRepeated);
        }
        if event.ask(|event| event.len() > ERROR_EVENT_BYTES_MAX) {
            return Err(Reason::EventTooLarge);
        }
        let envelope = privacy::Envelope {
            event_id: self.stated_id,
        };
        let door = &self.app.door;
        door.crash(
            event,
            envelope,
            self.project,
            &self.sender,
            self.received_at,
        )
    }

    fn add_telemetry(&mut self, kind: Kind, payload: &Raw<&[u8]>) {
        let arrival = Arrival {
            project: self.project,
            sender: &self.sender,
            now: self.received_at,
        };
        let telemetry = self.app.door.telemetry(kind, payload, &arrival);
        for (kind, reason, count) in telemetry.refused {
            self.app.outcomes.refused(kind, reason, count);
            if is_fault(reason) {
                self.telemetry_refused.get_or_insert(reason);
            }
        }
        let outcomes = &self.app.outcomes;
        let counted = |row: Sealed| (Item::received(outcomes, row.kind()), row);
        self.rows.extend(telemetry.rows.into_iter().map(counted));
    }

    /// Makes everything durable and answers. One bad item costs none of the good ones; the answer speaks of the
    /// event if there was one.
    pub async fn finish(self) -> Reply {
        let refused = match self.stored_id {
            Some(_) => None,
            None if self.rows.is_empty() => self.event_refused.or(self.telemetry_refused),
            None => self.event_refused,
        };
        match (self.app.spool.append(self.rows).await, refused) {
            (Err(reason), _) | (Ok(()), Some(reason)) => reply::refused(reason),
            (Ok(()), None) => reply::accepted(self.stored_id.or(self.stated_id)),
        }
    }
}

/// Whether the client has done something wrong. What is merely not stored is none of its concern.
const fn is_fault(reason: Reason) -> bool {
    matches!(reason, Reason::ItemInvalid | Reason::ItemTooLarge)
}
