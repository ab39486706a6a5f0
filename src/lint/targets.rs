//! Whether targets are ones, and what stands beside them (rules K34, M2, F55).

use super::{Advice, about, id_mark, items};
use crate::decide::okr::{self, Likelihood};
use crate::diagnostic::{Code, Message};
use crate::model::Untrusted;
use crate::model::history::History;
use crate::policy::{KeyResult, Measure, Objective, Term};

impl Advice<'_> {
    pub(super) fn targets(&mut self, history: Option<&History>) {
        self.speed();
        self.data_classes();
        if let Some(history) = history.filter(|history| history.doubts.is_empty()) {
            self.realistic(history);
        }
    }

    /// Rule M2: no measure of speed sees a backlog that nobody touches.
    fn speed(&mut self) {
        for (objective, node) in self.objectives() {
            let is_seen = self
                .counted_in(objective)
                .any(|kr| matches!(kr.measure.name(), "age" | "sla"));
            if is_seen {
                continue;
            }
            let key_results = objective.key_results.iter();
            for (key_result, node) in key_results.zip(items(node, "key_results")) {
                if key_result.measure.name() == "time_to_fix" {
                    self.say(
                        Code::SpeedWithoutBacklog,
                        about(
                            "key result ",
                            &key_result.id,
                            " cannot see findings that nobody fixes",
                        ),
                        id_mark(node),
                        "put a key result on `age` or `sla` beside it, in the same objective",
                    );
                }
            }
        }
    }

    /// The key results that an objective holds and uses.
    fn counted_in<'b>(&'b self, objective: &'b Objective) -> impl Iterator<Item = &'b KeyResult> {
        let used = objective.uses.iter().filter_map(|(holder, place, _)| {
            let holder = self.policy.objectives.get(*holder)?;
            holder.key_results.get(*place)
        });
        objective.key_results.iter().chain(used)
    }

    /// Rule F55: data of patients or cards wants a target of its own.
    fn data_classes(&mut self) {
        let scopes = self.tree.get("scopes");
        for (index, scope) in self.policy.scopes.iter().enumerate() {
            let Some(class) = &scope.data_class else {
                continue;
            };
            let looks_at = |term: &Term| matches!(term, Term::Scope(named) if *named == [index]);
            let is_looked_at = self
                .policy
                .key_results()
                .any(|(_, key_result)| names(&key_result.measure, &looks_at));
            let entry = scopes.and_then(|scopes| scopes.entry(&scope.name));
            if let Some(entry) = entry.filter(|_| !is_looked_at) {
                self.say(
                    Code::DataClassWithoutKeyResult,
                    about("no key result looks at the scope ", &scope.name, " alone")
                        .own(", which holds data of class ")
                        .foreign(Untrusted::new(class)),
                    entry.key_mark,
                    "add one with a stricter target over this scope",
                );
            }
        }
    }

    /// Rule K34, by what the ledger holds.
    fn realistic(&mut self, history: &History) {
        let progress = okr::progress(self.policy, history, &[], self.now);
        let zone = self.policy.time_zone();
        let over = self.policy.period.as_ref();
        let is_over = over.is_none_or(|period| period.end <= self.now);
        let all = self.objectives().zip(&progress.objectives);
        for ((objective, node), far) in all {
            let key_results = objective.key_results.iter().zip(&far.key_results);
            for ((key_result, far), node) in key_results.zip(items(node, "key_results")) {
                let first = okr::first_figure(self.policy, history, key_result, self.now);
                if let Some(first) = first.filter(|first| first.reaches && !is_guardrail(far)) {
                    let day = zone.to_datetime(first.at).date();
                    let shown = key_result.unit.show(first.value);
                    let target = key_result.unit.show_target(&far.target);
                    self.say(
                        Code::TargetMetAtStart,
                        about(
                            "the target of key result ",
                            &key_result.id,
                            " was met on the first day",
                        ),
                        id_mark(node),
                        format!(
                            "the first figure of the period, of {day}, is {shown}; target {target}"
                        ),
                    );
                }
                let Ok(forecast) = &far.forecast else {
                    continue;
                };
                if forecast.likelihood() == Likelihood::Unlikely && !is_over {
                    self.say(
                        Code::TargetUnlikely,
                        unlikely(&key_result.id),
                        id_mark(node),
                        format!(
                            "P(hit) {}%: half of the paths end at {} or below; target {}",
                            forecast.shown_percent(),
                            key_result.unit.show(forecast.p50),
                            key_result.unit.show_target(&far.target)
                        ),
                    );
                }
            }
        }
    }
}

fn unlikely(id: &str) -> Message {
    about(
        "the target of key result ",
        id,
        " is out of reach at the pace so far",
    )
}

/// A guardrail is to hold from the first day on.
fn is_guardrail(far: &okr::KeyResultProgress) -> bool {
    far.kind.is_guardrail()
}

/// True if the filter of a measure, over findings of this run or of the past, names a term.
fn names(measure: &Measure, term: &dyn Fn(&Term) -> bool) -> bool {
    let past = match measure {
        Measure::Past(past) => Some(&past.filter),
        _ => None,
    };
    let filters = measure.filter().into_iter().chain(past);
    filters.into_iter().any(|filter| filter.uses(term))
}
