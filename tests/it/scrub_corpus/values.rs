//! One value of each class, as people and programs write it.
#![expect(clippy::disallowed_types, reason = "makes up addresses to be found")]

use std::net::{Ipv4Addr, Ipv6Addr};

use super::people::{Half, slug};
use super::random::{BASE62, HEX, Random};

/// A value and the parts of it that must be gone afterwards.
pub struct Value {
    pub text: String,
    pub parts: Vec<String>,
}

impl Value {
    fn whole(text: String) -> Self {
        Self {
            parts: vec![text.clone()],
            text,
        }
    }

    /// Digits count as leaked when four of them are left in a row.
    fn digits(text: String) -> Self {
        let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        let mut parts: Vec<String> = digits.windows(5).map(|w| w.iter().collect()).collect();
        let groups = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|group| group.len() >= 4);
        parts.extend(groups.map(str::to_owned));
        Self { text, parts }
    }
}

/// How a value of a class is made.
pub type Make = fn(&mut Random, Half) -> Value;

/// Classes with a structure: found anywhere, without a cue.
pub const STRUCTURED: &[(&str, Make)] = &[
    ("email", email),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("mac", mac),
    ("card", card),
    ("iban", iban),
    ("phone, international", phone_international),
    ("tax id, German", german_tax),
    ("social insurance, German", german_insurance),
    ("AHV, Swiss", swiss),
    ("NIR, French", french),
    ("DNI and NIE, Spanish", spanish),
    ("codice fiscale, Italian", italian),
    ("PESEL, Polish", polish),
    ("NINO, British", british),
    ("SSN, American", american),
    ("social insurance, Austrian", austrian),
    ("token of a vendor", vendor_token),
    ("JWT", jwt),
    ("URL credentials", url_credentials),
    ("private key", private_key),
    ("home path", home_path),
];

pub fn email(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let marks = random.below(6) == 0;
    let (first, last) = (
        slug(random.pick(locale.first), marks),
        slug(random.pick(locale.last), marks),
    );
    let local = match random.below(8) {
        0 => format!("{first}.{last}"),
        1 => format!("{first}_{last}{}", random.between(1, 99)),
        2 => format!("{}{last}", first.chars().next().unwrap_or('x')),
        3 => format!("{first}-{last}"),
        4 => format!("{last}.{first}+{}", random.pick(&["news", "shop", "test1"])),
        5 => format!("{first}{}", random.between(1950, 2009)),
        6 => format!("{first}.{last}.{}", random.text("abcxyz", 2)),
        _ => format!("{last}{}", random.digits(3)),
    };
    let domain = random.pick(locale.domains);
    let text = format!("{local}@{domain}");
    let text = if random.below(12) == 0 {
        text.to_uppercase()
    } else {
        text
    };
    let local = text.split('@').next().unwrap_or_default().to_owned();
    Value {
        parts: vec![text.clone(), local],
        text,
    }
}

fn ipv4(random: &mut Random, _: Half) -> Value {
    let [a, b, c] = random.pick(&[
        [192, 0, 2],
        [198, 51, 100],
        [203, 0, 113],
        [10, 20, 30],
        [172, 16, 254],
        [81, 2, 69],
    ]);
    Value::whole(Ipv4Addr::new(a, b, c, random.between(1, 254) as u8).to_string())
}

fn ipv6(random: &mut Random, _: Half) -> Value {
    let tail = u128::from(random.next() | 1);
    let prefix = 0x2001_0db8_u128 << 96;
    let address = match random.below(6) {
        0 => Ipv6Addr::from_bits(prefix | tail & 0xffff_ffff),
        1 => Ipv6Addr::from_bits(prefix | (tail & 0xffff) << 64 | tail >> 32 & 0xffff | 1),
        2 => Ipv6Addr::from_bits(0xfe80_u128 << 112 | tail),
        _ => Ipv6Addr::from_bits(prefix | u128::from(random.next() & 0xffff_ffff) << 64 | tail),
    };
    let segments = address.segments();
    let text = match random.below(5) {
        0 => segments.map(|s| format!("{s:x}")).join(":"),
        1 => segments.map(|s| format!("{s:04x}")).join(":"),
        2 => address.to_string().to_uppercase(),
        3 => format!("::ffff:203.0.113.{}", random.between(1, 254)),
        _ => address.to_string(),
    };
    // The last two groups are the host.
    let tail = text
        .rsplitn(3, ':')
        .take(2)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect::<Vec<_>>()
        .join(":");
    let parts = if tail.len() >= 6 {
        vec![text.clone(), tail]
    } else {
        vec![text.clone()]
    };
    Value { text, parts }
}

