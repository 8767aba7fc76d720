//! The engine's own configuration files, written into its data directory at every start.
//!
//! Deliberately not here: listeners (the engine opens none), and system logs: without their sections
//! the engine creates no query_log, trace_log, text_log, metric_log or the like, so no statement text
//! is ever kept.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The file names inside the data directory.
const SERVER_FILE: &str = "engine.xml";
const USERS_FILE: &str = "engine-users.xml";

/// What statements may do. Left out on purpose: every source (`READ`/`WRITE ON FILE, URL, REMOTE, S3 …`)
/// and their table engines, so that nothing beyond the data directory is reached; dictionaries, whose
/// sources do the same; users, functions, named collections, backups, introspection, shutdown.
const GRANTS: &str = "SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, \
    CREATE TEMPORARY TABLE, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, SHOW DATABASES, SHOW TABLES, \
    SHOW COLUMNS, CHECK, KILL QUERY, SYSTEM DROP CACHE, SYSTEM MERGES, SYSTEM TTL MERGES, \
    SYSTEM MOVES, SYSTEM CLEANUP, SYSTEM SYNC REPLICA, SYSTEM RESTART REPLICA, SYSTEM FLUSH";

/// Writes both files and returns the server's.
pub fn write(data: &Path, memory_bytes_max: u64) -> io::Result<PathBuf> {
    let server = data.join(SERVER_FILE);
    let users = data.join(USERS_FILE);
    fs::write(&users, users_xml())?;
    fs::write(&server, server_xml(data, &users, memory_bytes_max))?;
    Ok(server)
}

fn server_xml(data: &Path, users: &Path, memory_bytes_max: u64) -> String {
    let inside = |name: &str| escape(&data.join(name));
    // Sizes fit a machine with 2 cores: what helps thousands of tables only costs idle threads here.
    // What is inserted stands in a few files until it is merged, not in some for each column: every file is synced.
    format!(
        "<clickhouse>
    <logger><level>none</level></logger>
    <users_config>{users}</users_config>
    <user_files_path>{user_files}</user_files_path>
    <format_schema_path>{format_schemas}</format_schema_path>
    <user_scripts_path>{user_scripts}</user_scripts_path>
    <max_server_memory_usage>{memory_bytes_max}</max_server_memory_usage>
    <max_server_memory_usage_to_ram_ratio>1</max_server_memory_usage_to_ram_ratio>
    <mark_cache_size>33554432</mark_cache_size>
    <primary_index_cache_size>16777216</primary_index_cache_size>
    <uncompressed_cache_size>0</uncompressed_cache_size>
    <index_mark_cache_size>4194304</index_mark_cache_size>
    <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
    <mmap_cache_size>64</mmap_cache_size>
    <query_condition_cache_size>4194304</query_condition_cache_size>
    <compiled_expression_cache_size>8388608</compiled_expression_cache_size>
    <background_pool_size>2</background_pool_size>
    <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
    <background_move_pool_size>1</background_move_pool_size>
    <background_fetches_pool_size>1</background_fetches_pool_size>
    <background_common_pool_size>2</background_common_pool_size>
    <background_schedule_pool_size>4</background_schedule_pool_size>
    <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
    <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
    <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
    <max_thread_pool_free_size>8</max_thread_pool_free_size>
    <max_io_thread_pool_size>8</max_io_thread_pool_size>
    <max_io_thread_pool_free_size>0</max_io_thread_pool_free_size>
    <memory_worker_period_ms>1000</memory_worker_period_ms>
    <merge_tree>
        <min_level_for_wide_part>1</min_level_for_wide_part>
        <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
        <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
        <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    </merge_tree>
</clickhouse>
",
        users = escape(users),
        user_files = inside("user_files/"),
        format_schemas = inside("format_schemas/"),
        user_scripts = inside("user_scripts/"),
    )
}

fn users_xml() -> String {
    // implicit_select is the command line's convenience: a bare `exit` would count as a SELECT.
    format!(
        "<clickhouse>
    <profiles><default>
        <implicit_select>0</implicit_select>
        <allow_introspection_functions>0</allow_introspection_functions>
        <storage_file_read_method>pread</storage_file_read_method>
        <log_queries>0</log_queries>
        <log_query_threads>0</log_query_threads>
        <log_profile_events>0</log_profile_events>
    </default></profiles>
    <quotas><default></default></quotas>
    <users><default>
        <password></password>
        <networks><ip>::/0</ip></networks>
        <profile>default</profile>
        <quota>default</quota>
        <grants><query>GRANT {GRANTS} ON *.*</query></grants>
    </default></users>
</clickhouse>
"
    )
}

fn escape(path: &Path) -> String {
    path.to_string_lossy()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
