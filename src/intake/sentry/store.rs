//! The body of the old `/store/` endpoint: a bare JSON event, or base64 of it, or base64 of zlib of it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::intake::encoding::inflate;
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
        assert_eq!(event_text(b" "), Err(Reason::BodyEmpty));
        assert_eq!(event_text(b"?!"), Err(Reason::EncodingBroken));
        assert_eq!(event_text(b"AAAA"), Err(Reason::EncodingBroken));
    }
}
