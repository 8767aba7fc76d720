//! A dictionary of words in any case, made to turn strangers away fast: nearly all words are strangers.

/// Letters of a word that the filter sees.
pub(super) const HEAD_BYTES: usize = 4;
const HEADS: usize = 1 << 12;
/// Open addressing; a quarter is used at most.
const SLOTS: usize = 1 << 11;

/// Words and what they mean.
pub(super) struct Lexicon<T> {
    /// For each hash of the first letters, one bit for each length (modulo 32) that a word with them may have.
    lengths: [u32; HEADS],
    slots: Vec<Option<(&'static str, T)>>,
}

impl<T: Copy> Lexicon<T> {
    pub fn new() -> Self {
        Self {
            lengths: [0; HEADS],
            slots: vec![None; SLOTS],
        }
    }

    /// Adds every word of a list. A word that is known already keeps its meaning.
    pub fn add(&mut self, words: &'static str, meaning: T) {
        for word in words.split_ascii_whitespace() {
            self.admit(word.as_bytes(), 1 << word.len());
            let mut slot = first_slot(head(word.as_bytes()), word.len());
            while self.slots[slot].is_some_and(|(known, _)| known != word) {
                slot = (slot + 1) % SLOTS;
            }
            self.slots[slot].get_or_insert((word, meaning));
        }
    }

    /// Lets the words through the filter that a text with this prefix starts with.
    pub fn admit_prefix(&mut self, prefix: &[u8]) {
        let word = prefix
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        self.admit(&prefix[..word], 1 << word);
        if word == prefix.len() {
            // It goes on with any letter or digit.
            for next in b'0'..=b'z' {
                let longer = [prefix, &[next]].concat();
                self.admit(&longer, u32::MAX);
            }
        }
    }

    fn admit(&mut self, word: &[u8], lengths: u32) {
        let letters = letters(head(word), word.len() as u32);
        self.lengths[hash(letters) as usize % HEADS] |= lengths;
    }

    /// 1 if a word of this length, at least 1, that starts with these bytes may be known, else 0.
    #[inline]
    pub fn may_hold(&self, start: [u8; HEAD_BYTES], length: u32) -> u64 {
        let lengths = self.lengths[hash(letters(start, length)) as usize % HEADS];
        u64::from(lengths.wrapping_shr(length) & 1)
    }

    /// What `word` means.
    #[inline]
    pub fn find(&self, word: &[u8]) -> Option<T> {
        let start = head(word);
        if word.is_empty() || self.may_hold(start, word.len() as u32) == 0 {
            return None;
        }
        self.look_up(start, word, b"")
    }

    /// What two words mean when they are written together.
    #[inline]
    pub fn find_joined(&self, first: &[u8], second: &[u8]) -> Option<T> {
        let shift = 8 * first.len().min(HEAD_BYTES) as u32;
        let behind = u32::from_le_bytes(head(second)).checked_shl(shift);
        let start = u32::from_le_bytes(head(first)) | behind.unwrap_or(0);
        let start = start.to_le_bytes();
        if self.may_hold(start, (first.len() + second.len()) as u32) == 0 {
            return None;
        }
        self.look_up(start, first, second)
    }

    fn look_up(&self, start: [u8; HEAD_BYTES], first: &[u8], second: &[u8]) -> Option<T> {
        let length = first.len() + second.len();
        let mut slot = first_slot(start, length);
        while let Some((known, meaning)) = self.slots[slot] {
            if known.len() == length {
                let (start, end) = known.as_bytes().split_at(first.len());
                if is_same(start, first) && is_same(end, second) {
                    return Some(meaning);
                }
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// True for the same letters in whatever case: those of ASCII and Latin-1 differ by one bit. Both are equally long.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    const EIGHT: usize = 8;
    const CASE: u64 = u64::from_le_bytes([0x20; EIGHT]);
    let differing = |a: &[u8; EIGHT], b: &[u8; EIGHT]| {
        (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)) & !CASE
    };
    // Eight at a time, the last of them perhaps twice: where a word ends is hard to predict.
    if let (Some(last), Some(other_last)) = (one.last_chunk(), other.last_chunk()) {
        let (eights, _) = one.as_chunks::<EIGHT>();
        let (others, _) = other.as_chunks::<EIGHT>();
        let pairs = eights.iter().zip(others);
        return pairs.fold(differing(last, other_last), |all, (a, b)| {
            all | differing(a, b)
        }) == 0;
    }
    let short = |text: &[u8]| match (text.first_chunk::<HEAD_BYTES>(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => text.iter().fold(0, |all, &b| all << 8 | u64::from(b)),
    };
    (short(one) ^ short(other)) & !CASE == 0
}

/// The letters of a word of at most eight bytes in one number, in lower case: a few of them are compared at once.
#[inline]
pub(super) const fn packed(word: &[u8]) -> Option<u64> {
    if word.len() > 8 {
        return None;
    }
    let (mut all, mut i) = (0, 0);
    while i < word.len() {
        all = all << 8 | (word[i] | 0x20) as u64;
        i += 1;
    }
    Some(all)
}

/// A list of such words. A longer one is left out.
pub(super) const fn packed_words<const N: usize>(words: [&str; N]) -> [u64; N] {
    let (mut all, mut i) = ([0; N], 0);
    while i < N {
        if let Some(word) = packed(words[i].as_bytes()) {
            all[i] = word;
        }
        i += 1;
    }
    all
}

/// The first letters in lower case; bytes behind the end of a short word do not count.
#[inline]
pub(super) fn letters(start: [u8; HEAD_BYTES], length: u32) -> u32 {
    const KEPT: [u32; HEAD_BYTES + 1] = [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff];
    let kept = KEPT[(length as usize).min(HEAD_BYTES)];
    (u32::from_le_bytes(start) | 0x2020_2020) & kept
}

#[inline]
fn hash(letters: u32) -> u32 {
    letters.wrapping_mul(0x9E37_79B1) >> 20
}

fn first_slot(start: [u8; HEAD_BYTES], length: usize) -> usize {
    let letters = letters(start, length as u32);
    hash(letters ^ (length as u32) << 26) as usize % SLOTS
}

/// The first four bytes of a text, with zeros beyond its end.
#[inline]
pub(super) fn head(text: &[u8]) -> [u8; HEAD_BYTES] {
    match text.first_chunk() {
        Some(four) => *four,
        None => std::array::from_fn(|i| text.get(i).copied().unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_alone_and_joined() {
        let mut lexicon = Lexicon::new();
        lexicon.add("phone at apikey téléphone", 1);
        lexicon.add("phone key", 2);
        assert_eq!(lexicon.find(b"PHONE"), Some(1));
        assert_eq!(lexicon.find("téléphone".as_bytes()), Some(1));
        assert_eq!(lexicon.find(b"key"), Some(2));
        for word in [&b"phones"[..], b"", b"a", b"ate", &[b'x'; 60]] {
            assert_eq!(lexicon.find(word), None);
        }
        assert_eq!(lexicon.find_joined(b"Api", b"Key"), Some(1));
        assert_eq!(lexicon.find_joined(b"api", b"at"), None);
    }

    #[test]
    fn prefixes_pass_the_filter() {
        let mut lexicon = Lexicon::<()>::new();
        lexicon.admit_prefix(b"eyJ");
        lexicon.admit_prefix(b"sk_live_");
        let passes = |word: &[u8]| lexicon.may_hold(head(word), word.len() as u32) == 1;
        assert!(passes(b"eyJ") && passes(b"eyJhbGciOiJ") && passes(b"sk"));
        assert!(!passes(b"ey") && !passes(b"sky"));
    }
}
