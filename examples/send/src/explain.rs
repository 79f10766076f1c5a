//! `explain`: verifies a message here.

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode};

use http::{Uri, header};
use webhook_core::{
    Account, Receiver,
    key::DnsKeys,
    testing::{Signer, fixtures},
};

use crate::args::{account, endpoint, message};

/// What to verify, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[arg(long, default_value = "http://127.0.0.1:3000/copernica", value_parser = endpoint)]
    url: Uri,
    #[arg(long, default_value = "1234", value_parser = account)]
    account: Account,
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[arg(long, value_name = "NAME", default_value = "one._domainkey.copernica.com")]
    key_id: String,
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[arg(long, value_name = "ADDR", conflicts_with = "key")]
    resolver: Option<SocketAddr>,
}

/// Verifies, and prints what came of each check.
///
/// # Errors
/// The message or the key can't be used.
pub(crate) async fn run(args: Args) -> Result<ExitCode, String> {
    let message = args.from.as_deref().map(message).transpose()?;
    let mut builder = Receiver::builder().account(args.account);
    let signer = match (&args.key, &message) {
        (Some(path), _) => Some(key(path)?),
        (None, None) => Some(Signer::ephemeral().map_err(|error| error.to_string())?),
        (None, Some(_)) => None,
    };
    let call = if let Some(signer) = signer {
        let mut signer = signer.account(args.account).key_name(&args.key_id);
        builder = builder.keys(signer.keys());
        let body = match message {
            Some(message) => {
                let media_type = message.call.headers().get(header::CONTENT_TYPE);
                if let Some(media_type) = media_type.and_then(|value| value.to_str().ok()) {
                    signer = signer.content_type(media_type);
                }
                message.call.into_body()
            }
            None => fixtures::CREATE_PROFILE.form.trim_end().into(),
        };
        let url = args.url.to_string();
        let mut call = signer.sign(&url, body).map_err(|error| error.to_string())?;
        // As it arrives: the request line has no host in it.
        let target = call.uri().path_and_query().map_or("/", |target| target.as_str());
        *call.uri_mut() = target.parse().map_err(|_| "the URL is not valid")?;
        call
    } else {
        let keys = match args.resolver {
            Some(server) => DnsKeys::at([server]),
            None => DnsKeys::system(),
        };
        builder = builder.keys(keys.map_err(|error| error.to_string())?);
        message.ok_or("no message")?.call
    };
    if let Some(url) = &args.public_url {
        builder = builder.public_url(url);
    }
    let receiver = builder.build().map_err(|error| error.to_string())?;
    let explanation = receiver.explain(&call).await;
    // After the pipe was closed, explanations have no reader.
    let _ = writeln!(std::io::stdout(), "{explanation}");
    Ok(if explanation.is_proven() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a private key.
pub(crate) fn key(path: &std::path::Path) -> Result<Signer, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("cannot sign with {}: {error}", path.display());
    let pem = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    Signer::from_pem(&pem).map_err(|error| failed(&error))
}
