//! The way of a page view: read the parameters, find the project, seal, spool, answer as Matomo does.

mod bulk;
mod hit;
mod reply;

pub use hit::{Hit, Param};

use crate::app::App;
use crate::intake::matomo::bulk::Bulk;
use crate::intake::matomo::reply::Answer;
use crate::outcome::{Item, Kind, Reason};
use crate::privacy::{Raw, Sealed, Sender};
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
    match seal(app, &hit, &sender, request).await {
        Ok(sealed) => match app.spool.append(vec![sealed]).await {
            Ok(()) => {
                item.spooled();
                answer.accepted()
            }
            Err(reason) => {
                item.drop_for(reason);
                answer.refused(reason)
            }
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
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    let (mut tracked, mut invalid) = (0, 0);
    for hit in bulk.map(|bulk| bulk.hits).each() {
        let item = Item::received(&app.outcomes, Kind::Analytics);
        match seal(app, &hit, &sender, request).await {
            Ok(sealed) => {
                rows.push(sealed);
                items.push(item);
                tracked += 1;
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
        Ok(()) => {
            items.into_iter().for_each(Item::spooled);
            answer.bulk_accepted(tracked, invalid, wants_no_body)
        }
        Err(reason) => {
            items.into_iter().for_each(|item| item.drop_for(reason));
            answer.refused(reason)
        }
    }
}

/// From a hit to a row, or the reason why there is none.
async fn seal(
    app: &App,
    hit: &Raw<Hit<'_>>,
    sender: &Sender<'_>,
    request: &Incoming,
) -> Result<Sealed, Reason> {
    if hit.ask(Hit::is_empty) {
        return Err(Reason::ParametersMissing);
    }
    let project = app.project(hit.ask(Hit::project)?).await?;
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
