//! Texts that look like findings and are none: they must come out unchanged.

use super::random::{HEX, Random};

/// One text of each kind, made anew for each seed.
pub fn near_misses(random: &mut Random) -> Vec<String> {
    let mut n = |from, to| random.between(from, to);
    let mut texts = vec![
        format!("version 1.{}.{}.{}", n(0, 20), n(0, 20), n(0, 255)),
        format!(
            "Chrome/{}.0.{}.{} Safari/537.36",
            n(90, 150),
            n(4000, 6000),
            n(1, 255)
        ),
        format!(
            "Mozilla/5.0 (X11; Linux x86_64) Edge/{}.0.{}.{}",
            n(90, 150),
            n(1, 255),
            n(1, 255)
        ),
        format!(
            "libfoo-{}.{}.{}.{}.jar",
            n(1, 9),
            n(0, 9),
            n(0, 9),
            n(0, 99)
        ),
        format!(
            "Version={}.{}.{}.0, Culture=neutral",
            n(1, 9),
            n(0, 9),
            n(0, 9)
        ),
        format!("order {} shipped", n(10_000_000_000, 99_999_999_999)),
        format!("timestamp 17{}", n(10_000_000, 99_999_999)),
        format!("ts=17{}{}", n(10_000_000, 99_999_999), n(100, 999)),
        format!(
            "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z",
            n(1, 12),
            n(1, 28),
            n(0, 23),
            n(0, 59),
            n(0, 59),
            n(100_000, 999_999)
        ),
        format!(
            "2026-{:02}-{:02} {:02}:{:02}:{:02}+01:00 done",
            n(1, 12),
            n(1, 28),
            n(0, 23),
            n(0, 59),
            n(0, 59)
        ),
        format!(
            "{} rows in {}.{:03} s",
            n(1000, 9_999_999),
            n(0, 99),
            n(0, 999)
        ),
        format!("shop@{}.{}.{}", n(0, 20), n(0, 20), n(0, 20)),
        format!(
            "node_modules/react-dom@{}.{}.{}/index.js",
            n(0, 20),
            n(0, 20),
            n(0, 20)
        ),
        format!("icon@{}x.png", n(2, 4)),
        format!("at std::__1::__tree<int>::destroy (tree:{})", n(1, 2000)),
        format!(
            "core::ops::function::FnOnce::call_once{{{{vtable.shim}}}}::h{}",
            n(100_000, 999_999)
        ),
        format!("AuthenticatorBase.java:{}", n(1, 900)),
        format!(
            "tokenizer.rs:{}:{} expected token: ';'",
            n(1, 900),
            n(1, 80)
        ),
        format!("def authorize(self, user, password): # line {}", n(1, 900)),
        format!(
            "thread 140{} (most recent call first)",
            n(100_000_000_000, 999_999_999_999)
        ),
        format!("0x{:016x} <unknown> + {}", n(1 << 40, 1 << 46), n(1, 5000)),
        format!("exit code {} after {} ms", n(0, 255), n(0, 99_999)),
        format!("max_tokens={} token_type=bearer", n(100, 9999)),
        format!(
            "page {} of {}, {} results",
            n(1, 99),
            n(100, 999),
            n(1000, 999_999)
        ),
        format!("-[NSObject(Foo) bar:]:{}", n(1, 900)),
        format!(
            "localhost:{} refused, 127.0.0.1:{} too",
            n(1000, 65_535),
            n(1000, 65_535)
        ),
        format!("{}:{:02}:{:02} uptime", n(10, 99), n(0, 59), n(0, 59)),
        format!("pid {} killed by signal {}", n(1000, 4_194_304), n(1, 31)),
        format!("{}x{} px, {} dpi", n(100, 9999), n(100, 9999), n(72, 600)),
        format!("SKU-{}-{}", n(1000, 9999), n(1000, 9999)),
        format!(
            "matrix [0.{}, 0.{}, 0.{}]",
            n(10_000, 99_999),
            n(10_000, 99_999),
            n(10_000, 99_999)
        ),
        format!(
            "retry in {}.{} s (attempt {}/{})",
            n(1, 9),
            n(1, 9),
            n(1, 4),
            n(5, 9)
        ),
        format!("return this@MainActivity.findViewById(R.id.x{})", n(1, 99)),
        format!("Segmentation fault at address 0x{:x}", n(1 << 30, 1 << 40)),
        format!("password: None, token: null, retries={}", n(1, 9)),
        format!("Unexpected token: punc ({})", n(1, 9)),
    ];
    texts.push(format!(
        "{}-{}-4{}-a{}-{}",
        random.text(HEX, 8),
        random.text(HEX, 4),
        random.text(HEX, 3),
        random.text(HEX, 3),
        random.text(HEX, 12)
    ));
    texts.push(format!(
        "trace {} span {}",
        random.text(HEX, 32),
        random.text(HEX, 16)
    ));
    texts.push(format!("sha256:{}", random.text(HEX, 64)));
    texts.push(format!("commit {}", random.text(HEX, 40)));
    texts.push(format!(
        "00000010: {} {} {} {}  ....",
        random.text(HEX, 4),
        random.text(HEX, 4),
        random.text(HEX, 4),
        random.text(HEX, 4)
    ));
    let digits = random.digits(15);
    texts.push(format!("card {}", fails_luhn(&format!("4{digits}"))));
    texts.push(format!(
        "iban DE{}370400440532013000",
        random.between(10, 88)
    ));
    texts
}

/// Changes the last digit if the number passes by chance.
fn fails_luhn(digits: &str) -> String {
    let sum = |digits: &str| -> u32 {
        digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(i, b)| {
                let doubled = u32::from(b - b'0') << (i % 2);
                doubled / 10 + doubled % 10
            })
            .sum()
    };
    if sum(digits).is_multiple_of(10) {
        let last = digits.bytes().last().map_or(0, |b| b - b'0');
        format!("{}{}", &digits[..digits.len() - 1], (last + 1) % 10)
    } else {
        digits.to_owned()
    }
}
