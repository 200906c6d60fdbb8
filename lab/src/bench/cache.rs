//! How many reads dbfront's memory answers where it has room for a fifth of the rows: one tier of rows as they are
//! beside two, the second deflated, of the same bytes. The same reads in the same order, so the same figures each time.

use dbfront::logic::{
    overlay::{Known, Overlay},
    row::{RowKey, StoredRow},
};
use proto::{
    ids::Lsn,
    tables::{CharacterRow, ItemRow, Row as _, Table, WalletRow},
};

use super::{Row, Setting, say};
use crate::error::Error;

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) {
        return Ok(());
    }
    let (rows, reads) = if setting.options.quick { QUICK } else { FULL };
    let measured = measure(rows, reads);
    say(&measured.line());
    let ratio = measured.two.hits / measured.one.hits;
    setting.row(Row {
        reference: Some(measured.one.hits * 100.0),
        ratio: Some(ratio),
        target: Some(TARGET),
        ok: TARGET <= ratio,
        ..Row::plain(NAME, "% of reads", measured.two.hits * 100.0, None)
    });
    Ok(())
}

/// Both.
pub(super) struct Measured {
    pub(super) one: Tiers,
    pub(super) two: Tiers,
}

/// What became of the reads.
pub(super) struct Tiers {
    /// Of all, those that needed no database.
    pub(super) hits: f64,
    /// Of all, those of a row that was deflated.
    pub(super) cold: f64,
    /// At the end.
    pub(super) rows: usize,
    bytes: usize,
    reads_per_s: f64,
}

impl Measured {
    fn line(&self) -> String {
        let tiers = |name: &str, tiers: &Tiers| {
            format!(
                "{name}: {:.1} % of reads ({:.1} % deflated), {} rows in {} MiB, {:.0} reads/s",
                tiers.hits * 100.0,
                tiers.cold * 100.0,
                tiers.rows,
                tiers.bytes >> 20,
                tiers.reads_per_s
            )
        };
        format!("{}; {}", tiers("one tier", &self.one), tiers("two", &self.two))
    }
}

/// So many reads by Zipf's law (0.99) of so many rows, after as many that are not counted.
pub(super) fn measure(rows: u64, reads: u64) -> Measured {
    let room = decoded_bytes(rows) / 5;
    let law = law(rows);
    let one = read(Overlay::new(Lsn(0), room), &law, reads);
    let two = read(Overlay::new(Lsn(0), room).deflating(), &law, reads);
    Measured { one, two }
}

#[expect(clippy::cast_precision_loss, reason = "counts of reads are far below 2⁵²")]
fn read(mut overlay: Overlay, law: &[f64], reads: u64) -> Tiers {
    let rows = law.len() as u64;
    let mut seed = 0x2545_f491_4f6c_dd1d;
    let mut before = overlay.hits();
    let mut begin = crate::clock::now();
    for n in 0..2 * reads {
        if n == reads {
            before = overlay.hits();
            begin = crate::clock::now();
        }
        // The most wanted are anywhere among the others: the factor has no divisor in common with any power of ten.
        let rank = draw(&mut seed, law);
        let (table, row) = row((rank * 7_368_787 + 11) % rows);
        let key = RowKey::of(table.def(), &row.row);
        if overlay.look(table, &key) == Known::Unknown {
            let ticket = overlay.read_began();
            overlay.learn(table, row);
            overlay.read_ended(ticket);
        } else {
            overlay.tend();
        }
        overlay.release(table, &key);
    }
    let hits = overlay.hits();
    let all = reads as f64;
    let cold = (hits.cold - before.cold) as f64;
    Tiers {
        hits: (hits.hot - before.hot) as f64 / all + cold / all,
        cold: cold / all,
        rows: overlay.len(),
        bytes: overlay.settled_bytes(),
        reads_per_s: all / begin.elapsed().as_secs_f64(),
    }
}

/// What all rows take as they are.
fn decoded_bytes(rows: u64) -> usize {
    let all: Vec<u64> = (0..rows).collect();
    let bytes = all.chunks(CHUNK).map(|numbers| {
        let mut overlay = Overlay::new(Lsn(0), usize::MAX);
        for &number in numbers {
            let (table, row) = row(number);
            overlay.learn(table, row);
        }
        overlay.settled_bytes()
    });
    bytes.sum()
}

/// A fifth each are wallets and characters, the rest things in bags.
fn row(number: u64) -> (Table, StoredRow) {
    let (owner, which) = (number / 5 + 1, number % 5);
    let random = |salt: u64| mix(number.wrapping_mul(31).wrapping_add(salt));
    let small = |salt, below: u32| u32::try_from(random(salt) % u64::from(below)).unwrap_or(0);
    let (table, values) = match which {
        0 => {
            let gold = i64::from(small(1, 1 << (4 + small(2, 20))));
            (Table::Wallet, WalletRow { account: owner, gold }.values())
        }
        1 => {
            let character = CharacterRow {
                account: owner,
                id: (1 << 40) + owner,
                name: name(random(3)),
                level: 1 + small(4, 60),
                xp: u64::from(small(5, 4_000_000)),
                hp: small(6, 900),
                map: 1 + small(7, 12),
                x_mm: i64::from(small(8, 2_000_000)) - 1_000_000,
                y_mm: i64::from(small(9, 2_000_000)) - 1_000_000,
                created_ms: 1_760_000_000_000 + u64::from(small(10, u32::MAX)),
                deleted_ms: None,
                dead: small(11, 50) == 0,
            };
            (Table::Character, character.values())
        }
        _ => {
            let item = ItemRow {
                holder: (1 << 40) + owner,
                id: (2 << 40) + number,
                kind: 100 + small(12, 300),
                quantity: 1 + small(13, 20),
                place: 1 + small(14, 2),
                slot: u32::try_from(which).unwrap_or(0),
            };
            (Table::Item, item.values())
        }
    };
    (table, StoredRow { ver: 1 + u64::from(small(15, 5_000)), row: values.into() })
}

fn name(mut random: u64) -> String {
    let mut name = String::new();
    for _ in 0..2 + random % 3 {
        random = mix(random);
        let part = usize::try_from(random % SYLLABLES.len() as u64).unwrap_or(0);
        name.push_str(SYLLABLES[part]);
    }
    name
}

/// How likely a rank up to each is, the most wanted first.
#[expect(clippy::cast_precision_loss, reason = "ranks are far below 2⁵²")]
fn law(rows: u64) -> Vec<f64> {
    let weights = (1..=rows).map(|rank| (rank as f64).powf(-SKEW));
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are taken")]
fn draw(seed: &mut u64, law: &[f64]) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let part = (mix(*seed) >> 11) as f64 / (1_u64 << 53) as f64;
    let all = law.last().copied().unwrap_or(0.0);
    law.partition_point(|sum| *sum < part * all) as u64
}

/// Spreads a number over all bits.
fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

const NAME: &str = "cache_hits_zipf";
/// Rows, and reads that count.
const QUICK: (u64, u64) = (200_000, 500_000);
/// The same.
const FULL: (u64, u64) = (1_000_000, 3_000_000);
const SKEW: f64 = 0.99;
const TARGET: f64 = 1.05;
const CHUNK: usize = 10_000;
const SYLLABLES: [&str; 16] =
    ["ka", "ro", "mi", "sha", "the", "lin", "dor", "ve", "an", "gar", "wyn", "is", "tol", "eh", "bra", "zu"];
