//! `sslmode=verify-full`: the server must show a certificate of the CA that is named, for its name.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sqlx::PgConnection;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::{Database, Program, Result, Sender};

/// Makes a CA, and a certificate of it for `localhost`, in a folder. `false`: there is no openssl here.
fn certify(folder: &Path) -> bool {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let commands = [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.pem",
    ];
    commands.into_iter().all(|command| {
        let run = Command::new("openssl").args(command.split(' ')).current_dir(folder).output();
        run.is_ok_and(|output| output.status.success())
    })
}

/// Copies a file into the server's folder, where its user alone may read it.
async fn install(connection: &mut PgConnection, folder: &Path, name: &str) -> Result<()> {
    let file = ["base64", "-A", "-in", name];
    let line = Command::new("openssl").args(file).current_dir(folder).output()?;
    let line = String::from_utf8(line.stdout)?;
    let sql = format!("COPY (SELECT '{line}') TO PROGRAM 'umask 077; base64 -d > {name}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_can_not_prove_its_name_is_refused() -> Result<()> {
    let Some(database) = Database::create().await else { return Ok(()) };
    // Only a server that ./with-postgres started is ours to set up.
    if std::env::var_os("INBOX_CRASH_SERVER").is_none() {
        support::skipped("the server is not ours to set up for TLS");
        return database.drop().await;
    }
    let folder = std::env::temp_dir().join(format!("inbox-tls-{}", std::process::id()));
    if !certify(&folder) {
        support::skipped("no openssl to make certificates with");
        return database.drop().await;
    }
    let connection = &mut database.connect().await?;
    for name in ["server.pem", "server.key"] {
        install(connection, &folder, name).await?;
    }
    for set in ["ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"] {
        let set = format!("ALTER SYSTEM SET {set}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut *connection).await?;
    }
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut *connection).await?;

    let ca = folder.join("ca.pem");
    let by_name = database.url.replacen("127.0.0.1", "localhost", 1);
    let full = |url: &str| format!("{url}sslmode=verify-full");
    let with_ca = |url: &str| format!("{}&sslrootcert={}", full(url), ca.display());
    let (sender, port) = (Sender::new()?, support::free_port().await?);
    let start = |url: &str| Program::start("receive", sender.receiver(url, port));

    for (url, why) in [
        // Nothing says that this CA may be trusted.
        (full(&by_name), "UnknownIssuer"),
        // The certificate is for another name.
        (with_ca(&database.url), "not valid for name \"127.0.0.1\""),
    ] {
        let mut program = start(&url)?;
        assert!(!program.ended(Duration::from_secs(20)).await?, "{url}");
        let log = program.log();
        assert!(log.contains("refusing to start") && log.contains(why), "{log}");
    }
    let mut program = start(&with_ca(&by_name))?;
    support::listening(port).await?;
    assert_eq!(sender.send(port, &support::event(1, "")).await?.status(), 204);
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND datname = current_database() AND application_name = 'inbox'";
    assert!(database.number(encrypted).await? >= 1);
    assert!(program.stop().await?);

    // A server that offers no TLS is refused as well: no falling back.
    sqlx::raw_sql("ALTER SYSTEM RESET ALL").execute(&mut *connection).await?;
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut *connection).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut program = start(&with_ca(&by_name))?;
    assert!(!program.ended(Duration::from_secs(20)).await?);
    assert!(program.log().contains("does not support TLS"), "{}", program.log());
    fs::remove_dir_all(&folder)?;
    database.drop().await
}
