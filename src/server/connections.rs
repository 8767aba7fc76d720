//! Every open connection: what it waits for, for how long it may, and which one makes room when there are too many.
//!
//! A connection that keeps the server waiting (idle, or in the middle of a head or a body) is closed after a named time, and
//! earlier if its place or its memory is needed: the one that has waited longest goes first. So whoever sends promptly is
//! served, however many connections somebody else holds. There is no limit for each address: behind a proxy or a mobile
//! network thousands of people share one.
//!
//! A request costs two atomic operations on its connection's own word, and no timer.

#![expect(
    clippy::disallowed_types,
    reason = "keeps the peer's address in its letterbox"
)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::limits::{
    BODY_PATIENCE_MIN, CONNECTIONS_CLOSED_AT_ONCE, HEAD_TIMEOUT, KEEP_ALIVE_GRACE, TICK,
};
use crate::outcome::names;
use crate::privacy::Raw;

names! {
    /// Why the server closed a connection on which nothing was left to answer.
    Closed {
        /// Nothing came, or no whole head, for [`HEAD_TIMEOUT`].
        HeadTimeout = "head_timeout",
        /// Its place was needed.
        ConnectionsFull = "connections_full",
        /// The memory that its half body took was needed.
        MemoryFull = "memory_full",
        /// It spoke HTTP/2 without asking.
        Http2 = "http2",
    }
}

/// What a connection is doing, in the upper bits of a word; the lower ones say since which tick.
const SERVED: u32 = 0;
/// It has not sent a byte yet.
const AWAITS_FIRST_BYTE: u32 = 1 << TICK_BITS;
const AWAITS_HEAD: u32 = 2 << TICK_BITS;
const AWAITS_BODY: u32 = 3 << TICK_BITS;
/// It has been answered before.
const AWAITS_NEXT: u32 = 4 << TICK_BITS;
const CLOSED: u32 = 5 << TICK_BITS;
/// A year and a half of tenths of a second.
const TICK_BITS: u32 = 29;
const TICK_MASK: u32 = (1 << TICK_BITS) - 1;

/// All connections of a server.
#[derive(Default)]
pub struct Connections {
    open: Mutex<HashMap<u64, Open>>,
    numbers: AtomicU64,
    /// Time in steps of [`TICK`], since the start.
    now: AtomicU32,
    closed: [AtomicU64; Closed::ALL.len()],
}

struct Open {
    connection: Arc<Connection>,
    task: AbortHandle,
}

/// One connection, as its requests see it.
pub struct Connection {
    /// Who is at the other end.
    pub peer: Raw<SocketAddr>,
    doing: AtomicU32,
    /// Its half body shall not be waited for any longer.
    given_up: Notify,
    number: u64,
    all: Arc<Connections>,
}

impl Connections {
    /// A new connection, whose first byte is waited for.
    pub fn accepted(self: &Arc<Self>, peer: Raw<SocketAddr>) -> Arc<Connection> {
        Arc::new(Connection {
            peer,
            doing: AtomicU32::new(AWAITS_FIRST_BYTE | self.tick()),
            given_up: Notify::new(),
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            all: Arc::clone(self),
        })
    }

