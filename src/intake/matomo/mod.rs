//! The way of a page view: read the parameters, find the project, seal, spool, answer as Matomo does.

mod bulk;
mod hit;
mod kind;
mod recorder;
mod reply;
mod time;

pub use hit::{Hit, Param};
pub use kind::SCRIPT_ERRORS;

/// An opening for the fuzz targets in `fuzz/`: the hits of a bulk body.
#[cfg(feature = "fuzzing")]
pub fn bulk_hits(body: &[u8]) -> Option<Vec<Hit<'static>>> {
    Bulk::read(body).ok().map(|bulk| bulk.hits)
}

use crate::app::App;
use crate::intake::matomo::bulk::Bulk;
use crate::intake::matomo::recorder::{Recorder, Row, Stated};
use crate::intake::matomo::reply::{Answer, BulkResult};
use crate::intake::seen::Claim;
use crate::outcome::Reason;
use crate::privacy::Sender;
use crate::server::{Incoming, Reply};

/// Answers a request to `/matomo.php` or one of its aliases.
pub async fn accept(app: &App, request: &Incoming) -> Reply {
    let sender = request.sender();
    let answer = Answer::to(request, &sender);
    match request.body().ask(|body| bulk::is_bulk(body)) {
        true => Box::pin(accept_bulk(app, request, sender, answer)).await,
        false => accept_single(app, request, sender, answer).await,
    }
}

async fn accept_single(
    app: &App,
    request: &Incoming,
    sender: Sender<'_>,
    mut answer: Answer,
) -> Reply {
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
    let mut recorder = Recorder::new(app, request, sender, None);
    let stated = Stated::of(&hit);
    let item = recorder.receive(stated);
    match recorder.seal(&hit, stated).await {
        Ok(Row { sealed, claim }) => match app.spool.append([(item, sealed)]).await {
            Ok(()) => {
                claim.into_iter().for_each(Claim::stored);
                answer.accepted()
            }
            Err(reason) => answer.refused(reason),
        },
        Err(reason) => {
            item.drop_for(reason);
            if reason.is_silent() {
                answer.excluded(reason)
            } else {
                answer.refused_until(reason, recorder.retry_after_seconds())
            }
        }
    }
}

async fn accept_bulk(app: &App, request: &Incoming, sender: Sender<'_>, answer: Answer) -> Reply {
    let bulk = match request.body().try_map(Bulk::read) {
        Ok(bulk) => bulk,
        Err(reason) => {
            app.refuse_request(reason);
            return answer.refused(reason);
        }
    };
    let wants_no_body = bulk.ask(|bulk| bulk.wants_no_body);
    let mut recorder = Recorder::new(app, request, sender, bulk.ask(|bulk| bulk.token));
    let (mut rows, mut claims) = (Vec::new(), Vec::new());
    let mut result = BulkResult::default();
    for (index, hit) in bulk.map(|bulk| bulk.hits).each().enumerate() {
        let stated = Stated::of(&hit);
        let item = recorder.receive(stated);
        match recorder.seal(&hit, stated).await {
            Ok(Row { sealed, claim }) => {
                rows.push((item, sealed));
                claims.extend(claim);
                result.tracked += 1;
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
                if reason.is_silent() {
                    result.tracked += 1;
                } else {
                    result.invalid.push(index);
                }
            }
        }
    }
    // Which hits were at fault is only told to those who may know everything anyway.
    result.names_invalid = recorder.is_admin().await;
    match app.spool.append(rows).await {
        Ok(()) => {
            claims.into_iter().for_each(Claim::stored);
            answer.bulk_accepted(&result, wants_no_body)
        }
        Err(reason) => answer.refused(reason),
    }
}
