//! Answers that a browser saves as a file. Knows nothing of what is in them.

use axum::{
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};

use crate::logic::csv::Csv;

/// A table, under this name: letters, digits and dashes.
pub(super) fn csv(name: &'static str, table: Csv) -> Response {
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let mut response = ([(CONTENT_TYPE, kind)], table.finish()).into_response();
    let saved = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\""));
    response.headers_mut().extend(saved.ok().map(|saved| (CONTENT_DISPOSITION, saved)));
    response
}
