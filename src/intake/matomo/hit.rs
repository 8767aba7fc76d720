//! One tracking request of a Matomo client, as its parameters.
//! <https://developer.matomo.org/api-reference/tracking-api>

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use crate::intake::form::{self, Written, decode};
use crate::json::Value;
use crate::limits::{HIT_DIMENSIONS_MAX, HIT_PARAMETERS_MAX, HIT_VALUE_BYTES_MAX};
use crate::outcome::Reason;
use crate::registry::{ProjectId, TokenHash};

/// Declares the parameters that are understood.
macro_rules! parameters {
    ($($variant:ident = $name:literal,)*) => {
        /// A parameter that is understood. Others are dropped unread.
        #[derive(Clone, Copy)]
        pub enum Param { $($variant,)* }

        impl Param {
            const COUNT: usize = [$(Param::$variant,)*].len();

            fn named(name: &[u8]) -> Option<Self> {
                named!(name, $($variant = $name,)*)
            }
        }
    };
}

// Places of values are counted in a byte.
const _: () = assert!(Param::COUNT < u8::MAX as usize);

parameters! {
    Project = "idsite",
    Record = "rec",
    Url = "url",
    Referrer = "urlref",
    ActionName = "action_name",
    VisitorId = "_id",
    ForcedVisitorId = "cid",
    UserId = "uid",
    UserAgent = "ua",
    ClientHints = "uadata",
    Language = "lang",
    Resolution = "res",
    PageviewId = "pv_id",
    Ping = "ping",
    SendImage = "send_image",
    Bots = "bots",
    InstallCheck = "tracker_install_check",
    Consent = "consent",
    // When
    Hour = "h",
    Time = "cdt",
    TimeOffset = "cdo",
    // How long the page took, in milliseconds
    TimingNetwork = "pf_net",
    TimingServer = "pf_srv",
    TimingTransfer = "pf_tfr",
    TimingDomProcessing = "pf_dm1",
    TimingDomCompletion = "pf_dm2",
    TimingOnLoad = "pf_onl",
    // What follows only some hits have: see `Hit::is_plain`
    NewVisit = "new_visit",
    CustomAction = "ca",
    // Events, links, searches, content
    EventCategory = "e_c",
    EventAction = "e_a",
    EventName = "e_n",
    EventValue = "e_v",
    Link = "link",
    Download = "download",
    Search = "search",
    SearchCategory = "search_cat",
    SearchCount = "search_count",
    ContentName = "c_n",
    ContentPiece = "c_p",
    ContentTarget = "c_t",
    ContentInteraction = "c_i",
    // Variables; `dimension1` to `dimension999` stand in `Hit::dimensions`
    PageVariables = "cvar",
    EventVariables = "e_cvar",
    VisitVariables = "_cvar",
    // Goals and shops
    Goal = "idgoal",
    Revenue = "revenue",
    OrderId = "ec_id",
    OrderSubtotal = "ec_st",
    OrderTax = "ec_tx",
    OrderShipping = "ec_sh",
    OrderDiscount = "ec_dt",
    OrderItems = "ec_items",
    ProductSku = "_pks",
    ProductName = "_pkn",
    ProductCategory = "_pkc",
    ProductPrice = "_pkp",
    // Errors of scripts
    CrashMessage = "cra",
    CrashType = "cra_tp",
    CrashCategory = "cra_ct",
    CrashStack = "cra_st",
    CrashSource = "cra_ru",
    CrashLine = "cra_rl",
    CrashColumn = "cra_rc",
    // Plugins whose data is not kept
    Media = "ma_id",
    Heatmap = "hsr_vid",
    Form = "fa_vid",
    // What only a token may set
    Token = "token_auth",
    Address = "cip",
    Country = "country",
    Region = "region",
    City = "city",
    Latitude = "lat",
    Longitude = "long",
}

/// Begins the names of custom dimensions.
const DIMENSION: &str = "dimension";
/// More than a tracker sends with a page view of the parameters that are understood: about 1 KiB, since the allocator takes a
/// short way for sizes that are a power of two.
const VALUES_EXPECTED: usize = 1024 / size_of::<Sent<'_>>();
/// So many digits fit into a number in any case.
const DIGITS_FEW_MAX: usize = 18;

