//! The page `/metrics`: Prometheus' text format 0.0.4.

use std::{fmt::Write as _, time::Duration};

use proto::{
    figures::{BOUNDS_US, Distribution},
    link::BillLine,
};

use super::{
    catalogue::{BillColumn, CATALOGUE, Kind, Metric, Source},
    process,
};
use crate::roles::Live;

/// Of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of a role, which began at this time since 1970, in the catalogue's order.
#[must_use]
pub fn render(live: &Live, began: Duration) -> String {
    let mut page = Page { text: String::new() };
    let figures = live.figures();
    let figure = |name: &str| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
    let (distributions, bill) = (live.distributions(), live.bill().unwrap_or_default());
    for metric in CATALOGUE.iter().filter(|metric| metric.is_of(live.role())) {
        match metric.source {
            Source::Figure(name) => {
                if let Some(value) = figure(name) {
                    page.head(metric);
                    page.sample(metric.name, "", &value.to_string());
                }
            }
            Source::Micros(name) => {
                if let Some(value) = figure(name).and_then(|value| u64::try_from(value).ok()) {
                    page.head(metric);
                    page.sample(metric.name, "", &seconds(value));
                }
            }
            Source::Permille(name) | Source::Millis(name) => {
                if let Some(value) = figure(name).and_then(|value| u64::try_from(value).ok()) {
                    page.head(metric);
                    page.sample(metric.name, "", &seconds(value.saturating_mul(1_000)));
                }
            }
            Source::Figures { prefix, label } => {
                page.head(metric);
                for figure in &figures {
                    if let Some(value) = figure.name.strip_prefix(prefix) {
                        let labels = format!("{{{label}=\"{value}\"}}");
                        page.sample(metric.name, &labels, &figure.value.to_string());
                    }
                }
            }
            Source::Bill(column) => {
                page.head(metric);
                for line in &bill {
                    let labels = format!(
                        "{{kind=\"{}\",room=\"{}\",subsystem=\"{}\"}}",
                        plain(&line.kind),
                        plain(&line.room),
                        plain(&line.subsystem)
                    );
                    page.sample(metric.name, &labels, &of_bill(line, column));
                }
            }
            Source::Distribution(name) => {
                if let Some((_, distribution)) = distributions.iter().find(|(known, _)| *known == name) {
                    page.head(metric);
                    page.histogram(metric.name, distribution);
                }
            }
            Source::Process(fact) => {
                if let Some(value) = process::look_up(fact) {
                    page.head(metric);
                    let is_time = fact == process::Fact::ProcessorUs;
                    page.sample(metric.name, "", &if is_time { seconds(value) } else { value.to_string() });
                }
            }
            Source::Began => {
                page.head(metric);
                page.sample(metric.name, "", &format!("{}.{:03}", began.as_secs(), began.subsec_millis()));
            }
            Source::Ready => {
                page.head(metric);
                page.sample(metric.name, "", if live.is_ready() { "1" } else { "0" });
            }
            Source::Build => {
                page.head(metric);
                let (role, version) = (live.role().name(), env!("CARGO_PKG_VERSION"));
                page.sample(metric.name, &format!("{{process=\"{role}\",version=\"{version}\"}}"), "1");
            }
        }
    }
    page.text
}

fn of_bill(line: &BillLine, column: BillColumn) -> String {
    match column {
        BillColumn::Messages => line.messages.to_string(),
        BillColumn::Receivers => line.receivers.to_string(),
        BillColumn::BytesBefore => line.bytes_before.to_string(),
        BillColumn::BytesAfter => line.bytes_after.to_string(),
        BillColumn::Writes => line.writes.to_string(),
        BillColumn::Micros => seconds(line.ns / 1_000),
    }
}

/// A name of a game's own, as a label's value may be.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' }).collect()
}

struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, metric: &Metric) {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Help has neither line breaks nor backslashes: a test looks at the catalogue.
        let _ = write!(self.text, "# HELP {0} {1}\n# TYPE {0} {kind}\n", metric.name, metric.help);
    }

    fn sample(&mut self, name: &str, labels: &str, value: &str) {
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    fn histogram(&mut self, name: &str, distribution: &Distribution) {
        for bound_us in BOUNDS_US {
            let (bound, count) = (seconds(bound_us), distribution.up_to(bound_us));
            let _ = writeln!(self.text, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let (sum, count) = (seconds(distribution.sum_us), distribution.count());
        let _ = writeln!(
            self.text,
            "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}"
        );
    }
}

/// Microseconds as seconds, or millionths as a share, exact.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
