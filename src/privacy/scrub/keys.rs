//! Which names of keys announce something personal or secret, in English and German.
//!
//! A key is split into its words (`auth_token`, `xAuthToken`, `X-Auth-Token` are the same) and matched by
//! word, never by substring: `author` is no `auth`, `tokenizer` no `token`.

use std::sync::LazyLock;

use super::rule::Rule;

/// How much a key says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The value goes, whatever it looks like.
    Whole,
    /// The word has other meanings too: in running text the value must look like a secret.
    Likely,
    /// The value is looked at with this in mind; what has the right shape goes.
    Hint,
}

/// What a key announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyClass {
    pub rule: Rule,
    pub reach: Reach,
}

/// Longest key that is looked at, in bytes. Longer ones are no names that a programmer gave.
pub(super) const KEY_BYTES_MAX: usize = 128;

use Reach::{Hint, Likely, Whole};

#[rustfmt::skip]
const WORDS: &[(Rule, Reach, &str)] = &[
    (Rule::Password, Whole, "password passwd passwort kennwort pwd passphrase passcode mysqlpwd losungswort \
        userpassword currentpassword newpassword oldpassword pgpassword"),
    (Rule::Password, Likely, "pw pass pin otp tan mfa totp kennung secret secrets geheimnis geheim losung cvv cvc csc cvn"),
    (Rule::Credentials, Whole, "credentials credential zugangsdaten authorization proxyauthorization anmeldedaten \
        connectionstring basicauth"),
    (Rule::Token, Whole, "apikey xapikey accesskey secretkey privatekey clientsecret authtoken accesstoken refreshtoken \
        idtoken bearertoken apitoken csrftoken xsrftoken sessiontoken jwt accountkey sharedaccesskey signingkey \
        encryptionkey masterkey authkey licensekey privatekeyid apisecret consumersecret appsecret sharedsecret \
        webhooksecret tokenauth authcode oauthtoken sastoken securitytoken devicetoken pushtoken fcmtoken \
        verificationtoken resettoken onetimetoken zugriffstoken subscriptionkey functionskey storagekey \
        authenticitytoken keypassphrase secretaccesskey hmackey saskey magiclink"),
    (Rule::Token, Likely, "token auth bearer csrf xsrf signature sig oauth saml samlresponse"),
    (Rule::Cookie, Whole, "sessionid sessid phpsessid jsessionid aspsessionid connectsid setcookie usersession sentrysid \
        laravelsession symfony sessionkey aspnetsessionid cfid cftoken sessioncookie cookies"),
    (Rule::Cookie, Likely, "cookie session sid sitzung"),
    (Rule::Email, Whole, "email emailaddress mailaddress emailadresse mailadresse useremail contactemail replyto useremailaddress"),
    (Rule::Email, Hint, "mail mailto recipient empfaenger absender sender"),
    (Rule::Phone, Whole, "phone phonenumber telephone telefon telefonnummer telefonnr handynummer mobilnummer \
        mobilephone mobilenumber phoneno telno rufnummer faxnummer faxnumber contactnumber msisdn handynr mobiltelefon"),
    (Rule::Phone, Hint, "tel mobile mobil handy fax cell cellphone festnetz whatsapp rueckruf rückruf"),
    (Rule::Card, Whole, "creditcard cardnumber cardno ccnumber kreditkarte kreditkartennummer kartennummer pan ccnum \
        creditcardnumber debitcard"),
    (Rule::Card, Hint, "card karte cc"),
    (Rule::Iban, Whole, "iban kontonummer accountnumber bankaccount bankverbindung kontonr"),
    (Rule::Bic, Whole, "bic swiftcode biccode"),
    (Rule::Bic, Hint, "swift"),
    (Rule::NationalId, Whole, "ssn socialsecurity socialsecuritynumber taxid steuerid steueridnr steueridentifikationsnummer \
        steuernummer steuernr sozialversicherungsnummer svnr svnummer rentenversicherungsnummer ahv ahvnummer ahvnr bsn \
        burgerservicenummer nir numerosecu dni nie nif codicefiscale pesel nino nationalinsurance nationalinsurancenumber \
        nationalid personalausweis ausweisnummer passport passportnumber passportno reisepass reisepassnummer \
        passnummer idcard personnummer sozialversicherung idnr"),
    (Rule::BirthDate, Whole, "dob dateofbirth birthdate birthday birth geburtsdatum geburtstag gebdatum gebdat birthdt"),
    (Rule::Coordinates, Hint, "lat latitude lon lng longitude coords coordinates geo geolocation location position latlng \
        breitengrad laengengrad längengrad koordinaten standort gps"),
    (Rule::Imei, Whole, "imei meid"),
    (Rule::Mac, Hint, "mac macaddress hwaddr"),
    (Rule::Plate, Whole, "licenseplate licenceplate numberplate kennzeichen platenumber kfzkennzeichen autokennzeichen"),
    (Rule::Plate, Hint, "plate"),
    (Rule::Name, Whole, "firstname lastname fullname surname familyname givenname middlename maidenname vorname nachname \
        familienname geburtsname realname displayname contactname customername kundenname ansprechpartner nickname spitzname \
        cardholder cardholdername karteninhaber kontoinhaber accountholder recipientname sendername patientname personname"),
    (Rule::Name, Hint, "name customer kunde contact kontakt author owner assignee assigned reporter patient person \
        employee mitarbeiter inhaber holder sachbearbeiter"),
    (Rule::User, Whole, "username userid uid loginname benutzername benutzer nutzername nutzer benutzerkennung accountname \
        screenname loginid useridentifier userlogin"),
    (Rule::User, Likely, "user login"),
    (Rule::Address, Whole, "street streetaddress strasse straße strassenname hausnummer postaladdress homeaddress \
        billingaddress shippingaddress addressline anschrift lieferadresse rechnungsadresse postanschrift wohnort \
        zipcode postcode postalcode postleitzahl plz"),
    (Rule::Device, Whole, "hostname servername devicename computername machinename rechnername geraetename gerätename \
        nodename workstation"),
    (Rule::Ipv4, Hint, "ip ipaddress ipaddr remoteaddr clientip remoteip xforwardedfor xrealip forwarded peer"),
];

