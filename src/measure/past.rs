//! Measures over the history: whether it is whole, and which findings of it are meant
//! (rule M34).

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::filter::{Open, Pass};
use super::ledger::unreadable;
use super::lives::{PastLens, seconds_between};
use super::rows::unknown;
use super::sight::Sight;
use super::{
    Measurement, Reason, age, coverage, detection, escape, flow, freshness, friction, identity,
    recurrence, since, sla, time_to_fix,
};
use crate::diagnostic::Message;
use crate::model::history::{History, Life, LifeState, PastScan, PastStream};
use crate::policy::{Distinct, PastKind, PastMeasure, Unit};

/// What a measure over the history looks at.
pub(super) struct Past<'a> {
    pub(super) sight: &'a Sight<'a>,
    pub(super) history: &'a History,
    pub(super) lens: PastLens<'a>,
    /// The findings that the filter admits, as they are counted: secrets by secret, and what
    /// else `distinct` says.
    pub(super) lives: Vec<Cow<'a, Life>>,
    /// The streams that they are of.
    pub(super) streams: BTreeSet<u32>,
    /// The moment of the run.
    pub(super) now: Timestamp,
    pub(super) unit: Unit,
}

/// What there is where no ledger was read.
static NO_HISTORY: History = History {
    read: false,
    doubts: Vec::new(),
    runs: Vec::new(),
    base: None,
    points: Vec::new(),
    frozen: Vec::new(),
    check_ins: Vec::new(),
    events: Vec::new(),
    streams: Vec::new(),
    scans: Vec::new(),
    fleet: Vec::new(),
    lives: Vec::new(),
    judged: None,
    blocks: Vec::new(),
    false_positives: Vec::new(),
};

/// Half-open, up to now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Window {
    pub(super) fn new(now: Timestamp, seconds: u64) -> Self {
        let length = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        Self {
            start: now.checked_sub(length).unwrap_or(Timestamp::MIN),
            end: now,
        }
    }

    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

/// Measures one key result over the history.
pub(super) fn measure(sight: &Sight<'_>, wanted: &PastMeasure) -> Measurement {
    measured(sight, wanted).unwrap_or_else(|reason| unknown(wanted.unit, *reason))
}

/// The history, if it is whole, with the findings that a measure looks at.
pub(super) fn open<'a>(
    sight: &'a Sight<'a>,
    wanted: &PastMeasure,
) -> Result<Past<'a>, Box<Reason>> {
    let history = sight.history().unwrap_or(&NO_HISTORY);
    if let Some(reason) = unreadable(history) {
        return Err(Box::new(reason));
    }
    let now = sight.calendar()?.now;
    let mut past = Past {
        sight,
        history,
        lens: PastLens::new(sight, history, now),
        lives: Vec::new(),
        streams: BTreeSet::new(),
        now,
        unit: wanted.unit,
    };
    let looks_at_findings = !matches!(
        wanted.kind,
        PastKind::Freshness { .. }
            | PastKind::Coverage { .. }
            | PastKind::Friction { .. }
            | PastKind::Introduced { .. }
    );
    if looks_at_findings {
        past.streams_are_fresh(wanted)?;
        let lives = past.admitted(wanted)?;
        past.streams = lives.iter().map(|life| life.stream).collect();
        past.lives = past.counted(lives, wanted.distinct)?;
    }
    Ok(past)
}

fn measured(sight: &Sight<'_>, wanted: &PastMeasure) -> Result<Measurement, Box<Reason>> {
    if let Some(measurement) = freshness::of_this_run(sight, wanted) {
        return Ok(measurement);
    }
    let past = open(sight, wanted)?;
    let now = past.now;
    let measurement = match &wanted.kind {
        PastKind::TimeToFix {
            statistic,
            window,
            until,
            horizon,
            min_n,
            if_none,
        } => {
            let how = time_to_fix::How {
                statistic: *statistic,
                horizon: *horizon,
                min_n: *min_n,
                if_none: *if_none,
            };
            time_to_fix::measure(&past, Window::new(now, *window), *until, how)
        }
        PastKind::TimeToDetect {
            from,
            statistic,
            window,
            min_n,
        } => detection::measure(&past, *from, *statistic, Window::new(now, *window), *min_n),
        PastKind::Age { statistic } => Ok(age::measure(&past, *statistic)),
        PastKind::Sla {
            limits,
            window,
            until,
            if_none,
        } => sla::measure(&past, limits, Window::new(now, *window), *until, *if_none),
        PastKind::FixRate { window } => flow::fix_rate(&past, Window::new(now, *window)),
        PastKind::NetFlow { window } => flow::net_flow(&past, Window::new(now, *window)),
        PastKind::Recurrence { window, within } => {
            recurrence::measure(&past, Window::new(now, *window), *within)
        }
        PastKind::EscapeRate { window } => escape::measure(&past, Window::new(now, *window)),
        PastKind::Freshness { of, inventory } => freshness::measure(&past, of, *inventory),
        PastKind::Coverage {
            classes,
            within,
            of_history,
        } => coverage::measure(&past, *classes, *within, *of_history),
        PastKind::Friction {
            of,
            statistic,
            window,
            min_n,
        } => friction::measure(&past, *of, *statistic, Window::new(now, *window), *min_n),
        PastKind::Introduced { of_period } => {
            since::measure(&past, &wanted.filter, *of_period, wanted.distinct)
        }
    };
    measurement.map_err(Box::new)
}

