//! `krgate waive`: adds a waiver to the waiver file.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use super::args::WaiveArguments;
use super::check::{self, CheckRequest, Judged, Outcome};
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::{FindingView, Untrusted, visible};
use crate::policy::{NewWaiver, Waiver, WaiverKind, WaiverSubject, add_waiver};
use crate::render::explain::{Subject, find};
use crate::scope::refused_by_demands;

/// The file that is begun where the policy names none.
const USUAL_FILE: &str = "krgate.waivers.yaml";

/// Most characters of the remark beside a finding.
const MOST_REMARK: usize = 100;

type Refused = Box<Diagnostic>;

/// Runs the subcommand: judges as `check` does, so that a finding that is not there is an
/// error, and writes what the policy allows. Exit 0 if the waiver was added, else 2.
pub(super) fn run(
    arguments: &WaiveArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let judged = match check::evaluate(&request, surroundings) {
        Outcome::Refused {
            diagnostics,
            sources,
        } => return refuse(&diagnostics, &sources, voice),
        Outcome::Judged(judged) => judged,
    };
    match waive(arguments, &judged, surroundings) {
        Ok(said) => output::to_stdout(said.as_bytes()),
        Err(diagnostic) => refuse(&[*diagnostic], &[], voice),
    }
}

/// Adds the waiver, and says what was done and what is left to do.
fn waive(
    arguments: &WaiveArguments,
    judged: &Judged,
    surroundings: &Surroundings,
) -> Result<String, Refused> {
    let view = finding(arguments, judged)?;
    let today = judged.evaluation.scoped.today.unwrap_or(Date::ZERO);
    let waiver = new(arguments, &view, today);
    is_allowed(arguments, judged, &view, today)?;
    let named = judged.policy.waivers.file.as_deref();
    let file = named.unwrap_or(USUAL_FILE);
    let path = beside_policy(file, judged);
    let added = text_with(&waiver, &path, surroundings, named.is_some())?;
    output::to_file(Path::new(&path), &surroundings.directory, |out| {
        out.write_all(added.as_bytes())
    })?;
    let id = waiver.finding.get(..8).unwrap_or_default();
    let until = waiver
        .expires
        .as_ref()
        .map_or(String::new(), |day| format!(", until {day}"));
    let mut said = format!(
        "waived: finding {id}{until} (added to {})\n",
        visible(&path)
    );
    if named.is_none() {
        said.push_str("the policy names no waiver file yet; add this line to it:\n");
        said += "waivers: { file: ";
        said += USUAL_FILE;
        said += " }\n";
    }
    Ok(said)
}

/// The one finding of the reports that is meant.
fn finding<'a>(arguments: &WaiveArguments, judged: &'a Judged) -> Result<FindingView<'a>, Refused> {
    let evaluation = &judged.evaluation;
    let asked = || Untrusted::new(&arguments.finding);
    match find(evaluation, &arguments.finding) {
        Subject::Findings(places) if places.len() == 1 => places
            .first()
            .and_then(|place| evaluation.scoped.intake.view(*place))
            .ok_or_else(|| usage("no finding is there")),
        Subject::Findings(_) | Subject::Ambiguous(_) => Err(Box::new(
            Diagnostic::new(
                Code::Usage,
                Message::from("several findings are meant by ").foreign(asked()),
            )
            .hint("give more digits of the id of one of them; `krgate explain` lists them"),
        )),
        Subject::KeyResult(_) | Subject::Nothing => Err(Box::new(
            Diagnostic::new(
                Code::Usage,
                Message::from("no finding of these reports is called ").foreign(asked()),
            )
            .hint(
                "name it by the digits that `krgate check` shows; give the same reports as to \
                 `krgate check`",
            ),
        )),
    }
}

fn new(arguments: &WaiveArguments, view: &FindingView<'_>, today: Date) -> NewWaiver {
    let mut remark = visible(view.rule_id().raw()).into_owned();
    if let Some(path) = view.shown_path() {
        remark += " at ";
        remark += &visible(path.raw());
        if let Some(line) = view.line() {
            remark += ":";
            remark += &line.to_string();
        }
    }
    NewWaiver {
        id: arguments.id.clone(),
        finding: view.id().map_or(String::new(), |id| id.to_string()),
        remark: remark.chars().take(MOST_REMARK).collect(),
        kind: arguments.kind.map(WaiverKind::as_str),
        reason: arguments.reason.clone(),
        owner: arguments.owner.clone(),
        approved_by: arguments.approved_by.clone(),
        created: today.to_string(),
        expires: arguments.expires.map(|day| day.to_string()),
    }
}