/// Last words that turn a key into one about the thing rather than the thing itself.
const ABOUT: &str = "type types count length len size url uri host port method provider policy expires expiry expiration ttl \
    timeout age limit state status error valid enabled required class field format domain path version manager service \
    handler factory store config settings schema column agent interface mode kind scheme algorithm algorithms endpoint flow \
    guard event events model view controller exception validator group role roles locale lang language at time date \
    started duration pool cache middleware consent banner strength rules attempts source index list table module max min \
    flags file filename dir directory info options params param option generator stream span helper callback prompt label \
    hint placeholder title message button form page icon rate rates range";

/// First words that do the same: `has_password`, `maxTokens`.
const ABOUT_FIRST: &str = "is has num max min total use uses enable allow require requires needs show hide count with no \
    missing invalid unknown expired";

/// Last words behind an everyday word that leave it what it is: `token_value`, `cookie header`.
const STILL: &str = "value val header string str id key hash text raw new old data";

/// What a word says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Class(KeyClass),
    About,
    /// At the start only. Some of these say the same at the end.
    AboutFirst,
    AboutAnywhere,
    Still,
}

struct Entry {
    word: &'static str,
    meaning: Meaning,
}

/// Open-addressed table; a power of two with half of its slots used at most.
struct Table {
    slots: Vec<Option<Entry>>,
    /// One bit for each hash, 16 times as many as slots: turns most strangers away at once.
    filter: Vec<u64>,
}

