//! A straight line through points, and how straight they are.

/// `base + slope · x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) base: f64,
    pub(super) slope: f64,
    /// 1: all points are on it.
    pub(super) r_square: f64,
}

/// By least squares; nothing for fewer than two different points.
#[expect(clippy::cast_precision_loss, reason = "a handful of points")]
pub(super) fn fit(points: &[(f64, f64)]) -> Option<Line> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(x, y)| of(x - x_mean, y - y_mean)).sum::<f64>();
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    let is_line = 0.0 < xx && 0.0 < yy;
    is_line.then(|| {
        let slope = xy / xx;
        Line { base: y_mean - slope * x_mean, slope, r_square: xy * xy / (xx * yy) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_are_straight_and_others_less() {
        let line = fit(&[(0.0, 1.0), (10.0, 6.0), (20.0, 11.0)]).unwrap();
        assert!((line.base - 1.0).abs() < 1e-9 && (line.slope - 0.5).abs() < 1e-9);
        assert!((line.r_square - 1.0).abs() < 1e-9);
        let bent = fit(&[(1.0, 1.0), (2.0, 4.0), (3.0, 9.0), (4.0, 16.0)]).unwrap();
        assert!(bent.r_square < 0.98, "{bent:?}");
        assert_eq!(fit(&[(3.0, 4.0)]), None);
        assert_eq!(fit(&[]), None);
    }
}
