//! GitLab's security reports: `gl-*-report.json` of every category (S8, O38 to O40).
//!
//! A finding is of its own category, else of the scan's; the scan comes last in the file and
//! new schemas give a finding no category, so findings wait for it. A report of several
//! categories is a run for each.

mod found;

use crate::diagnostic::Code;
use crate::model::{Class, Evidence, RunReason, UntrustedText};

use super::Ingest;
use super::detect::{self, Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Scan};
use super::window::{Kind, Refusal};
use found::Found;

/// The format `gitlab`.
pub(super) struct Gitlab;

const WORD: &str = "gitlab";

impl Ingest for Gitlab {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.is("scan", Kind::Object) && o.is("vulnerabilities", Kind::Array))
    }

    fn accepts(&self, poor: Poor) -> bool {
        poor == Poor::NoScan
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "vulnerabilities", report);
        let mut about = About::default();
        let mut waiting = Vec::new();
        let mut seen = Vec::new();
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &["vulnerabilities", "scan"])? {
            match name {
                "vulnerabilities" => {
                    read_vulnerabilities(&mut scan, report, &mut seen, &mut waiting)?;
                }
                "scan" => about = About::read(&mut scan, report)?,
                _ => report.window.skip()?,
            }
        }
        let is_empty = seen.is_empty() && waiting.is_empty();
        // Only the scan, or where it does not say the policy, tells what the report is of.
        let class = about.class.or(report.expected.class);
        for found in waiting {
            let Some(class) = class else {
                return Err(detect::unsupported("gitlab-no-category"));
            };
            note_class(&mut seen, class);
            found.push(&mut scan, report, class)?;
        }
        // What the scan says that it is of is borne out by a finding of it, or by none at all.
        if is_empty {
            let class = class.ok_or_else(|| detect::unsupported("gitlab-no-category"))?;
            note_class(&mut seen, class);
        }
        let end = about.end(&mut scan, report, seen);
        scan.finish(report, end)
    }
}

/// The class of a category, or of the type of a scan.
fn class_of(word: &str) -> Class {
    match word {
        "sast" => Class::Sast,
        "dependency_scanning" => Class::Sca,
        "container_scanning" | "cluster_image_scanning" => Class::Container,
        "dast" | "api_fuzzing" => Class::Dast,
        "secret_detection" => Class::Secrets,
        _ => Class::Other,
    }
}

fn note_class(seen: &mut Vec<Class>, class: Class) {
    if !seen.contains(&class) {
        seen.push(class);
    }
}

/// What `scan` says.
#[derive(Debug, Default)]
struct About {
    class: Option<Class>,
    /// Whether it went well, if it says.
    success: Option<bool>,
    scanner: Option<UntrustedText>,
    version: Option<UntrustedText>,
    ended: Option<jiff::Timestamp>,
}

impl About {
    fn read(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Self, Refusal> {
        let mut about = Self::default();
        report.window.enter_object()?;
        while let Some(name) = report.window.member()? {
            match name {
                "type" => about.class = report.deciding_word("scan.type", class_of)?,
                "status" => {
                    about.success =
                        report.deciding_word("scan.status", |word| word == "success")?;
                }
                "end_time" => about.ended = report.time()?,
                "scanner" => {
                    if !scan.enters_object(report, "scan.scanner")? {
                        continue;
                    }
                    while let Some(name) = report.window.member()? {
                        match name {
                            "name" => about.scanner = report.plain_text()?,
                            "version" => about.version = report.plain_text()?,
                            _ => report.window.skip()?,
                        }
                    }
                }
                _ => report.window.skip()?,
            }
        }
        Ok(about)
    }

    fn end(self, scan: &mut Scan, report: &Report<'_, '_>, seen: Vec<Class>) -> End {
        let mut end = End::of(WORD, Class::Other);
        if let Some(scanner) = self.scanner {
            end.tool = scanner;
        }
        end.version = self.version;
        end.ended = self.ended;
        let proof = match self.success {
            Some(true) => Evidence::Strong,
            Some(false) => {
                let words = "the scan failed, as the report says";
                scan.note_report(report, Code::ScanIncomplete, words, None);
                scan.fail(RunReason::ReportedFailure);
                Evidence::Failed
            }
            None => Evidence::Weak,
        };
        end.each = Some(seen.into_iter().map(|class| (class, proof)).collect());
        end
    }
}

fn read_vulnerabilities(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Vec<Class>,
    waiting: &mut Vec<Found>,
) -> Result<(), Refusal> {
    (report.window.enter_array()).map_err(|refusal| refusal.inside("vulnerabilities", None))?;
    while report.window.element()? {
        report.window.begin_item();
        let mut found = Found::default();
        if scan.enters_object(report, "item")? {
            found.read(scan, report)?;
        }
        report.window.end_item()?;
        match found.class {
            Some(class) => {
                note_class(seen, class);
                found.push(scan, report, class)?;
            }
            None => waiting.push(found),
        }
    }
    Ok(())
}
