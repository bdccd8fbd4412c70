//! Cursor pages: a list goes on where it stopped, whatever was added meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Rows of a page unless asked otherwise.
pub const N_ROWS_DEFAULT: usize = 50;
/// Most rows of a page: a screen shows fewer, and a program asks again.
pub const N_ROWS_MAX: usize = 200;

/// A row with what a list goes on from: its sort value and its id.
pub type Keyed<K, T> = ((K, String), T);

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// All rows that match, where that is cheap to know.
    pub total: Option<i64>,
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    pub limit: Option<usize>,
}

impl PageParams {
    /// Rows wanted.
    ///
    /// # Errors
    /// Outside 1 to [`N_ROWS_MAX`].
    pub fn n_rows(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(N_ROWS_DEFAULT) {
            n @ 1..=N_ROWS_MAX => Ok(n),
            n => Err(Problem::invalid(
                "limit",
                format!("`limit` is {n}; it may be 1 to {N_ROWS_MAX}."),
            )),
        }
    }

    /// What the cursor says: the sort value and id of the last row seen.
    ///
    /// # Errors
    /// It is not a cursor of such a list.
    pub fn after<K: for<'de> Deserialize<'de>>(&self) -> Result<Option<(K, String)>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .map(Some)
            .ok_or_else(|| {
                Problem::invalid(
                    "cursor",
                    "`cursor` is not one of this list: leave it out to begin anew.",
                )
            })
    }
}

impl<T> Page<T> {
    /// A page from up to `n_rows + 1` rows with their sort values and ids: the one too many tells
    /// that there is a next page.
    #[must_use]
    pub fn cut<K: Serialize>(mut rows: Vec<Keyed<K, T>>, n_rows: usize) -> Self {
        let has_more = rows.len() > n_rows;
        rows.truncate(n_rows);
        let next_cursor = rows
            .last()
            .filter(|_| has_more)
            .and_then(|(key, _)| serde_json::to_vec(key).ok())
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        Self { items: rows.into_iter().map(|(_, row)| row).collect(), next_cursor, total: None }
    }

    /// With the count of all rows.
    #[must_use]
    pub fn with_total(mut self, total: i64) -> Self {
        self.total = Some(total);
        self
    }
}
