//! A stack trace reduced to the few frames that tell bugs apart.
//!
//! The application's own frames are taken, or all if there is none. Recursion is folded: a call path loses its loops,
//! so that `parse → list → parse → list → parse` is `parse`, however deep the data was. Nameless functions become part
//! of their neighbours in the same file. Of what remains the innermost [`FRAMES_MAX`] count: further out stand
//! callers, and one bug is called from many places.

use std::borrow::Cow;

use super::frame::Frame;
use super::key::{Key, Part};
use super::language::{Language, Role, Token, role, token};
use crate::json::Value;

/// Innermost frames that make a group.
const FRAMES_MAX: usize = 6;
/// Innermost frames that are looked at.
const FRAMES_SEEN_MAX: usize = 128;
/// Longest line of code that a person wrote, in bytes.
const CODE_BYTES_MAX: usize = 120;

pub(super) struct Stack<'e> {
    /// Innermost first.
    tokens: Vec<Token<'e>>,
    /// The innermost frame's line of code, where every client of the language sends it.
    code: Cow<'e, str>,
    /// Place and function of the innermost frame, as the client wrote them.
    innermost: Option<(&'e str, &'e str)>,
    /// The frames are the application's own.
    pub own: bool,
    /// Some names were made for one build.
    pub obscured: bool,
}

impl<'e> Stack<'e> {
    /// Reads frames, the outermost first. `overflow`: the stack was exhausted, hence it ends anywhere in its loop.
    pub fn read(frames: &'e [Value<'e>], language: Language, overflow: bool) -> Self {
        let (chosen, own) = chosen(frames, language);
        let code = match chosen.first() {
            Some(innermost) if !overflow => code(innermost),
            _ => Cow::Borrowed(""),
        };
        let innermost = chosen.first().map(|frame| (frame.place(), frame.function));
        let mut tokens: Vec<Token<'e>> = chosen.iter().map(token).collect();
        // Behind an asynchronous call only some engines see the caller.
        if let Some(at) = tokens.iter().skip(1).position(|token| token.detached) {
            tokens.truncate(at + 1);
        }
        let obscured = tokens.iter().any(|token| token.obscured);
        if overflow {
            keep_loop(&mut tokens);
        } else {
            fold_loops(&mut tokens);
        }
        fold_nameless(&mut tokens);
        if obscured && tokens.iter().any(|token| !token.name.is_empty()) {
            tokens.retain(|token| !token.name.is_empty());
        }
        tokens.truncate(FRAMES_MAX);
        Self {
            tokens,
            code,
            innermost,
            own,
            obscured,
        }
    }

    /// Frames with a name.
    pub fn names(&self) -> usize {
        self.tokens
            .iter()
            .filter(|token| !token.name.is_empty())
            .count()
    }

    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub fn has_code(&self) -> bool {
        !self.code.is_empty()
    }

    /// The innermost function.
    pub fn function(&self) -> Option<&str> {
        self.tokens.first().map(|token| token.name.as_ref())
    }

    /// Where the innermost call is, readable.
    pub fn culprit(&self) -> Option<String> {
        let shown = |text: &'e str| if text.is_empty() { "?" } else { text };
        let (place, function) = self.innermost?;
        Some(format!("{} in {}", shown(place), shown(function)))
    }

    /// Writes at most `frames_max` frames and the line of code.
    pub fn write(&self, frames_max: usize, key: &mut Key) {
        for (at, token) in self.tokens.iter().take(frames_max).enumerate() {
            key.say(if at == 0 { " in " } else { " ← " });
            key.hash(Part::Place, &token.place);
            key.hash(Part::Function, &token.name);
            let name = if token.name.is_empty() {
                "?"
            } else {
                &token.name
            };
            key.say(name);
            if !token.place.is_empty() {
                key.say(" (");
                key.say(&token.place);
                key.say(")");
            }
        }
        if !self.code.is_empty() {
            key.hash(Part::Code, &self.code);
            key.say(" at `");
            key.say(&self.code);
            key.say("`");
        }
    }
}

