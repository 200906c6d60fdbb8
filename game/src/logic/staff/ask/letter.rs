//! Letters to many as they are asked for: every field within its bounds, those listed in the order in which they are dealt
//! with. Knows no account.

use proto::{
    limits::{
        GRANT_KEY_BYTES_MAX, MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX, MAILING_BYTES_MAX,
        MAILING_GOLD_MAX, MAILING_IDS_MAX, MAILING_THINGS_MAX,
    },
    link,
};

use super::{StaffError, is_key};
use crate::logic::text;

/// A key that makes asking again harmless.
pub(super) fn key(key: String) -> Result<String, StaffError> {
    if is_key(&key) { Ok(key) } else { Err(StaffError::BadRequest) }
}

/// Who is meant by a letter, those listed in the order in which they are dealt with.
pub(super) fn filter(filter: Option<link::StaffMailFilter>) -> Result<link::StaffMailFilter, StaffError> {
    let mut filter = filter.unwrap_or_default();
    filter.ids.sort_unstable();
    filter.ids.dedup();
    let is_id = |id: &u64| *id != 0 && i64::try_from(*id).is_ok();
    let is_good = filter.ids.len() <= MAILING_IDS_MAX && filter.ids.iter().all(is_id);
    if !is_good {
        return Err(StaffError::BadRequest);
    }
    if filter.ids.is_empty() {
        return Ok(filter);
    }
    Ok(link::StaffMailFilter { ids: filter.ids, ..link::StaffMailFilter::default() })
}

/// A letter of the house, as its readers see it.
pub(super) fn mailing(wish: link::StaffMailing) -> Result<link::StaffMailing, StaffError> {
    let link::StaffMailing { key: own, filter: whom, subject, text, gold, things, letters_max } = wish;
    let (subject, text) = (text::clean(&subject), text::clean(&text));
    let is_short = subject.len() <= MAIL_SUBJECT_BYTES_MAX && text.len() <= MAIL_TEXT_BYTES_MAX;
    let is_bounded = (0..=MAILING_GOLD_MAX).contains(&gold) && things.len() <= MAILING_THINGS_MAX;
    // What is given away is bounded by who asks: to how many is agreed to with it.
    let is_endless = letters_max == 0 && (gold != 0 || !things.is_empty());
    if !is_short || !is_bounded || is_endless || subject.is_empty() {
        return Err(StaffError::BadRequest);
    }
    let filter = Some(filter(whom)?);
    Ok(link::StaffMailing { key: key(own)?, filter, subject, text, gold, things, letters_max })
}

const _: () = {
    // A letter to many is kept whole: an id is a tag and a varint.
    assert!(
        MAILING_IDS_MAX * 10 + MAIL_SUBJECT_BYTES_MAX + MAIL_TEXT_BYTES_MAX + GRANT_KEY_BYTES_MAX + 256
            <= MAILING_BYTES_MAX
    );
};