    /// Watches over a connection from the start of its task, which ends with the drop of a [`Forget`].
    pub fn watch(&self, connection: Arc<Connection>, start: impl FnOnce() -> AbortHandle) {
        // Locked first: a task that ends at once must find itself here to be forgotten.
        let mut open = self.lock();
        let task = start();
        open.insert(connection.number, Open { connection, task });
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// How many the server has closed for a reason so far.
    pub fn closed(&self, reason: Closed) -> u64 {
        self.closed[reason as usize].load(Ordering::Relaxed)
    }

    /// Counts a connection that was closed otherwise.
    pub fn note(&self, reason: Closed, count: usize) {
        self.closed[reason as usize].fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Time goes on by one [`TICK`].
    pub fn tick_on(&self) {
        self.now.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes those that have not sent a whole head in time. Where ten thousand are overdue at once, all others would wait until
    /// the last of them is closed, and has come back.
    pub fn close_overdue(&self) {
        let limit = ticks(HEAD_TIMEOUT);
        let count = self.close_longest(CONNECTIONS_CLOSED_AT_ONCE, |doing, waited| {
            doing != AWAITS_BODY && waited >= limit
        });
        self.note(Closed::HeadTimeout, count);
    }

    /// Closes some of those that have kept the server waiting longest, so that others find a place. Returns whether there
    /// were any.
    pub fn make_room(&self) -> bool {
        let count = self.close_longest(CONNECTIONS_CLOSED_AT_ONCE, |_, _| true);
        self.note(Closed::ConnectionsFull, count);
        count > 0
    }

    /// Closes those whose body has not arrived in [`BODY_PATIENCE_MIN`], so that others find memory.
    pub fn free_memory(&self) {
        let limit = ticks(BODY_PATIENCE_MIN);
        let count = self.close_longest(CONNECTIONS_CLOSED_AT_ONCE, |doing, waited| {
            doing == AWAITS_BODY && waited >= limit
        });
        self.note(Closed::MemoryFull, count);
    }

    /// Closes those on which nothing has begun: the server is stopping.
    pub fn close_idle(&self) {
        self.close_longest(usize::MAX, |doing, _| doing == AWAITS_FIRST_BYTE);
    }

    /// Closes at most `count` of those that wait and are `meant`, the longest waiting first.
    fn close_longest(&self, count: usize, meant: impl Fn(u32, u32) -> bool) -> usize {
        let now = self.tick();
        let open = self.lock();
        let mut waiting: Vec<(u32, u32, &Open)> = open
            .values()
            .filter_map(|open| {
                let word = open.connection.doing.load(Ordering::Relaxed);
                let (doing, since) = (word & !TICK_MASK, word & TICK_MASK);
                let waited = now.wrapping_sub(since) & TICK_MASK;
                let waits = doing != SERVED && doing != CLOSED && meant(doing, waited);
                // Strangers go before whoever has just been answered and may have more to ask.
                let grace = match doing {
                    AWAITS_NEXT => ticks(KEEP_ALIVE_GRACE),
                    _ => 0,
                };
                waits.then_some((waited.saturating_sub(grace), word, open))
            })
            .collect();
        if count < waiting.len() {
            waiting.select_nth_unstable_by_key(count, |(waited, ..)| std::cmp::Reverse(*waited));
            waiting.truncate(count);
        }
        // One whose request arrives at this moment is left alone. A half request is answered.
        let close = |(_, word, open): &(u32, u32, &Open)| {
            let doing = &open.connection.doing;
            let is_closed = doing
                .compare_exchange(*word, CLOSED, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
            if is_closed && word & !TICK_MASK == AWAITS_BODY {
                open.connection.given_up.notify_one();
            } else if is_closed {
                open.task.abort();
            }
            is_closed
        };
        waiting.iter().filter(|waiting| close(waiting)).count()
    }

    fn tick(&self) -> u32 {
        self.now.load(Ordering::Relaxed) & TICK_MASK
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn ticks(time: std::time::Duration) -> u32 {
    (time.as_millis() / TICK.as_millis()) as u32
}

impl Connection {
    /// What was waited for has come. False if it came too late: the connection was just closed.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.doing.swap(SERVED, Ordering::AcqRel) != CLOSED
    }

    /// The rest of a body is waited for …
    pub fn awaits_body(&self) {
        self.awaits(AWAITS_BODY);
    }

    /// … until its place or memory is needed.
    pub async fn given_up(&self) {
        // A notice that came too late for an earlier body says nothing about this one.
        while self.doing.load(Ordering::Acquire) != CLOSED {
            self.given_up.notified().await;
        }
    }

    /// The first byte is here, and the rest of a head is waited for.
    pub fn awaits_head(&self) {
        self.awaits(AWAITS_HEAD);
    }

    /// The answer is written, and the next request is waited for.
    pub fn awaits_next(&self) {
        self.awaits(AWAITS_NEXT);
    }

    fn awaits(&self, what: u32) {
        self.doing.store(what | self.all.tick(), Ordering::Release);
    }
}

/// Forgets a connection when its task ends, however it does.
pub struct Forget(pub Arc<Connection>);

impl Drop for Forget {
    fn drop(&mut self) {
        self.0.all.lock().remove(&self.0.number);
    }
}

/// The body of an answer that is made while it is sent. Its connection waits for the next request only once it has ended.
pub struct Streamed {
    body: axum::body::Body,
    connection: Arc<Connection>,
}

impl Streamed {
    /// `body`, sent on `connection`.
    pub fn new(body: axum::body::Body, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.connection.awaits_next();
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(all: &Arc<Connections>) -> Arc<Connection> {
        let peer = Raw::new(SocketAddr::from(([192, 0, 2, 1], 443)));
        let connection = all.accepted(peer);
        let forget = Forget(Arc::clone(&connection));
        all.watch(Arc::clone(&connection), || {
            let task = async move {
                let _forget = forget;
                std::future::pending::<()>().await;
            };
            tokio::spawn(task).abort_handle()
        });
        // So that its task has begun, and has something to forget.
        tokio::task::yield_now().await;
        all.tick_on();
        connection
    }

    async fn settled(all: &Connections, count: usize) {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(all.count(), count);
    }

    #[tokio::test]
    async fn the_longest_waiting_make_room() {
        let all = Arc::new(Connections::default());
        let first = open(&all).await;
        let busy = open(&all).await;
        assert!(busy.is_served());
        let mut others = Vec::new();
        for _ in 0..CONNECTIONS_CLOSED_AT_ONCE {
            others.push(open(&all).await);
        }
        // Answered before all others came, but within the grace.
        first.awaits_next();
        let stranger = open(&all).await;
        assert!(all.make_room());
        settled(&all, 3).await;
        assert!(first.is_served() && busy.is_served() && stranger.is_served());
        assert!(others.iter().all(|closed| !closed.is_served()));
        assert!(!all.make_room(), "who is served stays");
        let count = CONNECTIONS_CLOSED_AT_ONCE as u64;
        assert_eq!(all.closed(Closed::ConnectionsFull), count);
    }

    #[tokio::test]
    async fn a_half_body_is_given_up_once_it_has_had_its_time() {
        let all = Arc::new(Connections::default());
        let connection = open(&all).await;
        connection.awaits_body();
        all.free_memory();
        assert_eq!(all.closed(Closed::MemoryFull), 0);
        for _ in 0..ticks(BODY_PATIENCE_MIN) {
            all.tick_on();
        }
        all.close_overdue();
        all.free_memory();
        connection.given_up().await;
        assert!(!connection.is_served());
        // It is answered, and the next body is not given up for what befell this one.
        settled(&all, 1).await;
        connection.awaits_body();
        let waiting =
            tokio::time::timeout(std::time::Duration::from_millis(20), connection.given_up());
        assert!(waiting.await.is_err());
    }

    #[tokio::test]
    async fn whoever_sends_nothing_is_closed_in_time() {
        let all = Arc::new(Connections::default());
        let connection = open(&all).await;
        for _ in 0..ticks(HEAD_TIMEOUT) {
            all.close_overdue();
            all.tick_on();
        }
        let late = open(&all).await;
        all.close_overdue();
        settled(&all, 1).await;
        assert!(!connection.is_served() && late.is_served());
        assert_eq!(all.closed(Closed::HeadTimeout), 1);
    }
}
