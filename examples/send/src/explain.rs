//! Verifies a call here.

use std::io::Write as _;

use crate::args::Explained;

/// Verifies the call, prints what became of its proof, and returns whether it is proven.
///
/// # Errors
/// None; the command line was read before.
pub(crate) async fn run(explained: Explained) -> Result<bool, clap::Error> {
    let Explained { call, receiver, at } = explained;
    let explanation = receiver.explain(&call).await;
    let clock =
        at.map_or(String::new(), |at| format!("the receiver's clock: {}\n", at.to_rfc2822()));
    // After the pipe was closed, explanations have no reader.
    let _ = writeln!(std::io::stdout(), "{clock}{explanation}");
    Ok(explanation.is_proven())
}
