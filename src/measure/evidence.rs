//! Whether the reports can carry a figure: which runs there are, which are missing.

use super::Reason;
use crate::diagnostic::Message;
use crate::model::{Class, ClassSet, Intake, RunStatus, ToolRun, Verification};
use crate::policy::Filter;

/// What the reports can say about findings of some classes.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    /// True if no run could have produced such a finding: there is no figure at all.
    pub(super) none: bool,
    /// Why the figure is only a lower bound.
    pub(super) reasons: Vec<Reason>,
    /// Facts to show beside the verdict.
    pub(super) notes: Vec<Message>,
}

/// How an entry of the policy is named in messages; `None` for a report given by hand.
pub(super) type EntryName<'a> = dyn Fn(Option<usize>) -> Option<&'a str> + 'a;

/// Looks at every run and gap that could have held a finding that the filter admits.
///
/// A failed run, one that is not believed, one without results and a report that is not
/// there each make the figure a lower bound; others leave it alone (`sarif.md`, Terms).
pub(super) fn for_filter(intake: &Intake, filter: &Filter, name: &EntryName<'_>) -> Carried {
    let admitted = filter.admitted_classes();
    let mut carried = Carried::default();
    let touched: Vec<&ToolRun> = intake
        .runs
        .iter()
        .filter(|run| run.could_find.intersects(admitted))
        .collect();
    carried.none = !covered(intake).intersects(admitted);
    for run in &touched {
        if let Some(reason) = weakness(intake, run, name) {
            carried.reasons.push(reason);
        }
    }
    for gap in &intake.gaps {
        if gap.classes.intersects(admitted) {
            let mut message = Message::default();
            message = match name(gap.entry) {
                Some(entry) => message
                    .own("report ")
                    .foreign(crate::model::Untrusted::new(entry)),
                None => message.own("report ").foreign(gap.path.as_untrusted()),
            };
            carried.reasons.push(Reason {
                code: "report-not-read",
                message: message.own(": ").own(gap.why),
                remedy: Some("give the report, or repair it and run the scan again".into()),
            });
        }
    }
    for class in filter.named_classes().iter() {
        if !covered(intake).contains(class) && !is_awaited(intake, class) {
            carried
                .notes
                .push(format!("no report covers class {class}").into());
        }
    }
    if carried.none && carried.reasons.is_empty() {
        carried.reasons.push(Reason {
            code: "no-evidence",
            message: if admitted.is_empty() {
                "the filter admits no finding of any class".into()
            } else {
                format!("no scan of {} ran", words(admitted)).into()
            },
            remedy: Some(if admitted.is_empty() {
                "its terms contradict each other: take one out".into()
            } else {
                "add a report of such a scan".into()
            }),
        });
    }
    carried
}

/// The classes that some scan looked for: the class that a run counts as, and those of what
/// was found. That a tool of several classes ran says nothing of its others: a clean file
/// does not say which of its scanners ran.
fn covered(intake: &Intake) -> ClassSet {
    let by_run = intake
        .runs
        .iter()
        .filter(|run| run.status != RunStatus::NotRun)
        .map(|run| run.class.unwrap_or(Class::Other));
    let found = intake.findings.iter().map(|finding| finding.class);
    by_run.chain(found).collect()
}

/// True if a report that is not there was to cover the class.
fn is_awaited(intake: &Intake, class: Class) -> bool {
    intake
        .gaps
        .iter()
        .any(|gap| gap.classes.contains(class) && gap.classes != ClassSet::ALL)
}

/// The classes as words: `any class`, `class secrets`, `class sast, sca`.
pub(super) fn words(classes: ClassSet) -> String {
    if classes == ClassSet::ALL {
        return "any class".to_owned();
    }
    let list: Vec<&str> = classes.iter().map(Class::as_str).collect();
    format!("class {}", list.join(", "))
}

/// Why a run makes a figure a lower bound; `None` if it does not.
pub(super) fn weakness(intake: &Intake, run: &ToolRun, name: &EntryName<'_>) -> Option<Reason> {
    if run.is_exact() {
        return None;
    }
    let subject = subject(intake, run, name);
    let why = run.reasons.first().map(|reason| reason.explain());
    Some(match run.status {
        RunStatus::Failed => Reason {
            code: "scan-failed",
            message: subject
                .own(": the scan did not finish; ")
                .own(why.unwrap_or("it reports a failure")),
            remedy: Some(
                "repair the scan, or accept it with `accept_degraded` in its report entry \
                 (reason and owner needed)"
                    .into(),
            ),
        },
        RunStatus::NotRun => Reason {
            code: "scan-not-run",
            message: subject
                .own(": the scan did not run; ")
                .own(why.unwrap_or("it has no results")),
            remedy: Some(
                "run the scan; if this tool leaves out an empty list, say \
                 `absent_results_mean_none: true` in its report entry"
                    .into(),
            ),
        },
        RunStatus::Ok => Reason {
            code: "evidence-not-believed",
            message: subject.own(": nothing proves that the scan ran to its end"),
            remedy: Some(if run.named {
                "use an output of the tool that states its end, or take \
                 `evidence: strong` out of the report entry"
                    .into()
            } else {
                "name the tool with `tool:` in the report entry".into()
            }),
        },
    })
}

/// "images (Trivy)", or the tool and its file where no entry names it.
pub(super) fn subject(intake: &Intake, run: &ToolRun, name: &EntryName<'_>) -> Message {
    let report = intake.reports.get(run.report.index());
    let entry = report.and_then(|report| name(report.entry));
    let message = Message::default();
    match (entry, report) {
        (Some(entry), _) => message
            .foreign(crate::model::Untrusted::new(entry))
            .own(" (")
            .foreign(run.name.as_untrusted())
            .own(")"),
        (None, Some(report)) => message
            .foreign(run.name.as_untrusted())
            .own(" in ")
            .foreign(report.path.as_untrusted()),
        (None, None) => message.foreign(run.name.as_untrusted()),
    }
}

/// The runs that could hold secrets and do not show that secrets were checked (rule S59).
pub(super) fn unproven_runs(intake: &Intake) -> impl Iterator<Item = &ToolRun> {
    intake.runs.iter().filter(|run| {
        run.could_find.contains(Class::Secrets)
            && run.status != RunStatus::NotRun
            && run.verification == Verification::NotProven
    })
}
