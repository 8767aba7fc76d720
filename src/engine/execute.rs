//! One statement on one engine connection.
//!
//! The result of a SELECT goes into a pipe: `INTO OUTFILE` to the pipe's own path makes the engine write
//! one document of any format as it is produced, and stop while nobody reads. (Its streaming calls would
//! format every block as a document of its own.) Other results are small and come whole.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;

use super::codes::{Code, Exception};
use super::library::{Class, Connection, Counters};
use super::limits::APPEND_BYTES;
use super::request::{Readonly, Request};
use super::ticket::Ticket;
use super::work::Work;

/// Runs `work` on a connection whose settings are in place. Blocking.
pub fn execute(
    mut connection: Connection,
    request: &Request,
    work: Work,
    ticket: &Ticket,
    pipe: &OwnedFd,
) -> Result<Counters, Exception> {
    match work {
        Work::Classify {
            sql,
            reaches_outside,
        } => {
            let judgement = connection.classify(&sql);
            let reads_only =
                judgement.class == Class::ReadOnly && judgement.statements == 1 && !reaches_outside;
            let class = match judgement.class {
                Class::ReadOnly => "read_only",
                Class::Mutating => "mutating",
                Class::MutatingGlobal => "mutating_global",
                Class::Control => "control",
                Class::Unknown => "unknown",
            };
            let answer = serde_json::json!({
                "reads_only": reads_only,
                "statements": judgement.statements,
                "class": class,
                "reaches_outside": reaches_outside,
            });
            deliver(pipe, format!("{answer}\n").as_bytes())?;
            Ok(Counters::default())
        }
        Work::Insert {
            head,
            format,
            mut rows,
            whole,
        } => {
            if request.readonly != Readonly::No {
                return Err(readonly());
            }
            if whole.is_some_and(|sql| connection.classify(&sql).statements > 1) {
                return Err(multi_statement());
            }
            let mut insert = connection
                .insert(&head, &format, &request.parameters)
                .map_err(Exception::from_engine)?;
            let mut buffer = vec![0; APPEND_BYTES];
            loop {
                match rows.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) if insert.append(&buffer[..count]) => {}
                    // The insert has failed; finish() has the reason.
                    Ok(_) => break,
                    Err(_) => {
                        return Err(Exception::new(
                            Code::CannotReadAllData,
                            "the rows could not be read back from disk",
                        ));
                    }
                }
            }
            insert.finish().map_err(Exception::from_engine)
        }
        Work::Statement { sql, parts, format } => {
            let reads = judge(&mut connection, &sql, request)? == Class::ReadOnly;
            if reads {
                ticket.allow_stop();
            }
            // `WITH … INSERT` also begins like a SELECT.
            let text = if reads && parts.is_select {
                let clause = format!("\nINTO OUTFILE '{}' APPEND ", ticket.path());
                [
                    &sql[..parts.clause_at],
                    clause.as_bytes(),
                    &sql[parts.clause_at..parts.end],
                ]
                .concat()
            } else {
                sql[..parts.end].to_vec()
            };
            let answer = connection
                .query(&text, &format, &request.parameters)
                .map_err(Exception::from_engine)?;
            deliver(pipe, answer.bytes())?;
            Ok(answer.counters())
        }
    }
}

/// Refuses what may not run: several statements, text that does not parse, writes of a reader.
fn judge(connection: &mut Connection, sql: &[u8], request: &Request) -> Result<Class, Exception> {
    let judgement = connection.classify(sql);
    if judgement.class == Class::Unknown {
        // The insert call parses first, without the command line's own commands (`\i FILE` reads a
        // file), so its complaint is the parser's.
        return Err(match connection.insert(sql, "", &[]) {
            Err(text) if text.starts_with("Code: ") => Exception::from_engine(text),
            _ => Exception::new(Code::SyntaxError, "Empty or unsupported statement"),
        });
    }
    if judgement.statements > 1 {
        return Err(multi_statement());
    }
    if request.readonly != Readonly::No && judgement.class != Class::ReadOnly {
        return Err(readonly());
    }
    Ok(judgement.class)
}

fn multi_statement() -> Exception {
    Exception::new(Code::SyntaxError, "Multi-statements are not allowed")
}

fn readonly() -> Exception {
    Exception::new(
        Code::Readonly,
        "Cannot execute query in readonly mode: it does not only read",
    )
}

fn deliver(pipe: &OwnedFd, bytes: &[u8]) -> Result<(), Exception> {
    let mut file = pipe
        .try_clone()
        .map(std::fs::File::from)
        .map_err(|_| Exception::new(Code::CannotWrite, "no file descriptor is left"))?;
    // A reader that has left is no error of the statement.
    match file.write_all(bytes) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Exception::new(
            Code::CannotWrite,
            "the result could not be delivered",
        )),
        _ => Ok(()),
    }
}
