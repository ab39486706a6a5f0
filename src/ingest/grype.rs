//! Grype JSON, from `grype … -o json` (O23 to O27).

use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::Code;
use crate::model::{Class, CvssVersion, PathId, ScoreSource, Suppression, TextId, UntrustedText};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal, Scalar};

/// The format `grype`.
pub(super) struct Grype;

const WORD: &str = "grype";

/// A database that is older than this when it is used knows nothing of the last days
/// (rule O27).
const OLD: SignedDuration = SignedDuration::from_hours(5 * 24);

impl Ingest for Grype {
    fn word(&self) -> &'static str {
        WORD
    }

    /// Xeol, a fork for end-of-life dates, has the same members but for these.
    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            let matched = o
                .first_of("matches")
                .is_some_and(|m| m.has_all(&["vulnerability", "artifact"]));
            let none = o.is_empty_array("matches")
                && o.object("descriptor")
                    .is_some_and(|d| d.word("name") == Some(WORD));
            matched || none
        })
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "matches", report);
        let mut places = Vec::new();
        let mut source = Source::default();
        let mut end = End::of(WORD, Class::Sca);
        let known = [
            "matches",
            "ignoredMatches",
            "alertsByPackage",
            "source",
            "descriptor",
        ];
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &known)? {
            match name {
                "matches" => read_matches(&mut scan, report, &mut places, Suppression::None)?,
                "ignoredMatches" => {
                    if report.window.kind()? == Kind::Null {
                        report.window.skip()?;
                    } else {
                        let aside = Suppression::External;
                        read_matches(&mut scan, report, &mut places, aside)?;
                    }
                }
                "alertsByPackage" => {
                    if is_filled(report)? {
                        let words = "the distribution is at the end of its life, or a package is: \
                                     its vulnerability data is not kept up";
                        scan.note_report(report, Code::OldVulnerabilityData, words, None);
                    }
                }
                "source" => source = read_source(&mut scan, report)?,
                "descriptor" => read_descriptor(&mut scan, report, &mut end)?,
                _ => report.window.skip()?,
            }
        }
        if source.is_image() {
            end.class = Class::Container;
        }
        source.place(&mut scan, report, &places);
        scan.finish(report, end)
    }
}

/// What was scanned.
#[derive(Debug, Default)]
struct Source {
    kind: Option<String>,
    target: Option<String>,
}

impl Source {
    fn is_image(&self) -> bool {
        self.kind.as_deref() == Some("image")
    }

    /// Gives every finding its place: the image, or the file that it was found in. A place
    /// in a layer of an image is none in the repository (rule O10).
    fn place(&self, scan: &mut Scan, report: &mut Report<'_, '_>, places: &[Option<TextId>]) {
        let image = self.target.as_deref().filter(|_| self.is_image());
        let image = image.map(|image| report.builder.path(image, None));
        let mut paths: Vec<Option<PathId>> = Vec::with_capacity(places.len());
        for place in places {
            let path = match place {
                _ if self.is_image() => image,
                None => None,
                Some(place) => {
                    let place = report.builder.intake.texts.get(*place).raw();
                    let path = self.in_folder(place, &report.builder.context.roots);
                    Some(scan.path(report, &path))
                }
            };
            paths.push(path);
        }
        let mut paths = paths.into_iter();
        scan.change(report.builder, |finding| {
            if let Some(path) = paths.next() {
                finding.path = path;
            }
        });
    }

    /// Grype writes paths of a folder from the folder's own root: `/web/package-lock.json`.
    fn in_folder(&self, place: &str, roots: &[String]) -> String {
        let absolute = place.starts_with('/');
        if !absolute || super::place::repo_path(place, roots).is_some() {
            return place.to_owned();
        }
        let target = self.target.as_deref().unwrap_or(".");
        if self.kind.as_deref() == Some("file") || target.trim_end_matches('/') == place {
            return target.to_owned();
        }
        format!("{}{place}", target.trim_end_matches('/'))
    }
}

fn read_matches(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    places: &mut Vec<Option<TextId>>,
    suppression: Suppression,
) -> Result<(), Refusal> {
    scan.items(report, |scan, report| {
        let mut item = Item {
            suppression,
            // Grype leaves the key out where nothing is known to be exploited (rule O12).
            kev: Some(false),
            ..Item::default()
        };
        let mut related = Item::default();
        let mut places_here = Vec::new();
        while let Some(name) = report.window.member()? {
            match name {
                "vulnerability" => {
                    if scan.enters_object(report, "vulnerability")? {
                        read_vulnerability(scan, report, &mut item, ScoreSource::Vulnerability)?;
                    }
                }
                "relatedVulnerabilities" => {
                    scan.objects(report, "relatedVulnerabilities", |scan, report| {
                        read_vulnerability(scan, report, &mut related, ScoreSource::Related)
                    })?;
                }
                "artifact" => read_artifact(scan, report, &mut item, &mut places_here)?,
                _ => report.window.skip()?,
            }
        }
        join(&mut item, related);
        places.resize(to_index(scan.count()), None);
        places.push(places_here.first().copied());
        item.places = places_here;
        scan.push(report, item)
    })
}

