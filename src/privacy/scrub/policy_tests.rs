//! What a project may wish for, and what it cannot have.

use super::*;
use crate::json;

fn policy(json: &str) -> Policy {
    serde_json::from_str(json).unwrap()
}

fn scrubbed(policy: &Policy, text: &str) -> String {
    let scrubber = policy.compile().unwrap();
    scrubber.text(text, &mut Findings::default()).into_owned()
}

fn event(policy: &Policy, text: &str) -> String {
    let scrubber = policy.compile().unwrap();
    let mut scratch = Vec::new();
    let mut event = json::parse(text.as_bytes(), &mut scratch).unwrap();
    scrubber.event(&mut event, &|_| "0f".to_owned(), &mut Findings::default());
    let mut out = Vec::new();
    event.write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn rules_keys_and_places_of_a_project() {
    let policy = policy(
        r#"{"rules": [{"name": "invoice", "pattern": "\\bINV-\\d+\\b"},
                      {"name": "plan", "pattern": "gold|silver", "placeholder": "[x-plan]"}],
            "keys": ["contract-no"],
            "remove": ["extra.order.*", "request.headers.x-foo", "**.note", "transaction"]}"#,
    );
    assert_eq!(
        scrubbed(&policy, "see INV-471, contractNo=abc, gold"),
        "see [invoice], contractNo=[custom], [x-plan]"
    );
    assert_eq!(
        event(
            &policy,
            r#"{"transaction":"/cart","extra":{"order":{"a":"b"},"c":{"note":["d"]}},"tags":[["note","e"]],
                "request":{"headers":[["Host","h"],["X-Foo","f"]]}}"#
        ),
        concat!(
            r#"{"transaction":"[custom]","extra":{"order":{"a":"[custom]"},"c":{"note":"[custom]"}},"#,
            r#""tags":[["note","[custom]"]],"request":{"headers":[["Host","h"]]}}"#
        )
    );
}

#[test]
fn what_a_project_keeps() {
    let policy = policy(
        r#"{"keep": {"keys": ["username"], "paths": ["tags.plan", "request.headers.x-trace", "request.data"],
                     "texts": ["+49 30 901820"], "patterns": ["0171/\\d+"]}}"#,
    );
    assert_eq!(
        scrubbed(
            &policy,
            "hotline +49 30 901820 or 0171/1234567, not 0172/1234567"
        ),
        "hotline +49 30 901820 or 0171/1234567, not [phone]"
    );
    assert_eq!(
        event(
            &policy,
            r#"{"extra":{"username":"anna"},"tags":{"plan":"Herr Huber"},
                "request":{"headers":{"X-Trace":"7f","X-Own":"1"},"data":{"cart":"Herr Huber, a@example.org"}}}"#
        ),
        concat!(
            r#"{"extra":{"username":"anna"},"tags":{"plan":"Herr Huber"},"#,
            r#""request":{"headers":{"X-Trace":"7f"},"data":{"cart":"Herr Huber, [email]"}}}"#
        )
    );
}

/// Texts of the floor and what has to be gone of them.
const FLOOR: [(&str, &str); 8] = [
    ("mail anna@example.org", "anna"),
    ("from 203.0.113.77", "203.0.113.77"),
    ("from 2001:db8::77", "::77"),
    ("card 4111 1111 1111 1111", "1111"),
    ("DE89 3704 0044 0532 0130 00", "3704"),
    ("password=hunter2", "hunter2"),
    ("http://anna:s3cret@h/", "s3cret"),
    ("Cookie: sid=8a7b6c5d", "8a7b"),
];

#[test]
fn nothing_switches_off_the_floor() {
    // Whole ones are refused.
    let texts = ["anna", "::77", "1111", "3704", "hunter2", "8a7b6c5d"].map(str::to_owned);
    let policies = [
        Policy::default(),
        policy(r#"{"level": "balanced", "keep": {"paths": ["**"]}}"#),
        policy(r#"{"keep": {"patterns": [".*", "(?s).*"]}}"#),
        policy(
            r#"{"keep": {"keys": ["a", "email", "ip", "card", "iban", "password", "token", "cookie", "auth"],
                         "paths": ["**", "**.a", "extra.**", "message"]}}"#,
        ),
        Policy {
            keep: Keep {
                texts: texts.to_vec(),
                ..Keep::default()
            },
            ..Policy::default()
        },
    ];
    for policy in &policies {
        for (text, part) in FLOOR {
            assert!(!scrubbed(policy, text).contains(part), "{text}");
            for key in ["a", "email", "password", "note"] {
                let text = serde_json::to_string(text).unwrap();
                let clean = event(
                    policy,
                    &format!(
                        r#"{{"message":{text},"extra":{{"{key}":{text}}},"tags":[["{key}",{text}]],"b":{{{text}:1}}}}"#
                    ),
                );
                assert!(!clean.contains(part), "{clean}");
            }
        }
    }
    let secret = r#"{"extra":{"password":"hunter2","token":"abc","cookie":"d"}}"#;
    for policy in &policies {
        assert_eq!(
            event(policy, secret),
            r#"{"extra":{"password":"[password]","token":"[token]","cookie":"[cookie]"}}"#
        );
    }
}

