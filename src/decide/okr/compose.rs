//! Composes the progress of a policy from what was measured and what was recorded.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::band::Band;
use super::baseline::{Resolved, resolve};
use super::bounds::{InBounds, in_bounds};
use super::close::{amended, closed, closed_grade, window};
use super::forecast::{Domain, Insufficient, forecast};
use super::fresh;
use super::kind::Kind;
use super::pace::Pace;
use super::progress::{
    Basis, Confidence, Figure, KeyResultProgress, ObjectiveProgress, PeriodProgress,
    PillarProgress, Progress, Remark, StepLength,
};
use super::series::{Segment, Step, current, segments, steps};
use super::trend::trend;
use super::unknown;
use crate::decide::{KeyResultOutcome, ObjectiveOutcome, Score, Verdict, score, verdict_of};
use crate::diagnostic::Message;
use crate::measure::{self, Reason};
use crate::model::calendar::{Cadence, fiscal_quarter};
use crate::model::history::{Definition, History, Point};
use crate::model::{Bound, Quantity, Untrusted};
use crate::policy::{
    Ambition, Filter, KeyResult, Measure, Objective, Period, Policy, Term, Unit, definition,
};

/// How far every objective and key result has come.
///
/// `outcomes` are those of an evaluation of a state that was made now, and win over the
/// records; empty where the records alone speak. What the ledger alone can tell (check-ins,
/// events, steps) is measured now in either case.
pub fn progress(
    policy: &Policy,
    history: &History,
    outcomes: &[ObjectiveOutcome],
    now: Timestamp,
) -> Progress {
    let ground = Ground {
        policy,
        history,
        zone: policy.time_zone(),
        now,
    };
    let of_key_results: Vec<Vec<KeyResultProgress>> = policy
        .objectives
        .iter()
        .map(|objective| {
            let all = objective.key_results.iter();
            all.map(|key_result| {
                let judged = outcomes.iter().flat_map(|o| &o.key_results);
                let outcome = judged.into_iter().find(|kr| kr.id == key_result.id);
                ground.key_result(key_result, outcome)
            })
            .collect()
        })
        .collect();
    let by_objective: Vec<Vec<Option<Quantity>>> = of_key_results
        .iter()
        .map(|list| list.iter().map(|kr| kr.score).collect())
        .collect();
    let scores = score::of_objectives(policy, &by_objective);
    let pillars = pillars(policy, &scores);
    let objectives = policy.objectives.iter().zip(of_key_results).zip(scores);
    Progress {
        now,
        period: policy.period.as_ref().map(|period| ground.period(period)),
        objectives: objectives
            .map(|((objective, key_results), score)| ObjectiveProgress {
                id: objective.id.clone(),
                title: objective.title.clone(),
                owner: objective.owner.clone(),
                pillar: objective.pillar.clone(),
                score,
                band: score.value.map(Band::of),
                rolled_up: policy
                    .objectives
                    .iter()
                    .filter(|other| other.rollup && other.contributes_to.contains(&objective.id))
                    .map(|other| other.id.clone())
                    .collect(),
                contributes_to: objective.contributes_to.clone(),
                rolls_up: objective.rollup,
                derived_from: objective.derived_from.clone(),
                key_results,
                uses: uses(policy, objective),
            })
            .collect(),
        pillars,
        has_history: history.read,
        doubts: history.doubts.clone(),
    }
}

/// The pillars that objectives stand for, with what these come to.
fn pillars(policy: &Policy, scores: &[Score]) -> Vec<PillarProgress> {
    let of = |name: &'static str| {
        let all = policy.objectives.iter().zip(scores);
        let own = all.filter(|(objective, _)| objective.pillar.as_deref() == Some(name));
        let own: Vec<(&Objective, &Score)> = own.collect();
        let score = score::of_pillar(own.iter().map(|(_, score)| **score));
        let key_results = own.iter().flat_map(|(objective, _)| &objective.key_results);
        Some(PillarProgress {
            name,
            objectives: own.len(),
            basis: Basis::of(key_results)?,
            score,
            band: score.value.map(Band::of),
        })
    };
    let words = ["risk", "trust", "governance", "empowerment"];
    words.into_iter().filter_map(of).collect()
}

