//! Names of request headers that are looked for and that the `http` crate has no constant for. A constant is looked up in a third
//! of the time of a string, and every hit asks for a dozen headers.

use http::HeaderName;

pub(super) const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");
pub(super) const X_DO_NOT_TRACK: HeaderName = HeaderName::from_static("x-do-not-track");
pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

// Pages that are loaded ahead
pub(super) const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
pub(super) const PURPOSE: HeaderName = HeaderName::from_static("purpose");
pub(super) const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
pub(super) const X_MOZ: HeaderName = HeaderName::from_static("x-moz");

// Client hints
pub(super) const SEC_CH_UA: HeaderName = HeaderName::from_static("sec-ch-ua");
pub(super) const SEC_CH_UA_FULL_VERSION_LIST: HeaderName =
    HeaderName::from_static("sec-ch-ua-full-version-list");
pub(super) const SEC_CH_UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");
pub(super) const SEC_CH_UA_PLATFORM_VERSION: HeaderName =
    HeaderName::from_static("sec-ch-ua-platform-version");
pub(super) const SEC_CH_UA_FORM_FACTORS: HeaderName =
    HeaderName::from_static("sec-ch-ua-form-factors");
pub(super) const SEC_CH_UA_MOBILE: HeaderName = HeaderName::from_static("sec-ch-ua-mobile");
pub(super) const SEC_CH_UA_MODEL: HeaderName = HeaderName::from_static("sec-ch-ua-model");
