//! What the scanner does at a word that begins with a letter.

use super::address;
use super::base64;
use super::class::{before, byte, is_word};
use super::credential;
use super::cues::{Cue, Word};
use super::email;
use super::iban;
use super::keys::{self, Reach};
use super::login;
use super::name;
use super::national_id;
use super::path;
use super::plausible::word_has_meaning;
use super::rule::{Rule, placeholder_end};
use super::scan::{BASE64_BYTES_MIN, Scan};
use super::span::Span;
use super::value::Mode;

impl Scan<'_> {
    /// Handles the word `start..end`, with or without `digits`; returns where to go on if something was found.
    pub fn word(&mut self, start: usize, end: usize, digits: bool) -> Option<usize> {
        let bytes = self.bytes;
        if !self.setting.needles.is_empty()
            && let Some((end, rule)) = self.setting.needles.at(bytes, start, self.setting.mode)
        {
            return Some(self.push(Span::new(start, end, rule)));
        }
        if let Some(span) = credential::known_token(bytes, start) {
            return Some(self.push(span));
        }
        if end - start >= BASE64_BYTES_MIN
            && let Some(span) = base64::blob(bytes, start, self.setting, &mut self.base64)
        {
            return Some(self.push(span));
        }
        if digits {
            self.mixed_word(start, end)
        } else {
            self.plain_word(start, end)
        }
    }

    /// A word of letters and digits.
    fn mixed_word(&mut self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.bytes;
        if end - start == 4
            && byte(bytes, end) == b'.'
            && let Some(span) = address::mac_dotted(bytes, start)
        {
            return Some(self.push(span));
        }
        if end - start >= 4
            && iban::may_start(bytes, start)
            && let Some(end) = iban::starting_at(bytes, start)
        {
            self.cue = Some((Cue::Bic, end));
            return Some(self.push(Span::new(start, end, Rule::Iban)));
        }
        let end = national_id::lettered(bytes, start, end)?;
        Some(self.push(Span::new(start, end, Rule::NationalId)))
    }

    fn plain_word(&mut self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.bytes;
        // The word of a placeholder means nothing.
        if before(bytes, start) == b'[' && placeholder_end(bytes, start - 1).is_some() {
            return None;
        }
        let span = match self.cues.find(&bytes[start..end])? {
            // `Annas-Mac-mini`
            Word::Cue(Cue::Mac) if before(bytes, start) == b'-' => name::device(bytes, start, end),
            // `alloc_cell(`, `phone_book`: a part of a program's name.
            Word::Cue(_)
                if matches!(before(bytes, start), b'_')
                    || matches!(byte(bytes, end), b'_' | b'(') =>
            {
                None
            }
            Word::Cue(cue) => {
                // The end of a key that says more: `password-lat=`.
                self.found.pending |= before(bytes, start) == b'-';
                return self.announce(cue, end);
            }
            Word::At => email::spelled_out(bytes, start, end, self.has_cue(Cue::Email, start)),
            Word::Home if path::is_directory(bytes, start, end) => {
                path::home(bytes, start, end).or_else(|| self.wait())
            }
            Word::Home => None,
            Word::Scheme => credential::after_scheme(bytes, end).or_else(|| self.wait()),
            Word::Begin => credential::private_key(bytes, start),
            Word::Title => self.titled(start, end).or_else(|| self.wait()),
            Word::Greeting => self.greeted(start, end),
            Word::Deed => self.done_by(end),
            Word::Device => {
                name::device(bytes, start, end).or_else(|| name::device_of(bytes, start, end))
            }
            Word::Secret if byte(bytes, end) == b' ' => {
                self.spoken_secret(start, end).or_else(|| self.wait())
            }
            Word::Secret => None,
            Word::Identified => self.identified_by(end),
            Word::User => {
                let quoted = self.quoted_user(end);
                quoted.or_else(|| login::behind_user(bytes, start, end))
            }
            Word::Logged => login::behind_logged(bytes, end),
        }?;
        Some(self.push_value(span))
    }

    /// `Herr Müller`. The title is written with a capital: `ms` are milliseconds.
    fn titled(&self, start: usize, end: usize) -> Option<Span> {
        let bytes = self.bytes;
        if !bytes[start].is_ascii_uppercase() && bytes[start] < 0x80 {
            return None;
        }
        let mut at = end + usize::from(byte(bytes, end) == b'.');
        if byte(bytes, at) == b' ' || byte(bytes, at) == b'+' {
            at += 1;
        } else if bytes[at.min(bytes.len())..].starts_with("\u{a0}".as_bytes()) {
            at += 2;
        }
        let range = name::capitalised(bytes, at, 1).filter(|_| at > end)?;
        Some(Span::new(range.start, range.end, Rule::Name))
    }

    /// `Hi Anna,`. Programs greet the world.
    fn greeted(&self, start: usize, end: usize) -> Option<Span> {
        let prose = self.setting.mode == Mode::Prose;
        let name = self.titled(start, end).filter(|_| prose)?;
        let addressed = matches!(byte(self.bytes, name.end), b',' | b'!');
        addressed.then_some(name)
    }

    /// `IDENTIFIED BY 'secret'`
    fn identified_by(&self, end: usize) -> Option<Span> {
        const LINK: &[u8] = b" by '";
        let open = end + LINK.len();
        let link = self.bytes.get(end..open)?;
        if !link.eq_ignore_ascii_case(LINK) {
            return None;
        }
        let length = memchr::memchr(b'\'', &self.bytes[open..])?;
        let scrubbed = placeholder_end(self.bytes, open) == Some(open + length);
        (length > 0 && !scrubbed).then(|| Span::new(open, open + length, Rule::Password))
    }

    /// `assigned to Anna Schmidt`, `zugewiesen an ...`
    fn done_by(&mut self, end: usize) -> Option<Span> {
        let rest = &self.bytes[end..];
        let links = [
            &b" to "[..],
            b" an ",
            b" by ",
            b" von ",
            b": ",
            b" to: ",
            b" an: ",
        ];
        let link = links.into_iter().find(|link| rest.starts_with(link))?;
        match name::capitalised(self.bytes, end + link.len(), 2) {
            Some(range) => Some(Span::new(range.start, range.end, Rule::Name)),
            None => self.wait(),
        }
    }

    /// `--password hunter2` of a command line, and `the password is hunter2`.
    fn spoken_secret(&self, start: usize, end: usize) -> Option<Span> {
        let bytes = self.bytes;
        let rest = &bytes[end..];
        let length = bytes[..start]
            .iter()
            .rev()
            .take(keys::KEY_BYTES_MAX)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            .count();
        let option = start - length;
        let class =
            keys::classify(&bytes[option..end]).filter(|class| class.reach != Reach::Hint)?;
        let spoken = [&b" is "[..], b" ist ", b" lautet ", b" was ", b" war "];
        let is_option = bytes[option..].starts_with(b"--") && end < bytes.len();
        let link = match spoken.into_iter().find(|link| rest.starts_with(link)) {
            _ if is_option => 1,
            Some(link) => link.len(),
            // `with password 'hunter2'`
            None if class.reach == Reach::Whole && matches!(byte(rest, 1), b'"' | b'\'') => 1,
            None => return None,
        };
        let mark = byte(bytes, end + link);
        let quoted = matches!(mark, b'"' | b'\'');
        let at = end + link + usize::from(quoted);
        let text = bytes.get(at..)?;
        let ends = |b: &u8| match quoted {
            true => *b == mark || *b == b'\n',
            false => b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b',' | b';'),
        };
        let value = &text[..text.iter().position(ends).unwrap_or(text.len())];
        let value = match is_option {
            true => value,
            false => value.strip_suffix(b".").unwrap_or(value),
        };
        let fits = match is_option {
            true => !value.is_empty() && !matches!(value[0], b'-' | b'$' | b'<'),
            false => value.len() >= 4 && (is_random(value) || quoted && link > 1),
        };
        (fits && placeholder_end(bytes, at) != Some(at + value.len()))
            .then(|| Span::new(at, at + value.len(), class.rule))
    }

    /// `for user 'anna'@'203.0.113.5'`, as databases say it.
    fn quoted_user(&self, end: usize) -> Option<Span> {
        const USER_BYTES_MAX: usize = 64;
        let bytes = self.bytes;
        let open = end + 1;
        let mark = byte(bytes, open);
        if byte(bytes, end) != b' ' || !matches!(mark, b'"' | b'\'' | b'`') {
            return None;
        }
        let rest = bytes.get(open + 1..)?;
        let length = rest
            .iter()
            .take(USER_BYTES_MAX + 1)
            .position(|b| *b == mark)?;
        let value = open + 1..open + 1 + length;
        let text = &bytes[value.clone()];
        let plain = length > 0
            && !text.iter().any(|b| b"(){}[]<>=%$".contains(b))
            && text.iter().any(|b| is_word(*b));
        let known =
            placeholder_end(bytes, value.start) == Some(value.end) || path::is_nobodys(text);
        (plain && !known && word_has_meaning(text))
            .then(|| Span::new(value.start, value.end, Rule::User))
    }
}

/// Digits among other characters, signs that no word has, or capitals in several places.
fn is_random(value: &[u8]) -> bool {
    const HUMPS_MIN: usize = 3;
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let sign = |b: &u8| {
        matches!(
            b,
            b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'='
        )
    };
    let hump = |pair: &&[u8]| !pair[0].is_ascii_uppercase() && pair[1].is_ascii_uppercase();
    digits > 0 && digits < value.len()
        || value.iter().any(sign)
        || value.windows(2).filter(hump).count() >= HUMPS_MIN
}
