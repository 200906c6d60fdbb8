//! A TOML file read field by field. Every mistake is kept with its place, and reading goes on: designers
//! hear of all of them at once. Knows no field by name.

use std::{fmt::Display, ops::RangeInclusive, rc::Rc, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problem::Problem;

/// A file and what is wrong in it so far.
#[derive(Debug)]
pub(crate) struct File {
    name: String,
    content: Arc<str>,
}

/// Where a field stands, for what turns out later.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    file: Rc<File>,
    span: std::ops::Range<usize>,
    field: String,
}

impl Place {
    /// The field is not what it has to be.
    pub(crate) fn problem(&self, text: impl Into<String>) -> Problem {
        Problem {
            file: self.file.name.clone(),
            content: self.file.content.clone(),
            span: self.span.clone(),
            field: self.field.clone(),
            text: text.into(),
        }
    }

    /// Its line, from 1.
    pub(crate) fn line(&self) -> usize {
        self.problem("").line()
    }
}

/// One table of the file, being read.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    file: Rc<File>,
    table: &'a DeTable<'a>,
    span: std::ops::Range<usize>,
    /// `item`, `monster.loot`; empty for the file itself.
    path: String,
    seen: Vec<&'static str>,
    problems: &'a mut Vec<Problem>,
}

/// Reads a file with `read`; nothing if it is not TOML at all.
pub(crate) fn read_file<T>(
    name: &str,
    content: &str,
    problems: &mut Vec<Problem>,
    read: impl FnOnce(&mut Row<'_>) -> T,
) -> Option<T> {
    let file = Rc::new(File { name: name.to_owned(), content: content.into() });
    let (table, errors) = DeTable::parse_recoverable(content);
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| {
            let span = error.span().unwrap_or(0..0);
            let place = Place { file: Rc::clone(&file), span, field: String::new() };
            place.problem(error.message().replace('\n', ", "))
        }));
        return None;
    }
    let span = 0..0;
    let mut row = Row { file, table: table.get_ref(), span, path: String::new(), seen: Vec::new(), problems };
    let value = read(&mut row);
    row.refuse_unknown();
    Some(value)
}

impl<'a> Row<'a> {
    /// Where a field stands, or its table if it is not there.
    pub(crate) fn place(&self, key: &str) -> Place {
        let span = self.table.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        Place { file: Rc::clone(&self.file), span, field: self.field(key) }
    }

    /// A field is not what it has to be.
    pub(crate) fn refuse(&mut self, key: &str, text: impl Into<String>) {
        let problem = self.place(key).problem(text);
        self.problems.push(problem);
    }

    /// Whether a field is written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// A whole number that must be there.
    pub(crate) fn number<N>(&mut self, key: &'static str, bounds: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        let value = self.required(key)?;
        self.as_number(key, value, &bounds)
    }

    /// A whole number, or what it is when it is not written.
    pub(crate) fn number_or<N>(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<N>,
        default: N,
    ) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        if self.has(key) { self.number(key, bounds) } else { Some(self.absent(key, default)) }
    }

    /// A whole number that need not be there.
    pub(crate) fn number_if<N>(&mut self, key: &'static str, bounds: RangeInclusive<N>) -> Option<Option<N>>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        if self.has(key) { self.number(key, bounds).map(Some) } else { Some(self.absent(key, None)) }
    }

    /// `[least, most]`.
    pub(crate) fn range<N>(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<N>,
    ) -> Option<RangeInclusive<N>>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        let value = self.required(key)?;
        let ends = match value.get_ref() {
            DeValue::Array(array) if array.len() == 2 => (&array[0], &array[1]),
            _ => {
                self.refuse(key, "expected [least, most]");
                return None;
            }
        };
        let least = self.as_number(key, ends.0, &bounds);
        let most = self.as_number(key, ends.1, &bounds);
        let (least, most) = (least?, most?);
        if most < least {
            self.refuse(key, format!("the least, {least}, is more than the most, {most}"));
            return None;
        }
        Some(least..=most)
    }

    /// The same, or what it is when it is not written.
    pub(crate) fn range_or<N>(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<N>,
        default: RangeInclusive<N>,
    ) -> Option<RangeInclusive<N>>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        if self.has(key) { self.range(key, bounds) } else { Some(self.absent(key, default)) }
    }

    /// Text that people read: 1 to `bytes_max` bytes, on one line.
    pub(crate) fn text(&mut self, key: &'static str, bytes_max: usize) -> Option<String> {
        let value = self.required(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "text");
            return None;
        };
        let trouble = match text {
            "" => Some("empty".to_owned()),
            _ if bytes_max < text.len() => Some(format!("{} bytes, at most {bytes_max}", text.len())),
            _ if text.chars().any(char::is_control) => Some("holds a control character".to_owned()),
            _ if text.trim() != text => Some("begins or ends with a space".to_owned()),
            _ => None,
        };
        match trouble {
            None => Some(text.to_owned()),
            Some(trouble) => {
                self.refuse(key, trouble);
                None
            }
        }
    }

    /// One of a few words, if it is there.
    pub(crate) fn word_if<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<Option<T>> {
        if !self.has(key) {
            return Some(self.absent(key, None));
        }
        let value = self.required(key)?;
        let found = value.get_ref().as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(key, format!("expected one of: {}", all.join(", ")));
        }
        found.map(|(_, word)| Some(*word))
    }

    /// Every `[[key]]` table that `read` could make something of, in the file's order. More than `max` are
    /// a problem.
    pub(crate) fn rows<T>(
        &mut self,
        key: &'static str,
        max: usize,
        mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.seen.push(key);
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            self.refuse(key, format!("expected tables: [[{}]]", self.field(key)));
            return Vec::new();
        };
        if max < array.len() {
            self.refuse(key, format!("{} of them, at most {max}", array.len()));
            return Vec::new();
        }
        let path = self.field(key);
        let mut rows = Vec::new();
        for inner in array.iter() {
            let DeValue::Table(table) = inner.get_ref() else {
                self.refuse(key, format!("expected tables: [[{path}]]"));
                return rows;
            };
            let mut row = Row {
                file: Rc::clone(&self.file),
                table,
                span: inner.span(),
                path: path.clone(),
                seen: Vec::new(),
                problems: &mut *self.problems,
            };
            rows.extend(read(&mut row));
            row.refuse_unknown();
        }
        rows
    }

    fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn absent<T>(&mut self, key: &'static str, default: T) -> T {
        self.seen.push(key);
        default
    }

    fn required(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.seen.push(key);
        let value = self.table.get(key);
        if value.is_none() {
            self.refuse(key, "missing");
        }
        value
    }

    fn as_number<N>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        bounds: &RangeInclusive<N>,
    ) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        let DeValue::Integer(written) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let number = i64::from_str_radix(written.as_str(), written.radix()).ok();
        let number = number.and_then(|number| N::try_from(number).ok());
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            self.refuse(key, format!("{written}: allowed are {} to {}", bounds.start(), bounds.end()));
        }
        number
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = value.get_ref().type_str();
        self.refuse(key, format!("expected {expected}, found {found}"));
    }

    fn refuse_unknown(&mut self) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !self.seen.contains(&name) {
                let place = Place { file: Rc::clone(&self.file), span: key.span(), field: self.field(name) };
                let known = self.seen.join(", ");
                self.problems.push(place.problem(format!("unknown; there are: {known}")));
            }
        }
    }
}
