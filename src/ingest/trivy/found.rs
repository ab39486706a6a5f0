//! What Trivy found, of whichever sort: one reader for all, since the member that tells the
//! sort of what was set aside may come last.

use crate::model::{CvssVersion, Region, ScoreSource, Severity, Suppression, TextId};

use super::super::report::Report;
use super::super::vulnerability::{Item, Scan, ScoreParts, Scores};
use super::super::window::Refusal;

/// The four lists of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Vulnerability,
    Misconfiguration,
    Secret,
    License,
}

impl Sort {
    /// The word of a finding that was set aside.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "vulnerability" => Some(Self::Vulnerability),
            "misconfiguration" => Some(Self::Misconfiguration),
            "secret" => Some(Self::Secret),
            "license" => Some(Self::License),
            _ => None,
        }
    }
}

/// One of them as far as it was read. Texts are kept only once the sort is known: what
/// describes a secret may show it.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Which of the four; of what was set aside it may come last.
    pub(super) sort: Option<Sort>,
    /// The package URL.
    pub(super) purl: Option<String>,
    /// The name of the package.
    pub(super) package: Option<String>,
    aside: bool,
    vulnerability: Option<TextId>,
    rule: Option<TextId>,
    check: Option<TextId>,
    license: Option<TextId>,
    category: Option<TextId>,
    title: Option<TextId>,
    message: Option<String>,
    vendor_ids: Vec<TextId>,
    version: Option<TextId>,
    fixed: Option<TextId>,
    status: Option<String>,
    severity: Option<Severity>,
    severity_by: Option<TextId>,
    cwe: Vec<u32>,
    scores: Scores,
    path: Option<String>,
    region: Region,
}

impl Found {
    /// Nothing yet of one of this sort.
    pub(super) fn of(sort: Sort) -> Self {
        Self {
            sort: Some(sort),
            ..Self::default()
        }
    }

    /// Nothing yet of one that Trivy set aside.
    pub(super) fn set_aside() -> Self {
        Self {
            aside: true,
            ..Self::default()
        }
    }

    /// The file that it names itself.
    pub(super) fn own_path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Reads its members.
    pub(super) fn read(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        while let Some(name) = report.window.member()? {
            match name {
                "VulnerabilityID" => self.vulnerability = scan.text(report, "VulnerabilityID")?,
                "RuleID" => self.rule = scan.text(report, "RuleID")?,
                "ID" => self.check = scan.text(report, "ID")?,
                "AVDID" => {
                    let id = scan.text(report, "AVDID")?;
                    self.check = self.check.or(id);
                }
                "Name" => self.license = scan.text(report, "Name")?,
                "Category" => self.category = scan.text(report, "Category")?,
                "Title" => self.title = scan.text(report, "Title")?,
                "Message" => self.message = scan.owned(report, "Message")?,
                "VendorIDs" => self.vendor_ids = scan.texts(report, "VendorIDs")?,
                "PkgName" => self.package = scan.owned(report, "PkgName")?,
                "PkgIdentifier" => self.read_identifier(scan, report)?,
                "PkgPath" => self.path = scan.owned(report, "PkgPath")?,
                "FilePath" => self.path = scan.owned(report, "FilePath")?,
                "InstalledVersion" => self.version = scan.text(report, "InstalledVersion")?,
                "FixedVersion" => self.fixed = scan.text(report, "FixedVersion")?,
                "Status" => self.status = report.deciding_text("Status")?,
                "Severity" => self.severity = scan.severity(report, "Severity")?,
                "SeveritySource" => self.severity_by = scan.text(report, "SeveritySource")?,
                "CweIDs" => self.cwe = scan.cwe_numbers(report, "CweIDs")?,
                "CVSS" => self.read_scores(scan, report)?,
                "CauseMetadata" => self.read_cause(scan, report)?,
                "StartLine" => self.region.line = scan.position(report, "StartLine")?,
                "EndLine" => self.region.end_line = scan.position(report, "EndLine")?,
                // `Match` and `Code` show lines of the file, and of those with a secret not
                // all are censored; the layer of an image is no commit.
                _ => report.window.skip()?,
            }
        }
        Ok(())
    }

    fn read_identifier(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        if scan.enters_object(report, "PkgIdentifier")? {
            while let Some(name) = report.window.member()? {
                if name == "PURL" {
                    self.purl = scan.owned(report, "PkgIdentifier.PURL")?;
                } else {
                    report.window.skip()?;
                }
            }
        }
        Ok(())
    }

