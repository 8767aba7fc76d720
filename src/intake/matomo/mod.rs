//! The way of a page view: read the parameters, find the project, seal, spool, answer as Matomo does.

mod bulk;
mod hit;
mod reply;

pub use hit::{Hit, Param};

use std::sync::Arc;

use crate::app::App;
use crate::intake::matomo::bulk::Bulk;
use crate::intake::matomo::reply::Answer;
use crate::outcome::{Item, Kind, Reason};
use crate::privacy::{Raw, Sealed, Sender};
use crate::registry::{Project, ProjectId};
use crate::server::{Incoming, Reply};

/// Answers a request to `/matomo.php` or one of its aliases.
pub async fn accept(app: &App, request: &Incoming) -> Reply {
    let answer = Answer::to(request);
    match request.body().ask(|body| bulk::is_bulk(body)) {
        true => accept_bulk(app, request, answer).await,
        false => accept_single(app, request, answer).await,
    }
}

async fn accept_single(app: &App, request: &Incoming, mut answer: Answer) -> Reply {
    let form = request.body_text();
    let hit = request
        .query()
        .zip(form.as_ref())
        .map(|(query, form)| Hit::read(query, form));
    if hit.ask(Hit::is_empty) {
        // Monitoring relies on a friendly answer to a bare GET.
        return if answer.is_get() {
            answer.greeting()
        } else {
            app.refuse_request(Reason::ParametersMissing);
            answer.refused(Reason::ParametersMissing)
        };
    }
    answer.wants_no_image(hit.ask(Hit::wants_no_image));
    let sender = request.sender(app);
    let item = Item::received(&app.outcomes, Kind::Analytics);
    match seal(app, &hit, &sender, request, &mut Lookups::default()).await {
        Ok(sealed) => match app.spool.append(vec![(item, sealed)]).await {
            Ok(()) => answer.accepted(),
            Err(reason) => answer.refused(reason),
        },
        Err(reason) => {
            item.drop_for(reason);
            if is_silent(reason) {
                answer.excluded(reason)
            } else {
                answer.refused(reason)
            }
        }
    }
}

async fn accept_bulk(app: &App, request: &Incoming, answer: Answer) -> Reply {
    let bulk = match request.body().try_map(Bulk::read) {
        Ok(bulk) => bulk,
        Err(reason) => {
            app.refuse_request(reason);
            return answer.refused(reason);
        }
    };
    let wants_no_body = bulk.ask(|bulk| bulk.wants_no_body);
    let sender = request.sender(app);
    let mut rows = Vec::new();
    let mut lookups = Lookups::default();
    let (mut tracked, mut invalid) = (0, 0);
    for hit in bulk.map(|bulk| bulk.hits).each() {
        let item = Item::received(&app.outcomes, Kind::Analytics);
        match seal(app, &hit, &sender, request, &mut lookups).await {
            Ok(sealed) => {
                rows.push((item, sealed));
                tracked += 1;
            }
            // Whether the project exists cannot be known now: the client shall send everything again.
            Err(Reason::StoreAway) => {
                item.drop_for(Reason::StoreAway);
                rows.into_iter()
                    .for_each(|(item, _)| item.drop_for(Reason::StoreAway));
                return answer.refused(Reason::StoreAway);
            }
            Err(reason) => {
                item.drop_for(reason);
                if is_silent(reason) {
                    tracked += 1
                } else {
                    invalid += 1
                }
            }
        }
    }
    match app.spool.append(rows).await {
        Ok(()) => answer.bulk_accepted(tracked, invalid, wants_no_body),
        Err(reason) => answer.refused(reason),
    }
}

/// One request asks ClickHouse for unknown projects once, however many it names.
#[derive(Default)]
struct Lookups {
    asked: bool,
}

impl Lookups {
    async fn project(&mut self, app: &App, id: ProjectId) -> Result<Arc<Project>, Reason> {
        match app.known_project(id) {
            Some(project) => Ok(project),
            None if self.asked => Err(Reason::ProjectUnknown),
            None => {
                self.asked = true;
                app.project(id).await
            }
        }
    }
}

/// From a hit to a row, or the reason why there is none.
async fn seal(
    app: &App,
    hit: &Raw<Hit<'_>>,
    sender: &Sender<'_>,
    request: &Incoming,
    lookups: &mut Lookups,
) -> Result<Sealed, Reason> {
    if hit.ask(Hit::is_empty) {
        return Err(Reason::ParametersMissing);
    }
    let project = lookups.project(app, hit.ask(Hit::project)?).await?;
    let kind = hit.ask(Hit::kind)?;
    if app.door.objects(sender) {
        return Err(Reason::Objected);
    }
    Ok(app
        .door
        .analytics(hit, kind, &project, sender, request.received_at()))
}

/// Matomo answers a hit that it leaves out on purpose like one that it records.
const fn is_silent(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::RecordingOff | Reason::Objected | Reason::KindUnsupported
    )
}
