//! Wire formats: what Matomo trackers and Sentry SDKs send, and the answers they expect.
//!
//! Enters: requests whose content is sealed in [`Raw`](crate::privacy::Raw). Leaves: replies, and sealed rows for
//! the spool. Everything here is untrusted; nothing here can write a log or a file.

/// The member of a closed set that bytes name, if any. As bytes, names are told apart by a tree of comparisons; texts would be
/// compared one after the other.
macro_rules! named {
    ($bytes:expr, $($variant:ident = $name:literal,)*) => {{
        mod names {
            #![expect(non_upper_case_globals, reason = "named like the members")]
            $(pub const $variant: &[u8] = $name.as_bytes();)*
        }
        match $bytes { $(names::$variant => Some(Self::$variant),)* _ => None }
    }};
}

pub mod encoding;
pub(crate) mod form;
pub(crate) mod headers;
pub mod matomo;
mod opt_out;
mod origin;
pub mod seen;
pub mod sentry;

pub use opt_out::OptOut;
pub use origin::Origin;

/// 43 bytes, the smallest transparent picture.
pub(crate) static PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\x21\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pixel_is_a_picture() {
        assert_eq!(PIXEL.len(), 43);
        assert!(PIXEL.starts_with(b"GIF89a") && PIXEL.ends_with(b";"));
    }
}
