//! Page views, made while they are read: who looked at what, put it into the cart, and ordered or
//! left.
//!
//! A day's views are made from that day's stream and its orders. They cause nothing: orders do
//! not depend on them.

use jiff::Timestamp;
use mercer_engine_kit::seed::{Seed, Stream};
use rand::RngExt;

use crate::customers::second_of_day;
use crate::shop::{Order, Shop};

/// Most views of one session.
const N_VIEWS_MAX: usize = 40;
/// Chance that a looked-at product goes into the cart of a session that does not order.
const CART_PROBABILITY: f64 = 0.09;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// Looked at a product's page.
    Viewed,
    /// Put it into the cart.
    AddedToCart,
    /// Left with it in the cart.
    Abandoned,
    /// Ordered it: index of the order.
    Ordered(u32),
}

/// One step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageView {
    /// When.
    pub at: Timestamp,
    /// Unique in the shop, rising.
    pub session: u64,
    /// Index of the customer, where signed in.
    pub customer: Option<u32>,
    /// Index of the product.
    pub product: u32,
    /// What was done.
    pub kind: ViewKind,
}

/// All page views: by day, and within a day by session. Within a session by time.
#[derive(Debug)]
pub struct PageViews<'a> {
    shop: &'a Shop,
    seed: Seed,
    day: u32,
    next_order: usize,
    n_sessions: u64,
    made: std::vec::IntoIter<PageView>,
}

impl Shop {
    /// All page views, made one day at a time.
    #[must_use]
    pub fn page_views(&self) -> PageViews<'_> {
        PageViews {
            shop: self,
            seed: self.config.seed.part("views"),
            day: 0,
            next_order: 0,
            n_sessions: 0,
            made: Vec::new().into_iter(),
        }
    }
}

impl Iterator for PageViews<'_> {
    type Item = PageView;

    fn next(&mut self) -> Option<PageView> {
        loop {
            if let Some(view) = self.made.next() {
                return Some(view);
            }
            if self.day >= self.shop.config.n_days {
                return None;
            }
            self.made = self.make_day().into_iter();
            self.day += 1;
        }
    }
}

impl PageViews<'_> {
    fn make_day(&mut self) -> Vec<PageView> {
        let shop = self.shop;
        let mut stream = self.seed.stream(&self.day.to_string());
        let mut views = Vec::new();
        let mut n_orders = 0;
        while let Some(order) = shop.orders.get(self.next_order).filter(|o| o.day == self.day) {
            self.buying(order, &mut stream, &mut views);
            self.next_order += 1;
            n_orders += 1;
        }
        let mean = f64::from(n_orders) * shop.config.n_sessions_per_order;
        for _ in 0..(mean * stream.random_range(0.8..1.2)).round() as u64 {
            self.looking(&mut stream, &mut views);
        }
        views
    }

    /// A session that ends in the order: each product of it is looked at, put into the cart and
    /// ordered, and some others are looked at.
    fn buying(&mut self, order: &Order, stream: &mut Stream, views: &mut Vec<PageView>) {
        let session = self.begin();
        let is_guest = self.shop.customers[order.customer as usize].is_guest;
        let customer = (!is_guest).then_some(order.customer);
        let end = order.placed_at.as_second();
        let lines = self.shop.lines_of(order);
        let n_steps = lines.len() as i64 * 3;
        let mut step = |back: i64, product: u32, kind| {
            let at = Timestamp::from_second(end - back * 20).unwrap_or(order.placed_at);
            views.push(PageView { at, session, customer, product, kind });
        };
        for (at, line) in (0i64..).zip(lines) {
            let back = n_steps - at * 3;
            step(back, line.product, ViewKind::Viewed);
            step(back - 1, line.product, ViewKind::AddedToCart);
            if stream.random_bool(0.6) {
                let other = self.shop.demand.draw(self.day as usize, None, stream);
                step(back - 2, other, ViewKind::Viewed);
            }
        }
        let ordered = ViewKind::Ordered((self.next_order) as u32);
        for line in lines {
            step(0, line.product, ordered);
        }
    }

    /// A session without an order.
    fn looking(&mut self, stream: &mut Stream, views: &mut Vec<PageView>) {
        let session = self.begin();
        let config = &self.shop.config;
        let day = i64::from(config.first_day()) + i64::from(self.day);
        let mut second = day * 86_400 + second_of_day(stream);
        let mut cart = Vec::new();
        for _ in 0..N_VIEWS_MAX {
            let product = self.shop.demand.draw(self.day as usize, None, stream);
            let at = Timestamp::from_second(second).unwrap_or(config.end);
            if at > config.end {
                break;
            }
            let view = PageView { at, session, customer: None, product, kind: ViewKind::Viewed };
            views.push(view);
            if stream.random_bool(CART_PROBABILITY) {
                views.push(PageView { kind: ViewKind::AddedToCart, ..view });
                cart.push(PageView { kind: ViewKind::Abandoned, ..view });
            }
            second += stream.random_range(5..90);
            if stream.random_bool(0.35) {
                break;
            }
        }
        let left_at = views.last().map(|view| view.at);
        for view in cart {
            views.push(PageView { at: left_at.unwrap_or(view.at), ..view });
        }
    }

    fn begin(&mut self) -> u64 {
        self.n_sessions += 1;
        self.n_sessions
    }
}
