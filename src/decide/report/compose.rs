//! Composes a report.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::actions::actions;
use super::ages::ages;
use super::changes::changes;
use super::course::change;
use super::coverage::coverage;
use super::overdue::overdue;
use super::request::findings_of;
use super::tools::tool_changes;
use super::value::{
    About, Appendix, DataUsed, FigureOrigin, KeyResultFacts, LastRecord, PillarScore, Report,
    ToolUsed,
};
use super::verdict::verdict;
use super::waivers::waivers;
use super::weeks::{Frame, SPARK_WEEKS, WeekPoint, weeks};
use super::{Change, Course, ReportRequest, Span, ToolChange};
use crate::decide::enforcement::{Here, here_and_now};
use crate::decide::okr::{KeyResultProgress, PillarProgress, Progress, fresh, progress, resolve};
use crate::decide::{PolicyCommit, Verdict, score};
use crate::measure::{self, Reason, Sight};
use crate::model::calendar::Window;
use crate::model::history::{History, PastRun, Point};
use crate::model::{ClassSet, Event, Figures, Intake, UntrustedText};
use crate::policy::{KeyResult, Measure, PastKind, Policy, definition};
use crate::scope::{RunFacts, Scoped, mark};

/// What a report is composed from beside the policy, its history and the clock.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The version of krgate.
    pub version: &'static str,
    /// The commit that the policy was read from.
    pub policy_commit: Option<PolicyCommit>,
    /// The ledger as it was written.
    pub ledger: String,
    /// False if nothing was ever recorded there.
    pub ledger_exists: bool,
    /// The digest of the last checkpoint.
    pub checkpoint: Option<String>,
    /// The past of all repositories of the ledger, for the grid of coverage.
    pub everywhere: &'a History,
    /// How much each waiver of the policy set aside in the last recorded run of a state under
    /// this policy; `None` where there is none.
    pub waivers_used: Option<Vec<u64>>,
    /// Data files and CODEOWNERS, as far as they were read.
    pub figures: Figures,
}

/// Composes a report at a moment.
pub fn report(
    policy: &Policy,
    history: &History,
    sources: Sources<'_>,
    request: &ReportRequest,
    now: Timestamp,
) -> Report {
    let progress = progress(policy, history, &[], now);
    let scoped = scoped(policy, history, sources.figures, now);
    let sight = Sight::new(&scoped, policy, false).with_past(history, now);
    let zone = policy.time_zone();
    let composer = Composer {
        policy,
        history,
        request,
        sight: &sight,
        zone: &zone,
        now,
        frame: frame(policy, history, request, &zone, now),
    };
    let facts = composer.facts(&progress);
    let is_shown = |name: &str| composer.shows(name);
    let filter = request.filter.as_ref();
    let span = composer.span();
    let today = zone.to_datetime(now).date();
    let windows = composer.frame.windows();
    let open = history
        .lives
        .iter()
        .filter(|life| filter.is_none_or(|filter| filter.shows_finding(&life.cwe)));
    let open: Vec<_> = open.collect();
    let ground = super::actions::Ground {
        policy,
        history,
        progress: &progress,
        sight: &sight,
        filter,
        zone: &zone,
    };
    Report {
        about: About {
            version: sources.version,
            now,
            zone: zone.clone(),
            policy_path: policy.path.clone(),
            policy_sha256: policy.sha256.clone(),
            policy_commit: sources.policy_commit,
            mission: policy.mission.clone(),
            ledger: sources.ledger,
            ledger_exists: sources.ledger_exists,
            checkpoint: sources.checkpoint,
        },
        name: request.name.clone(),
        filter: request.filter.clone(),
        span,
        is_since: matches!(request.span, Span::Since(_)),
        verdict: verdict(&progress, &facts, filter.is_some()),
        pillars: pillars(&progress),
        changes: changes(history, &progress, span, filter, is_shown),
        overdue: overdue(policy, history, &progress, is_shown),
        waivers: waivers(policy, sources.waivers_used.as_deref(), today),
        actions: actions(ground),
        ages: ages(history, &open, ClassSet::ALL, &windows, now, &zone),
        coverage: coverage(policy, sources.everywhere, composer.inventory(), now),
        appendix: appendix(history),
        facts,
        progress,
    }
}

