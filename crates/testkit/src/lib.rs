//! Both databases, a clock and a seed for tests.
