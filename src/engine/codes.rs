//! ClickHouse errors: their code, their text, and the HTTP status a ClickHouse server gives them.
//!
//! Enters: the engine's error text. Leaves: an [`Exception`]. The text may quote the statement, so it
//! goes back to the client that sent it and nowhere else: `Exception` has no `Debug` and no `Display`.

use hyper::StatusCode;

/// A failed statement.
pub struct Exception {
    pub code: u32,
    /// `Code: N. DB::Exception: … (NAME)`, for the client only.
    pub text: String,
}

impl Exception {
    /// An error of the HTTP side itself, in ClickHouse's wording.
    pub fn new(code: Code, message: &str) -> Exception {
        let (code, name) = code.parts();
        Exception {
            code,
            text: format!("Code: {code}. DB::Exception: {message}. ({name})"),
        }
    }

    /// Takes the code out of an engine error text (`Code: 60. DB::Exception: …`).
    pub fn from_engine(text: String) -> Exception {
        let digits: String = text
            .strip_prefix("Code: ")
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        // 1002 is the server's own code for "unknown exception".
        Exception {
            code: digits.parse().unwrap_or(1002),
            text,
        }
    }

    /// The body of an error reply: one line that names the engine's version, as clients expect.
    pub fn body(&self, version: &str) -> String {
        format!("{} (version {version})\n", self.text.trim_end())
    }

    /// The status a ClickHouse server answers with for this code; READONLY, there 500, is 403 here.
    pub fn status(&self) -> StatusCode {
        match self.code {
            // REQUIRED_PASSWORD
            194 => StatusCode::UNAUTHORIZED,
            // users, passwords, roles, grants; READONLY
            192 | 193 | 512 | 516 | 497 | 164 => StatusCode::FORBIDDEN,
            // values and texts that do not parse, columns that are not there, types that do not fit
            6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167
            | 168 | 223 | 321 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
            // UNKNOWN_ function, identifier, type, storage, table, format, database, setting, role …
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => {
                StatusCode::NOT_FOUND
            }
            // QUERY_IS_TOO_LARGE
            229 => StatusCode::PAYLOAD_TOO_LARGE,
            // UNSUPPORTED_MEDIA_TYPE
            779 => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // HTTP_LENGTH_REQUIRED
            381 => StatusCode::LENGTH_REQUIRED,
            // NOT_IMPLEMENTED
            48 => StatusCode::NOT_IMPLEMENTED,
            // CANNOT_OPEN_FILE, SOCKET_TIMEOUT, CANNOT_SCHEDULE_TASK, TOO_MANY_SIMULTANEOUS_QUERIES
            76 | 209 | 439 | 202 => StatusCode::SERVICE_UNAVAILABLE,
            // TIMEOUT_EXCEEDED
            159 => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Errors this side raises itself.
#[derive(Clone, Copy)]
pub enum Code {
    BadArguments,
    TooLarge,
    CannotReadAllData,
    CannotDecompress,
    ChecksumMismatch,
    NotImplemented,
    Readonly,
    AccessDenied,
    SyntaxError,
    TooManyQueries,
    UnknownCompression,
    CannotWrite,
    Aborted,
}

impl Code {
    fn parts(self) -> (u32, &'static str) {
        match self {
            Code::BadArguments => (36, "BAD_ARGUMENTS"),
            Code::TooLarge => (229, "QUERY_IS_TOO_LARGE"),
            Code::CannotReadAllData => (33, "CANNOT_READ_ALL_DATA"),
            Code::CannotDecompress => (271, "CANNOT_DECOMPRESS"),
            Code::ChecksumMismatch => (40, "CHECKSUM_DOESNT_MATCH"),
            Code::NotImplemented => (48, "NOT_IMPLEMENTED"),
            Code::Readonly => (164, "READONLY"),
            Code::AccessDenied => (497, "ACCESS_DENIED"),
            Code::SyntaxError => (62, "SYNTAX_ERROR"),
            Code::TooManyQueries => (202, "TOO_MANY_SIMULTANEOUS_QUERIES"),
            Code::UnknownCompression => (89, "UNKNOWN_COMPRESSION_METHOD"),
            Code::CannotWrite => (75, "CANNOT_WRITE_TO_FILE_DESCRIPTOR"),
            Code::Aborted => (236, "ABORTED"),
        }
    }
}
