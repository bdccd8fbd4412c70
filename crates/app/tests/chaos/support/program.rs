//! Starts the binary and waits for it, never longer than a limit.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use mercer_db::Location;
use serde_json::Value;

/// The longest that a command of these tests may take, on a busy machine.
const PATIENCE_SECONDS: u64 = 120;

/// The instant, for measuring how long a child takes.
#[expect(clippy::disallowed_methods, reason = "children run on the real clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// The location as `--database` takes it.
pub fn url(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => path.display().to_string(),
        Location::Postgres(url) => url.clone(),
    }
}

/// The binary with nothing of this machine's settings.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_mercer")
}

/// Takes this machine's settings of Mercer away from a command.
pub fn bare(mut command: Command, folder: &Path) -> Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("MERCER_") {
            command.env_remove(name);
        }
    }
    command.env("MERCER_LOG", "warn").current_dir(folder).stdin(Stdio::null());
    command
}

/// `mercer` with these arguments, in a folder.
pub fn mercer(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(Command::new(binary()), folder);
    command.args(arguments);
    command
}

/// What a command came to.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.out, self.err))
    }

    /// The same, if the command succeeded.
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// The same, if the command failed with exit code 1 and says all of this.
    pub fn bad(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in: {}", self.err);
        }
        self
    }
}

/// Runs a command to its end; it must not panic.
pub fn run(mut command: Command) -> Ran {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let begun = now();
    // Both pipes are read meanwhile: a full one would stop the child.
    let out = reader(child.stdout.take().expect("a pipe"));
    let err = reader(child.stderr.take().expect("a pipe"));
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(PATIENCE_SECONDS) {
            child.kill().expect("a kill");
            panic!("{command:?} did not end in {PATIENCE_SECONDS} seconds");
        }
        sleep(Duration::from_millis(2));
    };
    let ran = Ran {
        code: status.code(),
        out: out.join().expect("standard output"),
        err: err.join().expect("standard error"),
    };
    assert!(!ran.err.contains("panicked"), "{command:?}: {}", ran.err);
    ran
}

fn reader(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Runs a program that must succeed.
pub fn must(mut command: Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A server on a free port; killed when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    log: Option<std::thread::JoinHandle<String>>,
    _out: BufReader<ChildStdout>,
}

impl Server {
    /// Starts `mercer serve` and waits until it listens.
    pub fn start(folder: &Path, database: &str) -> Self {
        let arguments = ["--database", database, "serve", "--listen", "127.0.0.1:0"];
        let mut command = mercer(folder, &arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let log = reader(child.stderr.take().expect("a pipe"));
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let Some(address) = line.trim().strip_prefix("Serving at http://") else {
            let _ = child.kill();
            panic!("the server does not serve: {line}{}", log.join().expect("the log"));
        };
        Self { child, address: address.to_owned(), log: Some(log), _out: out }
    }

    /// Kills it without a word, as a power cut does; its log.
    pub fn kill(mut self) -> String {
        self.end()
    }

    /// As [`Server::kill`], of one that is borrowed.
    pub fn end(&mut self) -> String {
        let Some(log) = self.log.take() else { return String::new() };
        let _ = self.child.kill();
        let _ = self.child.wait();
        log.join().expect("the log")
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let log = self.end();
        assert!(
            std::thread::panicking() || !log.contains("panicked"),
            "the server panicked: {log}"
        );
    }
}

/// Makes an API key that may write.
pub fn write_key(folder: &Path, database: &str) -> String {
    let arguments =
        ["--database", database, "--json", "key", "create", "--name", "test", "--scope", "write"];
    let key = run(mercer(folder, &arguments)).good().json();
    key["secret"].as_str().expect("a secret").to_owned()
}
