//! The second blind part: countries, carriers and cues of its own, written down when the other three parts had been looked at
//! and before it was ever run.

use super::carriers::{Carrier, Writing};
use super::people::Locale;

use Writing::{Base64, Form, Html, Json, Plain, Url, UrlTwice};

#[rustfmt::skip]
pub const LOCALES: &[Locale] = &[
    Locale {
        first: &["Zoltán", "Eszter", "László", "Réka", "Gergő", "Ágnes", "Bence"],
        last: &["Nagy", "Szűcs", "Horváth", "Kőszegi", "Fehér", "Őry", "Balogh"],
        domains: &["posta.example.hu", "ceg.example", "example.org"],
        calling_code: "36",
        area_codes: &["1", "20", "30", "52", "70"],
    },
    Locale {
        first: &["İbrahim", "Ayşe", "Çağrı", "Şule", "Emre", "Gökçe", "Mert"],
        last: &["Yılmaz", "Öztürk", "Çelik", "Aydın", "Şahin", "Kılıç", "Doğan"],
        domains: &["posta.example.com.tr", "sirket.example", "example.net"],
        calling_code: "90",
        area_codes: &["212", "312", "532", "555"],
    },
    Locale {
        first: &["Γιώργος", "Ελένη", "Κώστας", "Dimitris", "Ioanna", "Stavroula"],
        last: &["Παπαδόπουλος", "Νικολάου", "Georgiou", "Ιωάννου", "Vlachos"],
        domains: &["mail.example.gr", "etairia.example", "example.com"],
        calling_code: "30",
        area_codes: &["21", "231", "694", "697"],
    },
    Locale {
        first: &["Олена", "Тарас", "Oksana", "Андрій", "Bohdan", "Ірина"],
        last: &["Шевченко", "Коваленко", "Bondarenko", "Мельник", "Tkachuk"],
        domains: &["poshta.example.ua", "firma.example", "example.org"],
        calling_code: "380",
        area_codes: &["44", "50", "67", "93"],
    },
    Locale {
        first: &["Thiago", "Letícia", "Antônio", "Luíza", "Caio", "Raíssa"],
        last: &["da Conceição", "Cavalcanti", "Guimarães", "de Oliveira", "Assunção", "Prado"],
        domains: &["correio.example.com.br", "loja.example", "example.com"],
        calling_code: "55",
        area_codes: &["11", "21", "31", "85"],
    },
    Locale {
        first: &["Johann", "Leopoldine", "Franz-Josef", "Resi", "Alois", "Waltraud"],
        last: &["Gruber", "Hofstätter", "Wögerbauer", "zu Hohenfels", "Öllinger", "Pichler-Moser"],
        domains: &["post.example.at", "betrieb.example", "example.net"],
        calling_code: "43",
        area_codes: &["1", "316", "664", "676"],
    },
    Locale {
        first: &["Tyrone", "Latisha", "Brooklyn", "Wyatt", "Mei-Ling", "Xóchitl"],
        last: &["Smith-Jones", "St. Clair", "Washington", "Nguyen", "MacAllister", "O'Neill"],
        domains: &["mail.example.us", "acme.example", "example.com"],
        calling_code: "1",
        area_codes: &["212", "305", "415", "646"],
    },
];

