//! One frame of a stack trace, read in one pass.

use super::language::Language;
use crate::json::Value;

/// What is looked at of one text of a frame.
const TEXT_BYTES_MAX: usize = 512;

/// Views into a frame; what it lacks is empty.
pub(super) struct Frame<'e> {
    pub language: Language,
    pub function: &'e str,
    pub module: &'e str,
    pub filename: &'e str,
    pub abs_path: &'e str,
    pub package: &'e str,
    /// The line of source code.
    pub code: &'e str,
    /// The client's word on whether it is the application's own.
    pub in_app: Option<bool>,
    /// Column in its line, 0 if unknown.
    pub column: u64,
}

impl<'e> Frame<'e> {
    /// `language` is that of the event; a frame may name its own.
    pub fn read(value: &'e Value<'e>, language: Language) -> Self {
        let mut frame = Self {
            language,
            function: "",
            module: "",
            filename: "",
            abs_path: "",
            package: "",
            code: "",
            in_app: None,
            column: 0,
        };
        for (key, value) in value.as_object().unwrap_or_default() {
            let text = value.as_str().map(str::trim);
            let text = text.map(|text| &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]);
            match (key.as_ref(), text) {
                ("function", Some(text)) => frame.function = text,
                ("module", Some(text)) => frame.module = text,
                ("filename", Some(text)) => frame.filename = text,
                ("abs_path", Some(text)) => frame.abs_path = text,
                ("package", Some(text)) => frame.package = text,
                ("context_line", Some(text)) => frame.code = text,
                ("platform", Some(text)) => frame.language = Language::of_platform(text),
                ("in_app", _) => {
                    frame.in_app = match value {
                        Value::Bool(own) => Some(*own),
                        _ => None,
                    }
                }
                ("colno", _) => {
                    frame.column = match value {
                        Value::Number(column) => column.as_u64().unwrap_or(0),
                        _ => 0,
                    }
                }
                _ => {}
            }
        }
        if frame.language == Language::Other {
            frame.language = Language::of_file(frame.file());
        }
        frame
    }

    /// The file's name as the client shortened it, else its whole path.
    pub fn file(&self) -> &'e str {
        if self.filename.is_empty() {
            self.abs_path
        } else {
            self.filename
        }
    }

    /// Whether the path of its file has `part` in it.
    pub fn path_has(&self, part: &str) -> bool {
        self.abs_path.contains(part) || self.filename.contains(part)
    }
}