/// The parameters of one request. The last value of a name counts, and the query string's before the body's.
pub struct Hit<'a> {
    values: Vec<Sent<'a>>,
    /// Where the value of each parameter stands, counted from one; zero if it was not sent.
    places: [u8; Param::COUNT],
    dimensions: Vec<(u16, Cow<'a, str>)>,
    count: usize,
    is_plain: bool,
}

/// A value. What is made of the long ones is remembered, so that they are only decoded when that is new.
enum Sent<'a> {
    Plain(Cow<'a, str>),
    Escaped {
        text: &'a str,
        plain: OnceLock<Box<str>>,
    },
}

impl<'a> Sent<'a> {
    const fn new(Written { text, is_escaped }: Written<'a>) -> Self {
        match is_escaped {
            false => Self::Plain(Cow::Borrowed(text)),
            true => Self::Escaped {
                text,
                plain: OnceLock::new(),
            },
        }
    }

    fn plain(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Escaped { text, plain } => plain.get_or_init(|| decode(text).into()),
        }
    }

    const fn written(&self) -> Written<'_> {
        let (text, is_escaped) = match self {
            Self::Plain(Cow::Borrowed(text)) => (*text, false),
            Self::Plain(Cow::Owned(text)) => (text.as_str(), false),
            Self::Escaped { text, .. } => (*text, true),
        };
        Written { text, is_escaped }
    }
}

impl<'a> Hit<'a> {
    /// Reads a query string and a form-encoded body.
    pub fn read(query: &'a str, body: &'a str) -> Self {
        let mut hit = Self::empty();
        hit.merge(body);
        hit.merge(query);
        hit
    }