#[test]
fn scrubbing_by_a_projects_rules_is_idempotent() {
    let policy = policy(
        r#"{"rules": [{"name": "voice", "pattern": "v?oice|x-p"}, {"name": "x-plan", "pattern": "[a-z]+@"}]}"#,
    );
    for text in [
        "an invoice of voice",
        "x-p [x-plan] a@b",
        "[email] v@ [voice]",
    ] {
        let once = scrubbed(&policy, text);
        assert_eq!(scrubbed(&policy, &once), once);
    }
}

#[test]
fn a_policy_is_read_from_json() {
    let read = policy(r#"{"level":"balanced","ip":2,"keys":["c"],"keep":{"paths":["e"]}}"#);
    assert_eq!((read.level, read.ip.octets()), (Level::Balanced, 2));
    assert_eq!(
        (&*read.keys, &*read.keep.paths),
        (&["c".to_owned()][..], &["e".to_owned()][..])
    );
    assert_eq!(policy("{}"), Policy::default());
    let refused = |text: &str| {
        serde_json::from_str::<Policy>(text)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(r#"{"lvel": "strict"}"#).starts_with("unknown field `lvel`, expected one of"));
    assert!(refused(r#"{"level": "lax"}"#).starts_with("unknown variant `lax`"));
    assert!(refused(r#"{"keep": {"email": true}}"#).starts_with("unknown field `email`"));
    assert!(refused(r#"{"rules": [{"pattern": "a"}]}"#).starts_with("missing field `name`"));
    assert!(refused(r#"{"ip": 0}"#).starts_with("between 1 and 4 octets"));
}

#[test]
fn errors_name_the_entry_and_the_limit() {
    let error = |policy: Policy| policy.compile().unwrap_err().to_string();
    let rule = |name: &str, pattern: &str| Policy {
        rules: vec![CustomRule {
            name: name.to_owned(),
            pattern: pattern.to_owned(),
            placeholder: None,
        }],
        ..Policy::default()
    };
    for (name, pattern, expected) in [
        ("a", "(", "the pattern of rule `a` is no regular expression"),
        (
            "a",
            "(?:a{1000}){1000}",
            "the pattern of rule `a` needs more than 1048576 bytes of memory",
        ),
        (
            "a",
            "x*",
            "the pattern of rule `a` matches the empty text, and so every text",
        ),
        (
            "a",
            "",
            "the pattern of rule `a` is empty or longer than 1000 bytes",
        ),
    ] {
        assert_eq!(error(rule(name, pattern)), expected);
    }
    for name in ["", "Order", "twelve-chars", "a b", "email"] {
        assert!(error(rule(name, "a")).starts_with("rule 1 needs a name of 1 to 11"));
    }
    let mut twice = rule("a", "b");
    twice.rules.extend(rule("a", "c").rules);
    assert!(error(twice).starts_with("rule 2 needs a name"));
    let odd = policy(r#"{"rules": [{"name": "a", "pattern": "b", "placeholder": "<a>"}]}"#);
    assert!(error(odd).starts_with("the placeholder of rule `a` is not"));
    let paths = policy(r#"{"remove": ["a", "b..c"]}"#);
    assert_eq!(
        error(paths),
        "entry 2 of `remove` is no path of 1 to 32 steps"
    );
    for pattern in [
        "jane@example\\.org",
        r"\+49 30 901820",
        "DE89370400440532013000",
    ] {
        assert_eq!(
            error(rule("a", pattern)),
            "the pattern of rule `a` holds a person's data; write what such data looks like instead"
        );
    }
    for (text, _) in FLOOR {
        let keep = Keep {
            texts: vec!["+49 30 901820".to_owned(), text.to_owned()],
            ..Keep::default()
        };
        let policy = Policy {
            keep,
            ..Policy::default()
        };
        assert!(error(policy).starts_with("entry 2 of `keep.texts` holds an address"));
    }
    let keep = policy(r#"{"keep": {"patterns": ["a", "a)|(b"]}}"#);
    assert!(error(keep).starts_with("entry 2 of `keep.patterns` is no regular expression"));
    let many = Policy {
        keys: vec!["a".to_owned(); 201],
        ..Policy::default()
    };
    assert_eq!(error(many), "`keys` has 201 entries, more than 200");
    let long = Policy {
        keep: Keep {
            texts: vec!["x".repeat(201)],
            ..Keep::default()
        },
        ..Policy::default()
    };
    assert_eq!(
        error(long),
        "entry 1 of `keep.texts` is empty or longer than 200 bytes"
    );
}
