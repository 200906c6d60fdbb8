//! The one list of the tables that game keeps in memory and changes by records, and everything that has to be
//! done for each of them. A new table is one line in it. Knows no handler.

use proto::{
    ids::{AccountId, Lsn},
    link::{Mutation, ReadResponse, Release, Row as StoredRow, Value},
    tables::{
        AccountRow, CampaignRow, CharacterNameRow, CharacterRow, ChatBlockRow, DeedKeyRow, FreezeRow,
        GrantKeyRow, ItemRow, MailRow, NameRow, RatingRow, ReplayPlayerRow, ReportRow, RestrictionRow,
        StaffNoteRow, SwitchRow, Table, WalletRow,
    },
};

use super::{
    cache::{Cached, CachedSet, TableCache, TrimRules, UnitId},
    ids::Ids,
    work::{Change, Changes, NotRead},
};

/// Tables that are never in this memory: logs, and what rooms keep of themselves ([`super::work::of_room`]).
macro_rules! not_held {
    () => {
        Table::Ledger
            | Table::GoodsLog
            | Table::StaffLog
            | Table::StaffChange
            | Table::Room
            | Table::RoomEntry
            | Table::RoomStake
            | Table::Replay
            | Table::ReplayChunk
            | Table::RoomClock
    };
}

/// `table: Row, single(column: type)` for rows that come one by one, `set(owner, id)` for those that come as the
/// set of their owner; `stays` if the first column is an account and they stay while it is logged in.
macro_rules! held {
    ($($field:ident = $table:ident: $row:ident, $shape:ident $columns:tt, $stays:ident;)*) => {
        /// What names a unit of any table.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum UnitKey { $($table(<$row as Cached>::Of),)* }

        impl UnitKey {
            /// Its table.
            pub(crate) fn table(&self) -> Table {
                match self { $(Self::$table(_) => Table::$table,)* }
            }

            /// Whether it is a set.
            pub(crate) fn is_set(&self) -> bool {
                match self { $(Self::$table(_) => <$row as Cached>::IS_SET,)* }
            }

            /// The first column of its rows' keys.
            pub(crate) fn value(&self) -> Value {
                match self { $(Self::$table(of) => of.value(),)* }
            }
        }

        /// All rows in memory.
        #[derive(Debug, Default)]
        pub(crate) struct Cache { $($field: TableCache<$row>,)* }

        impl Cache {
            /// Keeps a unit until [`Self::unpin`]; nothing if it is not here.
            pub(crate) fn pin(&mut self, key: &UnitKey) {
                match key { $(UnitKey::$table(of) => self.$field.pin(of),)* }
            }

            pub(crate) fn unpin(&mut self, key: &UnitKey) {
                match key { $(UnitKey::$table(of) => self.$field.unpin(of),)* }
            }

            pub(crate) fn holds(&self, key: &UnitKey) -> bool {
                match key { $(UnitKey::$table(of) => self.$field.holds(of),)* }
            }

            /// Takes in all rows of a unit that is not here. False: they are not.
            pub(crate) fn fill<'a>(
                &mut self,
                key: &UnitKey,
                stored: impl Iterator<Item = &'a StoredRow>,
            ) -> bool {
                match key { $(UnitKey::$table(of) => self.$field.fill(of, stored),)* }
            }

            /// Takes in a page of a table of single rows; the key after which the next begins.
            pub(crate) fn fill_page(&mut self, table: Table, page: &ReadResponse) -> Option<Vec<Value>> {
                let rows = page.rows.iter().filter_map(|found| found.row.as_ref());
                match table {
                    $(Table::$table => self.$field.fill_page(rows),)*
                    not_held!() => None,
                }
            }

            /// All rows of a table have come: none of them goes any more.
            pub(crate) fn keep_whole(&mut self, table: Table) {
                match table {
                    $(Table::$table => self.$field.keep_whole(),)*
                    not_held!() => {}
                }
            }

            /// Shows every table.
            #[cfg(test)]
            pub(crate) fn show(&self, to: &mut impl SeesTables) {
                $(to.table(&self.$field);)*
            }

            /// Units of a table.
            pub(crate) fn units(&self, table: Table) -> usize {
                match table {
                    $(Table::$table => self.$field.len(),)*
                    not_held!() => 0,
                }
            }

            /// Forgets units beyond the bound; what was forgotten goes to `releases`. Bounded work. Returns
            /// those that could go but for what no record carries.
            pub(crate) fn trim(
                &mut self,
                rules: &TrimRules,
                online: impl Fn(AccountId) -> bool,
                releases: &mut Vec<Release>,
            ) -> Vec<UnitKey> {
                let mut unsaved = Vec::new();
                $(
                    let of_table = self.$field.trim(rules, &online, releases);
                    unsaved.extend(of_table.into_iter().map(|of| UnitKey::$table(of)));
                )*
                unsaved
            }
        }

        /// What a unit of work has changed, table by table.
        #[derive(Debug, Default)]
        pub(crate) struct AllChanges { $($field: Vec<Change<$row>>,)* }

        impl AllChanges {
            pub(crate) fn clear(&mut self) {
                $(self.$field.clear();)*
            }

            pub(crate) fn is_empty(&self) -> bool {
                true $(&& self.$field.is_empty())*
            }

            /// Each as a mutation over what is in memory.
            ///
            /// # Errors
            /// A change of what was never read: a mistake of ours.
            pub(crate) fn mutations(
                &self,
                cache: &Cache,
                ids: &Ids,
                out: &mut Vec<Mutation>,
            ) -> Result<(), NotRead> {
                $(super::work::mutations(&self.$field, cache, ids, out)?;)*
                Ok(())
            }

            /// Makes them the truth.
            pub(crate) fn apply(&mut self, cache: &mut Cache, lsn: Lsn) {
                $(super::work::apply(&mut self.$field, cache, lsn);)*
            }
        }

        $(
            cached!($field, $table, $row, $shape $columns, $stays);

            impl Changes for $row {
                fn changes(all: &AllChanges) -> &Vec<Change<Self>> {
                    &all.$field
                }
                fn changes_mut(all: &mut AllChanges) -> &mut Vec<Change<Self>> {
                    &mut all.$field
                }
            }
        )*
    };
}

