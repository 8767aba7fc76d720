//! What every request can reach: the door, the spool, the registry, the store.

mod administration;
mod issues;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tracing::error;

use crate::access::{Attempts, Passwords, SetupLink};
use crate::engine;
use crate::evidence::EvidenceRoom;
use crate::evidence::probe::PROBE_PROJECTS_FROM;
use crate::front_door::FrontDoor;
use crate::intake::seen::Seen;
use crate::ledger::{Action, Actor, Ledger};
use crate::outcome::{Item, Kind, Outcomes, Reason, Sdk};
use crate::privacy::{Door, MasterSecret, ProjectSecret};
use crate::quota::{Category, Quotas, Rates, Refused};
use crate::registry::{
    Access, Project, ProjectId, PublicKey, Token, TokenHash, TokenPurpose, User, UserId,
};
use crate::retention::Retention;
use crate::server::{BodyMemory, Connections, SlowLane};
use crate::spool::Spool;
use crate::store::insert::Erasure;
use crate::store::registry::{ListedProject, Snapshot};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
pub use issues::Undecided;

/// A miss asks ClickHouse again, but not more often than this: unknown projects are cheap to make up.
const REGISTRY_AGE_MIN: Duration = Duration::from_millis(250);
/// A request that waits for the registry is answered with 503 after this.
const REGISTRY_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failure requests are answered at once for this long, instead of waiting one after the other.
const REGISTRY_PAUSE: Duration = Duration::from_secs(1);
/// The registry is read again this often even if its tables do not change: what it holds may expire.
const REGISTRY_AGE_MAX: Duration = Duration::from_secs(60);

/// The running program.
pub struct App {
    pub outcomes: Arc<Outcomes>,
    pub spool: Spool,
    pub store: Store,
    pub setup: SetupLink,
    pub ledger: Arc<Ledger>,
    /// Which crash events are stored already.
    pub seen: Arc<Seen>,
    quotas: Quotas,
    door: RwLock<Arc<Door>>,
    /// What every project may send of each category.
    limits: RwLock<Rates>,
    pub passwords: Passwords,
    pub attempts: Attempts,
    /// Requests of visitors about their own data.
    pub subject_requests: Attempts,
    /// Held while somebody's rows are deleted: one after the other.
    pub erasing: tokio::sync::Mutex<()>,
    /// Where the inserter is asked to take somebody's rows out of waiting segments.
    pub erasures: tokio::sync::mpsc::Sender<Erasure>,
    /// Held while an invitation is accepted: it works once.
    pub accepting: tokio::sync::Mutex<()>,
    /// How the outside world reaches this server.
    pub public_url: String,
    /// How it reaches itself.
    pub front_door: FrontDoor,
    /// How long rows of new projects are kept, unless somebody says otherwise.
    pub default_retention: Retention,
    /// Whether ClickHouse took the last batch.
    pub store_reachable: Arc<AtomicBool>,
    /// The embedded engine, unless ClickHouse is elsewhere.
    pub engine: Option<Arc<engine::Health>>,
    /// Set while the server drains; liveness then says so.
    pub draining: AtomicBool,
    pub started_at: Timestamp,
    pub evidence: EvidenceRoom,
    pub connections: Arc<Connections>,
    /// What bodies of requests take, all together.
    pub body_memory: Arc<BodyMemory>,
    /// Where large ones are read.
    pub slow_lane: SlowLane,
    /// The project of a live probe while one runs. It is stored nowhere.
    probe: RwLock<Option<Arc<Project>>>,
    secret: MasterSecret,
    registry: RwLock<Arc<Snapshot>>,
    last_attempt: tokio::sync::Mutex<Option<Attempt>>,
}

/// When the registry was last asked for, and what came of it.
#[derive(Clone, Copy)]
struct Attempt {
    begun: Instant,
    ended: Instant,
    result: Result<(), StoreError>,
}

/// The parts that an [`App`] is made of.
pub struct Parts {
    pub outcomes: Arc<Outcomes>,
    pub door: Door,
    pub spool: Spool,
    pub store: Store,
    pub seen: Arc<Seen>,
    pub store_reachable: Arc<AtomicBool>,
    pub erasures: tokio::sync::mpsc::Sender<Erasure>,
    pub secret: MasterSecret,
    pub ledger: Arc<Ledger>,
    pub public_url: String,
    pub limits: Rates,
    pub front_door: FrontDoor,
    pub default_retention: Retention,
    pub started_at: Timestamp,
    pub evidence: EvidenceRoom,
    pub slow_lane: SlowLane,
    pub engine: Option<Arc<engine::Health>>,
}

