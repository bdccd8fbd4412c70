//! Quotes whose hold was put back because its time was over.

use mercer_core::fact::Fact;
use mercer_db::{Tx, params};
use mercer_facts::{Subscriber, SubscriberError};

/// Follows `hold.expired`: the quote that was held is expired too.
pub struct FollowHolds;

impl Subscriber for FollowHolds {
    fn name(&self) -> &'static str {
        "promotions.holds"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        if fact.kind == "hold.expired" && fact.subject.starts_with("quo_") {
            tx.execute(
                "UPDATE quotes SET state = 'expired', ended_at = $2
                 WHERE id = $1 AND state = 'held'",
                params![&fact.subject, fact.occurred_at.as_microsecond()],
            )?;
        }
        Ok(())
    }
}
