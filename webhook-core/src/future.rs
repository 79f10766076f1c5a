//! The future that object-safe traits return.

use std::pin::Pin;

/// A boxed future: what the methods of traits return that are used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
