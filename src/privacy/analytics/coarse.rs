//! A hit of somebody who is not to be told from others: what says more than the country and the kind of device goes. The visitor's
//! number stays; it counts visitors and means nothing after some hours.

use std::borrow::Cow;

use super::row::{ActionDetails, AnalyticsEvent};

/// Takes out what tells one person from another.
pub(super) fn coarsen(event: &mut AnalyticsEvent<'_>, details: Option<&mut ActionDetails<'_>>) {
    event.client_ip = event.client_ip.coarsened();
    (event.browser_key, event.user_key) = (0, 0);
    (event.region, event.city) = (Cow::Borrowed(""), Cow::Borrowed(""));
    (event.screen, event.system_version) = ("", "");
    if let Some(details) = details {
        (details.latitude, details.longitude) = (None, None);
        details.model = Cow::Borrowed("");
    }
}
