//! Where the parts of a statement lie: the FORMAT clause, the rows of an `INSERT`, words that would
//! make the engine's command-line side open files.
//!
//! Enters: SQL text. Leaves: positions in it. Deliberately not here: what a statement does (the
//! engine's own parser says that) and whether it is correct (likewise). A wrong guess here can only
//! turn into a syntax error of the engine, never into another statement: the text is run as sent.

use std::ops::Range;

use super::lexer::{Kind, Token, is, lex, unquoted};

/// An `INSERT` that takes rows in an input format.
#[derive(Debug, PartialEq, Eq)]
pub struct InsertParts {
    /// The statement up to its FORMAT clause, settings included.
    pub head: Vec<u8>,
    pub format: String,
    /// Where the rows begin in the text; what follows may be empty.
    pub rows_from: usize,
}

/// Splits an `INSERT … FORMAT x` or `INSERT … VALUES` into statement and rows. `None` for every
/// other statement, `INSERT … SELECT` included.
pub fn insert_parts(sql: &[u8]) -> Option<InsertParts> {
    let mut tokens = lex(sql).peekable();
    if !is(sql, tokens.next().as_ref(), "INSERT") || !is(sql, tokens.next().as_ref(), "INTO") {
        return None;
    }
    // The table itself may be called `values` or `format`: it is never the clause.
    let mut is_first = true;
    while let Some(token) = tokens.next() {
        if token.depth == 0 && !std::mem::take(&mut is_first) {
            if is(sql, Some(&token), "SELECT") || is(sql, Some(&token), "WITH") {
                return None;
            }
            if is(sql, Some(&token), "VALUES") {
                return Some(InsertParts {
                    head: sql[..token.start].to_vec(),
                    format: "Values".to_owned(),
                    rows_from: token.end,
                });
            }
            if is(sql, Some(&token), "FORMAT") {
                let format = tokens.next().filter(|next| next.kind == Kind::Word)?;
                return Some(with_format(sql, token.start, format));
            }
        }
    }
    None
}

fn with_format(sql: &[u8], head_end: usize, format: Token) -> InsertParts {
    let mut head = sql[..head_end].to_vec();
    let mut rows_from = format.end;
    if let Some(settings) = settings_after(sql, format.end) {
        head.extend_from_slice(&sql[settings.clone()]);
        rows_from = settings.end;
    }
    // One line break after the clause belongs to the statement, everything else to the rows.
    while matches!(sql.get(rows_from), Some(b' ' | b'\t' | 0x0c)) {
        rows_from += 1;
    }
    if sql[rows_from..].starts_with(b"\r\n") {
        rows_from += 2;
    } else if sql.get(rows_from) == Some(&b'\n') {
        rows_from += 1;
    }
    InsertParts {
        head,
        format: unquoted(sql, &format),
        rows_from,
    }
}

/// `SETTINGS a = 1, b = 'x'` directly after the format name.
fn settings_after(sql: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = &sql[from..];
    let mut tokens = lex(rest).peekable();
    let first = tokens.next()?;
    if !is(rest, Some(&first), "SETTINGS") {
        return None;
    }
    loop {
        tokens.next().filter(|name| name.kind == Kind::Word)?;
        tokens.next().filter(|sign| sign.kind == Kind::Sign(b'='))?;
        let value = tokens.next()?;
        let mut end = value.end;
        // -1 and 0.5 are two and three tokens
        while let Some(next) = tokens.peek()
            && next.start == end
            && matches!(next.kind, Kind::Word | Kind::Sign(b'.'))
        {
            end = next.end;
            tokens.next();
        }
        match tokens.peek().map(|next| next.kind) {
            Some(Kind::Sign(b',')) => tokens.next(),
            _ => return Some(from + first.start..from + end),
        };
    }
}

/// A statement that returns rows, cut where an output clause of ours may be put in.
#[derive(Debug, PartialEq, Eq)]
pub struct ResultParts {
    /// Position of the statement's own FORMAT clause, or its end.
    pub clause_at: usize,
    /// Where the statement ends, a final `;` left out.
    pub end: usize,
    /// The format the statement itself asks for.
    pub format: Option<String>,
    /// Begins with SELECT, FROM, WITH or a bracket: its result may be large and is streamed.
    pub is_select: bool,
}

/// Finds the output clause of a reading statement.
pub fn result_parts(sql: &[u8]) -> ResultParts {
    let mut tokens: Vec<Token> = lex(sql).collect();
    while tokens
        .last()
        .is_some_and(|token| token.kind == Kind::Sign(b';'))
    {
        tokens.pop();
    }
    let end = tokens.last().map_or(0, |token| token.end);
    let first = tokens.first();
    let is_select = is(sql, first, "SELECT")
        || is(sql, first, "FROM")
        || is(sql, first, "WITH")
        || first.is_some_and(|token| token.kind == Kind::Sign(b'('));
    let clause = tokens.windows(2).enumerate().rev().find(|(at, pair)| {
        let after = tokens.get(at + 2);
        pair[0].depth == 0
            && is(sql, Some(&pair[0]), "FORMAT")
            && matches!(pair[1].kind, Kind::Word | Kind::Name)
            && (after.is_none() || is(sql, after, "SETTINGS"))
    });
    match clause {
        Some((_, pair)) => ResultParts {
            clause_at: pair[0].start,
            end,
            format: Some(unquoted(sql, &pair[1])),
            is_select,
        },
        None => ResultParts {
            clause_at: end,
            end,
            format: None,
            is_select,
        },
    }
}

/// Things the SQL asks of the machine beside the engine's own data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// `INTO OUTFILE`, `FROM INFILE`: files opened by the engine's command-line side, past its grants.
    ClientFile,
    /// The function `file()`, which no grant covers.
    FileFunction,
}