impl<'a> Past<'a> {
    /// The findings that the filter admits; one that it cannot decide on leaves no figure.
    fn admitted(&self, wanted: &PastMeasure) -> Result<Vec<&'a Life>, Reason> {
        let mut lives: Vec<&Life> = Vec::new();
        let mut open: Option<(Open, u64)> = None;
        for life in &self.history.lives {
            match self.lens.passes(&wanted.filter, life) {
                Pass::No => {}
                Pass::Open(why) => {
                    let (why, number) = open.unwrap_or((why, 0));
                    open = Some((why, number + 1));
                }
                Pass::Yes => lives.push(life),
            }
        }
        match open {
            Some((why, number)) => Err(undecided(why, number)),
            None => Ok(lives),
        }
    }

    /// The same as they are counted, unless nobody knows of one whether it is still there.
    fn counted(
        &self,
        lives: Vec<&'a Life>,
        distinct: Distinct,
    ) -> Result<Vec<Cow<'a, Life>>, Reason> {
        let counted = identity::one_of_each(self.history, lives, distinct);
        let lost = counted.iter();
        let lost = lost.filter(|life| matches!(life.state, LifeState::Unknown(_)));
        match lost.count() {
            0 => Ok(counted),
            lost => Err(Reason {
                code: "finding-unknown",
                message: format!(
                    "{lost} findings of the past were covered by no scan for longer than `fresh`"
                )
                .into(),
                remedy: Some("run the scans that found them".into()),
            }),
        }
    }

    /// Every stream that could hold such a finding has a scan that still stands.
    fn streams_are_fresh(&self, wanted: &PastMeasure) -> Result<(), Reason> {
        let admitted = wanted.filter.admitted_classes();
        let streams = self.history.streams.iter().enumerate();
        let mut any = false;
        for (place, stream) in streams.filter(|(_, stream)| admitted.contains(stream.class)) {
            any = true;
            let last = self.last_scan(place).map(|scan| scan.at);
            let stands = last.is_some_and(|at| seconds_between(at, self.now) <= stream.fresh);
            if !stands && !self.ran_now(stream) {
                return Err(Reason {
                    code: "stream-stale",
                    message: Message::from("no scan of ")
                        .foreign(stream.tool.as_untrusted())
                        .own(format!(" ({}) still stands", stream.class)),
                    remedy: Some("run it again; `fresh` of its report entry says how often".into()),
                });
            }
        }
        if any {
            return Ok(());
        }
        Err(Reason {
            code: "no-evidence",
            message: format!(
                "no scan of {} is recorded",
                super::evidence::words(admitted)
            )
            .into(),
            remedy: Some("record states that have such a report".into()),
        })
    }

    /// Scans of a stream that opened and closed findings, in the order of time.
    pub(super) fn admitted_scans(&self, stream: usize) -> impl Iterator<Item = &'a PastScan> {
        let scans = self.history.scans.iter();
        scans.filter(move |scan| {
            scan.unadmitted.is_none() && usize::try_from(scan.stream) == Ok(stream)
        })
    }

    pub(super) fn last_scan(&self, stream: usize) -> Option<&'a PastScan> {
        self.admitted_scans(stream).last()
    }

    /// True if this run, where it judges a state, scanned what a stream scans.
    fn ran_now(&self, stream: &PastStream) -> bool {
        !self.sight.is_change
            && self.sight.intake().runs.iter().any(|run| {
                run.class == Some(stream.class)
                    && run.alias.raw() == stream.tool.raw()
                    && run.is_exact()
            })
    }

    /// A measurement that nothing carries yet.
    pub(super) fn empty(&self) -> Measurement {
        Measurement::empty(self.unit)
    }
}

fn undecided(why: Open, number: u64) -> Reason {
    let key = match why {
        Open::Unscored => "severity",
        Open::NoCwe => "cwe",
        Open::NoLevel => "level",
        Open::NotRead(key) => key,
        Open::Exploit(kind, _) => kind.as_str(),
    };
    Reason {
        code: "undecided",
        message: format!("{number} findings of the past undecided: `{key}` is not recorded").into(),
        remedy: Some(Message::from("take `").own(key).own("` out of the filter")),
    }
}

/// Too little to make a figure of (rule M4).
pub(super) fn too_little(number: u64, needed: u64, of: &'static str) -> Reason {
    Reason {
        code: "insufficient-data",
        message: format!("{number} of {needed} {of}").into(),
        remedy: Some("wait for more, or lower `min_n`".into()),
    }
}
