//! The evaluation as SARIF 2.1.0 (rule E23): one run, by krgate.
//!
//! A result is a finding that some key result counts, or would count if more were known, or
//! that is set aside; the last with a suppression. Its level is what the key result does, not
//! what the scanner said: block is an error, warn a warning, everything else a note. Results
//! are written one at a time. Lines are 1-based as in the report, and columns are left out,
//! since a report rarely says what they count (rule 110).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif;

use super::encode::json::{message as json_message, write_compact};
use super::encode::sarif::{message, text, uri};
use super::readers::{Readers, ids};
use super::{notices, words};
use crate::decide::{Evaluation, Event, ExitCode, KeyResultOutcome, Verdict};
use crate::diagnostic::{Diagnostic, Message};
use crate::model::{Class, Cvss, FindingView, Suppression, Untrusted};
use crate::policy::Enforcement;
use crate::scope::{Novelty, Standing};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the evaluation as SARIF.
///
/// # Errors
/// If the output cannot be written.
pub fn write(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    let readers = Readers::new(evaluation);
    let rules = Rules::new(evaluation, &readers);
    let run = Run {
        evaluation,
        readers: &readers,
        rules: &rules,
    };
    write_compact(&Log(&run), out)
}

struct Log<'a>(&'a Run<'a>);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_map(Some(3))?;
        log.serialize_entry("$schema", SCHEMA)?;
        log.serialize_entry("version", "2.1.0")?;
        log.serialize_entry("runs", &[self.0])?;
        log.end()
    }
}

struct Run<'a> {
    evaluation: &'a Evaluation,
    readers: &'a Readers<'a>,
    rules: &'a Rules<'a>,
}

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut run = serializer.serialize_map(Some(4))?;
        run.serialize_entry("tool", &tool(self.evaluation, self.rules))?;
        run.serialize_entry("invocations", &[invocation(self.evaluation)])?;
        run.serialize_entry("results", &Results(self))?;
        run.serialize_entry("properties", &run_properties(self.evaluation))?;
        run.end()
    }
}

/// The rules that results name: a tool's alias and the rule's id, each once, sorted.
struct Rules<'a>(BTreeMap<(&'a str, &'a str), RuleRow<'a>>);

struct RuleRow<'a> {
    place: i64,
    title: Option<Untrusted<'a>>,
    cwe: &'a [u32],
}

impl<'a> Rules<'a> {
    fn new(evaluation: &'a Evaluation, readers: &Readers<'_>) -> Self {
        let mut rules = BTreeMap::new();
        for view in evaluation.scoped.intake.views() {
            if is_shown(evaluation, readers, &view) {
                rules.entry(key(&view)).or_insert(RuleRow {
                    place: 0,
                    title: view.title(),
                    cwe: view.cwe(),
                });
            }
        }
        for (place, row) in (0..).zip(rules.values_mut()) {
            row.place = place;
        }
        Self(rules)
    }
}

fn key<'a>(view: &FindingView<'a>) -> (&'a str, &'a str) {
    let alias = view.run().map_or("", |run| run.alias.raw());
    (alias, view.rule_id().raw())
}

fn rule_id((alias, rule): (&str, &str)) -> String {
    format!("{alias}/{rule}")
}

fn is_shown(evaluation: &Evaluation, readers: &Readers<'_>, view: &FindingView<'_>) -> bool {
    !readers.counted(view.index).is_empty()
        || !readers.undecided(view.index).is_empty()
        || !readers.elsewhere(view).is_empty()
        || evaluation.scoped.standing(view.index) != Standing::Counted
}

fn tool(evaluation: &Evaluation, rules: &Rules<'_>) -> sarif::Tool {
    let rules: Vec<sarif::ReportingDescriptor> = rules
        .0
        .iter()
        .map(|(key, row)| {
            let tags: Vec<String> = row
                .cwe
                .iter()
                .map(|cwe| format!("external/cwe/cwe-{cwe:03}"))
                .collect();
            let mut rule = sarif::ReportingDescriptor::builder()
                .id(rule_id(*key))
                .build();
            rule.short_description = row.title.map(|title| {
                sarif::MultiformatMessageString::builder()
                    .text(text(title))
                    .build()
            });
            if !tags.is_empty() {
                rule.properties = Some(sarif::PropertyBag::builder().tags(tags).build());
            }
            rule
        })
        .collect();
    sarif::Tool::builder()
        .driver(
            sarif::ToolComponent::builder()
                .name("krgate")
                .semantic_version(evaluation.about.version)
                .rules(rules)
                .build(),
        )
        .build()
}