macro_rules! cached {
    ($field:ident, $table:ident, $row:ident, single($key:ident: $type:ty), $stays:ident) => {
        impl Cached for $row {
            type Key = $type;
            type Of = $type;
            const IS_SET: bool = false;

            fn key(&self) -> $type {
                self.$key.clone()
            }
            fn key_values(key: &$type) -> Vec<Value> {
                vec![key.value()]
            }
            fn of(key: &$type) -> &$type {
                key
            }
            cached!(@common $field, $table, $stays);
        }
    };
    ($field:ident, $table:ident, $row:ident, set($owner:ident, $id:ident), $stays:ident) => {
        impl Cached for $row {
            type Key = (u64, u64);
            type Of = u64;
            const IS_SET: bool = true;

            fn key(&self) -> (u64, u64) {
                (self.$owner, self.$id)
            }
            fn key_values(key: &(u64, u64)) -> Vec<Value> {
                vec![key.0.value(), key.1.value()]
            }
            fn of(key: &(u64, u64)) -> &u64 {
                &key.0
            }
            cached!(@common $field, $table, $stays);
        }

        impl CachedSet for $row {}
    };
    (@common $field:ident, $table:ident, $stays:ident) => {
        fn unit_key(of: &Self::Of) -> UnitKey {
            UnitKey::$table(of.clone())
        }
        fn account(of: &Self::Of) -> Option<AccountId> {
            cached!(@account $stays, of)
        }
        fn table(cache: &Cache) -> &TableCache<Self> {
            &cache.$field
        }
        fn table_mut(cache: &mut Cache) -> &mut TableCache<Self> {
            &mut cache.$field
        }
    };
    (@account stays, $of:ident) => { Some(AccountId(*$of)) };
    (@account goes, $of:ident) => {{ let _ = $of; None }};
}

held! {
    accounts = Account: AccountRow, single(id: u64), stays;
    names = Name: NameRow, single(name_key: String), goes;
    wallets = Wallet: WalletRow, single(account: u64), stays;
    restrictions = Restriction: RestrictionRow, single(account: u64), stays;
    characters = Character: CharacterRow, set(account, id), stays;
    character_names = CharacterName: CharacterNameRow, single(name_key: String), goes;
    items = Item: ItemRow, set(holder, id), goes;
    mails = Mail: MailRow, set(to_character, id), goes;
    chat_blocks = ChatBlock: ChatBlockRow, set(account, blocked), stays;
    reports = Report: ReportRow, set(account, by_account), goes;
    grant_keys = GrantKey: GrantKeyRow, single(key: String), goes;
    replay_players = ReplayPlayer: ReplayPlayerRow, set(account, replay), goes;
    ratings = Rating: RatingRow, set(account, game), stays;
    switches = Switch: SwitchRow, single(name: String), goes;
    freezes = Freeze: FreezeRow, single(account: u64), goes;
    campaigns = Campaign: CampaignRow, single(key: String), goes;
    staff_notes = StaffNote: StaffNoteRow, set(account, id), goes;
    deed_keys = DeedKey: DeedKeyRow, single(key: String), goes;
}

/// Somebody who looks at every table.
#[cfg(test)]
pub(crate) trait SeesTables {
    fn table<R: Cached>(&mut self, table: &TableCache<R>);
}

/// Loaded before the world is ready, in this order: only tables of single rows, for a page may cut a set.
pub(crate) const PRELOADED: &[Table] = &[Table::Account, Table::Name, Table::Wallet, Table::Restriction];
/// Of those, the ones that stay if all their rows fit: few are restricted, so nobody else's row is asked for.
pub(crate) const KEPT_WHOLE: &[Table] = &[Table::Restriction, Table::Switch, Table::Freeze, Table::Campaign];
/// Loaded after them in every case, and all of it: few rows, which all that moves wealth asks for.
pub(crate) const ALWAYS_LOADED: &[Table] = &[Table::Switch, Table::Freeze, Table::Campaign];
