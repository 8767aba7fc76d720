//! What people say about a crash or a page. Their names and addresses go; what they wrote is scrubbed, of them as
//! well.
//! <https://develop.sentry.dev/application-architecture/feedback-architecture/>

use super::{Arrival, Telemetry, environment, hex_id, text};
use crate::json::Value;
use crate::limits::LOG_BODY_BYTES_MAX;
use crate::outcome::Kind;
use crate::privacy::crash::{affected_user, cut};
use crate::privacy::door::Door;
use crate::privacy::row::row;
use crate::privacy::scrub::Findings;
use crate::privacy::sealed::Shape;
use crate::privacy::url;

row! {
    /// A row of `feedback`; the columns are explained in `schemas/`.
    FeedbackRow<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        event_id: String,
        user_key: u64,
        message: &'a str,
        page_host: &'a str,
        page_path: &'a str,
        release: &'a str,
        environment: &'a str,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

impl Door {
    /// The older form: `{"event_id": …, "name": …, "email": …, "comments": …}`.
    pub(super) fn user_report(
        &self,
        mut report: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let said = report.remove("comments").or(report.remove("message"));
        if said.as_ref().and_then(Value::as_str).is_none() {
            return;
        }
        let user_key = arrival.user_key(report.str_at("email").unwrap_or(""));
        let event_id = hex_id(report.get("event_id"), 32);
        let members = [
            ("name", report.remove("name")),
            ("email", report.remove("email")),
            ("message", said),
        ];
        let (tree, scrubbed) = self.scrub_members(members, arrival, Findings::default());
        let row = FeedbackRow {
            project_id: arrival.project_id(),
            received_at: arrival.now.millis(),
            expires_at: arrival.expires_at(),
            event_id,
            user_key,
            message: message(&tree),
            page_host: "",
            page_path: "",
            release: "",
            environment: "",
            scrubbed,
        };
        out.store(Shape::Feedback, Kind::UserReport, arrival, |bytes| {
            row.encode(bytes)
        });
    }

    /// The newer form: an event whose context `feedback` holds the message.
    pub(super) fn feedback(
        &self,
        mut event: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let feedback = event
            .get_mut("contexts")
            .and_then(|all| all.remove("feedback"));
        let Some(mut feedback) = feedback else { return };
        let Some(said @ Value::String(_)) = feedback.remove("message") else {
            return;
        };
        let email = || feedback.str_at("contact_email").map(Into::into);
        let user = affected_user(&event).or_else(email).unwrap_or_default();
        let user_key = arrival.user_key(&user);
        let event_id = hex_id(feedback.get("associated_event_id"), 32);
        let mut findings = Findings::default();
        // A browser's SDK states the page like that of a crash, unless its form was used.
        let page = event.path(&["request", "url"]).and_then(Value::as_str);
        let address = feedback.str_at("url").or(page).unwrap_or("");
        let scrubber = self.scrubber_of(arrival.project);
        let page =
            (!address.is_empty()).then(|| url::clean_place(address, &scrubber, &mut findings));
        let (page_host, page_path) = page.map_or_else(Default::default, |page| {
            (page.host.into_owned(), page.path.into_owned())
        });
        let members = [
            ("name", feedback.remove("name")),
            ("email", feedback.remove("contact_email")),
            ("user", event.remove("user")),
            ("message", Some(said)),
            ("page_path", Some(Value::from(page_path))),
            ("release", event.remove("release")),
            ("environment", event.remove("environment")),
        ];
        let (tree, scrubbed) = self.scrub_members(members, arrival, findings);
        let row = FeedbackRow {
            project_id: arrival.project_id(),
            received_at: arrival.now.millis(),
            expires_at: arrival.expires_at(),
            event_id,
            user_key,
            message: message(&tree),
            page_host: cut(&page_host),
            page_path: text(&tree, "page_path"),
            release: text(&tree, "release"),
            environment: environment(&tree),
            scrubbed,
        };
        out.store(Shape::Feedback, Kind::Feedback, arrival, |bytes| {
            row.encode(bytes)
        });
    }
}

fn message<'t>(tree: &'t Value<'_>) -> &'t str {
    let text = tree.str_at("message").unwrap_or("");
    &text[..text.floor_char_boundary(LOG_BODY_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;
    use crate::outcome::Reason;
    use crate::privacy::pseudonym::Identifier;

    fn stored(setting: &Setting, kind: Kind, text: &str) -> (u64, String) {
        let telemetry = setting.take(kind, text.as_bytes());
        let [row] = &telemetry.rows[..] else {
            panic!("one row")
        };
        let mut read = setting.read(row);
        read.number::<4>();
        read.number::<8>();
        read.number::<4>();
        let event_id = read.text();
        let user_key = read.number::<8>();
        let rest = [(); 5].map(|()| read.text()).join("|");
        (user_key, format!("{event_id}|{rest}"))
    }

    #[test]
    fn a_report_keeps_what_was_said_and_not_by_whom() {
        let setting = Setting::new();
        let text = r#"{"event_id":"4c4d8595b7a74eb698510d0e56465b92","name":"Evelyn Muster","email":"eve@example.org",
            "comments":"The cart is empty. Greetings, Evelyn Muster (eve@example.org)"}"#;
        let (user_key, row) = stored(&setting, Kind::UserReport, text);
        assert_eq!(
            row,
            "4c4d8595b7a74eb698510d0e56465b92|The cart is empty. Greetings, [name] ([email])||||"
        );
        let secret = &setting.project.secret;
        assert_eq!(
            user_key,
            secret.pseudonym(Identifier::User, "eve@example.org")
        );
    }

    #[test]
    fn feedback_on_a_page() {
        let setting = Setting::new();
        let text = r#"{"event_id":"aaaa8595b7a74eb698510d0e56465b92","release":"web@3.1.0","environment":"prod",
            "user":{"id":"4711","email":"eve@example.org"},"contexts":{"feedback":{"message":"Nice, says Evelyn Muster",
            "contact_email":"eve@example.org","name":"Evelyn Muster","url":"https://shop.example.org/users/4711?t=1",
            "associated_event_id":"4c4d8595b7a74eb698510d0e56465b92"}}}"#;
        let (user_key, row) = stored(&setting, Kind::Feedback, text);
        assert_eq!(
            row,
            "4c4d8595b7a74eb698510d0e56465b92|Nice, says [name]|shop.example.org|/users/[id]|web@3.1.0|prod"
        );
        let secret = &setting.project.secret;
        assert_eq!(user_key, secret.pseudonym(Identifier::User, "4711"));
    }

    #[test]
    fn without_a_message_there_is_nothing_to_keep() {
        for (kind, text) in [
            (Kind::UserReport, r#"{"name":"Evelyn"}"#),
            (Kind::Feedback, r#"{"contexts":{"feedback":{"message":7}}}"#),
            (Kind::Feedback, r#"{"contexts":[]}"#),
        ] {
            let refused = Setting::new().take(kind, text.as_bytes()).refused;
            assert_eq!(refused, [(kind, Reason::ItemInvalid, 1)]);
        }
    }
}
