//! The guide's pages on what stands in front of a receiver: the proxies, run with the page's own
//! snippets, what the three frameworks' servers do by themselves, and the set-up's curl lines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod page;
mod proxied;
mod proxy;
mod receivers;
mod recorder;
mod servers;
mod set_up;