fn to_index(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Related vulnerabilities are the same one in other databases, which often have the scores.
fn join(item: &mut Item, related: Item) {
    item.ids.extend(related.ids);
    item.cwe.extend(related.cwe);
    item.scores.extend(related.scores);
    item.add_epss(related.epss);
    item.kev = item.kev.max(related.kev);
}

fn read_vulnerability(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
    source: ScoreSource,
) -> Result<(), Refusal> {
    while let Some(name) = report.window.member()? {
        match name {
            "id" => {
                let id = scan.text(report, "vulnerability.id")?;
                item.rule = item.rule.or(id);
                item.ids.extend(id);
            }
            "severity" => {
                let severity = scan.severity(report, "severity")?;
                item.add_severity(severity);
            }
            "cvss" => {
                scan.objects(report, "cvss", |scan, report| {
                    let parts = read_score(scan, report)?;
                    scan.add_score(report, &mut item.scores, &parts, source);
                    Ok(())
                })?;
            }
            "cvssV2" => read_old_score(scan, report, item, CvssVersion::V20, source)?,
            "cvssV3" => read_old_score(scan, report, item, CvssVersion::V30, source)?,
            "epss" => {
                scan.objects(report, "epss", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "epss" {
                            let probability = scan.probability(report, "epss")?;
                            item.add_epss(probability);
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            "knownExploited" => {
                if is_filled(report)? {
                    item.kev = Some(true);
                }
            }
            "fix" => item.fix_available = read_fix(scan, report, item)?,
            "cwes" => {
                scan.objects(report, "cwes", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "cwe" {
                            item.cwe.extend(scan.cwe_numbers(report, "cwe")?);
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            // `risk` is Grype's own figure from 0 to 100, no CVSS (rule O26).
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_score(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<ScoreParts, Refusal> {
    let mut parts = ScoreParts::default();
    while let Some(name) = report.window.member()? {
        match name {
            "version" => parts.version = version(scan.owned(report, "cvss.version")?.as_deref()),
            "vector" => parts.vector = scan.owned(report, "cvss.vector")?,
            "source" => parts.by = scan.text(report, "cvss.source")?,
            "metrics" => {
                if scan.enters_object(report, "cvss.metrics")? {
                    while let Some(name) = report.window.member()? {
                        if name == "baseScore" {
                            parts.number = scan.score_number(report, "cvss.baseScore")?;
                        } else {
                            report.window.skip()?;
                        }
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(parts)
}

/// What versions up to 0.7 write instead of a list (rule O25).
fn read_old_score(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
    version: CvssVersion,
    source: ScoreSource,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "cvss")? {
        return Ok(());
    }
    let mut parts = ScoreParts {
        version: Some(version),
        ..ScoreParts::default()
    };
    while let Some(name) = report.window.member()? {
        match name {
            "vector" => parts.vector = scan.owned(report, "cvss.vector")?,
            "baseScore" => parts.number = scan.score_number(report, "cvss.baseScore")?,
            _ => report.window.skip()?,
        }
    }
    scan.add_score(report, &mut item.scores, &parts, source);
    Ok(())
}

fn version(text: Option<&str>) -> Option<CvssVersion> {
    match text? {
        "2" | "2.0" => Some(CvssVersion::V20),
        "3" | "3.0" => Some(CvssVersion::V30),
        "3.1" => Some(CvssVersion::V31),
        "4" | "4.0" => Some(CvssVersion::V40),
        _ => None,
    }
}

/// Whether a fixed version is named; `unknown` says nothing (rule O11).
fn read_fix(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<Option<bool>, Refusal> {
    let mut fix = None;
    if scan.enters_object(report, "fix")? {
        while let Some(name) = report.window.member()? {
            match name {
                "state" => {
                    fix = match scan.owned(report, "fix.state")?.as_deref() {
                        Some("fixed") => Some(true),
                        Some("not-fixed" | "wont-fix") => Some(false),
                        _ => None,
                    };
                }
                "versions" => item.fixed_in = scan.texts(report, "fix.versions")?,
                _ => report.window.skip()?,
            }
        }
    }
    Ok(fix)
}

fn read_artifact(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
    places: &mut Vec<TextId>,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "artifact")? {
        return Ok(());
    }
    let (mut name_here, mut kind, mut purl) = (None, None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "name" => name_here = scan.owned(report, "artifact.name")?,
            "version" => item.version = scan.text(report, "artifact.version")?,
            "type" => kind = scan.owned(report, "artifact.type")?,
            "purl" => purl = scan.owned(report, "artifact.purl")?,
            "locations" => {
                scan.objects(report, "artifact.locations", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "path" {
                            places.extend(scan.text(report, "artifact.locations.path")?);
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    item.package = PackageName::given(purl.as_deref(), kind.as_deref(), name_here.as_deref());
    Ok(())
}

fn read_source(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Source, Refusal> {
    let mut source = Source::default();
    if !scan.enters_object(report, "source")? {
        return Ok(source);
    }
    while let Some(name) = report.window.member()? {
        match name {
            "type" => source.kind = report.deciding_text("source.type")?,
            "target" => source.target = read_target(scan, report)?,
            _ => report.window.skip()?,
        }
    }
    Ok(source)
}

/// A folder or file by its path, an image by what the user asked for.
fn read_target(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Option<String>, Refusal> {
    if report.window.kind()? != Kind::Object {
        return scan.owned(report, "source.target");
    }
    let mut target = None;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        if name == "userInput" {
            target = scan.owned(report, "source.target.userInput")?;
        } else {
            report.window.skip()?;
        }
    }
    Ok(target)
}

/// What the descriptor says of the vulnerability database.
#[derive(Debug, Default)]
struct Database {
    built: Option<Timestamp>,
    broken: bool,
}

fn read_descriptor(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    end: &mut End,
) -> Result<(), Refusal> {
    let mut database = Database::default();
    if !scan.enters_object(report, "descriptor")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "version" => {
                let version = scan.owned(report, "descriptor.version")?;
                end.version = version.map(UntrustedText::new);
            }
            "timestamp" => {
                let time = scan.owned(report, "descriptor.timestamp")?;
                end.ended = time.and_then(|time| time.parse().ok());
            }
            "db" => {
                if scan.enters_object(report, "descriptor.db")? {
                    read_database(scan, report, &mut database)?;
                }
            }
            _ => report.window.skip()?,
        }
    }
    let old = database
        .built
        .zip(end.ended)
        .is_some_and(|(built, ended)| ended.duration_since(built) > OLD);
    if database.broken || old {
        scan.note_report(
            report,
            Code::OldVulnerabilityData,
            if old {
                "the vulnerability database was more than five days old when it was used"
            } else {
                "the vulnerability database was not valid when it was used"
            },
            Some("update it in the step that runs the scanner: `grype db update`"),
        );
    }
    Ok(())
}

/// The members of `db`, or of `db.status`, which newer versions have.
fn read_database(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    database: &mut Database,
) -> Result<(), Refusal> {
    while let Some(name) = report.window.member()? {
        match name {
            "built" => {
                let time = scan.owned(report, "descriptor.db.built")?;
                database.built = time.and_then(|time| time.parse().ok());
            }
            "valid" => database.broken |= report.window.scalar()? == Scalar::Bool(false),
            "error" => {
                let error = report.window.scalar()?;
                database.broken |= !matches!(error, Scalar::Null | Scalar::Text(""));
            }
            "status" => {
                if scan.enters_object(report, "descriptor.db.status")? {
                    read_database(scan, report, database)?;
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// True if the value is a list with an element, which is passed over.
fn is_filled(report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    if report.window.kind()? != Kind::Array {
        report.window.skip()?;
        return Ok(false);
    }
    let mut filled = false;
    report.window.enter_array()?;
    while report.window.element()? {
        filled = true;
        report.window.skip()?;
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_rule_010_paths_of_a_folder_are_below_it() {
        let source = |kind: &str, target: &str| Source {
            kind: Some(kind.to_owned()),
            target: Some(target.to_owned()),
        };
        let roots = ["/w/repo".to_owned()];
        let of = |s: Source, place| s.in_folder(place, &roots);
        let lock = "/package-lock.json";
        assert_eq!(of(source("directory", "."), lock), "./package-lock.json");
        assert_eq!(
            of(source("directory", "web/"), lock),
            "web/package-lock.json"
        );
        assert_eq!(
            of(source("directory", "/w/repo/web"), lock),
            "/w/repo/web/package-lock.json"
        );
        assert_eq!(of(source("directory", "."), "/w/repo/a"), "/w/repo/a");
        assert_eq!(of(source("file", "web/a.jar"), "/a.jar"), "web/a.jar");
    }
}
