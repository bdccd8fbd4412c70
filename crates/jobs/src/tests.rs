use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mercer_core::clock::Clock;
use mercer_testkit::{TestBed, on_both};
use serde_json::json;

use super::*;

#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<Value>>,
    n_failures: AtomicUsize,
}

impl JobHandler for Recorder {
    fn kind(&self) -> &'static str {
        "record"
    }

    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError> {
        context.heartbeat().map_err(JobError::retry)?;
        if self.n_failures.load(Ordering::SeqCst) > 0 {
            self.n_failures.fetch_sub(1, Ordering::SeqCst);
            return Err(JobError::retry("the provider is away"));
        }
        self.seen.lock().unwrap().push(payload.clone());
        Ok(())
    }
}

fn worker(t: &TestBed, handler: &Arc<Recorder>) -> Worker {
    Worker { db: t.db.clone(), clock: t.clock.clone(), handlers: vec![handler.clone()] }
}

fn job(n: i64, due_at: Timestamp) -> NewJob {
    NewJob { kind: "record", unique_key: None, payload: json!({ "n": n }), due_at }
}

#[test]
fn a_timer_fires_when_it_is_due_and_in_order() {
    on_both("jobs_timer", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let recorder = Arc::new(Recorder::default());
        let worker = worker(t, &recorder);
        t.db.write(|tx| {
            schedule(tx, now, &job(2, now + SignedDuration::from_secs(20)))?;
            schedule(tx, now, &job(1, now + SignedDuration::from_secs(10)))
        })
        .unwrap();
        assert_eq!(worker.run_due(10).unwrap(), Report::default());
        t.clock.advance_seconds(10);
        assert_eq!(worker.run_due(10).unwrap().n_done, 1);
        t.clock.advance_seconds(10);
        assert_eq!(worker.run_due(10).unwrap().n_done, 1);
        assert_eq!(*recorder.seen.lock().unwrap(), [json!({"n": 1}), json!({"n": 2})]);
    });
}

#[test]
fn one_waiting_job_for_a_key_is_enough() {
    on_both("jobs_key", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let recorder = Arc::new(Recorder::default());
        let later = now + SignedDuration::from_secs(60);
        let keyed = NewJob { unique_key: Some("recompute".into()), ..job(1, now) };
        let late = NewJob { due_at: later, ..keyed.clone() };
        let added = t
            .db
            .write(|tx| Ok::<_, DbError>([schedule(tx, now, &late)?, schedule(tx, now, &keyed)?]));
        assert_eq!(added.unwrap(), [true, false]);
        // The second asked for an earlier instant: the one that waits is due now.
        assert_eq!(worker(t, &recorder).run_due(10).unwrap().n_done, 1);
        assert!(t.db.write(|tx| schedule(tx, now, &keyed)).unwrap());
    });
}

#[test]
fn a_failing_job_waits_longer_each_time_is_parked_and_can_be_retried() {
    on_both("jobs_retry", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let recorder = Arc::new(Recorder::default());
        recorder.n_failures.store(N_ATTEMPTS_MAX as usize, Ordering::SeqCst);
        let worker = worker(t, &recorder);
        t.db.write(|tx| schedule(tx, now, &job(1, now))).unwrap();
        let mut waits = Vec::new();
        for _ in 1..N_ATTEMPTS_MAX {
            assert_eq!(worker.run_due(10).unwrap().n_retried, 1);
            let job = t.db.read(|tx| list(tx, None, 10)).unwrap().remove(0);
            let wait = job.due_at.duration_since(t.clock.now());
            waits.push(wait.as_secs());
            t.clock.advance_seconds(wait.as_secs() + 1);
        }
        assert!(waits.windows(2).all(|pair| pair[1] > pair[0] * 3 / 2), "{waits:?}");
        assert_eq!(worker.run_due(10).unwrap().n_parked, 1);
        let parked = t.db.read(|tx| list(tx, Some(JobState::Parked), 10)).unwrap().remove(0);
        assert_eq!(parked.last_error.as_deref(), Some("the provider is away"));
        t.db.write(|tx| retry(tx, &parked.id, t.clock.now())).unwrap();
        assert_eq!(worker.run_due(10).unwrap().n_done, 1);
    });
}

#[test]
fn a_job_whose_worker_died_is_taken_over_after_its_lease() {
    on_both("jobs_lease", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let recorder = Arc::new(Recorder::default());
        t.db.write(|tx| schedule(tx, now, &job(1, now))).unwrap();
        let dead = t.db.write(|tx| claim(tx, now, 1)).unwrap();
        assert_eq!(dead.len(), 1);
        let worker = worker(t, &recorder);
        assert_eq!(worker.run_due(10).unwrap(), Report::default());
        t.clock.advance_seconds(LEASE_SECONDS + 1);
        assert_eq!(worker.run_due(10).unwrap().n_done, 1);
    });
}

#[test]
fn a_job_without_a_handler_is_parked_with_the_reason() {
    on_both("jobs_unknown", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let unknown = NewJob { kind: "unheard_of", ..job(1, now) };
        t.db.write(|tx| schedule(tx, now, &unknown)).unwrap();
        let worker = Worker { db: t.db.clone(), clock: t.clock.clone(), handlers: Vec::new() };
        assert_eq!(worker.run_due(10).unwrap().n_parked, 1);
        let job = t.db.read(|tx| list(tx, None, 1)).unwrap().remove(0);
        assert_eq!(job.last_error.as_deref(), Some("no handler for jobs of kind unheard_of"));
        assert_eq!(t.db.read(counts).unwrap()[2], (JobState::Parked, 1));
    });
}

#[test]
fn workers_side_by_side_never_run_a_job_twice() {
    on_both("jobs_parallel", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let recorder = Arc::new(Recorder::default());
        t.db.write(|tx| {
            for n in 0..60 {
                schedule(tx, now, &job(n, now))?;
            }
            Ok::<_, DbError>(())
        })
        .unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| worker(t, &recorder).run_due(100).unwrap().n_done);
            }
        });
        let mut seen: Vec<i64> =
            recorder.seen.lock().unwrap().iter().map(|p| p["n"].as_i64().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..60).collect::<Vec<_>>());
    });
}
