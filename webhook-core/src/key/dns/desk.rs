//! Where calls ask: from memory, or one question at a time about a name for all of them.

use super::cache::{Answer, Cache, Find, Landed, Renew};
use super::flight::{Flight, Ticket};
use super::resolver::Resolver;
use crate::key::{KeyName, Keys, LookupError};
use crate::limits::{MAX_UNKNOWN_LOOKUPS, TROUBLE_PAUSE};
use crate::log_limit::limited;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// What the calls share. The lock is held for look-ups in memory only, never across an await.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    resolver: Resolver,
}

#[derive(Debug)]
struct State {
    cache: Cache,
    flights: HashMap<KeyName, InFlight>,
    departed: u64,
}

/// A look-up that is under way.
#[derive(Debug)]
struct InFlight {
    /// A name may be asked for again after its task was lost.
    number: u64,
    ticket: Ticket,
    is_known: bool,
}

impl State {
    /// Counts look-ups of unknown names; there are never many.
    fn unknown_lookups(&self) -> usize {
        self.flights.values().filter(|lookup| !lookup.is_known).count()
    }
}

/// What a call does next.
#[derive(Debug)]
enum Step<T> {
    Done(T),
    Wait(Ticket),
    Fly(Flight, Ticket),
}

impl Desk {
    pub(super) fn new(cache: Cache, resolver: Resolver) -> Self {
        let state = State { cache, flights: HashMap::new(), departed: 0 };
        Self { state: Mutex::new(state), resolver }
    }

    /// The state is whole after every step, so it is good after a panic too.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys that may be used now; starts to ask for them when they get old.
    pub(super) fn cached(self: &Arc<Self>, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        let mut state = self.lock();
        let Find::Keys { keys, refresh } = state.cache.find(name, now) else { return None };
        let due = refresh && !state.flights.contains_key(name) && Handle::try_current().is_ok();
        let flight = due.then(|| self.prepare(&mut state, name, now).0);
        drop(state);
        if let Some(flight) = flight {
            flight.depart();
        }
        Some(keys)
    }

