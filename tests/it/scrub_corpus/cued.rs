//! Values that only a cue gives away, together with the cue.

use super::fresh;
use super::people::{Half, slug};
use super::random::{BASE62, Random};
use super::values::{Make, Value};

/// Cued classes and the share of them that has to be found, in percent.
pub const CUED: &[(&str, f64, Make)] = &[
    ("phone, with a cue", 98.0, phone),
    ("name, with a cue", 95.0, name),
    ("password, key and value", 99.5, password),
    ("secret, key and value", 99.5, secret),
    ("bearer and basic", 99.5, scheme),
    ("cookie header", 99.5, cookie),
    ("date of birth", 98.0, birth_date),
    ("coordinates", 98.0, coordinates),
    ("IMEI", 98.0, imei),
    ("plate", 95.0, plate),
    ("BIC", 95.0, bic),
    ("BSN, Dutch", 99.5, dutch),
    ("device name", 95.0, device),
    ("user, with a cue", 95.0, user),
    ("e-mail, written out", 95.0, spelled_email),
];

/// One of the cues of a half: `fresh` ones belong to the part of that name, `shared` ones to the others.
fn own(
    shared: &[&'static str],
    fresh: &[&'static str],
    half: Half,
    random: &mut Random,
) -> &'static str {
    if half == Half::Fresh {
        return random.pick(fresh);
    }
    let own: Vec<&str> = shared
        .iter()
        .enumerate()
        .filter(|(i, _)| half.owns(*i))
        .map(|(_, entry)| *entry)
        .collect();
    random.pick(&own)
}

fn digit_parts(text: &str) -> Vec<String> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    digits.windows(5).map(|w| w.iter().collect()).collect()
}

fn phone(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let area = random.pick(locale.area_codes).trim_start_matches('0');
    let length = random.between(6, 8);
    let digits = random.digits(length);
    let number = match random.below(5) {
        0 => format!("0{area} {digits}"),
        1 => format!("0{area}/{digits}"),
        2 => format!("0{area}{digits}"),
        3 => format!("(0{area}) {} {}", &digits[..3], &digits[3..]),
        _ => format!("0{area}-{digits}"),
    };
    let cues = [
        "Tel. {}",
        "phone: {}",
        "Telefon {}",
        "call {}",
        "Handy: {}",
        "mobile={}",
        "phone number is {}",
        "Fax {}",
        "Tel.: {}",
        "telephone {}",
        "Rückruf unter {}",
        "Mobil {}",
        "contact phone {}",
        "Telefonnummer: {}",
        "please call me on {}",
        "Rufnummer {}",
        "\"phone\": \"{}\"",
        "phone_number={}",
    ];
    Value {
        text: own(&cues, fresh::PHONE, half, random).replace("{}", &number),
        parts: digit_parts(&number),
    }
}

fn name(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let (first, last) = (random.pick(locale.first), random.pick(locale.last));
    let cues = [
        "name: {}",
        "Herr {last}",
        "Frau {}",
        "Dear {first},",
        "assigned to {}",
        "Mr. {last}",
        "Mrs {last}",
        "Sehr geehrte Frau {last}",
        "customer_name={}",
        "Frau Dr. {last}",
        "Kunde: {}",
        "first_name={first}",
        "\"lastName\": \"{last}\"",
        "customer {} not found",
        "Ms {last}",
        "Liebe {first},",
        "zugewiesen an {}",
        "Nachname: {last}",
    ];
    let cue = own(&cues, fresh::NAME, half, random);
    let full = format!("{first} {last}");
    let forms = [("{}", full.as_str()), ("{first}", first), ("{last}", last)];
    let (form, name) = forms
        .into_iter()
        .find(|(form, _)| cue.contains(form))
        .unwrap_or_default();
    let small = |word: &&str| {
        word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() > 2
    };
    Value {
        text: cue.replace(form, name),
        parts: name.split(' ').filter(small).map(str::to_owned).collect(),
    }
}

fn password(random: &mut Random, half: Half) -> Value {
    let length = random.between(8, 20);
    let password = random.text(
        "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!$*-_.+#@",
        length,
    );
    let password = format!("a{password}{}", random.text("XYZ23", 1));
    let cues = [
        "password={}",
        "password: {}",
        "passwd={}",
        "\"password\": \"{}\"",
        "PASSWORD={}",
        "Passwort: {}",
        "db_password={}",
        "userPassword: '{}'",
        "'password': '{}'",
        "--password {}",
        "pwd={};",
        "Kennwort={}",
        "user_pw={}",
        "password => \"{}\"",
        "<password>{}</password>",
        "password=\"{}\"",
    ];
    Value {
        text: own(&cues, fresh::PASSWORD, half, random).replace("{}", &password),
        parts: vec![password],
    }
}