const SLOTS: usize = 1024;
const FILTER_BITS: usize = SLOTS * 16;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        slots: std::iter::repeat_with(|| None).take(SLOTS).collect(),
        filter: vec![0; FILTER_BITS / 64],
    };
    for &(rule, reach, words) in WORDS {
        table.add(words, Meaning::Class(KeyClass { rule, reach }));
    }
    table.add(STILL, Meaning::Still);
    table.add(ABOUT, Meaning::About);
    table.add(ABOUT_FIRST, Meaning::AboutFirst);
    table
});

/// FNV-1a over lower-cased bytes; it can be continued, so that a pair of words is hashed without joining.
const HASH_SEED: u32 = 0x811c_9dc5;

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
}

fn slot(hash: u32) -> usize {
    (hash ^ hash >> 15) as usize % SLOTS
}

fn bit(hash: u32) -> usize {
    (hash ^ hash >> 13) as usize % FILTER_BITS
}

impl Table {
    fn add(&mut self, words: &'static str, meaning: Meaning) {
        for word in words.split_ascii_whitespace() {
            let hash = word.bytes().fold(HASH_SEED, step);
            self.filter[bit(hash) / 64] |= 1 << (bit(hash) % 64);
            let mut slot = slot(hash);
            while let Some(entry) = &mut self.slots[slot] {
                if entry.word == word {
                    // Known with another meaning: only `max` and the like have two that matter.
                    if (entry.meaning, meaning) == (Meaning::About, Meaning::AboutFirst) {
                        entry.meaning = Meaning::AboutAnywhere;
                    }
                    break;
                }
                slot = (slot + 1) % SLOTS;
            }
            self.slots[slot].get_or_insert(Entry { word, meaning });
        }
    }

