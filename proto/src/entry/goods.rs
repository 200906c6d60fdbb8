//! Double entry of goods, kind by kind: what a record's rows gain and lose is what its flows say, and no item is
//! in two places. A thing that changes hands is a row that goes and one that comes, and moves nothing in sum.

use super::EntryError;
use crate::{
    limits::ITEM_QUANTITY_MAX,
    link::{self, GoodsFlow, Mutation, Op, Value, value::V},
    tables::TableDef,
};

/// What a row is, if its table holds goods.
#[must_use]
pub fn row_goods(def: &TableDef, row: &[Value]) -> Option<link::Goods> {
    let columns = def.goods?;
    let number = |column| u32::try_from(int_in(row.get(column))).unwrap_or(0);
    Some(link::Goods { kind: number(columns.kind), quantity: number(columns.quantity) })
}

fn int_in(value: Option<&Value>) -> i64 {
    match value {
        Some(Value { v: Some(V::Int(number)) }) => *number,
        _ => 0,
    }
}

/// What a record's rows did to goods so far. Records that touch none allocate nothing.
#[derive(Debug, Default)]
pub(super) struct Goods {
    /// Kind, and by how much a row changed it.
    moved: Vec<(u32, i64)>,
    put: Vec<i64>,
    taken: Vec<i64>,
}

impl Goods {
    /// A mutation whose row and version were checked.
    pub(super) fn add(
        &mut self,
        def: &'static TableDef,
        mutation: &Mutation,
        index: usize,
    ) -> Result<(), EntryError> {
        let before = mutation.goods_before;
        let Some(columns) = def.goods else {
            return before.map_or(Ok(()), |_| Err(EntryError::GoodsBefore { index, table: def.name }));
        };
        let fits = match before {
            None => mutation.ver == 1,
            Some(before) => mutation.ver != 1 && (1..=ITEM_QUANTITY_MAX).contains(&before.quantity),
        };
        if !fits {
            return Err(EntryError::GoodsBefore { index, table: def.name });
        }
        let item = int_in(mutation.row.get(columns.item));
        let is_gone = mutation.op() == Op::Delete;
        let seen = if is_gone { &mut self.taken } else { &mut self.put };
        seen.push(item);
        if let Some(before) = before {
            self.moved.push((before.kind, -i64::from(before.quantity)));
        }
        if let Some(after) = row_goods(def, &mutation.row).filter(|_| !is_gone) {
            self.moved.push((after.kind, after.quantity.into()));
        }
        Ok(())
    }

    /// Compares with what the record says.
    pub(super) fn check_flows(mut self, flows: &[GoodsFlow]) -> Result<(), EntryError> {
        for items in [&mut self.put, &mut self.taken] {
            items.sort_unstable();
            if let Some(twice) = items.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(EntryError::ItemTwice { item: twice[0] });
            }
        }
        let mut stated = Vec::with_capacity(flows.len());
        for (index, flow) in flows.iter().enumerate() {
            let cap = i64::from(ITEM_QUANTITY_MAX);
            if flow.reason == 0 || !(-cap..=cap).contains(&flow.amount) {
                return Err(EntryError::GoodsFlow { index });
            }
            stated.push((flow.kind, flow.amount));
        }
        // Sorted by kind, a kind's entries are one run in each list.
        self.moved.sort_unstable();
        stated.sort_unstable();
        let (mut moved, mut stated) = (self.moved.as_slice(), stated.as_slice());
        while let Some(&(kind, _)) = [moved.first(), stated.first()].into_iter().flatten().min() {
            let sums = (take_kind(&mut moved, kind), take_kind(&mut stated, kind));
            if sums.0 != sums.1 {
                return Err(EntryError::GoodsUnbalanced { kind, moved: sums.0, stated: sums.1 });
            }
        }
        Ok(())
    }
}

/// Takes the entries of a kind off the front and sums them.
fn take_kind(entries: &mut &[(u32, i64)], kind: u32) -> i128 {
    let count = entries.iter().take_while(|entry| entry.0 == kind).count();
    let (of_kind, rest) = entries.split_at(count);
    *entries = rest;
    of_kind.iter().map(|&(_, amount)| i128::from(amount)).sum()
}