fn invocation(evaluation: &Evaluation) -> sarif::Invocation {
    let notifications: Vec<sarif::Notification> =
        evaluation.diagnostics.iter().map(notification).collect();
    sarif::Invocation::builder()
        .execution_successful(matches!(
            evaluation.exit,
            ExitCode::Passed | ExitCode::Failed
        ))
        .exit_code(i64::from(evaluation.exit.number()))
        .exit_code_description(words::outcome(evaluation.exit))
        .tool_execution_notifications(notifications)
        .build()
}

fn notification(diagnostic: &Diagnostic) -> sarif::Notification {
    sarif::Notification::builder()
        .descriptor(
            sarif::ReportingDescriptorReference::builder()
                .id(diagnostic.code.as_str())
                .build(),
        )
        .level(json!(diagnostic.level.as_str()))
        .message(
            sarif::Message::builder()
                .text(message(&diagnostic.message))
                .build(),
        )
        .build()
}

/// The verdicts, for readers that look at more than results.
fn run_properties(evaluation: &Evaluation) -> Value {
    let key_results: Vec<Value> = evaluation
        .key_results()
        .map(|(objective, kr)| {
            json!({
                "id": kr.id,
                "objective": objective.id,
                "verdict": kr.verdict.as_str(),
                "enforcement": kr.enforcement.as_str(),
                "blocks": kr.blocks,
                "value": kr.shown_value,
                "target": kr.shown_target,
            })
        })
        .collect();
    let about = &evaluation.about;
    let mut notices = notices::acceptances(evaluation);
    notices.extend(notices::weak_evidence(evaluation));
    notices.extend(notices::exploit_data(evaluation));
    notices.extend(notices::set_aside(evaluation));
    notices.extend(evaluation.notices.iter().cloned());
    let notices: Vec<String> = notices.iter().map(json_message).collect();
    json!({
        "krgate": {
            "verdict": words::outcome(evaluation.exit),
            "exit": evaluation.exit.number(),
            "policy": {
                "sha256": about.policy_sha256,
                "commit": about.policy_commit.as_ref().map(|commit| commit.id.as_str()),
            },
            "enforced": about.enforced,
            "keyResults": key_results,
            "notices": notices,
        }
    })
}

struct Results<'a>(&'a Run<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0;
        let mut results = serializer.serialize_seq(None)?;
        for view in run.evaluation.scoped.intake.views() {
            if is_shown(run.evaluation, run.readers, &view) {
                results.serialize_element(&result(run, &view))?;
            }
        }
        results.end()
    }
}

fn result(run: &Run<'_>, view: &FindingView<'_>) -> sarif::Result {
    let key = key(view);
    let evaluation = run.evaluation;
    let mut result = sarif::Result::builder()
        .rule_id(rule_id(key))
        .level(level(run.readers, view))
        .message(sarif::Message::builder().text(said(run, view)).build())
        .properties(properties(run, view))
        .build();
    result.rule_index = run.rules.0.get(&key).map(|row| row.place);
    result.locations = location(view).map(|location| vec![location]);
    result.partial_fingerprints = view
        .id()
        .map(|id| BTreeMap::from([("krgateFindingId/v1".to_owned(), id.to_string())]));
    let suppressions = suppressions(evaluation, view);
    if !suppressions.is_empty() {
        result.suppressions = Some(suppressions);
    }
    if evaluation.about.event == Event::Change {
        let state = match evaluation.scoped.novelty(view.index) {
            Novelty::Introduced => "new",
            Novelty::Existing => "unchanged",
        };
        result.baseline_state = Some(json!(state));
    }
    result
}

/// What the worst of the key results that read the finding does (rule HB7).
fn level(readers: &Readers<'_>, view: &FindingView<'_>) -> sarif::ResultLevel {
    let effect = |kr: &KeyResultOutcome| (kr.verdict != Verdict::Met).then_some(kr.enforcement);
    let worst = readers
        .counted(view.index)
        .into_iter()
        .chain(readers.undecided(view.index))
        .chain(readers.elsewhere(view))
        .filter_map(effect)
        .max();
    match worst {
        Some(Enforcement::Block) => sarif::ResultLevel::Error,
        Some(Enforcement::Warn) => sarif::ResultLevel::Warning,
        Some(Enforcement::Observe) | None => sarif::ResultLevel::Note,
    }
}

