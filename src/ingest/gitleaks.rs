//! gitleaks JSON: version 8, up to 7, and Betterleaks 1, which kept its shape (S2, S22 to S28).

use crate::model::PathId;

use super::Ingest;
use super::betterleaks::STATUS_WORDS;
use super::detect::{Poor, Shape};
use super::item::Item;
use super::report::Report;
use super::run::{RunFacts, SecretRun};
use super::window::{Kind, Member, Refusal};

/// The format `gitleaks`.
pub(super) struct Gitleaks;

impl Ingest for Gitleaks {
    fn word(&self) -> &'static str {
        "gitleaks"
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.first_item().is_some_and(|item| {
            item.has_all(&["RuleID", "StartLine", "Secret"])
                || item.has_all(&["rule", "offender", "commit"])
        })
    }

    /// Older versions write `null` for an empty list (rule S19).
    fn accepts(&self, poor: Poor) -> bool {
        matches!(poor, Poor::EmptyList | Poor::Null)
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut by_betterleaks = false;
        if report.window.kind()? == Kind::Null {
            report.window.skip()?;
        } else {
            report.window.enter_array()?;
            while report.window.element()? {
                report.window.begin_item();
                read_item(report, &mut run, &mut by_betterleaks)?;
                report.window.end_item()?;
            }
        }
        report.last_document(&mut run.lines)?;
        let asked_for = report.expected.tool.as_deref();
        let betterleaks = by_betterleaks || asked_for == Some("betterleaks");
        run.finish(
            report,
            RunFacts::of(if betterleaks {
                "betterleaks"
            } else {
                "gitleaks"
            }),
        );
        Ok(())
    }
}

/// What a member is for.
#[derive(Debug, Clone, Copy)]
enum Field {
    Rule,
    Title,
    File,
    Link,
    Line,
    EndLine,
    Column,
    Commit,
    Secret,
    /// The two that only Betterleaks writes.
    Status,
    Attributes,
}

/// `Match`, `Message`, `Line` and others can hold the secret; tags, author and mail are
/// nobody's business.
static FIELDS: &[(&str, Option<Field>)] = &[
    ("RuleID", Some(Field::Rule)),
    ("Description", Some(Field::Title)),
    ("File", Some(Field::File)),
    ("SymlinkFile", Some(Field::Link)),
    ("StartLine", Some(Field::Line)),
    ("EndLine", Some(Field::EndLine)),
    ("StartColumn", Some(Field::Column)),
    ("Commit", Some(Field::Commit)),
    ("Secret", Some(Field::Secret)),
    ("ValidationStatus", Some(Field::Status)),
    ("Attributes", Some(Field::Attributes)),
    ("EndColumn", None),
    ("Match", None),
    ("Entropy", None),
    ("Author", None),
    ("Email", None),
    ("Date", None),
    ("Message", None),
    ("Tags", None),
    ("Fingerprint", None),
    // Up to version 7.
    ("rule", Some(Field::Rule)),
    ("file", Some(Field::File)),
    ("lineNumber", Some(Field::Line)),
    ("commit", Some(Field::Commit)),
    ("offender", Some(Field::Secret)),
];

/// `by_betterleaks` becomes true at a field that only Betterleaks writes.
fn read_item(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    by_betterleaks: &mut bool,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    let mut link: Option<PathId> = None;
    report.window.enter_object()?;
    while let Some(member) = report.window.member_of(FIELDS)? {
        let Member::Known(name, field) = member else {
            report.window.skip()?;
            continue;
        };
        match field {
            Field::Rule => item.rule = report.text(run, name)?,
            Field::Title => item.title = report.title(run, name, item.rule)?,
            Field::File => item.spot.path = report.path(run, name, true)?,
            Field::Link => link = report.path(run, name, true)?,
            Field::Line => item.spot.region.line = report.position(run, name)?,
            Field::EndLine => item.spot.region.end_line = report.position(run, name)?,
            Field::Column => item.spot.region.column = report.position(run, name)?,
            Field::Commit => item.spot.commit = report.text(run, name)?,
            Field::Secret => item.value = report.value_or_prefix(run, name)?,
            Field::Status => {
                *by_betterleaks = true;
                item.validity = report.validity(run, name, STATUS_WORDS)?;
            }
            Field::Attributes => {
                *by_betterleaks = true;
                report.window.skip()?;
            }
        }
    }
    item.spot.path = link.or(item.spot.path);
    item.push(report, run)
}
