//! SQL that is put together piece by piece. Text is ours and fixed; whatever comes from outside is bound.

use clickhouse::query::Query;
use serde::Serialize;

/// A value in a statement.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Value {
    Number(i64),
    Id(u64),
    Text(String),
    Ids(Vec<u64>),
    Numbers(Vec<u32>),
    Texts(Vec<String>),
}

macro_rules! values {
    ($($from:ty => $variant:ident),* $(,)?) => { $(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )* };
}
values!(
    i64 => Number, u32 => Number, u64 => Id, &str => Text, String => Text,
    Vec<u64> => Ids, &[u32] => Numbers, Vec<String> => Texts,
);

/// Text with a `?` for each of its values.
#[derive(Clone, Default)]
pub(super) struct Statement {
    text: String,
    values: Vec<Value>,
}

impl Statement {
    /// Begins with `text`.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Goes on with `text`.
    pub fn sql(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Goes on with another statement.
    pub fn then(mut self, other: Self) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// All of `parts` with `glue` between them, each in parentheses; `None` if there are none.
    pub fn joined(parts: impl IntoIterator<Item = Self>, glue: &str) -> Option<Self> {
        let each = parts
            .into_iter()
            .map(|part| Self::new("(").then(part).sql(")"));
        each.reduce(|all, part| all.sql(glue).then(part))
    }

    /// Ready to be sent.
    pub fn query(&self, client: &clickhouse::Client) -> Query {
        let query = client.query(&self.text);
        self.values
            .iter()
            .fold(query, |query, value| query.bind(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_the_order_of_their_marks() {
        let parts = [
            Statement::new("a = ").bind("x'y"),
            Statement::new("b IN ").bind(vec![1u64, 2]),
        ];
        let both = Statement::joined(parts, " OR ").unwrap();
        let all = Statement::new("SELECT 1 WHERE c = ")
            .bind(7u32)
            .sql(" AND ")
            .then(both);
        assert_eq!(all.text, "SELECT 1 WHERE c = ? AND (a = ?) OR (b IN ?)");
        let text = all
            .query(&clickhouse::Client::default())
            .sql_display()
            .to_string();
        assert_eq!(
            text,
            r"SELECT 1 WHERE c = 7 AND (a = 'x\'y') OR (b IN [1,2])"
        );
        assert!(Statement::joined([], " OR ").is_none());
    }
}
