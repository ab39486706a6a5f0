//! The commands of a ledger in PostgreSQL, with the built binary (rules R4, R28, R30, R35).

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use krgate::record::store::{RecordStore as _, Wanted};
use tempfile::TempDir;

use super::database::{Server, hand_over};
use super::ground::search_path;
use super::support::now;

const POLICY: &str = r#"version: 1
reports:
  - { name: secrets, path: "reports/*.json", format: gitleaks, class: secrets }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: "@acme/appsec"
    key_results:
      - id: no-secret
        title: No secret
        measure: { count: { class: secrets } }
        target: "<= 0"
        on_miss: block
"#;

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A folder with a policy and a report without findings.
fn shop() -> TempDir {
    let shop = TempDir::new().unwrap();
    fs::write(shop.path().join("krgate.yaml"), POLICY).unwrap();
    fs::create_dir(shop.path().join("reports")).unwrap();
    fs::write(shop.path().join("reports/gitleaks.json"), "[]").unwrap();
    shop
}

fn krgate(shop: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_krgate"));
    command
        .current_dir(shop)
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", shop)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("KRGATE_NOW", "2026-11-16T12:00:00Z")
        .args(arguments);
    command
}

fn end(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const CHECK: [&str; 4] = ["check", "--record", "--event", "state"];

#[test]
fn record_r35_the_verdict_does_not_wait_for_a_database_and_the_record_does() {
    let Some(server) = Server::start(&[]).map(Arc::new) else {
        return;
    };
    let database = server.database();
    let shop = shop();
    let run = |user: &str, arguments: &[&str]| {
        let address = database.address_of(user);
        end(krgate(shop.path(), arguments).env("KRGATE_LEDGER", address))
    };
    let early = run("gate", &CHECK);
    assert_eq!(early.code, 4);
    assert!(
        early.stderr.contains("krgate records init"),
        "{}",
        early.stderr
    );
    let ready = run("owner", &["records", "init"]);
    assert_eq!(ready.code, 0, "{}", ready.stderr);
    assert!(
        ready.stdout.starts_with("ready: postgres://"),
        "{}",
        ready.stdout
    );
    database.grant();
    let pushed = run("gate", &["records", "push"]);
    assert!(pushed.stdout.starts_with("stored: "), "{}", pushed.stderr);
    let again = run("gate", &CHECK);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("recorded already: run "),
        "{}",
        again.stderr
    );

    server.stop();
    let later = |arguments: &[&str]| {
        let mut command = krgate(shop.path(), arguments);
        let address = database.address_of("gate");
        end(command
            .env("KRGATE_LEDGER", address)
            .env("KRGATE_NOW", "2026-11-17T12:00:00Z"))
    };
    let ended = later(&CHECK);
    assert_eq!(ended.code, 4);
    for part in ["ledger-unreachable", ".krgate/spool/", "passed"] {
        let said = [ended.stdout.as_str(), &ended.stderr].concat();
        assert!(said.to_lowercase().contains(part), "{part}: {said}");
    }
    let kept = later(&["records", "push"]);
    assert_eq!(kept.code, 4);
    assert!(kept.stdout.starts_with("kept: "), "{}", kept.stdout);

    server.resume();
    let pushed = later(&["records", "push"]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert!(pushed.stdout.starts_with("stored: "), "{}", pushed.stdout);
    let verified = run("gate", &["records", "verify"]);
    assert_eq!(
        (verified.stdout.as_str(), verified.stderr.as_str()),
        ("whole: 2 records and 0 checkpoints (exit 0)\n", "")
    );
    let verified = run("owner", &["records", "verify"]);
    assert_eq!(verified.code, 0);
    assert!(
        verified.stderr.contains("warning[ledger-rights]"),
        "{}",
        verified.stderr
    );
    let compact = run("gate", &["records", "compact"]);
    assert_eq!(compact.code, 2);
    assert!(
        compact.stderr.contains("nothing to compact"),
        "{}",
        compact.stderr
    );
    let scan = database.store().scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.records.len(), 2);
}

#[test]
fn record_r30_a_password_comes_from_the_environment_and_is_never_shown() {
    let shop = shop();
    let word = ["moss", "anvil"].join("-");
    let in_address = format!("postgres://gate:{word}@db.example/ledger");
    for arguments in [
        &["records", "list", "--ledger", in_address.as_str()][..],
        &[
            "check",
            "--record",
            "--event",
            "state",
            "--ledger",
            &in_address,
        ],
    ] {
        let ended = end(&mut krgate(shop.path(), arguments));
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("PGPASSWORD"), "{}", ended.stderr);
        assert!(!ended.stderr.contains(&word), "{}", ended.stderr);
        assert!(!ended.stdout.contains(&word), "{}", ended.stdout);
    }
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let address = ledger.address_of("gate");
    let bare = address.replace("gate@", "");
    let with = |password: &str| {
        let mut command = krgate(shop.path(), &["records", "list", "--ledger", &bare]);
        end(command.env("PGUSER", "gate").env("PGPASSWORD", password))
    };
    let trusted = with(&word);
    assert_eq!(trusted.code, 0, "{}", trusted.stderr);
}

