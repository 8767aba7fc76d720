//! A hit of somebody who is not to be told from others: what says more than the country and the kind of device goes. The visitor's
//! number stays; it counts visitors and means nothing after some hours.

use std::borrow::Cow;

use super::row::{ActionDetails, BrowserColumns, SenderColumns};

/// Takes out what tells one person from another.
pub(super) fn coarsen(
    sender: &mut SenderColumns<'_>,
    browser: &mut BrowserColumns<'_>,
    details: Option<&mut ActionDetails<'_>>,
) {
    sender.client_ip = sender.client_ip.coarsened();
    (sender.browser_key, sender.user_key) = (0, 0);
    (sender.region, sender.city) = (Cow::Borrowed(""), Cow::Borrowed(""));
    (browser.screen, browser.system_version) = ("", "");
    if let Some(details) = details {
        (details.latitude, details.longitude) = (None, None);
        details.model = Cow::Borrowed("");
    }
}
