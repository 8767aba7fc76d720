//! Numbers of nothing but digits: German and Polish, Swiss, French, Austrian, Dutch, American.

use super::super::class::{byte, separator};
use super::{Context, is_day_and_month, number};

/// Digits of the longest such number: the French one.
const DIGITS_MAX: usize = 15;

/// Groups of digits with single separators between them.
pub(super) struct Row {
    digits: [u8; DIGITS_MAX],
    /// Length of each group, in the order in which they stand, and where it ends.
    groups: [usize; GROUPS_MAX],
    pub ends: [usize; GROUPS_MAX],
    pub count: usize,
    pub joint: u8,
}

/// Groups of the French number with its key, the one with the most.
const GROUPS_MAX: usize = 7;

impl Row {
    /// The groups from `start` on, as long as the same separator stands between them.
    pub fn at(bytes: &[u8], start: usize) -> Self {
        let mut row = Self {
            digits: [0; DIGITS_MAX],
            groups: [0; GROUPS_MAX],
            ends: [start; GROUPS_MAX],
            count: 0,
            joint: 0,
        };
        let (mut at, mut digits) = (start, 0);
        while row.count < GROUPS_MAX {
            let from = at;
            while byte(bytes, at).is_ascii_digit() {
                if digits == DIGITS_MAX {
                    return row;
                }
                row.digits[digits] = bytes[at] - b'0';
                digits += 1;
                at += 1;
            }
            row.groups[row.count] = at - from;
            row.ends[row.count] = at;
            row.count += 1;
            let width = separator(bytes, at);
            let joint = byte(bytes, at);
            if width == 0
                || !byte(bytes, at + width).is_ascii_digit()
                || row.count > 1 && joint != row.joint
            {
                break;
            }
            row.joint = joint;
            at += width;
        }
        row
    }

    /// The first `count` groups and their digits.
    pub fn first(&self, count: usize) -> (&[u8], &[usize]) {
        let groups = &self.groups[..count];
        (&self.digits[..groups.iter().sum()], groups)
    }
}

/// True if groups of digits with `joint` between them are such a number.
pub(super) fn is_known(digits: &[u8], groups: &[usize], joint: u8, context: Context) -> bool {
    let cue = context == Context::Announced;
    let compact = groups.len() == 1;
    let likely = cue || !compact || context == Context::Neutral;
    match digits.len() {
        // German tax id, Polish PESEL
        11 => {
            let grouping = compact || matches!(groups, [2, 3, 3, 3]) || cue;
            likely && grouping && (german(digits) || polish(digits))
        }
        // Swiss AHV
        13 => {
            digits.starts_with(&[7, 5, 6]) && ean13(digits) && matches!(groups, [13] | [3, 4, 4, 2])
        }
        // French NIR with its key
        15 => likely && matches!(digits[0], 1..=4 | 7 | 8) && french(digits),
        // Austrian social insurance. A unix time has ten digits, too.
        10 => {
            let unix_time = compact && matches!(digits[0], 1 | 2);
            (cue || matches!(groups, [4, 6]) || compact && likely && !unix_time) && austrian(digits)
        }
        9 => {
            let social_security =
                matches!(groups, [3, 2, 4]) && matches!(joint, b'-' | b' ') || cue && compact;
            let dutch_shape = cue || joint == b'.' && matches!(groups, [4, 2, 3] | [3, 3, 3]);
            social_security && american(digits) && (joint != b' ' || cue)
                || dutch_shape && dutch(digits)
        }
        8 => cue && dutch(&[&[0], digits].concat()),
        _ => false,
    }
}

/// ISO 7064 mod 11,10; of the first ten digits one occurs twice or three times and at least one never.
fn german(digits: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for &digit in &digits[..10] {
        counts[usize::from(digit)] += 1;
    }
    let doubled = counts.iter().filter(|&&count| count > 1).count();
    let product = digits[..10].iter().fold(10u32, |product, &digit| {
        let sum = (u32::from(digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let check = (11 - product) % 10;
    digits[0] != 0
        && doubled == 1
        && counts.iter().all(|&count| count <= 3)
        && check == u32::from(digits[10])
}

/// Birth date with the century in the month, weights 1 3 7 9.
fn polish(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    is_day_and_month(number(&digits[4..6]), number(&digits[2..4]) % 20)
        && (10 - sum % 10) % 10 == u32::from(digits[10])
}

fn ean13(digits: &[u8]) -> bool {
    let sum: u32 = digits[..12]
        .iter()
        .enumerate()
        .map(|(i, &d)| u32::from(d) * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    (10 - sum % 10) % 10 == u32::from(digits[12])
}

/// 97 minus the number modulo 97. The month may be a code for an unknown one (20 and above).
pub(super) fn french(digits: &[u8]) -> bool {
    let month = number(&digits[3..5]);
    let known = (1..=12).contains(&month) || (20..=42).contains(&month) || month >= 50;
    known && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

/// The fourth digit checks the others; the last six are the birth date.
fn austrian(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    digits[0] != 0
        && sum % 11 == u32::from(digits[3])
        && is_day_and_month(number(&digits[4..6]), number(&digits[6..8]))
}

fn american(digits: &[u8]) -> bool {
    let area = number(&digits[..3]);
    area != 0
        && area != 666
        && area < 900
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
}

/// The eleven test: weights 9 to 2, and -1.
fn dutch(digits: &[u8]) -> bool {
    let sum: i32 = digits[..8]
        .iter()
        .zip((2..=9).rev())
        .map(|(&digit, weight)| i32::from(digit) * weight)
        .sum();
    let sum = sum - i32::from(digits[8]);
    sum % 11 == 0 && digits.iter().any(|&digit| digit != 0)
}
