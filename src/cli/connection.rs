//! A connection to ClickHouse for a command, whether a server is running or not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::data_directory::DataDirectory;
use crate::config::Config;
use crate::engine::{EngineError, EngineOptions, Health, Supervisor};
use crate::store::{Endpoint, Store, StoreError};

/// How long to wait for another process to let go of the engine's data.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(10);
const RELEASE_INTERVAL: Duration = Duration::from_millis(200);

/// ClickHouse, and the engine behind it if this process started it.
pub(super) struct Connection {
    pub store: Store,
    engine: Option<Supervisor>,
}

impl Connection {
    /// For the server: connects to the configured server, or starts an engine of its own. It holds the lock of the data
    /// directory, so an engine that runs there is a command's and about to end.
    pub async fn open_for_server(config: &Config, data: &DataDirectory) -> anyhow::Result<Self> {
        if config.clickhouse.url.is_empty() {
            let socket = data.engine_socket();
            let engine = Some(start_engine(config, data, &socket).await?);
            let store = Endpoint::Socket(socket).store(&config.clickhouse.database);
            return Ok(Self { store, engine });
        }
        Self::open(config, data).await
    }

    /// For a command: connects to the configured server, to the engine of a running server, or to one of its own.
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
        let store = Endpoint::Socket(socket.clone()).store(database);
        // Connecting says too little: the socket of an engine that was just killed takes connections for a moment.
        let engine = match store.version().await {
            Err(StoreError::Unreachable) => Some(start_engine(config, data, &socket).await?),
            _ => None,
        };
        Ok(Self { store, engine })
    }

    /// How the engine is, if this process started it.
    pub fn engine_health(&self) -> Option<Arc<Health>> {
        self.engine.as_ref().map(Supervisor::health)
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
    socket: &Path,
) -> anyhow::Result<Supervisor> {
    let program = std::env::current_exe().context("the program's own file cannot be found")?;
    let options = EngineOptions {
        library: config.engine.library.clone(),
        data: data.clickhouse(),
        socket: socket.to_owned(),
        memory_bytes_max: config.engine.memory_bytes_max,
        connections_max: config.engine.connections_max,
        keeps_to_idle_cores: config.engine.keeps_to_idle_cores,
    };
    let begun = tokio::time::Instant::now();
    loop {
        match Supervisor::start(program.clone(), options.clone()).await {
            // The engine of a server that was killed takes a moment to let go.
            Err(EngineError::DataInUse { .. }) if begun.elapsed() < RELEASE_TIMEOUT => {
                tokio::time::sleep(RELEASE_INTERVAL).await;
            }
            result => return Ok(result?),
        }
    }
}
