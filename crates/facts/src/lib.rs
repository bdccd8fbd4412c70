//! The append-only log of what happened, and its durable subscribers.