    fn find(&self, hash: u32, first: &[u8], second: &[u8]) -> Option<Meaning> {
        if self.filter[bit(hash) / 64] >> (bit(hash) % 64) & 1 == 0 {
            return None;
        }
        let mut slot = slot(hash);
        while let Some(entry) = &self.slots[slot] {
            let word = entry.word.as_bytes();
            if word.len() == first.len() + second.len()
                && word[..first.len()].eq_ignore_ascii_case(first)
                && word[first.len()..].eq_ignore_ascii_case(second)
            {
                return Some(entry.meaning);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// What the name of a key announces, if anything.
pub(super) fn classify(key: &[u8]) -> Option<KeyClass> {
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let table = &*TABLE;
    let mut best: Option<(KeyClass, usize)> = None;
    let mut previous: (&[u8], u32) = (b"", HASH_SEED);
    let (mut first, mut last, mut count) = (None, None, 0);
    for word in Words(key) {
        let hash = word.iter().copied().fold(HASH_SEED, step);
        let pair_hash = word.iter().copied().fold(previous.1, step);
        let pair = if count == 0 {
            None
        } else {
            table.find(pair_hash, previous.0, word)
        };
        let alone = table.find(hash, word, b"");
        let class = match (pair, alone) {
            (Some(Meaning::Class(class)), _) | (_, Some(Meaning::Class(class))) => Some(class),
            _ => compound(word),
        };
        if let Some(class) = class
            && best.is_none_or(|(known, _)| pair.is_some() || rank(class) > rank(known))
        {
            best = Some((class, count));
        }
        if count == 0 {
            first = alone;
        }
        last = alone;
        previous = (word, hash);
        count += 1;
    }
    let (class, at) = best?;
    let behind = at + 1 < count;
    let about_last = behind && matches!(last, Some(Meaning::About | Meaning::AboutAnywhere));
    let about_first = at > 0 && matches!(first, Some(Meaning::AboutFirst | Meaning::AboutAnywhere));
    let blurred = behind && class.reach == Reach::Likely && last != Some(Meaning::Still);
    (!about_last && !about_first && !blurred).then_some(class)
}

/// A key with two announcing words (`user_password`) is about the more secret one.
fn rank(class: KeyClass) -> u8 {
    match (class.rule, class.reach) {
        (Rule::Password | Rule::Credentials | Rule::Token | Rule::Cookie | Rule::Card, Whole) => 5,
        (_, Whole) => 4,
        (Rule::User, Likely) => 2,
        (_, Likely) => 3,
        (_, Hint) => 1,
    }
}

/// Words written together: `dbpassword`, `kundenpasswort`, `mytoken`.
fn compound(word: &[u8]) -> Option<KeyClass> {
    const TAILS: [(&[u8], Rule, Reach); 7] = [
        (b"password", Rule::Password, Whole),
        (b"passwort", Rule::Password, Whole),
        (b"kennwort", Rule::Password, Whole),
        (b"passwd", Rule::Password, Whole),
        (b"apikey", Rule::Token, Whole),
        (b"secret", Rule::Password, Likely),
        (b"token", Rule::Token, Likely),
    ];
    if word.len() < 6 || !matches!(word.last()?.to_ascii_lowercase(), b'd' | b't' | b'n' | b'y') {
        return None;
    }
    TAILS.iter().find_map(|&(tail, rule, reach)| {
        let at = word.len().checked_sub(tail.len())?;
        word[at..]
            .eq_ignore_ascii_case(tail)
            .then_some(KeyClass { rule, reach })
    })
}

/// True if two names of keys are the same but for case and separators.
pub(super) fn same(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        let kept = text
            .bytes()
            .filter(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        kept.map(|b| b.to_ascii_lowercase()).collect()
    };
    letters(one) == letters(other)
}

/// Splits a key at separators, digits and changes from lower to upper case.
struct Words<'k>(&'k [u8]);

impl<'k> Iterator for Words<'k> {
    type Item = &'k [u8];

    fn next(&mut self) -> Option<&'k [u8]> {
        let letter = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80;
        let start = self.0.iter().position(letter)?;
        let rest = &self.0[start..];
        let mut end = 1;
        while end < rest.len() && letter(&rest[end]) {
            let (before, here) = (rest[end - 1], rest[end]);
            let next_is_lower = rest.get(end + 1).is_some_and(u8::is_ascii_lowercase);
            let hump = here.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && next_is_lower);
            if hump {
                break;
            }
            end += 1;
        }
        self.0 = &rest[end..];
        Some(&rest[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(key: &str) -> Option<Rule> {
        classify(key.as_bytes()).map(|class| class.rule)
    }

    #[test]
    fn any_way_of_writing_a_key() {
        for key in [
            "auth_token",
            "xAuthToken",
            "X-Auth-Token",
            "AUTH_TOKEN",
            "authtoken",
        ] {
            assert_eq!(rule(key), Some(Rule::Token), "{key}");
        }
        for key in [
            "password",
            "Passwort",
            "dbPassword",
            "user_password2",
            "DB_PASSWORD",
            "kundenpasswort",
        ] {
            assert_eq!(rule(key), Some(Rule::Password), "{key}");
        }
        assert_eq!(rule("firstName"), Some(Rule::Name));
        assert_eq!(rule("HTTPCookie"), Some(Rule::Cookie));
    }

    #[test]
    fn words_that_only_contain_one() {
        for key in [
            "author_count",
            "tokenizer",
            "authority",
            "tokens",
            "compass",
            "monkey",
            "key",
            "keyboard",
        ] {
            assert_eq!(rule(key), None, "{key}");
        }
    }

    #[test]
    fn keys_about_a_secret_are_none() {
        for key in [
            "token_type",
            "hasPassword",
            "max_token",
            "session_timeout",
            "auth_url",
            "passwordLength",
        ] {
            assert_eq!(rule(key), None, "{key}");
        }
    }

    #[test]
    fn separators_and_case_do_not_count() {
        assert!(same("X-Api-Key", "xApiKey"));
        assert!(!same("api", "key"));
    }
}
