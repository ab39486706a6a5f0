//! B8: the trend of one key result over two years of records in a folder, from the cache of
//! closed months and without it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use krgate::record::canonical::{Object, Value, Whole};
use krgate::record::checkpoint::{Checkpoint, Month, months};
use krgate::record::{Draft, Idem, Record, RecordId, Repository};

use crate::measure::{Figure, Run, once};

/// The release binary, built beside this benchmark.
const KRGATE: &str = env!("CARGO_BIN_EXE_krgate");

/// The first moment of the records; the last is two years later.
const BEGIN: &str = "2024-11-01T00:00:00Z";
/// The moment of the look, an hour into the month that runs.
const NOW: &str = "2026-11-01T01:00:00Z";
const KEY_RESULTS: usize = 12;

/// A ledger of so many records, about 4 KB each.
pub(crate) struct Years {
    folder: PathBuf,
    /// How many bytes its records have.
    pub(crate) bytes: u64,
    /// How many there are.
    pub(crate) records: u64,
}

impl Years {
    /// Writes a ledger below a folder. Each record is one of a run with twelve key results and
    /// three reports, and names the one before as its parent; a checkpoint is over all.
    pub(crate) fn new(folder: &Path, records: u64) -> Result<Self, Box<dyn Error>> {
        let mut years = Self {
            folder: folder.join("years"),
            bytes: 0,
            records,
        };
        if years.folder.exists() {
            fs::remove_dir_all(&years.folder)?;
        }
        let begin: Timestamp = BEGIN.parse()?;
        let end: Timestamp = NOW.parse()?;
        let step = end.duration_since(begin).as_secs() / i64::try_from(records)?;
        let mut sealed: Vec<Month> = Vec::new();
        let mut month: Vec<Record> = Vec::new();
        let mut parent = None;
        for number in 0..records {
            let after = step.saturating_mul(i64::try_from(number)?);
            let at = begin.checked_add(SignedDuration::from_secs(after))?;
            let record = run(number, at, parent)?;
            parent = Some(record.id());
            if month
                .first()
                .is_some_and(|one| one.month() != record.month())
            {
                years.put(&month)?;
                sealed.extend(months(&month));
                month.clear();
            }
            month.push(record);
        }
        years.put(&month)?;
        sealed.extend(months(&month));
        let checkpoint = Checkpoint {
            at: end,
            months: sealed,
            previous: None,
        };
        let folder = years.folder.join("ledger/checkpoints");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(checkpoint.file_name()), checkpoint.to_bytes())?;
        Ok(years)
    }

    fn put(&mut self, records: &[Record]) -> Result<(), Box<dyn Error>> {
        for record in records {
            let folder = self.folder.join("ledger/records").join(record.month());
            fs::create_dir_all(&folder)?;
            let bytes = record.to_bytes();
            self.bytes += u64::try_from(bytes.len())?;
            fs::write(folder.join(format!("{}.json", record.id())), bytes)?;
        }
        Ok(())
    }

    /// Takes the caches away, as if nobody had looked before.
    pub(crate) fn forget(&self) -> std::io::Result<()> {
        let cache = self.folder.join(".krgate");
        if cache.exists() {
            fs::remove_dir_all(cache)?;
        }
        Ok(())
    }

    /// The trend of one key result; counts only if it is told over all weeks.
    pub(crate) fn trend(&self) -> Result<Figure, Box<dyn Error>> {
        let answer = self.folder.join("trend.txt");
        let words = [
            KRGATE,
            "records",
            "trend",
            "speed/k3",
            "--ledger",
            "dir:ledger",
            "--now",
            NOW,
        ];
        let figure = once(&Run {
            command: words.map(str::to_owned).into(),
            folder: self.folder.clone(),
            answer: Some(answer.clone()),
            limit: None,
            environment: false,
        })?;
        let said = fs::read_to_string(&answer)?;
        let last = said.lines().last().unwrap_or_default();
        if figure.code == Some(0) && last.ends_with("over 105 of 105 weeks") {
            Ok(figure)
        } else {
            Err(format!("the trend is not told: {last}").into())
        }
    }
}

/// The record of a run that judged a branch.
fn run(number: u64, at: Timestamp, parent: Option<RecordId>) -> Result<Record, Box<dyn Error>> {
    let key_results = (0..KEY_RESULTS).map(|place| {
        // It falls over the two years, and jumps about on the way.
        let value = 4_000 - number / 40 + number * 7 % 60;
        Object::new()
            .with("def", format!("{:032x}", place + 1))
            .with("enforce", "block")
            .with("judged", "all")
            .with("kr", format!("speed/k{place}"))
            .with("n", Whole::count(value))
            .with("raw", "0.3125")
            .with("score", "0.3125")
            .with("unit", "findings")
            .with("value", value.to_string())
            .with("verdict", "missed")
            .into()
    });
    let key_results: Vec<Value> = key_results.collect();
    let reports = (0..3).map(|place| {
        Object::new()
            .with("class", "sast")
            .with("evidence", "strong")
            .with("input", format!("sha256:{:064x}", number * 3 + place))
            .with("name", format!("report {place}"))
            .with("ok", true)
            .with("results", Whole::count(120))
            .with("rules", format!("sha256:{place:064x}"))
            .with("tool", "semgrep")
            .with("tool_version", "1.185.0")
            .into()
    });
    let reports: Vec<Value> = reports.collect();
    let draft = Draft {
        // What a folder without git is called.
        repository: Repository {
            host: "local".to_owned(),
            id: "years".to_owned(),
            name: "years".to_owned(),
        },
        idem: Idem::Run {
            workflow: "gate".to_owned(),
            run_id: number.to_string(),
            attempt: 1,
            job: "check".to_owned(),
            instance: "krgate.yaml".to_owned(),
        },
        at,
        parents: Some(parent.into_iter().collect()),
        fields: Object::new()
            .with("event", "state")
            .with("exit", Whole::count(1))
            .with("krs", key_results)
            .with("period", "2026-Q4")
            .with("ref", "refs/heads/main")
            .with("reports", reports)
            .with("sha", format!("{:040x}", number + 1))
            .with("verdict", "failed"),
    };
    Ok(draft.seal()?)
}
