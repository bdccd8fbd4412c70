//! Loyalty: what members earn, lose, may spend and win.
//!
//! Deciding is the engine's, counting the ledger's. Here stands what lies between them and needs
//! no database: the record's orders and refunds as the engine is asked about them, the shop's days
//! as instants, a redemption as a quote asks for it, and fingerprints for the guards.

pub mod days;
pub mod fingerprint;
pub mod offer;
pub mod prepare;
