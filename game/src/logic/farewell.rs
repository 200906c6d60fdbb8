//! The world's goodbye.

use proto::close::CloseReason;

use super::{delivery::ConnKey, event::Now, world::World};

impl World {
    /// Closes every connection. What waits for durability is dropped: the caller has waited for it.
    pub fn close_all(&mut self, reason: CloseReason, now: Now) {
        let keys: Vec<ConnKey> = self.conns.keys().collect();
        for key in keys {
            self.close(key, reason, &[], now);
        }
    }
}
