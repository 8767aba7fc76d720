//! Who takes care of an issue, and who did something to it.

use super::detail_words::DetailTexts;
use crate::app::App;
use crate::registry::UserId;
use crate::store::issues::Issue;
use crate::ui::Language;

/// Somebody to assign an issue to.
pub(super) struct Person {
    pub id: String,
    pub name: String,
    pub is_chosen: bool,
}

/// Everybody who may handle errors of the issue's project.
pub(super) fn who_may_care(app: &App, issue: &Issue) -> Vec<Person> {
    let person = |user: std::sync::Arc<crate::registry::User>| {
        let id = user.id.to_string();
        Person {
            is_chosen: issue.state.assignee == id,
            name: user.email.as_str().to_owned(),
            id,
        }
    };
    app.carers(issue.project).into_iter().map(person).collect()
}

/// What an actor is called: a user's address, a token's name, or what is left of one that is gone.
pub(super) fn name(app: &App, actor: &str, language: Language) -> String {
    let d = DetailTexts::of(language);
    if let Ok(id) = actor.parse::<UserId>() {
        let user = app.user(id);
        return user.map_or_else(
            || d.somebody.to_owned(),
            |user| user.email.as_str().to_owned(),
        );
    }
    let token = app
        .api_tokens()
        .into_iter()
        .find(|token| token.id() == actor);
    let name = token
        .map(|token| token.name.clone())
        .filter(|name| !name.is_empty());
    match name {
        Some(name) => format!("{} “{name}”", d.token),
        None => format!("{} {actor}", d.token),
    }
}
