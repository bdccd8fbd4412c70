//! What shop to simulate.
//!
//! Refuses what cannot be simulated instead of bending it.

use jiff::Timestamp;
use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;

/// Most orders: five million fill about 1.5 GB, the most that a test machine has to spare.
pub const N_ORDERS_MAX: u32 = 5_000_000;
/// Most customers, for the same reason.
pub const N_CUSTOMERS_MAX: u32 = 2_000_000;
/// Most products: the table of demand by product and day then takes 150 MB for ten years.
pub const N_PRODUCTS_MAX: u32 = 5_000;
/// Fewest products: below it companions and substitutes find no partner.
pub const N_PRODUCTS_MIN: u32 = 20;
/// Longest time: ten years.
pub const N_DAYS_MAX: u32 = 3_653;
/// Shortest time: four weeks, so that a delivery may arrive.
pub const N_DAYS_MIN: u32 = 28;

/// Earliest end: `1981-01-01`, so that ten years fit after 1970.
const END_SECOND_MIN: i64 = 347_155_200;
/// Latest end: `9990-01-01`, so that nothing after it leaves the calendar.
const END_SECOND_MAX: i64 = 253_086_681_600;

/// Two years of a middling shop: `2026-06-30T18:00:00Z`, in seconds since 1970.
const END_SECOND_DEFAULT: i64 = 1_782_842_400;

/// The shop to simulate. Equal configurations give equal shops.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Everything random follows from it.
    pub seed: Seed,
    /// About how many orders there should be; the shop comes within some percent.
    pub n_orders_target: u32,
    /// Customers, guests among them.
    pub n_customers: u32,
    /// Products; each has one or more variants.
    pub n_products: u32,
    /// Days simulated, the day of `end` included.
    pub n_days: u32,
    /// The last instant: nothing happens after it.
    pub end: Timestamp,
    /// Currency of all money. Prices have the same figures in any currency with two decimals.
    pub currency: Currency,
    /// Sessions that end without an order, for each that ends with one. Page views are made only
    /// when iterated.
    pub n_sessions_per_order: f64,
}

impl Default for Config {
    /// A shop that a demonstration loads in seconds: 25,000 orders of 6,000 customers.
    fn default() -> Self {
        Self {
            seed: Seed(1),
            n_orders_target: 25_000,
            n_customers: 6_000,
            n_products: 220,
            n_days: 730,
            end: Timestamp::from_second(END_SECOND_DEFAULT).unwrap_or(Timestamp::UNIX_EPOCH),
            currency: Currency::GBP,
            n_sessions_per_order: 12.0,
        }
    }
}

/// Why a configuration cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A number beyond its limits.
    #[error("{name} is {value}; it must be from {least} to {most}")]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// What it was.
        value: f64,
        /// Least allowed.
        least: f64,
        /// Most allowed.
        most: f64,
    },
    /// More customers than orders: each customer orders at least once.
    #[error("{n_customers} customers need at least as many orders, not {n_orders_target}")]
    TooFewOrders {
        /// Customers wanted.
        n_customers: u32,
        /// Orders wanted.
        n_orders_target: u32,
    },
}

impl Config {
    /// Whether it can be simulated.
    ///
    /// # Errors
    /// A number beyond its limits; more customers than orders.
    pub fn check(&self) -> Result<(), ConfigError> {
        let counts = [
            ("n_orders_target", self.n_orders_target, 1, N_ORDERS_MAX),
            ("n_customers", self.n_customers, 1, N_CUSTOMERS_MAX),
            ("n_products", self.n_products, N_PRODUCTS_MIN, N_PRODUCTS_MAX),
            ("n_days", self.n_days, N_DAYS_MIN, N_DAYS_MAX),
        ];
        for (name, value, least, most) in counts {
            within(name, f64::from(value), f64::from(least), f64::from(most))?;
        }
        let end_second = self.end.as_second() as f64;
        within("end (seconds)", end_second, END_SECOND_MIN as f64, END_SECOND_MAX as f64)?;
        within("n_sessions_per_order", self.n_sessions_per_order, 0.0, 1_000.0)?;
        if self.n_customers > self.n_orders_target {
            let Self { n_customers, n_orders_target, .. } = *self;
            return Err(ConfigError::TooFewOrders { n_customers, n_orders_target });
        }
        Ok(())
    }

    /// The day of `end`, in days since 1970-01-01 (UTC).
    #[must_use]
    pub fn last_day(&self) -> i32 {
        i32::try_from(self.end.as_second().div_euclid(86_400)).unwrap_or(0)
    }

    /// The first day, in days since 1970-01-01 (UTC).
    #[must_use]
    pub fn first_day(&self) -> i32 {
        self.last_day() - i32::try_from(self.n_days).unwrap_or(0) + 1
    }
}

fn within(name: &'static str, value: f64, least: f64, most: f64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::OutOfRange { name, value, least, most })
    }
}