#[rustfmt::skip]
pub const CARRIERS: &[Carrier] = &[
    // Logs
    (Plain, "<165>1 2026-11-22T03:40:55.003Z web-2 cartd 8710 ID47 [x@32473 n=\"7\"] refused {}"),
    (Plain, "2026/11/22 03:40:55 [error] 31#31: *8 open() \"/srv/www/x\" failed (2: No such file), hint: {}"),
    (Plain, "[Sun Nov 22 03:40:55.123456 2026] [php:error] [pid 2207] bad field {} in form"),
    (Json, "{\"time\":\"2026-11-22T03:40:55Z\",\"level\":\"WARN\",\"msg\":\"no match for {}\",\"attempt\":2}"),
    (Plain, "11-22 03:40:55.123  1834  1851 W CartFragment: {} is not usable"),
    (Plain, "2026-11-22 03:40:55.123456+0100 Shop[512:9120] [cart] got {}; ignoring"),
    (Plain, "START RequestId: 8f507cfc-36b1-4c8e-9a2c-8d6a1f1f1f1f Version: $LATEST\n[ERROR] Rejected: {}"),
    (Plain, "2026-11-22 03:40:55 UTC [4711] shop@shop STATEMENT:  select f('{}')"),
    (Plain, "warn: Shop.Carts.CartService[12]\n      Discarding {} (unknown)"),
    (Plain, "cart-7c9b8d-x2k4p cart 03:40:55.123 | DEBUG | shop.cart:load:71 - {}"),
    (Plain, "** WARNING ** {} **"),
    // Traces and messages
    (Plain, "KeyError: '{}'\n  File \"<stdin>\", line 1, in <module>"),
    (Plain, "Exception in thread \"pool-2-thread-9\" java.util.NoSuchElementException: {}\n\tat java.base/java.util.Optional.orElseThrow(Optional.java:403)"),
    (Plain, "Uncaught (in promise) Error: {} is not iterable\n    at load (cart.ts:17:9)\n    at async Promise.all (index 0)"),
    (Plain, "thread 'tokio-runtime-worker' panicked at 'no cart for {}', src/cart.rs:40:14"),
    (Plain, "Unhandled exception. System.ArgumentException: Value {} is out of range (Parameter 'key')"),
    (Plain, "undefined method `total' for \"{}\":String (NoMethodError)"),
    (Plain, "assertion failed: left != right\n  left: \"{}\"\n right: \"\""),
    // Requests
    (Url, "http://shop.example:8080/#/find/{}/details"),
    (Url, "Referer: https://www.shop.example/s?k={}&ref=nb_sb_noss"),
    (Form, "POST /contact HTTP/1.1 body: subject=cart&text={}&send=1"),
    (Form, "https://shop.example/find?text={}"),
    (UrlTwice, "https://t.shop.example/c?u=https%3A%2F%2Fshop.example%2Ffind%3Fq%3D{}&n=3"),
    (Plain, "Content-Disposition: form-data; name=\"note\"\r\n\r\n{}\r\n--boundary7"),
    (Plain, "X-Original-Query: \"{}\", length ok"),
    // Data
    (Json, "{\"errors\":[{\"message\":\"Variable $q got invalid value \\\"{}\\\"\",\"path\":[\"find\"]}]}"),
    (Json, "data: [1, {\"q\": \"{}\"}]"),
    (Plain, "<entry><q>{}</q></entry>"),
    (Plain, "<![CDATA[{}]]>"),
    (Plain, "17\t{}\topen\t2026-11-22"),
    (Plain, "query = \"{}\"  # from the form"),
    (Html, "&lt;li class=&quot;hit&quot;&gt;{}&lt;/li&gt;"),
    (Base64, "state={} (decoded later)"),
    // SQL
    (Plain, "# Time: 2026-11-22T03:40:55Z\nSELECT id FROM hits WHERE q LIKE '%{}%' LIMIT 1;"),
    (Plain, "DETAIL:  Failing row contains (17, {}, null)."),
    // Sentences
    (Plain, "Der Wert \"{}\" ist leider nicht gültig"),
    (Plain, "Zu ‚{}‘ liegt uns nichts vor."),
    (Plain, "I typed {} and nothing happened :("),
    (Plain, "Hi, it says {} but I never ordered anything."),
    (Plain, "Can you delete {}? Thanks"),
];

pub const PHONE: &[&str] = &[
    "Phone no. {}",
    "Mobiltelefon: {}",
    "ring me back at {}",
    "Tel-Nr. {}",
    "Erreichbar bin ich unter {}",
    "\"telefon\":\"{}\"",
    "contact_phone={}",
    "WhatsApp: {}",
    "SMS to {}",
    "<phone>{}</phone>",
    "phoneNumber: '{}'",
    "callback number: {}",
    "Telefonnummer lautet {}",
    "mobile no {}",
    "Ruf mich an: {}",
    "dialled {}",
];

/// `{}` is the whole name.
pub const NAME: &[&str] = &[
    "Name: {}",
    "Hello {first},",
    "Hallo Herr {last}",
    "Hi {first},",
    "signed by {}",
    "Ansprechpartnerin: {}",
    "full_name: \"{}\"",
    "Guten Tag Frau {last},",
    "reported by {}",
    "Vorname: {first}",
    "Familienname={last}",
    "author: {}",
    "invited by {}",
    "Sachbearbeiter {}",
    "Prof. Dr. {last}",
    "\"givenName\":\"{first}\"",
    "Kontoinhaber: {}",
    "Mr {last}",
    "angelegt von {}",
    "on behalf of Mrs. {last}",
];

