//! Cuts that several languages share.

/// `total$1` → `total`, for any separator.
pub(super) fn without_number(name: &str, separator: char) -> &str {
    match name.rsplit_once(separator) {
        Some((head, number))
            if !head.is_empty()
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            head
        }
        _ => name,
    }
}

/// What stands before the first of `ends` that is not at the start.
pub(super) fn before<'t>(name: &'t str, ends: &[char]) -> &'t str {
    let end = name
        .char_indices()
        .skip(1)
        .find(|(_, c)| ends.contains(c))
        .map_or(name.len(), |(at, _)| at);
    &name[..end]
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
