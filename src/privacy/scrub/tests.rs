use super::*;

fn scrubbed(text: &str) -> String {
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let mut findings = Findings::default();
    scrubber.text(text, &mut findings).into_owned()
}

fn kept(text: &str) {
    assert_eq!(scrubbed(text), text);
}

#[test]
fn emails() {
    assert_eq!(
        scrubbed("mail jane.doe@example.com now"),
        "mail [email] now"
    );
    assert_eq!(
        scrubbed("<mailto:jane+x@example.co.uk>."),
        "<mailto:[email]>."
    );
    assert_eq!(scrubbed("/a?e=jane%40example.org&x=1"), "/a?e=[email]&x=1");
    assert_eq!(scrubbed("/a?e=jane%2540example.org"), "/a?e=[email]");
    assert_eq!(scrubbed("jürgen.müller@straße.example"), "[email]");
    assert_eq!(scrubbed("„anna@bücher.example“"), "„[email]“");
    assert_eq!(
        scrubbed(r"mail\u003ajane\u0040example.org"),
        r"mail\u003a[email]"
    );
    assert_eq!(scrubbed("jane&#64;example.org"), "[email]");
    assert_eq!(scrubbed("name='jane@example.org'"), "name='[email]'");
    kept(
        "icon@2x.png core@1.2.3-beta.x @angular/core this@MainActivity.finish() git@github.example:a/b.git",
    );
    kept("malloc@libc.so.6 shop@1.4.2");
}

#[test]
fn addresses() {
    assert_eq!(
        scrubbed("from 203.0.113.77 and 2001:db8::7"),
        "from 203.0.113.0 and 2001:db8::"
    );
    kept("version 1.2.3.4, std::__1::tree, 12:30:45, 127.0.0.1, ::1, 203.0.113.0");
    assert_eq!(scrubbed("dev 00:1a:2b:3c:4d:5e up"), "dev [mac] up");
}

#[test]
fn money() {
    assert_eq!(scrubbed("card 4111 1111 1111 1111 x"), "card [card] x");
    assert_eq!(
        scrubbed("IBAN DE89 3704 0044 0532 0130 00 EUR"),
        "IBAN [iban] EUR"
    );
    assert_eq!(
        scrubbed("x=DE89%203704%200044%200532%200130%2000"),
        "x=[iban]"
    );
    kept("4111111111111112 1795319587804");
}

