//! Formats and their Content-Types.

/// The Content-Type a ClickHouse server gives a format.
pub fn content_type(format: &str) -> &'static str {
    match format {
        "JSON"
        | "JSONCompact"
        | "JSONStrings"
        | "JSONCompactStrings"
        | "JSONColumns"
        | "JSONCompactColumns"
        | "JSONColumnsWithMetadata"
        | "JSONObjectEachRow" => "application/json; charset=UTF-8",
        "JSONEachRow"
        | "JSONLines"
        | "NDJSON"
        | "JSONStringsEachRow"
        | "JSONCompactEachRow"
        | "JSONCompactEachRowWithNames"
        | "JSONCompactEachRowWithNamesAndTypes"
        | "JSONCompactStringsEachRow"
        | "JSONEachRowWithProgress" => "application/x-ndjson; charset=UTF-8",
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        "CSVWithNames" | "CSVWithNamesAndTypes" => "text/csv; charset=UTF-8; header=present",
        "XML" => "application/xml; charset=UTF-8",
        "Native"
        | "RowBinary"
        | "RowBinaryWithNames"
        | "RowBinaryWithNamesAndTypes"
        | "Parquet"
        | "Arrow"
        | "ArrowStream"
        | "ORC"
        | "Avro"
        | "MsgPack"
        | "Protobuf"
        | "ProtobufSingle"
        | "ProtobufList"
        | "CapnProto"
        | "BSONEachRow"
        | "Npy"
        | "Buffers" => "application/octet-stream",
        "Markdown" | "MD" => "text/markdown; charset=UTF-8",
        "Prometheus" => "text/plain; version=0.0.4; charset=UTF-8",
        _ if format.starts_with("TabSeparated") || format.starts_with("TSV") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        _ => "text/plain; charset=UTF-8",
    }
}
