//! An event as old clients send it, in the body or in the query: bare JSON, or base64 of it, or base64 of zlib of it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::intake::encoding::inflate;
use crate::intake::form;
use crate::limits::ERROR_EVENT_BYTES_MAX;
use crate::outcome::Reason;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The JSON text of a store body.
///
/// # Errors
/// [`Reason::BodyEmpty`], [`Reason::EncodingBroken`], or [`Reason::BodyTooLarge`] once unpacked.
pub fn event_text(body: &[u8]) -> Result<Vec<u8>, Reason> {
    let body = body.trim_ascii();
    match body.first() {
        None => Err(Reason::BodyEmpty),
        Some(b'{') => Ok(body.to_vec()),
        Some(_) => {
            let decoded = LENIENT.decode(body).map_err(|_| Reason::EncodingBroken)?;
            if decoded.trim_ascii_start().starts_with(b"{") {
                Ok(decoded)
            } else {
                inflate(&decoded, ERROR_EVENT_BYTES_MAX)
            }
        }
    }
}

/// The JSON text of `?sentry_data=…`, by which old browsers reported with a picture.
///
/// # Errors
/// As [`event_text`].
pub fn event_in_query(query: &str) -> Result<Vec<u8>, Reason> {
    let data = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("sentry_data="))
        .ok_or(Reason::BodyEmpty)?;
    let data = form::decode(data);
    match data.trim_start().starts_with('{') {
        true => event_text(data.as_bytes()),
        // A plus of base64 that nobody escaped reads as a space.
        false => event_text(data.replace(' ', "+").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn plain_base64_and_zlib() {
        let text = br#"{"message":"hi"}"#;
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Default::default());
        zlib.write_all(text).unwrap();
        let packed = zlib.finish().unwrap();
        for body in [
            text.to_vec(),
            LENIENT.encode(text).into_bytes(),
            LENIENT.encode(packed).into_bytes(),
        ] {
            assert_eq!(event_text(&body).as_deref(), Ok(&text[..]));
        }
        let base64 = LENIENT.encode(r#"{"message":"~~~>>>???"}"#);
        assert!(base64.contains('+'));
        let query = format!("sentry_version=4&sentry_data={base64}");
        assert_eq!(
            event_in_query(&query).as_deref(),
            Ok(&br#"{"message":"~~~>>>???"}"#[..])
        );
        assert_eq!(
            event_in_query("sentry_data=%7B%22message%22%3A%22a+b%22%7D").as_deref(),
            Ok(&br#"{"message":"a b"}"#[..])
        );
        assert_eq!(event_in_query("a=b"), Err(Reason::BodyEmpty));
        assert_eq!(event_text(b" "), Err(Reason::BodyEmpty));
        assert_eq!(event_text(b"?!"), Err(Reason::EncodingBroken));
        assert_eq!(event_text(b"AAAA"), Err(Reason::EncodingBroken));
    }
}
