//! Makes small geo databases for tests of the room and of the whole program.

use serde_json::{Value, json};

/// The bytes of a database: networks as bits in front of a length, and their records. Follows the MaxMind DB file format 2.0.
pub struct Database {
    bits: u32,
    /// Two children each: another node, data, or nothing.
    nodes: Vec<[Child; 2]>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Child {
    None,
    Node(usize),
    Data(usize),
}

impl Database {
    /// For addresses of 32 or 128 bits.
    pub fn new(bits: u32) -> Self {
        Self {
            bits,
            nodes: vec![[Child::None; 2]],
            data: Vec::new(),
        }
    }

    /// Adds a network: `198.51.100.0/24` is `(0xc633_6400, 24)`.
    pub fn with(mut self, network: u128, length: u32, record: &Value) -> Self {
        let at = self.data.len();
        encode(record, &mut self.data);
        let mut node = 0;
        for depth in 0..length {
            let side = (network >> (self.bits - 1 - depth) & 1) as usize;
            if depth + 1 == length {
                self.nodes[node][side] = Child::Data(at);
            } else if let Child::Node(next) = self.nodes[node][side] {
                node = next;
            } else {
                self.nodes.push([Child::None; 2]);
                let next = self.nodes.len() - 1;
                self.nodes[node][side] = Child::Node(next);
                node = next;
            }
        }
        self
    }

    /// The file.
    pub fn bytes(self, build_epoch: u64) -> Vec<u8> {
        let count = self.nodes.len();
        let mut bytes = Vec::new();
        for child in self.nodes.iter().flatten() {
            let value = match child {
                Child::None => count,
                Child::Node(at) => *at,
                Child::Data(at) => count + 16 + at,
            };
            bytes.extend((value as u32).to_be_bytes());
        }
        bytes.extend([0; 16]);
        bytes.extend(&self.data);
        bytes.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata = json!({
            "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": build_epoch,
            "database_type": "Test", "description": {}, "ip_version": if self.bits == 32 { 4 } else { 6 },
            "languages": ["en"], "node_count": count, "record_size": 32,
        });
        encode(&metadata, &mut bytes);
        bytes
    }
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => {
            control(2, text.len(), out);
            out.extend(text.bytes());
        }
        Value::Object(members) => {
            control(7, members.len(), out);
            for (key, value) in members {
                encode(&Value::from(key.as_str()), out);
                match (key.as_str(), value.as_u64()) {
                    ("build_epoch", Some(number)) => {
                        control(9, 8, out);
                        out.extend(number.to_be_bytes());
                    }
                    ("node_count", Some(number)) => {
                        control(6, 4, out);
                        out.extend((number as u32).to_be_bytes());
                    }
                    _ => encode(value, out),
                }
            }
        }
        Value::Array(items) => {
            control(11, items.len(), out);
            items.iter().for_each(|item| encode(item, out));
        }
        Value::Number(number) => {
            if let Some(number) = number.as_u64() {
                control(5, 2, out);
                out.extend((number as u16).to_be_bytes());
            } else if let Some(number) = number.as_f64() {
                control(3, 8, out);
                out.extend(number.to_be_bytes());
            }
        }
        Value::Bool(_) | Value::Null => unimplemented!("no record here has one"),
    }
}

/// A value's type and size; types above 7 stand in a byte of their own.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    assert!(size < 29);
    match kind {
        0..=7 => out.push(kind << 5 | size as u8),
        _ => out.extend([size as u8, kind - 7]),
    }
}
