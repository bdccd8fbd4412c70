//! Many customers at once on the real binary, which may be killed and started again meanwhile.
//!
//! What was cut off by a kill is asked again, as a storefront does; so every request is answered in
//! the end, and what the answers say can be compared with the tables to the last unit.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread::{ScopedJoinHandle, sleep};
use std::time::Duration;

use mercer_testkit::TestBed;

use super::http::{Answer, Ask, Kept};
use super::program::{Server, now, url, write_key};
use super::retail::Dice;

/// An answer comes within this many seconds on the busiest machine, kills included.
const PATIENCE_SECONDS: u64 = 120;
/// A kill comes at most this many milliseconds after the answer that it waited for, so that it finds
/// requests at any point.
const LATER_MILLIS_MAX: u64 = 20;

/// Pause between looks for a server that was started again.
const LOOK_MILLIS: u64 = 10;
/// Looks before the old one is tried again: it may have closed one connection only.
const N_LOOKS: u32 = 50;

/// A server with many customers.
pub struct Service<'a> {
    pub bed: &'a TestBed,
    database: String,
    key: String,
    server: Server,
    line: Line,
}

/// Where the server is now, and what came of it.
struct Line {
    address: RwLock<String>,
    n_answers: AtomicU64,
    n_cut_off: AtomicU64,
}

/// How a piece of work is put on a server.
pub struct Load {
    pub n_clients: usize,
    /// The server is killed after so many answers each, in rising order.
    pub kills: Vec<u64>,
}

/// A piece of work that is done.
pub struct Done<R> {
    /// In the order of what was asked for.
    pub results: Vec<R>,
    pub n_answers: u64,
    pub n_kills: u64,
    pub n_cut_off: u64,
    pub seconds: f64,
}

impl<R> Done<R> {
    /// Time and rate, for people.
    pub fn figures(&self, what: &str) -> String {
        let Self { n_answers, n_kills, n_cut_off, seconds, .. } = self;
        let rate = *n_answers as f64 / seconds;
        let mut text = format!("{what}: {n_answers} requests in {seconds:.1} s, {rate:.0}/s");
        if *n_kills > 0 {
            text.push_str(&format!(", {n_kills} kills cut off {n_cut_off}"));
        }
        text
    }
}

/// Instants of kills: every other among the first answers, the rest among all of them.
pub fn kills(n_kills: u64, n_early: u64, n_all: u64) -> Vec<u64> {
    let mut dice = Dice::new(n_kills + n_all);
    let mut after: Vec<u64> = (0..n_kills)
        .map(|n| dice.below(if n.is_multiple_of(2) { n_early } else { n_all }))
        .collect();
    after.sort_unstable();
    after
}

impl<'a> Service<'a> {
    /// Starts it on a test's database.
    pub fn start(bed: &'a TestBed) -> Self {
        let (folder, database) = (bed.folder.path(), url(&bed.location));
        let key = write_key(folder, &database);
        let server = Server::start(folder, &database);
        let line = Line {
            address: RwLock::new(server.address.clone()),
            n_answers: AtomicU64::new(0),
            n_cut_off: AtomicU64::new(0),
        };
        Self { bed, database, key, server, line }
    }

