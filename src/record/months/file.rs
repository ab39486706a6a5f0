//! The file of a closed month: one line that says what is where, then the parts.
//!
//! The line is SHA-256 of the rest of it, a space, JSON, a line feed. Each part stands with its
//! SHA-256 in it; one that is not as it says makes the file as good as absent. Numbers are
//! little-endian.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::month::{Month, RunOf};
use super::{Asked, Figure};
use crate::model::history::{Definition, RecordId};
use crate::model::{Bound, Quantity, Verdict};
use crate::record::Record;
use crate::record::checkpoint::Hash;

/// The schema of the files that this version writes and reads.
const SCHEMA: &str = "krgate.month/1";

/// Longest first line; no month has that many key results.
const MOST_LINE: u64 = 64 << 20;

/// Bytes of a row.
const ROW: usize = 8 + 4 + 4 + 4 + 1;

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    root: String,
    stamp: String,
    ids: Part,
    loose: Part,
    runs: Part,
    carried: Part,
    amendments: Part,
    series: Vec<Line>,
}

/// Where a part is, from the end of the first line.
#[derive(Clone, Serialize, Deserialize)]
struct Part {
    at: u64,
    bytes: usize,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    repository: String,
    key_result: String,
    definitions: usize,
    values: usize,
    part: Part,
}

/// Parts on their way into a file.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn add(&mut self, bytes: &[u8]) -> Part {
        let at = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(bytes);
        Part {
            at,
            bytes: bytes.len(),
            sha256: Hash::of_file(bytes).to_string(),
        }
    }
}

/// Writes the file of a month. It appears whole or not at all.
pub(super) fn write(path: &Path, month: &Month, stamp: &str) -> io::Result<()> {
    let refused = || io::Error::from(io::ErrorKind::InvalidData);
    let mut body = Body::default();
    let ids: Vec<u8> = month.ids.iter().flat_map(|id| id.0).collect();
    let loose = month.loose.iter();
    let loose: Vec<u8> = loose.flat_map(|(id, of)| [id.0, of.0].concat()).collect();
    let runs = month.runs.as_deref().unwrap_or_default().iter();
    let runs = runs
        .flat_map(|(run, attempt, record)| [&run[..], &attempt.to_le_bytes(), &record.0].concat());
    let runs: Vec<u8> = runs.collect();
    let amendments = month.amendments.iter().flat_map(Record::to_bytes);
    let amendments: Vec<u8> = amendments.collect();
    let head = Head {
        schema: SCHEMA.to_owned(),
        root: month.root.ok_or_else(refused)?.to_string(),
        stamp: stamp.to_owned(),
        ids: body.add(&ids),
        loose: body.add(&loose),
        runs: body.add(&runs),
        carried: body.add(&month.carried.concat()),
        amendments: body.add(&amendments),
        series: month
            .by_key_result
            .iter()
            .map(|((repository, key_result), figures)| {
                let (bytes, definitions, values) = packed(figures, &month.ids)?;
                Some(Line {
                    repository: repository.clone(),
                    key_result: key_result.clone(),
                    definitions,
                    values,
                    part: body.add(&bytes),
                })
            })
            .collect::<Option<Vec<Line>>>()
            .ok_or_else(refused)?,
    };
    let head = serde_json::to_string(&head).map_err(|_| refused())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".krgate-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    writeln!(file, "{} {head}", Hash::of_file(head.as_bytes()))?;
    file.write_all(&body.0)?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// The figures of a key result as bytes: definitions, values, rows; how many of the first two.
/// `None` if one does not fit, and the month is then not kept.
fn packed(figures: &[Figure], ids: &[RecordId]) -> Option<(Vec<u8>, usize, usize)> {
    let mut definitions: Vec<Definition> = figures.iter().map(|f| f.definition).collect();
    definitions.sort_unstable();
    definitions.dedup();
    let mut values: Vec<(i64, i64)> = figures
        .iter()
        .filter_map(|figure| figure.value)
        .map(fraction)
        .collect::<Option<_>>()?;
    values.sort_unstable();
    values.dedup();
    let mut bytes: Vec<u8> = definitions.iter().flat_map(|d| d.0).collect();
    for (num, den) in &values {
        bytes.extend_from_slice(&num.to_le_bytes());
        bytes.extend_from_slice(&den.to_le_bytes());
    }
    for figure in figures {
        let record = ids.binary_search(&figure.record).ok()?;
        let definition = definitions.binary_search(&figure.definition).ok()?;
        // 0 is no value.
        let value = match figure.value {
            None => 0,
            Some(value) => values.binary_search(&fraction(value)?).ok()? + 1,
        };
        bytes.extend_from_slice(&figure.at.as_second().to_le_bytes());
        for place in [record, definition, value] {
            bytes.extend_from_slice(&u32::try_from(place).ok()?.to_le_bytes());
        }
        bytes.push(flags(figure));
    }
    Some((bytes, definitions.len(), values.len()))
}

fn fraction(value: Quantity) -> Option<(i64, i64)> {
    let num = i64::try_from(value.numerator()).ok()?;
    Some((num, i64::try_from(value.denominator()).ok()?))
}

fn flags(figure: &Figure) -> u8 {
    let verdict = match figure.verdict {
        Verdict::Met => 0,
        Verdict::Missed => 1,
        Verdict::Unknown => 2,
    };
    let bound = u8::from(figure.bound == Bound::AtLeast);
    verdict | (bound << 2) | (u8::from(figure.of_state) << 3)
}

/// Reads what a file says of a key result; `None` where there is none of this month as it is.
pub(super) fn read(path: &Path, root: Hash, stamp: &str, asked: &Asked<'_>) -> Option<Month> {
    let (head, mut parts) = open(path, root, stamp)?;
    let ids: Vec<RecordId> = chunks(&parts.read(&head.ids)?).map(RecordId).collect();
    let pairs: Vec<RecordId> = chunks(&parts.read(&head.loose)?).map(RecordId).collect();
    let pairs = pairs.chunks_exact(2).filter_map(|pair| match pair {
        [id, parent] => Some((*id, *parent)),
        _ => None,
    });
    let carried = parts.read(&head.carried)?;
    let carried = carried.chunks_exact(16);
    let amendments = parts.read(&head.amendments)?;
    let amendments = amendments.split_inclusive(|byte| *byte == b'\n');
    let amendments = amendments.map(|line| Record::read(line, Timestamp::MAX).ok());
    let mut month = Month {
        root: Some(root),
        loose: pairs.collect(),
        carried: carried
            .filter_map(|run| run.first_chunk().copied())
            .collect(),
        amendments: amendments.collect::<Option<_>>()?,
        ..Month::default()
    };
    let mut lines = head.series.iter();
    let line = lines
        .find(|line| line.repository == asked.repository && line.key_result == asked.key_result);
    if let Some(line) = line {
        month.figures = unpacked(&parts.read(&line.part)?, line, &ids)?;
    }
    month.ids = ids;
    Some(month)
}

/// The runs of a month, by what a file of it says.
pub(super) fn runs(path: &Path, root: Hash, stamp: &str) -> Option<Vec<RunOf>> {
    let (head, mut parts) = open(path, root, stamp)?;
    let runs = parts.read(&head.runs)?;
    let run = |row: &[u8]| {
        let (run, rest) = row.split_first_chunk::<16>()?;
        let (attempt, record) = rest.split_first_chunk::<4>()?;
        let record = record.first_chunk::<32>()?;
        Some((*run, u32::from_le_bytes(*attempt), RecordId(*record)))
    };
    runs.chunks_exact(52).map(run).collect()
}

/// Opens a file, if it is that of a month as it is.
fn open(path: &Path, root: Hash, stamp: &str) -> Option<(Head, Parts)> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).ok()?);
    let mut line = Vec::new();
    let first = (&mut file)
        .take(MOST_LINE)
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = std::str::from_utf8(&line).ok()?.strip_suffix('\n')?;
    let (digest, json) = line.split_once(' ')?;
    if Hash::of_file(json.as_bytes()).to_string() != digest {
        return None;
    }
    let head: Head = serde_json::from_str(json).ok()?;
    let is_this = head.schema == SCHEMA && head.stamp == stamp && head.root == root.to_string();
    let start = u64::try_from(first).ok()?;
    is_this.then_some((head, Parts { file, start }))
}

