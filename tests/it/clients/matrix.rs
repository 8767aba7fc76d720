//! Compares what a client says it sent with what is stored, item by item and field by field.

use serde_json::Value;

use crate::harness::{Server, tables};

/// Where items of a kind are stored, and whether their rows are counts that are read as sums.
struct Store(&'static str, &'static str, bool);

const STORES: &[Store] = &[
    Store("exception", "error_events", false),
    Store("message", "error_events", false),
    Store("log", "logs", false),
    Store("span", "spans", false),
    Store("session", "sessions", true),
    Store("check_in", "check_ins", false),
    Store("feedback", "feedback", false),
    Store("user_report", "feedback", false),
    Store("client_report", "outcomes", true),
    Store("security", "security_reports", false),
];

/// All that trackers report is one table.
const ACTIONS: Store = Store("", "analytics_events", false);

impl Store {
    fn of(kind: &str) -> &'static Self {
        STORES
            .iter()
            .find(|store| store.0 == kind)
            .unwrap_or(&ACTIONS)
    }
}

/// What the scrubber makes of each personal value, by its name in `persona.json`. The order matters: an address before the
/// name that it begins with.
const SCRUBBED: &[(&str, &str)] = &[
    ("email", "[email]"),
    ("password", "[password]"),
    ("token", "[token]"),
    ("card", "[card]"),
    ("iban", "[iban]"),
    ("address", "198.51.100.0"),
];

/// Asserts that every item of a report is stored once, with the fields that were sent and with nothing personal.
pub async fn assert_stored(server: &Server, sender: &str, report: &Value) {
    for item in report["sent"].as_array().unwrap() {
        let row = row_of(server, sender, item, report).await;
        for (name, sent) in item["fields"].as_object().unwrap() {
            let stored = match name.starts_with('/') {
                true => payload_of(&row).pointer(name).cloned(),
                false => row.get(name).cloned(),
            };
            let expected = scrubbed(sent, item, report);
            let stored = stored.unwrap_or(Value::Null);
            assert!(
                is_kept(&expected, &stored),
                "{sender}: {name} is {stored}, sent was {sent}\n{item}\n{row}"
            );
        }
    }
    assert_nothing_personal(server, sender, report).await;
}

/// Counts of what clients discarded name no release: those of all reports are one sum.
pub fn add_up_client_reports(reports: &mut [Value]) {
    let items = |report: &Value| report["sent"].as_array().unwrap().clone();
    let all: Vec<_> = reports.iter().flat_map(items).collect();
    for report in reports {
        for item in report["sent"].as_array_mut().unwrap() {
            if item["kind"] == "client_report" {
                let same = all.iter().filter(|other| other["find"] == item["find"]);
                let quantities = same.map(|other| other["fields"]["quantity"].as_u64().unwrap());
                item["fields"]["quantity"] = quantities.sum::<u64>().into();
            }
        }
    }
}

/// The one row of an item.
async fn row_of(server: &Server, sender: &str, item: &Value, report: &Value) -> Value {
    let kind = item["kind"].as_str().unwrap();
    let Store(_, table, is_sum) = Store::of(kind);
    let conditions = item["find"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, sent)| {
            let stored = scrubbed(sent, item, report);
            let stored = stored.as_str().map(|text| text.replace('\'', "\\'"));
            format!("{name} = '{}'", stored.unwrap())
        });
    let conditions: Vec<_> = conditions.collect();
    let columns = match is_sum {
        false => "*".to_owned(),
        true => {
            let names = item["fields"].as_object().unwrap().keys();
            let sums = names.map(|name| format!("sum(t.{name}) AS {name}"));
            sums.collect::<Vec<_>>().join(", ")
        }
    };
    let conditions = conditions.join(" AND ");
    let statement =
        format!("SELECT {columns} FROM {table} AS t WHERE {conditions} FORMAT JSONEachRow");
    let rows = server.sql(&statement).await;
    let all: Vec<_> = rows.lines().collect();
    if all.len() != 1 {
        let everything = format!("SELECT * FROM {table} FORMAT Vertical");
        let all = server.sql(&everything).await;
        panic!("{sender}: not one row of {item}\n{statement}\n{rows}\nin\n{all}");
    }
    serde_json::from_str(all[0]).unwrap()
}

fn payload_of(row: &Value) -> Value {
    serde_json::from_str(row["payload"].as_str().unwrap()).unwrap()
}

/// What was sent, as the scrubber is to leave it.
fn scrubbed(sent: &Value, item: &Value, report: &Value) -> Value {
    match sent {
        Value::String(text) => {
            let mut text = text.clone();
            for (name, placeholder) in SCRUBBED {
                text = text.replace(report["person"][name].as_str().unwrap(), placeholder);
            }
            match item["kind"] == "span" && text.contains('\'') {
                true => without_literals(&text),
                false => text,
            }
            .into()
        }
        Value::Array(items) => {
            let items = items.iter().map(|sent| scrubbed(sent, item, report));
            Value::Array(items.collect())
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, sent)| (name.clone(), scrubbed(sent, item, report)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// Statements of spans lose what they were called with.
fn without_literals(statement: &str) -> String {
    let literal = regex::Regex::new("'[^']*'").unwrap();
    literal.replace_all(statement, "?").into_owned()
}

/// Whether what was sent is there. The stored object may have more members, the stored list more elements in between: SDKs add to
/// what an application gives them.
fn is_kept(expected: &Value, stored: &Value) -> bool {
    // An empty list says nothing and is not kept.
    if expected.as_array().is_some_and(Vec::is_empty) && stored.is_null() {
        return true;
    }
    match (expected, stored) {
        (Value::Object(expected), stored) => expected.iter().all(|(name, value)| {
            stored
                .get(name)
                .is_some_and(|stored| is_kept(value, stored))
        }),
        (Value::Array(expected), Value::Array(stored)) => {
            let mut stored = stored.iter();
            expected
                .iter()
                .all(|value| stored.any(|stored| is_kept(value, stored)))
        }
        (Value::Number(expected), stored) => {
            let stored = match stored {
                Value::String(text) => text.parse().ok(),
                other => other.as_f64(),
            };
            // Durations are kept to the microsecond, in floating point.
            stored.is_some_and(|stored: f64| (stored - expected.as_f64().unwrap()).abs() < 0.0015)
        }
        (expected, stored) => expected == stored,
    }
}

/// No string that the client calls personal is in any column of any table.
pub async fn assert_nothing_personal(server: &Server, sender: &str, report: &Value) {
    for table in tables() {
        let rows = server
            .sql(&format!("SELECT * FROM {table} FORMAT JSONEachRow"))
            .await;
        for personal in report["personal"].as_array().unwrap() {
            let personal = personal.as_str().unwrap();
            assert!(
                !rows.contains(personal),
                "{sender} leaked {personal:?} into {table}:\n{rows}"
            );
        }
    }
}
