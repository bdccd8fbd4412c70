//! Which segment a customer is in, as far as the record's lists show and filter it.
//!
//! Follows the facts `segment.entered` and `segment.left`; decides nothing about segments.

use mercer_core::fact::Fact;
use mercer_db::{Tx, params};
use mercer_facts::{Subscriber, SubscriberError};

/// The subscriber that keeps `customer_segments`.
pub struct FollowSegments;

impl Subscriber for FollowSegments {
    fn name(&self) -> &'static str {
        "record.segments"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        let text = |name: &str| fact.payload[name].as_str().unwrap_or_default().to_owned();
        match fact.kind.as_str() {
            "segment.entered" => {
                tx.execute(
                    "INSERT INTO customer_segments (customer_id, code, name, entered_at)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (customer_id) DO UPDATE SET code = excluded.code,
                       name = excluded.name, entered_at = excluded.entered_at",
                    params![
                        &fact.subject,
                        text("segment"),
                        text("name"),
                        fact.occurred_at.as_microsecond()
                    ],
                )?;
            }
            "segment.left" => {
                tx.execute(
                    "DELETE FROM customer_segments WHERE customer_id = $1 AND code = $2",
                    params![&fact.subject, text("segment")],
                )?;
            }
            _ => {}
        }
        Ok(())
    }
}
