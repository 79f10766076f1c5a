//! `inbox work`: the runner's jobs become attempts at calls. The runner has traps; each is named
//! where it is avoided.

use crate::effect::{self, Handled};
use crate::inbox::{self, Attempt};
use crate::stop::Stopping;
use crate::{Error, call, clock, database, duplicate, monitor, stop};
use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, Worker,
    WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::{sync::Arc, time::Duration};
use tokio::{sync::RwLock, time};

/// How long a job may go on after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);
/// How often a worker without work looks for some, for the case that a notice got lost.
const IDLE: Duration = Duration::from_secs(1);

/// How calls are worked on.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Attempts at a call before it is dead.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..))]
    pub attempts: i32,
    /// Effects under way at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,
    /// Seconds without a sign of life after which another worker takes over a worker's jobs.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..))]
    pub crashed_after: u64,
    /// Seconds that one effect may take.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub longest: u64,
    /// Jobs fetched at a time; 0 fetches one when notified of one, and drains a backlog by the second.
    #[arg(long, default_value_t = 100)]
    pub batch: u16,
}

/// What became of an attempt whose effect did not fail.
enum Acted {
    Done,
    /// Another call brought this event.
    Duplicate,
    /// Somebody else was faster.
    Lost,
    /// It is set aside; why, without personal data.
    Unknown(String),
}

/// What the runner's jobs have in common.
#[derive(Debug, Clone)]
pub struct Runner {
    pool: PgPool,
    limit: i32,
    longest: Duration,
    /// Taken by attempts to share; by suspects alone.
    turn: Arc<RwLock<()>>,
}

impl Runner {
    pub fn new(pool: PgPool, settings: &Settings) -> Self {
        let longest = Duration::from_secs(settings.longest);
        Self { pool, limit: settings.attempts, longest, turn: Arc::default() }
    }

    /// Makes one attempt at a call. An error has the runner try again, later each time.
    pub async fn run(&self, row: i64) -> Result<(), Error> {
        let shared = self.turn.read().await;
        if let Some(attempt) = inbox::begin(&self.pool, row, self.limit, false).await? {
            return self.attempt(attempt).await;
        }
        drop(shared);
        // Trap: an event that crashes the process every time. The runner gives the attempt of a
        // crashed worker back, so it would try for ever, and each crash would be charged to all
        // that were under way. So attempts are counted in the row, before they begin; and one that
        // never came back is tried again while nothing else runs here.
        let _alone = self.turn.write().await;
        if let Some(attempt) = inbox::begin(&self.pool, row, self.limit, true).await? {
            return self.attempt(attempt).await;
        }
        if let Some(key) = inbox::bury(&self.pool, row, self.limit).await? {
            tracing::error!(key, "dead: its attempts never came back");
        }
        Ok(())
    }

    /// Makes one attempt at the call of an event.
    async fn run_key(&self, key: &str) -> Result<(), Error> {
        match inbox::row_of(&self.pool, key).await? {
            Some(row) => self.run(row).await,
            None => Ok(()),
        }
    }

    async fn attempt(&self, mut attempt: Attempt) -> Result<(), Error> {
        let (row, number, key) = (attempt.row, attempt.number, attempt.key.clone());
        let mut trigger = "other";
        let acted = time::timeout(self.longest, self.act(&mut attempt, &mut trigger)).await;
        let outcome = match acted.unwrap_or_else(|late| Err(late.into())) {
            Ok(Acted::Done) => "done",
            Ok(Acted::Duplicate) => "duplicate",
            Ok(Acted::Lost) => "lost",
            // No attempt would change it. Done for the runner: `inbox retry` makes another job.
            Ok(Acted::Unknown(reason)) => {
                if inbox::set_aside(&self.pool, row, &reason).await? {
                    tracing::warn!(key, reason, "set aside");
                }
                "set_aside"
            }
            Err(error) => {
                if inbox::failed(&self.pool, row, &error.to_string(), self.limit).await? {
                    // Dead is done for the runner: its job goes, `inbox retry` makes another.
                    tracing::error!(key, attempt = number, "dead");
                    "dead"
                } else {
                    tracing::warn!(key, attempt = number, "failed, to be tried again");
                    "failed"
                }
            }
        };
        monitor::attempted(trigger, outcome);
        if outcome != "failed" {
            return Ok(());
        }
        // Not the error's own text: the runner logs it.
        Err("the effect failed; the row in the inbox says why".into())
    }

