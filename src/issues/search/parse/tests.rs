use super::super::{Comparison, Period};
use super::*;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_374_000)
}

fn terms(query: &str) -> Vec<Term> {
    parse(query, now()).unwrap().terms
}

fn only(query: &str) -> Condition {
    let mut terms = terms(query);
    assert_eq!(terms.len(), 1, "{query}");
    assert!(!terms[0].negated);
    terms.remove(0).condition
}

fn tag(name: &str) -> Subject {
    Subject::Tag(name.to_owned())
}

fn exact(values: &[&str]) -> Vec<Pattern> {
    values
        .iter()
        .map(|value| Pattern::Exact((*value).to_owned()))
        .collect()
}

#[test]
fn a_query_as_people_write_it() {
    let query = r#" is:unresolved release:1.2  browser:Firefox !level:error "no cart" "#;
    let found = terms(query);
    assert_eq!(found.len(), 5);
    assert_eq!(found[0].condition, Condition::Is(Is::Unresolved));
    let release = Condition::Matches(Subject::Field(Field::Release), exact(&["1.2"]));
    assert_eq!(found[1].condition, release);
    assert!(found[3].negated && !found[4].negated);
    assert_eq!(
        found[4].condition,
        Condition::Text(Pattern::within("no cart"))
    );
}

#[test]
fn values_are_bare_quoted_or_a_list() {
    let values = |query| match only(query) {
        Condition::Matches(_, patterns) => patterns,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        values("release:[1.2, 1.3 ,\"a,]b\"]"),
        exact(&["1.2", "1.3", "a,]b"])
    );
    assert_eq!(
        values(r#"transaction:"GET \"/a b\" \d""#),
        exact(&[r#"GET "/a b" \d"#])
    );
    assert_eq!(
        values("release:shop@1.*"),
        [Pattern::Like("shop@1.%".to_owned())]
    );
    assert_eq!(
        values("page:https://example.org/a:b"),
        exact(&["https://example.org/a:b"])
    );
}

#[test]
fn any_other_key_is_a_tag() {
    for (query, name) in [
        ("customer:c1", "customer"),
        ("tag.customer:c1", "customer"),
        ("tags[browser]:c1", "browser"),
        ("shop.region:c1", "shop.region"),
        ("tag.url:c1", "url"),
        (r#""tag.shop: \"a\"":"c1""#, r#"shop: "a""#),
    ] {
        assert_eq!(
            only(query),
            Condition::Matches(tag(name), exact(&["c1"])),
            "{query}"
        );
    }
    assert_eq!(only("has:customer"), Condition::Has(tag("customer")));
    assert_eq!(
        only("has:release"),
        Condition::Has(Subject::Field(Field::Release))
    );
}

#[test]
fn what_is_in_quotes_is_a_text_or_a_name_but_no_comparison() {
    for query in [r#""a b""#, r#""a b": "#] {
        let text = Condition::Text(Pattern::within("a b"));
        assert_eq!(terms(query)[0].condition, text, "{query}");
    }
    let transaction = Subject::Field(Field::Transaction);
    assert_eq!(
        only(r#"transaction:"<anonymous>""#),
        Condition::Matches(transaction, exact(&["<anonymous>"]))
    );
}

#[test]
fn an_id_may_have_dashes() {
    assert_eq!(
        only("event:0a1b2c3d-0011-2233-4455-66778899aabb"),
        only("id:0a1b2c3d00112233445566778899aabb")
    );
}

#[test]
fn synonyms_of_other_trackers() {
    assert_eq!(only("is:archived"), Condition::Is(Is::Ignored));
    assert_eq!(only("os.name:Linux"), only("system:Linux"));
    assert_eq!(
        only("timesSeen:>10"),
        Condition::Count(Comparison::Greater, 10)
    );
    assert_eq!(
        only("firstRelease:1.2"),
        Condition::FirstRelease(exact(&["1.2"]))
    );
    let Condition::Seen(Seen::First, Period { from, until: None }) = only("age:-24h") else {
        panic!()
    };
    assert_eq!(
        from,
        Some(Timestamp::from_seconds(now().seconds() - 86_400))
    );
}

#[test]
fn what_looks_like_a_message_is_text() {
    for query in ["https://example.org/a", "TypeError:", "title:", "render(x)"] {
        assert_eq!(
            only(query),
            Condition::Text(Pattern::within(query)),
            "{query}"
        );
    }
    assert_eq!(terms("TypeError: x is undefined").len(), 4);
    assert!(parse("", now()).unwrap().terms.is_empty());
}

#[test]
fn problems_have_a_name_and_a_place() {
    use ProblemKind::*;
    for (query, kind, position, length) in [
        ("is:solved", StateUnknown, 0, 9),
        ("a \"b c", QuoteOpen, 2, 4),
        ("ü release:[1,2", ListOpen, 2, 12),
        ("release:[]", ListEmpty, 0, 10),
        ("release:[1,]", ValueMissing, 0, 11),
        ("x release: y", ValueMissing, 2, 8),
        ("is:", ValueMissing, 0, 3),
        ("times_seen:many", NumberInvalid, 0, 15),
        ("firstSeen:soon", TimeInvalid, 0, 14),
        ("lastSeen:[-1h,-2h]", ComparisonUnsupported, 0, 18),
        ("level:>error", ComparisonUnsupported, 0, 12),
        ("a OR b", OperatorUnsupported, 2, 2),
        ("a url:/cart", KeyUnsupported, 2, 9),
        ("has:user.id", KeyUnsupported, 0, 11),
        ("(a", OperatorUnsupported, 0, 2),
        ("!", ValueMissing, 0, 1),
        ("\"\"", ValueMissing, 0, 2),
    ] {
        let problem = Problem {
            kind,
            position,
            length,
        };
        assert_eq!(parse(query, now()), Err(problem), "{query}");
    }
    assert_eq!(parse(&"a".repeat(2_000), now()).unwrap_err().kind, TooLong);
    assert_eq!(
        parse(&"a ".repeat(100), now()).unwrap_err().kind,
        TooManyTerms
    );
}

proptest::proptest! {
    #[test]
    fn no_query_breaks_the_parser(query in r#"[a-z"\\:\[\],!*<>ü -]{0,40}"#) {
        if let Err(problem) = parse(&query, now()) {
            let characters = query.chars().count();
            proptest::prop_assert!(problem.position + problem.length <= characters);
        }
    }
}
