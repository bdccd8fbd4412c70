//! TypeIDs: `ord_01jd…`, a UUIDv7 with the kind of the thing in front (TypeID specification
//! 0.3.0, jetify-com/typeid).
//!
//! Ids are derived from an instant and a natural key, or from entropy; never from a hidden
//! source. The same import therefore gives the same ids on every database and every run.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use typeid_suffix::prelude::*;
use uuid::{Builder, Uuid};

use crate::clock::Entropy;

/// What kind of thing an id names.
pub trait Kind: 'static {
    /// Three letters before the underscore.
    const PREFIX: &'static str;
}

/// Declares kinds of ids: a marker type with its prefix.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $($(#[$doc])* #[derive(Debug)] pub enum $name {}
        impl Kind for $name { const PREFIX: &'static str = $prefix; })*
    };
}

kinds! {
    /// A sales channel.
    ChannelKind = "chn";
    /// An order.
    OrderKind = "ord";
    /// A customer.
    CustomerKind = "cus";
    /// A product.
    ProductKind = "prd";
    /// A variant of a product.
    VariantKind = "var";
    /// A refund.
    RefundKind = "ref";
    /// An adjustment of stock or of the books.
    AdjustmentKind = "adj";
    /// Quantities held in the ledger.
    HoldKind = "hld";
    /// A stock location.
    LocationKind = "loc";
    /// A cart quote.
    QuoteKind = "quo";
    /// A promotion.
    PromotionKind = "prm";
    /// A flash sale.
    FlashSaleKind = "fls";
    /// A decision.
    DecisionKind = "dec";
    /// A job or a timer.
    JobKind = "job";
    /// An import.
    ImportKind = "imp";
    /// An API key.
    ApiKeyKind = "key";
    /// A user of the console.
    UserKind = "usr";
    /// A console session.
    SessionKind = "ses";
}

/// An id of one kind.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// The id that belongs to a natural key: the instant gives the sortable half, a SHA-256 of
    /// the key the rest. The same instant and key always give the same id.
    #[must_use]
    pub fn derive(at: Timestamp, natural_key: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(K::PREFIX);
        for part in natural_key {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut tail = [0; 10];
        tail.copy_from_slice(&hash.finalize()[..10]);
        Self::from_parts(at, &tail)
    }

    /// A new id that nobody can guess.
    #[must_use]
    pub fn random(at: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut tail = [0; 10];
        entropy.fill(&mut tail);
        Self::from_parts(at, &tail)
    }

    fn from_parts(at: Timestamp, tail: &[u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self {
            uuid: Builder::from_unix_timestamp_millis(millis, tail).into_uuid(),
            kind: PhantomData,
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = TypeIdSuffix::from(self.uuid);
        write!(f, "{}_{}", K::PREFIX, suffix)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an id that starts with `{prefix}_`")]
pub struct IdError {
    /// What was given, cut to 40 characters.
    pub given: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fail = || IdError { given: text.chars().take(40).collect(), prefix: K::PREFIX };
        let suffix = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or_else(fail)?;
        let uuid = TypeIdSuffix::from_str(suffix).map_err(|_| fail())?.to_uuid();
        Ok(Self { uuid, kind: PhantomData })
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at() -> Timestamp {
        "2010-12-01T08:26:00Z".parse().unwrap()
    }

    #[test]
    fn the_same_key_gives_the_same_id_and_parts_do_not_run_together() {
        let id = Id::<OrderKind>::derive(at(), &["online-retail", "536365"]);
        assert_eq!(id, Id::derive(at(), &["online-retail", "536365"]));
        assert_ne!(id, Id::derive(at(), &["online-retail5", "36365"]));
        assert_eq!(id.to_string().len(), 30);
        assert!(id.to_string().starts_with("ord_"));
    }

    #[test]
    fn ids_sort_by_time() {
        let later = "2010-12-01T08:26:01Z".parse().unwrap();
        let (a, b) = (Id::<OrderKind>::derive(at(), &["z"]), Id::derive(later, &["a"]));
        assert!(a < b && a.to_string() < b.to_string());
    }

    #[test]
    fn an_id_of_another_kind_is_refused_with_the_prefix_wanted() {
        let order = Id::<OrderKind>::derive(at(), &["1"]).to_string();
        let error = order.parse::<Id<CustomerKind>>().unwrap_err();
        assert_eq!(error.prefix, "cus");
    }

    proptest! {
        #[test]
        fn ids_survive_their_text(key in ".{0,20}") {
            let id = Id::<ProductKind>::derive(at(), &[&key]);
            prop_assert_eq!(id.to_string().parse::<Id<ProductKind>>().unwrap(), id);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Id<OrderKind>>();
        }
    }
}
