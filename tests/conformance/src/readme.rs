//! The README's snippets, compiled as documentation tests.

#![cfg(doctest)]
#![doc = include_str!("../../../README.md")]
