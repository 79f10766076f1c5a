//! Numbers as keys that have no place in a node: PHP's are 64 bits wide and may be negative, and a
//! `[]` counts on from them (PHP 8.2: −4 after −5).
//!
//! They are rare, so each gets a stand-in of 32 bits, the same for the same number, and all that
//! compares numbers compares those. Which number a stand-in is, and what a level counts on from, is
//! kept here.

use super::{Builder, EntryKey, Position, to_u32};
use crate::tree::node::{Node, Relaxed, WIDE};
use crate::tree::{NONE, Span, key};
use std::collections::HashMap;

/// The numbers of a tree that need a stand-in.
#[derive(Debug, Default)]
pub(super) struct Wide {
    numbers: Vec<i64>,
    stand_ins: HashMap<i64, u32>,
    /// What the next `[]` is called, by level: one more than the largest of these numbers in it.
    /// Wider than what it counts: the largest number has no successor.
    next: HashMap<u32, i128>,
}

impl Wide {
    /// Returns the number that has this stand-in.
    pub(super) fn number(&self, stand_in: u32) -> i64 {
        let at = stand_in.wrapping_sub(WIDE);
        self.numbers.get(at as usize).copied().unwrap_or(0)
    }

    fn stand_in(&mut self, number: i64) -> u32 {
        // Fewer than there are bytes in a body, which are at most 1 GiB: below the sum is room.
        let new = WIDE + to_u32(self.numbers.len());
        *self.stand_ins.entry(number).or_insert_with(|| {
            self.numbers.push(number);
            new
        })
    }
}

impl Builder {
    /// Finds or appends the entry of a number that has no place in a node, and for a `[]` after
    /// one.
    #[cold]
    #[inline(never)]
    pub(super) fn wide_entry(
        &mut self,
        text: &[u8],
        level: u32,
        key: EntryKey,
        value: Span,
    ) -> Position {
        let (key, number) = match key {
            EntryKey::Named(span) => (span, key::number(span.of(text))),
            EntryKey::Next => {
                self.counted = self.counted.min(to_u32(self.nodes.len()));
                (Span::new(0, 0), self.next_number(level))
            }
        };
        let Some(number) = number else {
            // The largest number has no successor: PHP silently leaves the variable out.
            self.lost_count = true;
            return Position::Old(NONE);
        };
        let wide = self.wide.get_or_insert_default();
        let ordinal = match u32::try_from(number) {
            Ok(number) if number < WIDE => number,
            _ => wide.stand_in(number),
        };
        let Some(here) = self.levels.get_mut(level as usize) else { return Position::Old(NONE) };
        if ordinal >= WIDE {
            here.wide = true;
            let next = i128::from(number) + 1;
            wide.next.entry(level).and_modify(|known| *known = next.max(*known)).or_insert(next);
            if number >= i64::from(WIDE) {
                // No number that has a place in a node is larger.
                here.next_ordinal = WIDE;
            }
        }
        if here.indexed {
            let node = Node { key, ordinal, mark: level, next: Relaxed::new(NONE), value };
            return self.indexed_entry(text, level, node);
        }
        let mark = key::tag(&[], ordinal);
        self.seen.words().remember(level, mark);
        self.find_known(text, level, Node { key, ordinal, mark, next: Relaxed::new(NONE), value })
    }

    /// Returns what the next `[]` of a level is called, if there is such a number.
    fn next_number(&self, level: u32) -> Option<i64> {
        let here = self.level(level)?;
        let wide = self.wide.as_deref().and_then(|wide| wide.next.get(&level));
        let next = match wide {
            // No other number came: a level may count from below zero.
            Some(next) if here.next_ordinal == 0 => *next,
            Some(next) => i128::from(here.next_ordinal).max(*next),
            None => here.next_ordinal.into(),
        };
        i64::try_from(next).ok()
    }
}
