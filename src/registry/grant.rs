//! What somebody may do: the one place that decides it. Pages, API and commands ask here.

use super::{ProjectId, Role};

/// Which projects a person or a token is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every project, those of tomorrow included.
    All,
    /// These only, in ascending order, never none.
    Projects(Vec<ProjectId>),
}

impl Scope {
    /// Limited to these projects; an empty list means no limit, as in the tables and on the command line.
    pub fn of(mut projects: Vec<ProjectId>) -> Self {
        projects.sort_unstable();
        projects.dedup();
        if projects.is_empty() {
            Self::All
        } else {
            Self::Projects(projects)
        }
    }

    /// The projects it is limited to; empty for all.
    pub fn projects(&self) -> &[ProjectId] {
        match self {
            Self::All => &[],
            Self::Projects(projects) => projects,
        }
    }

    /// Whether `project` is within.
    pub fn includes(&self, project: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::Projects(projects) => projects.binary_search(&project).is_ok(),
        }
    }

    /// The numbers of the projects it is limited to, for a query; empty for all.
    pub fn numbers(&self) -> Vec<u32> {
        self.projects().iter().map(|id| id.get()).collect()
    }
}

/// What a token or a signed-in person may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
}

impl Grant {
    /// Errors, their events, and what changes them: resolve, ignore, assign, comment, merge.
    pub fn may_handle_errors(&self, project: ProjectId) -> bool {
        self.is_developer() && self.scope.includes(project)
    }

    /// Page views and their sums.
    pub fn may_see_analytics(&self, project: ProjectId) -> bool {
        self.is_developer() && self.scope.includes(project)
    }

    /// Hits of other people and other times, sent by a server on their behalf.
    pub fn may_import(&self, project: ProjectId) -> bool {
        self.is_developer() && self.scope.includes(project)
    }

    /// What just arrived, as it was stored, and what was refused: masked and scrubbed, so for everybody.
    pub fn may_see_arrivals(&self, project: ProjectId) -> bool {
        self.scope.includes(project)
    }

    /// Keys, DSN and snippets: what connects a widget.
    pub fn may_connect(&self, project: ProjectId) -> bool {
        self.is_developer() && self.scope.includes(project)
    }

    /// Name, keys, origins of a project that exists.
    pub fn may_manage_project(&self, project: ProjectId) -> bool {
        self.role == Role::Admin && self.scope.includes(project)
    }

    /// New projects.
    pub fn may_create_projects(&self) -> bool {
        self.is_admin_of_all()
    }

    /// Users, invitations and tokens.
    pub fn may_manage_people(&self) -> bool {
        self.is_admin_of_all()
    }

    /// SQL and evidence. SQL reaches every row, so a limit to projects rules it out.
    pub fn may_query(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Officer) && self.scope == Scope::All
    }

    /// What a project holds about one visitor: shown, deleted, objections taken.
    pub fn may_answer_subjects(&self, project: ProjectId) -> bool {
        matches!(self.role, Role::Admin | Role::Officer) && self.scope.includes(project)
    }

    /// Errors and analytics in general; of which projects, the other methods say.
    pub fn is_developer(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Developer)
    }

    fn is_admin_of_all(&self) -> bool {
        self.role == Role::Admin && self.scope == Scope::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_includes_its_projects() {
        let [one, two] = [1, 2].map(ProjectId::new);
        let both = Scope::of(vec![two, one, two]);
        assert_eq!(both.numbers(), [1, 2]);
        assert!(both.includes(one) && both.includes(two));
        assert!(!Scope::of(vec![one]).includes(two));
        assert!(Scope::of(Vec::new()).includes(two));
    }

    #[test]
    fn a_role_may_what_its_name_says() {
        let [one, two] = [1, 2].map(ProjectId::new);
        let grant = |role, projects: &[ProjectId]| Grant {
            role,
            scope: Scope::of(projects.to_vec()),
        };
        let admin = grant(Role::Admin, &[]);
        assert!(admin.may_query() && admin.may_manage_people() && admin.may_create_projects());
        assert!(admin.may_handle_errors(one) && admin.may_manage_project(two));

        let keeper = grant(Role::Admin, &[one]);
        assert!(keeper.may_manage_project(one) && !keeper.may_manage_project(two));
        assert!(
            !keeper.may_query() && !keeper.may_manage_people() && !keeper.may_create_projects()
        );

        let developer = grant(Role::Developer, &[one]);
        assert!(developer.may_handle_errors(one) && developer.may_see_analytics(one));
        assert!(developer.may_connect(one) && !developer.may_connect(two));
        assert!(developer.may_import(one) && !developer.may_import(two));
        assert!(!developer.may_handle_errors(two) && !developer.may_see_arrivals(two));
        assert!(!developer.may_query() && !developer.may_manage_project(one));

        let officer = grant(Role::Officer, &[]);
        assert!(officer.may_query() && officer.may_see_arrivals(one));
        assert!(!officer.may_handle_errors(one) && !officer.may_connect(one));
        assert!(!officer.may_import(one));
        assert!(!officer.may_manage_people());
        assert!(officer.may_answer_subjects(one) && keeper.may_answer_subjects(one));
        assert!(!keeper.may_answer_subjects(two) && !developer.may_answer_subjects(one));
    }
}
