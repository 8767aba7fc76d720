//! Which names of keys announce something personal or secret, in English and German.
//!
//! A key is split into its words (`auth_token`, `xAuthToken`, `X-Auth-Token` are the same) and matched by
//! word, never by substring: `author` is no `auth`, `tokenizer` no `token`.

use std::sync::LazyLock;

use super::class::{CLASS, DIGIT, WORD};
use super::lexicon::Lexicon;
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
const ABOUT: &str = "type types length len size url uri host port method provider policy expires expiry expiration ttl \
    timeout age limit state status error valid enabled required class field format domain path version manager service \
    handler factory store config settings schema column agent interface mode kind scheme algorithm algorithms endpoint flow \
    guard event events model view controller exception validator group role roles locale lang language at time date \
    started duration pool cache middleware consent banner strength rules attempts source index list table module \
    flags file filename dir directory info options params param option generator stream span helper callback prompt label \
    hint placeholder title message button form page icon rate rates range";

/// First words that do the same: `has_password`, `maxTokens`.
const ABOUT_FIRST: &str = "is has num total use uses enable allow require requires needs show hide with no \
    missing invalid unknown expired";

/// Words that do so at either end.
const ABOUT_ANYWHERE: &str = "count max min";

/// Last words behind an everyday word that leave it what it is: `token_value`, `cookie header`.
const STILL: &str = "value val header string str id key hash text raw new old data";

/// What a word that announces nothing says about a key with one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    About,
    AboutFirst,
    AboutAnywhere,
    Still,
}

struct Tables {
    classes: Lexicon<KeyClass>,
    sides: Lexicon<Side>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        classes: Lexicon::new(),
        sides: Lexicon::new(),
    };
    for &(rule, reach, words) in WORDS {
        tables.classes.add(words, KeyClass { rule, reach });
    }
    tables.sides.add(STILL, Side::Still);
    tables.sides.add(ABOUT_ANYWHERE, Side::AboutAnywhere);
    tables.sides.add(ABOUT, Side::About);
    tables.sides.add(ABOUT_FIRST, Side::AboutFirst);
    tables
});

impl Tables {
    fn side(&self, word: &[u8]) -> Option<Side> {
        match self.classes.find(word) {
            Some(_) => None,
            None => self.sides.find(word),
        }
    }
}

/// What the name of a key announces, if anything.
pub(super) fn classify(key: &[u8]) -> Option<KeyClass> {
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let tables = &*TABLES;
    if let Some(class) = tables.classes.find(key) {
        return Some(class);
    }
    if key.iter().fold(true, |all, b| all & b.is_ascii_lowercase()) {
        return compound(key);
    }
    let mut best: Option<(KeyClass, usize)> = None;
    let (mut first, mut last, mut count): (&[u8], &[u8], _) = (b"", b"", 0);
    for word in Words(key) {
        let pair = if count == 0 {
            first = word;
            None
        } else {
            tables.classes.find_joined(last, word)
        };
        let class = pair
            .or_else(|| tables.classes.find(word))
            .or_else(|| compound(word));
        if let Some(class) = class
            && best.is_none_or(|(known, _)| pair.is_some() || rank(class) > rank(known))
        {
            best = Some((class, count));
        }
        last = word;
        count += 1;
    }
    let (class, at) = best?;
    if count == 1 {
        return Some(class);
    }
    if at > 0
        && let Some(Side::AboutFirst | Side::AboutAnywhere) = tables.side(first)
    {
        return None;
    }
    let behind = at + 1 < count;
    match tables.side(last) {
        Some(Side::About | Side::AboutAnywhere) if behind => None,
        Some(Side::Still) => Some(class),
        _ => (!behind || class.reach != Reach::Likely).then_some(class),
    }
}

/// What a key of two words announces: `api key`, `user name`.
pub(super) fn classify_pair(first: &[u8], second: &[u8]) -> Option<KeyClass> {
    TABLES.classes.find_joined(first, second)
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
    let [.., second_last, last] = word else {
        return None;
    };
    let end = [second_last | 0x20, last | 0x20];
    if word.len() < 6 || ![b"rd", b"rt", b"wd", b"ey", b"et", b"en"].contains(&&end) {
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
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    let letters = |text| {
        let kept = |b: &u8| b.is_ascii_alphanumeric() || !b.is_ascii();
        <[u8]>::iter(text)
            .copied()
            .filter(kept)
            .map(|b| b.to_ascii_lowercase())
    };
    letters(one).eq(letters(other))
}

/// Splits a key at separators, digits and changes from lower to upper case.
struct Words<'k>(&'k [u8]);

impl<'k> Iterator for Words<'k> {
    type Item = &'k [u8];

    #[inline]
    fn next(&mut self) -> Option<&'k [u8]> {
        let letter = |b: &u8| CLASS[*b as usize] & (WORD | DIGIT) == WORD;
        let start = self.0.iter().position(letter)?;
        let rest = &self.0[start..];
        let mut end = 1;
        while let Some(here) = rest.get(end).filter(|b| letter(b)) {
            if here.is_ascii_uppercase() {
                let before = rest[end - 1];
                let next_is_lower = rest.get(end + 1).is_some_and(u8::is_ascii_lowercase);
                if before.is_ascii_lowercase() || before.is_ascii_uppercase() && next_is_lower {
                    break;
                }
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
        assert!(same(b"X-Api-Key", b"xApiKey"));
        assert!(!same(b"api", b"key"));
    }
}
