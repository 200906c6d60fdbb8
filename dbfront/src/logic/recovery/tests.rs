//! Recovery after every interruption and every damage that can be made to a small journal.

mod crash;
mod cursor;
mod damage;
mod document;
mod golden;
mod misplaced;
mod recycled;
mod rounds;
mod table;
