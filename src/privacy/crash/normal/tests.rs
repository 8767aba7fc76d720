use super::*;

fn normal(text: &str) -> serde_json::Value {
    let mut event: Value<'_> = serde_json::from_str(text).unwrap();
    normalise(&mut event, "raven-js/3.27.2 (extra words)");
    let mut out = Vec::new();
    event.write(&mut out);
    serde_json::from_slice(&out).unwrap()
}

/// A member of the normalised event, as JSON.
fn member(text: &str, key: &str) -> String {
    normal(text)[key].to_string()
}

#[test]
fn old_names_become_current_ones() {
    let event = normal(
        r#"{"sentry.interfaces.Exception":{"type":"E","value":"v"},"sentry.interfaces.Http":{"url":"u"},
        "sentry.interfaces.Message":{"message":"%s left","params":["a"]},"sentry.interfaces.User":{"id":1},
        "sentry.interfaces.Stacktrace":{"frames":[]},"sentry.interfaces.Unknown":1}"#,
    );
    assert_eq!(event["exception"]["values"][0]["type"], "E");
    assert_eq!(event["request"]["url"], "u");
    assert_eq!(event["logentry"]["formatted"], "a left");
    assert!(event["user"].is_object() && event["stacktrace"].is_object());
    assert_eq!(event["sentry.interfaces.Unknown"], 1);
}

#[test]
fn every_shape_of_a_list() {
    for list in [
        r#"[{"type":"E"}]"#,
        r#"{"values":[{"type":"E"}]}"#,
        r#"{"type":"E"}"#,
        r#"[null,{"type":"E"},7]"#,
    ] {
        for key in ["exception", "threads", "breadcrumbs"] {
            let text = format!(r#"{{"{key}":{list}}}"#);
            assert_eq!(member(&text, key), r#"{"values":[{"type":"E"}]}"#, "{list}");
        }
    }
    assert_eq!(member(r#"{"exception":"E"}"#, "exception"), "null");
}

#[test]
fn exceptions_have_texts() {
    for (exception, r#type, value) in [
        (r#"{"value":"TypeError: no cart"}"#, "TypeError", "no cart"),
        (
            r#"{"value":"https://example.org: no"}"#,
            "",
            "https://example.org: no",
        ),
        (r#"{"type":"E","value":{"a":1}}"#, "E", r#"{"a":1}"#),
        (r#"{"type":"E","value":"F: x"}"#, "E", "F: x"),
    ] {
        let event = normal(&format!(r#"{{"exception":{exception}}}"#));
        let exception = &event["exception"]["values"][0];
        assert_eq!(exception["type"].as_str().unwrap_or_default(), r#type);
        assert_eq!(exception["value"], value);
    }
}

#[test]
fn every_shape_of_tags() {
    for tags in [
        r#"{"a":1,"b":null}"#,
        r#"[["a",1],["b"],7]"#,
        r#"[{"key":"a","value":"1"},{"key":"b"}]"#,
    ] {
        let text = format!(r#"{{"tags":{tags}}}"#);
        assert_eq!(member(&text, "tags"), r#"{"a":"1"}"#, "{tags}");
    }
    let event = normal(r#"{"site":"shop","tags":[["environment","staging"],["release","1"]]}"#);
    assert_eq!(event["tags"].to_string(), r#"{"site":"shop"}"#);
    assert_eq!(
        (&event["environment"], &event["release"]),
        (&"staging".into(), &"1".into())
    );
}

#[test]
fn closed_sets() {
    for (given, level) in [
        (r#""WARN""#, "warning"),
        ("40", "error"),
        (r#""50""#, "fatal"),
        ("10", "debug"),
        (r#""nonsense""#, "error"),
        ("null", "error"),
    ] {
        assert_eq!(normal(&format!(r#"{{"level":{given}}}"#))["level"], level);
    }
    assert_eq!(normal(r#"{"platform":"Python"}"#)["platform"], "python");
    assert_eq!(
        normal(r#"{"platform":"jane@example.org"}"#)["platform"],
        "other"
    );
}

#[test]
fn messages_in_all_their_forms() {
    for (event, formatted) in [
        (
            r#"{"message":{"message":"%s left","params":["a"]}}"#,
            "a left",
        ),
        (r#"{"logentry":"text"}"#, "text"),
        (
            r#"{"logentry":{"message":"%s","formatted":"done","params":["a"]}}"#,
            "done",
        ),
        (
            r#"{"message":{"message":"x"},"logentry":{"formatted":"y"}}"#,
            "y",
        ),
    ] {
        assert_eq!(normal(event)["logentry"]["formatted"], formatted, "{event}");
    }
    assert_eq!(normal(r#"{"message":"text"}"#)["message"], "text");
}

#[test]
fn what_old_clients_say_otherwise() {
    let event = normal(r#"{"culprit":"shop.cart in total","checksum":"abc","release":7,"dist":1}"#);
    assert_eq!(event["transaction"], "shop.cart in total");
    assert_eq!(event["fingerprint"].to_string(), r#"["abc"]"#);
    assert_eq!(
        (&event["release"], &event["dist"]),
        (&"7".into(), &"1".into())
    );
    let fingerprint = r#"{"fingerprint":["a",7,null,true],"checksum":"abc"}"#;
    assert_eq!(member(fingerprint, "fingerprint"), r#"["a","7","true"]"#);
    assert_eq!(
        member("{}", "sdk"),
        r#"{"name":"raven-js","version":"3.27.2"}"#
    );
    let known = r#"{"sdk":{"name":"own","version":"1"}}"#;
    assert_eq!(member(known, "sdk"), r#"{"name":"own","version":"1"}"#);
}
