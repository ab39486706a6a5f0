//! One finding of a GitLab report, until it is known of which class it is.

use crate::model::{Class, Region, ScoreSource, Severity, Suppression, TextId};

use super::super::cwe;
use super::super::item::Value;
use super::super::report::Report;
use super::super::vulnerability::{Item, PackageName, Scan, ScoreParts, Scores};
use super::super::window::Refusal;
use super::{WORD, class_of};

/// It as far as it was read. Texts wait for the class: in a report on secrets they can show
/// one.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The class of its own category.
    pub(super) class: Option<Class>,
    name: Option<String>,
    message: Option<String>,
    description: Option<String>,
    /// The source line of a weakness, or the value of a secret.
    extract: Option<String>,
    cve: Option<String>,
    severity: Option<Severity>,
    identifiers: Vec<Identifier>,
    place: Location,
    scores: Scores,
    false_positive: bool,
}

#[derive(Debug, Default)]
struct Identifier {
    kind: Option<String>,
    name: Option<String>,
    value: Option<TextId>,
}

#[derive(Debug, Default)]
struct Location {
    file: Option<String>,
    region: Region,
    commit: Option<String>,
    image: Option<String>,
    system: Option<String>,
    package: Option<String>,
    version: Option<TextId>,
    host: Option<String>,
    path: Option<String>,
}

impl Found {
    /// Reads its members.
    pub(super) fn read(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        while let Some(name) = report.window.member()? {
            match name {
                "category" => self.class = report.deciding_word("category", class_of)?,
                "name" => self.name = scan.owned(report, "name")?,
                "message" => self.message = scan.owned(report, "message")?,
                "description" => self.description = scan.owned(report, "description")?,
                "raw_source_code_extract" => {
                    self.extract = scan.owned(report, "raw_source_code_extract")?;
                }
                "cve" => self.cve = scan.owned(report, "cve")?,
                "severity" => self.severity = scan.severity(report, "severity")?,
                "identifiers" => self.read_identifiers(scan, report)?,
                "location" => {
                    if scan.enters_object(report, "location")? {
                        self.place.read(scan, report)?;
                    }
                }
                "cvss_vectors" => self.read_vectors(scan, report)?,
                "flags" => self.read_flags(scan, report)?,
                _ => report.window.skip()?,
            }
        }
        Ok(())
    }

    fn read_identifiers(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        let all = &mut self.identifiers;
        scan.objects(report, "identifiers", |scan, report| {
            let mut one = Identifier::default();
            while let Some(name) = report.window.member()? {
                match name {
                    "type" => one.kind = scan.owned(report, "identifiers.type")?,
                    "name" => one.name = scan.owned(report, "identifiers.name")?,
                    "value" => one.value = scan.text(report, "identifiers.value")?,
                    _ => report.window.skip()?,
                }
            }
            all.push(one);
            Ok(())
        })?;
        Ok(())
    }

    /// Vectors by vendor, of schema 15.0.7 and later.
    fn read_vectors(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        let scores = &mut self.scores;
        scan.objects(report, "cvss_vectors", |scan, report| {
            let mut parts = ScoreParts::default();
            while let Some(name) = report.window.member()? {
                match name {
                    "vendor" => parts.by = scan.text(report, "cvss_vectors.vendor")?,
                    "vector" => parts.vector = scan.owned(report, "cvss_vectors.vector")?,
                    _ => report.window.skip()?,
                }
            }
            scan.add_score(report, scores, &parts, ScoreSource::Vulnerability);
            Ok(())
        })?;
        Ok(())
    }

