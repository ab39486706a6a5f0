//! B9: pairing the findings of a run with those of a baseline, in this process, for it is a
//! small part of a whole check.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use krgate::ingest::{self, Context, Expected, Limits, Request};
use krgate::model::{Baseline, ChangedLines, Hunk, Intake, PathId, UntrustedText};
use krgate::scope::matching::{Earlier, compare};

use crate::measure::Figure;

/// The least time of several comparisons of a report with itself, over a change that touches
/// each of its files, and how many findings there were.
pub(crate) fn against_itself(
    report: &Path,
    rounds: u32,
) -> Result<(Figure, usize), Box<dyn Error>> {
    let head = read(report)?;
    let baseline = Baseline::of(read(report)?, None, None);
    let mut change = ChangedLines::default();
    let far = Hunk {
        old: 1_000_000,
        lost: 1,
        new: 1_000_000,
        added: 1,
    };
    let places = (0..head.paths.len()).map(PathId::new);
    for path in places.filter_map(|place| head.repo_path(place)) {
        change.add_hunks(path.to_owned(), &[far]);
    }
    let earlier = Earlier {
        baseline: &baseline,
        carry: Some(&change),
        change: Some(&change),
        key: None,
    };
    let mut least = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        let compared = compare(&earlier, &head);
        least = least.min(start.elapsed());
        if !compared.gone.is_empty() {
            return Err("a report does not match itself".into());
        }
    }
    let figure = Figure {
        cpu: least,
        wall: least,
        peak: 0,
        code: Some(0),
    };
    Ok((figure, head.findings.len()))
}

fn read(report: &Path) -> Result<Intake, Box<dyn Error>> {
    let request = Request {
        path: report.to_path_buf(),
        shown: UntrustedText::new("report"),
        by_hand: true,
        expected: Expected::default(),
    };
    let context = Context {
        now: "2026-11-16T00:00:00Z".parse()?,
        roots: Vec::new(),
        secret_key: None,
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    Ok(ingest::read(&[request], &context).0)
}
