//! The command line of `check`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use http::Uri;
use webhook_core::{
    Account,
    key::{COPERNICA_ZONE, DnsKeys, KeyName},
};

use super::{
    invalid,
    values::{account, endpoint, seconds},
};
use crate::wire::Endpoint;

/// Stand in the service's place (stop it first) and see what arrives of calls through the URL
#[derive(Debug, Args)]
#[command(
    after_help = "Each line is `ok` or `!!` with what to change. Exits with 0 when all is ok, 1 when not, 2 \
when the\noptions are wrong or the place is taken. Calls of others get 503 meanwhile."
)]
pub(crate) struct CheckArgs {
    /// What Copernica will call: http or https
    #[arg(long, value_parser = endpoint)]
    url: Uri,

    /// Whose calls: `1234`, `account_1234` or `environment_1234`
    #[arg(long, value_parser = account)]
    account: Account,

    /// Where the service listens, and the proxy sends to
    #[arg(long, value_name = "IP:PORT")]
    listen: SocketAddr,

    /// Also look a key up: `one` of one._domainkey.copernica.com
    #[arg(long, value_name = "NAME", conflicts_with = "no_dns")]
    selector: Option<String>,

    /// A private certificate authority, in PEM, next to those known
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Bodies of 2 MiB are enough: no bounces and abuses, which carry mails
    #[arg(long)]
    no_mail: bool,

    /// Look no key up
    #[arg(long)]
    no_dns: bool,

    /// Look keys up here, not at this machine's name servers
    #[arg(long, value_name = "IP:PORT", conflicts_with = "no_dns")]
    name_server: Option<SocketAddr>,

    /// How long to wait for an answer that is not delayed
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    patience: Duration,

    /// After how long answers come, in calls of their own
    #[arg(long, value_name = "SECONDS", default_value = "5,15,30", value_delimiter = ',', value_parser = seconds)]
    waits: Vec<Duration>,
}

/// What to check, and how.
#[derive(Debug)]
pub(crate) struct CheckPlan {
    pub(crate) url: Uri,
    pub(crate) endpoint: Endpoint,
    pub(crate) account: Account,
    pub(crate) listen: SocketAddr,
    pub(crate) mail: bool,
    pub(crate) patience: Duration,
    pub(crate) waits: Vec<Duration>,
    pub(crate) dns: Option<Dns>,
}

/// Which keys to look up, and where.
#[derive(Debug)]
pub(crate) struct Dns {
    pub(crate) keys: DnsKeys,
    pub(crate) key: Option<KeyName>,
}

impl CheckArgs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// A file can't be read, or a name is not one.
    pub(crate) fn prepare(self) -> Result<CheckPlan, clap::Error> {
        let endpoint = Endpoint::new(&self.url, self.ca.as_deref()).map_err(invalid)?;
        let dns = if self.no_dns { None } else { Some(self.dns()?) };
        Ok(CheckPlan {
            endpoint,
            dns,
            url: self.url,
            account: self.account,
            listen: self.listen,
            mail: !self.no_mail,
            patience: self.patience,
            waits: self.waits,
        })
    }

    fn dns(&self) -> Result<Dns, clap::Error> {
        let keys = match self.name_server {
            Some(server) => DnsKeys::at([server]),
            None => DnsKeys::system(),
        };
        let key = self.selector.as_ref().map(|selector| {
            let name = format!("{selector}._domainkey.{COPERNICA_ZONE}");
            KeyName::under(&[COPERNICA_ZONE], &name)
                .ok_or_else(|| invalid(format!("--selector {selector} is not a selector")))
        });
        Ok(Dns { keys: keys.map_err(invalid)?, key: key.transpose()? })
    }
}