    /// A flag can say that it is a false positive (rule O6).
    fn read_flags(&mut self, scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let any = &mut self.false_positive;
        scan.objects(report, "flags", |_, report| {
            while let Some(name) = report.window.member()? {
                if name == "type" {
                    let is_one = report.deciding_word("flags.type", |word| {
                        matches!(word, "flagged-as-likely-false-positive" | "false-positive")
                    })?;
                    *any |= is_one.unwrap_or(false);
                } else {
                    report.window.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Adds it as a finding of a class.
    pub(super) fn push(
        mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
        class: Class,
    ) -> Result<(), Refusal> {
        let mut item = Item {
            class: Some(class),
            region: self.place.region,
            ..Item::default()
        };
        if self.false_positive {
            item.suppression = Suppression::External;
        }
        let texts = &mut report.builder.intake.texts;
        item.title = self.name.as_deref().map(|name| texts.intern(name));
        let shown = match &self.place.file {
            Some(file) => Some(scan.path(report, file)),
            None => self
                .place
                .label(class)
                .map(|label| report.builder.path(&label, None)),
        };
        item.path = shown;
        if class == Class::Secrets {
            item.rule = self.identifiers.first().and_then(|first| first.value);
            self.name_secret(report, &mut item);
            return scan.push(report, item);
        }
        item.severity = self.severity;
        item.scores = self.scores;
        let texts = &mut report.builder.intake.texts;
        let message = self.message.or(self.description);
        item.message = message.map(|text| texts.intern(&text));
        take_identifiers(&mut item, &self.identifiers, report, class);
        item.package = self.place.package_name(class);
        item.version = self.place.version;
        scan.push(report, item)
    }

    /// By its value, else by the hash of it in the middle of `path:hash:rule`.
    fn name_secret(&mut self, report: &mut Report<'_, '_>, item: &mut Item) {
        let vault = &mut report.builder.vault;
        let value = match self.extract.take() {
            Some(value) => Value::of(vault, &value),
            None => Value::Absent,
        };
        let is_hash = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
        let cve = self.cve.take().unwrap_or_default();
        let hash = cve.split(':').find(is_hash);
        let own = hash.and_then(|hash| vault.refer(WORD, hash));
        item.secret = value.or_refer(own);
        // All zeros: the work tree, no commit.
        let commit = self.place.commit.take();
        let commit = commit.filter(|sha| !sha.bytes().all(|byte| byte == b'0'));
        let texts = &mut report.builder.intake.texts;
        item.commit = commit.map(|sha| texts.intern(&sha));
    }
}

/// The rule is the first identifier that is no class of weakness; of what is wrong with a
/// package, its CVE. The ids of a package's vulnerability are all that are no such class.
fn take_identifiers(
    item: &mut Item,
    identifiers: &[Identifier],
    report: &Report<'_, '_>,
    class: Class,
) {
    let texts = &report.builder.intake.texts;
    let mut ids = Vec::new();
    for one in identifiers {
        let kind = one.kind.as_deref().unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "cwe" => {
                let value = one.value.map(|value| texts.get(value).raw());
                let number = value.and_then(cwe::of_taxon);
                let by_name = || one.name.as_deref().and_then(cwe::of_taxon);
                item.cwe.extend(number.or_else(by_name));
            }
            "owasp" => {}
            _ => ids.extend(one.value),
        }
    }
    let of_package = matches!(class, Class::Sca | Class::Container);
    let starts = |id: &TextId, with: &str| texts.get(*id).raw().starts_with(with);
    let best = ["CVE-", "GHSA-"]
        .iter()
        .find_map(|with| ids.iter().find(|id| starts(id, with)))
        .filter(|_| of_package);
    item.rule = best.or_else(|| ids.first()).copied();
    item.rule = item
        .rule
        .or_else(|| identifiers.first().and_then(|first| first.value));
    if of_package {
        item.ids = ids;
    }
}

impl Location {
    fn read(&mut self, scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        while let Some(name) = report.window.member()? {
            match name {
                "file" => self.file = scan.owned(report, "location.file")?,
                "start_line" => self.region.line = scan.position(report, "location.start_line")?,
                "end_line" => self.region.end_line = scan.position(report, "location.end_line")?,
                "commit" => self.commit = member(scan, report, "location.commit", "sha")?,
                "image" => self.image = scan.owned(report, "location.image")?,
                "operating_system" => {
                    self.system = scan.owned(report, "location.operating_system")?;
                }
                "hostname" => self.host = scan.owned(report, "location.hostname")?,
                "path" => self.path = scan.owned(report, "location.path")?,
                "dependency" => self.read_dependency(scan, report)?,
                _ => report.window.skip()?,
            }
        }
        Ok(())
    }

    fn read_dependency(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        if scan.enters_object(report, "location.dependency")? {
            while let Some(name) = report.window.member()? {
                match name {
                    "package" => {
                        self.package = member(scan, report, "location.dependency.package", "name")?;
                    }
                    "version" => {
                        self.version = scan.text(report, "location.dependency.version")?;
                    }
                    _ => report.window.skip()?,
                }
            }
        }
        Ok(())
    }

    /// What has no file: the image, or the address that was tried.
    fn label(&self, class: Class) -> Option<String> {
        if class == Class::Dast {
            let host = self.host.as_deref().unwrap_or_default();
            let label = format!("{host}{}", self.path.as_deref().unwrap_or_default());
            return Some(label).filter(|label| !label.is_empty());
        }
        self.image.clone()
    }

    /// The package in the ecosystem of the lock file's name, or of the image's system.
    fn package_name(&self, class: Class) -> Option<PackageName> {
        let ecosystem = if class == Class::Container {
            let system = self.system.as_deref().unwrap_or_default();
            let word = system.split([':', ' ']).next().unwrap_or_default();
            Some(word).filter(|word| !word.eq_ignore_ascii_case("unknown"))
        } else {
            self.file.as_deref().and_then(ecosystem_of)
        };
        PackageName::given(None, ecosystem, self.package.as_deref())
    }
}

/// One member of an object that describes.
fn member(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    field: &'static str,
    wanted: &str,
) -> Result<Option<String>, Refusal> {
    let mut found = None;
    if scan.enters_object(report, field)? {
        while let Some(name) = report.window.member()? {
            if name == wanted {
                found = scan.owned(report, field)?;
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(found)
}

/// The files that GitLab's analysers read, by the end of their names.
const LOCK_FILES: &[(&str, &str)] = &[
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "npm"),
    ("pnpm-lock.yaml", "npm"),
    ("package.json", "npm"),
    ("go.sum", "go"),
    ("go.mod", "go"),
    ("go.graph", "go"),
    ("Gemfile.lock", "rubygems"),
    ("gems.locked", "rubygems"),
    ("requirements.txt", "pypi"),
    ("requirements.pip", "pypi"),
    ("Pipfile", "pypi"),
    ("Pipfile.lock", "pypi"),
    ("poetry.lock", "pypi"),
    ("uv.lock", "pypi"),
    ("setup.py", "pypi"),
    ("pom.xml", "maven"),
    ("build.gradle", "maven"),
    ("build.gradle.kts", "maven"),
    ("build.sbt", "maven"),
    ("composer.lock", "packagist"),
    ("packages.lock.json", "nuget"),
    ("conan.lock", "conan"),
    ("Cargo.lock", "rust"),
];

fn ecosystem_of(file: &str) -> Option<&'static str> {
    let name = file.rsplit(['/', '\\']).next()?;
    let known = LOCK_FILES.iter().find(|(known, _)| *known == name);
    known.map(|(_, ecosystem)| *ecosystem)
}