fn uses(policy: &Policy, objective: &Objective) -> Vec<(String, Quantity)> {
    objective
        .uses
        .iter()
        .filter_map(|(holder, place, weight)| {
            let holder = policy.objectives.get(*holder)?;
            let used = holder.key_results.get(*place)?;
            Some((super::external_id(&holder.id, &used.id), *weight))
        })
        .collect()
}

/// What everything is composed from.
struct Ground<'a> {
    policy: &'a Policy,
    history: &'a History,
    zone: TimeZone,
    now: Timestamp,
}

impl Ground<'_> {
    fn period(&self, period: &Period) -> PeriodProgress {
        let window = window(period);
        PeriodProgress {
            name: period.name.clone(),
            window,
            elapsed: window.elapsed(self.now),
            fiscal: period
                .fiscal_start
                .and_then(|start| fiscal_quarter(period.start, start, &self.zone)),
            closed: closed(self.history, &period.name).is_some(),
        }
    }

    fn key_result(
        &self,
        key_result: &KeyResult,
        outcome: Option<&KeyResultOutcome>,
    ) -> KeyResultProgress {
        let policy = self.policy;
        let name = policy.record_name(key_result);
        let meaning = definition(policy, key_result);
        let all: Vec<&Point> = self.history.points_of(&name).collect();
        let points = current(&all, meaning);
        let resolved = resolve(policy, self.history, key_result);
        let kind = Kind::of(key_result);
        let (figure, reasons) = self.figure(key_result, outcome, &resolved, &all, &points);
        let fresh_value = figure.value.filter(|_| !figure.stale);
        let (raw, score_now) =
            score::of(kind, &resolved, fresh_value, figure.bound, figure.verdict);
        let in_bounds = self.in_bounds(key_result, kind, &all, meaning);
        let score = in_bounds.map_or(score_now, InBounds::score);
        let (steps, left, step) = self.steps(key_result, &points, figure);
        let (target, period) = (&resolved.target, policy.period.as_ref());
        let segments = segments(all.iter().copied(), meaning);
        KeyResultProgress {
            id: key_result.id.clone(),
            title: key_result.title.clone(),
            owner: key_result.owner.clone(),
            kind,
            unit: key_result.unit,
            start: resolved.start,
            target: resolved.target,
            due: key_result.due,
            weight: key_result.weight,
            ambition: key_result.ambition,
            health: key_result.health,
            figure,
            reasons,
            raw,
            score,
            band: score.map(Band::of),
            in_bounds,
            pace: period
                .filter(|_| kind.has_pace() && !key_result.health)
                .zip(score)
                .map(|(period, score)| Pace::of(window(period).elapsed(self.now), score)),
            forecast: match (kind, period) {
                (Kind::Base, _) | (_, None) => Err(Insufficient::NoTarget),
                _ => forecast(&steps, left, target, domain(key_result)),
            },
            trend: trend(&steps),
            steps,
            step,
            derived_from: key_result.derived_from.clone(),
            contributes_to: key_result.contributes_to.clone(),
            confidence: self.confidence(key_result, &name),
            remarks: self.remarks(key_result, &figure, &resolved, (raw, score), &segments),
            segments,
            closed: period
                .and_then(|period| closed_grade(self.history, &name, &period.name))
                .cloned(),
            amended: amended(policy, self.history, key_result),
            notes: resolved
                .notes
                .into_iter()
                .chain(data_classes(policy, key_result))
                .collect(),
            record_name: name,
        }
    }

    /// Where it stands: as judged now, else as the ledger tells now, else as last recorded.
    fn figure(
        &self,
        key_result: &KeyResult,
        outcome: Option<&KeyResultOutcome>,
        resolved: &Resolved,
        all: &[&Point],
        points: &[&Point],
    ) -> (Figure, Vec<Reason>) {
        let known = |points: &[&Point]| {
            let last = points.iter().rfind(|point| point.value.is_some());
            last.map(|point| point.at)
        };
        let measured = match outcome {
            Some(outcome) => Some((outcome.measurement.clone(), outcome.verdict)),
            None => measure::from_ledger(self.policy, key_result, self.history, self.now).map(
                |measurement| {
                    let verdict = verdict_of(
                        self.policy,
                        self.history,
                        key_result,
                        resolved,
                        (&measurement, self.now),
                    );
                    (measurement, verdict)
                },
            ),
        };
        if let Some((measurement, verdict)) = measured {
            let judged = self.stands_for(key_result).unwrap_or(self.now);
            let overdue = measurement
                .reasons
                .iter()
                .any(|r| r.code == measure::OVERDUE);
            let here = measurement.value.map(|_| judged);
            let figure = Figure {
                value: measurement.value,
                bound: measurement.bound,
                verdict,
                at: Some(judged),
                last_known: here.or_else(|| known(all)),
                stale: overdue,
            };
            return (figure, unknown::measured(verdict, measurement, resolved));
        }
        let Some(last) = points.iter().rfind(|point| point.of_state) else {
            let figure = Figure {
                value: None,
                bound: Bound::Exact,
                verdict: Verdict::Unknown,
                at: None,
                last_known: known(all),
                stale: false,
            };
            return (figure, vec![unknown::never(self.history, !all.is_empty())]);
        };
        let age = self.now.as_second().saturating_sub(last.at.as_second());
        let stale = u64::try_from(age).is_ok_and(|age| age > fresh(self.policy, key_result));
        let figure = Figure {
            value: last.value,
            bound: last.bound,
            verdict: if stale || resolved.lack.is_some() {
                Verdict::Unknown
            } else {
                last.verdict
            },
            at: Some(last.at),
            last_known: known(all),
            stale,
        };
        let reasons = unknown::recorded(&figure, resolved, &self.zone);
        (figure, reasons)
    }

    fn in_bounds(
        &self,
        key_result: &KeyResult,
        kind: Kind,
        all: &[&Point],
        meaning: Definition,
    ) -> Option<InBounds> {
        let period = self.policy.period.as_ref()?;
        (kind.is_guardrail() && self.history.read).then(|| {
            let fresh = fresh(self.policy, key_result);
            in_bounds(all, meaning, window(period), self.now, fresh)
        })
    }

    /// The steps of the period with their last figures, and how many are left.
    fn steps(
        &self,
        key_result: &KeyResult,
        points: &[&Point],
        figure: Figure,
    ) -> (Vec<Step>, usize, StepLength) {
        let every = match &key_result.measure {
            Measure::CheckIn(check_in) => check_in.stated_every,
            _ => None,
        };
        let step = every.map_or(StepLength::Week, StepLength::Every);
        let Some(period) = &self.policy.period else {
            return (Vec::new(), 0, step);
        };
        let cadence = match step {
            StepLength::Week => Cadence::Week,
            StepLength::Every(seconds) => Cadence::Every {
                from: period.start,
                seconds,
            },
        };
        if matches!(key_result.measure, Measure::CheckIn(_)) {
            let (steps, left) = steps(
                &self.checked_in(key_result),
                window(period),
                cadence,
                &self.zone,
            );
            return (steps, left, step);
        }
        let exact = |point: &&&Point| point.of_state && point.bound == Bound::Exact;
        let mut known: Vec<(Timestamp, Quantity)> = points
            .iter()
            .filter(exact)
            .filter_map(|point| Some((point.at, point.value?)))
            .collect();
        if let (Some(value), Bound::Exact, Some(at)) = (figure.value, figure.bound, figure.at)
            && at == self.now
        {
            known.push((at, value));
        }
        let (steps, left) = steps(&known, window(period), cadence, &self.zone);
        (steps, left, step)
    }

    /// What people reported, at the begin of the days that it stands for. A run repeats the
    /// last one, so that its records would show a standstill where nobody said anything.
    fn checked_in(&self, key_result: &KeyResult) -> Vec<(Timestamp, Quantity)> {
        measure::checked_in(self.policy, key_result, self.history, self.now)
            .into_iter()
            .filter_map(|check_in| {
                let begin = check_in.as_of.to_datetime(Time::midnight());
                let begin = self.zone.to_ambiguous_timestamp(begin).compatible().ok()?;
                Some((begin, check_in.value?))
            })
            .collect()
    }

    /// When the figure of a check-in stands for; `None` for other measures.
    fn stands_for(&self, key_result: &KeyResult) -> Option<Timestamp> {
        let is_one = matches!(key_result.measure, Measure::CheckIn(_));
        let last = is_one
            .then(|| self.checked_in(key_result).pop())
            .flatten()?;
        Some(last.0)
    }

    /// The last confidence that somebody stated.
    fn confidence(&self, key_result: &KeyResult, name: &str) -> Option<Confidence> {
        let last = self
            .history
            .check_ins
            .iter()
            .filter(|check_in| check_in.key_result == name && check_in.confidence.is_some())
            .max_by_key(|check_in| (check_in.as_of, check_in.at, check_in.record))?;
        let every = match &key_result.measure {
            Measure::CheckIn(check_in) => check_in.every(),
            _ => measure::CHECK_IN_EVERY,
        };
        Some(Confidence {
            value: last.confidence?,
            at: last.at,
            stale: measure::is_overdue(last.as_of, every, &self.zone, self.now),
        })
    }

    fn remarks(
        &self,
        key_result: &KeyResult,
        figure: &Figure,
        resolved: &Resolved,
        (raw, score): (Option<Quantity>, Option<Quantity>),
        segments: &[Segment],
    ) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let period = self.policy.period.as_ref();
        let aspirational = key_result.ambition == Ambition::Aspirational;
        if aspirational && score == Some(Quantity::ONE) {
            remarks.push(Remark::SetNextFurther);
        }
        let over = key_result.due.or(period.map(|period| period.end));
        let missed = figure.verdict == Verdict::Missed && over.is_some_and(|end| end <= self.now);
        if missed && !aspirational && !key_result.has_postmortem {
            remarks.push(Remark::NeedsPostmortem);
        }
        if raw.is_some_and(|raw| raw < Quantity::ZERO) {
            remarks.push(Remark::StepBack);
        }
        if resolved.beyond {
            remarks.push(Remark::StartBeyondTarget);
        }
        let begun = segments.get(1..).and_then(<[Segment]>::last);
        let redefined = begun
            .zip(period)
            .is_some_and(|(segment, period)| window(period).contains(segment.from));
        if redefined {
            remarks.push(Remark::Redefined);
        }
        remarks
    }
}