#[test]
fn secrets() {
    assert_eq!(
        scrubbed("password=hunter2&next=/a"),
        "password=[password]&next=/a"
    );
    assert_eq!(
        scrubbed("Authorization: Bearer abc.def1\nHost: x"),
        "Authorization: [credentials]\nHost: x"
    );
    assert_eq!(
        scrubbed("curl -H 'Cookie: a=b; c=d' x"),
        "curl -H 'Cookie: [cookie]' x"
    );
    assert_eq!(
        scrubbed(r#"{"password": "hun\"ter2", "a": 1}"#),
        r#"{"password": "[password]", "a": 1}"#
    );
    assert_eq!(
        scrubbed(r#"{\"password\":\"hunter2\",\"a\":1}"#),
        r#"{\"password\":\"[password]\",\"a\":1}"#
    );
    assert_eq!(
        scrubbed("postgres://anna:s3cret@db.example/x"),
        "postgres://[credentials]@db.example/x"
    );
    let key = ["sk_", "live_51Habcdefgh"].concat();
    assert_eq!(scrubbed(&format!("key {key} used")), "key [token] used");
    let pem = [
        "-----BEGIN RSA PRIV",
        "ATE KEY-----\nMIIE\n-----END RSA PRIV",
        "ATE KEY-----",
    ]
    .concat();
    assert_eq!(scrubbed(&format!("a {pem} b")), "a [private-key] b");
    let form = pem.replace(' ', "+").replace('\n', "%0A");
    assert_eq!(scrubbed(&format!("k={form}&x=1")), "k=[private-key]&x=1");
    kept("Unexpected token: ';'");
    kept("Auth.java:12 token_type=bearer tokens: 15 password: None");
}

#[test]
fn home_paths() {
    assert_eq!(scrubbed("/home/anna/app.py"), "/home/[user]/app.py");
    assert_eq!(scrubbed(r"C:\Users\nina\x"), r"C:\Users\[user]\x");
}

#[test]
fn events() {
    let text = br#"{"event_id":"0041ab982cb94566912b6befc573088d","user":{"id":"4711","email":"a@example.org"},
        "server_name":"web-7","release":"shop@1.4.2","tags":{"token":"abc","jane@example.org":"x"},
        "request":{"url":"http://h/?email=a@example.org","data":{"a":1},"headers":[["Cookie","a=b"],["Host","h"]]},
        "exception":{"values":[{"type":"E","value":"for a@example.org","stacktrace":{"frames":[{"function":"f",
        "vars":{"x":"y"},"context_line":"password = get()"}]}}]},"_meta":{}}"#;
    let mut scratch = Vec::new();
    let mut value = crate::json::parse(text, &mut scratch).unwrap();
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let mut findings = Findings::default();
    scrubber.event(&mut value, &|id| format!("h{}", id.len()), &mut findings);
    let mut out = Vec::new();
    value.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        concat!(
            r#"{"event_id":"0041ab982cb94566912b6befc573088d","user":{"id":"h4"},"server_name":"[device]","#,
            r#""release":"shop@1.4.2","tags":{"token":"[token]","[email]":"x"},"#,
            r#""request":{"url":"http://h/?email=[email]","headers":[["Host","h"]]},"#,
            r#""exception":{"values":[{"type":"E","value":"for [email]","stacktrace":{"frames":[{"function":"f","#,
            r#""context_line":"password = get()"}]}}]}}"#
        )
    );
    assert_eq!(findings.count(Rule::Email), 3);
    assert!(
        findings
            .iter()
            .any(|f| f.path == "exception.values.0.value" && f.rule == Rule::Email)
    );
}

#[test]
fn page_paths() {
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let path = |p: &str| scrubber.url_path(p, &mut Findings::default()).into_owned();
    assert_eq!(path("/users/4711/edit"), "/users/[id]/edit");
    assert_eq!(path("/u/jane-doe"), "/u/[id]");
    assert_eq!(
        path("/blog/2026/11/a-post-about-7-things"),
        "/blog/2026/11/a-post-about-7-things"
    );
    assert_eq!(path("/x/0041ab982cb94566912b6befc573088d"), "/x/[id]");
    assert_eq!(path("/account/settings"), "/account/settings");
}

#[test]
fn source_code_in_messages_is_left_alone() {
    for line in [
        "pub fn login(user: &str, password: String) -> Option<Token>",
        "let brace_token = braced!(content in input);",
        "pub const AUDIT_USER: u32 = 1005;",
        "self.token = nextchar",
        "def f(self, passwd=None):",
        "#[method(fetchWithPhoneNumber:completionHandler:)]",
        "year, month, day = toks[::2]",
        "cookie: *mut i32,",
        "username: Optional[str]",
        "password = getpass.getpass(prompt='Password: ', stream=None)",
        "# RFC section 7.1.1.1",
        "netmask 255.255.255.224, 0.0.0.5",
        "print(\"raw token=\" + repr(x))",
        "x.alloc_cell(65537 + 8)",
        "timestamp_to_datetime(123123123.0)",
        "auth = url_auth if any(url_auth) else None",
        "hostname=hostname",
    ] {
        kept(line);
    }
}

#[test]
fn wrong_ipv6_neither_loops_nor_is_halved() {
    kept("2a05::018:076c:b685:e8ab:afd3:af51:3aed");
    assert_eq!(scrubbed("ffff:1:2:3:4:5:6:7:"), "ffff:1:2:3:0:0:0:0:");
    assert_eq!(
        scrubbed("2001:db8:1:2:3:4:5:6:8080"),
        "2001:db8:1:2:0:0:0:0:8080"
    );
    assert_eq!(
        scrubbed("2001:db8::5: refused"),
        "2001:db8:0:0:0:0:0:0: refused"
    );
}

