//! The figures of now as `OpenMetrics` 1.0, for a file collector (rules P38 to P40).
//!
//! Written by hand: the text encoder of `prometheus-client` knows no state set, and its numbers
//! are binary floats, which print as `1.0` or with an exponent.

use std::fmt::Display;
use std::io::{self, Write};

use crate::decide::Verdict;
use crate::decide::report::{Report, ShownKeyResult, ShownObjective};
use crate::model::{Bound, Untrusted};
use crate::render::encode::openmetrics::LabelValue;
use crate::render::json::{decimal, unit};

/// Writes the key results that are shown, as they stand at the clock. What is unknown has no
/// sample but that of its state; a bound is no value.
///
/// # Errors
/// If the output cannot be written.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page(out);
    let objectives = report.objectives();
    let key_results: Vec<&ShownKeyResult<'_>> = objectives
        .iter()
        .flat_map(|objective| &objective.key_results)
        .collect();
    page.family(
        "krgate_evaluation_time_seconds",
        "gauge",
        "Clock of the evaluation.",
    )?;
    page.sample(
        "krgate_evaluation_time_seconds",
        &[],
        report.about.now.as_second(),
    )?;
    let known = || {
        let all = key_results.iter();
        all.filter(|key_result| key_result.progress.figure.verdict != Verdict::Unknown)
    };
    page.family(
        "krgate_kr_score",
        "gauge",
        "Score of the key result, 0 to 1.",
    )?;
    for key_result in known() {
        if let Some(score) = key_result.progress.score {
            page.sample("krgate_kr_score", &[kr(key_result)], decimal(score))?;
        }
    }
    page.family(
        "krgate_kr_value",
        "gauge",
        "Value of the key result in its unit.",
    )?;
    for key_result in known() {
        let figure = &key_result.progress.figure;
        if let Some(value) = figure.value.filter(|_| figure.bound == Bound::Exact) {
            let of_unit = ("unit", label(unit(key_result.progress.unit)));
            let labels = [kr(key_result), of_unit];
            page.sample("krgate_kr_value", &labels, decimal(value))?;
        }
    }
    page.family(
        "krgate_kr_verdict",
        "stateset",
        "Verdict of the key result.",
    )?;
    for key_result in &key_results {
        for verdict in [Verdict::Met, Verdict::Missed, Verdict::Unknown] {
            let is_it = key_result.progress.figure.verdict == verdict;
            let state = ("krgate_kr_verdict", label(verdict.as_str()));
            page.sample(
                "krgate_kr_verdict",
                &[kr(key_result), state],
                u8::from(is_it),
            )?;
        }
    }
    of_objectives(&objectives, &mut page)?;
    page.end()
}

fn of_objectives(objectives: &[ShownObjective<'_>], page: &mut Page<'_>) -> io::Result<()> {
    page.family(
        "krgate_objective_known_ratio",
        "gauge",
        "Share of the weight of the objective that is known, 0 to 1.",
    )?;
    for objective in objectives {
        let id = ("objective", label(&objective.progress.id));
        let known = decimal(objective.progress.score.known);
        page.sample("krgate_objective_known_ratio", &[id], known)?;
    }
    page.family(
        "krgate_objective_score",
        "gauge",
        "Score of the objective, 0 to 1.",
    )?;
    for objective in objectives {
        if let Some(score) = objective.progress.score.value {
            let id = ("objective", label(&objective.progress.id));
            page.sample("krgate_objective_score", &[id], decimal(score))?;
        }
    }
    Ok(())
}

fn label(text: &str) -> LabelValue {
    LabelValue::foreign(Untrusted::new(text))
}

fn kr(key_result: &ShownKeyResult<'_>) -> (&'static str, LabelValue) {
    ("kr", label(&key_result.progress.record_name))
}

struct Page<'a>(&'a mut dyn Write);

impl Page<'_> {
    fn family(&mut self, name: &str, kind: &str, help: &str) -> io::Result<()> {
        writeln!(self.0, "# HELP {name} {help}")?;
        writeln!(self.0, "# TYPE {name} {kind}")
    }

    fn sample(
        &mut self,
        name: &str,
        labels: &[(&str, LabelValue)],
        value: impl Display,
    ) -> io::Result<()> {
        write!(self.0, "{name}")?;
        for (place, (key, text)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            write!(self.0, "{before}{key}={text}")?;
        }
        let after = if labels.is_empty() { "" } else { "}" };
        writeln!(self.0, "{after} {value}")
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.0, "# EOF")
    }
}
