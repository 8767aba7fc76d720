//! Columns that hold addresses: each is looked at, and counted.

use super::{Subject, Verdict, number};
use crate::evidence::Words;
use crate::store::StoreError;

/// What is true of a masked address, and of none at all.
const MASKED: &str = "(empty(a) OR (isIPv4String(a) AND endsWith(a, '.0')) \
    OR (isIPv6String(a) AND substring(ifNull(IPv6StringToNumOrNull(a), ''), 9) = unhex('0000000000000000')))";

/// No address column holds more than a masked address.
pub(super) async fn columns(subject: &Subject<'_>) -> Result<Verdict, StoreError> {
    let columns = subject.store.stored_columns().await?;
    let holds_address = |name: &str| name.ends_with("_ip") || name.ends_with("ip_address");
    let found: Vec<_> = columns
        .iter()
        .filter(|column| holds_address(&column.name))
        .collect();
    let parts: Vec<_> = found
        .iter()
        .map(|column| {
            let (table, name) = (&column.table, &column.name);
            format!(
                "SELECT '{table}.{name}' AS column, count() AS rows, countIf(NOT empty(a)) AS addresses, \
                 countIf(NOT {MASKED}) AS unmasked FROM (SELECT toString(`{name}`) AS a FROM {table})"
            )
        })
        .collect();
    let query = parts.join("\nUNION ALL\n");
    let (mut rows, mut addresses, mut unmasked) = (0, 0, 0);
    for row in subject.store.evidence(&query).await? {
        rows += number(&row, 1)?;
        addresses += number(&row, 2)?;
        unmasked += number(&row, 3)?;
    }
    let (columns, octets) = (found.len(), subject.practice.masked_octets);
    let detail = Words::new(
        format!(
            "{rows} rows in {columns} address columns: {addresses} addresses, {unmasked} of them not masked. \
             {octets} octet(s) are masked now."
        ),
        format!(
            "{rows} Zeilen in {columns} Adressspalten: {addresses} Adressen, davon {unmasked} nicht maskiert. \
             Zurzeit werden {octets} Oktett(e) maskiert."
        ),
    );
    Ok(Verdict::new(unmasked == 0 && columns > 0, query, detail))
}
