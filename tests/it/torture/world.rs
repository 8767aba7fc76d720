//! What is tortured: a server, its data, and the ClickHouse that it stores into.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use fastrand::Rng;

use super::clickhouse::Elsewhere;
use super::disk::SmallDisk;
use crate::harness::{Server, Setup, Stopped, fresh_data};
use crate::load::Load;

pub struct World {
    /// Missing only while a fault has it stopped.
    server: Option<Server>,
    pub elsewhere: Option<Elsewhere>,
    pub disk: Option<SmallDisk>,
    clock: tempfile::TempDir,
}

impl World {
    pub async fn with_own_engine() -> Self {
        Self::start(None, None, Setup::default()).await
    }

    pub async fn with_clickhouse_elsewhere() -> Self {
        let elsewhere = Elsewhere::start().await;
        let setup = Setup::default().set("CLICKHOUSE__URL", &elsewhere.url);
        Self::start(Some(elsewhere), Some(SmallDisk::mount()), setup).await
    }

    async fn start(elsewhere: Option<Elsewhere>, disk: Option<SmallDisk>, setup: Setup) -> Self {
        let clock = tempfile::tempdir().unwrap();
        std::fs::write(clock.path().join(CLOCK), "+0").unwrap();
        let setup = setup.steered_clock(&clock.path().join(CLOCK));
        let data = disk
            .as_ref()
            .map_or_else(fresh_data, |disk| disk.data.clone());
        let server = setup.start_on(data).await;
        Self {
            server: Some(server),
            elsewhere,
            disk,
            clock,
        }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The server, to be stopped; [`World::restart`] brings it back.
    pub fn take_server(&mut self) -> Server {
        self.server.take().unwrap()
    }

    pub async fn restart(&mut self, stopped: Stopped, load: &Load) {
        let server = stopped.start().await;
        load.follow(&server);
        self.server = Some(server);
    }

    /// The process that holds the tables.
    pub fn engine_id(&self) -> u32 {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.engine.id(),
            None => self.server().engine_id(),
        }
    }

    /// What the server takes for the time, in the words of faketime.
    pub fn set_clock(&self, time: &str) {
        // At once as a whole: the server may read at any moment.
        let next = self.clock.path().join("next");
        std::fs::write(&next, time).unwrap();
        std::fs::rename(&next, self.clock_file()).unwrap();
    }

    fn clock_file(&self) -> PathBuf {
        self.clock.path().join(CLOCK)
    }

    /// Sleeps for a random number of milliseconds.
    pub async fn wait(&self, random: &mut Rng, millis: Range<u64>) {
        tokio::time::sleep(Duration::from_millis(random.u64(millis))).await;
    }

    pub async fn end(mut self) {
        let stopped = self.take_server().stop().await;
        assert!(stopped.status.success());
    }
}

const CLOCK: &str = "clock";
