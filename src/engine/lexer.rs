//! SQL text as tokens, as the engine's own lexer cuts it: names, strings, heredocs, signs; no blanks,
//! no comments. Any bytes are lexed to their end; what is left open ends there.

/// One token of SQL that is neither space nor comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Open brackets around it.
    pub depth: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or an unquoted name.
    Word,
    /// A name in backticks or double quotes.
    Name,
    /// A string or heredoc.
    Text,
    Sign(u8),
}

/// The tokens of a text.
pub struct Lexer<'sql> {
    sql: &'sql [u8],
    position: usize,
    depth: usize,
}

impl Lexer<'_> {
    fn skip_blank(&mut self) {
        loop {
            let rest = &self.sql[self.position..];
            match rest {
                [space, ..] if space.is_ascii_whitespace() || *space == 0x0b => self.position += 1,
                // a no-break space or a byte order mark, as the engine's lexer skips them
                [0xc2, 0xa0, ..] => self.position += 2,
                [0xef, 0xbb, 0xbf, ..] => self.position += 3,
                [b'-', b'-', ..] | [b'#', b' ', ..] | [b'#', b'!', ..] => {
                    self.position += find(rest, b"\n").unwrap_or(rest.len());
                }
                [b'/', b'*', ..] => {
                    self.position += find(&rest[2..], b"*/").map_or(rest.len(), |at| at + 4);
                }
                _ => return,
            }
        }
    }

    /// Length of the quoted text at the start of `rest`, quotes included.
    fn quoted(rest: &[u8]) -> usize {
        let quote = rest[0];
        let mut at = 1;
        while at < rest.len() {
            match rest[at] {
                b'\\' => at += 2,
                byte if byte == quote && rest.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        rest.len()
    }

    /// Length of the heredoc (`$tag$ … $tag$`) at the start of `rest`, if it is one.
    fn heredoc(rest: &[u8]) -> Option<usize> {
        let tag = 2 + find(&rest[1..], b"$")?;
        let is_tag = rest[1..tag - 1].iter().all(|byte| is_word(*byte));
        let close = is_tag.then(|| find(&rest[tag..], &rest[..tag])).flatten()?;
        Some(tag + close + tag)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let rest = &self.sql[self.position..];
        let first = *rest.first()?;
        let (kind, length) = match first {
            b'\'' => (Kind::Text, Self::quoted(rest)),
            b'`' | b'"' => (Kind::Name, Self::quoted(rest)),
            b'$' if let Some(length) = Self::heredoc(rest) => (Kind::Text, length),
            _ if is_word(first) => (
                Kind::Word,
                rest.iter().take_while(|byte| is_word(**byte)).count(),
            ),
            _ => (Kind::Sign(first), 1),
        };
        if matches!(first, b')' | b']' | b'}') && kind == Kind::Sign(first) {
            self.depth = self.depth.saturating_sub(1);
        }
        let end = (self.position + length).min(self.sql.len());
        let token = Token {
            kind,
            start: self.position,
            end,
            depth: self.depth,
        };
        if matches!(first, b'(' | b'[' | b'{') && kind == Kind::Sign(first) {
            self.depth += 1;
        }
        self.position = end;
        Some(token)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Starts at the beginning of `sql`.
pub fn lex(sql: &[u8]) -> Lexer<'_> {
    Lexer {
        sql,
        position: 0,
        depth: 0,
    }
}

/// Whether a token is this keyword.
pub fn is(sql: &[u8], token: Option<&Token>, word: &str) -> bool {
    token.is_some_and(|token| {
        token.kind == Kind::Word
            && sql[token.start..token.end].eq_ignore_ascii_case(word.as_bytes())
    })
}

/// The text of a name or a word, without its quotes.
pub fn unquoted(sql: &[u8], token: &Token) -> String {
    let text = &sql[token.start..token.end];
    let text = match token.kind {
        Kind::Name => text
            .get(1..text.len().saturating_sub(1))
            .unwrap_or_default(),
        _ => text,
    };
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_lexed_to_the_end() {
        for sql in [
            &b"'"[..],
            b"`",
            b"/*",
            b"$",
            b"$a$",
            b"--",
            b"\\",
            b"'\\",
            b"\xff\xfe(",
            b")))",
        ] {
            assert!(lex(sql).count() <= sql.len());
        }
    }
}