fn secret(random: &mut Random, half: Half) -> Value {
    let length = random.between(16, 40);
    let secret = format!(
        "{}7{}",
        random.text(BASE62, length),
        random.text("abcxyz", 1)
    );
    let cues = [
        "token={}",
        "api_key={}",
        "access_token: {}",
        "X-Api-Key: {}",
        "\"secret\": \"{}\"",
        "sessionid={}",
        "client_secret={}",
        "apiKey: \"{}\"",
        "auth_token={}",
        "refreshToken={}",
        "csrf_token={}",
        "xAuthToken: {}",
        "PHPSESSID={}",
        "secret_key: {}",
        "'session': '{}'",
        "sig={}",
    ];
    Value {
        text: own(&cues, fresh::SECRET, half, random).replace("{}", &secret),
        parts: vec![secret],
    }
}

fn scheme(random: &mut Random, half: Half) -> Value {
    let length = random.between(20, 48);
    let secret = format!("{}8", random.text(BASE62, length));
    let cues = [
        "Authorization: Bearer {}",
        "authorization: Basic {}=",
        "with Bearer {}",
        "'Authorization': 'Bearer {}'",
        "Proxy-Authorization: Basic {}",
        "header Bearer {} rejected",
    ];
    Value {
        text: own(&cues, fresh::SCHEME, half, random).replace("{}", &secret),
        parts: vec![secret],
    }
}

fn cookie(random: &mut Random, half: Half) -> Value {
    let (one, two) = (random.text(BASE62, 20), random.text(BASE62, 12));
    let cues = [
        "Cookie: sid={}; theme={2}",
        "cookie: _ga={}; x={2}",
        "Set-Cookie: id={}; Path=/; v={2}",
        "Cookie: {}={2}",
    ];
    Value {
        text: own(&cues, fresh::COOKIE, half, random)
            .replace("{}", &one)
            .replace("{2}", &two),
        parts: vec![one, two],
    }
}

fn birth_date(random: &mut Random, half: Half) -> Value {
    let (day, month, year) = (
        random.between(1, 28),
        random.between(1, 12),
        random.between(1930, 2009),
    );
    let names = ["January", "March", "May", "June", "August", "October"];
    let date = match random.below(5) {
        0 => format!("{day:02}.{month:02}.{year}"),
        1 => format!("{year}-{month:02}-{day:02}"),
        2 => format!("{day:02}/{month:02}/{year}"),
        3 => format!("{day} {} {year}", random.pick(&names)),
        _ => format!("{day}.{month}.{year}"),
    };
    let cues = [
        "born {}",
        "geboren am {}",
        "DOB: {}",
        "birthdate={}",
        "Geburtsdatum: {}",
        "date of birth {}",
        "geb. {}",
        "birthday: {}",
        "\"dob\": \"{}\"",
        "date_of_birth={}",
    ];
    Value {
        text: own(&cues, fresh::BIRTH_DATE, half, random).replace("{}", &date),
        parts: vec![date, year.to_string()],
    }
}

fn coordinates(random: &mut Random, half: Half) -> Value {
    let (lat, lon) = (
        format!("{}.{}", random.between(10, 59), random.text("123456789", 6)),
        format!(
            "{}.{}",
            random.between(10, 120),
            random.text("123456789", 6)
        ),
    );
    let cues = [
        "lat={1}&lon={2}",
        "position {1}, {2}",
        "\"lat\": {1}, \"lng\": {2}",
        "at {1},{2} now",
        "latitude: {1} longitude: {2}",
        "geo:{1},{2}",
    ];
    let text = own(&cues, fresh::COORDINATES, half, random)
        .replace("{1}", &lat)
        .replace("{2}", &lon);
    Value {
        text,
        parts: vec![lat[..5].to_owned(), lon[..lon.len() - 4].to_owned()],
    }
}

fn luhn(digits: &str) -> String {
    (0..10)
        .map(|check| format!("{digits}{check}"))
        .find(|number| {
            let sum: u32 = number
                .bytes()
                .rev()
                .enumerate()
                .map(|(i, b)| {
                    let doubled = u32::from(b - b'0') << (i % 2);
                    doubled / 10 + doubled % 10
                })
                .sum();
            sum.is_multiple_of(10)
        })
        .unwrap_or_default()
}

