//! The bound between what passes and what does not, by bisecting.

/// Returns the largest size found to pass, at most `step` below one that does not.
pub(crate) async fn bisect<F: Future<Output = bool>>(
    mut passes: usize,
    mut fails: usize,
    step: usize,
    test: impl Fn(usize) -> F,
) -> usize {
    while fails.saturating_sub(passes) > step {
        let middle = passes + (fails - passes) / 2;
        if test(middle).await {
            passes = middle;
        } else {
            fails = middle;
        }
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_found_to_a_step() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for bound in [1, 65_536, 1 << 20, (1 << 20) + 1, (32 << 20) - 1] {
            let test = |size| std::future::ready(size <= bound);
            let found = runtime.block_on(bisect(0, 32 << 20, 1 << 16, test));
            assert!(found <= bound && bound - found <= 1 << 16, "{bound}: {found}");
        }
    }
}