/// What the tool says, where that is no link and no secret; then why the finding counts, and
/// its path where no location can name it.
fn said(run: &Run<'_>, view: &FindingView<'_>) -> String {
    let of_secrets = view.finding.class == Class::Secrets;
    let mut said = match view.message().filter(|_| !of_secrets).or(view.title()) {
        Some(message) => text(message),
        None => text(view.rule_id()),
    };
    said.push_str(" (krgate: ");
    if of_secrets {
        said.push_str(words::validity(view.finding.validity));
        said.push_str("; ");
    }
    said.push_str(&run.readers.why(run.evaluation, view));
    if let Some(path) = view.shown_path().filter(|_| !view.path_can_be_linked()) {
        said.push_str("; at ");
        said.push_str(&text(path));
        said.push_str(&words::line(view));
    }
    said.push(')');
    said
}

/// The place, where the path may be named (rules S88, E9); an end before the start is left out.
fn location(view: &FindingView<'_>) -> Option<sarif::Location> {
    let path = view.repo_path().filter(|_| view.path_can_be_linked())?;
    let mut place = sarif::PhysicalLocation::builder()
        .artifact_location(
            sarif::ArtifactLocation::builder()
                .uri(uri(path))
                .uri_base_id("%SRCROOT%")
                .build(),
        )
        .build();
    if let Some(line) = view.line() {
        let mut region = sarif::Region::builder().start_line(i64::from(line)).build();
        region.end_line = view
            .finding
            .region
            .end_line
            .map(std::num::NonZeroU32::get)
            .filter(|end| *end >= line)
            .map(i64::from);
        place.region = Some(region);
    }
    Some(sarif::Location::builder().physical_location(place).build())
}

/// Why a finding does not count, in SARIF's two kinds (rule 38).
fn suppressions(evaluation: &Evaluation, view: &FindingView<'_>) -> Vec<sarif::Suppression> {
    let standing = evaluation.scoped.standing(view.index);
    let kinds: &[&str] = match (standing, view.finding.suppression) {
        (Standing::Counted, _) => &[],
        (Standing::SuppressedInReport, Suppression::InSource) => &["inSource"],
        (Standing::SuppressedInReport, Suppression::Both) => &["inSource", "external"],
        (
            Standing::SuppressedInReport | Standing::Dismissed | Standing::Waived | Standing::Vex,
            _,
        ) => &["external"],
    };
    let justification = match evaluation.scoped.waiver(view.index) {
        Some(outcome) => message(&Message::from(waived_by(standing)).join(&words::waiver(outcome))),
        None => words::set_aside(view.finding, standing)
            .unwrap_or_default()
            .to_owned(),
    };
    kinds
        .iter()
        .map(|kind| {
            sarif::Suppression::builder()
                .kind(json!(kind))
                .status(json!("accepted"))
                .justification(justification.clone())
                .build()
        })
        .collect()
}

fn waived_by(standing: Standing) -> &'static str {
    match standing {
        Standing::Vex => "by a VEX document: ",
        _ => "waived by ",
    }
}

fn properties(run: &Run<'_>, view: &FindingView<'_>) -> sarif::PropertyBag {
    let finding = view.finding;
    let mut facts = serde_json::Map::new();
    facts.insert("class".to_owned(), json!(finding.class.as_str()));
    if let Some(tool) = view.run() {
        facts.insert("tool".to_owned(), json!(tool.name.raw()));
    }
    let lists = [
        ("countedBy", run.readers.counted(view.index)),
        ("undecidedBy", run.readers.undecided(view.index)),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            facts.insert(name.to_owned(), json!(ids(&list)));
        }
    }
    if finding.class == Class::Secrets {
        facts.insert("validity".to_owned(), json!(finding.validity.as_str()));
    }
    let mut bag = BTreeMap::from([("krgate".to_owned(), Value::Object(facts))]);
    if let Cvss::Scored(score) = finding.cvss {
        bag.insert(
            "security-severity".to_owned(),
            json!(score.tenths.to_string()),
        );
    }
    sarif::PropertyBag::builder()
        .additional_properties(bag)
        .build()
}