    /// Scores by vendor, each of up to three versions (rules O20, O21).
    fn read_scores(&mut self, scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        if !scan.enters_object(report, "CVSS")? {
            return Ok(());
        }
        loop {
            let texts = &mut report.builder.intake.texts;
            let Some(vendor) = report.window.member()?.map(|vendor| texts.intern(vendor)) else {
                return Ok(());
            };
            if !scan.enters_object(report, "CVSS")? {
                continue;
            }
            for parts in read_vendor(scan, report)? {
                let parts = ScoreParts {
                    by: Some(vendor),
                    ..parts
                };
                let source = ScoreSource::Vulnerability;
                scan.add_score(report, &mut self.scores, &parts, source);
            }
        }
    }

    fn read_cause(&mut self, scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        if scan.enters_object(report, "CauseMetadata")? {
            while let Some(name) = report.window.member()? {
                match name {
                    "StartLine" => {
                        self.region.line = scan.position(report, "CauseMetadata.StartLine")?;
                    }
                    "EndLine" => {
                        self.region.end_line = scan.position(report, "CauseMetadata.EndLine")?;
                    }
                    _ => report.window.skip()?,
                }
            }
        }
        Ok(())
    }

    /// It as a finding but for class, package and place; `None` for a check that passed
    /// (rule O18).
    pub(super) fn into_item(self, report: &mut Report<'_, '_>) -> Option<Item> {
        let mut item = Item {
            title: self.title,
            region: self.region,
            severity: self.severity,
            ..Item::default()
        };
        let status = self.status.as_deref();
        match self.sort {
            Some(Sort::Secret) => {
                item.rule = self.rule;
                item.severity = None;
            }
            Some(Sort::Misconfiguration) => {
                if matches!(status, Some("PASS" | "EXCEPTION")) && !self.aside {
                    return None;
                }
                item.rule = self.check;
                let texts = &mut report.builder.intake.texts;
                item.message = self.message.as_deref().map(|text| texts.intern(text));
            }
            Some(Sort::License) => {
                item.rule = self.license;
                item.tags.extend(self.category);
            }
            Some(Sort::Vulnerability) | None => {
                item.rule = self.vulnerability;
                item.ids.extend(self.vulnerability);
                item.ids.extend(self.vendor_ids);
                item.version = self.version;
                item.fixed_in.extend(self.fixed);
                item.fix_available = fix(self.fixed.is_some(), status);
                item.severity_by = self.severity_by;
                item.cwe = self.cwe;
                item.scores = self.scores;
                if status == Some("not_affected") {
                    item.suppression = Suppression::External;
                }
            }
        }
        if self.aside {
            item.suppression = Suppression::External;
        }
        Some(item)
    }
}

/// Whether a fixed version is named (rule O11); a status that leaves it open says nothing.
fn fix(is_named: bool, status: Option<&str>) -> Option<bool> {
    match status {
        _ if is_named => Some(true),
        Some("fixed" | "unknown" | "under_investigation") => None,
        _ => Some(false),
    }
}

/// The scores of one vendor. A 0 without a vector stands for none (rule O21).
fn read_vendor(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<[ScoreParts; 3], Refusal> {
    let [mut old, mut three, mut four] = [Some(CvssVersion::V20), None, Some(CvssVersion::V40)]
        .map(|version| ScoreParts {
            version,
            ..ScoreParts::default()
        });
    while let Some(name) = report.window.member()? {
        match name {
            "V2Vector" => old.vector = scan.owned(report, "CVSS.V2Vector")?,
            "V3Vector" => three.vector = scan.owned(report, "CVSS.V3Vector")?,
            "V40Vector" => four.vector = scan.owned(report, "CVSS.V40Vector")?,
            "V2Score" => old.number = scan.score_number(report, "CVSS.V2Score")?,
            "V3Score" => three.number = scan.score_number(report, "CVSS.V3Score")?,
            "V40Score" => four.number = scan.score_number(report, "CVSS.V40Score")?,
            _ => report.window.skip()?,
        }
    }
    for parts in [&mut old, &mut three, &mut four] {
        if parts.vector.is_none() {
            parts.number = parts.number.filter(|number| number.get() > 0);
        }
    }
    Ok([old, three, four])
}
