//! People and access tokens, for administrators: who may sign in, and which programs may read.

mod tokens;
mod users;

use std::sync::Arc;

use axum::Router;

use super::language::{Language, texts};
use crate::access::Fields;
use crate::app::App;
use crate::registry::{Grant, ProjectId, Role, Scope};

texts! {
    /// Roles and limits, wherever they are shown or chosen.
    GrantTexts {
        role = "Role" | "Rolle";
        admin = "Administrator" | "Verwaltung";
        admin_hint = "everything: projects, people, errors, SQL" | "alles: Projekte, Personen, Fehler, SQL";
        developer = "Developer" | "Entwicklung";
        developer_hint = "errors and analytics" | "Fehler und Statistik";
        officer = "Privacy officer" | "Datenschutz";
        officer_hint = "evidence, and SQL over what is stored" | "Nachweise, und SQL über das Gespeicherte";
        projects = "Projects" | "Projekte";
        all = "All projects, also those of tomorrow" | "Alle Projekte, auch die von morgen";
        some = "Only these" | "Nur diese";
        all_short = "all" | "alle";
        none_chosen = "Choose at least one project, or all." | "Wählen Sie mindestens ein Projekt, oder alle.";
        people = "People" | "Personen";
        tokens = "Access tokens" | "Zugangs-Tokens";
        since = "Since" | "Seit";
        action = "Action" | "Aktion";
    }
}

impl GrantTexts {
    /// What people call a role.
    pub const fn role_name(&self, role: Role) -> &'static str {
        match role {
            Role::Admin => self.admin,
            Role::Developer => self.developer,
            Role::Officer => self.officer,
        }
    }

    const fn role_hint(&self, role: Role) -> &'static str {
        match role {
            Role::Admin => self.admin_hint,
            Role::Developer => self.developer_hint,
            Role::Officer => self.officer_hint,
        }
    }
}

/// A grant in words.
pub(super) struct GrantWords {
    pub role: &'static str,
    pub projects: String,
}

pub(super) fn describe(app: &App, grant: &Grant, language: Language) -> GrantWords {
    let g = GrantTexts::of(language);
    let name = |id: &ProjectId| match app.known_project(*id) {
        Some(project) => project.name.clone(),
        None => id.to_string(),
    };
    GrantWords {
        role: g.role_name(grant.role),
        projects: match &grant.scope {
            Scope::All => g.all_short.to_owned(),
            Scope::Projects(ids) => ids.iter().map(name).collect::<Vec<_>>().join(", "),
        },
    }
}

/// The part of a form that chooses a role and its projects.
struct GrantChoice {
    g: &'static GrantTexts,
    roles: Vec<RoleChoice>,
    is_all: bool,
    projects: Vec<ProjectChoice>,
}

struct RoleChoice {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    is_chosen: bool,
}

struct ProjectChoice {
    id: u32,
    name: String,
    is_chosen: bool,
}

impl GrantChoice {
    /// With `grant` as it stands.
    fn of(app: &App, grant: &Grant, language: Language) -> Self {
        let g = GrantTexts::of(language);
        let role = |role: Role| RoleChoice {
            name: role.name(),
            label: g.role_name(role),
            hint: g.role_hint(role),
            is_chosen: role == grant.role,
        };
        let is_all = grant.scope == Scope::All;
        let projects = app.projects().into_iter().map(|project| ProjectChoice {
            id: project.id.get(),
            name: project.name.clone(),
            is_chosen: !is_all && grant.scope.includes(project.id),
        });
        Self {
            g,
            roles: [Role::Developer, Role::Officer, Role::Admin]
                .map(role)
                .into(),
            is_all,
            projects: projects.collect(),
        }
    }

    /// What somebody chose; none if that is no role, or "only these" and none.
    fn read(app: &App, fields: &Fields) -> Option<Grant> {
        let role = Role::from_name(fields.text("role"))?;
        let scope = match fields.text("scope") {
            "all" => Scope::All,
            _ => {
                let ids = fields
                    .all("project")
                    .map(|id| id.parse().map(ProjectId::new));
                let ids = ids.collect::<Result<Vec<_>, _>>().ok()?;
                let are_known = ids.iter().all(|id| app.known_project(*id).is_some());
                (are_known && !ids.is_empty()).then(|| Scope::of(ids))?
            }
        };
        Some(Grant { role, scope })
    }
}

/// What new people and tokens are offered first.
const LEAST: Grant = Grant {
    role: Role::Developer,
    scope: Scope::All,
};

pub(super) fn routes() -> Router<Arc<App>> {
    users::routes().merge(tokens::routes())
}
