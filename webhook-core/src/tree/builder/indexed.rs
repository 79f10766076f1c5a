//! Levels of many keys: found by hash.

use super::{Builder, Position, to_u32};
use crate::tree::NONE;
use crate::tree::node::{Node, same_key};

impl Builder {
    /// Finds a key or appends it in a level of many keys.
    #[inline]
    pub(super) fn indexed_entry(&mut self, text: &[u8], level: u32, node: Node) -> Position {
        if self.index.is_full(1, self.nodes.len() + 1) {
            self.fill_index(text);
        }
        let (nodes, key) = (&self.nodes, node.key.of(text));
        let same = |id: u32| {
            let old = nodes.get(id as usize);
            old.is_some_and(|old| old.mark == level && same_key(text, old, &node))
        };
        let id = to_u32(nodes.len());
        match self.index.find_or_insert(level, key, node.ordinal, id, same) {
            Some(found) => Position::Old(found),
            None => self.append(level, node),
        }
    }

    /// Puts a level into the index: from here on it is searched by hash.
    #[cold]
    pub(super) fn index_level(&mut self, text: &[u8], level: u32) {
        let Some(here) = self.levels.get_mut(level as usize) else { return };
        here.indexed = true;
        let (mut id, len) = (here.first.get(), here.len.get() as usize);
        while let Some(node) = self.nodes.get_mut(id as usize) {
            node.mark = level;
            id = node.next.get();
        }
        if self.index.is_full(len, self.nodes.len() + 1) {
            self.fill_index(text);
        } else {
            self.put_in_index(text, level);
        }
    }

    /// Makes the index anew, with room for all nodes that are expected or for twice those there.
    #[cold]
    fn fill_index(&mut self, text: &[u8]) {
        self.index.clear(self.nodes.capacity().max(self.nodes.len() * 2));
        for level in 0..self.levels.len() {
            if self.levels.get(level).is_some_and(|level| level.indexed) {
                self.put_in_index(text, to_u32(level));
            }
        }
    }

    fn put_in_index(&mut self, text: &[u8], level: u32) {
        let mut id = self.level(level).map_or(NONE, |level| level.first.get());
        while let Some(node) = self.nodes.get(id as usize) {
            self.index.find_or_insert(level, node.key.of(text), node.ordinal, id, |_| false);
            id = node.next.get();
        }
    }
}