pub const PASSWORD: &[&str] = &[
    "Password = {}",
    "passphrase: {}",
    "DB_PASS={}",
    "new_password={}",
    "'pwd': '{}'",
    "ftp_password: \"{}\"",
    "the admin password is {}",
    "Passwort lautet {}",
    "PGPASSWORD={} psql",
    "spring.datasource.password={}",
    "<Password>{}</Password>",
    "smtp_pass => '{}'",
    "IDENTIFIED BY '{}'",
    "with password '{}'",
    "password:{}",
    "Dein Kennwort: {}",
];

pub const SECRET: &[&str] = &[
    "Api-Key: {}",
    "x-access-token: {}",
    "bearer_token={}",
    "\"clientSecret\": \"{}\"",
    "SECRET_KEY='{}'",
    "aws_secret_access_key = {}",
    "id_token={}",
    "session_token: {}",
    "connect.sid={}",
    "JSESSIONID={}",
    "api key: {}",
    "X-CSRF-Token: {}",
    "AccountKey={};",
    "--api-key {}",
    "the token is {}",
];

pub const SCHEME: &[&str] = &[
    "Authorization=Bearer {}",
    "\"authorization\":\"Bearer {}\"",
    "-H 'Authorization: Bearer {}'",
    "auth header 'Basic {}='",
    "Authorization: Token {}",
    "authorization: ApiKey {}",
    "sent bearer {} twice",
];

pub const COOKIE: &[&str] = &[
    "Cookie: session={}; csrftoken={2}",
    "\"Cookie\":\"a={}; b={2}\"",
    "set-cookie: __Host-sid={}; Secure; HttpOnly; x={2}",
    "--cookie 'sid={}; t={2}'",
    "Cookie:PHPSESSID={}; lang={2}",
];

pub const BIRTH_DATE: &[&str] = &[
    "Geb.-Datum: {}",
    "born on {}",
    "geb. am {}",
    "\"birthDate\":\"{}\"",
    "Geburtstag: {}",
    "DoB {}",
    "birth date: {}",
    "'dob': '{}'",
    "Date of Birth = {}",
];

pub const COORDINATES: &[&str] = &[
    "lat: {1}, lon: {2}",
    "Latitude={1} Longitude={2}",
    "[{1}, {2}]",
    "POINT({2} {1})",
    "?ll={1},{2}",
    "\"latitude\":{1},\"longitude\":{2}",
    "location: ({1}, {2})",
];

pub const IMEI: &[&str] = &[
    "IMEI1: {}",
    "imei:{}",
    "IMEI-Nr. {}",
    "IMEI = {}",
    "device_imei={}",
    "\"IMEI\":\"{}\"",
];

pub const PLATE: &[&str] = &[
    "Nummernschild {}",
    "licence plate {}",
    "kennzeichen={}",
    "KFZ {}",
    "\"licensePlate\":\"{}\"",
    "Plate No. {}",
    "amtl. Kennzeichen: {}",
];

pub const BIC: &[&str] = &[
    "bic: {}",
    "BIC={}",
    "SWIFT: {}",
    "swift_code={}",
    "\"BIC\":\"{}\"",
    "BIC-Code {}",
];

pub const DUTCH: &[&str] = &[
    "BSN-nummer {}",
    "\"BSN\":\"{}\"",
    "bsn number {}",
    "burgerservicenummer: {}",
    "BSN = {}",
];

pub const DEVICE: &[&str] = &[
    "{}'s MacBook Air",
    "{}s iPhone",
    "{}’s Apple Watch",
    "MacBook Pro von {}",
    "iPad de {}",
    "{}s-Mac-mini.local",
    "{}'s Pixel 8",
];

pub const USER: &[&str] = &[
    "User={}",
    "user name: {}",
    "userid: {}",
    "\"user\":\"{}\"",
    "Invalid user {} from 198.51.100.0 port 22",
    "session opened for user {}(uid=1000)",
    "logged in as {}",
    "Benutzername: {}",
    "login: {}",
    "--user {}",
];

pub const SPELLED_EMAIL: &[&str] = &[
    "{} (at) example (dot) com",
    "contact {} at example.org",
    "write to {} at example dot com",
    "{}[AT]example.org",
    "{} {at} example {dot} org",
    "{}(ät)example.org",
];
