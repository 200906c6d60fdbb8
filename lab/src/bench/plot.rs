//! A plot as SVG: points of a few series and the line through the first, readable on light and on dark.

use std::fmt::Write as _;

use super::fit::Line;

/// See the module.
pub(super) struct Plot {
    pub(super) title: &'static str,
    pub(super) x_name: &'static str,
    pub(super) y_name: &'static str,
    pub(super) series: Vec<Series>,
    /// Through the first series.
    pub(super) line: Line,
}

/// Points of one color.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// `a`, `b` or `c`.
    pub(super) class: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

impl Plot {
    /// The picture.
    pub(super) fn svg(&self) -> String {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let x_step = step(all().map(|point| point.0).fold(0.0, f64::max));
        let y_step = step(all().map(|point| point.1).fold(0.0, f64::max));
        let x = |value: f64| LEFT + (RIGHT - LEFT) * value / (x_step * STEPS);
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * value / (y_step * STEPS);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 400\" role=\"img\" aria-label=\"{}\">\n{STYLE}\n",
            self.title
        );
        // Writing to a string does not fail.
        let _ = writeln!(svg, "<text class=\"t\" x=\"{LEFT}\" y=\"24\">{}</text>", self.title);
        for index in 0..=5_u8 {
            let (at_x, at_y) = (f64::from(index) * x_step, f64::from(index) * y_step);
            let _ = writeln!(svg, "<path class=\"g\" d=\"M{LEFT} {0:.1}H{RIGHT}\"/>", y(at_y));
            let _ = writeln!(
                svg,
                "<text class=\"e\" x=\"{:.1}\" y=\"{:.1}\">{at_y:.2}</text>",
                LEFT - 8.0,
                y(at_y) + 4.0
            );
            let _ = writeln!(
                svg,
                "<text class=\"m\" x=\"{:.1}\" y=\"{:.1}\">{at_x:.0}</text>",
                x(at_x),
                BOTTOM + 20.0
            );
        }
        let _ = writeln!(
            svg,
            "<text class=\"m\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x(x_step * STEPS / 2.0),
            BOTTOM + 42.0,
            self.x_name
        );
        let _ = writeln!(
            svg,
            "<text class=\"e\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 8.0,
            TOP - 14.0,
            self.y_name
        );
        let end = all().map(|point| point.0).fold(0.0, f64::max);
        let at = |value: f64| y(self.line.base + self.line.slope * value);
        let _ = writeln!(
            svg,
            "<path class=\"l\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
            x(0.0),
            at(0.0),
            x(end),
            at(end)
        );
        for (index, series) in (0_u8..).zip(&self.series) {
            for point in &series.points {
                let _ = writeln!(
                    svg,
                    "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4.5\"/>",
                    series.class,
                    x(point.0),
                    y(point.1)
                );
            }
            let row = TOP + 8.0 + 20.0 * f64::from(index);
            let _ = writeln!(
                svg,
                "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{row:.1}\" r=\"4.5\"/>",
                series.class,
                LEFT + 16.0
            );
            let _ =
                writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", LEFT + 28.0, row + 4.0, series.name);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// A fifth of an axis that holds `most`: 1, 2 or 5 times a power of ten.
fn step(most: f64) -> f64 {
    let fifth = (most / STEPS).max(1e-6);
    let power = 10_f64.powf(fifth.log10().floor());
    [1.0, 2.0, 4.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| fifth <= *step * 1.000_001)
        .unwrap_or(fifth)
}

const STEPS: f64 = 5.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 340.0;
const STYLE: &str = "<style>\
text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-size:15px;font-weight:600}.e{text-anchor:end}.m{text-anchor:middle}\
.g{stroke:#8886;stroke-width:1}.l{stroke:#0969da;stroke-width:1.5;stroke-dasharray:6 4;fill:none}\
.a{fill:#0969da}.b{fill:#bf5700}.c{fill:#1a7f37}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.l{stroke:#58a6ff}.a{fill:#58a6ff}.b{fill:#f0883e}.c{fill:#3fb950}}\
</style>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_within_the_axes() {
        let points = vec![(200.0, 0.05), (2_000.0, 0.48)];
        let series = vec![Series { name: "both", class: "a", points }];
        let line = Line { base: 0.0, slope: 0.000_24, r_square: 1.0 };
        let svg = Plot { title: "t", x_name: "players", y_name: "cores", series, line }.svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<circle class=\"a\"").count(), 3);
        assert!(svg.contains("cx=\"690.0\" cy=\"71.2\""), "{svg}");
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }

    #[test]
    fn axes_end_at_round_numbers() {
        let ends: Vec<f64> = [2_000.0, 0.48, 0.93, 1.2].map(|most| step(most) * STEPS).to_vec();
        for (end, wanted) in ends.iter().zip([2_000.0, 0.5, 1.0, 2.0]) {
            assert!((end - wanted).abs() < 1e-9, "{ends:?}");
        }
    }
}
