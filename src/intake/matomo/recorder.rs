//! From one hit to one row: which project, may it, and if not, why not.

use std::sync::Arc;

use crate::access::bearer;
use crate::app::App;
use crate::intake::headers::{Header, Headers};
use crate::intake::matomo::{Hit, Param};
use crate::intake::seen::{Claim, Sighting};
use crate::intake::{OptOut, Origin};
use crate::limits::HIT_AGE_WITHOUT_TOKEN_SECONDS_MAX;
use crate::outcome::{Item, Kind, Reason, Sdk};
use crate::privacy::{HitKind, Raw, Sealed, Sender};
use crate::quota::Category;
use crate::registry::{Access, Project, ProjectId, Role, TokenHash};
use crate::server::Incoming;
use crate::settings::Consent;

/// Works through the hits of one request. However many projects and tokens they name, ClickHouse is asked for unknown ones once.
pub(super) struct Recorder<'a> {
    app: &'a App,
    request: &'a Incoming,
    sender: Sender<'a>,
    /// The token of the request as a whole: of a bulk body, or of the `Authorization` header.
    token: Option<TokenHash>,
    access: Option<(TokenHash, Option<Arc<Access>>)>,
    asked_for_project: bool,
    /// When a hit that is over a limit may be sent again.
    retry_after_seconds: Option<u32>,
}

/// What a hit says of itself: whose it is, and what it reports.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    project: Result<ProjectId, Reason>,
    kind: Result<HitKind, Reason>,
}

impl Stated {
    pub fn of(hit: &Raw<Hit<'_>>) -> Self {
        Self {
            project: hit.ask(Hit::project),
            kind: hit.ask(Hit::kind),
        }
    }
}

/// What a hit became.
pub(super) struct Row {
    pub sealed: Sealed,
    /// Of an order, to be settled once the row is durable.
    pub claim: Option<Claim>,
}

impl<'a> Recorder<'a> {
    /// Starts on a request. `token` is the one that a bulk body states for all of its hits.
    pub fn new(
        app: &'a App,
        request: &'a Incoming,
        sender: Sender<'a>,
        token: Option<TokenHash>,
    ) -> Self {
        let in_header = || {
            let presented = |headers: &Headers<'_>| {
                bearer(headers.text(Header::Authorization)).map(TokenHash::of)
            };
            sender.headers.ask(presented)
        };
        Self {
            app,
            request,
            token: token.or_else(in_header),
            sender,
            access: None,
            asked_for_project: false,
            retry_after_seconds: None,
        }
    }

    /// When the last hit that was over a limit may be sent again.
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// Counts a hit as what it will be stored as.
    pub fn receive(&self, stated: Stated) -> Item {
        let kind = stated.kind.map_or(Kind::Analytics, HitKind::counted_as);
        let item = Item::received(&self.app.outcomes, kind);
        match stated.project {
            Ok(project) => item.of(project, Sdk::Matomo),
            Err(_) => item,
        }
    }

    /// The row of a hit.
    ///
    /// # Errors
    /// The reason why there is none.
    pub async fn seal(&mut self, hit: &Raw<Hit<'_>>, stated: Stated) -> Result<Row, Reason> {
        if hit.ask(Hit::is_empty) {
            return Err(Reason::ParametersMissing);
        }
        let project = self.project(stated.project?).await?;
        let kind = stated.kind?;
        if !project
            .policy
            .admits(|| self.sender.headers.ask(Origin::of))
        {
            return Err(Reason::OriginForbidden);
        }
        self.require_room(&project, kind)?;
        self.require_permission(hit, &project).await?;
        self.require_consent(hit, kind, &project)?;
        let claim = match kind {
            HitKind::Order => Some(self.claim_order(hit, &project)?),
            _ => None,
        };
        let now = self.request.received_at();
        let sealed = self
            .request
            .door()
            .hit(hit, kind, &project, &self.sender, now)?;
        Ok(Row { sealed, claim })
    }

    /// An order is counted once, however often its page is looked at.
    fn claim_order(&self, hit: &Raw<Hit<'_>>, project: &Project) -> Result<Claim, Reason> {
        let seen = &self.app.seen;
        let order = hit.ask(|hit| seen.order(project.id, hit.text(Param::OrderId)));
        match seen.claim(order, self.request.received_at()) {
            Sighting::New(claim) => Ok(claim),
            Sighting::Stored | Sighting::OnTheWay(_) => Err(Reason::OrderRepeated),
        }
    }

    fn require_room(&mut self, project: &Project, kind: HitKind) -> Result<(), Reason> {
        let category = Category::of(kind.counted_as());
        let now = self.request.received_at();
        let admitted = self.app.admit(project, None, category, now);
        admitted.map_err(|refused| {
            self.retry_after_seconds = Some(refused.retry_after_seconds);
            Reason::RateLimited
        })
    }

    /// What the browser or the visitor says about being counted.
    fn require_consent(
        &self,
        hit: &Raw<Hit<'_>>,
        kind: HitKind,
        project: &Project,
    ) -> Result<(), Reason> {
        let stated = hit.ask(|hit| hit.integer(Param::Consent).map(|consent| consent == 1));
        let opt_out = self.sender.headers.ask(OptOut::of);
        // The error of a script is both.
        let opted_out = opt_out.analytics || kind == HitKind::Crash && opt_out.errors;
        if stated == Some(false) || opted_out || self.request.door().objects(&self.sender) {
            return Err(Reason::Objected);
        }
        match self
            .request
            .door()
            .consent_to_hit(hit, project, &self.sender)
        {
            Consent::Required | Consent::RequiredForAll if stated != Some(true) => {
                Err(Reason::ConsentMissing)
            }
            _ => Ok(()),
        }
    }

    /// Other people's addresses and old times are only believed with a token; times past the retention never.
    async fn require_permission(
        &mut self,
        hit: &Raw<Hit<'_>>,
        project: &Project,
    ) -> Result<(), Reason> {
        let now = self.request.received_at();
        let age = hit.ask(|hit| hit.age_seconds(now));
        if age >= u64::from(project.analytics_retention().hours()) * 3_600 {
            return Err(Reason::TimeTooOld);
        }
        if age <= HIT_AGE_WITHOUT_TOKEN_SECONDS_MAX && !hit.ask(Hit::has_overrides) {
            return Ok(());
        }
        let token = hit.ask(Hit::token).or(self.token);
        let access = match token {
            Some(token) => self.access(token).await?,
            None => None,
        };
        match access {
            Some(access) if access.grant.may_import(project.id) => Ok(()),
            _ => Err(Reason::TokenRequired),
        }
    }

    /// Whether the request's own token is an administrator's.
    pub async fn is_admin(&mut self) -> bool {
        match self.token {
            Some(token) => {
                let access = self.access(token).await;
                access.is_ok_and(|access| access.is_some_and(|a| a.grant.role == Role::Admin))
            }
            None => false,
        }
    }

    async fn access(&mut self, token: TokenHash) -> Result<Option<Arc<Access>>, Reason> {
        if let Some((known, access)) = &self.access
            && *known == token
        {
            return Ok(access.clone());
        }
        let access = self.app.access(token, self.request.received_at()).await?;
        self.access = Some((token, access.clone()));
        Ok(access)
    }

    async fn project(&mut self, id: ProjectId) -> Result<Arc<Project>, Reason> {
        match self.app.known_project(id) {
            Some(project) => Ok(project),
            None if self.asked_for_project => Err(Reason::ProjectUnknown),
            None => {
                self.asked_for_project = true;
                self.app.project(id).await
            }
        }
    }
}
