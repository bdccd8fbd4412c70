//! Coupons: codes that open a promotion.

use jiff::Timestamp;
use mercer_db::Tx;

use crate::PromotionsError;
use crate::manage::limits;
use crate::store::StoredCoupon;

/// Opens the ledger accounts of a code's limits, so that they can be held. Does nothing when they
/// are open; a share of a customer is opened by [`limits::ensure_coupon_share`].
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_accounts(
    tx: &mut Tx<'_>,
    now: Timestamp,
    coupon: &StoredCoupon,
) -> Result<(), PromotionsError> {
    limits::ensure(tx, now, limits::of_coupon(coupon))
}
