//! A Sentry event, part by part: what the policy drops, who the user is, where source code stands.

use std::borrow::Cow;

use super::findings::{Findings, Path};
use super::needles::Needles;
use super::rule::Rule;
use super::value::Mode;
use super::walk::Walk;
use super::{Level, Scrubber};
use crate::json::Value;

type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Request headers that a strict policy keeps, scrubbed. They describe software, not people.
#[rustfmt::skip]
const HEADERS_KEPT: [&str; 25] = [
    "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding", "content-length",
    "content-type", "host", "origin", "pragma", "referer", "user-agent", "x-requested-with", "x-forwarded-for",
    "x-forwarded-proto", "x-real-ip", "forwarded", "cf-connecting-ip", "dnt", "sec-gpc", "sec-fetch-mode",
    "sec-fetch-site", "sec-fetch-dest", "upgrade-insecure-requests",
];

/// Server variables that a strict policy keeps.
#[rustfmt::skip]
const VARIABLES_KEPT: [&str; 7] = [
    "REMOTE_ADDR", "REQUEST_METHOD", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "SERVER_PORT",
    "GATEWAY_INTERFACE", "HTTPS",
];

pub(super) fn scrub(
    scrubber: &Scrubber,
    event: &mut Value<'_>,
    pseudonym: &dyn Fn(&str) -> String,
    findings: &mut Findings,
) {
    let Value::Object(members) = event else {
        return Walk::new(scrubber, findings).value(event, &Path::Root);
    };
    // The client's own remarks tell lengths.
    members.retain(|(key, _)| key != "_meta");
    let needles = identity(members);
    let mut walk = Walk::new(scrubber, findings);
    walk.needles = &needles;
    EventWalk { walk, pseudonym }.root(members);
}

/// What identifies the person in the event: login, name, own id, local part of the address.
fn identity(members: &Members<'_>) -> Needles {
    let mut needles = Needles::default();
    for (key, value) in members {
        match key.as_ref() {
            "user" => person(value, &mut needles),
            "contexts" => person(value.get("feedback").unwrap_or(&Value::Null), &mut needles),
            "did" => person_text("username", value, &mut needles),
            // A user report has them at the root.
            "email" | "contact_email" => person_text("email", value, &mut needles),
            "name" => person_text("name", value, &mut needles),
            _ => {}
        }
    }
    needles
}

fn person(person: &Value<'_>, needles: &mut Needles) {
    for (key, value) in person.as_object().unwrap_or_default() {
        person_text(key, value, needles);
    }
}

fn person_text(key: &str, value: &Value<'_>, needles: &mut Needles) {
    let Some(text) = value.as_str() else { return };
    match key {
        "email" | "contact_email" => needles.add_email(text),
        "name" | "full_name" | "first_name" | "last_name" => needles.add_name(text),
        "id" | "username" | "login" | "nickname" if text.contains('@') => needles.add_email(text),
        "id" | "username" | "login" | "nickname" => needles.add_login(text),
        _ => {}
    }
}

struct EventWalk<'w> {
    walk: Walk<'w>,
    pseudonym: &'w dyn Fn(&str) -> String,
}

