//! One connection to Redis, made anew when it is of no use any more.

use crate::limits::{REDIS_STEP, REDIS_TIMEOUT};
use crate::replay::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Every question goes over one connection, all at a time.
///
/// A connection that gave trouble is dropped, whatever the trouble was: a server that is loading,
/// that is a replica now or that has gone without a word is asked over a new one.
pub(super) struct Link {
    client: Client,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that many who find one broken drop it once.
    number: u64,
}

struct Line {
    connection: MultiplexedConnection,
    number: u64,
    /// It was there before.
    used: bool,
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self { client, slot: Mutex::default() }
    }

    /// Asks, within [`REDIS_TIMEOUT`]. May ask twice: the command must bear that.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        match timeout(REDIS_TIMEOUT, self.ask_again(command)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if is_full(&error) => Err(StoreError::Full),
            Ok(Err(error)) => Err(StoreError::unavailable(error)),
            Err(late) => Err(StoreError::unavailable(late)),
        }
    }

    async fn ask_again<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let line = self.line().await?;
        let (number, used) = (line.number, line.used);
        match self.ask_once(command, line).await {
            // It may have been closed long ago: nothing has said so until now.
            Err(error) if used && error.is_io_error() => {
                tracing::debug!(number, "connection to Redis lost, trying a new one");
                let line = self.line().await?;
                self.ask_once(command, line).await
            }
            answer => answer,
        }
    }

    async fn ask_once<T: FromRedisValue>(
        &self,
        command: &Cmd,
        mut line: Line,
    ) -> Result<T, RedisError> {
        let answer = command.query_async(&mut line.connection).await;
        if answer.as_ref().is_err_and(|error| !is_full(error)) {
            let mut slot = self.slot.lock().await;
            if slot.number == line.number {
                slot.connection = None;
            }
        }
        answer
    }

    /// The connection that is there, or a new one. One is made at a time.
    async fn line(&self) -> Result<Line, RedisError> {
        let mut slot = self.slot.lock().await;
        let number = slot.number;
        if let Some(connection) = slot.connection.clone() {
            return Ok(Line { connection, number, used: true });
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(REDIS_STEP))
            .set_response_timeout(Some(REDIS_STEP));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        slot.number = number.wrapping_add(1);
        slot.connection = Some(connection.clone());
        Ok(Line { connection, number: slot.number, used: false })
    }
}

/// Redis has no memory left and evicts nothing, as it is asked to be configured.
fn is_full(error: &RedisError) -> bool {
    error.code() == Some("OOM")
}
