//! A replay memory that several machines share.

mod link;

use super::{Begun, DeliveryId, ReplayStore, StoreError, Token};
use crate::future::BoxFuture;
use crate::sender::DELIVERY_PREFIX;
use chrono::{DateTime, Utc};
use link::Link;
use redis::{Client, Cmd, IntoConnectionInfo};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;

/// What a key holds when its delivery was handled; before that it is the claim's token.
const DONE: &str = "done";

/// Answers with what is held, or takes the key when nothing is. A claim that asks again (its first
/// answer was lost) is told that nothing was held.
const BEGIN: &str = "\
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false";

/// Deletes the key while it holds this claim.
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
/// Everything is bounded to a second, then it is [`StoreError::Unavailable`], which is a 503. The
/// connection is made anew when it breaks; there is nothing to restart here after Redis was
/// restarted. Work is done on the tokio runtime that the store was made on, so it may be used from
/// anywhere. At the end of that runtime, claims that are open stay until they expire.
///
/// Needs the feature `redis`. For TLS (`rediss://`), switch a TLS feature of the `redis` crate on.
#[derive(Clone)]
pub struct RedisStore {
    link: Arc<Link>,
    prefix: Arc<str>,
    runtime: Handle,
}

impl RedisStore {
    /// Connects to the server of a URL, `redis://[<user>][:<password>@]<host>[:<port>][/<database>]`.
    ///
    /// # Errors
    /// The URL is none, the server does not answer within a second, or there is no tokio runtime.
    pub async fn connect(server: impl IntoConnectionInfo) -> Result<Self, StoreError> {
        let store = Self::lazy(Client::open(server).map_err(StoreError::unavailable)?)?;
        store.run::<()>(redis::cmd("PING")).await?;
        Ok(store)
    }

    /// A store that connects when the first delivery comes in: a service may start before its
    /// Redis does.
    ///
    /// # Errors
    /// There is no tokio runtime.
    pub fn lazy(client: Client) -> Result<Self, StoreError> {
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        Ok(Self { link: Arc::new(Link::new(client)), prefix: DELIVERY_PREFIX.into(), runtime })
    }

    /// The same store with another prefix of its keys: receivers that share a server but not
    /// their deliveries. By default `copernica:v1:delivery:`.
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

    /// Runs a command on the store's own runtime: to its end, whoever stops waiting for it.
    async fn run<T>(&self, command: Cmd) -> Result<T, StoreError>
    where
        T: redis::FromRedisValue + Send + 'static,
    {
        let link = Arc::clone(&self.link);
        let task = self.runtime.spawn(async move { link.ask(&command).await });
        task.await.map_err(StoreError::unavailable)?
    }
}

/// A claim on its way to the server: not ours before the answer is here, but perhaps written down
/// already. Dropped open, it is given back.
struct Attempt {
    store: RedisStore,
    id: DeliveryId,
    token: Token,
    open: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.open {
            let (link, command) =
                (Arc::clone(&self.store.link), self.store.script(RELEASE, &self.id, self.token));
            // Whatever broke the attempt was told already.
            self.store.runtime.spawn(async move { drop(link.ask::<()>(&command).await) });
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
            // The attempt travels with the answer: it is given back after the command has run,
            // also when nobody waits for the answer any more.
            let task = self.runtime.spawn(async move {
                let held: Result<Option<String>, _> = attempt.store.link.ask(&command).await;
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
        let (link, command) = (Arc::clone(&self.link), self.script(RELEASE, id, token));
        self.runtime.spawn(async move {
            if let Err(error) = link.ask::<()>(&command).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "webhook not released: copies of the call are answered 503 until its date is \
                     too old"
                );
            }
        });
    }
}

/// What is left until then, up to and including it.
fn milliseconds(now: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    until.signed_duration_since(now).num_milliseconds().saturating_add(1)
}

/// Never the server's address, which may hold a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
