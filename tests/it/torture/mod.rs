//! Faults at random instants under load. After each: what was acknowledged is stored exactly once, what was refused is
//! not, every item has one outcome, and the server goes on by itself.
//!
//! `MAYFLY_TORTURE_ROUNDS` says how many rounds (a few without it), `MAYFLY_TORTURE_SEED` repeats a run's choices;
//! `make torture` prints a table of the faults.

#![expect(clippy::disallowed_macros, reason = "prints its figures")]

mod clickhouse;
mod damage;
mod disk;
mod faults;
mod report;
mod world;

use std::time::Instant;

use fastrand::Rng;

use crate::load::{Load, assert_stored_once};
use faults::Fault;
use report::Report;
use world::World;

const ROUNDS_WITHOUT_ASKING: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torture_of_a_server_with_its_own_engine() {
    torture(World::with_own_engine().await, Fault::OF_OWN_ENGINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torture_of_a_server_whose_clickhouse_is_elsewhere() {
    torture(
        World::with_clickhouse_elsewhere().await,
        Fault::OF_CLICKHOUSE_ELSEWHERE,
    )
    .await;
}

async fn torture(mut world: World, faults: &[Fault]) {
    let seed = number("MAYFLY_TORTURE_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds =
        number("MAYFLY_TORTURE_ROUNDS").map_or(ROUNDS_WITHOUT_ASKING, |rounds| rounds as usize);
    println!("seed {seed}, {rounds} rounds");
    let mut random = Rng::with_seed(seed);
    let mut report = Report::default();
    let mut order = Vec::new();
    for round in 0..rounds {
        if order.is_empty() {
            order = faults.to_vec();
            random.shuffle(&mut order);
        }
        let fault = order.pop().unwrap();
        println!("round {round}: {fault:?}");
        let load = Load::start(world.server(), round);
        world.wait(&mut random, 100..900).await;
        let damaged = fault.strike(&mut world, &load, &mut random).await;
        let healed = Instant::now();
        world.wait(&mut random, 100..400).await;
        let told = load.finish().await;
        world.server().settle().await;
        let recovered_in = healed.elapsed();
        assert_stored_once(world.server(), round, &told, &damaged).await;
        report.add(fault, &told, damaged.len(), recovered_in);
    }
    println!("{report}");
    world.end().await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the length of the run and its seed"
)]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
