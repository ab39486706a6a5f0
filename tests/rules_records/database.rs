//! A real server of PostgreSQL, which the tests start themselves on a Unix socket, and
//! databases in it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use ::postgres::{Client, Config, NoTls};
use krgate::ci::Environment;
use krgate::record::store::RecordStore;
use krgate::record::store::postgres::{Address, PostgresStore};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::ground::search_path;
use super::suite::Ground;

/// PostgreSQL refuses to run as root: this user then runs it (`nobody`).
const NOBODY: u32 = 65534;

/// A server, stopped when nobody uses it any more.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    binaries: PathBuf,
    settings: Vec<String>,
    pub(crate) port: u16,
    child: Mutex<Option<Child>>,
    databases: AtomicUsize,
}

/// Where `initdb` and `postgres` are.
fn binaries() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut installed: Vec<PathBuf> = installed
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    installed.sort();
    let path = search_path();
    let mut all: Vec<PathBuf> = std::env::split_paths(&path).collect();
    all.extend(installed.into_iter().rev());
    let both = |folder: &PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|n| folder.join(n).is_file())
    };
    all.into_iter().find(both)
}

impl Server {
    /// The server that the tests share; `None` where PostgreSQL is not installed.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start(&[])?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// A server of one's own, with settings of its own.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        Self::on(5432, settings)
    }

    /// One of which the port counts, since it listens on more than its socket.
    pub(crate) fn on(port: u16, settings: &[&str]) -> Option<Self> {
        let Some(binaries) = binaries() else {
            println!("skipped: PostgreSQL is not installed (no initdb and postgres)");
            return None;
        };
        // The name of a socket has a hundred bytes at most.
        let folder = TempDir::with_prefix_in("krgate-pg-", "/tmp").unwrap();
        if is_root(folder.path()) {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let server = Self {
            folder,
            binaries,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            port,
            child: Mutex::new(None),
            databases: AtomicUsize::new(0),
        };
        let made = server
            .command("initdb")
            .args(["-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions"])
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(made.status.success(), "initdb: {words}");
        server.resume();
        server.sql("postgres", "CREATE ROLE gate LOGIN");
        Some(server)
    }

    /// One of the server's programs, for its data, as a user that it accepts.
    fn command(&self, name: &str) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(self.binaries.join(name));
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", search_path())
            .env("LC_ALL", "C")
            .arg("-D")
            .arg(folder.join("data"));
        let owner = folder.metadata().unwrap().uid();
        if is_root(Path::new("/proc/self")) {
            command.uid(owner).gid(owner);
        }
        command
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn resume(&self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.command("postgres");
        command
            .arg("-k")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses="])
            .args(["-c", "fsync=off", "-c", "max_connections=330"])
            .args(["-c", "shared_buffers=32MB"]);
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        *self.child.lock().unwrap() = Some(child);
        for _ in 0..600 {
            if self.client("postgres", "owner").is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL did not start: {log}");
    }

    /// Stops it at once, and ends every connection.
    pub(crate) fn stop(&self) {
        let mut held = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = held.take() {
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
            let _ = kill(pid, Signal::SIGINT);
            let _ = child.wait();
        }
    }

    fn client(&self, database: &str, user: &str) -> Result<Client, ::postgres::Error> {
        let mut config = Config::new();
        config.host_path(self.folder.path()).port(self.port);
        config.dbname(database).user(user).connect(NoTls)
    }

    /// Runs statements as the owner of everything.
    pub(crate) fn sql(&self, database: &str, statements: &str) {
        let mut client = self.client(database, "owner").unwrap();
        client.batch_execute(statements).unwrap();
    }

    /// An empty database.
    pub(crate) fn database(self: &Arc<Self>) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("ledger{number}");
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        Database {
            server: Arc::clone(self),
            name,
        }
    }

    /// One in which a ledger was made ready for the role `gate`.
    pub(crate) fn ledger(self: &Arc<Self>) -> Database {
        let database = self.database();
        database.store_of("owner").init().unwrap();
        database.grant();
        database
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A database of a server.
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
}

impl Database {
    pub(crate) fn address_of(&self, user: &str) -> String {
        let folder = self.server.folder.path().display();
        let (port, name) = (self.server.port, &self.name);
        format!("postgres://{user}@localhost:{port}/{name}?host={folder}")
    }

    pub(crate) fn store_of(&self, user: &str) -> PostgresStore {
        let address = Address::parse(&self.address_of(user)).unwrap();
        PostgresStore::open(address, &Environment::from_pairs([]))
    }

    /// As the role that records: it may insert and select, and nothing else.
    pub(crate) fn store(&self) -> PostgresStore {
        self.store_of("gate")
    }

    pub(crate) fn grant(&self) {
        self.sql(
            "GRANT SELECT, INSERT ON krgate_records TO gate; GRANT SELECT ON krgate_schema TO gate",
        );
    }

    pub(crate) fn sql(&self, statements: &str) {
        self.server.sql(&self.name, statements);
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client(&self.name, "owner").unwrap()
    }

    /// The one text that a query gives.
    pub(crate) fn text(&self, query: &str) -> String {
        self.client().query_one(query, &[]).unwrap().get(0)
    }
}

impl Ground for Database {
    fn open(&self) -> Box<dyn RecordStore> {
        Box::new(self.store())
    }
}

fn is_root(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| there.uid() == 0)
}

/// Lets the user that runs the server read a file, and nobody else.
pub(crate) fn hand_over(server: &Path, file: &Path) {
    let owner = server.metadata().unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}
