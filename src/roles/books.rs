//! What can be asked of a running dbfront about all gold and things.

use std::time::Duration;

use proto::link::{BooksRequest, BooksResponse};

use super::live::{Live, Own};

impl Live {
    /// Answers a question about all gold; nothing: this role has no database.
    ///
    /// # Errors
    /// A stable name, and what is wrong.
    pub fn books(
        &self,
        request: &BooksRequest,
        patience: Duration,
    ) -> Option<Result<BooksResponse, (&'static str, String)>> {
        let Own::Dbfront(_, orders) = self.own() else { return None };
        Some(orders.books(request, patience).map_err(|error| (error.code(), error.to_string())))
    }
}
