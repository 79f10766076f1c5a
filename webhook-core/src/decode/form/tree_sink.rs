//! A form body → a tree of variables.

use super::pair::{Pair, PairSink};
use super::{decode_pairs, locate, name, start, window};
use crate::decode::Utf8;
use crate::limits::Limits;
use crate::rejection::{Refusal, RejectionKind};
use crate::sender::BYTE_VARIABLES;
use crate::tree::{Builder, EntryKey, Slot, Span, Tree, too_deep, too_many_pairs};
use std::ops::Range;

/// Decodes a whole body into a tree. Returns what refuses the first text that is not UTF-8 and has to
/// be.
pub(crate) fn decode(
    body: &[u8],
    limits: Limits,
    utf8: Utf8,
    tree: &mut Tree,
) -> Result<Option<Refusal>, Refusal> {
    let start = start(body);
    if start == 0 {
        return decode_plain(body, limits, utf8, tree);
    }
    let pairs = body.get(start..).unwrap_or_default();
    let refusal = |refused: Refusal| refused.after(start);
    decode_plain(pairs, limits, utf8, tree).map(|not_utf8| not_utf8.map(refusal)).map_err(refusal)
}

/// The bytes of a form up to which its pairs are not counted beforehand.
const SHORT_BODY: usize = 4096;

/// What a pair takes in such a form, about, in bytes.
const PAIR_BYTES: usize = 32;

#[inline]
fn decode_plain(
    body: &[u8],
    limits: Limits,
    utf8: Utf8,
    tree: &mut Tree,
) -> Result<Option<Refusal>, Refusal> {
    // For few bytes a guess is cheaper than a count, and more room than that is soon made.
    let few = body.len() <= SHORT_BODY;
    let pairs = if few { body.len() / PAIR_BYTES } else { window::separators(body) + 1 };
    let mut sink = TreeSink::new(limits, pairs);
    let text = decode_pairs(body, &mut sink).map_err(|refused| sink.locate(refused, body))?;
    if sink.builder.lost_count() {
        return Err(lost_count());
    }
    *tree = sink.builder.finish(text);
    // A mail of megabytes is not decoded twice to find nothing wrong.
    if tree.is_utf8() || is_utf8_but_for_bytes(tree) {
        return Ok(None);
    }
    match utf8 {
        Utf8::Strict => locate::bad_utf8(body),
        Utf8::Lossy => {
            *tree = decode_lossy(body, limits)?;
            Ok(None)
        }
    }
}

/// Puts each pair where its brackets say.
struct TreeSink {
    builder: Builder,
    limits: Limits,
    /// How many pairs came, with that which was refused.
    pairs: usize,
    /// The variable of the last pair and its level, when it was bracketed: the next is mostly in
    /// the same.
    last: Option<(Range<usize>, u32)>,
}

impl TreeSink {
    #[inline(always)]
    #[allow(clippy::inline_always)] // its builder is large, and would be moved once more
    fn new(limits: Limits, pairs: usize) -> Self {
        // A few more than pairs: `fields` and `parameters` themselves are entries too.
        let builder = Builder::with_capacity(pairs.min(limits.max_pairs()).saturating_add(8));
        Self { builder, limits, pairs: 0, last: None }
    }

    /// Says where the refused pair begins.
    fn locate(&self, refused: Refusal, body: &[u8]) -> Refusal {
        refused.at_offset(locate::offset_of_pair(body, self.pairs.saturating_sub(1)))
    }

    /// Puts a pair of any kind.
    fn put(&mut self, text: &[u8], pair: &Pair) -> Result<(), Refusal> {
        if let (Some((_, level)), Some(segment)) = (&self.last, sibling(text, pair)) {
            let key = if segment.is_empty() { EntryKey::Next } else { EntryKey::Named(segment) };
            self.builder.put(text, *level, key, Span::from(pair.value()));
            return Ok(());
        }
        let path = name::split(text, pair.name());
        let (mut level, mut segment, mut rest) = match path.inner {
            None => {
                self.last = None;
                // Even an empty name is a name here: `=x` is the variable called nothing.
                let name = EntryKey::Named(Span::from(path.root));
                self.builder.put(text, Tree::ROOT, name, Span::from(pair.value()));
                return Ok(());
            }
            Some(inner) => {
                let mut segments = name::segments(text, inner);
                (self.level_of(text, path.root), segments.next().unwrap_or_default(), segments)
            }
        };
        let mut depth = 1;
        for next in rest.by_ref() {
            depth += 1;
            if depth > self.limits.max_depth() {
                let name = String::from_utf8_lossy(text.get(pair.name()).unwrap_or_default());
                return Err(too_deep(self.limits).at_variable(&name));
            }
            let node = self.builder.entry(text, level, key(segment));
            level = self.builder.level_under(node);
            segment = next;
        }
        self.builder.put(text, level, key(segment), Span::from(pair.value()));
        Ok(())
    }