    /// Reads a request of a bulk body: a JSON object of parameters.
    pub fn from_object(members: &[(Cow<'_, str>, Value<'_>)]) -> Hit<'static> {
        let mut hit = Hit::empty();
        for (name, value) in members.iter().take(HIT_PARAMETERS_MAX) {
            let text = match value {
                Value::String(text) => text.clone().into_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => u8::from(*flag).to_string(),
                _ => continue,
            };
            hit.count += 1;
            hit.set(name, || Cow::Owned(text));
        }
        hit
    }

    /// Cuts the connection to the text it was read from.
    pub fn into_owned(self) -> Hit<'static> {
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let values = self.values.iter().map(Sent::plain);
        let dimensions = self.dimensions.iter();
        Hit {
            values: values.map(|text| Sent::Plain(owned(text))).collect(),
            places: self.places,
            dimensions: dimensions
                .map(|(number, value)| (*number, owned(value)))
                .collect(),
            count: self.count,
            is_plain: self.is_plain,
        }
    }

    fn empty() -> Self {
        Self {
            values: Vec::with_capacity(VALUES_EXPECTED),
            places: [0; Param::COUNT],
            dimensions: Vec::new(),
            count: 0,
            is_plain: true,
        }
    }

    fn merge(&mut self, form: &'a str) {
        let mut left = HIT_PARAMETERS_MAX;
        let _ = form::each_pair(form, |pair| {
            left -= 1;
            match Param::named(pair.name_bytes()) {
                Some(param) => self.put(param, Sent::new(pair.value())),
                None if pair.has_escapes()
                    || pair.name_bytes().starts_with(DIMENSION.as_bytes()) =>
                {
                    self.decode_and_set(pair.name(), pair.value());
                }
                None => {}
            }
            match left {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        self.count += HIT_PARAMETERS_MAX - left;
    }

    /// Out of the way of all the others.
    #[cold]
    fn decode_and_set(&mut self, name: &str, value: Written<'a>) {
        self.set(&decode(name), || value.plain_text());
    }

    /// Some of what trackers send is not kept: its value is not even looked at.
    fn set(&mut self, name: &str, value: impl FnOnce() -> Cow<'a, str>) {
        if let Some(param) = Param::named(name.as_bytes()) {
            self.put(param, Sent::Plain(value()));
        } else if let Some(number) = name.strip_prefix(DIMENSION) {
            let number = number.parse().ok().filter(|n| (1..=999).contains(n));
            if let Some(number) = number
                && self.dimensions.len() < HIT_DIMENSIONS_MAX
            {
                self.dimensions.retain(|(known, _)| *known != number);
                self.dimensions.push((number, value()));
                self.is_plain = false;
            }
        }
    }

    #[inline(always)]
    fn put(&mut self, param: Param, value: Sent<'a>) {
        self.is_plain &= (param as usize) < Param::NewVisit as usize;
        let place = &mut self.places[param as usize];
        match usize::from(*place).checked_sub(1) {
            Some(known) => self.values[known] = value,
            None => {
                self.values.push(value);
                *place = self.values.len() as u8;
            }
        }
    }

    #[inline]
    fn sent(&self, param: Param) -> Option<&Sent<'a>> {
        let place = usize::from(self.places[param as usize]).checked_sub(1)?;
        self.values.get(place)
    }

    /// Whether there was no parameter at all, known or not.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it states nothing but what every page view may state.
    pub const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The value of a parameter that was sent.
    #[inline]
    pub fn get(&self, param: Param) -> Option<&str> {
        self.sent(param).map(Sent::plain)
    }

    /// Whether a parameter was sent, blank or not.
    pub const fn has_sent(&self, param: Param) -> bool {
        self.places[param as usize] > 0
    }

    /// The value of a parameter as it was written, for those who need not read it if they saw it before; empty if it was not sent.
    pub fn written(&self, param: Param) -> Written<'_> {
        self.sent(param).map_or(Written::plain(""), Sent::written)
    }

    /// The value of a parameter, trimmed; empty if it was not sent. What is longer than [`HIT_VALUE_BYTES_MAX`] ends with its
    /// last whole word.
    pub fn text(&self, param: Param) -> &str {
        // Most of what is asked for was not sent.
        let Some(text) = self.get(param).map(trimmed) else {
            return "";
        };
        if text.len() <= HIT_VALUE_BYTES_MAX {
            return text;
        }
        let head = &text[..text.floor_char_boundary(HIT_VALUE_BYTES_MAX)];
        let end =
            head.rfind(|c: char| c.is_whitespace() || matches!(c, '&' | '?' | '/' | ',' | ';'));
        &head[..end.unwrap_or(0)]
    }

    /// The project that the hit is for.
    ///
    /// # Errors
    /// [`Reason::ProjectMissing`] if it names none.
    pub fn project(&self) -> Result<ProjectId, Reason> {
        let id = self
            .integer(Param::Project)
            .and_then(|id| u32::try_from(id).ok());
        match id {
            Some(id) if id > 0 => Ok(ProjectId::new(id)),
            _ => Err(Reason::ProjectMissing),
        }
    }

    /// The token that came with the hit.
    pub fn token(&self) -> Option<TokenHash> {
        let token = self.get(Param::Token)?;
        (!token.is_empty()).then(|| TokenHash::of(token))
    }

    /// A parameter as PHP casts it to an integer: leading digits count, anything else is `None`.
    #[inline]
    pub fn integer(&self, param: Param) -> Option<i64> {
        integer(self.get(param)?)
    }

    /// A parameter as a finite number; a comma may stand for the point.
    pub fn number(&self, param: Param) -> Option<f64> {
        let text = self.get(param)?.trim();
        let number: Option<f64> = match text.contains(',') {
            true => text.replace(',', ".").parse().ok(),
            false => text.parse().ok(),
        };
        number.filter(|number| number.is_finite())
    }

    /// Whether a parameter was sent and is not blank.
    pub fn has(&self, param: Param) -> bool {
        self.get(param)
            .is_some_and(|value| !value.trim().is_empty())
    }

    /// Whether a parameter is `1`.
    pub fn is_set(&self, param: Param) -> bool {
        self.integer(param) == Some(1)
    }

    /// Custom dimensions by number, 1 to 999.
    pub fn dimensions(&self) -> impl Iterator<Item = (u16, &str)> {
        self.dimensions
            .iter()
            .map(|(number, value)| (*number, value.trim()))
    }

    /// Whether the client wants no picture in return.
    pub fn wants_no_image(&self) -> bool {
        self.get(Param::SendImage) == Some("0")
    }
}

