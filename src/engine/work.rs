//! From a request and its complete body to the one thing the engine is asked to do.

use std::io::{self, Read, Write};

use super::codes::{Code, Exception};
use super::frames::{FrameError, FrameReader};
use super::limits::STATEMENT_BYTES_MAX;
use super::request::{Encoding, Request, too_long};
use super::spool::Spool;
use super::statement::{self, Outside, ResultParts};

/// Rows in an input format.
pub type Rows = Box<dyn Read + Send>;

/// What the engine is asked.
pub enum Work {
    /// Judge this text.
    Classify { sql: Vec<u8>, reaches_outside: bool },
    /// Store `rows`; `head` is the statement without its FORMAT clause. `whole` is the text with its
    /// rows when they are SQL themselves (VALUES) and short: a second statement may hide behind them.
    Insert {
        head: Vec<u8>,
        format: String,
        rows: Rows,
        whole: Option<Vec<u8>>,
    },
    /// Run a statement; the result comes in `format`.
    Statement {
        sql: Vec<u8>,
        parts: ResultParts,
        format: String,
    },
}

/// The format of a result that neither statement nor request names.
const DEFAULT_FORMAT: &str = "TabSeparated";

/// Decodes the body and finds out what is wanted. Blocking: a large body lies in a file.
pub fn plan(request: &Request, body: Spool) -> Result<Work, Exception> {
    let body = decode(request, body)?;
    let mut text = request.statement.clone();
    if !text.is_empty() && body.length() > 0 {
        text.push(b'\n');
    }
    let from_url = text.len();
    let from_body = body.start().len().min(STATEMENT_BYTES_MAX);
    text.extend_from_slice(&body.start()[..from_body]);

    let is_whole = body.length() == from_body as u64 && text.len() <= STATEMENT_BYTES_MAX;

    if let Some(parts) = statement::insert_parts(&text) {
        if request.classify {
            return Ok(classify(text[..parts.rows_from].to_vec()));
        }
        stay_inside(&parts.head)?;
        let inline = text[parts.rows_from.min(from_url)..from_url].to_vec();
        let in_body = parts.rows_from.saturating_sub(from_url) as u64;
        let rest = body.read_from(in_body).map_err(unreadable)?;
        let rows = Box::new(io::Cursor::new(inline).chain(rest));
        let is_sql = parts.format.eq_ignore_ascii_case("Values");
        let whole = (is_sql && is_whole).then_some(text);
        return Ok(Work::Insert {
            head: parts.head,
            format: parts.format,
            rows,
            whole,
        });
    }
    if !is_whole {
        return Err(too_long());
    }
    if request.classify {
        return Ok(classify(text));
    }
    stay_inside(&text)?;
    let parts = statement::result_parts(&text);
    let format = parts
        .format
        .clone()
        .or_else(|| request.default_format.clone());
    Ok(Work::Statement {
        sql: text,
        parts,
        format: format.unwrap_or_else(|| DEFAULT_FORMAT.into()),
    })
}

fn classify(sql: Vec<u8>) -> Work {
    let reaches_outside = statement::reaches_outside(&sql).is_some();
    Work::Classify {
        sql,
        reaches_outside,
    }
}

fn stay_inside(sql: &[u8]) -> Result<(), Exception> {
    match statement::reaches_outside(sql) {
        None => Ok(()),
        Some(Outside::ClientFile) => Err(Exception::new(
            Code::AccessDenied,
            "INTO OUTFILE and FROM INFILE are not allowed: results and rows travel over HTTP",
        )),
        Some(Outside::FileFunction) => Err(Exception::new(
            Code::AccessDenied,
            "file(…) is not allowed: SQL reaches no files",
        )),
    }
}

/// Undoes Content-Encoding, then native frames. A body that ends too early or is damaged anywhere is
/// refused as a whole, before the engine sees its first row.
fn decode(request: &Request, body: Spool) -> Result<Spool, Exception> {
    if request.encoding == Encoding::Identity && !request.decompress {
        return Ok(body);
    }
    let mut decoded = body.sibling();
    let packed = body.read_from(0).map_err(unreadable)?;
    let plain: Rows = match request.encoding {
        Encoding::Identity => Box::new(packed),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        Encoding::Deflate => Box::new(flate2::read::ZlibDecoder::new(packed)),
        Encoding::Zstd => Box::new(zstd::stream::read::Decoder::new(packed).map_err(unreadable)?),
    };
    let mut plain: Rows = if request.decompress {
        Box::new(FrameReader::new(plain))
    } else {
        plain
    };
    io::copy(&mut plain, &mut decoded)
        .and_then(|_| decoded.flush())
        .map_err(unreadable)?;
    Ok(decoded)
}

/// The exception for a body that cannot be kept or decoded.
pub fn unreadable(error: io::Error) -> Exception {
    if let Some(frame) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<FrameError>())
    {
        let code = match frame {
            FrameError::Truncated => Code::CannotReadAllData,
            FrameError::Checksum => Code::ChecksumMismatch,
            FrameError::Method => Code::UnknownCompression,
            FrameError::Size | FrameError::Damaged => Code::CannotDecompress,
        };
        return Exception::new(code, &frame.to_string());
    }
    match error.kind() {
        io::ErrorKind::FileTooLarge => {
            Exception::new(Code::TooLarge, "the body is larger than 2 GiB")
        }
        io::ErrorKind::UnexpectedEof => Exception::new(
            Code::CannotReadAllData,
            "the compressed body ends too early",
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            Exception::new(Code::CannotDecompress, "the compressed body is damaged")
        }
        _ => Exception::new(Code::CannotWrite, "the body could not be kept on disk"),
    }
}