fn event_of(text: &str, level: Level) -> (String, Findings) {
    let scrubber = Scrubber::new(&Policy {
        level,
        ..Policy::default()
    })
    .unwrap();
    let mut scratch = Vec::new();
    let mut findings = Findings::default();
    let mut value = crate::json::parse(text.as_bytes(), &mut scratch).unwrap();
    scrubber.event(&mut value, &|_| "0f".to_owned(), &mut findings);
    (serde_json::to_string(&value).unwrap(), findings)
}

#[test]
fn what_identifies_the_person_goes_everywhere_in_the_event() {
    let (clean, _) = event_of(
        r#"{"user":{"username":"jdoe77","name":"Anna Schmidt","email":"erika.m@example.org"},
            "message":"cart of JDOE77 and Schmidt at /u/anna.schmidt?x=anna%20schmidt",
            "extra":{"jdoe77":1,"note":"erika.m was here","b64":"eyJuIjoiamRvZTc3In0xMjM0"},
            "exception":[{"stacktrace":{"frames":[{"function":"schmidt_decomposition","context_line":"f(jdoe77)"}]}}]}"#,
        Level::Strict,
    );
    assert_eq!(
        clean,
        concat!(
            r#"{"user":{"id":"0f"},"message":"cart of [user] and [name] at /u/[name]?x=[name]","#,
            r#""extra":{"[user]":1,"note":"[user] was here","b64":"[user]"},"#,
            r#""exception":[{"stacktrace":{"frames":[{"function":"schmidt_decomposition","context_line":"f([user])"}]}}]}"#
        )
    );
}

#[test]
fn structural_ids_are_never_damaged() {
    let text = concat!(
        r#"{"event_id":"41111111111111114111111111111111","contexts":{"trace":{"trace_id":"00000000000000004111111111111111","#,
        r#""span_id":"4111111111111111"},"os":{"name":"Red Hat Linux","version":"1.2.3.4"}},"release":"shop@1.0.dev3","#,
        r#""timestamp":"2026-11-22T03:40:55.646041Z","debug_meta":{"images":[{"debug_id":"411111111111-1111-1111-1111-111111111111","#,
        r#""image_addr":"0x4111111111111111","code_file":"/usr/lib/libc.so.6"}]},"modules":{"a":"1.2.3.4"},"threads":[{"id":140186792782720}]}"#
    );
    assert_eq!(event_of(text, Level::Strict).0, text);
}