    fn level_of(&mut self, text: &[u8], root: Range<usize>) -> u32 {
        if let Some((last, level)) = &self.last
            && window::same(text, last.clone(), root.clone())
        {
            return *level;
        }
        let node = self.builder.entry(text, Tree::ROOT, EntryKey::Named(Span::from(root.clone())));
        let level = self.builder.level_under(node);
        self.last = Some((root, level));
        level
    }
}

/// Returns the key of a segment; an empty one is the next number.
#[inline]
fn key(segment: Range<usize>) -> EntryKey {
    if segment.is_empty() { EntryKey::Next } else { EntryKey::Named(Span::from(segment)) }
}

/// Returns the one segment of a name whose prefix is that of the pair before.
#[inline]
fn sibling(text: &[u8], pair: &Pair) -> Option<Span> {
    let (name, shared) = (pair.name(), pair.shared());
    let segment = name.start + shared..name.end;
    (shared > 0 && window::ends(text, segment.clone(), b']'))
        .then(|| Span::new(segment.start, segment.end - 1))
}

/// Returns a name without brackets.
#[inline]
fn plain(text: &[u8], pair: &Pair) -> Option<Span> {
    let name = pair.name();
    let last = text.get(name.end.checked_sub(1)?);
    (last != Some(&b']')).then_some(Span::from(name))
}

impl PairSink for TreeSink {
    fn pairs(&mut self, text: &[u8], pairs: &[Pair]) -> Result<(), Refusal> {
        let left = self.limits.max_pairs() - self.pairs;
        let (pairs, over) = pairs.split_at(left.min(pairs.len()));
        self.pairs += pairs.len();
        let mut rest = pairs;
        loop {
            let builder = &mut self.builder;
            // Without a shared prefix there is no row.
            let row = rest.first().is_some_and(|pair| pair.shared() > 0);
            let taken = match self.last {
                Some(_) if !row => 0,
                Some((_, level)) => builder.put_names(text, level, rest, |pair| {
                    Some((sibling(text, pair)?, Span::from(pair.value())))
                }),
                None => builder.put_names(text, Tree::ROOT, rest, |pair| {
                    Some((plain(text, pair)?, Span::from(pair.value())))
                }),
            };
            let Some((pair, following)) = rest.get(taken..).and_then(<[Pair]>::split_first) else {
                break;
            };
            rest = following;
            if let Err(refused) = self.put(text, pair) {
                self.pairs -= rest.len();
                return Err(refused);
            }
        }
        if over.is_empty() {
            return Ok(());
        }
        self.pairs += 1;
        Err(too_many_pairs(self.limits))
    }
}

#[cold]
fn lost_count() -> Refusal {
    Refusal::new(
        RejectionKind::MalformedBody,
        "a name with [] comes after one with the largest number, 9223372036854775807: write its number",
    )
}

/// Returns whether all that is not UTF-8 surely is text of variables that may be any bytes.
#[cold]
fn is_utf8_but_for_bytes(tree: &Tree) -> bool {
    let exempt = BYTE_VARIABLES.iter().filter_map(|name| match tree.find(Tree::ROOT, name)? {
        Slot::Text(text) => Some(text),
        Slot::Level(_) => None,
    });
    tree.is_utf8_outside(exempt.collect())
}

/// Returns whether the variable of this name may be any bytes. It is the name that the tree has: a
/// bracket that is not closed makes another one.
pub(super) fn may_be_bytes(text: &[u8], name: Range<usize>) -> bool {
    let root = text.get(name::split(text, name).root).unwrap_or_default();
    BYTE_VARIABLES.iter().any(|variable| variable.as_bytes() == root)
}

/// Decodes once more, with U+FFFD for what is not UTF-8 and has to be.
#[cold]
fn decode_lossy(body: &[u8], limits: Limits) -> Result<Tree, Refusal> {
    let mut clean = Vec::with_capacity(body.len());
    let mut sink = TreeSink::new(limits, 0);
    let mut copy = |text: &[u8], pair: Pair| {
        let is_exempt = may_be_bytes(text, pair.name());
        let mut push = |range: Range<usize>, is_exempt: bool| {
            let (start, text) = (clean.len(), text.get(range).unwrap_or_default());
            if is_exempt {
                clean.extend_from_slice(text);
            } else {
                clean.extend_from_slice(String::from_utf8_lossy(text).as_bytes());
            }
            start..clean.len()
        };
        let (name, value) = (push(pair.name(), false), push(pair.value(), is_exempt));
        sink.pairs(&clean, &[Pair::moved(name, value.end)])
    };
    decode_pairs(body, &mut copy).map_err(|refused| sink.locate(refused, body))?;
    Ok(sink.builder.finish(clean))
}
