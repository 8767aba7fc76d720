//! What is tortured: a server, its data, and the ClickHouse that it stores into.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::clickhouse::Elsewhere;
use super::disk::SmallDisk;
use crate::harness::{Server, Setup, Stopped};
use crate::load::Load;

pub struct World {
    /// Missing only while a fault has it stopped.
    server: Option<Server>,
    pub elsewhere: Option<Elsewhere>,
    pub disk: Option<SmallDisk>,
    /// Whose program ends where this file cannot be opened: not beside a disk that fails.
    clock: Option<tempfile::TempDir>,
}

impl World {
    pub async fn with_own_engine() -> Self {
        let clock = tempfile::tempdir().unwrap();
        std::fs::write(clock.path().join(CLOCK), "+0").unwrap();
        let setup = Setup::default().steered_clock(&clock.path().join(CLOCK));
        let server = setup.start().await;
        Self {
            server: Some(server),
            elsewhere: None,
            disk: None,
            clock: Some(clock),
        }
    }

    pub async fn with_clickhouse_elsewhere() -> Self {
        let elsewhere = Elsewhere::start().await;
        let disk = SmallDisk::mount();
        let setup = Setup::default().set("CLICKHOUSE__URL", &elsewhere.url);
        let server = setup.start_on(Arc::clone(&disk.data)).await;
        Self {
            server: Some(server),
            elsewhere: Some(elsewhere),
            disk: Some(disk),
            clock: None,
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
        let directory = self.clock.as_ref().unwrap().path();
        let next = directory.join("next");
        std::fs::write(&next, time).unwrap();
        std::fs::rename(next, directory.join(CLOCK)).unwrap();
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
