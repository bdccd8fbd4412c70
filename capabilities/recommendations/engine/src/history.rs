//! The history that a model is fitted on: baskets of product numbers, in columns.
//!
//! Does not know external ids, amounts or quantities: a product is in a basket or it is not. It
//! trusts no number in it: product numbers out of range are left out and counted, never indexed.

/// One basket: who, when, and where its items start in [`History::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasketRef {
    /// The customer's number in `0..n_customers`, or `None` for a guest.
    pub customer: Option<u32>,
    /// Day of the order, counted from any fixed day (for instance 1970-01-01).
    pub day: i32,
    /// Index of the first item; the basket ends where the next one begins.
    pub first_item: u32,
}

/// Borrowed columns of all baskets, in any order of days.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// Products are numbered `0..n_products`.
    pub n_products: u32,
    /// Identified customers are numbered `0..n_customers`.
    pub n_customers: u32,
    /// The baskets, by rising `first_item`.
    pub baskets: &'a [BasketRef],
    /// Product numbers of all baskets, one basket after the other.
    pub items: &'a [u32],
}

impl<'a> History<'a> {
    /// The items of the basket with this index, as recorded; empty when the offsets make no sense.
    #[must_use]
    pub fn items_of(&self, index: usize) -> &'a [u32] {
        let Some(basket) = self.baskets.get(index) else { return &[] };
        let end = self.baskets.get(index + 1).map_or(self.items.len(), |b| b.first_item as usize);
        self.items.get(basket.first_item as usize..end).unwrap_or(&[])
    }

    /// The distinct known products of a basket, in rising order, written to `into`. Returns how
    /// many product numbers were out of range.
    pub fn distinct_items_of(&self, index: usize, into: &mut Vec<u32>) -> u32 {
        into.clear();
        let items = self.items_of(index);
        into.extend(items.iter().filter(|&&item| item < self.n_products));
        let n_unknown = items.len() - into.len();
        into.sort_unstable();
        into.dedup();
        u32::try_from(n_unknown).unwrap_or(u32::MAX)
    }

    /// The day of the latest basket, `None` without baskets.
    #[must_use]
    pub fn day_last(&self) -> Option<i32> {
        self.baskets.iter().map(|basket| basket.day).max()
    }

    /// The day of the earliest basket, `None` without baskets.
    #[must_use]
    pub fn day_first(&self) -> Option<i32> {
        self.baskets.iter().map(|basket| basket.day).min()
    }
}

/// Owned columns, filled basket by basket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryColumns {
    n_products: u32,
    n_customers: u32,
    baskets: Vec<BasketRef>,
    items: Vec<u32>,
}

impl HistoryColumns {
    /// Adds a basket; the numbers of products and customers grow to hold what it names. Returns
    /// `false`, and adds nothing, when 2^32 items are held already.
    pub fn push(&mut self, customer: Option<u32>, day: i32, items: &[u32]) -> bool {
        let Ok(first_item) = u32::try_from(self.items.len()) else { return false };
        if u32::try_from(self.items.len() + items.len()).is_err() {
            return false;
        }
        self.baskets.push(BasketRef { customer, day, first_item });
        self.items.extend_from_slice(items);
        let most = items.iter().copied().max().map_or(0, |item| item.saturating_add(1));
        self.n_products = self.n_products.max(most);
        self.n_customers = self.n_customers.max(customer.map_or(0, |c| c.saturating_add(1)));
        true
    }

    /// The columns as [`crate::model::Model::fit`] takes them.
    #[must_use]
    pub fn view(&self) -> History<'_> {
        let Self { n_products, n_customers, baskets, items } = self;
        History { n_products: *n_products, n_customers: *n_customers, baskets, items }
    }
}
