//! The server's life: bind, work in the background, serve, stop gracefully.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use mercer_http::server;

use crate::shop::Shop;
use crate::{api, output};

/// Pause of the background worker when nothing is due: a second is soon enough for jobs, and two
/// tiny queries a second cost nothing.
const PAUSE_MILLIS: u64 = 1_000;
/// Pause after a failure, so that a database that is away is not asked all the time.
const PAUSE_AFTER_FAILURE_MILLIS: u64 = 5_000;

/// Takes the address, or says who could not have it.
///
/// # Errors
/// It is in use or cannot be had.
pub fn bind(address: SocketAddr) -> Result<std::net::TcpListener> {
    match std::net::TcpListener::bind(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "{address} is in use: stop what uses it, or choose another with --listen \
             127.0.0.1:PORT"
        ),
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

/// Serves a shop on its configured address until it is told to stop.
///
/// # Errors
/// The address cannot be had, or the listener fails.
pub fn run(shop: Shop) -> Result<()> {
    let listener = bind(shop.settings.listen()?)?;
    run_on(shop, listener)
}

/// As [`run`], on a listener that is already bound.
///
/// # Errors
/// The listener fails.
pub fn run_on(shop: Shop, listener: std::net::TcpListener) -> Result<()> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let shop = Arc::new(shop);
    shop.recommender.refresh()?;
    schedule_housekeeping(&shop)?;
    let stopping = Arc::new(AtomicBool::new(false));
    let worker = start_worker(shop.clone(), stopping.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = api::router(&shop);
        tracing::info!(address = %address, database = shop.context.db.shown(), "serving");
        output::line(format!("Serving at http://{address}"));
        server::serve(listener, router, told_to_stop()).await
    });
    tracing::info!("stopping");
    stopping.store(true, Ordering::SeqCst);
    if worker.join().is_err() {
        tracing::error!("the worker had panicked");
    }
    runtime.shutdown_timeout(Duration::from_secs(server::STOP_SECONDS));
    served?;
    Ok(())
}

/// Sees to it that what runs every day does, once it has begun.
fn schedule_housekeeping(shop: &Shop) -> Result<()> {
    let now = shop.context.clock.now();
    match shop.context.db.write(|tx| mercer_promotions::quote::purge::schedule(tx, now)) {
        // A database that may only be read is served all the same.
        Err(mercer_db::DbError::ReadOnly { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Comes when the process is interrupted or terminated.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

/// The background worker: facts to subscribers, due jobs, fresh pictures, figures.
fn start_worker(shop: Arc<Shop>, stopping: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while !stopping.load(Ordering::SeqCst) {
            let pause = match work(&shop) {
                Ok(true) => 0,
                Ok(false) => PAUSE_MILLIS,
                Err(error) => {
                    tracing::error!(error = output::with_causes(&error), "background work stopped");
                    PAUSE_AFTER_FAILURE_MILLIS
                }
            };
            // In steps, so that a stop is not kept waiting.
            for _ in 0..pause / 50 {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    })
}

fn work(shop: &Shop) -> Result<bool> {
    let did_anything = shop.work_once()?;
    shop.recommender.refresh()?;
    let metrics = &shop.context.metrics;
    let (jobs, n_open) = shop.context.db.read(|tx| {
        Ok::<_, mercer_db::DbError>((mercer_jobs::counts(tx)?, mercer_decisions::n_open(tx)?))
    })?;
    for (state, n) in jobs {
        metrics.set(&format!("jobs_{}", state.name()), n as f64);
    }
    metrics.set("decisions_open", n_open as f64);
    Ok(did_anything)
}
