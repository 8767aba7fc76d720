//! What is stored, from the purpose comments of tables and columns.

use crate::store::evidence::StoredColumn;
use crate::store::retention::expiring_tables;
use crate::store::{Store, StoreError};

/// Every table with its columns.
pub struct Inventory {
    pub tables: Vec<InventoryTable>,
}

/// One table.
pub struct InventoryTable {
    pub name: String,
    pub purpose: String,
    pub rows: u64,
    pub bytes: u64,
    /// Whether it holds what widgets sent, and so expires.
    pub holds_events: bool,
    pub columns: Vec<StoredColumn>,
}

impl Inventory {
    /// Asks the store, tables with events first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let columns = store.stored_columns().await?;
        let holds_events = |name: &str| expiring_tables().any(|table| table == name);
        let tables = store.stored_tables().await?.into_iter().map(|table| {
            let own = columns.iter().filter(|column| column.table == table.name);
            InventoryTable {
                holds_events: holds_events(&table.name),
                columns: own.cloned().collect(),
                name: table.name,
                purpose: table.comment,
                rows: table.rows,
                bytes: table.bytes,
            }
        });
        let mut tables: Vec<_> = tables.collect();
        tables.sort_by_key(|table| !table.holds_events);
        Ok(Self { tables })
    }

    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let tables = self.tables.iter().map(|table| {
            let columns = table.columns.iter().map(|column| {
                serde_json::json!({"name": column.name, "type": column.kind, "purpose": column.comment})
            });
            serde_json::json!({
                "name": table.name,
                "purpose": table.purpose,
                "rows": table.rows,
                "bytes": table.bytes,
                "expires": table.holds_events,
                "columns": columns.collect::<Vec<_>>(),
            })
        });
        serde_json::json!({"tables": tables.collect::<Vec<_>>()})
    }
}
