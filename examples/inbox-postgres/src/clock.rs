//! A clock of the server's that was ahead, and is right again.
//!
//! The runner writes moments by that clock: until when a job pauses, and a worker's last sign of
//! life. One that lies in the future would be waited for until the clock gets there: a job would not
//! be tried, and the jobs of a worker that was killed would stay locked.

use sqlx::PgPool;
use std::time::Duration;
use tokio::time;

/// How often moments in the future are looked for.
const LOOK: Duration = Duration::from_secs(30);

/// Makes jobs due that pause for longer than the runner lets any pause, and takes back signs of life
/// from the future. Returns how many jobs these were.
pub async fn bring_back(pool: &PgPool) -> Result<u64, sqlx::Error> {
    // The runner's own pause after so many attempts; a second more, for its fresh jobs have none.
    let jobs = sqlx::query(
        "UPDATE graphile_worker._private_jobs SET run_at = now()
         WHERE locked_at IS NULL AND run_at > now() + interval '1 second'
             + exp(least(attempts, 10)) * interval '1 second'
         AND task_id IN
             (SELECT id FROM graphile_worker._private_tasks WHERE identifier IN ('call', 'inbox'))",
    )
    .execute(pool)
    .await?
    .rows_affected();
    sqlx::query(
        "UPDATE graphile_worker._private_workers SET last_heartbeat_at = now()
         WHERE last_heartbeat_at > now() + interval '1 second'",
    )
    .execute(pool)
    .await?;
    // Locks of workers that left no sign at all are judged by their own age.
    sqlx::query(
        "UPDATE graphile_worker._private_jobs SET locked_at = now()
         WHERE locked_at > now() + interval '1 second'",
    )
    .execute(pool)
    .await?;
    Ok(jobs)
}

/// Brings back at the start and then now and again, for ever.
pub async fn watch(pool: &PgPool) {
    loop {
        match bring_back(pool).await {
            Ok(0) => {}
            Ok(jobs) => tracing::warn!(
                jobs,
                "due further ahead than any pause, so the server's clock was ahead; due now"
            ),
            Err(error) => tracing::warn!(%error, "can't look for moments in the future"),
        }
        time::sleep(LOOK).await;
    }
}