/// What scopes and owners say of the past; no report is read here. The ref and environment
/// are those of the last recorded run of a state.
fn scoped(policy: &Policy, history: &History, figures: Figures, now: Timestamp) -> Scoped {
    let last = last_state(history);
    let text = |text: Option<&UntrustedText>| text.map(|text| text.raw().to_owned());
    let facts = RunFacts {
        environment: text(last.and_then(|run| run.environment.as_ref())),
        reference: text(last.and_then(|run| run.reference.as_ref())),
        now: Some(now),
        ..RunFacts::default()
    };
    let intake = Intake {
        figures,
        ..Intake::default()
    };
    mark(intake, policy, &facts)
}

fn last_state(history: &History) -> Option<&PastRun> {
    history.runs.iter().rfind(|run| run.event == Event::State)
}

/// Which weeks are listed: from the begin of the period or 13 weeks back, or from where a
/// report is asked to begin if that is earlier and there are records of it.
fn frame<'a>(
    policy: &Policy,
    history: &History,
    request: &ReportRequest,
    zone: &'a TimeZone,
    now: Timestamp,
) -> Frame<'a> {
    let back = SignedDuration::from_hours(24 * 7 * (SPARK_WEEKS - 1));
    let spark = now.checked_sub(back).unwrap_or(now);
    let period = policy.period.as_ref().map(|period| Window {
        start: period.start,
        end: period.end,
    });
    let mut from = period.map_or(spark, |period| period.start.min(spark));
    if let Span::Since(since) = request.span {
        let first = history.points.iter().map(|point| point.at).min();
        from = from.min(since.max(first.unwrap_or(from)));
    }
    Frame {
        from,
        until: now,
        period,
        now,
        zone,
    }
}

struct Composer<'a> {
    policy: &'a Policy,
    history: &'a History,
    request: &'a ReportRequest,
    sight: &'a Sight<'a>,
    zone: &'a TimeZone,
    now: Timestamp,
    frame: Frame<'a>,
}

