//! Rows of `analytics_events`. Most hits are plain page views; the columns of everything else are only sent where one is filled:
//! each of them costs ClickHouse a tenth of a microsecond a row.

use crate::privacy::ip::MaskedIp;
use crate::privacy::row::{Text, row};

row! {
    /// Who sent a hit, where from and when. These and the next two are what every hit has; the columns are explained in `schemas/`.
    SenderColumns<'a> {
        project_id: u32,
        received_at: i64,
        occurred_at: i64,
        day: u16,
        expires_at: u32,
        kind: &'static str,
        local_hour: u8,
        client_ip: MaskedIp,
        country: Text<'a>,
        region: Text<'a>,
        city: Text<'a>,
        visitor_id: u64,
        browser_key: u64,
        user_key: u64,
    }
}

row! {
    /// The page of a hit, and what led there.
    PageColumns<'a> {
        host: Text<'a>,
        path: Text<'a>,
        query: Text<'a>,
        title: Text<'a>,
        channel: &'static str,
        referrer_name: &'a str,
        referrer_host: Text<'a>,
        referrer_path: Text<'a>,
    }
}

row! {
    /// What is known of the browser, and how long the page took.
    BrowserColumns<'a> {
        pageview_id: &'a str,
        browser: &'a str,
        browser_major: u16,
        engine: &'static str,
        system: &'a str,
        system_version: &'a str,
        device: &'static str,
        screen: &'a str,
        language: Text<'a>,
        timing_network: u32,
        timing_server: u32,
        timing_transfer: u32,
        timing_dom_processing: u32,
        timing_dom_completion: u32,
        timing_on_load: u32,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

row! {
    /// What page views that a campaign led to have, in the columns behind [`EVENT_COLUMNS`].
    #[derive(Default, PartialEq)]
    CampaignColumns<'a> {
        campaign_name: Text<'a>,
        campaign_keyword: Text<'a>,
        campaign_source: Text<'a>,
        campaign_medium: Text<'a>,
        campaign_content: Text<'a>,
        campaign_id: Text<'a>,
        campaign_group: Text<'a>,
        campaign_placement: Text<'a>,
    }
}

row! {
    /// What only some hits have, in the columns behind those of [`CampaignColumns`].
    #[derive(Default, PartialEq)]
    ActionDetails<'a> {
        opens_visit: u8,
        latitude: Option<f32>,
        longitude: Option<f32>,
        model: Text<'a>,
        event_category: Text<'a>,
        event_action: Text<'a>,
        event_name: Text<'a>,
        event_value: f64,
        target_host: Text<'a>,
        target_path: Text<'a>,
        target_query: Text<'a>,
        search_keyword: Text<'a>,
        search_category: Text<'a>,
        search_count: Option<u32>,
        content_name: Text<'a>,
        content_piece: Text<'a>,
        content_target: Text<'a>,
        content_interaction: Text<'a>,
        goal_id: u32,
        revenue: f64,
        order_key: u64,
        order_subtotal: f64,
        order_tax: f64,
        order_shipping: f64,
        order_discount: f64,
        items: Vec<OrderItem>,
        product_sku: Text<'a>,
        product_name: Text<'a>,
        product_categories: Vec<String>,
        product_price: f64,
        dimensions: Vec<(u16, Text<'a>)>,
        page_variables: Vec<(String, String)>,
        visit_variables: Vec<(String, String)>,
    }
}

/// Number, name, categories, price and quantity of a product.
pub(super) type OrderItem = (String, String, Vec<String>, f64, u32);

/// Columns of every hit, in the order of its bytes.
pub(in crate::privacy) const EVENT_COLUMNS: &[&str] = &joined::<
    { SenderColumns::COLUMNS.len() + PageColumns::COLUMNS.len() + BrowserColumns::COLUMNS.len() },
>(&[
    SenderColumns::COLUMNS,
    PageColumns::COLUMNS,
    BrowserColumns::COLUMNS,
]);

/// Columns of a hit of a campaign, in the order of its bytes.
pub(in crate::privacy) const CAMPAIGN_COLUMNS: &[&str] =
    &joined::<{ EVENT_COLUMNS.len() + CampaignColumns::COLUMNS.len() }>(&[
        EVENT_COLUMNS,
        CampaignColumns::COLUMNS,
    ]);

/// Columns of a hit with details, in the order of its bytes.
pub(in crate::privacy) const DETAILED_COLUMNS: &[&str] =
    &joined::<{ CAMPAIGN_COLUMNS.len() + ActionDetails::COLUMNS.len() }>(&[
        CAMPAIGN_COLUMNS,
        ActionDetails::COLUMNS,
    ]);

/// All columns of `parts`, which have `N` together.
const fn joined<const N: usize>(parts: &[&[&'static str]]) -> [&'static str; N] {
    let mut columns = [""; N];
    let (mut part, mut at, mut within) = (0, 0, 0);
    while part < parts.len() {
        if within == parts[part].len() {
            (part, within) = (part + 1, 0);
            continue;
        }
        columns[at] = parts[part][within];
        (at, within) = (at + 1, within + 1);
    }
    assert!(at == N);
    columns
}