fn imei(random: &mut Random, half: Half) -> Value {
    let number = luhn(&format!("35{}", random.digits(12)));
    let number = if random.below(2) == 0 {
        number
    } else {
        format!(
            "{}-{}-{}-{}",
            &number[..2],
            &number[2..8],
            &number[8..14],
            &number[14..]
        )
    };
    let cues = [
        "IMEI {}",
        "imei={}",
        "IMEI: {}",
        "\"imei\": \"{}\"",
        "device imei {}",
        "imei number {}",
    ];
    Value {
        text: own(&cues, fresh::IMEI, half, random).replace("{}", &number),
        parts: digit_parts(&number),
    }
}

fn plate(random: &mut Random, half: Half) -> Value {
    let number = random.between(10, 9999).to_string();
    let (city, letters) = (
        random.pick(&["M", "B", "HH", "TÜ", "KA"]),
        random.text("ABCDEFGHKLMNPRSTUVWXYZ", 2),
    );
    let plate = format!("{city}-{letters} {number}");
    let cues = [
        "Kennzeichen {}",
        "plate: {}",
        "Kennzeichen: {}",
        "license_plate={}",
        "number plate {}",
        "Kfz-Kennzeichen {}",
    ];
    Value {
        text: own(&cues, fresh::PLATE, half, random).replace("{}", &plate),
        parts: vec![format!("{letters} {number}")],
    }
}

fn bic(random: &mut Random, half: Half) -> Value {
    let bic = random.pick(&[
        "COBADEFFXXX",
        "DEUTDEFF",
        "BNPAFRPP",
        "UBSWCHZH80A",
        "INGBNL2A",
        "UNCRITMM",
    ]);
    let cues = [
        "BIC {}",
        "BIC: {}",
        "SWIFT code {}",
        "bic={}",
        "BIC/SWIFT: {}",
        "\"bic\": \"{}\"",
    ];
    Value {
        text: own(&cues, fresh::BIC, half, random).replace("{}", bic),
        parts: vec![bic.to_owned()],
    }
}

fn dutch(random: &mut Random, half: Half) -> Value {
    let number = loop {
        let digits = format!("{}{}", random.between(1, 9), random.digits(7));
        let sum: usize = digits
            .bytes()
            .zip((2..=9).rev())
            .map(|(b, w)| usize::from(b - b'0') * w)
            .sum();
        if sum % 11 < 10 {
            break format!("{digits}{}", sum % 11);
        }
    };
    let cues = [
        "BSN {}",
        "bsn={}",
        "BSN: {}",
        "burgerservicenummer {}",
        "\"bsn\": \"{}\"",
        "bsn is {}",
    ];
    Value {
        text: own(&cues, fresh::DUTCH, half, random).replace("{}", &number),
        parts: digit_parts(&number),
    }
}

fn device(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let first = random.pick(locale.first);
    let forms = [
        "{}'s iPhone",
        "{}’s iPad",
        "iPhone von {}",
        "{}s-MacBook-Pro.local",
        "{}'s Galaxy",
        "{}s-iMac",
    ];
    Value {
        text: own(&forms, fresh::DEVICE, half, random).replace("{}", first),
        parts: vec![first.to_owned()],
    }
}

fn user(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let login = format!(
        "{}.{}",
        slug(random.pick(locale.first), false),
        slug(random.pick(locale.last), false)
    );
    let cues = [
        "user={}",
        "username: {}",
        "user: {}",
        "for user '{}'",
        "login={}",
        "userName={}",
        "benutzer: {}",
        "user \"{}\"",
        "\"username\": \"{}\"",
        "user_name={}",
    ];
    Value {
        text: own(&cues, fresh::USER, half, random).replace("{}", &login),
        parts: vec![login],
    }
}

fn spelled_email(random: &mut Random, half: Half) -> Value {
    let locale = half.locale(random);
    let local = format!(
        "{}.{}",
        slug(random.pick(locale.first), false),
        slug(random.pick(locale.last), false)
    );
    let forms = [
        "{} (at) example.org",
        "{} at example dot org",
        "{}[at]example.org",
        "{} [at] example [dot] org",
        "{}(at)example(dot)org",
        "mail {} at example.org",
    ];
    Value {
        text: own(&forms, fresh::SPELLED_EMAIL, half, random).replace("{}", &local),
        parts: vec![local],
    }
}
