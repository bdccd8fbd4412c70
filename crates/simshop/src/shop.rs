//! The simulated shop: what a merchant would see, and the truths beside it.
//!
//! Everything is made at once except page views, which are made while they are read.

use jiff::Timestamp;

use crate::catalogue::{self, Companion, Product, ProductTruth};
use crate::config::{Config, ConfigError};
use crate::customers::{self, Customer, CustomerTruth, SeasonTime, Visit};
use crate::trade::{self, Demand};
use crate::{aftermath, season};

pub use mercer_connect::source::OrderStatus;

/// A shop with its history and its truths.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// What was asked for.
    pub config: Config,
    /// Products; lines refer to them by index.
    pub products: Vec<Product>,
    /// Customers; orders refer to them by index.
    pub customers: Vec<Customer>,
    /// Orders by time.
    pub orders: Vec<Order>,
    /// Lines of all orders, in their order.
    pub lines: Vec<Line>,
    /// Refunds by time.
    pub refunds: Vec<Refund>,
    /// Stock coming in and being corrected, by day. Sales are in the lines.
    pub movements: Vec<Movement>,
    /// Reviews by time.
    pub reviews: Vec<Review>,
    /// What nobody in the shop knows.
    pub truths: Truths,
    /// Weights for page views, made once.
    pub(crate) demand: Demand,
}

/// What an engine may be judged against.
#[derive(Debug, Clone, PartialEq)]
pub struct Truths {
    /// By product.
    pub products: Vec<ProductTruth>,
    /// By customer.
    pub customers: Vec<CustomerTruth>,
    /// Pairs that are bought together on purpose.
    pub companions: Vec<Companion>,
    /// Calendar by day index: year, week, holidays and growth, against an average day at the end.
    /// Lines of a product are expected in proportion to
    /// `orders of the day × weight × calendar ÷ season`, see [`ProductTruth::weight`].
    pub calendar_by_day: Vec<f64>,
    /// Orders by day index against the mean of all days: the calendar times all products'
    /// weights. Customers come and order by it; how many there are changes besides.
    pub season_by_day: Vec<f64>,
    /// When variants could not be bought.
    pub stock_outs: Vec<StockOut>,
    /// Units that were wanted and not in stock, by product.
    pub lost_units: Vec<u64>,
}

/// An order. Its lines are [`Shop::lines_of`].
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// "S-10001", rising with time.
    pub number: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Day index, 0 on the first day.
    pub day: u32,
    /// Who: index of the customer, guests too.
    pub customer: u32,
    /// Counts this customer's visits from 0.
    pub ordinal: u32,
    /// Where it stands at the end.
    pub status: OrderStatus,
    /// Index of its first line.
    pub first_line: u32,
    /// At least one.
    pub n_lines: u32,
    /// Coupon used.
    pub discount_code: Option<&'static str>,
    /// What the coupon took off the order, in minor units.
    pub discount_minor: i64,
    /// Postage, in minor units.
    pub shipping_minor: i64,
}

/// One line of an order. Prices contain tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Index of the product.
    pub product: u32,
    /// Index of the variant within the product.
    pub variant: u32,
    /// Units, above zero.
    pub quantity: u32,
    /// List price of a unit, in minor units.
    pub unit_price_minor: i64,
    /// What a promotion took off the line, in minor units.
    pub discount_minor: i64,
    /// Tax contained in the total, in minor units.
    pub tax_minor: i64,
    /// Quantity × unit price − discount, in minor units.
    pub total_minor: i64,
}

/// Money given back for goods that came back. The goods are not sold again.
#[derive(Debug, Clone, PartialEq)]
pub struct Refund {
    /// "R-5001", rising with time.
    pub number: String,
    /// Index of the order.
    pub order: u32,
    /// When.
    pub refunded_at: Timestamp,
    /// What came back.
    pub lines: Vec<RefundLine>,
}

/// One line of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLine {
    /// Index of the line bought, among all lines.
    pub line: u32,
    /// Units that came back.
    pub quantity: u32,
    /// Money given back, in minor units: the line's share less its share of a coupon.
    pub amount_minor: i64,
}

/// Why stock changed other than by a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// The supplier delivered.
    Delivery,
    /// Broken in the store.
    Damaged,
    /// Not there when counted.
    Lost,
    /// There when counted, against the books.
    Found,
}

