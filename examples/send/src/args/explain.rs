//! The command line of `explain`.

use std::{net::SocketAddr, path::PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use clap::{Args, error::ErrorKind};
use http::{Request, Uri};
use webhook_core::{
    Account, Receiver, ReceiverBuilder,
    key::{COPERNICA_ZONE, DnsKeys, KeyName, StaticKeys},
    testing::{
        Signer,
        fixtures::{self, Fixture},
    },
};

use super::{
    invalid,
    values::{Date, account, date, endpoint, kind, message, read},
    wrong,
};
use crate::{
    body::Body,
    event,
    message::Message,
    sign::{Calls, Signing},
};

/// Verify a message here, or one that it signs, and print what became of each check
#[derive(Debug, Args)]
#[command(
    after_help = "Without --from it makes a call, signed with --key or a key of the moment. Keys of a \
message: the\npublic half of --key, --public-key, or DNS. Exits with 0 when it is proven, 1 when not, 2 \
when the\noptions are wrong. It never prints a signature or a nonce."
)]
pub(crate) struct ExplainArgs {
    /// One HTTP/1.1 message; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "account", conflicts_with_all = ["kind", "url", "date"])]
    from: Option<PathBuf>,

    /// Of the call that it makes: what happened
    #[arg(long, default_value = fixtures::CREATE_PROFILE.kind, value_parser = kind)]
    kind: &'static Fixture,

    /// Of that call: its URL
    #[arg(long, default_value = "http://127.0.0.1:3000/copernica", value_parser = endpoint)]
    url: Uri,

    /// Of that call: when it was signed, as of `send`
    #[arg(long, value_parser = date, allow_hyphen_values = true)]
    date: Option<Date>,

    /// The account that the receiver takes [1234, or with --from none]
    #[arg(long, value_parser = account)]
    account: Option<Account>,

    /// Trust the public half of this RSA private key, and sign with it
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Trust this RSA public key in PEM
    #[arg(long, value_name = "FILE", requires = "from", conflicts_with = "key")]
    public_key: Option<PathBuf>,

    /// The name of either key
    #[arg(long, value_name = "NAME", default_value = "one._domainkey.copernica.com")]
    key_id: String,

    /// Look keys up here, not at this machine's name servers
    #[arg(long, value_name = "IP:PORT", requires = "from", conflicts_with_all = ["key", "public_key"])]
    name_server: Option<SocketAddr>,

    /// The receiver's public URL
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// The receiver's clock [now, or with --from the message's Date]
    #[arg(long, value_name = "DATE", value_parser = date, allow_hyphen_values = true)]
    at: Option<Date>,
}

/// What to verify, and by whom.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) call: Request<Bytes>,
    pub(crate) receiver: Receiver,
    /// Where the clock stands still.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl ExplainArgs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// A file can't be read or is not what it must be, or the receiver can't be built.
    pub(crate) fn prepare(&self) -> Result<Explained, clap::Error> {
        let account = self.account.unwrap_or_else(|| Account::new(1234));
        let builder = Receiver::builder().account(account);
        let (call, builder, date) = if let Some(path) = &self.from {
            let message = message(path).map_err(invalid)?;
            let date = message.head.value("date").and_then(|text| date(text).ok());
            (message.request().map_err(invalid)?, self.with_keys(builder)?, date)
        } else {
            let signer = self.signer()?.account(account).key_name(&self.key_id);
            (self.own_call(&signer, account)?, builder.keys(signer.keys()), None)
        };
        let at = self.at.or(date).map(Date::moment);
        let mut builder = match at {
            Some(at) => builder.clock(move || at),
            None => builder,
        };
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url);
        }
        Ok(Explained { call, receiver: builder.build().map_err(invalid)?, at })
    }

    fn signer(&self) -> Result<Signer, clap::Error> {
        let Some(path) = &self.key else { return Signer::ephemeral().map_err(invalid) };
        let failed = |error: &dyn std::fmt::Display| {
            invalid(format!("cannot sign with {}: {error}", path.display()))
        };
        let pem = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Signer::from_pem(&pem).map_err(|error| failed(&error))
    }

    fn own_call(&self, signer: &Signer, account: Account) -> Result<Request<Bytes>, clap::Error> {
        let signer = match self.date {
            Some(date) => signer.clone().date(date.moment()),
            None => signer.clone(),
        };
        let signing = Signing { signer, account, sign_for: None, host: None };
        let calls = Calls { url: self.url.clone(), signing: Some(signing), message: None };
        let event = event::of_fixture(self.kind).map_err(invalid)?;
        let body = Body::Events(vec![event]).of_call(0).map_err(invalid)?;
        let bytes = calls.call(body).map_err(invalid)?.bytes;
        Message::parse(bytes).and_then(|message| message.request()).map_err(invalid)
    }

    fn with_keys(&self, builder: ReceiverBuilder) -> Result<ReceiverBuilder, clap::Error> {
        if self.key.is_some() {
            return Ok(builder.keys(self.signer()?.key_name(&self.key_id).keys()));
        }
        if let Some(path) = &self.public_key {
            let failed = |error: &dyn std::fmt::Display| {
                wrong(ErrorKind::InvalidValue, format!("{}: {error}", path.display()))
            };
            let name = KeyName::under(&[COPERNICA_ZONE], &self.key_id).ok_or_else(|| {
                invalid(format!("{} is not <selector>._domainkey.{COPERNICA_ZONE}", self.key_id))
            })?;
            let pem = read(path).map_err(|error| failed(&error))?;
            let pem = String::from_utf8_lossy(&pem);
            let keys = StaticKeys::new().pem(name, &pem).map_err(|error| failed(&error))?;
            return Ok(builder.keys(keys));
        }
        let keys = match self.name_server {
            Some(server) => DnsKeys::at([server]),
            None => DnsKeys::system(),
        };
        Ok(builder.keys(keys.map_err(invalid)?))
    }
}