impl EventWalk<'_> {
    fn strict(&self) -> bool {
        self.walk.scrubber.level == Level::Strict
    }

    fn root(&mut self, members: &mut Members<'_>) {
        for (key, value) in members {
            if key != "user" && key != "did" {
                let place = Path::Key(&Path::Root, key);
                if self.walk.takes(value, &place) {
                    continue;
                }
            }
            match key.as_ref() {
                "user" => self.user(value),
                "did" => self.session_user(value),
                "request" => self.request(value),
                "exception" | "threads" | "stacktrace" => {
                    let name = key.clone();
                    self.stacks(value, &Path::Key(&Path::Root, &name));
                }
                "release" => self.release(value),
                "server_name" => {
                    self.walk
                        .replace(value, Rule::Device, &Path::Key(&Path::Root, "server_name"))
                }
                "contexts" => self.contexts(value),
                "modules" => self.modules(value),
                _ => self.walk.member(key, value, &Path::Root),
            }
        }
    }

    /// The user: a keyed hash of the first own id and nothing else.
    fn user(&mut self, user: &mut Value<'_>) {
        let path = Path::Key(&Path::Root, "user");
        let own_id = ["id", "username", "email"]
            .iter()
            .find_map(|key| match user.get(key)? {
                Value::String(text) if !text.trim().is_empty() => Some(text.clone().into_owned()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
        let had_more = matches!(user, Value::Object(members) if !members.is_empty());
        *user = Value::Object(Vec::new());
        if let Some(id) = own_id {
            *user = Value::Object(vec![("id".into(), Value::from((self.pseudonym)(&id)))]);
        }
        if had_more {
            self.walk.findings.add(&path, Rule::Pseudonym, 1);
        }
    }

    /// A session names its user by a bare text.
    fn session_user(&mut self, value: &mut Value<'_>) {
        if let Value::String(text) = value
            && !text.is_empty()
        {
            *value = Value::from((self.pseudonym)(text));
            self.walk
                .findings
                .add(&Path::Key(&Path::Root, "did"), Rule::Pseudonym, 1);
        }
    }

    /// `name@1.2.3` is no address of anybody.
    fn release(&mut self, value: &mut Value<'_>) {
        let path = Path::Key(&Path::Root, "release");
        if let Value::String(text) = value {
            let version = text
                .rsplit_once('@')
                .is_none_or(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit()));
            if version
                && text.len() <= 200
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"@._+-/".contains(&b))
            {
                return;
            }
        }
        self.walk.value(value, &path);
    }

    /// Names of packages are no keys, and their versions no addresses.
    fn modules(&mut self, value: &mut Value<'_>) {
        let path = Path::Key(&Path::Root, "modules");
        let Value::Object(modules) = value else {
            return self.walk.value(value, &path);
        };
        for (name, version) in modules {
            self.walk.key(name, &path);
            match version {
                Value::String(text)
                    if text.starts_with(|c: char| c.is_ascii_digit()) && text.len() <= 64 =>
                {
                    self.walk.version(text, &Path::Key(&path, name));
                }
                _ => self.walk.value(version, &Path::Key(&path, name)),
            }
        }
    }

    fn contexts(&mut self, value: &mut Value<'_>) {
        let path = Path::Key(&Path::Root, "contexts");
        let Value::Object(contexts) = value else {
            return self.walk.value(value, &path);
        };
        for (key, context) in contexts {
            if key == "device"
                && let Some(name) = context.get_mut("name")
            {
                self.walk.replace(
                    name,
                    Rule::Device,
                    &Path::Key(&Path::Key(&path, "device"), "name"),
                );
            }
            self.walk.member(key, context, &path);
        }
    }

    /// Whatever holds stack traces: exceptions, threads. Frames are found at any depth.
    fn stacks(&mut self, value: &mut Value<'_>, path: &Path<'_>) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.stacks(item, &Path::Index(path, index));
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    match (key.as_ref(), value) {
                        ("frames", Value::Array(frames)) => {
                            let path = Path::Key(path, "frames");
                            for (index, frame) in frames.iter_mut().enumerate() {
                                self.frame(frame, &Path::Index(&path, index));
                            }
                        }
                        (
                            "stacktrace" | "raw_stacktrace" | "values",
                            value @ (Value::Object(_) | Value::Array(_)),
                        ) => {
                            let name = key.clone();
                            self.stacks(value, &Path::Key(path, &name));
                        }
                        (_, value) => self.walk.member(key, value, path),
                    }
                }
            }
            _ => self.walk.value(value, path),
        }
    }

    fn frame(&mut self, frame: &mut Value<'_>, path: &Path<'_>) {
        let Value::Object(members) = frame else {
            return self.walk.value(frame, path);
        };
        if self.strict() {
            self.drop_members(members, path, |key| key == "vars");
        }
        for (key, value) in members {
            let is_code = key != "vars";
            self.walk.mode = if is_code { Mode::Code } else { Mode::Prose };
            self.walk.member(key, value, path);
        }
        self.walk.mode = Mode::Prose;
    }

    fn drop_members(
        &mut self,
        members: &mut Members<'_>,
        path: &Path<'_>,
        drops: impl Fn(&str) -> bool,
    ) {
        let custom = &self.walk.scrubber.custom;
        let findings = &mut *self.walk.findings;
        members.retain(|(key, value)| {
            let place = Path::Key(path, key);
            let goes = drops(key) && !custom.keeps_place(&place);
            let holds = match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            };
            if goes && holds {
                findings.add(&place, Rule::Dropped, 1);
            }
            !goes
        });
    }

    fn request(&mut self, request: &mut Value<'_>) {
        let path = Path::Key(&Path::Root, "request");
        let strict = self.strict();
        let Value::Object(members) = request else {
            return self.walk.value(request, &path);
        };
        if strict {
            self.drop_members(members, &path, |key| {
                matches!(key, "data" | "cookies" | "fragment")
            });
        }
        for (key, value) in members {
            let name = key.clone();
            let path_here = Path::Key(&path, &name);
            match key.as_ref() {
                "headers" if strict => {
                    self.keep_only(value, &path_here, &HEADERS_KEPT);
                    self.walk.value(value, &path_here);
                }
                "env" if strict => {
                    self.keep_only(value, &path_here, &VARIABLES_KEPT);
                    self.walk.value(value, &path_here);
                }
                "headers" | "env" => self.walk.value(value, &path_here),
                _ => self.walk.member(key, value, &path),
            }
        }
    }

    /// Drops every pair of a map, or of a list of pairs, whose key is not on the list.
    fn keep_only(&mut self, value: &mut Value<'_>, path: &Path<'_>, kept: &[&str]) {
        let known = |key: &str| kept.iter().any(|k| k.eq_ignore_ascii_case(key));
        match value {
            Value::Object(members) => self.drop_members(members, path, |key| !known(key)),
            Value::Array(items) => {
                let before = items.len();
                let custom = &self.walk.scrubber.custom;
                let stays = |key: &str| known(key) || custom.keeps_place(&Path::Key(path, key));
                items.retain(|item| match item {
                    Value::Array(pair) => pair.first().and_then(Value::as_str).is_some_and(stays),
                    _ => false,
                });
                let dropped = before - items.len();
                if dropped > 0 {
                    self.walk.findings.add(
                        path,
                        Rule::Dropped,
                        u32::try_from(dropped).unwrap_or(u32::MAX),
                    );
                }
            }
            Value::Null => {}
            _ => self.walk.replace(value, Rule::Dropped, path),
        }
    }
}
