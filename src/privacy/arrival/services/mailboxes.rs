//! Where people read their mail, and the mailers that send newsletters.

use super::Line;

#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    ("AOL Mail", "mail.aol.com mail.aol.*"),
    ("Fastmail", "app.fastmail.com fastmail.com com.fastmail.app"),
    ("Gmail", "mail.google.com inbox.google.com gmail.com com.google.android.gm com.google.android.gm.lite"),
    ("GMX", ".navigator.gmx.net .navigator.gmx.com .deref-gmx.net .deref-gmx.com .3c.gmx.net .lightmailer.gmx.net de.gmx.mobile.android.mail"),
    ("HEY", "app.hey.com"),
    ("iCloud Mail", "icloud.com/mail mail.icloud.com"),
    ("IONOS", "mail.ionos.* email.ionos.*"),
    ("Libero Mail", "mail.libero.it webmail.libero.it mail1.libero.it"),
    ("Mail.com", ".navigator.mail.com .deref-mail.com .3c.mail.com"),
    ("Mail.ru", "e.mail.ru touch.mail.ru light.mail.ru octavius.mail.ru ru.mail.mailapp"),
    ("mailbox.org", "office.mailbox.org app.mailbox.org"),
    ("Mailchimp", ".list-manage.com .campaign-archive.com .mailchi.mp mailchimp"),
    ("Orange", "webmail.orange.fr messagerie.orange.fr orange.fr/webmail"),
    ("Outlook", "outlook.live.com outlook.office.com outlook.office365.com outlook.cloud.microsoft outlook.com hotmail.com mail.live.com \
        .safelinks.protection.outlook.com com.microsoft.office.outlook"),
    ("Posteo", "posteo.de"),
    ("Proton Mail", "mail.proton.me mail.protonmail.com ch.protonmail.android"),
    ("QQ Mail", "mail.qq.com .mail.qq.com exmail.qq.com com.tencent.androidqqmail"),
    ("Seznam Mail", "email.seznam.cz email.cz"),
    ("Spark", "com.readdle.spark"),
    ("Superhuman", "mail.superhuman.com"),
    ("Thunderbird", "net.thunderbird.android com.fsck.k9"),
    ("Tuta", "app.tuta.com mail.tutanota.com mail.tuta.com de.tutao.tutanota"),
    ("T-Online", "email.t-online.de emailweb.t-online.de"),
    ("Web.de", ".navigator.web.de .deref-web-02.de .deref-web.de .3c.web.de .lightmailer.web.de de.web.mobile.android.mail"),
    ("Yahoo! Mail", "mail.yahoo.* .mail.yahoo.com mail.yahoo.net com.yahoo.mobile.client.android.mail"),
    ("Yandex Mail", "mail.yandex.* ru.yandex.mail"),
    ("Zoho Mail", "mail.zoho.* com.zoho.mail"),
];
