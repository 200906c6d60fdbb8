//! What is made of each entry of the list of tables: its row as a type, its definition, its number. Knows no table.

macro_rules! nullable {
    (null) => {
        true
    };
    (not_null) => {
        false
    };
}

macro_rules! tables {
    ($($(#[$doc:meta])* $row:ident, $table:ident = $id:literal, $name:literal, key $key:literal, append $append:literal, gold $gold:expr, goods $goods:expr, {
        $($(#[$fdoc:meta])* $field:ident: $type:ty = $kind:expr, $null:ident;)*
    })*) => {
        /// Every table that records write to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Table { $($(#[$doc])* $table = $id,)* }

        impl Table {
            /// All tables.
            pub const ALL: &'static [Self] = &[$(Self::$table,)*];

            /// Its definition.
            #[must_use]
            pub fn def(self) -> &'static TableDef {
                match self { $(Self::$table => <$row as Row>::DEF,)* }
            }

            /// The table with this number.
            #[must_use]
            pub fn from_code(code: u32) -> Option<Self> {
                match code { $($id => Some(Self::$table),)* _ => None }
            }
        }

        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $row { $($(#[$fdoc])* pub $field: $type,)* }

        impl Row for $row {
            const DEF: &'static TableDef = &TableDef {
                table: Table::$table,
                name: $name,
                key_columns: $key,
                append: $append,
                gold: $gold,
                goods: $goods,
                columns: &[$(Column { name: stringify!($field), kind: $kind, nullable: nullable!($null) },)*],
            };

            fn values(&self) -> Vec<Value> {
                vec![$(Cell::value(&self.$field),)*]
            }

            fn from_values(values: &[Value]) -> Option<Self> {
                let mut values = values.iter();
                let row = Self { $($field: Cell::from_value(values.next()?)?,)* };
                values.next().is_none().then_some(row)
            }
        })*
    };
}
