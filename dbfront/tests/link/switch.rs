//! A database that goes away and comes back on request.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use dbfront::store::{
    ApplyBatch, Cursor, Database, Founding, Presence, Query, Reader, Snapshot, Store, StoreError,
    sqlite::Sqlite,
};

/// See the module. Clones share the switch.
#[derive(Clone)]
pub struct Switch {
    inner: Arc<Sqlite>,
    away: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
}

struct Switched<T: ?Sized> {
    away: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
    inner: Box<T>,
}

impl Switch {
    pub fn new(inner: Sqlite) -> Self {
        Self { inner: Arc::new(inner), away: Arc::default(), stuck: Arc::default() }
    }

    pub fn set_away(&self, away: bool) {
        self.away.store(away, SeqCst);
    }

    /// Whether it takes changes; it answers in any case.
    pub fn set_applying(&self, applying: bool) {
        self.stuck.store(!applying, SeqCst);
    }

    fn switched<T: ?Sized>(&self, inner: Box<T>) -> Box<Switched<T>> {
        Box::new(Switched { away: self.away.clone(), stuck: self.stuck.clone(), inner })
    }
}

fn check(away: &AtomicBool) -> Result<(), StoreError> {
    if away.load(SeqCst) { Err(StoreError::Transient { detail: "switched off".into() }) } else { Ok(()) }
}

impl Database for Switch {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn founding(&self) -> Founding {
        self.inner.founding()
    }

    fn presence(&self) -> Result<Presence, StoreError> {
        check(&self.away)?;
        self.inner.presence()
    }

    fn prepare(&self, first: Cursor) -> Result<(), StoreError> {
        check(&self.away)?;
        self.inner.prepare(first)
    }

    fn publish(&self) -> Result<(), StoreError> {
        check(&self.away)?;
        self.inner.publish()
    }

    fn migrate(&self) -> Result<u32, StoreError> {
        check(&self.away)?;
        self.inner.migrate()
    }

    fn connect(&self) -> Result<Box<dyn Store>, StoreError> {
        check(&self.away)?;
        Ok(self.switched(self.inner.connect()?))
    }

    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        check(&self.away)?;
        Ok(self.switched(self.inner.connect_reader()?))
    }
}

impl Store for Switched<dyn Store> {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        check(&self.away)?;
        self.inner.cursor()
    }

    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError> {
        check(&self.away)?;
        self.inner.begin_term(seen)
    }

    fn apply(&mut self, batch: &ApplyBatch) -> Result<(), StoreError> {
        check(&self.away)?;
        check(&self.stuck)?;
        self.inner.apply(batch)
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        check(&self.away)?;
        self.inner.checkpoint()
    }
}

impl Reader for Switched<dyn Reader> {
    fn read(&mut self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        check(&self.away)?;
        self.inner.read(queries)
    }
}