#[test]
fn what_the_strict_policy_drops_the_balanced_one_scrubs() {
    let text = concat!(
        r#"{"exception":[{"stacktrace":{"frames":[{"vars":{"a":"x@example.org"}}]}}],"request":{"cookies":{"a":"b"},"#,
        r#""data":"q=1","headers":{"X-Own":"v","Host":"h"},"env":{"REMOTE_ADDR":"203.0.113.9","PWD":"/x"}}}"#
    );
    let (strict, findings) = event_of(text, Level::Strict);
    assert_eq!(
        strict,
        r#"{"exception":[{"stacktrace":{"frames":[{}]}}],"request":{"headers":{"Host":"h"},"env":{"REMOTE_ADDR":"203.0.113.0"}}}"#
    );
    assert_eq!(findings.count(Rule::Dropped), 5);
    let (balanced, _) = event_of(text, Level::Balanced);
    assert!(balanced.contains(r#""vars":{"a":"[email]"}"#));
    assert!(balanced.contains(r#""cookies":"[cookie]""#));
    assert!(balanced.contains(r#""X-Own":"v""#));
}

#[test]
fn text_encoded_too_often_or_too_long_is_not_kept() {
    let deep = (0..8).fold("a@b.example".to_owned(), |text, _| {
        text.replace('%', "%25").replace('@', "%40")
    });
    assert_eq!(scrubbed(&deep), "[removed]");
    assert_eq!(scrubbed(&"x".repeat(TEXT_BYTES_MAX + 1)), "[removed]");
}

#[test]
fn engine_patterns_do_not_match_what_we_leave() {
    let ours: Vec<String> = Rule::ALL
        .iter()
        .map(|rule| format!("a {} b", rule.placeholder()))
        .collect();
    let masked = [
        "203.0.113.0",
        "from 10.0.0.0:80",
        "2001:db8:a1b2:c3d4::",
        "127.0.0.1",
        "::1",
    ];
    for rule in Rule::ALL {
        let Some(pattern) = rule.engine_pattern() else {
            continue;
        };
        let regex = regex::Regex::new(pattern).unwrap();
        for text in ours.iter().map(String::as_str).chain(masked) {
            assert!(!regex.is_match(text), "{} matches {text}", rule.name());
        }
    }
    let finds = |rule: Rule, text: &str| {
        regex::Regex::new(rule.engine_pattern().unwrap())
            .unwrap()
            .is_match(text)
    };
    assert!(finds(Rule::Email, "x jane@example.org y") && finds(Rule::Email, "jane%40example.org"));
    assert!(finds(Rule::Ipv4, "from 203.0.113.7 x") && finds(Rule::Ipv6, "2001:db8:1:2:3:4:5:6"));
    assert!(
        finds(Rule::Card, "4111 1111 1111 1111")
            && finds(Rule::Iban, "DE89 3704 0044 0532 0130 00")
    );
    assert!(finds(Rule::Mac, "00:1a:2b:3c:4d:5e") && finds(Rule::Phone, "+49 30 901820"));
    assert!(finds(Rule::Credentials, "http://a:b@h/") && finds(Rule::User, "/home/anna.schmidt/x"));
}

#[test]
fn secrets_written_into_source_code() {
    let line = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        let event = format!(r#"{{"stacktrace":{{"frames":[{{"context_line":{text}}}]}}}}"#);
        let (clean, _) = event_of(&event, Level::Strict);
        clean[r#"{"stacktrace":{"frames":[{"context_line":""#.len()..clean.len() - 5].to_owned()
    };
    for (text, clean) in [
        (
            "export DB_PASSWORD=Tr0ub4dor&3",
            "export DB_PASSWORD=[password]",
        ),
        ("  token: 8a7f3c2b91", "  token: [token]"),
        (
            "mysql -u root --password=s3cr3t!x db",
            "mysql -u root --password=[password] db",
        ),
    ] {
        assert_eq!(line(text), clean);
    }
    for text in [
        "password = get_password(user2)",
        "self.token = nextchar2",
        "passwd=None, secret=key1)",
        "let token = tokens[i + 1];",
        "current_password = \"Current password\";",
        "user = \"Affected visitor\"",
        "EmailTaken = \"email_taken\",",
        "fetch(url, { credentials: 'omit' })",
        "format!(\"{scheme}://{key}@{host}/{project}\")",
        "const PIN: u8 = 17;",
    ] {
        assert_eq!(line(text), text.replace('"', "\\\""));
    }
}

#[test]
fn names_of_machines_before_a_number_do_not_hide_it() {
    for (text, clean) in [
        ("host2 203.0.113.7 down", "host2 203.0.113.0 down"),
        ("node-a1 203.0.113.7", "node-a1 203.0.113.0"),
        (
            "v2-203.0.113.7 b1:203.0.113.9",
            "v2-203.0.113.0 b1:203.0.113.0",
        ),
        ("AB12 4111 1111 1111 1111", "AB12 [card]"),
        ("worker7 86095742719", "worker7 [national-id]"),
        ("x1 00:1a:2b:3c:4d:5e", "x1 [mac]"),
        ("h2 756.9217.0769.85", "h2 [national-id]"),
    ] {
        assert_eq!(scrubbed(text), clean);
    }
}

#[test]
fn placeholders_are_neither_keys_nor_parts_of_values() {
    for text in [
        "[email]: login [password]: x1y2z3",
        "phone=[phone]&p=2",
        "DOB: [birth-date]/x=1",
        "\"phone\": \"[phone]\", \"name\": \"[name]\"",
        "first_name: [Filtered] password=[REDACTED]",
        "phone: ([phone] x",
    ] {
        kept(text);
    }
    assert_eq!(scrubbed("phone: (+49) 30 901820"), "phone: [phone]");
}

#[test]
fn every_number_of_a_row_is_looked_at() {
    let row = "4111 1111 1111 1111 203.0.113.5 4111111111111111";
    assert_eq!(scrubbed(row), "[card] 203.0.113.0 [card]");
    for (row, clean) in [
        (
            "DE89 3704 0044 0532 0130 00 4111 1111 1111 1111 x",
            "[iban] [card] x",
        ),
        (
            "756.9217.0769.85 756.9217.0769.85 2",
            "[national-id] [national-id] 2",
        ),
        ("86095742719 3 tries", "[national-id] 3 tries"),
        (
            "2001:db8::1 203.0.113.5 00:1a:2b:3c:4d:5e",
            "2001:db8:: 203.0.113.0 [mac]",
        ),
        (
            "user=DE89 3704 0044 0532 0130 00 failed",
            "user=[iban] failed",
        ),
        ("password=4111 1111 1111 1111, x", "password=[card], x"),
        (
            "the secret is DE89 3704 0044 0532 0130 00.",
            "the secret is [iban].",
        ),
    ] {
        assert_eq!(scrubbed(row), clean);
    }
    let row = "2026-11-22 03:40:55 203.0.113.5-203.0.113.9";
    assert_eq!(scrubbed(row), "2026-11-22 03:40:55 203.0.113.0-203.0.113.0");
}

#[test]
fn scrubbed_keys_and_paths_are_read_anew() {
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let text = r#"{"IBAN d0c::c":"A"}"#;
    let mut tree: Value<'_> = serde_json::from_str(text).unwrap();
    scrubber.json(&mut tree, &mut Findings::default());
    let clean = serde_json::to_string(&tree).unwrap();
    assert_eq!(clean, r#"{"IBAN d0c::":"[iban]"}"#);
    let path = scrubber.url_path("A&#64;a.aa=/aA000000", &mut Findings::default());
    assert_eq!(path, "[email]=/[id]");
}

#[test]
fn words_around_a_value_that_announce_it() {
    for (text, clean) in [
        ("Hi Anna, your cart", "Hi [name], your cart"),
        ("created by Anna Schmidt", "created by [name]"),
        ("api key: 8a7f3c2b91", "api key: [token]"),
        ("user name: anna7", "user name: [user]"),
        ("IDENTIFIED BY 'hunter two'", "IDENTIFIED BY '[password]'"),
        (
            "with password 'hunter2!' and",
            "with password '[password]' and",
        ),
        ("--cookie 'a=b; c=d' x", "--cookie '[cookie]' x"),
        ("Geb.-Datum: 12.03.1985", "Geb.-Datum: [birth-date]"),
        ("POINT(113.535545 22.636217)", "POINT(113.5 22.6)"),
        ("text=6011-0000-0000-0004", "text=[card]"),
        (
            "Version: 9\nfrom 203.0.113.7",
            "Version: 9\nfrom 203.0.113.0",
        ),
    ] {
        assert_eq!(scrubbed(text), clean);
    }
    for text in [
        "Hello World!",
        "Hi there, hello Team!",
        "Unexpected token '<!DOCTYPE' in JSON",
        "created by Visual Studio",
        "This iPhone, Apps iPhone",
        "version 1.2.3.4",
    ] {
        kept(text);
    }
}

#[test]
fn what_is_put_in_a_place_completes_nothing() {
    let label = ["PRIV", "ATE KEY-----"].concat();
    let text = format!("-----BEGIN PRI (u0ser=---BEG NI{label} jane%2540example.org");
    let clean = format!("-----BEGIN PRI (u0ser=[user] NI{label} [email]");
    assert_eq!(scrubbed(&text), clean);
    kept(&clean);
}

#[test]
fn beside_a_typed_value_everything_is_looked_at() {
    let scrubber = Scrubber::new(&Policy::default()).unwrap();
    let text =
        r#"{"token":{"value":"s3cr3t","type":"a@example.org","a@example.org":"b@example.org"}}"#;
    let mut tree: Value<'_> = serde_json::from_str(text).unwrap();
    scrubber.json(&mut tree, &mut Findings::default());
    let mut out = Vec::new();
    tree.write(&mut out);
    assert_eq!(
        String::from_utf8_lossy(&out),
        r#"{"token":{"value":"[token]","type":"[email]","[email]":"[email]"}}"#
    );
}
