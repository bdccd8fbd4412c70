//! Cart quotes: priced, held, committed, taken back by line.
