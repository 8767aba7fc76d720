//! Encodes rows as ClickHouse's `RowBinary`: values one after another, no names, little endian.
//! <https://clickhouse.com/docs/interfaces/formats/RowBinary>

use std::borrow::Cow;

use super::ip::MaskedIp;

/// A value that fills one column.
pub(in crate::privacy) trait Column {
    fn put(&self, out: &mut Vec<u8>);
}

macro_rules! fixed_width {
    ($($number:ty),*) => { $(
        impl Column for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )* };
}
fixed_width!(u8, u16, u32, u64, i64, f32, f64);

/// A scrubbed text on its way into a row.
pub(in crate::privacy) type Text<'a> = Cow<'a, str>;

/// As text. The general formatter takes six times as long for the addresses that nearly all senders have.
impl Column for MaskedIp {
    fn put(&self, out: &mut Vec<u8>) {
        match self.octets_v4() {
            None => self.to_string().put(out),
            Some(octets) => {
                let mut text = [0; "255.255.255.255".len()];
                let mut length = 0;
                let mut put = |byte| {
                    text[length] = byte;
                    length += 1;
                };
                for (index, octet) in octets.into_iter().enumerate() {
                    if index > 0 {
                        put(b'.');
                    }
                    if octet >= 100 {
                        put(b'0' + octet / 100);
                    }
                    if octet >= 10 {
                        put(b'0' + octet / 10 % 10);
                    }
                    put(b'0' + octet % 10);
                }
                out.push(length as u8);
                out.extend_from_slice(&text[..length]);
            }
        }
    }
}

/// `FixedString(N)`: no length.
impl<const N: usize> Column for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Column for str {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl Column for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().put(out);
    }
}

impl Column for Cow<'_, str> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_ref().put(out);
    }
}

impl<T: Column + ?Sized> Column for &T {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
}

/// `Array(T)`, and `Map(K, V)` as an array of pairs.
impl<T: Column> Column for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        for element in self {
            element.put(out);
        }
    }
}

/// `Nullable(T)`: a byte that says whether nothing follows.
impl<T: Column> Column for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_none()));
        if let Some(value) = self {
            value.put(out);
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => { $(
        impl<$($name: Column),+> Column for ($($name,)+) {
            fn put(&self, out: &mut Vec<u8>) {
                #[expect(non_snake_case, reason = "values named like their types")]
                let ($($name,)+) = self;
                $($name.put(out);)+
            }
        }
    )* };
}
tuples!((A B) (A B C) (A B C D E));

/// A length as unsigned LEB128.
fn put_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// What stands behind a string.
pub(in crate::privacy) fn skip_text(row: &[u8]) -> Option<&[u8]> {
    let mut length = 0;
    for (index, byte) in row.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return row.get(index + 1..)?.get(length..);
        }
    }
    None
}

/// Declares a storable row: its fields in the order of the `INSERT`, and their encoding.
/// The fields are private to the privacy room, so nobody else can build one.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident<$life:lifetime> { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        pub struct $name<$life> { $($(#[$doc])* pub(in crate::privacy) $field: $type,)* }

        impl<$life> $name<$life> {
            /// The columns that a row fills, in the order of its bytes.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($field),)*];

            pub(in crate::privacy) fn encode(&self, out: &mut Vec<u8>) {
                use crate::privacy::row::Column as _;
                $(self.$field.put(out);)*
            }
        }
    };
}
pub(in crate::privacy) use row;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::ip::IpMask;

    #[test]
    fn encodes_as_documented() {
        let mut out = Vec::new();
        1u16.put(&mut out);
        "ab".put(&mut out);
        vec![("k", 7u16)].put(&mut out);
        Some(2u8).put(&mut out);
        None::<u8>.put(&mut out);
        assert_eq!(out, [1, 0, 2, b'a', b'b', 1, 1, b'k', 7, 0, 0, 2, 1]);
    }

    #[test]
    fn addresses_are_written_as_they_are_shown() {
        for text in ["203.0.113.0", "10.9.99.0", "255.100.0.0", "2001:db8:1:2::"] {
            let address = IpMask::default().mask(text.parse().unwrap());
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            address.put(&mut out);
            address.to_string().put(&mut expected);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn strings_are_skipped_whatever_their_length() {
        for length in [0, 1, 127, 128, 20_000] {
            let mut out = Vec::new();
            "x".repeat(length).put(&mut out);
            let whole = out.len();
            out.push(7);
            assert_eq!(skip_text(&out), Some(&[7u8][..]));
            assert_eq!(
                skip_text(&out[..whole - usize::from(length > 0)]).is_none(),
                length > 0
            );
        }
    }

    #[test]
    fn lengths_are_leb128() {
        let mut out = Vec::new();
        put_length(300, &mut out);
        assert_eq!(out, [0xac, 0x02]);
    }
}
