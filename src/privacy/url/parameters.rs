//! Names of query parameters that are never kept. The seed of the first two lists is what Matomo excludes by default; the rest is
//! from documentation of the services that use them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Parameters that follow a person from click to click. Lower case, sorted.
pub(super) const CLICK_IDS: &[&str] = &[
    "_branch_match_id",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_kx",
    "_openstat",
    "dclid",
    "ef_id",
    "epik",
    "fb_comment_id",
    "fb_xd_fragment",
    "fbclid",
    "gad_campaignid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "obclid",
    "oly_anon_id",
    "oly_enc_id",
    "pk_vid",
    "qclid",
    "rb_clickid",
    "rdt_cid",
    "s_cid",
    "s_kwcid",
    "sccid",
    "srsltid",
    "tblci",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "vgo_ee",
    "wbraid",
    "wickedid",
    "yclid",
    "ymclid",
    "ysclid",
];

/// Parameters that carry a session or a secret. Lower case, sorted.
pub(super) const SECRETS: &[&str] = &[
    "access_token",
    "api_key",
    "apikey",
    "aspsessionid",
    "auth",
    "auth_token",
    "authorization",
    "cfid",
    "cftoken",
    "client_secret",
    "code_verifier",
    "csrf",
    "csrf_token",
    "doing_wp_cron",
    "id_token",
    "id_token_hint",
    "invite_token",
    "jsessionid",
    "jwt",
    "key",
    "login_hint",
    "nonce",
    "oauth_token",
    "oauth_verifier",
    "otp",
    "pass",
    "passwd",
    "password",
    "phpsessid",
    "pwd",
    "refresh_token",
    "reset_token",
    "samlrequest",
    "samlresponse",
    "secret",
    "session",
    "session_id",
    "session_state",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "state",
    "ticket",
    "token",
    "token_auth",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
    "xsrf",
];

/// Parameters that name a person, in English and German. Lower case, sorted, without `-` and `_`.
pub(super) const PERSONAL: &[&str] = &[
    "address",
    "address1",
    "address2",
    "adresse",
    "anschrift",
    "bdate",
    "benutzer",
    "benutzername",
    "billingaddress",
    "birthdate",
    "birthday",
    "birthname",
    "birthyear",
    "cardholder",
    "cardnumber",
    "cc",
    "ccnumber",
    "cell",
    "cellphone",
    "companyname",
    "contactemail",
    "contactname",
    "creditcard",
    "customer",
    "customeremail",
    "customername",
    "customernumber",
    "cvc",
    "cvv",
    "dateofbirth",
    "dob",
    "email",
    "emailaddress",
    "emailadresse",
    "emails",
    "familienname",
    "familyname",
    "fax",
    "firstname",
    "fname",
    "forename",
    "fullname",
    "geburtsdatum",
    "geburtstag",
    "givenname",
    "handy",
    "hausnummer",
    "iban",
    "kdnr",
    "kontonummer",
    "kunde",
    "kundennummer",
    "lastname",
    "lname",
    "login",
    "loginname",
    "maidenname",
    "mail",
    "mailaddress",
    "mailadresse",
    "middlename",
    "mname",
    "mobile",
    "mobilephone",
    "mobilnummer",
    "nachname",
    "name",
    "nickname",
    "orderid",
    "ordernumber",
    "passport",
    "personalausweis",
    "phone",
    "phonenumber",
    "plz",
    "postalcode",
    "postcode",
    "postleitzahl",
    "rufnummer",
    "screenname",
    "secondname",
    "sozialversicherungsnummer",
    "ssn",
    "steuernummer",
    "strasse",
    "straße",
    "street",
    "streetaddress",
    "streetname",
    "surname",
    "taxid",
    "taxnumber",
    "tel",
    "telefon",
    "telefonnr",
    "telefonnummer",
    "telephone",
    "uname",
    "useremail",
    "userid",
    "username",
    "vorname",
    "zip",
    "zipcode",
];

/// Parameters that name a campaign. They are stored in columns of their own. Lower case, sorted.
pub(super) const CAMPAIGN: &[&str] = &[
    "matomo_campaign",
    "matomo_kwd",
    "mtm_campaign",
    "mtm_cid",
    "mtm_content",
    "mtm_group",
    "mtm_keyword",
    "mtm_kwd",
    "mtm_medium",
    "mtm_placement",
    "mtm_source",
    "piwik_campaign",
    "piwik_kwd",
    "pk_campaign",
    "pk_cid",
    "pk_content",
    "pk_cpn",
    "pk_keyword",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "utm_campaign",
    "utm_content",
    "utm_id",
    "utm_medium",
    "utm_source",
    "utm_term",
];

/// Whether `name` is in one of the lists, however it is spelled: `E-Mail`, `user[email]`, `ASPSESSIONIDQQ`.
pub(super) fn is_never_kept(name: &str) -> bool {
    // PHP's array spelling `token[]` names the same parameter, `user[email]` the inner one.
    let (outer, inner) = name.split_once('[').unwrap_or((name, ""));
    let inner = inner.trim_end_matches(']');
    is_listed(outer) || (!inner.is_empty() && is_listed(inner))
}

/// The lists as they are looked up: every name of every address is.
struct Listed {
    as_spelled: HashSet<&'static [u8]>,
    without_separators: HashSet<&'static [u8]>,
}

static LISTED: LazyLock<Listed> = LazyLock::new(|| {
    let set = |lists: &[&[&'static str]]| {
        let names = lists.iter().flat_map(|list| list.iter());
        names.map(|name| name.as_bytes()).collect()
    };
    Listed {
        as_spelled: set(&[CLICK_IDS, SECRETS, CAMPAIGN]),
        without_separators: set(&[PERSONAL]),
    }
});

fn is_listed(name: &str) -> bool {
    let mut lower = name.trim().as_bytes().to_ascii_lowercase();
    if lower.starts_with(b"aspsessionid") || LISTED.as_spelled.contains(&*lower) {
        return true;
    }
    lower.retain(|byte| !matches!(byte, b'-' | b'_' | b'.'));
    LISTED.without_separators.contains(&*lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_spelled_as_looked_up() {
        for list in [CLICK_IDS, SECRETS, PERSONAL, CAMPAIGN] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|name| is_listed(name)));
        }
    }

    #[test]
    fn every_spelling() {
        for name in [
            "gclid",
            "Token",
            "token[]",
            "E-Mail",
            "first_name",
            "user[email]",
            "UTM_Source",
            "ASPSESSIONIDQQ",
        ] {
            assert!(is_never_kept(name), "{name}");
        }
        for name in ["page", "sort", "names", "emailed", "colour[]"] {
            assert!(!is_never_kept(name), "{name}");
        }
    }
}