/// The parts of a file that is open.
struct Parts {
    file: BufReader<File>,
    start: u64,
}

impl Parts {
    fn read(&mut self, part: &Part) -> Option<Vec<u8>> {
        let length = self.file.get_ref().metadata().ok()?.len();
        if u64::try_from(part.bytes).ok()? > length {
            return None;
        }
        let to = self.start.checked_add(part.at)?;
        let from = self.file.stream_position().ok()?;
        let by = i64::try_from(to)
            .ok()?
            .checked_sub(i64::try_from(from).ok()?)?;
        self.file.seek_relative(by).ok()?;
        let mut bytes = vec![0; part.bytes];
        self.file.read_exact(&mut bytes).ok()?;
        let digest = Hash::parse(&part.sha256)?;
        (Hash::of_file(&bytes) == digest).then_some(bytes)
    }
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = [u8; 32]> {
    let chunks = bytes.chunks_exact(32);
    chunks.filter_map(|chunk| chunk.first_chunk::<32>().copied())
}

fn unpacked(bytes: &[u8], line: &Line, ids: &[RecordId]) -> Option<Vec<Figure>> {
    let (definitions, rest) = bytes.split_at_checked(line.definitions.checked_mul(16)?)?;
    let (values, rows) = rest.split_at_checked(line.values.checked_mul(16)?)?;
    let definitions: Vec<Definition> = definitions
        .chunks_exact(16)
        .filter_map(|chunk| Some(Definition(*chunk.first_chunk::<16>()?)))
        .collect();
    let values: Vec<Quantity> = values
        .chunks_exact(16)
        .map(|chunk| {
            let (num, den) = chunk.split_first_chunk::<8>()?;
            let den = i64::from_le_bytes(*den.first_chunk::<8>()?);
            Quantity::ratio(i64::from_le_bytes(*num), den)
        })
        .collect::<Option<_>>()?;
    if !rows.len().is_multiple_of(ROW) {
        return None;
    }
    let figure = |row: &[u8]| {
        let (at, row) = row.split_first_chunk::<8>()?;
        let (record, row) = row.split_first_chunk::<4>()?;
        let (definition, row) = row.split_first_chunk::<4>()?;
        let (value, row) = row.split_first_chunk::<4>()?;
        let place = |bytes: &[u8; 4]| usize::try_from(u32::from_le_bytes(*bytes)).ok();
        let flags = *row.first()?;
        Some(Figure {
            at: Timestamp::from_second(i64::from_le_bytes(*at)).ok()?,
            record: *ids.get(place(record)?)?,
            definition: *definitions.get(place(definition)?)?,
            value: match place(value)? {
                0 => None,
                place => Some(*values.get(place - 1)?),
            },
            bound: match flags & 4 {
                0 => Bound::Exact,
                _ => Bound::AtLeast,
            },
            verdict: match flags & 3 {
                0 => Verdict::Met,
                1 => Verdict::Missed,
                2 => Verdict::Unknown,
                _ => return None,
            },
            of_state: flags & 8 != 0,
        })
    };
    rows.chunks_exact(ROW).map(figure).collect()
}
