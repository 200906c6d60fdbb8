//! How many rows go into one statement. Knows no table and no connection.

/// Whether a statement may have more rows than there are left, the last one again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// It changes nothing when it comes again.
    Some,
    /// It would.
    Never,
}

/// Rows of the next statement, a few more than there are at most: powers of two, for each size is a statement that
/// the server keeps.
pub(super) fn statement_rows<R>(
    rows: &[R],
    most: usize,
    filling: Filling,
    bytes: impl Fn(&R) -> usize,
) -> usize {
    let up = rows.len().next_power_of_two();
    let filled = match filling {
        Filling::Some => FILLED_UP.max(rows.len() / FILLED_UP_PART),
        Filling::Never => 0,
    };
    let is_near = up - rows.len() <= filled;
    let mut size = if is_near { up } else { up / 2 }.clamp(1, most);
    while 1 < size && STATEMENT_BYTES_MAX < rows.iter().take(size).map(&bytes).sum() {
        size /= 2;
    }
    size
}

/// Of one statement, unless a single row has more.
const STATEMENT_BYTES_MAX: usize = 1 << 20;
/// So many rows are filled up for less than another statement costs …
const FILLED_UP: usize = 8;
/// … and so is this part of all rows.
const FILLED_UP_PART: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 512;

    #[test]
    fn statements_come_in_few_sizes_and_are_hardly_filled_up() {
        let rows = vec![100; 3_000];
        for count in 1..rows.len() {
            let (mut left, mut filled, mut statements) = (count, 0, 0);
            while left != 0 {
                let size = statement_rows(&rows[..left], MOST, Filling::Some, |bytes| *bytes);
                assert!(size.is_power_of_two() && size <= MOST, "{left}: {size}");
                filled += size.saturating_sub(left);
                left -= size.min(left);
                statements += 1;
            }
            assert!(filled <= FILLED_UP.max(count / FILLED_UP_PART), "{count}: {filled}");
            assert!(statements <= count / MOST + 4, "{count}: {statements}");
            assert_eq!(statement_rows(&rows[..count], 1, Filling::Some, |bytes| *bytes), 1);
            let whole = statement_rows(&rows[..count], MOST, Filling::Never, |bytes| *bytes);
            assert!(whole <= count && whole.is_power_of_two(), "{count}: {whole}");
        }
    }

    #[test]
    fn long_rows_are_fewer_of_a_statement_and_the_longest_goes_alone() {
        let size = |bytes: usize| statement_rows(&[bytes; 100], MOST, Filling::Never, |bytes| *bytes);
        assert_eq!((size(1_000), size(STATEMENT_BYTES_MAX / 8), size(2 * STATEMENT_BYTES_MAX)), (64, 8, 1));
    }
}