/// Keeps a live probe's project known until it is dropped.
pub struct ProbeGuest<'a>(&'a App);

impl Drop for ProbeGuest<'_> {
    fn drop(&mut self) {
        *self.0.probe.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The address of the page on which somebody chooses a password, on the server at `public_url`.
pub fn invitation_link(public_url: &str, invitation: &Token) -> String {
    format!("{public_url}/invitation/{}", invitation.reveal())
}

impl App {
    /// Puts the parts together, with an empty registry.
    pub fn new(parts: Parts) -> Self {
        Self {
            outcomes: parts.outcomes,
            door: RwLock::new(Arc::new(parts.door)),
            spool: parts.spool,
            store: parts.store,
            setup: SetupLink::new(),
            ledger: parts.ledger,
            seen: parts.seen,
            quotas: Quotas::default(),
            limits: RwLock::new(parts.limits),
            passwords: Passwords::new(parts.secret.for_passwords()),
            attempts: Attempts::default(),
            subject_requests: Attempts::default(),
            erasing: tokio::sync::Mutex::default(),
            erasures: parts.erasures,
            accepting: tokio::sync::Mutex::default(),
            public_url: parts.public_url,
            front_door: parts.front_door,
            default_retention: parts.default_retention,
            store_reachable: parts.store_reachable,
            engine: parts.engine,
            draining: AtomicBool::new(false),
            started_at: parts.started_at,
            evidence: parts.evidence,
            connections: Arc::default(),
            body_memory: Arc::default(),
            slow_lane: parts.slow_lane,
            probe: RwLock::default(),
            secret: parts.secret,
            registry: RwLock::default(),
            last_attempt: tokio::sync::Mutex::new(None),
        }
    }

    /// The way from raw to stored, as it is now. A request stays with the one that it began with.
    pub fn door(&self) -> Arc<Door> {
        Arc::clone(&self.door.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts new lists and limits in the place of the present ones.
    pub fn renew(&self, door: Door, limits: Rates) {
        *self.door.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(door);
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Writes one line into the ledger.
    pub async fn record(&self, actor: Actor, action: Action, object: String, detail: String) {
        let (ledger, now) = (Arc::clone(&self.ledger), Timestamp::now());
        let append = move || ledger.append(actor, action, &object, &detail, now);
        let written = tokio::task::spawn_blocking(append).await;
        if !matches!(written, Ok(Ok(()))) {
            error!("the ledger cannot be written; `mayfly ledger verify` says why");
        }
    }

    /// Changes name, retention or settings of a project, and writes into the ledger who did it.
    ///
    /// # Errors
    /// If ClickHouse does not answer; then nothing is changed.
    pub async fn change_project(
        &self,
        changed: &ListedProject,
        actor: Actor,
    ) -> Result<(), StoreError> {
        let before = self.known_project(changed.id);
        self.store.change_project(changed, Timestamp::now()).await?;
        let names = before.map(|before| changed.changes_since(&ListedProject::from(&*before)));
        let detail = names.unwrap_or_default().join(",");
        let object = format!("project:{}", changed.id);
        self.record(actor, Action::ProjectChanged, object, detail)
            .await;
        Ok(())
    }

    /// Counts a request that could not be taken apart into items.
    pub fn refuse_request(&self, reason: Reason) {
        Item::received(&self.outcomes, Kind::Request).drop_for(reason);
    }

    /// Counts a request that could not be taken apart into items, so that the project hears of it. Whether there is such
    /// a project is seen when the counts are written.
    pub fn refuse_request_of(&self, project: ProjectId, sdk: Sdk, reason: Reason) {
        let item = Item::received(&self.outcomes, Kind::Request);
        item.of(project, sdk).drop_for(reason);
    }

    /// Writes what was refused of known projects since the last time. If ClickHouse is away the counts wait.
    pub async fn write_refusals(&self) {
        let mut known = Vec::new();
        for (refusal, count) in self.outcomes.refusals.take() {
            if let Some(project) = self.known_project(refusal.project) {
                known.push((project, refusal, count));
            }
        }
        let written = self.store.write_refusals(&known, Timestamp::now()).await;
        if written.is_err() {
            for (_, refusal, count) in known {
                self.outcomes.refusals.note(refusal, count);
            }
        }
    }

    /// Takes one item of a project within its limits and the server's.
    ///
    /// # Errors
    /// [`Refused`] if a limit is reached.
    pub fn admit(
        &self,
        project: &Project,
        key: Option<PublicKey>,
        category: Category,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let limits = *self.limits.read().unwrap_or_else(PoisonError::into_inner);
        let rates = project.settings.limits.of(category).within(&limits);
        self.quotas.admit(project.id, key, category, 1, &rates, now)
    }

    /// The project with this number.
    ///
    /// # Errors
    /// [`Reason::ProjectUnknown`], or [`Reason::StoreAway`] if that cannot be known.
    pub async fn project(&self, id: ProjectId) -> Result<Arc<Project>, Reason> {
        if id.get() >= PROBE_PROJECTS_FROM {
            return self.probe(id).ok_or(Reason::ProjectUnknown);
        }
        self.find(|registry| registry.projects.get(&id).cloned())
            .await?
            .ok_or(Reason::ProjectUnknown)
    }

    /// The project with this number, if `key` is one of its keys.
    ///
    /// # Errors
    /// [`Reason::KeyUnknown`] if there is no such project or key, or [`Reason::StoreAway`].
    pub async fn project_with_key(
        &self,
        id: ProjectId,
        key: PublicKey,
    ) -> Result<Arc<Project>, Reason> {
        if id.get() >= PROBE_PROJECTS_FROM {
            let probe = self.probe(id).filter(|probe| probe.keys.contains(&key));
            return probe.ok_or(Reason::KeyUnknown);
        }
        let find = |registry: &Snapshot| {
            registry
                .projects
                .get(&id)
                .filter(|project| project.keys.contains(&key))
                .cloned()
        };
        self.find(find).await?.ok_or(Reason::KeyUnknown)
    }

    /// Lets the live probe's project in for as long as the guest is held.
    pub fn receive_probe(&self, project: Arc<Project>) -> ProbeGuest<'_> {
        *self.probe.write().unwrap_or_else(PoisonError::into_inner) = Some(project);
        ProbeGuest(self)
    }

    fn probe(&self, id: ProjectId) -> Option<Arc<Project>> {
        let probe = self.probe.read().unwrap_or_else(PoisonError::into_inner);
        probe.as_ref().filter(|probe| probe.id == id).cloned()
    }

    /// What pseudonyms of a project are made with.
    pub fn secret_for(&self, project: ProjectId) -> ProjectSecret {
        self.secret.for_project(project)
    }

    /// The project that `key` opens: the oldest clients do not name it.
    ///
    /// # Errors
    /// [`Reason::KeyUnknown`] if there is no such key, or [`Reason::StoreAway`].
    pub async fn project_of_key(&self, key: PublicKey) -> Result<Arc<Project>, Reason> {
        let find = |registry: &Snapshot| {
            let mut projects = registry.projects.values();
            projects
                .find(|project| project.keys.contains(&key))
                .cloned()
        };
        self.find(find).await?.ok_or(Reason::KeyUnknown)
    }

    /// What a token or session opens, if it is valid at `now`.
    ///
    /// # Errors
    /// [`Reason::StoreAway`] if that cannot be known.
    pub async fn access(
        &self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<Arc<Access>>, Reason> {
        let found = self
            .find(|registry| registry.tokens.get(&token).cloned())
            .await?;
        Ok(found.filter(|access| access.expires_at > now.datetime()))
    }

    /// Whether there is an account that may administer everything.
    pub fn has_admin(&self) -> bool {
        let is_admin = |user: &Arc<User>| {
            !user.is_disabled && user.password_hash.is_some() && user.grant.may_manage_people()
        };
        self.registry().users.values().any(is_admin)
    }

    /// The user with this number, if known.
    pub fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.registry().users.get(&id).cloned()
    }

    /// The user with this e-mail address, if known.
    pub fn user_by_email(&self, email: &str) -> Option<Arc<User>> {
        let registry = self.registry();
        let mut users = registry.users.values();
        users.find(|user| user.email.is(email)).cloned()
    }

    /// Everybody who was ever added, by address.
    pub fn users(&self) -> Vec<Arc<User>> {
        let mut users: Vec<_> = self.registry().users.values().cloned().collect();
        users.sort_by_key(|user| user.email.as_str().to_lowercase());
        users
    }

    fn tokens(&self) -> Vec<Arc<Access>> {
        let mut tokens: Vec<_> = self.registry().tokens.values().cloned().collect();
        tokens.sort_by_key(|token| (std::cmp::Reverse(token.created_at), token.id()));
        tokens
    }

    /// The tokens of programs, the newest first.
    pub fn api_tokens(&self) -> Vec<Arc<Access>> {
        let mut tokens = self.tokens();
        tokens.retain(|token| token.purpose == TokenPurpose::Api);
        tokens
    }

    /// The open sessions of a person, the newest first.
    pub fn sessions_of(&self, user: UserId) -> Vec<Arc<Access>> {
        let mut tokens = self.tokens();
        tokens.retain(|token| token.purpose == TokenPurpose::Session && token.user == Some(user));
        tokens
    }

    /// The invitation with this secret, if it is valid at `now`.
    ///
    /// # Errors
    /// [`Reason::StoreAway`] if that cannot be known.
    pub async fn invitation(
        &self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<Arc<Access>>, Reason> {
        let found = self
            .find(|registry| registry.invitations.get(&token).cloned())
            .await?;
        Ok(found.filter(|access| access.expires_at > now.datetime()))
    }

    /// Whom an invitation is for, if it is known and valid at `now`.
    pub fn invited(&self, invitation: TokenHash, now: Timestamp) -> Option<Arc<User>> {
        let registry = self.registry();
        let access = registry.invitations.get(&invitation)?;
        let is_valid = access.expires_at > now.datetime();
        access
            .user
            .filter(|_| is_valid)
            .and_then(|id| registry.users.get(&id).cloned())
    }

    /// The project with this number, if it is known already.
    pub fn known_project(&self, id: ProjectId) -> Option<Arc<Project>> {
        self.registry().projects.get(&id).cloned()
    }

    /// Every project that is known.
    pub fn projects(&self) -> Vec<Arc<Project>> {
        let mut projects: Vec<_> = self.registry().projects.values().cloned().collect();
        projects.sort_by_key(|project| project.id);
        projects
    }

    fn registry(&self) -> Arc<Snapshot> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks in memory, and once more after asking ClickHouse: somebody may just have added it.
    async fn find<T>(&self, look: impl Fn(&Snapshot) -> Option<T>) -> Result<Option<T>, Reason> {
        if let Some(found) = look(&self.registry()) {
            return Ok(Some(found));
        }
        let refreshed = self.refresh_registry().await;
        match look(&self.registry()) {
            Some(found) => Ok(Some(found)),
            None if refreshed.is_err() => Err(Reason::StoreAway),
            None => Ok(None),
        }
    }

    /// Reads the registry as it is after this call began. Calls that come close together share one reading.
    ///
    /// # Errors
    /// If ClickHouse does not answer; what was known stays known.
    pub async fn refresh_registry(&self) -> Result<(), StoreError> {
        let called = Instant::now();
        let mut last = self.last_attempt.lock().await;
        if let Some(attempt) = *last {
            if attempt.begun >= called
                || (attempt.result.is_err() && attempt.ended.elapsed() < REGISTRY_PAUSE)
            {
                return attempt.result;
            }
            tokio::time::sleep(REGISTRY_AGE_MIN.saturating_sub(attempt.begun.elapsed())).await;
        }
        let begun = Instant::now();
        let known = self.registry();
        let reading = self.store.registry(&self.secret, &known, Timestamp::now());
        let result = match tokio::time::timeout(REGISTRY_TIMEOUT, reading).await {
            Ok(Ok(snapshot)) => {
                *self
                    .registry
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StoreError::TimedOut),
        };
        *last = Some(Attempt {
            begun,
            ended: Instant::now(),
            result,
        });
        result
    }

    /// Reads the registry again if somebody wrote to its tables: a command, or another server. Returns whether roll-ups wait to
    /// be counted anew.
    ///
    /// # Errors
    /// If ClickHouse does not answer; what was known stays known.
    pub async fn follow_registry(&self) -> Result<bool, StoreError> {
        let (standing, has_repairs) = self.store.standing().await?;
        let last = *self.last_attempt.lock().await;
        let is_fresh = last.is_some_and(|last| last.begun.elapsed() < REGISTRY_AGE_MAX);
        if !is_fresh || self.registry().standing != Some(standing) {
            self.refresh_registry().await?;
        }
        Ok(has_repairs)
    }

    /// Whether ClickHouse took the last batch, and its process, if it is ours, answers.
    pub fn is_store_reachable(&self) -> bool {
        let is_answering = self
            .engine
            .as_ref()
            .is_none_or(|engine| engine.is_answering());
        is_answering && self.store_reachable.load(Relaxed)
    }

    /// Whether events are accepted: projects are known, the spool has room, and the server is not stopping.
    pub fn is_accepting(&self) -> bool {
        !self.draining.load(Relaxed)
            && !self.registry().projects.is_empty()
            && self.spool.has_room()
    }
}
