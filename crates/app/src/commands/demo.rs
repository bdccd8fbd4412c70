//! `mercer demo`: a simulated shop, computed and served.

mod offers;

use std::sync::Arc;

use anyhow::{Context, Result};
use mercer_db::Location;
use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_record::import::{self, ImportStart};
use mercer_record::keep::ChannelDefaults;
use mercer_simshop::config::Config;
use mercer_simshop::shop::Shop as Simulated;
use mercer_simshop::source::CHANNEL;

use super::access::make_link;
use crate::cli::Demo;
use crate::output;
use crate::serve;
use crate::settings::Settings;
use crate::shop::Shop;

/// Folder of the demo, so that it never touches a merchant's own data.
const FOLDER: &str = "mercer-demo/";
/// Who is signed in by the demo's link.
const EMAIL: &str = "owner@example.com";

pub(super) fn run(
    settings: Settings,
    has_own_database: bool,
    demo: &Demo,
    json: bool,
) -> Result<()> {
    let mut settings = settings.with("shop_name", "The simulated shop".to_owned());
    if !has_own_database {
        settings = settings.with("database", FOLDER.to_owned());
    }
    if let Some(listen) = &demo.listen {
        settings = settings.with("listen", listen.clone());
    }
    // Before minutes of work: an address in use is told at once.
    let listener = if demo.no_serve { None } else { Some(serve::bind(settings.listen()?)?) };
    if let Some(listener) = &listener {
        // The port is chosen only now when 0 was asked for; the printed link needs it.
        settings = settings.with("listen", listener.local_addr()?.to_string());
    }
    if demo.fresh {
        remove(&settings.database())?;
    }
    let shop = Shop::open(settings)?;
    let counts = shop.context.db.read(mercer_record::read::counts)?;
    if counts.n_orders == 0 {
        make(&shop, demo)?;
        offers::make(&shop)?;
    }
    shop.settle()?;
    let Some(listener) = listener else { return super::status::run(&shop, json) };
    output::line(format!("Sign in: {}", make_link(&shop, EMAIL, "Shop owner")?));
    serve::run_on(shop, listener)
}

fn remove(database: &Location) -> Result<()> {
    if let Location::Sqlite(path) = database {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(suffix);
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).context("the demo's old data cannot be removed");
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn make(shop: &Shop, demo: &Demo) -> Result<()> {
    output::note("Simulating two years of a shop …");
    let clock = &shop.context.clock;
    let ratio = f64::from(demo.orders) / 25_000.0;
    let usual = Config::default();
    let config = Config {
        seed: Seed(demo.seed),
        n_orders_target: demo.orders,
        n_customers: (f64::from(usual.n_customers) * ratio).max(50.0) as u32,
        end: clock.now(),
        currency: Currency::GBP,
        ..usual
    };
    let simulated = Arc::new(Simulated::simulate(&config)?);
    let mut source = simulated.source(CHANNEL);
    let start = ImportStart {
        file_name: format!("simulated shop, seed {}", demo.seed),
        preset: "simulated".to_owned(),
        dry_run: false,
        currency: config.currency.code().to_owned(),
    };
    let defaults = ChannelDefaults {
        channel: CHANNEL.to_owned(),
        time_zone: "Europe/London".to_owned(),
        currency: config.currency,
    };
    let begun = import::begin(&shop.context.db, clock.now(), &start)?;
    let done = import::run(&shop.context.db, &**clock, defaults, begun, &mut source, &mut |_| {})?;
    output::note(format!(
        "{} orders of {} customers in {:.1} s; computing …",
        done.orders, done.customers, done.seconds
    ));
    Ok(())
}
