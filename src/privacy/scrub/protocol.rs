//! Keys that the protocol itself uses, and what stands under them.

/// Keys under which four numbers with dots are no address.
pub(super) fn is_version_key(key: &str) -> bool {
    key == "version" || key == "build" || key.ends_with("_version") || key.ends_with("Version")
}

/// The commonest keys of the protocol, which announce nothing. Saves looking them up word by word.
pub(super) fn is_protocol(key: &str) -> bool {
    matches!(
        key,
        "filename"
            | "abs_path"
            | "function"
            | "module"
            | "lineno"
            | "colno"
            | "pre_context"
            | "context_line"
            | "post_context"
            | "in_app"
            | "vars"
            | "package"
            | "instruction_addr"
            | "type"
            | "value"
            | "values"
            | "frames"
            | "stacktrace"
            | "mechanism"
            | "handled"
            | "timestamp"
            | "level"
            | "message"
            | "category"
            | "data"
            | "version"
            | "platform"
            | "name"
            | "id"
            | "symbol_addr"
            | "image_addr"
            | "debug_id"
            | "code_file"
            | "op"
    )
}

/// Ids, addresses of code and times that the product itself needs, recognised by key *and* shape.
pub(super) fn is_structural(key: &str, text: &str) -> bool {
    let id = || {
        (8..=72).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    };
    match key {
        "event_id" | "trace_id" | "span_id" | "parent_span_id" | "segment_id" | "replay_id"
        | "profile_id" | "profiler_id" | "debug_id" | "code_id" | "uuid" | "replayId"
        | "traceId" | "spanId" | "sid" | "last_event_id" | "boot_id" | "build_id" => id(),
        "instruction_addr" | "image_addr" | "symbol_addr" | "image_vmaddr" | "function_id"
        | "address" => {
            let hex = text.strip_prefix("0x");
            hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        "timestamp" | "start_timestamp" | "sent_at" | "received" | "started" | "boot_time"
        | "app_start_time" => {
            text.len() <= 40
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b"TZ:.+- ".contains(&b))
        }
        _ => false,
    }
}
