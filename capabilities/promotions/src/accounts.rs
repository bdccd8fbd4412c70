//! Which ledger accounts count the limits of promotions, coupons and campaigns.
//!
//! A limit is a lot of that many uses (or minor units) on an account of its own. Whoever uses it
//! moves from there to the world's account `used`. A customer's share is opened when the
//! customer first needs it.

use mercer_ledger::account::AccountKey;

/// Role of the accounts that have something left to give.
pub const ROLE: &str = "available";

/// Uses of a promotion by everybody.
#[must_use]
pub fn promotion_uses(promotion: &str) -> AccountKey {
    AccountKey::new(&format!("uses:{promotion}"), promotion, ROLE)
}

/// Uses of a promotion by one customer.
#[must_use]
pub fn promotion_share(promotion: &str, customer: &str) -> AccountKey {
    AccountKey::new(&format!("share:{promotion}"), customer, ROLE)
}

/// Minor units that a promotion may give away.
#[must_use]
pub fn promotion_budget(promotion: &str) -> AccountKey {
    AccountKey::new(&format!("budget:{promotion}"), promotion, ROLE)
}

/// Uses of a coupon by everybody. `code` is the key, not as shown.
#[must_use]
pub fn coupon_uses(code: &str) -> AccountKey {
    AccountKey::new(&format!("uses:coupon:{code}"), code, ROLE)
}

/// Uses of a coupon by one customer.
#[must_use]
pub fn coupon_share(code: &str, customer: &str) -> AccountKey {
    AccountKey::new(&format!("share:coupon:{code}"), customer, ROLE)
}

/// Minor units that a coupon may give away.
#[must_use]
pub fn coupon_budget(code: &str) -> AccountKey {
    AccountKey::new(&format!("budget:coupon:{code}"), code, ROLE)
}

/// Minor units that a campaign may give away.
#[must_use]
pub fn campaign_budget(campaign: &str) -> AccountKey {
    AccountKey::new(&format!("budget:{campaign}"), campaign, ROLE)
}

/// Where a unit of a limit comes from.
#[must_use]
pub fn issued(key: &AccountKey) -> AccountKey {
    AccountKey::world(&key.unit, "issued")
}

/// Where a unit of a limit goes.
#[must_use]
pub fn used(key: &AccountKey) -> AccountKey {
    AccountKey::world(&key.unit, "used")
}
