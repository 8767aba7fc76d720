//! Writes JSON text. Long rows of plain characters are copied whole.

use wide::u8x16;

use super::Value;

/// Appends the compact JSON text of a value.
pub(super) fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        // Writing into memory cannot fail.
        Value::Number(number) => drop(serde_json::to_writer(out, number)),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            let mut before = b'[';
            for item in items {
                out.push(before);
                write(item, out);
                before = b',';
            }
            close(b"[]", before, out);
        }
        Value::Object(members) => {
            let mut before = b'{';
            for (key, member) in members {
                out.push(before);
                string(key, out);
                out.push(b':');
                write(member, out);
                before = b',';
            }
            close(b"{}", before, out);
        }
    }
}

/// Closes a container; opens it first if nothing was written `before`.
fn close(brackets: &[u8; 2], before: u8, out: &mut Vec<u8>) {
    let from = usize::from(before == b',');
    out.extend_from_slice(&brackets[from..]);
}

fn string(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.push(b'"');
    loop {
        let plain = plain_len(rest);
        out.extend_from_slice(&rest[..plain]);
        let Some(&special) = rest.get(plain) else {
            break;
        };
        escape(special, out);
        rest = &rest[plain + 1..];
    }
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Bytes before the first that has to be escaped.
fn plain_len(text: &[u8]) -> usize {
    const LANE_BYTES: usize = 16;
    let (lanes, rest) = text.as_chunks::<LANE_BYTES>();
    for (i, lane) in lanes.iter().enumerate() {
        let special = specials(*lane);
        if special != 0 {
            return i * LANE_BYTES + special.trailing_zeros() as usize;
        }
    }
    let mut last = [b' '; LANE_BYTES];
    last[..rest.len()].copy_from_slice(rest);
    let special = specials(last).trailing_zeros() as usize;
    text.len() - rest.len() + special.min(rest.len())
}

/// One bit for each byte that has to be escaped.
#[inline]
fn specials(lane: [u8; 16]) -> u32 {
    let bytes = u8x16::new(lane);
    let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    let quote = bytes.simd_eq(u8x16::splat(b'"'));
    let backslash = bytes.simd_eq(u8x16::splat(b'\\'));
    (control | quote | backslash).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_the_library_writes() {
        let mut all: String = (0..0x80u8).map(char::from).collect();
        all.push_str("äöü\u{2028}😀");
        for from in 0..40 {
            let text = &all[from..];
            let mut out = Vec::new();
            string(text, &mut out);
            assert_eq!(out, serde_json::to_vec(text).unwrap());
        }
        for text in [
            r#"{"a":[],"b":{},"c":[1,-2.5,true,false,null,"x\ny"],"d":{"e":{"f":[[]]}}}"#,
            "[]",
            r#""""#,
        ] {
            let parsed: Value<'_> = serde_json::from_str(text).unwrap();
            let mut out = Vec::new();
            write(&parsed, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
