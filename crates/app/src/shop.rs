//! The wiring: database, clock, capabilities, subscribers, jobs. The explicit list of everything.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use jiff::tz::TimeZone;
use mercer_connect::cart::ChannelInfo;
use mercer_connect::files::OrderFiles;
use mercer_connect::history::{Recompute, SalesReader};
use mercer_core::clock::{Clock, Entropy};
use mercer_db::{Db, MigrationSet};
use mercer_facts::Subscriber;
use mercer_forecasts::service::Forecaster;
use mercer_http::context::Context;
use mercer_jobs::Worker;
use mercer_recommendations::service::Recommender;
use mercer_record::history::RecordReader;
use mercer_record::keep::ChannelDefaults;
use mercer_record::ports::RecordPorts;
use mercer_record::segments::FollowSegments;
use mercer_segments::Segmenter;

use crate::offers::Offers;
use crate::recompute::{AskForRecompute, RecomputeAll};
use crate::settings::Settings;
use crate::system::{SystemClock, SystemEntropy};

/// Every table of Mercer, in the order in which they refer to each other.
pub const MIGRATIONS: &[MigrationSet] = &[
    mercer_facts::MIGRATIONS,
    mercer_jobs::MIGRATIONS,
    mercer_decisions::MIGRATIONS,
    mercer_ledger::MIGRATIONS,
    mercer_snapshots::MIGRATIONS,
    mercer_http::MIGRATIONS,
    mercer_record::MIGRATIONS,
    mercer_segments::MIGRATIONS,
    mercer_forecasts::MIGRATIONS,
    mercer_stock::MIGRATIONS,
    mercer_promotions::MIGRATIONS,
    mercer_flash_sales::MIGRATIONS,
    mercer_loyalty::MIGRATIONS,
];

/// Code of the channel that the simulated shop and the API's products belong to by default.
const DEFAULT_CHANNEL: &str = "shop";
/// Jobs run in one round.
const N_JOBS_ROUND: usize = 20;
/// Rounds until everything that follows from a change has been worked off: facts make jobs, jobs
/// make facts, and nothing goes further round than that.
const N_ROUNDS_MAX: usize = 10_000;

/// A shop with all its parts.
pub struct Shop {
    /// The settings it was opened with.
    pub settings: Settings,
    /// What handlers use: database, clock, entropy.
    pub context: Context,
    /// What new channels are given.
    pub defaults: ChannelDefaults,
    /// Reads sales.
    pub reader: Arc<dyn SalesReader>,
    /// Reads order files.
    pub files: Arc<dyn OrderFiles>,
    /// Recommendations.
    pub recommender: Arc<Recommender>,
    /// Segments.
    pub segmenter: Arc<Segmenter>,
    /// Forecasts.
    pub forecaster: Arc<Forecaster>,
    /// Quotes, promotions, flash sales.
    pub offers: Offers,
    /// Runs jobs.
    pub worker: Worker,
    subscribers: Vec<Arc<dyn Subscriber>>,
}

impl Shop {
    /// Opens the shop of the settings on the wall clock, bringing its schema up to date.
    ///
    /// # Errors
    /// The database cannot be opened, or a setting cannot be used.
    pub fn open(settings: Settings) -> Result<Self> {
        Self::open_with(settings, Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// As [`Shop::open`], with another clock and entropy.
    ///
    /// # Errors
    /// As [`Shop::open`].
    pub fn open_with(
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        let defaults = ChannelDefaults {
            channel: DEFAULT_CHANNEL.to_owned(),
            time_zone: settings.time_zone()?,
            currency: settings.currency()?,
        };
        let db = Arc::new(Db::open(&settings.database())?);
        db.migrate(MIGRATIONS, clock.now().as_microsecond())?;
        let reader: Arc<dyn SalesReader> =
            Arc::new(RecordReader { db: db.clone(), currency: defaults.currency });
        let recommender = Arc::new(Recommender::new(db.clone(), clock.clone(), reader.clone()));
        let segmenter = Arc::new(Segmenter::new(db.clone(), clock.clone()));
        let forecaster = Arc::new(Forecaster::new(db.clone(), clock.clone(), reader.clone()));
        let parts: Vec<Arc<dyn Recompute>> =
            vec![recommender.clone(), segmenter.clone(), forecaster.clone()];
        let recompute = RecomputeAll { reader: reader.clone(), parts };
        let context = Context::new(db.clone(), clock.clone(), entropy);
        let zone = TimeZone::get(&defaults.time_zone)?;
        let usual = ChannelInfo {
            code: defaults.channel.clone(),
            currency: defaults.currency.code().to_owned(),
            time_zone: defaults.time_zone.clone(),
        };
        let offers = Offers::new(&context, usual, zone);
        let loyalty = || offers.loyalty.clone();
        let worker = Worker {
            db,
            clock: clock.clone(),
            handlers: vec![
                Arc::new(recompute),
                Arc::new(mercer_decisions::Wake),
                Arc::new(mercer_ledger::ExpireHolds),
                Arc::new(mercer_stock::levels::CheckLevels),
                Arc::new(mercer_promotions::quote::purge::PurgeQuotes),
                Arc::new(mercer_flash_sales::jobs::StartSale),
                Arc::new(mercer_flash_sales::jobs::EndSale),
                Arc::new(mercer_loyalty::jobs::Wake(loyalty())),
                Arc::new(mercer_loyalty::jobs::Backfill(loyalty())),
            ],
        };
        let subscribers: Vec<Arc<dyn Subscriber>> = vec![
            Arc::new(AskForRecompute { clock: clock.clone(), due_at: Mutex::new(None) }),
            Arc::new(FollowSegments),
            Arc::new(mercer_stock::sales::Sales::new(Arc::new(RecordPorts), clock.clone())),
            Arc::new(mercer_promotions::quote::FollowHolds),
            Arc::new(mercer_flash_sales::jobs::FollowHolds { clock: clock.clone() }),
            Arc::new(mercer_loyalty::jobs::FollowRecord(loyalty())),
        ];
        Ok(Self {
            settings,
            context,
            defaults,
            reader,
            files: Arc::new(mercer_csv::port::CsvFiles),
            recommender,
            segmenter,
            forecaster,
            offers,
            worker,
            subscribers,
        })
    }

    /// Folder of uploads and rejects.
    #[must_use]
    pub fn imports_folder(&self) -> PathBuf {
        self.settings.data_folder().join("imports")
    }

    /// Hands facts to subscribers and runs due jobs, one round; whether there was anything to do.
    ///
    /// # Errors
    /// The database's or a subscriber's.
    pub fn work_once(&self) -> Result<bool> {
        let db = &self.context.db;
        let mut did_anything = false;
        for subscriber in &self.subscribers {
            while mercer_facts::is_behind(db, &**subscriber)? {
                did_anything |= mercer_facts::deliver(db, &**subscriber)? > 0;
            }
        }
        let report = self.worker.run_due(N_JOBS_ROUND)?;
        did_anything |= report.n_done + report.n_retried + report.n_parked > 0;
        Ok(did_anything)
    }

    /// Works until nothing is left to do now.
    ///
    /// # Errors
    /// The database's or a subscriber's.
    pub fn settle(&self) -> Result<()> {
        for _ in 0..N_ROUNDS_MAX {
            if !self.work_once()? {
                break;
            }
        }
        Ok(())
    }
}
