//! Page views as visitors of a shop cause them: some pages are looked at often and most rarely, a visitor looks at a few.

use std::io::Write;

use fastrand::Rng;

const PAGES: f64 = 2_000.0;
/// Page views of one visitor, on average.
const VIEWS: u64 = 4;

const BROWSERS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
];

/// Appends the whole request of page view `number`. The visitors stand behind a proxy.
pub fn write_request(address: &str, number: u64, out: &mut Vec<u8>) {
    let mut view = Rng::with_seed(number);
    let mut visitor = Rng::with_seed(view.u64(number / 400 * 100..=number / VIEWS));
    let page = (view.f64().powi(4) * PAGES) as u32;
    let (id, network) = (visitor.u64(..), visitor.u16(..));
    let browser = visitor.choice(BROWSERS).unwrap_or_default();
    let language = visitor
        .choice(["de-DE", "de-AT", "en-GB", "fr-FR"])
        .unwrap_or_default();
    let screen = visitor
        .choice(["1920x1080", "390x844", "1366x768", "412x915"])
        .unwrap_or_default();
    let referrer = match view.u8(..10) {
        0..6 => format!(
            "https%3A%2F%2Fshop.example.org%2Fgarden%2Fpage-{}",
            view.u16(..500)
        ),
        6..9 => "https%3A%2F%2Fwww.google.com%2F".to_owned(),
        _ => String::new(),
    };
    let campaign = match view.u8(..20) {
        0 => "%3Fmtm_campaign%3Dspring",
        _ => "",
    };
    write!(
        out,
        "POST /matomo.php?action_name=Garden%20page%20{page}&idsite=1&rec=1&r={:06}&h={}&m=58&s=30\
        &url=https%3A%2F%2Fshop.example.org%2Fgarden%2Fpage-{page}{campaign}&urlref={referrer}&_id={id:016x}&_idn=0\
        &send_image=0&pv_id={:06x}&pf_net={}&pf_srv={}&pf_tfr={}&pf_dm1={}&pf_dm2={}&pf_onl={}&cookie=1&res={screen} HTTP/1.1\r\n\
        Host: {address}\r\nUser-Agent: {browser}\r\nAccept-Language: {language}\r\nOrigin: https://shop.example.org\r\n\
        X-Forwarded-For: 2001:db8:{network:x}::7\r\nContent-Length: 0\r\n\r\n",
        view.u32(..1_000_000), view.u8(..24), view.u32(..0x0100_0000), view.u8(..90), view.u16(..300), view.u8(..50),
        view.u16(..900), view.u16(..900), view.u8(..9)
    )
    .unwrap();
}
