//! New names, one behind the other: the usual case of a form, and the hottest loop of its tree.

use super::build::{Builder, to_u32};
use super::{NONE, Node, Span, index};

impl Builder {
    /// As [`put`](Self::put) for those of `items` that `entry` makes a key and a value of, up to
    /// the first whose key may have come before, or may be a number. Returns how many it took.
    ///
    /// They become neighbours, so that all but the ends of their chain is known at once.
    #[inline]
    pub(crate) fn put_names<T>(
        &mut self,
        text: &[u8],
        level: u32,
        items: &[T],
        entry: impl Fn(&T) -> Option<(Span, Span)>,
    ) -> usize {
        let nodes = &mut self.nodes;
        let Some(here) = self.levels.get_mut(level as usize).filter(|here| !here.indexed) else {
            return 0;
        };
        let first = to_u32(nodes.len());
        for item in items {
            let Some((key, value)) = entry(item) else { break };
            let name = key.of(text);
            if !index::is_name(name) {
                break;
            }
            let mark = index::tag(name, NONE);
            if here.remember(mark) {
                break;
            }
            let next = to_u32(nodes.len()) + 1;
            nodes.push(Node { key, ordinal: NONE, mark, next, value });
        }
        let behind = to_u32(nodes.len());
        if behind > first {
            if let Some(last) = nodes.last_mut() {
                last.next = NONE;
            }
            let before = here.append_names(first, behind);
            if let Some(before) = nodes.get_mut(before as usize) {
                before.next = first;
            }
        }
        (behind - first) as usize
    }
}
