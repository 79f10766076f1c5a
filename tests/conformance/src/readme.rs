//! The README: its snippets compile, and its codes of refusals, like the guide's, are core's. And the
//! guide's page that needs axum.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../webhook-core/src/guide/your_own.md")]
struct YourOwn;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use webhook_core::RejectionKind;

    const README: &str = include_str!("../../../README.md");
    const REFUSALS: &str = include_str!("../../../webhook-core/src/guide/refusals.md");

    /// Returns the first two cells of each row of the tables under a heading.
    fn rows(page: &'static str, heading: &str) -> Vec<(&'static str, &'static str)> {
        let (_, section) = page.split_once(heading).expect("the page has this heading");
        let section = section.split("\n## ").next().unwrap_or_default();
        let row = |line: &'static str| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            Some((cells.next()?, cells.next()?))
        };
        section.lines().filter_map(row).collect()
    }

    fn words(cell: &str) -> Vec<&str> {
        cell.split(", ").map(|word| word.trim_matches('`')).collect()
    }

    fn table() -> BTreeSet<(String, String)> {
        let row =
            |kind: &RejectionKind| (kind.code().to_owned(), kind.status().as_str().to_owned());
        RejectionKind::ALL.iter().map(row).collect()
    }

    /// Codes with their statuses; a heading of a table and the line under it have none.
    fn pairs<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<(String, String)> {
        rows.filter(|(_, status)| status.parse::<u16>().is_ok())
            .map(|(code, status)| (code.to_owned(), status.to_owned()))
            .collect()
    }

    #[test]
    fn the_guide_lists_every_code_with_its_status() {
        let rows = rows(REFUSALS, "# Refusals\n");
        let listed = pairs(rows.into_iter().map(|(code, status)| (code.trim_matches('`'), status)));
        assert_eq!(listed, table());
    }

    /// Its rows go from statuses to codes: one status for all of them, or one for each.
    #[test]
    fn the_readme_lists_every_code_with_its_status() {
        let rows = rows(README, "## Refusals\n");
        let listed = rows.into_iter().flat_map(|(statuses, codes)| {
            let (statuses, codes) = (words(statuses), words(codes));
            let each = statuses.len();
            assert!(each == 1 || each == codes.len(), "{statuses:?} for {codes:?}");
            codes.into_iter().zip(statuses.into_iter().cycle())
        });
        assert_eq!(pairs(listed), table());
    }
}
