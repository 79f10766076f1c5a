//! The guide's pages, as text: their snippets and their tables.

pub(crate) const PROXIES: &str = include_str!("../../../../webhook-core/src/guide/proxies.md");
pub(crate) const SERVERS: &str = include_str!("../../../../webhook-core/src/guide/servers.md");
pub(crate) const SET_UP: &str = include_str!("../../../../webhook-core/src/guide/set_up.md");

/// Returns the page's blocks of this language.
pub(crate) fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<_> =
        page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty(), "the guide has no block of {language}");
    blocks
}

/// Returns the rows of the table under a heading, cell by cell; the first has the columns' names.
pub(crate) fn table<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = page.split_once(heading).expect("the page has this heading");
    let section = section.split("\n#").next().unwrap_or_default();
    let cells = |line: &'a str| -> Option<Vec<&'a str>> {
        let line = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
        Some(line.split('|').map(str::trim).collect())
    };
    let rows = section.lines().filter_map(cells);
    rows.filter(|cells| !cells.iter().all(|cell| cell.starts_with("---"))).collect()
}

/// Compares a table of the guide with what was seen: the same rows, in the same order, cell by
/// cell.
pub(crate) fn compare(page: &str, heading: &str, seen: &[Vec<String>]) {
    let table = table(page, heading);
    let shown: Vec<_> = seen.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
    let shown = shown.join("\n");
    assert_eq!(table.len(), seen.len() + 1, "{heading} has other rows than were seen:\n{shown}");
    for (row, seen) in table.iter().skip(1).zip(seen) {
        assert_eq!(row, seen, "{heading} differs from what was seen:\n{shown}");
    }
}

/// Returns `text` with `new` in place of `old`, which must be there.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "the guide's snippet has no {old}");
    text.replace(old, new)
}
