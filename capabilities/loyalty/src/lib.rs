//! Loyalty: what members earn, lose, may spend and win.
//!
//! Deciding is the engine's; counting is the ledger's.
