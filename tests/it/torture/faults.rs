//! The faults. Each strikes a server under load and has healed when it returns.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::clickhouse::Mood;
use super::damage::damage;
use super::disk::FailingCalls;
use super::world::World;
use crate::harness::signal;
use crate::load::Load;

/// From SIGTERM to the end, under load.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a fault lasts, in milliseconds.
const A_WHILE: std::ops::Range<u64> = 200..1_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    KillServer,
    KillEngine,
    KillBoth,
    Stop,
    EngineHangs,
    ClickHouseRefuses,
    ClickHouseHangs,
    ClickHouseIsLate,
    ClickHouseAnswersWithErrors,
    ClickHouseLosesAnswers,
    DiskFull,
    DiskReadOnly,
    SyncFails,
    SpoolDamaged,
    ClockSteps,
    ClockStands,
    NoDescriptors,
    ConnectionsCut,
}

impl Fault {
    pub const OF_OWN_ENGINE: &[Self] = &[
        Self::KillServer,
        Self::KillEngine,
        Self::KillBoth,
        Self::Stop,
        Self::EngineHangs,
        Self::SyncFails,
        Self::SpoolDamaged,
        Self::ClockSteps,
        Self::ClockStands,
        Self::NoDescriptors,
        Self::ConnectionsCut,
    ];

    pub const OF_CLICKHOUSE_ELSEWHERE: &[Self] = &[
        Self::KillServer,
        Self::KillEngine,
        Self::KillBoth,
        Self::Stop,
        Self::ClickHouseRefuses,
        Self::ClickHouseHangs,
        Self::ClickHouseIsLate,
        Self::ClickHouseAnswersWithErrors,
        Self::ClickHouseLosesAnswers,
        Self::DiskFull,
        Self::DiskReadOnly,
        Self::SyncFails,
        Self::SpoolDamaged,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::KillServer => "server killed",
            Self::KillEngine => "engine killed",
            Self::KillBoth => "server and engine killed",
            Self::Stop => "server told to stop",
            Self::EngineHangs => "engine stands still",
            Self::ClickHouseRefuses => "ClickHouse refuses connections",
            Self::ClickHouseHangs => "ClickHouse moves no byte",
            Self::ClickHouseIsLate => "ClickHouse answers late",
            Self::ClickHouseAnswersWithErrors => "ClickHouse inserts and answers with an error",
            Self::ClickHouseLosesAnswers => "ClickHouse inserts and the answer is lost",
            Self::DiskFull => "disk full",
            Self::DiskReadOnly => "disk read-only",
            Self::SyncFails => "fdatasync fails",
            Self::SpoolDamaged => "spool damaged while down",
            Self::ClockSteps => "clock steps by hours",
            Self::ClockStands => "clock stands still",
            Self::NoDescriptors => "no file descriptors",
            Self::ConnectionsCut => "connections cut in bodies",
        }
    }

    /// Strikes and heals. Returns the names of requests whose rows it has destroyed on disk.
    pub async fn strike(
        self,
        world: &mut World,
        load: &Load,
        random: &mut Rng,
    ) -> BTreeSet<String> {
        let mut destroyed = BTreeSet::new();
        match self {
            Self::KillServer => {
                let stopped = world.take_server().kill_alone().await;
                world.restart(stopped, load).await;
            }
            Self::KillEngine => kill_engine(world),
            Self::KillBoth => {
                if let Some(elsewhere) = &mut world.elsewhere {
                    elsewhere.engine.kill();
                }
                let stopped = world.take_server().kill().await;
                if let Some(elsewhere) = &mut world.elsewhere {
                    elsewhere.engine.restart();
                }
                world.restart(stopped, load).await;
            }
            Self::Stop => {
                let begun = Instant::now();
                let stopped = world.take_server().stop().await;
                assert!(begun.elapsed() < STOP_TIME_MAX, "{:?}", begun.elapsed());
                assert!(stopped.status.success(), "{}", stopped.status);
                world.restart(stopped, load).await;
            }
            Self::EngineHangs => {
                signal(world.engine_id(), "STOP");
                world.wait(random, A_WHILE).await;
                signal(world.engine_id(), "CONT");
            }
            Self::ClickHouseRefuses => mood(world, Mood::Refuses, random).await,
            Self::ClickHouseHangs => mood(world, Mood::Hangs, random).await,
            Self::ClickHouseIsLate => {
                let delay = Duration::from_millis(random.u64(A_WHILE));
                mood(world, Mood::IsLate(delay), random).await;
            }
            Self::ClickHouseAnswersWithErrors => mood(world, Mood::AnswersWithErrors, random).await,
            Self::ClickHouseLosesAnswers => mood(world, Mood::LosesAnswers, random).await,
            Self::DiskFull => {
                let disk = world.disk.as_ref().unwrap();
                // Again and again: a segment that is closed gives space back.
                for _ in 0..random.u8(10..40) {
                    disk.fill();
                    world.wait(random, 10..40).await;
                }
                disk.free();
            }
            // Not `write`: the thread also wakes its waiters with it.
            Self::DiskReadOnly => {
                calls_fail(world, "openat,fallocate,fdatasync", "EROFS", random).await;
            }
            Self::SyncFails => calls_fail(world, "fdatasync", "EIO", random).await,
            Self::SpoolDamaged => destroyed = damage_spool(world, load, random).await,
            Self::ClockSteps => {
                for hours in [random.i64(1..48), -random.i64(1..48), 0] {
                    world.set_clock(&format!("{:+}", hours * 3_600));
                    world.wait(random, 1_100..1_500).await;
                }
            }
            Self::ClockStands => {
                world.set_clock("2026-11-22 12:00:00");
                world.wait(random, 1_100..2_500).await;
                world.set_clock("+0");
                world.wait(random, 1_100..1_200).await;
            }
            Self::NoDescriptors => without_descriptors(world, random).await,
            Self::ConnectionsCut => cut_connections(world, random).await,
        }
        destroyed
    }
}

