//! Which ledger accounts count a sale.

use mercer_ledger::account::AccountKey;

/// Units of a SKU that a sale may give.
pub(crate) fn pool(sale: &str, sku: &str) -> AccountKey {
    AccountKey::new(&format!("flash:{sale}:{sku}"), sale, "available")
}

/// Where units of a pool come from and, when the sale is over, go back to.
pub(crate) fn issued(sale: &str, sku: &str) -> AccountKey {
    AccountKey::world(&format!("flash:{sale}:{sku}"), "issued")
}

/// Where units of a pool go.
pub(crate) fn sold(sale: &str, sku: &str) -> AccountKey {
    AccountKey::world(&format!("flash:{sale}:{sku}"), "sold")
}

/// Units that a shopper may still have of a sale.
pub(crate) fn share(sale: &str, shopper: &str) -> AccountKey {
    AccountKey::new(&format!("flashshare:{sale}"), shopper, "available")
}

/// Where shares come from.
pub(crate) fn share_issued(sale: &str) -> AccountKey {
    AccountKey::world(&format!("flashshare:{sale}"), "issued")
}

/// Where shares go.
pub(crate) fn share_used(sale: &str) -> AccountKey {
    AccountKey::world(&format!("flashshare:{sale}"), "used")
}
