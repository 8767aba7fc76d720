//! Stored text in HTML, where a template does not escape it.

use std::fmt::{self, Write};

/// Writes `text` so that it stands in a page as it is.
pub(super) fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for sign in text.chars() {
        match sign {
            '&' => f.write_str("&amp;")?,
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '"' => f.write_str("&quot;")?,
            '\'' => f.write_str("&#39;")?,
            // What would turn the direction of what follows is shown as a sign of its own.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => f.write_char('\u{fffd}')?,
            other => f.write_char(other)?,
        }
    }
    Ok(())
}
