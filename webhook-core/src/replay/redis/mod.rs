//! A replay memory that several machines share.

mod connection;

use super::{Begun, DeliveryId, ReplayStore, StoreError, Token};
use crate::future::BoxFuture;
use crate::sender::DELIVERY_PREFIX;
use chrono::{DateTime, Utc};
use connection::Connection;
use redis::{Client, Cmd};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The value of a key whose delivery was handled; before that the value is the claim's token.
const DONE: &str = "done";

/// Returns the value of the key, or sets it to the claim's token and returns nothing. A claim that
/// is sent again because its first reply was lost finds its own token, and returns nothing too.
const BEGIN: &str = "\
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false";

/// Deletes the key if its value is the token of this claim.
const RELEASE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

/// Remembers deliveries in Redis, or a server that speaks its protocol, for several machines.
///
/// ```no_run
/// use webhook_core::replay::RedisStore;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::connect("redis://redis.internal/0").await?.with_prefix("shop:");
/// # Ok(())
/// # }
/// ```
///
/// One key a delivery, which Redis expires by its own clock; claiming is one atomic script. Set
/// `maxmemory-policy noeviction`: a key that Redis evicts is a delivery that is handled twice, and
/// with that policy a server without memory is a 503. The same goes for writes that a failover
/// loses.
///
/// Every operation ends within a second, if need be with [`StoreError::Unavailable`], which is a
/// 503. The store reconnects when its connection breaks; nothing here has to be restarted after
/// Redis was. Work is done on the tokio runtime that the store was made on, so it may be used from
/// anywhere. At the end of that runtime, claims that are open stay until they expire.
///
/// Needs the feature `redis`. For TLS (`rediss://`), switch a TLS feature of the `redis` crate on.
#[derive(Clone)]
pub struct RedisStore {
    connection: Arc<Connection>,
    prefix: Arc<str>,
    runtime: Handle,
}

impl RedisStore {
    /// Connects to the server at `url`,
    /// `redis://[<user>][:<password>@]<host>[:<port>][/<database>]`.
    ///
    /// # Errors
    /// The text is not such a URL, the server does not reply within a second, or there is no tokio
    /// runtime.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = Self::lazy(url)?;
        store.run::<()>(redis::cmd("PING")).await?;
        Ok(store)
    }

    /// Returns a store that connects to the server at `url` when the first delivery comes in: a
    /// service may start before its Redis does.
    ///
    /// ```
    /// use webhook_core::replay::RedisStore;
    ///
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = RedisStore::lazy("redis://redis.internal/0")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The text is not a URL as [`connect`](Self::connect) takes it, or there is no tokio runtime.
    pub fn lazy(url: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(StoreError::unavailable)?;
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        let connection = Arc::new(Connection::new(client));
        Ok(Self { connection, prefix: DELIVERY_PREFIX.into(), runtime })
    }

    /// Sets the prefix of the store's keys, for receivers that share a server but not their
    /// deliveries; `copernica:v1:delivery:` by default.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn key(&self, id: &DeliveryId) -> String {
        format!("{}{id}", self.prefix)
    }

    fn script(&self, script: &str, id: &DeliveryId, token: Token) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(1).arg(self.key(id)).arg(token.to_string());
        command
    }

    /// Runs a command on the store's own runtime: to its end, even when the caller is dropped.
    async fn run<T>(&self, command: Cmd) -> Result<T, StoreError>
    where
        T: redis::FromRedisValue + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let task = self.runtime.spawn(async move { connection.query(&command).await });
        task.await.map_err(StoreError::unavailable)?
    }
}

/// A claim that was sent to the server: it is not ours before the reply is here, but may be stored
/// already. Dropped while open, it is released.
struct Attempt {
    store: RedisStore,
    id: DeliveryId,
    token: Token,
    open: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.open {
            let connection = Arc::clone(&self.store.connection);
            let command = self.store.script(RELEASE, &self.id, self.token);
            // The failure of the claim itself was reported already.
            self.store.runtime.spawn(async move { drop(connection.query::<()>(&command).await) });
        }
    }
}

impl ReplayStore for RedisStore {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        Box::pin(async move {
            let token = Token::random()?;
            let mut command = self.script(BEGIN, id, token);
            command.arg(milliseconds(now, until).max(1));
            let attempt = Attempt { store: self.clone(), id: *id, token, open: true };
            // The attempt goes with the reply: it is released after the command has run, also when
            // the caller was dropped.
            let task = self.runtime.spawn(async move {
                let held: Result<Option<String>, _> =
                    attempt.store.connection.query(&command).await;
                (held, attempt)
            });
            let (held, mut attempt) = task.await.map_err(StoreError::unavailable)?;
            let held = held?;
            attempt.open = false;
            Ok(match held.as_deref() {
                None => Begun::Fresh(token),
                Some(DONE) => Begun::Done,
                Some(_) => Begun::InFlight,
            })
        })
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let left = milliseconds(now, until);
            if left <= 0 {
                return Ok(());
            }
            let mut command = redis::cmd("SET");
            command.arg(self.key(id)).arg(DONE).arg("PX").arg(left);
            self.run(command).await
        })
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        let connection = Arc::clone(&self.connection);
        let command = self.script(RELEASE, id, token);
        self.runtime.spawn(async move {
            if let Err(error) = connection.query::<()>(&command).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "webhook not released: copies of the call are answered 503 until its date is \
                     too old"
                );
            }
        });
    }
}

/// Returns the milliseconds from `now` up to and including `until`.
fn milliseconds(now: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    until.signed_duration_since(now).num_milliseconds().saturating_add(1)
}

/// Shows no address of the server, which may hold a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
