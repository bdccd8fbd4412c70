//! The command line: what there is to type. What it does stands in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The back office of an online shop: what to suggest, whom to care for, what will sell, and why.
#[derive(Debug, Parser)]
#[command(
    name = "mercer",
    version,
    propagate_version = true,
    after_help = "Start with:\n  \
        mercer demo                                   a simulated shop at http://127.0.0.1:8080\n  \
        mercer import orders orders.csv.gz            your own orders; columns are found by name\n  \
        mercer serve                                  the console and the API\n\n\
        Every command takes --json. Data lies in ./mercer-data unless --database says otherwise."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Globals {
    /// Folder, SQLite file or postgres:// URL [default: mercer-data/].
    #[arg(long, global = true, env = "MERCER_DATABASE_URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Settings file [default: mercer.toml, if it is there].
    #[arg(long, global = true, env = "MERCER_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print JSON for programs instead of tables for people.
    #[arg(long, global = true)]
    pub json: bool,
    /// How logs are written to standard error.
    #[arg(long, global = true, env = "MERCER_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the console and the API, and do the work that is due.
    Serve(Serve),
    /// Simulate a shop and serve it: a tour without data of your own.
    Demo(Demo),
    /// Import orders or stock from a file.
    #[command(subcommand)]
    Import(Import),
    /// What the shop's record holds and what was computed from it.
    Status,
    /// What to suggest beside a product, to a customer, in a cart.
    Recommend(Recommend),
    /// The customer segments and their figures.
    Segments,
    /// One customer: orders, value, segment and why.
    Customer {
        /// The customer's id (cus_…) or the shop's own.
        id: String,
    },
    /// What a product will sell, with intervals.
    Forecast(Forecast),
    /// What lies where, what is held, what is low.
    Stock(Stock),
    /// What a cart costs: discounts by line and source, what did not apply, what is missing for more.
    Quote(Quote),
    /// Promotions: the list, a new one, its steps, and a draft tried on the past.
    #[command(subcommand)]
    Promotions(Promotions),
    /// How good the engines would have been over the shop's own last weeks.
    Evaluate(Evaluate),
    /// The log of decisions; approve, dismiss or snooze one.
    Decisions(Decisions),
    /// Look for what is wrong with settings, database and data.
    Doctor,
    /// API keys.
    #[command(subcommand)]
    Key(Key),
    /// Users of the console.
    #[command(subcommand)]
    User(User),
    /// Print a link that signs a user in to the console, once.
    SignInLink {
        /// The user's e-mail address; made when new.
        #[arg(long)]
        email: String,
    },
    /// Print the OpenAPI description of the API.
    Openapi,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port [default: 127.0.0.1:8080].
    #[arg(long)]
    pub listen: Option<String>,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Address and port [default: 127.0.0.1:8080].
    #[arg(long)]
    pub listen: Option<String>,
    /// Seed of the simulation: the same seed gives the same shop.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Orders to simulate, about.
    #[arg(long, default_value_t = 25_000)]
    pub orders: u32,
    /// Begin anew even if the demo's folder has data.
    #[arg(long)]
    pub fresh: bool,
    /// Make the shop and stop, without serving it.
    #[arg(long)]
    pub no_serve: bool,
}

/// What to import.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Orders with their lines, customers and refunds, from CSV (also gzip or zstd).
    Orders(ImportOrders),
    /// Stock by SKU and location: counts, costs, lowest prices, thresholds, expected deliveries.
    Stock(ImportStock),
}

/// Flags of `import stock`.
#[derive(Debug, Args)]
pub struct ImportStock {
    /// The file.
    pub file: PathBuf,
    /// Take a field from this column, as field:Column; may be given several times.
    #[arg(long)]
    pub map: Vec<String>,
    /// Code of the location of rows that name none.
    #[arg(long)]
    pub location: Option<String>,
    /// Make locations that are not known.
    #[arg(long)]
    pub make_locations: bool,
    /// Currency of costs and prices, such as GBP.
    #[arg(long)]
    pub currency: Option<String>,
    /// Order of day, month and year in dates such as 03/04/2024.
    #[arg(long, value_parser = ["dmy", "mdy", "ymd"])]
    pub dates: Option<String>,
    /// Book a file that was booked before once more, as new counts.
    #[arg(long)]
    pub again: bool,
    /// Where rows that cannot be kept are written [default: FILE.rejects.csv in the current
    /// folder].
    #[arg(long)]
    pub rejects: Option<PathBuf>,
}

