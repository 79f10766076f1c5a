//! New names, one after the other: the usual case of a form, and the hottest loop of its tree.

use super::{Builder, Position, to_u32};
use crate::tree::node::{Node, Relaxed};
use crate::tree::{NONE, Span, key};

impl Builder {
    /// Puts text under the keys of those of `items` that `entry` makes a key and a value of, up to
    /// the first whose key may have come before, or may be a number. Returns how many it took.
    ///
    /// They become neighbours, so that all but the ends of their chain is known at once.
    #[inline(never)]
    pub(crate) fn put_names<T>(
        &mut self,
        text: &[u8],
        level: u32,
        items: &[T],
        entry: impl Fn(&T) -> Option<(Span, Span)>,
    ) -> usize {
        let Some(here) = self.levels.get_mut(level as usize) else { return 0 };
        if here.indexed {
            return self.put_indexed(text, level, items, entry);
        }
        let (nodes, mut seen) = (&mut self.nodes, self.seen.words());
        let first = to_u32(nodes.len());
        for item in items {
            let Some((key, value)) = entry(item) else { break };
            let name = key.of(text);
            if !key::is_name(name) {
                break;
            }
            let mark = key::tag(name, NONE);
            if seen.remember(level, mark) {
                break;
            }
            let next = Relaxed::new(to_u32(nodes.len()) + 1);
            nodes.push(Node { key, ordinal: NONE, mark, next, value });
        }
        let behind = to_u32(nodes.len());
        if behind > first {
            if let Some(last) = nodes.last() {
                last.next.set(NONE);
            }
            let before = here.append_names(first, behind);
            if let Some(before) = nodes.get(before as usize) {
                before.next.set(first);
            }
        }
        (behind - first) as usize
    }
    /// Puts text under keys in a level of many, where one that came before costs no more.
    #[inline(never)]
    fn put_indexed<T>(
        &mut self,
        text: &[u8],
        level: u32,
        items: &[T],
        entry: impl Fn(&T) -> Option<(Span, Span)>,
    ) -> usize {
        let mut taken = 0;
        for item in items {
            let Some((key, value)) = entry(item) else { break };
            if !key::is_name(key.of(text)) {
                break;
            }
            let node = Node { key, ordinal: NONE, mark: level, next: Relaxed::new(NONE), value };
            if let Position::Old(id) = self.indexed_entry(text, level, node) {
                self.set_text(id, value);
            }
            taken += 1;
        }
        taken
    }
}