/// Looks for words that would open files. Words in strings and comments do not count; a column of
/// that name can be written in backticks.
pub fn reaches_outside(sql: &[u8]) -> Option<Outside> {
    let tokens: Vec<Token> = lex(sql).collect();
    tokens.iter().enumerate().find_map(|(at, token)| {
        if is(sql, Some(token), "OUTFILE") || is(sql, Some(token), "INFILE") {
            return Some(Outside::ClientFile);
        }
        let is_call = tokens
            .get(at + 1)
            .is_some_and(|next| next.kind == Kind::Sign(b'('));
        // An escape in a quoted name could spell anything: `fi\x6ce`.
        let is_file = matches!(token.kind, Kind::Word | Kind::Name) && {
            let name = unquoted(sql, token);
            name.eq_ignore_ascii_case("file") || name.contains('\\')
        };
        (is_call && is_file).then_some(Outside::FileFunction)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(sql: &str) -> Option<(String, String, String)> {
        insert_parts(sql.as_bytes()).map(|parts| {
            let rows = sql.get(parts.rows_from..).unwrap_or_default().to_owned();
            (String::from_utf8(parts.head).unwrap(), parts.format, rows)
        })
    }

    fn some(head: &str, format: &str, rows: &str) -> Option<(String, String, String)> {
        Some((head.to_owned(), format.to_owned(), rows.to_owned()))
    }

    #[test]
    fn an_insert_is_cut_before_its_format() {
        assert_eq!(
            insert("INSERT INTO t FORMAT CSV\n1,2"),
            some("INSERT INTO t ", "CSV", "1,2")
        );
        assert_eq!(
            insert("insert into t(`a`) format RowBinary"),
            some("insert into t(`a`) ", "RowBinary", "")
        );
        assert_eq!(
            insert("INSERT INTO t VALUES (1)"),
            some("INSERT INTO t ", "Values", " (1)")
        );
        assert_eq!(
            insert("/* FORMAT x */ INSERT INTO format (\"values\") -- VALUES\n FORMAT TSV \r\n\n1"),
            some(
                "/* FORMAT x */ INSERT INTO format (\"values\") -- VALUES\n ",
                "TSV",
                "\n1"
            )
        );
    }

    #[test]
    fn settings_after_the_format_move_into_the_statement() {
        assert_eq!(
            insert("INSERT INTO t FORMAT CSV SETTINGS a = 1, b='x' \n1,2"),
            some("INSERT INTO t SETTINGS a = 1, b='x'", "CSV", "1,2")
        );
        assert_eq!(
            insert("INSERT INTO t SETTINGS a=0.5 VALUES (1)"),
            some("INSERT INTO t SETTINGS a=0.5 ", "Values", " (1)")
        );
    }

    #[test]
    fn an_insert_select_and_other_statements_have_no_rows() {
        assert_eq!(insert("INSERT INTO t SELECT 1 FORMAT CSV"), None);
        assert_eq!(insert("INSERT INTO t WITH 1 AS x SELECT x"), None);
        assert_eq!(insert("SELECT 'INSERT INTO t VALUES'"), None);
        assert_eq!(insert("INSERT INTO t"), None);
    }

    fn result(sql: &str) -> (String, Option<String>, bool) {
        let parts = result_parts(sql.as_bytes());
        (
            sql[..parts.clause_at].to_owned(),
            parts.format,
            parts.is_select,
        )
    }

    #[test]
    fn the_output_clause_is_found_from_the_end() {
        assert_eq!(
            result("SELECT 1 FORMAT JSON;"),
            ("SELECT 1 ".into(), Some("JSON".into()), true)
        );
        assert_eq!(
            result("SELECT format FROM t -- FORMAT x"),
            ("SELECT format FROM t".into(), None, true)
        );
        assert_eq!(
            result("WITH (SELECT 1 FORMAT) AS x SELECT 'FORMAT CSV' FORMAT `TSV` SETTINGS a=1"),
            (
                "WITH (SELECT 1 FORMAT) AS x SELECT 'FORMAT CSV' ".into(),
                Some("TSV".into()),
                true
            )
        );
        assert_eq!(result("SHOW TABLES"), ("SHOW TABLES".into(), None, false));
        assert_eq!(
            result("SELECT $a$ it's FORMAT x $a$"),
            ("SELECT $a$ it's FORMAT x $a$".into(), None, true)
        );
        assert_eq!(result(""), (String::new(), None, false));
    }

    #[test]
    fn files_are_seen_outside_strings_and_comments_only() {
        let outside = |sql: &str| reaches_outside(sql.as_bytes());
        assert_eq!(
            outside("SELECT 1 INTO /* x */ outfile 'x'"),
            Some(Outside::ClientFile)
        );
        assert_eq!(
            outside("INSERT INTO t FROM INFILE 'x' FORMAT CSV"),
            Some(Outside::ClientFile)
        );
        assert_eq!(
            outside("SELECT `file` /**/ ('x')"),
            Some(Outside::FileFunction)
        );
        assert_eq!(outside("SELECT FiLe('x')"), Some(Outside::FileFunction));
        assert_eq!(
            outside("SELECT `fi\\x6ce`('x')"),
            Some(Outside::FileFunction)
        );
        assert_eq!(
            outside("SELECT 'INTO OUTFILE', `outfile`, file FROM t -- file('x')"),
            None
        );
        assert_eq!(outside("SELECT '\\' INTO OUTFILE '"), None);
    }

    #[test]
    fn any_bytes_are_taken() {
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
            let _ = (insert_parts(sql), result_parts(sql), reaches_outside(sql));
        }
    }
}