/// Flags of `stock`.
#[derive(Debug, Args)]
pub struct Stock {
    /// One SKU, by location.
    #[arg(long)]
    pub sku: Option<String>,
    /// At this location only.
    #[arg(long)]
    pub location: Option<String>,
    /// What is low only.
    #[arg(long)]
    pub low: bool,
    /// Words in the SKU.
    #[arg(long)]
    pub search: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

/// Flags of `import orders`.
#[derive(Debug, Args)]
pub struct ImportOrders {
    /// The file.
    pub file: PathBuf,
    /// Which shop wrote it.
    #[arg(long, default_value = "auto",
          value_parser = ["auto", "online-retail", "shopify", "woocommerce", "generic"])]
    pub preset: String,
    /// Take a field from this column, as field:Column; may be given several times.
    #[arg(long)]
    pub map: Vec<String>,
    /// Zone of times without an offset, such as Europe/London.
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Currency of rows that name none, such as GBP.
    #[arg(long)]
    pub currency: Option<String>,
    /// Order of day, month and year in dates such as 03/04/2024.
    #[arg(long, value_parser = ["dmy", "mdy", "ymd"])]
    pub dates: Option<String>,
    /// How the characters are written; found out unless given.
    #[arg(long, value_parser = ["auto", "utf-8", "windows-1252", "utf-16le", "utf-16be"])]
    pub encoding: Option<String>,
    /// What to do with rows equal in every column to one before.
    #[arg(long, value_parser = ["drop", "keep"])]
    pub duplicates: Option<String>,
    /// Code of the channel of orders that name none.
    #[arg(long)]
    pub channel: Option<String>,
    /// Where rows that cannot be kept are written [default: FILE.rejects.csv in the current
    /// folder].
    #[arg(long)]
    pub rejects: Option<PathBuf>,
    /// Read and judge everything, keep nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave recommendations, segments and forecasts to `mercer serve`.
    #[arg(long)]
    pub no_compute: bool,
}

/// Flags of `recommend`.
#[derive(Debug, Args)]
pub struct Recommend {
    /// For what or whom.
    #[command(flatten)]
    pub context: RecommendContext,
    /// How many, 1 to 50.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub limit: u32,
}

/// For what or whom to recommend: exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct RecommendContext {
    /// Product id or SKU.
    #[arg(long)]
    pub product: Option<String>,
    /// Customer id or the shop's own.
    #[arg(long)]
    pub customer: Option<String>,
    /// SKUs or product ids of a cart.
    #[arg(long, value_delimiter = ',')]
    pub cart: Option<Vec<String>>,
}

/// Flags of `forecast`.
#[derive(Debug, Args)]
pub struct Forecast {
    /// Product id or SKU.
    #[arg(long)]
    pub product: String,
    /// Days ahead, 1 to 365.
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub days: u16,
}

/// Flags of `quote`.
#[derive(Debug, Args)]
pub struct Quote {
    /// Lines of the cart as SKU=QUANTITY, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    pub cart: Vec<String>,
    /// Customer id (cus_…); a visitor unless given.
    #[arg(long)]
    pub customer: Option<String>,
    /// A code that was entered; may be given several times.
    #[arg(long = "coupon")]
    pub coupons: Vec<String>,
    /// Points to pay with.
    #[arg(long, default_value_t = 0)]
    pub points: i64,
    /// What shipping costs, in minor units (495 is 4.95); not known unless given.
    #[arg(long)]
    pub shipping_minor: Option<i64>,
    /// Shipping method, as promotions name it.
    #[arg(long, default_value = "standard")]
    pub shipping_method: String,
    /// Country of delivery, such as GB.
    #[arg(long)]
    pub country: Option<String>,
    /// Code of the channel; the shop's own unless given.
    #[arg(long)]
    pub channel: Option<String>,
}