/// The kinds of data in the scopes that a key result looks at (rule F55).
fn data_classes(policy: &Policy, key_result: &KeyResult) -> Vec<Message> {
    let past = match &key_result.measure {
        Measure::Past(past) => Some(&past.filter),
        _ => None,
    };
    let filters: Vec<&Filter> = key_result
        .measure
        .filter()
        .into_iter()
        .chain(past)
        .collect();
    let looks_at = |index: usize| {
        let names = |term: &Term| matches!(term, Term::Scope(named) if named.contains(&index));
        filters.iter().any(|filter| filter.uses(&names))
    };
    let all = policy.scopes.iter().enumerate();
    let of_a_class =
        all.filter_map(|(index, scope)| Some((index, scope, scope.data_class.as_ref()?)));
    of_a_class
        .filter(|(index, ..)| looks_at(*index))
        .map(|(_, scope, class)| {
            Message::from("the scope ")
                .foreign(Untrusted::new(&scope.name))
                .own(" holds data of class ")
                .foreign(Untrusted::new(class))
        })
        .collect()
}

/// Where the figures of a key result may go: counts and lengths of time stay above zero,
/// shares between none and all, scores up to 10 (rule K21, step 5). A figure of the user's
/// without a unit may go anywhere, and so may a difference of counts.
fn domain(key_result: &KeyResult) -> Domain {
    let from_zero = Domain {
        least: Some(Quantity::ZERO),
        most: None,
    };
    let up_to = |most| Domain {
        least: Some(Quantity::ZERO),
        most: Some(most),
    };
    match (&key_result.measure, key_result.unit) {
        (Measure::Past(past), _) if past.kind.name() == "net_flow" => Domain::default(),
        (Measure::Past(past), _) if past.kind.name() == "fix_rate" => from_zero,
        (_, Unit::Percent) => up_to(Quantity::ONE),
        (_, Unit::Cvss) => up_to(Quantity::whole(10)),
        (_, Unit::Duration(_) | Unit::Findings | Unit::Secrets | Unit::Paths)
        | (Measure::Density { .. }, Unit::None) => from_zero,
        (_, Unit::None) => Domain::default(),
    }
}
