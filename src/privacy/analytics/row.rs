//! Rows of `analytics_events`. Most hits are plain page views; the columns of everything else are only sent where one is filled.

use crate::privacy::row::{Text, row};

row! {
    /// What every hit has; the columns are explained in `schemas/`.
    AnalyticsEvent<'a> {
        project_id: u32,
        received_at: i64,
        occurred_at: i64,
        day: u16,
        expires_at: u32,
        kind: &'static str,
        local_hour: u8,
        client_ip: String,
        country: Text<'a>,
        region: Text<'a>,
        city: Text<'a>,
        visitor_id: u64,
        browser_key: u64,
        user_key: u64,
        host: Text<'a>,
        path: Text<'a>,
        query: Text<'a>,
        title: Text<'a>,
        channel: &'static str,
        referrer_name: &'a str,
        referrer_host: Text<'a>,
        referrer_path: Text<'a>,
        pageview_id: &'a str,
        browser: &'a str,
        browser_major: u16,
        engine: &'static str,
        system: &'a str,
        system_version: &'a str,
        device: &'static str,
        screen: &'a str,
        language: String,
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
    /// What only some hits have, in the columns behind those of [`AnalyticsEvent`].
    #[derive(Default, PartialEq)]
    ActionDetails<'a> {
        opens_visit: u8,
        latitude: Option<f32>,
        longitude: Option<f32>,
        model: Text<'a>,
        campaign_name: Text<'a>,
        campaign_keyword: Text<'a>,
        campaign_source: Text<'a>,
        campaign_medium: Text<'a>,
        campaign_content: Text<'a>,
        campaign_id: Text<'a>,
        campaign_group: Text<'a>,
        campaign_placement: Text<'a>,
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

/// Columns of a hit with details, in the order of its bytes.
pub(in crate::privacy) const DETAILED_COLUMNS: &[&str] = &{
    const PLAIN: usize = AnalyticsEvent::COLUMNS.len();
    const ALL: usize = PLAIN + ActionDetails::COLUMNS.len();
    let mut columns = [""; ALL];
    let mut at = 0;
    while at < ALL {
        columns[at] = if at < PLAIN {
            AnalyticsEvent::COLUMNS[at]
        } else {
            ActionDetails::COLUMNS[at - PLAIN]
        };
        at += 1;
    }
    columns
};