/// What to do with promotions.
#[derive(Debug, Subcommand)]
pub enum Promotions {
    /// List promotions with what they do.
    List,
    /// Write a draft down from a JSON file, as POST /v1/promotions takes it.
    Create {
        /// The file.
        file: PathBuf,
    },
    /// Let a promotion run, within its dates.
    Activate {
        /// Its id (prm_…).
        id: String,
    },
    /// Let a promotion give nothing for now.
    Pause {
        /// Its id (prm_…).
        id: String,
    },
    /// End a promotion for good.
    End {
        /// Its id (prm_…).
        id: String,
    },
    /// What a promotion would have done to the shop's own orders of the last days.
    Simulate(Simulate),
}

/// Flags of `promotions simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// A draft in a JSON file, as POST /v1/promotions takes it.
    #[arg(long, required_unless_present = "promotion", conflicts_with = "promotion")]
    pub draft: Option<PathBuf>,
    /// A promotion that is written down (prm_…).
    #[arg(long)]
    pub promotion: Option<String>,
    /// Days to look back from the last order, 1 to 731.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i32).range(1..=731))]
    pub days: i32,
    /// Orders of this channel only.
    #[arg(long)]
    pub channel: Option<String>,
    /// Margin in per cent of lines whose cost is not known.
    #[arg(long, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub assumed_margin: Option<u16>,
}

/// Flags of `evaluate`.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// Which engine.
    #[arg(value_enum)]
    pub engine: Engine,
    /// Seed of samples and resamples.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What can be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Recommendations.
    Recommend,
    /// Forecasts.
    Forecast,
}

/// Flags of `decisions`.
#[derive(Debug, Args)]
pub struct Decisions {
    /// Show one with all that it was decided from.
    #[arg(long)]
    pub id: Option<String>,
    /// recommendation, segment, care or forecast.
    #[arg(long)]
    pub kind: Option<String>,
    /// recorded, proposed, approved, dismissed, snoozed or replaced.
    #[arg(long)]
    pub state: Option<String>,
    /// About whom or what: a product's or customer's id.
    #[arg(long)]
    pub subject: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Approve the proposal with this id.
    #[arg(long, conflicts_with_all = ["dismiss", "snooze", "id"])]
    pub approve: Option<String>,
    /// Dismiss the proposal with this id.
    #[arg(long, conflicts_with_all = ["snooze", "id"])]
    pub dismiss: Option<String>,
    /// Ask about the proposal with this id again at --until.
    #[arg(long, requires = "until", conflicts_with = "id")]
    pub snooze: Option<String>,
    /// When to ask again, such as 2026-12-01T09:00:00Z.
    #[arg(long)]
    pub until: Option<String>,
}

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key; its secret is shown this once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// read, write or admin; may be given several times.
        #[arg(long = "scope", default_value = "read", value_parser = ["read", "write", "admin"])]
        scopes: Vec<String>,
        /// Days until it ends; never unless given.
        #[arg(long)]
        expires_days: Option<u16>,
    },
    /// List keys without their secrets.
    List,
    /// Revoke a key.
    Revoke {
        /// Its id (key_…).
        id: String,
    },
}

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user or change the password; the password is read from standard input.
    Create {
        /// E-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// What to call them.
        #[arg(long)]
        name: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn exactly_one_context_is_taken_with_a_limit() {
        let parse = |args: &[&str]| Cli::try_parse_from([&["mercer", "recommend"], args].concat());
        assert!(parse(&["--product", "85123A", "--limit", "5", "--json"]).is_ok());
        assert!(parse(&["--cart", "85123A,71053"]).is_ok());
        assert!(parse(&["--limit", "5"]).is_err());
        assert!(parse(&["--product", "a", "--customer", "b"]).is_err());
        assert!(parse(&["--product", "a", "--limit", "51"]).is_err());
    }
}
