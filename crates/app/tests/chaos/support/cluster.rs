//! A PostgreSQL of a test's own, to stop and start as it likes.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::must;

/// A cluster in a temporary folder, stopped and removed at the end.
pub struct Cluster {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    is_root: bool,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        let programs = programs();
        let is_root = must(id()).stdout.starts_with(b"0");
        // The usual folder may be one that nobody cannot reach.
        let base = if is_root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new()
            .prefix("mercer-postgres")
            .tempdir_in(base)
            .expect("a temporary folder");
        let port = free_port();
        let cluster = Self { programs, folder, port, is_root };
        if is_root {
            let mut chown = Command::new("chown");
            chown.arg("nobody").arg(cluster.folder.path());
            must(chown);
        }
        let data = cluster.data();
        let mut initdb = cluster.program("initdb");
        initdb.args(["-D", &data, "-U", "mercer", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        must(initdb);
        cluster.begin();
        cluster
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// PostgreSQL refuses to run as root: then it runs as nobody.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }

    /// Starts it again.
    pub fn begin(&self) {
        let folder = self.folder.path().display();
        // A commit still waits for the log: what is lost is lost by Mercer, not by PostgreSQL.
        let options = format!("-p {} -k {folder} -h 127.0.0.1 -c fsync=off", self.port);
        let mut start = self.program("pg_ctl");
        let log = format!("{folder}/server.log");
        start.args(["-D", &self.data(), "-w", "-t", "60", "-l", &log, "-o", &options, "start"]);
        // Inherited pipes would stay open as long as the server runs.
        let status = start
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .expect("pg_ctl starts");
        let log = std::fs::read_to_string(log).unwrap_or_default();
        assert!(status.success(), "PostgreSQL did not start: {log}");
    }

    /// Stops it at once, as a crash does.
    pub fn stop(&self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-D", &self.data(), "-w", "-m", "immediate", "stop"]);
        must(stop);
    }

    /// Has it speak TLS with this certificate from now on, and refuse whoever does not.
    pub fn encrypt(&self, certificate: &Path, key: &Path) {
        self.stop();
        let data = PathBuf::from(self.data());
        for (file, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let mut install = Command::new("install");
            if self.is_root {
                install.args(["-o", "nobody"]);
            }
            // PostgreSQL takes no key that others may read.
            install.args(["-m", "600"]).arg(file).arg(data.join(name));
            must(install);
        }
        std::fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n")
            .expect("the rules");
        std::fs::write(data.join("postgresql.auto.conf"), "ssl = on\n").expect("the settings");
        self.begin();
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("postgres://mercer@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-D", &self.data(), "-m", "immediate", "stop"]);
        let _ = stop.output();
    }
}

fn id() -> Command {
    let mut id = Command::new("id");
    id.arg("-u");
    id
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// The folder of PostgreSQL's server programs.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.filter_map(Result::ok).map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = debian.collect();
    candidates.sort();
    candidates.reverse();
    candidates.extend(std::env::split_paths(&path));
    candidates
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .expect(
            "PostgreSQL's server programs initdb and pg_ctl are missing: `make test-tools` \
             installs them",
        )
}
