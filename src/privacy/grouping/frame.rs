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
            match key.as_ref() {
                "function" => frame.function = text(value),
                "module" => frame.module = text(value),
                "filename" => frame.filename = text(value),
                "abs_path" => frame.abs_path = text(value),
                "package" => frame.package = text(value),
                "context_line" => frame.code = text(value),
                "platform" => frame.language = Language::of_platform(text(value)),
                "in_app" => {
                    frame.in_app = match value {
                        Value::Bool(own) => Some(*own),
                        _ => None,
                    }
                }
                "colno" => {
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

    /// Module or file, whichever says where it is.
    pub fn place(&self) -> &'e str {
        if self.module.is_empty() {
            self.file()
        } else {
            self.module
        }
    }

    /// Whether the path of its file has `part` in it.
    pub fn path_has(&self, part: &str) -> bool {
        // Cheaper than `str::contains`, which prepares a search that texts this short do not repay.
        let has = |path: &str| memchr::memmem::find(path.as_bytes(), part.as_bytes()).is_some();
        has(self.abs_path) || (self.filename != self.abs_path && has(self.filename))
    }
}

fn text<'e>(value: &'e Value<'_>) -> &'e str {
    let text = value.as_str().unwrap_or("").trim();
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}
