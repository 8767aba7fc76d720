//! Goals, orders, carts and products.

use super::Texts;
use super::row::{ActionDetails, OrderItem};
use crate::intake::matomo::{Hit, Param};
use crate::json::{self, Value};
use crate::limits::ORDER_ITEMS_MAX;
use crate::privacy::HitKind;
use crate::privacy::pseudonym::Identifier;
use crate::registry::Project;

/// Categories of one product that are kept (Matomo's limit).
const CATEGORIES_MAX: usize = 5;

/// Fills in what a goal, an order or a cart says.
pub(super) fn conversion<'h>(
    hit: &'h Hit<'_>,
    kind: HitKind,
    project: &Project,
    texts: &mut Texts<'_>,
    details: &mut ActionDetails<'h>,
) {
    let number = |param| hit.number(param).unwrap_or(0.0);
    details.revenue = number(Param::Revenue);
    if kind == HitKind::Goal {
        let goal = hit.integer(Param::Goal).unwrap_or(0);
        details.goal_id = u32::try_from(goal).unwrap_or(0);
        return;
    }
    details.order_key = project
        .secret
        .pseudonym(Identifier::Order, hit.text(Param::OrderId));
    details.order_subtotal = number(Param::OrderSubtotal);
    details.order_tax = number(Param::OrderTax);
    details.order_shipping = number(Param::OrderShipping);
    details.order_discount = number(Param::OrderDiscount);
    details.items = items(hit.text(Param::OrderItems), texts);
}

/// `[["sku","name","category",9.99,1],…]`; the category may be a list.
fn items(text: &str, texts: &mut Texts<'_>) -> Vec<OrderItem> {
    let mut scratch = Vec::new();
    let Ok(Value::Array(items)) = json::parse(text.as_bytes(), &mut scratch) else {
        return Vec::new();
    };
    let items = items
        .iter()
        .take(ORDER_ITEMS_MAX)
        .filter_map(Value::as_array);
    let mut item = |fields: &[Value<'_>]| {
        let mut text = |at: usize| texts.owned(&scalar(fields.get(at)));
        let (sku, name) = (text(0), text(1));
        let categories = categories(fields.get(2), texts);
        let number = |at: usize| scalar(fields.get(at)).replace(',', ".").parse::<f64>();
        let price = number(3).ok().filter(|price| price.is_finite());
        let quantity = number(4).unwrap_or(1.0).clamp(0.0, f64::from(u32::MAX));
        (sku, name, categories, price.unwrap_or(0.0), quantity as u32)
    };
    items.map(&mut item).collect()
}

/// Fills in which product or category a page shows.
pub(super) fn product<'h>(
    hit: &'h Hit<'_>,
    texts: &mut Texts<'_>,
    details: &mut ActionDetails<'h>,
) {
    details.product_sku = texts.text(hit.text(Param::ProductSku));
    details.product_name = texts.text(hit.text(Param::ProductName));
    details.product_price = hit.number(Param::ProductPrice).unwrap_or(0.0);
    details.product_categories = stated_categories(hit.text(Param::ProductCategory), texts);
}

/// Products stood in custom variables of the page before they had parameters of their own; old trackers still put them there.
pub(super) fn product_of_variables(texts: &mut Texts<'_>, details: &mut ActionDetails<'_>) {
    for (name, value) in std::mem::take(&mut details.page_variables) {
        match name.as_str() {
            "_pks" => details.product_sku = value.into(),
            "_pkn" => details.product_name = value.into(),
            "_pkp" => details.product_price = value.parse().unwrap_or(0.0),
            "_pkc" => details.product_categories = stated_categories(&value, texts),
            _ => details.page_variables.push((name, value)),
        }
    }
}

/// One category, or a list of them as JSON.
fn stated_categories(stated: &str, texts: &mut Texts<'_>) -> Vec<String> {
    if stated.is_empty() {
        return Vec::new();
    }
    let mut scratch = Vec::new();
    match json::parse(stated.as_bytes(), &mut scratch) {
        Ok(list @ Value::Array(_)) => categories(Some(&list), texts),
        _ => categories(Some(&Value::from(stated)), texts),
    }
}

fn categories(value: Option<&Value<'_>>, texts: &mut Texts<'_>) -> Vec<String> {
    let named: Vec<String> = match value {
        Some(Value::Array(names)) => names.iter().map(|name| scalar(Some(name))).collect(),
        other => vec![scalar(other)],
    };
    named
        .iter()
        .filter(|name| !name.is_empty())
        .take(CATEGORIES_MAX)
        .map(|name| texts.owned(name))
        .collect()
}

/// A text or number as text; anything else is empty.
pub(super) fn scalar(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