impl Composer<'_> {
    fn span(&self) -> Window {
        let week = SignedDuration::from_hours(24 * 7);
        let last_week = self.now.checked_sub(week).unwrap_or(Timestamp::MIN);
        let start = match (self.request.span, &self.policy.period) {
            (Span::Since(since), _) => since,
            (Span::Period, Some(period)) => period.start,
            (Span::LastWeek, _) | (Span::Period, None) => last_week,
        };
        Window {
            start: start.min(self.now),
            end: self.now,
        }
    }

    /// True if the filter shows the key result of a record name.
    fn shows(&self, record_name: &str) -> bool {
        let Some(filter) = &self.request.filter else {
            return true;
        };
        let mut all = self.policy.key_results();
        all.any(|(objective, key_result)| {
            record_name
                .strip_prefix(objective.id.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(key_result.id.as_str())
                && filter.shows(key_result)
        })
    }

    fn inventory(&self) -> Option<Result<BTreeSet<String>, Reason>> {
        self.policy.data.inventory.as_ref()?;
        Some(self.sight.inventory(self.history))
    }

    fn facts(&self, progress: &Progress) -> Vec<Vec<KeyResultFacts>> {
        let listed = self.frame.windows();
        let listed = Window {
            start: listed.first().map_or(self.now, |window| window.start),
            end: self.now,
        };
        let tools = tool_changes(self.history, listed);
        let objectives = self.policy.objectives.iter().zip(&progress.objectives);
        objectives
            .map(|(objective, progress)| {
                let all = objective.key_results.iter().zip(&progress.key_results);
                all.map(|(key_result, progress)| self.key_result(key_result, progress, &tools))
                    .collect()
            })
            .collect()
    }

    fn key_result(
        &self,
        key_result: &KeyResult,
        progress: &KeyResultProgress,
        tools: &[ToolChange],
    ) -> KeyResultFacts {
        let points = self.points(key_result, progress);
        let points: Vec<&Point> = points.iter().collect();
        let then = SignedDuration::from_hours(24 * 7);
        let then = self.now.checked_sub(then).unwrap_or(Timestamp::MIN);
        let compare = |then| {
            let segments = &progress.segments;
            change(&progress.figure, &progress.target, &points, segments, then)
        };
        let (enforcement, softened) = here_and_now(
            key_result,
            progress.figure.verdict,
            is_worse(&points, progress, compare),
            self.policy,
            Here {
                event: Event::State,
                enforced: true,
                now: self.now,
            },
        );
        let classes = classes(&key_result.measure);
        let fresh = match &key_result.measure {
            // A check-in stands until one day after the next is due (rule K25).
            Measure::CheckIn(demand) => demand.every().saturating_add(86_400),
            _ => fresh(self.policy, key_result),
        };
        let now = measured_now(self, key_result, progress);
        KeyResultFacts {
            is_shown: self
                .request
                .filter
                .as_ref()
                .is_none_or(|filter| filter.shows(key_result)),
            measure: key_result.measure.name(),
            formula: measure::formula(&key_result.measure, self.policy),
            origin: origin(&key_result.measure),
            window_seconds: window_seconds(&key_result.measure),
            enforcement,
            softened,
            blocks: progress.figure.verdict != Verdict::Met
                && enforcement == crate::policy::Enforcement::Block,
            change: compare(then),
            record: self.record(&points, progress),
            weeks: weeks(self.frame, &points, &progress.segments, now, fresh),
            tool_changes: tools
                .iter()
                .filter(|change| classes.contains(change.class))
                .cloned()
                .collect(),
            survival: match &key_result.measure {
                Measure::Past(past) => self
                    .sight
                    .survival(past)
                    .map(|curve| curve.map_err(|reason| *reason)),
                _ => None,
            },
            ages: self.ages(key_result, classes),
        }
    }

    /// The states of a key result in the order of time. A run repeats the last check-in, so
    /// that of those the check-ins themselves count, with the verdict that they come to.
    fn points(&self, key_result: &KeyResult, progress: &KeyResultProgress) -> Vec<Point> {
        let states = self
            .history
            .points_of(&progress.record_name)
            .filter(|point| point.of_state);
        if !matches!(key_result.measure, Measure::CheckIn(_)) {
            return states.cloned().collect();
        }
        let meaning = definition(self.policy, key_result);
        let resolved = resolve(self.policy, self.history, key_result);
        let check_ins: BTreeSet<_> = self.history.check_ins.iter().map(|c| c.record).collect();
        let claimed = states.filter(|point| check_ins.contains(&point.record));
        claimed
            .cloned()
            .map(|mut point| {
                let met = point
                    .value
                    .and_then(|value| progress.target.is_met_by(value));
                point.verdict = match met.filter(|_| point.definition == meaning) {
                    Some(true) => Verdict::Met,
                    Some(false) => Verdict::Missed,
                    None => Verdict::Unknown,
                };
                let figure = point.value.filter(|_| point.definition == meaning);
                let of = score::of(progress.kind, &resolved, figure, point.bound, point.verdict);
                point.score = of.1;
                point
            })
            .collect()
    }

    /// The record that the figure is from.
    fn record(&self, points: &[&Point], progress: &KeyResultProgress) -> Option<LastRecord> {
        let at = progress.figure.at.filter(|at| *at != self.now)?;
        progress.figure.value?;
        let point = points.iter().rfind(|point| point.at == at)?;
        Some(LastRecord {
            id: point.record,
            at: point.at,
            n: point.n,
        })
    }

    fn ages(&self, key_result: &KeyResult, classes: ClassSet) -> Option<Vec<super::AgeWeek>> {
        let is_over_open = match &key_result.measure {
            Measure::Count(..) => true,
            Measure::Past(past) => matches!(past.kind, PastKind::Age { .. }),
            _ => false,
        };
        let filter = findings_of(&key_result.measure).filter(|_| is_over_open)?;
        let lives = self.sight.admitted(self.history, filter).lives;
        let windows = self.frame.windows();
        Some(ages(
            self.history,
            &lives,
            classes,
            &windows,
            self.now,
            self.zone,
        ))
    }
}

/// True if the figure is worse than the one before it (rule Q9): of a recorded one the record
/// before, of one that was measured now the last record.
fn is_worse(
    points: &[&Point],
    progress: &KeyResultProgress,
    compare: impl Fn(Timestamp) -> Change,
) -> bool {
    let before = points
        .iter()
        .rfind(|point| progress.figure.at.is_some_and(|at| point.at < at));
    before.is_some_and(|before| {
        matches!(
            compare(before.at),
            Change::By {
                course: Course::Worse,
                ..
            }
        )
    })
}