/// Nearly nothing begins or ends with white space, which is looked for character by character.
#[inline]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// See [`Hit::integer`].
fn integer(text: &str) -> Option<i64> {
    // Nearly all trackers send a few digits and nothing else.
    if (1..=DIGITS_FEW_MAX).contains(&text.len()) {
        let read = text.bytes().try_fold(0, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + i64::from(digit))
        });
        if read.is_some() {
            return read;
        }
    }
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    text[..text.len() - rest.len()].parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_query_wins_over_the_body_and_the_last_over_the_first() {
        let hit = Hit::read(
            "url=a&idsite=1&url=b",
            "url=c&action_name=x%20y+z&unknown=1",
        );
        assert_eq!(hit.get(Param::Url), Some("b"));
        assert_eq!(hit.get(Param::ActionName), Some("x y z"));
        assert!(!hit.is_empty() && Hit::read("", "&").is_empty());
    }

    #[test]
    fn projects_are_cast_as_php_casts() {
        let project = |query| Hit::read(query, "").project().map(ProjectId::get);
        assert_eq!(project("idsite=5"), Ok(5));
        assert_eq!(project("idsite=5abc"), Ok(5));
        for none in [
            "",
            "idsite=",
            "idsite=0",
            "idsite=-1",
            "idsite=abc",
            "idsite=99999999999",
        ] {
            assert_eq!(project(none), Err(Reason::ProjectMissing));
        }
    }

    #[test]
    fn dimensions_are_told_apart_by_number() {
        let hit = Hit::read(
            "dimension2=b&dimension10=c&dimension0=x&dimension1000=x&dimensionx=x",
            "dimension2=a",
        );
        assert_eq!(hit.dimensions().collect::<Vec<_>>(), [(2, "b"), (10, "c")]);
    }

    #[test]
    fn numbers_are_read_as_php_reads_them() {
        let hit = Hit::read("h=7abc&cdo=-5&revenue=42,5&ec_tx=1e999&ec_sh=x", "");
        assert_eq!(hit.integer(Param::Hour), Some(7));
        assert_eq!(hit.integer(Param::TimeOffset), Some(-5));
        assert_eq!(hit.number(Param::Revenue), Some(42.5));
        assert_eq!(hit.number(Param::OrderTax), None);
        assert_eq!(hit.integer(Param::OrderShipping), None);
    }

    /// What PHP's `$_GET + $_POST` gives: the last of a name, the query string's before the body's.
    fn merged(query: &str, body: &str, name: &str) -> Option<String> {
        let last = |pairs: &str| {
            form_urlencoded::parse(pairs.as_bytes())
                .filter(|(found, _)| found == name)
                .last()
                .map(|(_, value)| value.into_owned())
        };
        last(query).or_else(|| last(body))
    }

    proptest! {
        #[test]
        fn parameters_are_merged_as_php_merges_them(
            query in "((url|_id|e%5Fc|dimension7|x)=[a-c%2 +=]{0,5}&?){0,6}",
            body in "((url|_id|e_c|dimension7|x)=[a-c%2 +=]{0,5}&){0,6}",
        ) {
            let hit = Hit::read(&query, &body);
            for (param, name) in [(Param::Url, "url"), (Param::VisitorId, "_id"), (Param::EventCategory, "e_c")] {
                let expected = merged(&query, &body, name);
                prop_assert_eq!(hit.get(param), expected.as_deref());
            }
            let dimension = hit.dimensions().find(|(number, _)| *number == 7);
            let expected = merged(&query, &body, "dimension7");
            prop_assert_eq!(dimension.map(|(_, value)| value), expected.as_deref().map(str::trim));
        }

        #[test]
        fn no_input_breaks_a_hit(query in any::<String>(), body in any::<String>()) {
            let hit = Hit::read(&query, &body).into_owned();
            let now = crate::time::Timestamp::from_seconds(1_800_000_000);
            let _ = (hit.kind(), hit.project(), hit.age_seconds(now), hit.number(Param::Revenue), hit.text(Param::Url).len());
        }
    }
}
