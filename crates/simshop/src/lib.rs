//! A simulated shop with a seed and known truths.
