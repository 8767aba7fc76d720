//! A connection to ClickHouse for a command, whether a server is running or not.

use std::path::PathBuf;

use anyhow::Context;
use tokio::net::UnixStream;

use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::engine::{EngineOptions, Supervisor};
use crate::store::{Endpoint, Store};

/// ClickHouse, and the engine behind it if this process started it.
pub(super) struct Workplace {
    pub store: Store,
    engine: Option<Supervisor>,
}

impl Workplace {
    /// Connects to the configured server, to the engine of a running server, or to an engine of its own.
    pub async fn open(config: &Config, data: &DataDirectory) -> anyhow::Result<Self> {
        let database = &config.clickhouse.database;
        if !config.clickhouse.url.is_empty() {
            let endpoint = Endpoint::Url {
                url: config.clickhouse.url.clone(),
                user: config.clickhouse.user.clone(),
                password: config.clickhouse.password.clone(),
            };
            return Ok(Self {
                store: endpoint.store(database),
                engine: None,
            });
        }
        let socket = data.engine_socket();
        let engine = match UnixStream::connect(&socket).await {
            Ok(_) => None,
            Err(_) => Some(start_engine(config, data, &socket).await?),
        };
        Ok(Self {
            store: Endpoint::Socket(socket).store(database),
            engine,
        })
    }

    /// How often the engine had to be started again.
    pub fn engine_restarts(&self) -> u64 {
        self.engine.as_ref().map_or(0, Supervisor::restarts)
    }

    /// Ends the engine if this process started it.
    pub async fn close(self) {
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

async fn start_engine(
    config: &Config,
    data: &DataDirectory,
    socket: &std::path::Path,
) -> anyhow::Result<Supervisor> {
    let program = std::env::current_exe().context("the program's own file cannot be found")?;
    let options = EngineOptions {
        library: PathBuf::from(&config.engine.library),
        data: data.clickhouse(),
        socket: socket.to_owned(),
        memory_bytes_max: config.engine.memory_bytes_max,
        connections_max: config.engine.connections_max,
    };
    Ok(Supervisor::start(program, options).await?)
}