/// The figure as a point, if it was measured at the clock.
fn measured_now(
    composer: &Composer<'_>,
    key_result: &KeyResult,
    progress: &KeyResultProgress,
) -> Option<WeekPoint> {
    let figure = &progress.figure;
    let at = figure.at.filter(|at| *at == composer.now)?;
    Some(WeekPoint {
        at,
        record: None,
        definition: definition(composer.policy, key_result),
        segment: progress.segments.len().saturating_sub(1),
        value: figure.value?,
        bound: figure.bound,
        verdict: figure.verdict,
        score: progress.score,
        n: None,
    })
}

/// The classes whose scans a measure reads; none for one that reads no findings.
fn classes(measure: &Measure) -> ClassSet {
    match measure {
        Measure::Tools(demand) => demand.legs.iter().map(|(class, _)| *class).collect(),
        Measure::Inventory => ClassSet::ALL,
        Measure::Past(past) => match &past.kind {
            PastKind::Coverage { classes, .. } => *classes,
            PastKind::Freshness { .. } | PastKind::Friction { .. } => ClassSet::EMPTY,
            _ => past.filter.admitted_classes(),
        },
        other => other
            .filter()
            .map_or(ClassSet::EMPTY, crate::policy::Filter::admitted_classes),
    }
}

const fn origin(measure: &Measure) -> FigureOrigin {
    match measure {
        Measure::CheckIn(_) | Measure::Milestones(_) => FigureOrigin::People,
        Measure::Figure(..) => FigureOrigin::DataFile,
        Measure::Past(_) | Measure::Events(_) => FigureOrigin::Ledger,
        Measure::Count(..)
        | Measure::Introduced(..)
        | Measure::MaxCvss(_)
        | Measure::Tools(_)
        | Measure::Suppressed { .. }
        | Measure::Routed(_)
        | Measure::Density { .. }
        | Measure::Inventory => FigureOrigin::Scans,
    }
}

const fn window_seconds(measure: &Measure) -> Option<u64> {
    let Measure::Past(past) = measure else {
        return None;
    };
    match &past.kind {
        PastKind::TimeToFix { window, .. }
        | PastKind::TimeToDetect { window, .. }
        | PastKind::Sla { window, .. }
        | PastKind::FixRate { window }
        | PastKind::NetFlow { window }
        | PastKind::Recurrence { window, .. }
        | PastKind::EscapeRate { window }
        | PastKind::Friction { window, .. } => Some(*window),
        PastKind::Coverage { within, .. } => Some(*within),
        PastKind::Age { .. } | PastKind::Freshness { .. } | PastKind::Introduced { .. } => None,
    }
}

/// The pillars with the objectives that stand for them.
fn pillars(progress: &Progress) -> Vec<PillarScore> {
    let of = |pillar: &PillarProgress| {
        let all = progress.objectives.iter();
        let own = all.filter(|objective| objective.pillar.as_deref() == Some(pillar.name));
        PillarScore {
            pillar: pillar.name.to_owned(),
            objectives: own.map(|objective| objective.id.clone()).collect(),
            basis: pillar.basis,
            score: pillar.score,
        }
    };
    progress.pillars.iter().map(of).collect()
}

fn appendix(history: &History) -> Appendix {
    let record = |run: &PastRun| LastRecord {
        id: run.record,
        at: run.at,
        n: None,
    };
    let mut data: Vec<DataUsed> = Vec::new();
    for run in history.runs.iter().rev() {
        for used in &run.data {
            if data.iter().all(|known| known.name != used.name) {
                data.push(DataUsed {
                    name: used.name.clone(),
                    digest: used.digest.clone(),
                    as_of: used.as_of.clone(),
                    record: run.record,
                });
            }
        }
    }
    data.sort_by(|one, other| one.name.raw().cmp(other.name.raw()));
    let tools = last_state(history).map(|run| &run.reports);
    Appendix {
        runs: history.runs.len(),
        first_run: history.runs.first().map(record),
        last_run: history.runs.last().map(record),
        tools: tools
            .into_iter()
            .flatten()
            .map(|report| ToolUsed {
                name: report.name.clone(),
                tool: report.tool.clone(),
                version: report.version.clone(),
                class: report.class,
                ok: report.ok,
            })
            .collect(),
        data,
    }
}
