//! A backup is a folder: the world as it stood at a cursor, the journal's records since, and a manifest that is
//! written last. It is made beside players or while nobody serves, checked, and made a world again at any record
//! that it holds, in whichever kind of database.

mod check;
mod copier;
mod copy;
mod course;
mod error;
pub(in crate::driver) mod folder;
mod make;
mod online;
mod restore;

pub use crate::logic::manifest::Manifest;

pub use self::{
    check::{Checked, check},
    copier::{CopyOrder, show},
    copy::{copy_leaving, copy_world},
    course::Course,
    error::BackupError,
    make::{Made, make_offline},
    online::{BackupThread, mark_path, read_mark},
    restore::{Restored, restore, restore_mark},
};