/// Stock coming in or being corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Day index; it happens before the day's sales.
    pub day: u32,
    /// Index of the product.
    pub product: u32,
    /// Index of the variant within the product.
    pub variant: u32,
    /// Why.
    pub kind: MovementKind,
    /// Units added, or taken when negative.
    pub quantity: i64,
}

/// A time in which a variant could not be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockOut {
    /// Index of the product.
    pub product: u32,
    /// Index of the variant within the product.
    pub variant: u32,
    /// Day index on which the last unit went.
    pub from_day: u32,
    /// Day index of the next delivery; the number of days where none came.
    pub until_day: u32,
}

/// What a buyer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// When.
    pub written_at: Timestamp,
    /// Index of the customer.
    pub customer: u32,
    /// Index of the product.
    pub product: u32,
    /// Index of the order it was bought with.
    pub order: u32,
    /// 1 to 5.
    pub stars: u8,
    /// In words.
    pub text: &'static str,
}

impl Shop {
    /// Simulates the whole shop. The same configuration gives the same shop.
    ///
    /// # Errors
    /// A configuration beyond its limits, see [`Config::check`].
    pub fn simulate(config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let calendar_by_day: Vec<f64> = (config.first_day()..=config.last_day())
            .map(|day| season::factor(day, config.last_day()))
            .collect();
        let catalogue = catalogue::generate(config);
        let demand = Demand::new(config, &catalogue, &calendar_by_day);
        let season_by_day = demand.season(&calendar_by_day);
        let companions = catalogue::pair_up(
            config.seed,
            &catalogue,
            &demand.mean_shares,
            trade::MORE_LINES_PROBABILITY,
        );
        let people = People::new(config, &demand, &season_by_day);
        let mut traded =
            trade::run(config, &catalogue, &companions, &demand, (&people, &season_by_day));
        let refunds = aftermath::refunds(config, &catalogue.truths, &traded);
        let reviews = aftermath::reviews(config, &catalogue.truths, &people.customers, &traded);
        traded.movements.sort_by_key(|movement| (movement.day, movement.product, movement.variant));
        Ok(Self {
            config: config.clone(),
            products: catalogue.products,
            customers: people.customers,
            orders: traded.orders,
            lines: traded.lines,
            refunds,
            movements: traded.movements,
            reviews,
            truths: Truths {
                products: catalogue.truths,
                customers: people.truths,
                companions,
                calendar_by_day,
                season_by_day,
                stock_outs: traded.stock_outs,
                lost_units: traded.lost_units,
            },
            demand,
        })
    }

    /// The lines of an order.
    #[must_use]
    pub fn lines_of(&self, order: &Order) -> &[Line] {
        let first = order.first_line as usize;
        &self.lines[first..first + order.n_lines as usize]
    }

    /// What an order came to, in minor units, tax contained.
    #[must_use]
    pub fn total_minor(&self, order: &Order) -> i64 {
        self.lines_of(order).iter().map(|line| line.total_minor).sum::<i64>() - order.discount_minor
            + order.shipping_minor
    }
}

/// Customers with their lives and visits.
pub(crate) struct People {
    pub customers: Vec<Customer>,
    pub truths: Vec<CustomerTruth>,
    /// Index of each one's favourite category.
    pub favourites: Vec<usize>,
    /// By time.
    pub visits: Vec<Visit>,
}

impl People {
    fn new(config: &Config, demand: &Demand, season_by_day: &[f64]) -> Self {
        let mut people = Self {
            customers: Vec::new(),
            truths: Vec::new(),
            favourites: Vec::new(),
            visits: Vec::new(),
        };
        let time = SeasonTime::new(season_by_day);
        for index in 0..config.n_customers {
            let (customer, truth, favourite) =
                customers::draw(config, index, &time, |draw| demand.category_at(draw));
            people.customers.push(customer);
            people.truths.push(truth);
            people.favourites.push(favourite);
        }
        customers::scale_rates(config.n_orders_target, &mut people.truths, &time);
        for (index, truth) in (0..).zip(&people.truths) {
            customers::visits(config, index, truth, &time, &mut people.visits);
        }
        people.visits.sort_unstable();
        people
    }
}