/// The own engine is brought back by its server, one elsewhere by its operator.
fn kill_engine(world: &mut World) {
    match &mut world.elsewhere {
        Some(elsewhere) => {
            elsewhere.engine.kill();
            elsewhere.engine.restart();
        }
        None => signal(world.engine_id(), "KILL"),
    }
}

async fn mood(world: &World, mood: Mood, random: &mut Rng) {
    let elsewhere = world.elsewhere.as_ref().unwrap();
    elsewhere.be(mood);
    world.wait(random, A_WHILE).await;
    elsewhere.be(Mood::Passes);
}

async fn calls_fail(world: &World, calls: &str, error: &str, random: &mut Rng) {
    let failing = FailingCalls::of_spool(world.server().id(), calls, error);
    world.wait(random, A_WHILE).await;
    failing.end();
}

/// With a ClickHouse that stands still, what is acknowledged stays in the spool.
async fn damage_spool(world: &mut World, load: &Load, random: &mut Rng) -> BTreeSet<String> {
    signal(world.engine_id(), "STOP");
    world.wait(random, 1_000..2_000).await;
    let stopped = world.take_server().kill_alone().await;
    let destroyed = damage(stopped.data(), random);
    if let Some(elsewhere) = &world.elsewhere {
        signal(elsewhere.engine.id(), "CONT");
    }
    world.restart(stopped, load).await;
    destroyed
}

/// Takes away the right to open anything for a while, but for a few.
async fn without_descriptors(world: &World, random: &mut Rng) {
    let server = world.server().id();
    let open = std::fs::read_dir(format!("/proc/{server}/fd"))
        .unwrap()
        .count();
    let limit = |limit: &str| {
        let changed = Command::new("prlimit")
            .args([format!("--pid={server}"), format!("--nofile={limit}:")])
            .status();
        assert!(changed.unwrap().success());
    };
    let usual = std::fs::read_to_string(format!("/proc/{server}/limits")).unwrap();
    let usual = usual
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let usual = usual.split_whitespace().nth(3).unwrap();
    limit(&(open - random.usize(..4)).to_string());
    for _ in 0..50 {
        // Accepted or not, it is the server that must bear it.
        drop(TcpStream::connect(&world.server().address).await);
    }
    world.wait(random, A_WHILE).await;
    limit(usual);
}

/// Half requests from many clients that leave.
async fn cut_connections(world: &World, random: &mut Rng) {
    let request = format!(
        "POST /api/1/envelope/?sentry_key={} HTTP/1.1\r\nhost: mayfly\r\ncontent-length: 4000\r\n\r\n{{}}\n{{\"type\":\"event\"}}\n{{\"message\":\"half",
        world.server().key
    );
    for _ in 0..200 {
        let Ok(mut connection) = TcpStream::connect(&world.server().address).await else {
            continue;
        };
        let length = random.usize(1..request.len());
        let _ = connection.write_all(&request.as_bytes()[..length]).await;
    }
}