    /// The keys of a name, asked for if need be.
    pub(super) async fn find(
        self: &Arc<Self>,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> Result<Keys, LookupError> {
        if let Some(keys) = self.cached(name, now) {
            return Ok(keys);
        }
        match self.travel(|| self.step_to_find(name, now)).await? {
            Travel::Stayed(keys) => keys,
            Travel::Landed(Landed::Found(keys)) => Ok(keys),
            Travel::Landed(Landed::Absent) => Err(LookupError::NotFound),
            Travel::Landed(Landed::Failed) => self.find_without_dns(name, now),
        }
    }

    /// Keys that are still good now that DNS has failed.
    fn find_without_dns(&self, name: &KeyName, now: DateTime<Utc>) -> Result<Keys, LookupError> {
        match self.lock().cache.find(name, now) {
            Find::Keys { keys, .. } => {
                limited!(WARN, key = %name, "using a key from before DNS failed");
                Ok(keys)
            }
            Find::Absent => Err(LookupError::NotFound),
            Find::Trouble(retry_after) => Err(LookupError::Unavailable { retry_after }),
            Find::Ask => Err(trouble()),
        }
    }

    fn step_to_find(
        self: &Arc<Self>,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> Step<Result<Keys, LookupError>> {
        let mut state = self.lock();
        match state.cache.find(name, now) {
            // They came since `cached` was asked.
            Find::Keys { keys, .. } => Step::Done(Ok(keys)),
            Find::Absent => Step::Done(Err(LookupError::NotFound)),
            Find::Trouble(retry_after) => Step::Done(Err(LookupError::Unavailable { retry_after })),
            Find::Ask => self.join_or_fly(&mut state, name, now),
        }
    }

    /// Whether asking again could help.
    pub(super) fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        let state = self.lock();
        state.flights.contains_key(name) || state.cache.renew(name, failed, now) != Renew::Stands
    }

    /// Other keys than those that failed.
    pub(super) async fn renew(
        self: &Arc<Self>,
        name: &KeyName,
        failed: &Keys,
        now: DateTime<Utc>,
    ) -> Result<Option<Keys>, LookupError> {
        match self.travel(|| self.step_to_renew(name, failed, now)).await? {
            Travel::Stayed(keys) => keys,
            Travel::Landed(Landed::Found(keys)) => Ok((keys != *failed).then_some(keys)),
            Travel::Landed(Landed::Absent) => Err(LookupError::NotFound),
            Travel::Landed(Landed::Failed) => Err(trouble()),
        }
    }

    fn step_to_renew(
        self: &Arc<Self>,
        name: &KeyName,
        failed: &Keys,
        now: DateTime<Utc>,
    ) -> Step<Result<Option<Keys>, LookupError>> {
        let mut state = self.lock();
        match state.cache.renew(name, failed, now) {
            Renew::Newer(keys) => return Step::Done(Ok(Some(keys))),
            // Whatever is being asked now is news.
            _ if state.flights.contains_key(name) => {}
            Renew::Stands => return Step::Done(Ok(None)),
            Renew::Trouble(retry_after) => {
                return Step::Done(Err(LookupError::Unavailable { retry_after }));
            }
            Renew::Ask => state.cache.renewing(name, now),
        }
        self.join_or_fly(&mut state, name, now)
    }

    /// Waits for the question that is under way, or asks it.
    fn join_or_fly<T>(
        self: &Arc<Self>,
        state: &mut State,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> Step<Result<T, LookupError>> {
        if let Some(lookup) = state.flights.get(name) {
            return Step::Wait(lookup.ticket.clone());
        }
        if Handle::try_current().is_err() {
            limited!(ERROR, key = %name, "keys from DNS need a tokio runtime, and this thread has no runtime");
            return Step::Done(Err(trouble()));
        }
        if let Err(retry_after) = state.cache.admit(name, now) {
            limited!(WARN, key = %name, "not looked up: too many names at once");
            return Step::Done(Err(LookupError::Unavailable { retry_after }));
        }
        // The rate bounds what starts, this what has not ended: timeouts may be long.
        if !state.cache.is_known(name) && state.unknown_lookups() >= MAX_UNKNOWN_LOOKUPS {
            limited!(WARN, key = %name, "not looked up: DNS is slow, and too many unknown names wait");
            return Step::Done(Err(trouble()));
        }
        let (flight, ticket) = self.prepare(state, name, now);
        Step::Fly(flight, ticket)
    }

    fn prepare(
        self: &Arc<Self>,
        state: &mut State,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> (Flight, Ticket) {
        state.departed += 1;
        let number = state.departed;
        let is_known = state.cache.is_known(name);
        let (flight, ticket) = Flight::new(self.clone(), name.clone(), number, now);
        let lookup = InFlight { number, ticket: ticket.clone(), is_known };
        state.flights.insert(name.clone(), lookup);
        (flight, ticket)
    }

    /// Takes steps until one is the last. A question whose task was dropped with its runtime is
    /// asked again, once.
    async fn travel<T>(
        &self,
        step: impl Fn() -> Step<Result<T, LookupError>>,
    ) -> Result<Travel<Result<T, LookupError>>, LookupError> {
        for _ in 0..2 {
            let mut ticket = match step() {
                Step::Done(result) => return Ok(Travel::Stayed(result)),
                Step::Wait(ticket) => ticket,
                Step::Fly(flight, ticket) => {
                    flight.depart();
                    ticket
                }
            };
            if let Ok(landed) = ticket.wait_for(Option::is_some).await
                && let Some(landed) = landed.clone()
            {
                return Ok(Travel::Landed(landed));
            }
        }
        Err(trouble())
    }
}

/// For the task that asks.
impl Desk {
    pub(super) async fn ask(&self, name: &KeyName) -> Answer {
        self.resolver.ask(name).await
    }

    /// Takes the answer to a question that was asked at `now`.
    pub(super) fn land(&self, name: &KeyName, answer: Answer, now: DateTime<Utc>) -> Landed {
        let mut state = self.lock();
        state.flights.remove(name);
        let is_known = state.cache.is_known(name);
        let landed = state.cache.store(name, answer, now);
        drop(state);
        // Once more than for any name: the lines about made-up ones may have left that one out.
        if is_known && !matches!(landed, Landed::Found(_)) {
            limited!(WARN, key = %name, "DNS gave no key for a name that is in use");
        }
        landed
    }

    /// Forgets a question that will never be answered.
    pub(super) fn give_up(&self, name: &KeyName, number: u64) {
        let mut state = self.lock();
        if state.flights.get(name).is_some_and(|lookup| lookup.number == number) {
            state.flights.remove(name);
        }
    }
}

/// How an answer came.
enum Travel<T> {
    /// From memory.
    Stayed(T),
    /// From DNS.
    Landed(Landed),
}

/// When nothing better is known than that DNS failed.
fn trouble() -> LookupError {
    LookupError::Unavailable { retry_after: TROUBLE_PAUSE.to_std().unwrap_or(Duration::ZERO) }
}
