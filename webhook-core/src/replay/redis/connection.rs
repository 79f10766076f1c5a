//! One connection to Redis, replaced when it fails.

use crate::replay::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Time for a query, with connecting and a second try.
const QUERY_TIMEOUT: Duration = Duration::from_secs(1);

/// Time for each step of a query: to connect, or to receive one reply.
const STEP_TIMEOUT: Duration = Duration::from_millis(400);

/// A connection that all queries share, many in flight at a time.
///
/// A connection that failed is dropped, whatever the failure was: a server that is loading, has
/// become a replica or has vanished without closing is queried over a new one.
pub(super) struct Connection {
    client: Client,
    current: Mutex<Current>,
}

/// The connection that is open now, if one is.
#[derive(Default)]
struct Current {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that many queries that fail on one drop it once.
    generation: u64,
}

/// A query's share of a connection.
struct Lease {
    connection: MultiplexedConnection,
    generation: u64,
    /// Whether the connection was open before this query.
    reused: bool,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, current: Mutex::default() }
    }

    /// Sends a command and returns its reply, within [`QUERY_TIMEOUT`]. May send it twice: the
    /// command must be idempotent.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        match timeout(QUERY_TIMEOUT, self.query_with_retry(command)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) if is_out_of_memory(&error) => Err(StoreError::Full),
            Ok(Err(error)) => Err(StoreError::unavailable(error)),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn query_with_retry<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let lease = self.lease().await?;
        let (number, reused) = (lease.generation, lease.reused);
        match self.query_once(command, lease).await {
            // The server may have closed it long ago: only a query finds out.
            Err(error) if reused && error.is_io_error() => {
                tracing::debug!(number, "connection to Redis lost, trying a new one");
                let lease = self.lease().await?;
                self.query_once(command, lease).await
            }
            reply => reply,
        }
    }

    async fn query_once<T: FromRedisValue>(
        &self,
        command: &Cmd,
        mut lease: Lease,
    ) -> Result<T, RedisError> {
        let reply = command.query_async(&mut lease.connection).await;
        if reply.as_ref().is_err_and(|error| !is_out_of_memory(error)) {
            let mut current = self.current.lock().await;
            if current.generation == lease.generation {
                current.connection = None;
            }
        }
        reply
    }

    /// Returns the open connection, or connects. The lock makes that one connection at a time.
    async fn lease(&self) -> Result<Lease, RedisError> {
        let mut current = self.current.lock().await;
        if let Some(connection) = current.connection.clone() {
            return Ok(Lease { connection, generation: current.generation, reused: true });
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(STEP_TIMEOUT))
            .set_response_timeout(Some(STEP_TIMEOUT));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        current.generation = current.generation.wrapping_add(1);
        current.connection = Some(connection.clone());
        Ok(Lease { connection, generation: current.generation, reused: false })
    }
}

/// Returns whether Redis has no memory left; it evicts nothing under the policy that the docs
/// require.
fn is_out_of_memory(error: &RedisError) -> bool {
    error.code() == Some("OOM")
}