    /// One customer.
    pub fn client(&self) -> Client<'_> {
        Client { line: &self.line, key: &self.key, kept: None }
    }

    /// Ends it without a word.
    pub fn kill(self) {
        let log = self.server.kill();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// Does something with each item, many at once. Between a kill and the next start `look` may
    /// look at the tables.
    pub fn together<T: Sync, R: Send>(
        &mut self,
        items: &[T],
        load: &Load,
        look: impl Fn(),
        one: impl Fn(&mut Client<'_>, &T) -> R + Sync,
    ) -> Done<R> {
        let Self { bed, database, key, server, line } = self;
        let (line, key) = (&*line, key.as_str());
        line.n_answers.store(0, Ordering::SeqCst);
        line.n_cut_off.store(0, Ordering::SeqCst);
        let next = AtomicUsize::new(0);
        let begun = now();
        let mut dice = Dice::new(items.len() as u64);
        let mut n_kills = 0;
        let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
            let work = || {
                let mut client = Client { line, key, kept: None };
                let mut done = Vec::new();
                loop {
                    let nth = next.fetch_add(1, Ordering::SeqCst);
                    let Some(item) = items.get(nth) else { return done };
                    done.push((nth, one(&mut client, item)));
                }
            };
            let working: Vec<_> = (0..load.n_clients).map(|_| scope.spawn(work)).collect();
            for after in &load.kills {
                if !line.wait_for(*after, &working) {
                    break;
                }
                sleep(Duration::from_millis(dice.below(LATER_MILLIS_MAX)));
                restart(bed.folder.path(), database, (server, line), &look);
                n_kills += 1;
            }
            working.into_iter().flat_map(|one| one.join().expect("a client")).collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(n_kills, load.kills.len() as u64, "the work ended before all kills");
        results.sort_by_key(|(nth, _)| *nth);
        Done {
            results: results.into_iter().map(|(_, result)| result).collect(),
            n_answers: line.n_answers.load(Ordering::SeqCst),
            n_kills,
            n_cut_off: line.n_cut_off.load(Ordering::SeqCst),
            seconds,
        }
    }
}

fn restart(folder: &Path, database: &str, (server, line): (&mut Server, &Line), look: &impl Fn()) {
    let log = server.end();
    assert!(!log.contains("panicked"), "{log}");
    look();
    *server = Server::start(folder, database);
    let mut address = line.address.write().unwrap_or_else(PoisonError::into_inner);
    address.clone_from(&server.address);
}

impl Line {
    /// Waits for that many answers; false when the clients ended before.
    fn wait_for<R>(&self, n_wanted: u64, working: &[ScopedJoinHandle<'_, R>]) -> bool {
        while self.n_answers.load(Ordering::SeqCst) < n_wanted {
            if working.iter().all(ScopedJoinHandle::is_finished) {
                return false;
            }
            sleep(Duration::from_millis(1));
        }
        true
    }
}

/// One customer's storefront.
pub struct Client<'a> {
    line: &'a Line,
    key: &'a str,
    kept: Option<Kept>,
}

impl Client<'_> {
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask(Ask::get(path, self.key))
    }

    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask(Ask::post(path, self.key, body))
    }

    pub fn put(&mut self, path: &str, body: &str) -> Answer {
        self.ask(Ask { method: "PUT", ..Ask::post(path, self.key, body) })
    }

    pub fn delete(&mut self, path: &str) -> Answer {
        self.ask(Ask { method: "DELETE", ..Ask::get(path, self.key) })
    }

    fn ask(&mut self, ask: Ask<'_>) -> Answer {
        let begun = now();
        loop {
            match self.ask_once(ask) {
                Ok(answer) => {
                    self.line.n_answers.fetch_add(1, Ordering::SeqCst);
                    return answer;
                }
                Err(error) => {
                    if self.kept.take().is_some() {
                        self.line.n_cut_off.fetch_add(1, Ordering::SeqCst);
                    }
                    let waited = begun.elapsed();
                    assert!(waited < Duration::from_secs(PATIENCE_SECONDS), "{waited:?}: {error}");
                    self.wait_for_another();
                }
            }
        }
    }

    /// Waits until the server is elsewhere, for a while: hundreds who knock at a closed door all the
    /// time would keep it from being opened.
    fn wait_for_another(&self) {
        let address = || self.line.address.read().unwrap_or_else(PoisonError::into_inner).clone();
        let before = address();
        for _ in 0..N_LOOKS {
            sleep(Duration::from_millis(LOOK_MILLIS));
            if address() != before {
                return;
            }
        }
    }

    fn ask_once(&mut self, ask: Ask<'_>) -> std::io::Result<Answer> {
        let kept = match &mut self.kept {
            Some(kept) => kept,
            None => {
                let address = self.line.address.read().unwrap_or_else(PoisonError::into_inner);
                self.kept.insert(Kept::open(&address)?)
            }
        };
        kept.ask(ask)
    }
}

/// What was acknowledged so far, by all customers.
#[derive(Default)]
pub struct Acknowledged(Mutex<BTreeSet<String>>);

impl Acknowledged {
    pub fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    pub fn all(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