/// The frames that say what broke, innermost first, and whether they are the application's.
fn chosen<'e>(frames: &'e [Value<'e>], language: Language) -> (Vec<Frame<'e>>, bool) {
    let seen = frames.iter().rev().take(FRAMES_SEEN_MAX);
    let mut read: Vec<Frame<'e>> = seen.map(|frame| Frame::read(frame, language)).collect();
    let (chosen, own) = judged(&read);
    let mut chosen = chosen.into_iter();
    read.retain(|_| chosen.next() == Some(true));
    (read, own)
}

/// Which frames say what broke, and whether they are the application's.
pub(super) fn judged(frames: &[Frame<'_>]) -> (Vec<bool>, bool) {
    let own = |frame: &Frame<'_>| frame.in_app != Some(false) && role(frame) == Role::Own;
    let owned: Vec<bool> = frames.iter().map(own).collect();
    if owned.contains(&true) {
        return (owned, true);
    }
    // What the client disowns is looked at only if nothing else is there.
    let roles: Vec<Role> = frames.iter().map(role).collect();
    let best = Role::ORDER.into_iter().find(|role| roles.contains(role));
    (
        roles.iter().map(|role| Some(*role) == best).collect(),
        false,
    )
}

fn code<'e>(frame: &Frame<'e>) -> Cow<'e, str> {
    if !frame.language.has_source() || frame.code.len() > CODE_BYTES_MAX {
        return Cow::Borrowed("");
    }
    if frame.code.contains("  ") || frame.code.contains('\t') {
        let words: Vec<_> = frame.code.split_whitespace().collect();
        return Cow::Owned(words.join(" "));
    }
    Cow::Borrowed(frame.code)
}

/// Takes loops out of the path from the outermost to the innermost call.
fn fold_loops(tokens: &mut Vec<Token<'_>>) {
    let mut path: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..).rev() {
        let seen = if token.name.is_empty() {
            None
        } else {
            path.iter().rposition(|earlier| earlier.is_same(&token))
        };
        match seen {
            Some(at) => path.truncate(at + 1),
            None => path.push(token),
        }
    }
    path.reverse();
    *tokens = path;
}

/// Keeps the loop, in an order that does not depend on where the stack ended: what stands between two calls of the same
/// function.
fn keep_loop(tokens: &mut Vec<Token<'_>>) {
    let mut loop_end = None;
    let in_loop: Vec<bool> = (0..tokens.len())
        .map(|at| {
            let last = tokens.iter().rposition(|token| token.is_same(&tokens[at]));
            loop_end = loop_end.max(last.filter(|last| *last > at));
            loop_end.is_some_and(|end| at <= end)
        })
        .collect();
    if in_loop.contains(&true) {
        let mut in_loop = in_loop.into_iter();
        tokens.retain(|_| in_loop.next() == Some(true));
    }
    tokens.sort_by(|a, b| (&a.place, &a.name).cmp(&(&b.place, &b.name)));
    tokens.dedup_by(|a, b| a.is_same(b));
}

/// A nameless function beside another of the same file is part of it.
fn fold_nameless(tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while at < tokens.len() {
        let joins = |other: Option<&Token<'_>>| other.is_some_and(|t| t.place == tokens[at].place);
        let inner = at.checked_sub(1).and_then(|inner| tokens.get(inner));
        if tokens[at].name.is_empty() && (joins(inner) || joins(tokens.get(at + 1))) {
            tokens.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(names: &str) -> String {
        let mut tokens: Vec<Token<'_>> = names
            .split(' ')
            .map(|name| Token {
                place: "f".into(),
                name: name.trim_matches('_').into(),
                detached: false,
                obscured: false,
            })
            .collect();
        tokens.reverse();
        fold_loops(&mut tokens);
        fold_nameless(&mut tokens);
        let names: Vec<_> = tokens
            .iter()
            .rev()
            .map(|token| token.name.as_ref())
            .collect();
        names.join(" ")
    }

    #[test]
    fn loops_leave_the_path() {
        assert_eq!(folded("main a a a"), "main a");
        assert_eq!(folded("main a b a b"), "main a b");
        assert_eq!(folded("main a b a"), "main a");
        assert_eq!(folded("main parse list parse map parse"), "main parse");
        assert_eq!(
            folded("main dispatch log dispatch auth dispatch handle"),
            "main dispatch handle"
        );
    }

    #[test]
    fn nameless_functions_join_their_neighbours() {
        assert_eq!(folded("main _ total _ _"), "main total");
        assert_eq!(folded("_ _"), "");
    }
}
