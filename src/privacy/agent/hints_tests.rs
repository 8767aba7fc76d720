use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::intake::headers::{Header, Headers};
use crate::privacy::lists::fetched;

fn agents() -> UserAgents {
    UserAgents::new(&fetched("uap-core")).unwrap()
}

const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";
const TABLET: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";
const TV: &str = "Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.5481.153 Safari/537.36";

fn shown(agent: &Agent) -> String {
    let Agent {
        browser,
        browser_major,
        engine,
        system,
        system_version,
        device,
        model,
        bot: _,
    } = agent;
    format!("{browser} {browser_major} {engine} | {system} {system_version} | {device} {model}")
}

/// User agent and `uadata`; what is kept.
#[rustfmt::skip]
const DATA: &[(&str, &str, &str)] = &[
    (WINDOWS, "{}", "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, "", "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, "no json", "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, "[1]", "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"brands":7,"fullVersionList":{"brand":1},"model":[],"platform":null,"mobile":"no","formFactors":7}"#,
        "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"platform":"Windows","platformVersion":"15.0.0"}"#, "Chrome 141 Blink | Windows 11 | desktop "),
    (WINDOWS, r#"{"platform":"Windows","platformVersion":"13.0.0"}"#, "Chrome 141 Blink | Windows 11 | desktop "),
    (WINDOWS, r#"{"platform":"Windows","platformVersion":"10.0.0"}"#, "Chrome 141 Blink | Windows 10 | desktop "),
    (WINDOWS, r#"{"platform":"Windows","platformVersion":"0.3.0"}"#, "Chrome 141 Blink | Windows 8.1 | desktop "),
    (WINDOWS, r#"{"platform":"Windows","platformVersion":""}"#, "Chrome 141 Blink | Windows 10/11 | desktop "),
    (MAC, r#"{"platform":"macOS","platformVersion":"15.6.1"}"#, "Chrome 141 Blink | macOS 15 | desktop "),
    (MAC, r#"{"platform":"macOS","platformVersion":"10.15.7"}"#, "Chrome 141 Blink | macOS 10.15 | desktop "),
    (LINUX, r#"{"platform":"Linux","platformVersion":"6.8.0"}"#, "Chrome 141 Blink | Linux  | desktop "),
    (LINUX, r#"{"formFactors":["Desktop"],"fullVersionList":[{"brand":"Not:A-Brand","version":"8.0.0.0"},{"brand":"Chromium","version":"156.0.8078.79"}],"mobile":false,"model":"","platform":"Linux","platformVersion":""}"#,
        "Chrome 141 Blink | Linux  | desktop "),
    (PHONE, r#"{"model":"Pixel 9","platform":"Android","platformVersion":"16.0.0","mobile":true}"#,
        "Chrome Mobile 141 Blink | Android 16 | smartphone Pixel 9"),
    (PHONE, r#"{"model":"K","platform":"Android","platformVersion":"","mobile":true}"#, "Chrome Mobile 141 Blink | Android  | smartphone "),
    (TABLET, r#"{"model":"SM-X710","platform":"Android","platformVersion":"15.0.0","mobile":false,"formFactors":["Tablet"]}"#,
        "Chrome 141 Blink | Android 15 | tablet SM-X710"),
    (LINUX, r#"{"model":"Quest 3","platform":"Android","platformVersion":"14.0.0","mobile":false,"formFactors":["XR"]}"#,
        "Chrome 141 Blink | Android 14 | xr Quest 3"),
    (PHONE, r#"{"formFactors":["Automotive"],"mobile":true}"#, "Chrome Mobile 141 Blink | Android  | car "),
    (PHONE, r#"{"formFactors":["Unheard-of","Watch"]}"#, "Chrome Mobile 141 Blink | Android  | wearable "),
    (TV, r#"{"formFactors":["Desktop"],"mobile":false}"#, "Chrome 110 Blink | Android 11 | tv BRAVIA 4K VH2"),
    (WINDOWS, r#"{"brands":[{"brand":"Not?A_Brand","version":"99"},{"brand":"Brave","version":"141"},{"brand":"Chromium","version":"141"}]}"#,
        "Brave 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"fullVersionList":[{"brand":"Chromium","version":"140.0.1"},{"brand":"Microsoft Edge","version":"140.0.2"}],"brands":[{"brand":"Brave","version":"1"}]}"#,
        "Edge 140 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"brands":[{"brand":"Opera GX","version":"121"},{"brand":"Chromium","version":"137"}]}"#, "Opera 121 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"brands":[{"brand":"Chromium","version":"138"},{"brand":"YaBrowser","version":"25.8"},{"brand":"Yowser","version":"2.5"}]}"#,
        "Yandex Browser 25 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"brands":[{"brand":"Vivaldi","version":"7.6"},{"brand":"Chromium","version":"140"}]}"#, "Vivaldi 7 Blink | Windows 10/11 | desktop "),
    (PHONE, r#"{"brands":[{"brand":"Samsung Internet","version":"28.0"},{"brand":"Chromium","version":"130"}]}"#,
        "Samsung Internet 28 Blink | Android  | smartphone "),
    (WINDOWS, r#"{"brands":[{"brand":"HeadlessChrome","version":"141"}]}"#, "HeadlessChrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, r#"{"brands":[{"brand":"jane@example.org","version":"1"}],"platform":"jane@example.org"}"#, "Chrome 141 Blink | Windows 10/11 | desktop "),
    // What sends no hints does not become something else by them.
    (FIREFOX, r#"{"brands":[{"brand":"Brave","version":"141"}],"platform":"Linux","mobile":true}"#, "Firefox 143 Gecko | Windows 10/11 | desktop "),
    (IPHONE, r#"{"platform":"Linux","platformVersion":"17_5","formFactors":["Desktop"]}"#, "Mobile Safari 26 WebKit | iOS 26 | smartphone iPhone"),
    // Without a user agent hints are all there is.
    ("", r#"{"fullVersionList":[{"brand":"Google Chrome","version":"141.0.1"}],"platform":"Windows","platformVersion":"19.0.0","mobile":false}"#,
        "Chrome 141 Blink | Windows 11 | desktop "),
    ("", r#"{"platform":"iOS","platformVersion":"17_5","mobile":true}"#, " 0  | iOS 17 | smartphone "),
];

#[test]
fn hints_of_the_tracker() {
    let agents = agents();
    for (text, data, expected) in DATA {
        let agent = agents.agent(text);
        assert_eq!(
            shown(&agent.with_hints(&Hints::from_json(data))),
            *expected,
            "{text} {data}"
        );
    }
}

type HeaderLine = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// User agent and headers; what is kept.
#[rustfmt::skip]
const HEADERS: &[HeaderLine] = &[
    (WINDOWS, &[], "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua", r#""Chromium";v="141", "Not?A_Brand";v="8", "Google Chrome";v="141""#), ("sec-ch-ua-mobile", "?0"), ("sec-ch-ua-platform", r#""Windows""#)],
        "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua", r#""Brave";v="141", "Not(A:Brand";v="24", "Chromium";v="141""#)], "Brave 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua", r#""(Not\"A;Brand,v=";v="99";x, "Microsoft Edge";a;v="140""#)], "Edge 140 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua-full-version-list", r#""Vivaldi";v="7.6.3797.58""#), ("sec-ch-ua", r#""Brave";v="1""#)], "Vivaldi 7 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua-platform", r#""Windows""#), ("sec-ch-ua-platform-version", r#""15.0.0""#)], "Chrome 141 Blink | Windows 11 | desktop "),
    (MAC, &[("sec-ch-ua-platform", r#""macOS""#), ("sec-ch-ua-platform-version", r#""26.0.1""#)], "Chrome 141 Blink | macOS 26 | desktop "),
    (PHONE, &[("sec-ch-ua-platform", r#""Android""#), ("sec-ch-ua-platform-version", r#""14.0.0""#), ("sec-ch-ua-model", r#""SM-S918B""#), ("sec-ch-ua-mobile", "?1")],
        "Chrome Mobile 141 Blink | Android 14 | smartphone SM-S918B"),
    (TABLET, &[("sec-ch-ua-form-factors", r#""Tablet""#)], "Chrome 141 Blink | Android  | tablet "),
    (LINUX, &[("sec-ch-ua-form-factors", r#""Desktop", "XR""#)], "Chrome 141 Blink | Linux  | desktop "),
    (LINUX, &[("sec-ch-ua-platform", r#""Chrome OS""#), ("sec-ch-ua-platform-version", r#""16002.44.0""#)], "Chrome 141 Blink | ChromeOS  | desktop "),
    (WINDOWS, &[("sec-ch-ua", r#""Brave"#), ("sec-ch-ua-mobile", "yes"), ("sec-ch-ua-platform", "Linux"), ("sec-ch-ua-model", r#"\""#)],
        "Chrome 141 Blink | Windows 10/11 | desktop "),
    (WINDOWS, &[("sec-ch-ua", ",,;=\\"), ("sec-ch-ua-form-factors", r#""""#)], "Chrome 141 Blink | Windows 10/11 | desktop "),
];

fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let value = HeaderValue::from_static;
    let pairs = headers.iter();
    pairs
        .map(|(name, text)| (HeaderName::from_static(name), value(text)))
        .collect()
}

#[test]
fn hints_of_the_headers() {
    let agents = agents();
    for (text, headers, expected) in HEADERS {
        let all = map(headers);
        let told = Headers::of(&all);
        let header = |header| told.text(header);
        let agent = agents.agent(text);
        assert_eq!(
            shown(&agent.with_hints(&Hints::from_headers(header))),
            *expected,
            "{text} {headers:?}"
        );
    }
}

#[test]
fn headers_complete_the_tracker() {
    let headers = || {
        Hints::from_headers(|header| match header {
            Header::HintPlatform => r#""Windows""#,
            Header::HintPlatformVersion => r#""15.0.0""#,
            Header::HintModel => r#""Slate""#,
            _ => "",
        })
    };
    let agent = agents().agent(WINDOWS);
    let shown = |hints: Hints| shown(&agent.with_hints(&hints));
    let both = Hints::from_json(r#"{"brands":[{"brand":"Brave","version":"141"}]}"#).or(headers());
    assert_eq!(shown(both), "Brave 141 Blink | Windows 11 | desktop Slate");
    let same_system = Hints::from_json(r#"{"platform":"Windows"}"#).or(headers());
    assert_eq!(
        shown(same_system),
        "Chrome 141 Blink | Windows 11 | desktop Slate"
    );
    let other_system = Hints::from_json(r#"{"platform":"macOS"}"#).or(headers());
    assert_eq!(
        shown(other_system),
        "Chrome 141 Blink | macOS  | desktop Slate"
    );
}

#[test]
fn nothing_is_copied_without_hints() {
    let agent = agents().agent(WINDOWS);
    assert!(matches!(
        agent.with_hints(&Hints::default()),
        Cow::Borrowed(_)
    ));
    let same = Hints::from_json(r#"{"platform":"Windows","mobile":false}"#);
    assert!(matches!(agent.with_hints(&same), Cow::Borrowed(_)));
}