    /// Commits the effect and its being done in one transaction, and sets `trigger` when the call is
    /// decoded.
    async fn act(&self, attempt: &mut Attempt, trigger: &mut &'static str) -> Result<Acted, Error> {
        let (event, unnamed) = match attempt.event() {
            Ok(decoded) => decoded,
            Err(reason) => return Ok(Acted::Unknown(reason)),
        };
        *trigger = call::trigger(&event);
        let mut transaction = self.pool.begin().await?;
        // It could not be decoded when it was received, so its row lacks the event's key.
        if let Some(event) = unnamed {
            if duplicate::settle(&mut transaction, attempt.row, &event).await? {
                transaction.commit().await?;
                tracing::info!(key = attempt.key, of = event.key, "done: a duplicate");
                return Ok(Acted::Duplicate);
            }
            attempt.key = event.key;
        }
        if let Handled::Unknown(reason) = effect::run(&mut transaction, attempt, &event).await? {
            transaction.rollback().await?;
            return Ok(Acted::Unknown(reason));
        }
        // Trap: a job may run twice, and twice at once: a worker that was only slow has its jobs
        // taken over. Of two, one finds the event not done and commits.
        if inbox::done(&mut transaction, attempt.row, None).await? {
            transaction.commit().await?;
            return Ok(Acted::Done);
        }
        transaction.rollback().await?;
        tracing::info!(key = attempt.key, "done by another worker");
        Ok(Acted::Lost)
    }
}

/// The job: it has the row and nothing else, for the runner logs what a job says.
#[derive(Deserialize, Serialize)]
struct Job {
    row: i64,
}

impl TaskHandler for Job {
    const IDENTIFIER: &'static str = "call";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        match context.get_ext::<Runner>() {
            Some(runner) => runner.run(self.row).await.map_err(|error| error.to_string()),
            None => Err("no runner".to_owned()),
        }
    }
}

/// The job of the version before, which has the event's key: of what it stored, also while it runs next to
/// this one. Its workers know no other, so they leave alone what they could not read.
#[derive(Deserialize, Serialize)]
struct KeyJob {
    key: String,
}

impl TaskHandler for KeyJob {
    const IDENTIFIER: &'static str = "inbox";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        match context.get_ext::<Runner>() {
            Some(runner) => runner.run_key(&self.key).await.map_err(|error| error.to_string()),
            None => Err("no runner".to_owned()),
        }
    }
}

fn options(pool: PgPool, settings: &Settings) -> WorkerOptions {
    let crashed_after = Duration::from_secs(settings.crashed_after);
    let options = Worker::options()
        .schema(database::RUNNER)
        .add_extension(Runner::new(pool.clone(), settings))
        .pg_pool(pool)
        .define_job::<Job>()
        .define_job::<KeyJob>()
        .concurrency(settings.concurrency.into())
        // Trap: recovery is off unless turned on, and the jobs of a worker that was killed stay
        // locked: for ever, as nothing else here unlocks them.
        .heartbeat_interval(crashed_after / 4)
        .sweep_interval(crashed_after / 4)
        .sweep_threshold(crashed_after)
        .recovery_delay(Duration::ZERO)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO);
    // Trap: without a local queue a worker looks for one job a free slot when it is notified of a new
    // one, and else once a second: a backlog without notices drains at `concurrency` a second.
    // Trap in the trap: without a delay the local queue queries an empty table thousands of times a
    // second. Storing a call wakes it: one notice ends the delay.
    let delay = RefetchDelayConfig::default().with_duration(IDLE).with_max_abort_threshold(1);
    let queue = LocalQueueConfig::default().with_refetch_delay(delay);
    match settings.batch {
        0 => options,
        size => options.local_queue(queue.with_size(size.into())),
    }
}

pub async fn work(url: &str, settings: &Settings) -> Result<(), Error> {
    // Each attempt has one connection at a time; the rest is for the runner. Trap: were there none
    // left for its sign of life, the worker would be taken for dead while it works.
    let pool = database::patient(url, u32::from(settings.concurrency) + 6)?;
    let stopping = stop::on_signal()?;
    tokio::select! {
        ended = run(&pool, settings, &stopping) => ended,
        () = clock::watch(&pool) => Ok(()),
    }
}

/// Runs the runner, again when it ends by itself.
async fn run(pool: &PgPool, settings: &Settings, stopping: &Stopping) -> Result<(), Error> {
    loop {
        let options = options(pool.clone(), settings).shutdown_signal(stopping.clone().wait());
        let ended: Result<(), Error> = async { Ok(options.init().await?.run().await?) }.await;
        if stopping.asked() {
            break ended;
        }
        // Trap: the worker ends when the database fails it once. Its jobs come back as those of a
        // worker that crashed.
        let why = ended.err().map_or("no reason given".to_owned(), |error| error.to_string());
        tracing::error!("the runner ended, and begins again: {why}");
        tokio::select! { () = time::sleep(Duration::from_secs(1)) => {}, () = stopping.clone().wait() => {} }
    }
}
