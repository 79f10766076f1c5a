//! Where the lines go: a command's standard input, our own standard output, or nowhere.

use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncWriteExt as _, Stdout, stdout};
use tokio::process::{Child, Command};

/// Where the lines go.
pub(crate) enum Sink {
    Nowhere,
    Stdout(Stdout),
    Command(Box<Child>),
}

impl Sink {
    /// Starts the command, where one is named.
    ///
    /// # Errors
    ///
    /// When it can't be started.
    pub(crate) fn open(command: &[String], dry_run: bool) -> Result<Self, String> {
        let Some((program, words)) = command.split_first() else {
            return Ok(if dry_run { Self::Nowhere } else { Self::Stdout(stdout()) });
        };
        let child = Command::new(program)
            .args(words)
            // It has no use for the token.
            .env_remove("COPERNICA_TOKEN")
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("--into {program}: {error}"))?;
        Ok(Self::Command(Box::new(child)))
    }

    /// Writes lines.
    ///
    /// # Errors
    ///
    /// The reader has closed its end.
    pub(crate) async fn write(&mut self, lines: &str) -> Result<(), String> {
        let written = match self {
            Self::Nowhere => Ok(()),
            Self::Stdout(out) => out.write_all(lines.as_bytes()).await,
            Self::Command(child) => match &mut child.stdin {
                Some(input) => input.write_all(lines.as_bytes()).await,
                None => Ok(()),
            },
        };
        written.map_err(|error| format!("a line was not taken: {error}"))
    }

    /// Ends the lines, and waits until they were taken.
    ///
    /// # Errors
    ///
    /// When the command fails, or the output can't be written.
    pub(crate) async fn close(self) -> Result<(), String> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout(mut out) => {
                out.flush().await.map_err(|error| format!("the lines were not written: {error}"))
            }
            Self::Command(mut child) => {
                // Closes its standard input, too.
                let status = child.wait().await.map_err(|error| format!("--into: {error}"))?;
                if status.success() { Ok(()) } else { Err(ended(status)) }
            }
        }
    }
}

fn ended(status: ExitStatus) -> String {
    format!("--into: the command ended with {status}")
}
