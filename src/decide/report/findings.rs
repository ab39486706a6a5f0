//! Findings of the past as a report names them: rule, path, line and id, and never a message
//! (rule P10).

use jiff::Timestamp;

use super::ReportFilter;
use crate::model::calendar::Window;
use crate::model::history::{Cause, Close, History, Life, LifeState};
use crate::model::{Class, FindingId, Severity, Tenths, UntrustedText};

/// What is said of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingLabel {
    /// Its first id, which it keeps.
    pub id: FindingId,
    /// What found it.
    pub tool: UntrustedText,
    /// What it is.
    pub class: Class,
    /// The rule.
    pub rule: UntrustedText,
    /// The path from the repository's root; `None` where the report has none.
    pub path: Option<UntrustedText>,
    /// The line, 1-based.
    pub line: Option<u32>,
    /// The package, for findings in dependencies.
    pub package: Option<UntrustedText>,
    /// The band as last judged.
    pub severity: Option<Severity>,
    /// The score as last judged.
    pub cvss: Option<Tenths>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// When it was seen first; at the earliest the first scan (rule L2).
    pub first_seen: Timestamp,
    /// True if it was there at the first scan, so that it may be older.
    pub left_truncated: bool,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingEvent {
    /// It was seen for the first time.
    New,
    /// It came back.
    Reopened,
    /// It is gone.
    Fixed,
    /// It left the count without a fix (rule M5).
    Left,
    /// No scan covers it any more.
    Unknown,
}

impl FindingEvent {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [
        Self::New,
        Self::Reopened,
        Self::Fixed,
        Self::Left,
        Self::Unknown,
    ];

    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Fixed => "fixed",
            Self::Left => "left",
            Self::Unknown => "unknown",
        }
    }
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingCause {
    /// A scan found it, or does not find it any more.
    Scan,
    /// It was there at the first scan of its stream.
    FirstScan,
    /// Another version of the tool, or other rules (rule L18).
    ToolChange,
    /// Its advisory was published.
    Advisory,
    /// Its file was deleted (rule L17).
    Removed,
    /// The scans do not cover its place any more (rule L16).
    Scope,
    /// It was no finding at all.
    FalsePositive,
    /// The risk was accepted.
    Accepted,
}

impl FindingCause {
    /// The words of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::FirstScan => "first scan",
            Self::ToolChange => "tool change",
            Self::Advisory => "new advisory",
            Self::Removed => "file deleted",
            Self::Scope => "no longer covered by a scan",
            Self::FalsePositive => "false positive",
            Self::Accepted => "risk accepted",
        }
    }
}

/// What became of a finding, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingChange {
    /// What became of it.
    pub event: FindingEvent,
    /// Why.
    pub cause: FindingCause,
    /// When; of one that is unknown the last scan that covered it.
    pub at: Timestamp,
    /// Which finding.
    pub finding: FindingLabel,
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FindingCounts {
    /// Seen for the first time.
    pub new: usize,
    /// Come back.
    pub reopened: usize,
    /// Gone.
    pub fixed: usize,
    /// Left the count without a fix.
    pub left: usize,
    /// Covered by no scan any more.
    pub unknown: usize,
}

impl FindingCounts {
    /// The number of one kind.
    pub const fn of(self, event: FindingEvent) -> usize {
        match event {
            FindingEvent::New => self.new,
            FindingEvent::Reopened => self.reopened,
            FindingEvent::Fixed => self.fixed,
            FindingEvent::Left => self.left,
            FindingEvent::Unknown => self.unknown,
        }
    }

    pub(super) fn add(&mut self, event: FindingEvent) {
        let one = match event {
            FindingEvent::New => &mut self.new,
            FindingEvent::Reopened => &mut self.reopened,
            FindingEvent::Fixed => &mut self.fixed,
            FindingEvent::Left => &mut self.left,
            FindingEvent::Unknown => &mut self.unknown,
        };
        *one += 1;
    }
}

/// What is said of a life; `None` if its stream is not there.
pub(super) fn label(history: &History, life: &Life) -> Option<FindingLabel> {
    let stream = history.streams.get(usize::try_from(life.stream).ok()?)?;
    Some(FindingLabel {
        id: life.id,
        tool: stream.tool.clone(),
        class: stream.class,
        rule: life.rule.clone(),
        path: life.path.clone(),
        line: life.line,
        package: life.package.clone(),
        severity: life.severity,
        cvss: life.cvss,
        cwe: life.cwe.clone(),
        first_seen: life.first_seen,
        left_truncated: life.left_truncated,
    })
}

/// What became of findings in a span: by what it is, then the worst, then the order of ids.
pub(super) fn findings(
    history: &History,
    span: Window,
    filter: Option<&ReportFilter>,
) -> Vec<FindingChange> {
    let shown = history
        .lives
        .iter()
        .filter(|life| filter.is_none_or(|filter| filter.shows_finding(&life.cwe)));
    let mut changes: Vec<FindingChange> = shown
        .flat_map(|life| {
            of_life(life, span)
                .into_iter()
                .map(move |told| (life, told))
        })
        .filter_map(|(life, (event, cause, at))| {
            Some(FindingChange {
                event,
                cause,
                at,
                finding: label(history, life)?,
            })
        })
        .collect();
    changes.sort_by_key(order);
    changes
}

type Order = (
    FindingEvent,
    std::cmp::Reverse<(Option<Severity>, Option<Tenths>)>,
    FindingId,
    Timestamp,
);

fn order(change: &FindingChange) -> Order {
    let worst = (change.finding.severity, change.finding.cvss);
    (
        change.event,
        std::cmp::Reverse(worst),
        change.finding.id,
        change.at,
    )
}

/// Inclusive of the span's end: what happens at the clock has happened.
fn is_in(span: Window, at: Timestamp) -> bool {
    span.start <= at && at <= span.end
}

fn of_life(life: &Life, span: Window) -> Vec<(FindingEvent, FindingCause, Timestamp)> {
    let mut told = Vec::new();
    for (place, episode) in life.episodes.iter().enumerate() {
        if is_in(span, episode.opened) {
            told.push(if place == 0 {
                (FindingEvent::New, why_new(life, span), episode.opened)
            } else {
                (FindingEvent::Reopened, FindingCause::Scan, episode.opened)
            });
        }
        if let Some((at, cause)) = episode.fixed
            && is_in(span, at)
        {
            let cause = match cause {
                Cause::Scan => FindingCause::Scan,
                Cause::ToolChange => FindingCause::ToolChange,
                Cause::Removed => FindingCause::Removed,
            };
            told.push((FindingEvent::Fixed, cause, at));
        }
    }
    match life.left {
        Some(Close::FalsePositive(at)) if is_in(span, at) => {
            told.push((FindingEvent::Left, FindingCause::FalsePositive, at));
        }
        Some(Close::Accepted(at)) if is_in(span, at) => {
            told.push((FindingEvent::Left, FindingCause::Accepted, at));
        }
        _ => {}
    }
    if let LifeState::Unknown(since) = life.state {
        told.push((FindingEvent::Unknown, FindingCause::Scope, since));
    }
    told
}

fn why_new(life: &Life, span: Window) -> FindingCause {
    if life.left_truncated {
        FindingCause::FirstScan
    } else if life.by_tool_change {
        FindingCause::ToolChange
    } else if life.advisory_published.is_some_and(|at| is_in(span, at)) {
        FindingCause::Advisory
    } else {
        FindingCause::Scan
    }
}