#[test]
fn record_r30_the_doctor_warns_of_a_role_that_may_do_more_than_add_and_read() {
    let Some(server) = Server::shared() else {
        return;
    };
    let shop = shop();
    let ledger = server.ledger();
    let ask = |address: &str| {
        let ended = end(&mut krgate(shop.path(), &["doctor", "--ledger", address]));
        (ended.code, ended.stdout, ended.stderr)
    };
    // It finds no gate, whatever the ledger says.
    let (code, said, _) = ask(&ledger.address_of("gate"));
    assert_eq!((code, said.contains("ledger-rights")), (1, false), "{said}");
    assert!(said.contains("asked the ledger postgres://gate@"), "{said}");
    let (code, said, _) = ask(&ledger.address_of("owner"));
    assert_eq!(code, 1);
    assert!(said.contains("warning[ledger-rights]"), "{said}");
    assert!(said.contains("1 warning, 0 notes (exit 1)"), "{said}");
    let (code, said, wrong) = ask(&server.database().address_of("gate"));
    assert_eq!(code, 4, "{said}");
    assert!(wrong.contains("krgate records init"), "{wrong}");
}

#[test]
fn record_r30_a_wrong_password_and_a_missing_one_are_refused() {
    let Some(server) = Server::start(&["password_encryption=scram-sha-256"]).map(Arc::new) else {
        return;
    };
    let ledger = server.ledger();
    let word = ["moss", "anvil"].join("-");
    ledger.sql(&format!("ALTER ROLE gate PASSWORD '{word}'"));
    let rules = "local all owner trust\nlocal all gate scram-sha-256\n";
    fs::write(server.folder.path().join("data/pg_hba.conf"), rules).unwrap();
    ledger.sql("SELECT pg_reload_conf()");
    server.stop();
    server.resume();
    let shop = shop();
    let address = ledger.address_of("gate");
    let run = |password: &str| {
        let mut command = krgate(shop.path(), &["records", "list", "--ledger", &address]);
        end(command.env("PGPASSWORD", password))
    };
    assert_eq!(run(&word).code, 0);
    for password in ["", "another-word"] {
        let ended = run(password);
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        assert!(ended.stderr.contains("PGPASSWORD"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("another-word"), "{}", ended.stderr);
    }
}

/// Over a network the connection is one of TLS, to a server whose certificate is trusted.
/// `127.0.0.2` is this machine, and is not taken for it.
#[cfg(target_os = "linux")]
#[test]
fn record_r30_over_a_network_only_a_server_that_is_trusted_is_spoken_to() {
    let free = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let Some(server) = Server::on(port, &["listen_addresses=127.0.0.2"]) else {
        return;
    };
    let server = Arc::new(server);
    let folder = server.folder.path();
    let wanted = "[req]\ndistinguished_name = name\nx509_extensions = of_server\nprompt = no\n\
                  [name]\nCN = ledger\n\
                  [of_server]\nsubjectAltName = IP:127.0.0.2\nbasicConstraints = CA:FALSE\n";
    fs::write(folder.join("wanted"), wanted).unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"])
        .arg("-config")
        .arg(folder.join("wanted"))
        .arg("-keyout")
        .arg(folder.join("data/server.key"))
        .arg("-out")
        .arg(folder.join("data/server.crt"))
        .env_clear()
        .env("PATH", search_path())
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: there is no openssl to make a certificate");
        return;
    }
    let ledger = server.ledger();
    fs::write(
        folder.join("data/pg_hba.conf"),
        "local all all trust\nhost all all 127.0.0.0/8 trust\n",
    )
    .unwrap();
    let certificate = folder.join("data/server.crt");
    let trusted = folder.join("trusted.pem");
    fs::copy(&certificate, &trusted).unwrap();
    for name in ["server.key", "server.crt"] {
        hand_over(folder, &folder.join("data").join(name));
    }
    let shop = shop();
    let address = format!("postgres://gate@127.0.0.2:{port}/{}", ledger.name);
    let run = |roots: Option<&Path>| {
        let mut command = krgate(shop.path(), &["records", "list", "--ledger", &address]);
        if let Some(roots) = roots {
            command.env("SSL_CERT_FILE", roots);
        }
        end(&mut command)
    };
    server.stop();
    server.resume();
    let plain = run(Some(&trusted));
    assert_eq!(plain.code, 4, "{}", plain.stderr);
    assert!(plain.stderr.contains("TLS"), "{}", plain.stderr);
    server.stop();
    fs::write(folder.join("data/postgresql.auto.conf"), "ssl = on\n").unwrap();
    server.resume();
    let stranger = run(None);
    assert_eq!(stranger.code, 4, "{}", stranger.stderr);
    assert!(
        stranger.stderr.contains("certificate"),
        "{}",
        stranger.stderr
    );
    let known = run(Some(&trusted));
    assert_eq!(known.code, 0, "{}", known.stderr);
}
