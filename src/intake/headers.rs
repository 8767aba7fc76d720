//! The request headers that are asked for, found in one go: a hit asks for a dozen of which it has four, and looking for each
//! takes as long as telling all that are there by their names.

use http::{HeaderMap, HeaderValue};

/// Declares the headers that are asked for.
macro_rules! headers {
    ($($variant:ident = $name:literal,)*) => {
        /// A header that is asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Header { $($variant,)* }

        impl Header {
            const COUNT: usize = [$(Header::$variant,)*].len();

            fn named(name: &str) -> Option<Self> {
                named!(name.as_bytes(), $($variant = $name,)*)
            }

            const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

headers! {
    Authorization = "authorization",
    Origin = "origin",
    Referrer = "referer",
    UserAgent = "user-agent",
    Language = "accept-language",
    // Where the request came by
    Forwarded = "forwarded",
    ForwardedFor = "x-forwarded-for",
    // Objections
    Cookie = "cookie",
    DoNotTrack = "dnt",
    XDoNotTrack = "x-do-not-track",
    PrivacyControl = "sec-gpc",
    // Pages that are loaded ahead
    SecPurpose = "sec-purpose",
    Purpose = "purpose",
    XPurpose = "x-purpose",
    XMoz = "x-moz",
    // Client hints
    HintBrands = "sec-ch-ua",
    HintVersions = "sec-ch-ua-full-version-list",
    HintPlatform = "sec-ch-ua-platform",
    HintPlatformVersion = "sec-ch-ua-platform-version",
    HintFormFactors = "sec-ch-ua-form-factors",
    HintMobile = "sec-ch-ua-mobile",
    HintModel = "sec-ch-ua-model",
}

/// The headers of a request.
pub struct Headers<'a> {
    all: &'a HeaderMap,
    first: [Option<&'a HeaderValue>; Header::COUNT],
    /// Whether any header has several lines.
    has_repeated: bool,
}

impl<'a> Headers<'a> {
    /// Goes through the headers.
    pub fn of(all: &'a HeaderMap) -> Self {
        let mut headers = Self {
            all,
            first: [None; Header::COUNT],
            has_repeated: all.len() > all.keys_len(),
        };
        for (name, value) in all {
            if let Some(header) = Header::named(name.as_str()) {
                headers.first[header as usize].get_or_insert(value);
            }
        }
        headers
    }

    /// Whether any of some headers is there.
    pub fn has_any(&self, headers: &[Header]) -> bool {
        headers.iter().any(|header| self.get(*header).is_some())
    }

    /// The first line of a header.
    pub const fn get(&self, header: Header) -> Option<&'a HeaderValue> {
        self.first[header as usize]
    }

    /// The first line of a header as text; empty if it is absent or not ASCII.
    pub fn text(&self, header: Header) -> &'a str {
        self.get(header).map_or("", text)
    }

    /// Whether any line of a header says what `says` looks for. Absent, as most are, it is not gone through.
    pub fn any_line(&self, header: Header, says: impl Fn(&str) -> bool) -> bool {
        self.get(header).is_some() && self.lines(header).any(says)
    }

    /// Every line of a header, as text.
    pub fn lines(&self, header: Header) -> impl DoubleEndedIterator<Item = &'a str> {
        let first = self.get(header);
        let (one, several) = match first.is_some() && self.has_repeated {
            true => (None, Some(self.all.get_all(header.name()))),
            false => (first, None),
        };
        one.into_iter()
            .chain(several.into_iter().flatten())
            .map(text)
    }
}

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_their_names() {
        let mut all = HeaderMap::new();
        for (name, value) in [
            ("user-agent", "a browser"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", "192.0.2.2, 192.0.2.3"),
            ("x-forwarded-host", "example.org"),
        ] {
            all.append(name, HeaderValue::from_static(value));
        }
        all.insert("origin", HeaderValue::from_bytes(b"\xff").unwrap());
        let headers = Headers::of(&all);
        assert_eq!(headers.text(Header::UserAgent), "a browser");
        assert_eq!(headers.text(Header::ForwardedFor), "192.0.2.1");
        let lines: Vec<_> = headers.lines(Header::ForwardedFor).rev().collect();
        assert_eq!(lines, ["192.0.2.2, 192.0.2.3", "192.0.2.1"]);
        assert!(headers.get(Header::Origin).is_some());
        assert_eq!(headers.text(Header::Origin), "");
        assert_eq!(headers.lines(Header::Cookie).count(), 0);
        assert!(headers.has_any(&[Header::Cookie, Header::Origin]));
        assert!(!headers.has_any(&[Header::Cookie, Header::XMoz]));
    }
}
