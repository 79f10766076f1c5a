//! How calls are signed.

use std::{fmt::Display, path::PathBuf};

use clap::Args;
use webhook_core::{Account, testing::Signer};

use super::{
    invalid,
    values::{Date, account, date},
};
use crate::sign::Signing;

/// How calls are signed; `send` without --key does not sign them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signing")]
pub(super) struct SigningArgs {
    /// Sign as Copernica does, with this RSA private key in PEM
    #[arg(long, value_name = "FILE", requires = "account")]
    key: Option<PathBuf>,

    /// Whose calls: `1234`, `account_1234` or `environment_1234`
    #[arg(long, requires = "key", value_parser = account)]
    account: Option<Account>,

    /// The key's published name
    #[arg(long, value_name = "NAME", default_value = "one._domainkey.copernica.com")]
    key_id: String,

    /// When they were signed: RFC 3339, as in a Date header, or -90, +60
    #[arg(long, requires = "key", value_parser = date, allow_hyphen_values = true)]
    date: Option<Date>,

    /// The documentation's capitals (SHA-256=) instead of lower case
    #[arg(long, requires = "key")]
    documented_style: bool,

    /// One nonce in all calls, instead of a fresh one in each
    #[arg(long, requires = "key")]
    nonce: Option<String>,

    /// Another Host than that of --url, signed and sent
    #[arg(long, requires = "key")]
    host: Option<String>,
}

impl SigningArgs {
    /// Returns how calls are signed; `None` without --key.
    pub(super) fn signing(&self, sign_for: Option<String>) -> Result<Option<Signing>, clap::Error> {
        let (Some(path), Some(account)) = (&self.key, self.account) else { return Ok(None) };
        let failed =
            |error: &dyn Display| invalid(format!("cannot sign with {}: {error}", path.display()));
        let pem = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let mut signer = Signer::from_pem(&pem).map_err(|error| failed(&error))?;
        signer = signer.account(account).key_name(&self.key_id);
        if let Some(date) = self.date {
            signer = match date {
                Date::At(date) => signer.date(date),
                Date::FromNow(_) => signer.clock(move || date.moment()),
            };
        }
        if self.documented_style {
            signer = signer.documented_style();
        }
        if let Some(nonce) = &self.nonce {
            signer = signer.nonce(nonce);
        }
        Ok(Some(Signing { signer, account, sign_for, host: self.host.clone() }))
    }
}
