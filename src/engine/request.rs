//! One HTTP request in ClickHouse's dialect: what the URL, the headers and form fields ask for.
//!
//! Enters: request parts and, for forms, the body. Leaves: a [`Request`]. Deliberately not here: user
//! names and passwords, which are accepted and ignored: the socket's file mode is the authentication.

use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

use super::codes::{Code, Exception};
use super::library::Parameter;
use super::limits::{FIELD_BYTES_MAX, FIELDS_MAX, STATEMENT_BYTES_MAX};

/// What may not be changed: `readonly` as ClickHouse defines it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readonly {
    /// Everything the grants allow.
    No,
    /// Reads, with settings of its own (`readonly=2`, what every GET gets).
    WithSettings,
    /// Reads only (`readonly=1`).
    Yes,
}

/// How the body is packed as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

/// Everything of a request but its body.
pub struct Request {
    /// The `query` field; the body follows it after a line break.
    pub statement: Vec<u8>,
    pub parameters: Vec<Parameter>,
    /// Engine settings in the order sent, names checked.
    pub settings: Vec<(String, String)>,
    pub database: Option<String>,
    pub roles: Vec<String>,
    pub query_id: Option<String>,
    /// Format of a result whose statement names none.
    pub default_format: Option<String>,
    pub readonly: Readonly,
    /// The client wants native frames back.
    pub compress: bool,
    /// The body is made of native frames.
    pub decompress: bool,
    /// The response starts only when the statement has ended.
    pub wait_end_of_query: bool,
    /// `mayfly_classify=1`: judge the statement, do not run it.
    pub classify: bool,
    pub encoding: Encoding,
    /// `add_http_cors_header=1`, and the request has an Origin.
    pub cors: bool,
    fields: usize,
}

impl Request {
    /// Reads URL and headers.
    pub fn from_parts(parts: &Parts) -> Result<Request, Exception> {
        let mut request = Request {
            statement: Vec::new(),
            parameters: Vec::new(),
            settings: Vec::new(),
            database: header(&parts.headers, "x-clickhouse-database"),
            roles: Vec::new(),
            query_id: None,
            default_format: header(&parts.headers, "x-clickhouse-format"),
            readonly: Readonly::No,
            compress: false,
            decompress: false,
            wait_end_of_query: false,
            classify: false,
            encoding: encoding(&parts.headers)?,
            cors: false,
            fields: 0,
        };
        let query = parts.uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            request.take(&name, value.into_owned().into_bytes())?;
        }
        if parts.method == Method::GET || parts.method == Method::HEAD {
            request.readonly = request.readonly.max(Readonly::WithSettings);
        }
        request.cors &= parts.headers.contains_key("origin");
        Ok(request)
    }

    /// Reads the fields of a multipart form; the form is the whole body then.
    pub async fn take_form(&mut self, body: Incoming, boundary: String) -> Result<(), Exception> {
        let limits = multer::SizeLimit::new().per_field(FIELD_BYTES_MAX);
        let constraints = multer::Constraints::new().size_limit(limits);
        let stream = BodyDataStream::new(body);
        let mut form = multer::Multipart::with_constraints(stream, boundary, constraints);
        let broken = |_| {
            Exception::new(
                Code::CannotReadAllData,
                "the multipart form is incomplete or too large",
            )
        };
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() && !name.starts_with("param_") && name != "query" {
                return Err(Exception::new(
                    Code::NotImplemented,
                    "external tables in a form are not supported by the embedded engine",
                ));
            }
            let value = field.bytes().await.map_err(broken)?;
            self.take(&name, value.to_vec())?;
        }
        Ok(())
    }

    fn take(&mut self, name: &str, value: Vec<u8>) -> Result<(), Exception> {
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            return Err(Exception::new(
                Code::TooLarge,
                "too many settings and parameters",
            ));
        }
        if let Some(parameter) = name.strip_prefix("param_") {
            self.parameters.push(Parameter {
                name: parameter.to_owned(),
                value,
            });
            return Ok(());
        }
        if name == "query" {
            if self.statement.len() + value.len() > STATEMENT_BYTES_MAX {
                return Err(too_long());
            }
            self.statement.extend_from_slice(&value);
            return Ok(());
        }
        let value = String::from_utf8(value)
            .map_err(|_| Exception::new(Code::BadArguments, "a setting is not valid UTF-8"))?;
        let is_on = value == "1" || value.eq_ignore_ascii_case("true");
        match name {
            "database" => self.database = Some(value),
            "default_format" => self.default_format = Some(value),
            "query_id" => self.query_id = Some(value),
            "role" => self.roles.push(value),
            "compress" => self.compress = is_on,
            "decompress" => self.decompress = is_on,
            "wait_end_of_query" => self.wait_end_of_query = is_on,
            "mayfly_classify" => self.classify = is_on,
            "readonly" => self.readonly = readonly(&value)?,
            // Accepted without effect: they tune or guard a TCP server.
            "user"
            | "password"
            | "quota_key"
            | "stacktrace"
            | "buffer_size"
            | "session_timeout"
            | "session_check"
            | "close_session"
            | "client_protocol_version" => {}
            "session_id" => {
                return Err(Exception::new(
                    Code::NotImplemented,
                    "HTTP sessions are not supported by the embedded engine: send settings with each request",
                ));
            }
            _ if !is_setting(name) => {
                return Err(Exception::new(
                    Code::BadArguments,
                    "a setting has an impossible name",
                ));
            }
            _ => {
                self.cors |= name == "add_http_cors_header" && is_on;
                self.settings.push((name.to_owned(), value));
            }
        }
        Ok(())
    }
}

/// The refusal of a statement longer than [`STATEMENT_BYTES_MAX`].
pub fn too_long() -> Exception {
    Exception::new(Code::TooLarge, "the statement is longer than 1 MiB")
}

fn is_setting(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
        && !name.as_bytes()[0].is_ascii_digit()
}

fn readonly(value: &str) -> Result<Readonly, Exception> {
    match value {
        "0" | "false" => Ok(Readonly::No),
        "1" | "true" => Ok(Readonly::Yes),
        "2" => Ok(Readonly::WithSettings),
        _ => Err(Exception::new(Code::BadArguments, "readonly is 0, 1 or 2")),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Exception> {
    match header(headers, "content-encoding").as_deref() {
        None | Some("" | "identity") => Ok(Encoding::Identity),
        Some("gzip" | "x-gzip") => Ok(Encoding::Gzip),
        Some("deflate") => Ok(Encoding::Deflate),
        Some("zstd") => Ok(Encoding::Zstd),
        Some(_) => Err(Exception::new(
            Code::UnknownCompression,
            "the Content-Encoding is none of gzip, deflate, zstd, identity",
        )),
    }
}

/// The boundary of a multipart form, when the body is one.
pub fn form_boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(header(headers, "content-type")?).ok()
}
