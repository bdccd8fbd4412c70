//! What is wrong with a cart or a policy, in words that say where.

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

/// Why a cart is refused. Nothing is computed from half of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum InputError {
    /// More lines than a cart may have.
    #[error("the cart has {n_lines} lines; at most {n_lines_max} are priced")]
    TooManyLines {
        /// Lines given.
        n_lines: usize,
        /// Lines allowed.
        n_lines_max: usize,
    },
    /// More of a list beside the lines than is allowed.
    #[error("`{field}` has {n_items} items; at most {n_items_max} are read")]
    TooMany {
        /// The list.
        field: String,
        /// Items given.
        n_items: usize,
        /// Items allowed.
        n_items_max: usize,
    },
    /// Two lines with one number.
    #[error("two lines have the position {position}: number each line once")]
    SamePosition {
        /// The number.
        position: u32,
    },
    /// No units, less than none, or too many.
    #[error("line {position}: the quantity is {quantity}; it must be 1 to {quantity_max}")]
    Quantity {
        /// The line.
        position: u32,
        /// What was given.
        quantity: i64,
        /// Most that is allowed.
        quantity_max: i64,
    },
    /// An amount below zero.
    #[error("`{field}` is {amount_minor}; it must be zero or above")]
    NegativeAmount {
        /// The field, with the line's position where it belongs to one.
        field: String,
        /// What was given.
        amount_minor: i64,
    },
    /// An amount, or a sum of them, beyond what is computed with.
    #[error("`{field}` is beyond {amount_minor_max} minor units")]
    TooLarge {
        /// The field, with the line's position where it belongs to one.
        field: String,
        /// Most that is allowed.
        amount_minor_max: i64,
    },
    /// A tax rate beyond any in force.
    #[error("`{field}` is {basis_points} basis points; at most {basis_points_max} are allowed")]
    TaxRate {
        /// The field.
        field: String,
        /// What was given.
        basis_points: u32,
        /// Most that is allowed.
        basis_points_max: u32,
    },
    /// A line in another currency than the cart.
    #[error("line {position} is in {line}, the cart in {cart}: convert one first")]
    MixedCurrencies {
        /// The line.
        position: u32,
        /// Currency of the line.
        line: Currency,
        /// Currency of the cart.
        cart: Currency,
    },
    /// A field that is none of what it may be.
    #[error("`{field}` is `{value}`; it must be {wanted}")]
    NotAllowed {
        /// The field.
        field: String,
        /// What was given, cut to 40 characters.
        value: String,
        /// What would be right.
        wanted: String,
    },
    /// The same code, campaign or flash price twice.
    #[error("`{field}` has `{value}` twice")]
    Twice {
        /// The list.
        field: String,
        /// What stands twice, cut to 40 characters.
        value: String,
    },
}

/// Why a promotion cannot be used, with the field at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("promotion `{promotion}`, {field}: {problem}")]
pub struct PolicyError {
    /// The promotion's id; empty for the policy as a whole.
    pub promotion: String,
    /// The field, as a path such as `action.breaks[1].quantity_min`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
    /// For a rule: the column from 1 (in characters) at which it is wrong.
    pub column: Option<u32>,
}
