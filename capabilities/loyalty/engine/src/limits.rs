//! The sizes beyond which the engine refuses to count.
//!
//! They keep every product within 128 bits and every answer within a second. They are not the
//! limits of a programme, which stand in its rules.

/// Largest amount of one line, of shipping or of a threshold, in minor units: beyond any order, and
/// so small that all lines of one still sum within 64 bits.
pub const AMOUNT_MINOR_MAX: i64 = 100_000_000_000_000;
/// Most points in one posting or threshold: a million million, so that sums never overflow.
pub const POINTS_MAX: i64 = 1_000_000_000_000;
/// Most points for one unit of a rule: with [`AMOUNT_MINOR_MAX`] and [`N_LINES_MAX`] lines still
/// far within 128 bits.
pub const POINTS_PER_UNIT_MAX: i64 = 1_000_000_000;
/// Largest multiplier of a tier, in percent: a hundredfold is surely a mistake of typing.
pub const MULTIPLIER_PERCENT_MAX: u32 = 10_000;
/// Most lines of an order, as many as an import takes.
pub const N_LINES_MAX: usize = 10_000;
/// Most units of one line: more than a warehouse holds of anything.
pub const QUANTITY_MAX: i64 = 1_000_000_000;
/// Most rules, tiers, challenges, wheels or prizes: as many as a person can still oversee.
pub const N_ENTRIES_MAX: usize = 200;
/// Longest span of days in a programme: ten years, longer than any programme keeps its terms.
pub const SPAN_DAYS_MAX: u32 = 3_660;
/// Longest id of an order, a customer or a deed, in bytes: keys made of several stay within what an
/// index holds.
pub const N_ID_BYTES_MAX: usize = 100;
/// Longest id of a fact, in bytes: an award's name holds those of a customer, a challenge and a
/// fact.
pub const N_FACT_BYTES_MAX: usize = 230;
/// Longest key of a lot, in bytes: that of a fact with its rule; with an order and a return before
/// it, a key stays within the 512 bytes that the ledger takes.
pub const N_LOT_BYTES_MAX: usize = 280;
/// Longest id that a programme gives, in bytes: with a customer's id and a period it still makes
/// the id of a fact.
pub const N_RULE_ID_BYTES_MAX: usize = 32;
/// Tax rate that is surely a mistake, in parts per million: 100 %.
pub const TAX_RATE_PPM_MAX: u32 = 1_000_000;
/// Most facts, lots or returns of one question: a customer with a deed every hour for ten years.
pub const N_FACTS_MAX: usize = 100_000;