pub fn mac(random: &mut Random, _: Half) -> Value {
    let pairs: Vec<String> = (0..6)
        .map(|i| {
            if i == 0 {
                "0a".to_owned()
            } else {
                random.text(HEX, 2)
            }
        })
        .collect();
    let text = pairs.join(random.pick(&[":", "-", ":"]));
    Value::whole(if random.below(2) == 0 {
        text.to_uppercase()
    } else {
        text
    })
}

/// Appends the Luhn check digit.
fn with_luhn(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let doubled = u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn grouped(digits: &str, sizes: &[usize], joint: &str) -> String {
    let mut rest = digits;
    let mut groups = Vec::new();
    for &size in sizes {
        let (group, tail) = rest.split_at(size.min(rest.len()));
        groups.push(group);
        rest = tail;
    }
    if !rest.is_empty() {
        groups.push(rest);
    }
    groups.join(joint)
}

pub fn card(random: &mut Random, _: Half) -> Value {
    let (prefix, length) = random.pick(&[
        ("4", 16),
        ("4", 13),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("65", 16),
        ("3528", 16),
        ("305", 14),
        ("36", 14),
        ("38", 14),
        ("6304", 12),
        ("5018", 12),
        ("6759", 16),
        ("2131", 15),
        ("0604", 12),
    ]);
    let digits = with_luhn(&format!(
        "{prefix}{}",
        random.digits(length - prefix.len() - 1)
    ));
    let joint = random.pick(&["", "", " ", "-"]);
    let text = match length {
        15 => grouped(&digits, &[4, 6, 5], joint),
        14 => grouped(&digits, &[4, 6, 4], joint),
        16 => grouped(&digits, &[4, 4, 4, 4], joint),
        _ => digits,
    };
    Value::digits(text)
}

fn iban(random: &mut Random, _: Half) -> Value {
    let (country, digits) = random.pick(&[
        ("DE", 18),
        ("AT", 16),
        ("CH", 17),
        ("FR", 23),
        ("ES", 20),
        ("PL", 24),
        ("BE", 12),
        ("NL", 0),
        ("GB", 0),
        ("IT", 0),
        ("SE", 20),
        ("DK", 14),
    ]);
    let body = match country {
        "NL" => format!("{}{}", random.pick(&["ABNA", "INGB"]), random.digits(10)),
        "GB" => format!("{}{}", random.pick(&["WEST", "BARC"]), random.digits(14)),
        "IT" => format!("{}{}", random.text("ABCXYZ", 1), random.digits(22)),
        _ => random.digits(digits),
    };
    let number = format!("{body}{country}00").bytes().fold(0u32, |rest, b| {
        if b.is_ascii_digit() {
            (rest * 10 + u32::from(b - b'0')) % 97
        } else {
            (rest * 100 + u32::from(b - b'A') + 10) % 97
        }
    });
    let compact = format!("{country}{:02}{body}", 98 - number);
    let text = match random.below(4) {
        0 | 1 => grouped(&compact, &[4; 8], " "),
        2 => compact.to_lowercase(),
        _ => compact,
    };
    Value::digits(text)
}

fn phone_international(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let area = random.pick(locale.area_codes).trim_start_matches('0');
    let number = random.between(6, 8);
    let number = random.digits(number);
    let code = locale.calling_code;
    Value::digits(match random.below(6) {
        0 => format!("+{code}{area}{number}"),
        1 => format!("+{code} {area} {number}"),
        2 => format!("+{code} (0){area} {} {}", &number[..3], &number[3..]),
        3 => format!("+{code}-{area}-{}-{}", &number[..3], &number[3..]),
        4 => format!("+{code} ({area}) {number}"),
        _ => format!("+{code} {area}/{number}"),
    })
}

fn german_tax(random: &mut Random, _: Half) -> Value {
    // One digit twice, the other eight once.
    let mut digits: Vec<u8> = (0..10).collect();
    for i in (1..10).rev() {
        digits.swap(i, random.below(i + 1));
    }
    if digits[0] == 0 {
        digits.swap(0, 9);
    }
    let from = random.between(1, 8);
    digits[9] = digits[from];
    let product = digits.iter().fold(10u32, |product, &d| {
        let sum = (u32::from(d) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let text: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
    let text = format!("{text}{}", (11 - product) % 10);
    Value::digits(if random.below(2) == 0 {
        grouped(&text, &[2, 3, 3, 3], " ")
    } else {
        text
    })
}

fn birth(random: &mut Random) -> (usize, usize, usize) {
    (
        random.between(1, 28),
        random.between(1, 12),
        random.between(30, 99),
    )
}

fn german_insurance(random: &mut Random, _: Half) -> Value {
    let (day, month, year) = birth(random);
    let head = format!("{:02}{day:02}{month:02}{year:02}", random.between(2, 89));
    let letter = random.pick(b"ABCDEFGHJKLMNPRSTUVWZ");
    let serial = format!("{:02}", random.between(0, 99));
    let row = format!("{head}{:02}{serial}", letter - b'A' + 1);
    let sum: u32 = row
        .bytes()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(b, weight)| {
            let product = u32::from(b - b'0') * weight;
            product / 10 + product % 10
        })
        .sum();
    let (letter, check) = (char::from(letter), sum % 10);
    Value::digits(if random.below(2) == 0 {
        format!("{head}{letter}{serial}{check}")
    } else {
        format!("{} {} {letter} {serial}{check}", &head[..2], &head[2..])
    })
}

fn swiss(random: &mut Random, _: Half) -> Value {
    let digits = format!("756{}", random.digits(9));
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    let digits = format!("{digits}{}", (10 - sum % 10) % 10);
    Value::digits(if random.below(3) == 0 {
        digits
    } else {
        grouped(&digits, &[3, 4, 4, 2], ".")
    })
}

fn french(random: &mut Random, _: Half) -> Value {
    let (_, month, year) = birth(random);
    let head = format!(
        "{}{year:02}{month:02}{:02}{:03}{:03}",
        random.between(1, 2),
        random.between(1, 95),
        random.between(1, 899),
        random.between(1, 999)
    );
    let key = 97 - head.parse::<u64>().unwrap_or(0) % 97;
    let digits = format!("{head}{key:02}");
    Value::digits(if random.below(2) == 0 {
        grouped(&digits, &[1, 2, 2, 2, 3, 3, 2], " ")
    } else {
        digits
    })
}

fn spanish(random: &mut Random, _: Half) -> Value {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    if random.below(2) == 0 {
        let number = random.between(10_000_000, 99_999_999);
        return Value::digits(format!("{number}{}", char::from(LETTERS[number % 23])));
    }
    let prefix = random.below(3);
    let number = random.between(1_000_000, 9_999_999);
    let letter = char::from(LETTERS[(prefix * 10_000_000 + number) % 23]);
    Value::digits(format!("{}{number}{letter}", ["X", "Y", "Z"][prefix]))
}

fn italian(random: &mut Random, _: Half) -> Value {
    const ODD: [usize; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let (day, _, year) = birth(random);
    let head = format!(
        "{}{year:02}{}{day:02}{}{:03}",
        random.text("BCDFGLMNPRSTV", 6),
        random.text("ABCDEHLMPRST", 1),
        random.text("ABCDEFGHL", 1),
        random.between(1, 999)
    );
    let sum: usize = head
        .bytes()
        .enumerate()
        .map(|(i, b)| {
            let value = usize::from(if b.is_ascii_digit() {
                b - b'0'
            } else {
                b - b'A'
            });
            if i % 2 == 0 { ODD[value] } else { value }
        })
        .sum();
    Value::whole(format!("{head}{}", char::from(b'A' + (sum % 26) as u8)))
}

fn polish(random: &mut Random, _: Half) -> Value {
    let (day, month, year) = birth(random);
    let head = format!("{year:02}{month:02}{day:02}{}", random.digits(4));
    let sum: u32 = head
        .bytes()
        .zip([1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    Value::digits(format!("{head}{}", (10 - sum % 10) % 10))
}

fn british(random: &mut Random, _: Half) -> Value {
    let prefix = random.pick(&["AB", "CE", "JK", "SR", "WP", "YA"]);
    let (digits, last) = (random.digits(6), random.text("ABCD", 1));
    Value::digits(if random.below(2) == 0 {
        format!("{prefix}{digits}{last}")
    } else {
        format!("{prefix} {} {last}", grouped(&digits, &[2, 2, 2], " "))
    })
}

fn american(random: &mut Random, _: Half) -> Value {
    Value::digits(format!(
        "{:03}-{:02}-{:04}",
        random.between(1, 665),
        random.between(1, 99),
        random.between(1, 9999)
    ))
}

fn austrian(random: &mut Random, _: Half) -> Value {
    loop {
        let (day, month, year) = birth(random);
        let serial = random.between(100, 999).to_string();
        let date = format!("{day:02}{month:02}{year:02}");
        let row = format!("{serial}0{date}");
        let sum: u32 = row
            .bytes()
            .zip([3, 7, 9, 0, 5, 8, 4, 2, 1, 6])
            .map(|(b, w)| u32::from(b - b'0') * w)
            .sum();
        if sum % 11 < 10 {
            return Value::digits(format!("{serial}{} {date}", sum % 11));
        }
    }
}

/// The prefixes are put together here so that no scanner takes them for real ones.
pub fn vendor_token(random: &mut Random, _: Half) -> Value {
    let (prefix, length, alphabet) = random.pick(&[
        (["AK", "IA"], 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        (["gh", "p_"], 36, BASE62),
        (["github_", "pat_"], 59, BASE62),
        (["sk_", "live_"], 24, BASE62),
        (["rk_", "test_"], 24, BASE62),
        (["xo", "xb-"], 40, BASE62),
        (["AI", "za"], 35, BASE62),
        (["glp", "at-"], 20, BASE62),
        (["np", "m_"], 36, BASE62),
        (["S", "G."], 60, BASE62),
        (["h", "f_"], 34, BASE62),
        (["sk-", "ant-"], 60, BASE62),
        (["dop_", "v1_"], 64, HEX),
        (["shp", "at_"], 32, HEX),
    ]);
    Value::whole(format!(
        "{}{}",
        prefix.concat(),
        random.text(alphabet, length)
    ))
}

pub fn jwt(random: &mut Random, _: Half) -> Value {
    let (claims, signature) = (random.between(40, 90), random.text(BASE62, 43));
    Value::whole(format!(
        "{}hbGciOiJIUzI1NiJ9.{}{}.{signature}",
        ["ey", "J"].concat(),
        ["ey", "J"].concat(),
        random.text(BASE62, claims)
    ))
}

fn url_credentials(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let scheme = random.pick(&["postgres", "https", "amqp", "redis", "mongodb+srv", "ftp"]);
    let user = slug(random.pick(locale.first), false);
    let length = random.between(8, 16);
    let password = random.text(
        "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!$*-_.",
        length,
    );
    Value {
        text: format!("{scheme}://{user}:{password}@db.example.org:5432/shop"),
        parts: vec![password, format!("{user}:")],
    }
}

fn private_key(random: &mut Random, _: Half) -> Value {
    let kind = random.pick(&["RSA ", "EC ", "", "OPENSSH "]);
    let body: Vec<String> = (0..3).map(|_| random.text(BASE62, 64)).collect();
    let label = format!("{kind}PRIV{}", "ATE KEY");
    Value {
        text: format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----",
            body.join("\n")
        ),
        parts: body,
    }
}

fn home_path(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let first = random.pick(locale.first);
    let user = match random.below(3) {
        0 => slug(first, false),
        1 => format!(
            "{}.{}",
            slug(first, false),
            slug(random.pick(locale.last), false)
        ),
        _ => format!("{}{}", slug(first, false), random.between(1, 99)),
    };
    let text = match random.below(5) {
        0 => format!("/home/{user}/src/shop/cart.py"),
        1 => format!("/Users/{user}/Projects/shop/cart.js"),
        2 => format!("C:\\Users\\{user}\\AppData\\Local\\Temp\\x.log"),
        3 => format!("C:/Users/{user}/dev/shop"),
        _ => format!("file:///home/{user}/shop/index.html"),
    };
    Value {
        text,
        parts: vec![user],
    }
}
