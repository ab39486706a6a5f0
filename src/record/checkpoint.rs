//! Checkpoints: what a ledger held when its records were folded, so that a removed or edited
//! record is seen (rule R15).
//!
//! Trees are those of RFC 6962: a leaf is SHA-256 of 0x00 and the bytes, a node of 0x01 and
//! both sides, split at the largest power of two below the number of leaves.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::canonical::{self, Object, Value, Whole};
use super::flaw::Flaw;
use super::identity::sha256;
use super::{Record, RecordId, shape};
use crate::model::UntrustedText;

/// The schema of every checkpoint that this version writes and reads.
pub const SCHEMA: &str = "krgate.checkpoint/1";

/// A hash of a tree, or of a checkpoint's file: 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// SHA-256 of a file.
    pub fn of_file(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// The leaf of some bytes.
    pub fn leaf(bytes: &[u8]) -> Self {
        Self(sha256(&[&[0], bytes].concat()))
    }

    /// The node above two others.
    fn node(left: Self, right: Self) -> Self {
        Self(sha256(&[&[1][..], &left.0, &right.0].concat()))
    }

    /// The root over leaves, in their order; of none it is SHA-256 of nothing.
    pub fn root(leaves: &[Self]) -> Self {
        match leaves {
            [] => Self(sha256(&[])),
            [leaf] => *leaf,
            many => {
                // The largest power of two below their number, which is 2 or more.
                let half = many.len().next_power_of_two() / 2;
                let (left, right) = many.split_at(half);
                Self::node(Self::root(left), Self::root(right))
            }
        }
    }

    /// Reads 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        RecordId::parse(text).map(|id| Self(id.bytes()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The records of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Such as `2026-11`.
    pub month: String,
    /// How many records there are.
    pub count: u64,
    /// The root over their files, sorted by id.
    pub root: Hash,
}

impl Month {
    fn to_object(&self) -> Object {
        Object::new()
            .with("month", self.month.as_str())
            .with("count", Whole::count(self.count))
            .with("root", self.root.to_string())
    }
}

/// The months of some records, in their order. Each record stands once.
pub fn months<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Month> {
    let mut months: BTreeMap<String, BTreeMap<RecordId, Hash>> = BTreeMap::new();
    for record in records {
        let leaves = months.entry(record.month().to_owned()).or_default();
        leaves.insert(record.id(), Hash::leaf(&record.to_bytes()));
    }
    let of_month = |(month, leaves): (String, BTreeMap<RecordId, Hash>)| {
        let leaves: Vec<Hash> = leaves.into_values().collect();
        Month {
            month,
            count: u64::try_from(leaves.len()).unwrap_or(u64::MAX),
            root: Hash::root(&leaves),
        }
    };
    months.into_iter().map(of_month).collect()
}

/// What a ledger held at a moment, `krgate.checkpoint/1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// When it was written.
    pub at: Timestamp,
    /// The months, in their order.
    pub months: Vec<Month>,
    /// SHA-256 of the file of the checkpoint before; `None` in the first.
    pub previous: Option<Hash>,
}

impl Checkpoint {
    /// How many records there were.
    pub fn count(&self) -> u64 {
        self.months.iter().map(|month| month.count).sum()
    }

    /// The root over the months.
    pub fn root(&self) -> Hash {
        let leaves = self.months.iter().map(|month| {
            let text = month.to_object().canonical();
            Hash::leaf(text.as_bytes())
        });
        Hash::root(&leaves.collect::<Vec<_>>())
    }

    /// What its file holds.
    pub fn to_bytes(&self) -> Vec<u8> {
        let months = self
            .months
            .iter()
            .map(|month| Value::from(month.to_object()));
        let mut body = Object::new()
            .with("schema", SCHEMA)
            .with("at", shape::written(self.at))
            .with("count", Whole::count(self.count()))
            .with("months", months.collect::<Vec<_>>())
            .with("root", self.root().to_string());
        body.set_some("prev", self.previous.map(|hash| hash.to_string()));
        let mut line = body.canonical();
        line.push('\n');
        line.into_bytes()
    }

    /// The name of its file: its time and the first twelve digits of its digest.
    pub fn file_name(&self) -> String {
        let time = self.at.strftime("%Y%m%dT%H%M%SZ");
        let digest = Hash::of_file(&self.to_bytes()).to_string();
        format!("{time}-{}.json", digest.get(..12).unwrap_or_default())
    }

    /// Reads what a file of a checkpoint holds.
    ///
    /// # Errors
    /// What is wrong with it, also a root or a count that does not follow from its months.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let body = canonical::read_line(bytes)?.object;
        match body.text("schema") {
            Some(SCHEMA) => {}
            Some(other) => return Err(Flaw::Schema(UntrustedText::new(other))),
            None => return Err(Flaw::Missing("schema")),
        }
        let at = body
            .text("at")
            .and_then(shape::moment)
            .ok_or(Flaw::Form("at"))?;
        let months = body.list("months").iter().map(|month| {
            let month = month.as_object()?;
            Some(Month {
                month: month.text("month")?.to_owned(),
                count: u64::try_from(month.number("count")?).ok()?,
                root: Hash::parse(month.text("root")?)?,
            })
        });
        let months: Option<Vec<Month>> = months.collect();
        let previous = match body.get("prev") {
            None => None,
            Some(hash) => {
                let hash = hash.as_text().and_then(Hash::parse);
                Some(hash.ok_or(Flaw::Form("prev"))?)
            }
        };
        let checkpoint = Self {
            at,
            months: months.ok_or(Flaw::Form("months"))?,
            previous,
        };
        if body
            .number("count")
            .and_then(|count| u64::try_from(count).ok())
            != Some(checkpoint.count())
        {
            return Err(Flaw::Form("count"));
        }
        if body.text("root") != Some(checkpoint.root().to_string().as_str()) {
            return Err(Flaw::Form("root"));
        }
        Ok(checkpoint)
    }

    /// The months in which the records that are here are not those of this checkpoint, with
    /// what is wrong. More records may have come since; fewer, or others, may not.
    pub fn contradicted_by(&self, here: &[Month]) -> Vec<(&str, &'static str)> {
        let mut wrong = Vec::new();
        for then in &self.months {
            let now = here.iter().find(|month| month.month == then.month);
            match now.map_or(0, |now| now.count).cmp(&then.count) {
                std::cmp::Ordering::Less => wrong.push((then.month.as_str(), "records are gone")),
                std::cmp::Ordering::Equal if now.is_some_and(|now| now.root != then.root) => {
                    wrong.push((then.month.as_str(), "records are not those that were there"));
                }
                _ => {}
            }
        }
        wrong
    }
}

/// What is wrong with a chain of checkpoints, each under the digest of its file. The latest
/// is the one that no other names.
///
/// # Errors
/// Why they are no chain: two first ones, two latest ones, a link that is missing.
pub fn latest(files: &BTreeMap<Hash, Checkpoint>) -> Result<Option<&Checkpoint>, &'static str> {
    let firsts = files.values().filter(|c| c.previous.is_none()).count();
    let named: Vec<Hash> = files.values().filter_map(|c| c.previous).collect();
    if named.iter().any(|hash| !files.contains_key(hash)) {
        return Err("one names a checkpoint before it that is not there");
    }
    let mut last = files.iter().filter(|(hash, _)| !named.contains(hash));
    match (files.is_empty(), firsts, last.next(), last.next()) {
        (true, ..) => Ok(None),
        (_, 1, Some((_, last)), None) => Ok(Some(last)),
        _ => Err("they do not follow one another in one line"),
    }
}