/// Refuses what would not hold: what the policy demands or forbids, a day that is over, and a
/// finding that is waived already.
fn is_allowed(
    arguments: &WaiveArguments,
    judged: &Judged,
    view: &FindingView<'_>,
    today: Date,
) -> Result<(), Refused> {
    let scoped = &judged.evaluation.scoped;
    if scoped.is_forbidden(view.index) {
        let what = "the policy lets nothing set this finding aside (`waivers.forbid`)";
        return Err(Box::new(refused(what).hint("repair it")));
    }
    if let Some(outcome) = scoped.waiver(view.index) {
        let waiver = &outcome.waiver;
        let what = Message::from("it is waived already, by ")
            .foreign(Untrusted::new(&waiver.label()))
            .own(" in ")
            .foreign(Untrusted::new(&waiver.source))
            .own(format!(" {}", waiver.place()));
        return Err(Box::new(refused(what).hint("change that one")));
    }
    let waivers = &judged.policy.waivers;
    let is_taken = |id: &String| {
        waivers
            .list
            .iter()
            .any(|waiver| waiver.id.as_ref() == Some(id))
    };
    if arguments.id.as_ref().is_some_and(is_taken) {
        return Err(usage("another waiver has this id; ids are unique"));
    }
    if arguments.expires.is_some_and(|last| last < today) {
        return Err(usage("the last day of the waiver is over already"));
    }
    let wanted = Waiver {
        id: arguments.id.clone(),
        subject: WaiverSubject::default(),
        kind: arguments.kind,
        reason: Some(arguments.reason.clone()),
        owner: arguments.owner.clone(),
        approved_by: arguments.approved_by.clone(),
        created: Some(today),
        expires: arguments.expires,
        source: String::new(),
        line: 1,
    };
    match refused_by_demands(&wanted, waivers, Some(today)) {
        None => Ok(()),
        Some(refusal) => Err(Box::new(
            refused(Message::from("this waiver would not hold: ").own(refusal.explain())).hint(
                "give --kind, --owner, --expires and --approved-by as the policy demands them",
            ),
        )),
    }
}

/// The path of the file from the working directory: its name counts from the folder that the
/// files of the policy lie in.
fn beside_policy(file: &str, judged: &Judged) -> String {
    format!("{}{file}", judged.policy.waivers.root)
}

/// The text of the file with the waiver added.
fn text_with(
    waiver: &NewWaiver,
    path: &str,
    surroundings: &Surroundings,
    is_named: bool,
) -> Result<String, Refused> {
    let full = surroundings.directory.join(path);
    let there = match std::fs::read_to_string(&full) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Box::new(
                Diagnostic::new(
                    Code::PolicyUnreadable,
                    Message::from("the waiver file ")
                        .foreign(Untrusted::new(path))
                        .own(" cannot be read: ")
                        .own(output::reason(error.kind())),
                )
                .hint("nothing was written"),
            ));
        }
    };
    add_waiver(there.as_deref(), waiver).ok_or_else(|| {
        let why = if is_named {
            "is written in a way that krgate does not add to"
        } else {
            "is there, and the policy does not name it"
        };
        Box::new(
            refused(
                Message::from("the file ")
                    .foreign(Untrusted::new(path))
                    .own(format!(" {why}; nothing was written")),
            )
            .hint("add these lines under its `list:` by hand")
            .label(Message::default().foreign(Untrusted::new(&waiver.lines(2, "\n")))),
        )
    })
}

/// A waiver that is refused here ends the request; in a run that has it, it is a warning.
fn refused(what: impl Into<Message>) -> Diagnostic {
    let mut refused = Diagnostic::new(Code::WaiverRefused, what);
    refused.level = Level::Error;
    refused
}

fn usage(what: &'static str) -> Refused {
    Box::new(Diagnostic::new(Code::Usage, what).hint("nothing was written"))
}
