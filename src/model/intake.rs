//! All that the reports said.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use jiff::Timestamp;

use super::{
    ClassSet, Concealed, Cve, ExploitData, Facts, Figures, Finding, FindingId, Findings,
    Fingerprint, RepoPath, RepoPathRef, SecretHash, TextId, Texts, ToolRun, Untrusted,
    UntrustedText,
};

macro_rules! place {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The place with this index; indices beyond `u32` collapse into the last one,
            /// which no table reaches.
            pub fn new(index: usize) -> Self {
                let number = u32::try_from(index).unwrap_or(u32::MAX);
                Self(NonZeroU32::MIN.saturating_add(number))
            }

            /// The index in its table.
            pub fn index(self) -> usize {
                usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
            }
        }
    };
}

place!(
    /// Place of a [`ReportFile`] in [`Intake::reports`].
    ReportId
);
place!(
    /// Place of a [`ToolRun`] in [`Intake::runs`].
    RunId
);
place!(
    /// Place of a [`Rule`] in [`Intake::rules`].
    RuleId
);
place!(
    /// Place of a [`PathEntry`] in [`Intake::paths`].
    PathId
);

/// A commit as a report names it: text of the report.
pub type CommitId = TextId;

/// One report that was asked for, read or not.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// The path as the user or the glob gave it; `-` is standard input.
    pub path: UntrustedText,
    /// The format's word (`sarif`, `gitleaks`), `None` where it was not recognised.
    pub format: Option<&'static str>,
    /// True if the report entry declared the format and content alone could not tell.
    pub format_declared: bool,
    /// Index of the policy's report entry that it belongs to.
    pub entry: Option<usize>,
    /// True if it was read to its end; otherwise a diagnostic of level error says why not.
    pub read: bool,
}

/// A rule as far as the gate uses it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The rule id, or `(no rule)`.
    pub id: TextId,
    /// Its short description or title.
    pub title: Option<TextId>,
    /// CWE numbers, sorted, each once (rule 86).
    pub cwe: Box<[u32]>,
    /// Tags as written, sorted, each once.
    pub tags: Box<[TextId]>,
    /// Ids that the rule had in earlier versions of the tool (`deprecatedIds`), as written,
    /// each once (rule L5).
    pub former_ids: Box<[TextId]>,
    /// The id as it was written, where scrubbing changed it: filters must not lose a finding
    /// because someone planted a "secret" with the name of its rule.
    pub concealed_id: Option<Concealed>,
}

/// A distinct place that findings name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathEntry {
    /// What outputs show: the repository path, or what the report wrote.
    pub shown: TextId,
    /// The path in the repository.
    ///
    /// Scopes see this one, outputs the scrubbed `shown` (rule S80).
    pub repo: InRepository,
}

/// What a place is in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InRepository {
    /// No usable repository path (rule 109).
    Nothing,
    /// What is shown, letter by letter.
    AsShown,
    /// Another path, in [`Intake::other_paths`]: what is shown was scrubbed or cut.
    Other,
}

impl InRepository {
    /// What a path is that is shown as it is.
    pub fn of_shown(path: &str) -> Self {
        match RepoPathRef::from_normal(path) {
            Some(_) => Self::AsShown,
            None => Self::Nothing,
        }
    }
}

/// Evidence that was asked for and is not there: the classes it could have shown are
/// incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Index of the policy's report entry; `None` for a report given by hand alone.
    pub entry: Option<usize>,
    /// The path or glob that was asked for.
    pub path: UntrustedText,
    /// What it could have shown.
    pub classes: ClassSet,
    /// What happened, as the rest of "report `images`: …".
    pub why: &'static str,
}

/// All that the reports said, and what was asked for and not said.
#[derive(Debug, Default)]
pub struct Intake {
    /// Every distinct string.
    pub texts: Texts,
    /// The reports, in the order in which they were read.
    pub reports: Vec<ReportFile>,
    /// The runs, in the order of the reports.
    pub runs: Vec<ToolRun>,
    /// Of runs whose reports list them: the files that were looked at. For no output.
    pub analysed: BTreeMap<RunId, BTreeSet<RepoPath>>,
    /// The rules that findings name.
    pub rules: Vec<Rule>,
    /// The places that findings name.
    pub paths: Vec<PathEntry>,
    /// The repository paths of those that are shown otherwise.
    pub other_paths: BTreeMap<PathId, RepoPath>,
    /// The facts that findings name.
    pub facts: Vec<Facts>,
    /// The secrets that findings name, each once, where a project key is known (rule S70);
    /// else none.
    pub secrets: Vec<SecretHash>,
    /// The fingerprints of all findings.
    pub fingerprints: Vec<Fingerprint>,
    /// What was found, suppressed or not, in the order of the reports.
    pub findings: Findings,
    /// When findings were first detected, by their place in `findings`, where the report says so
    /// (rule L2).
    pub first_detected: BTreeMap<usize, Timestamp>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// The tags of rules as they were written, where scrubbing changed one; see
    /// [`Rule::concealed_id`].
    pub concealed_tags: BTreeMap<RuleId, Box<[Concealed]>>,
    /// Finding ids by place in `findings`, once they were made (rule L9).
    pub ids: Vec<FindingId>,
    /// What data files beside the reports say of the vulnerabilities that findings name.
    pub exploit: ExploitData,
    /// What files of figures and CODEOWNERS say.
    pub figures: Figures,
}

/// A finding together with its texts.
#[derive(Debug, Clone, Copy)]
pub struct FindingView<'a> {
    /// Its place in [`Intake::findings`].
    pub index: usize,
    /// The finding.
    pub finding: Finding,
    intake: &'a Intake,
}

impl Intake {
    /// The finding at a place.
    pub fn view(&self, index: usize) -> Option<FindingView<'_>> {
        let finding = self.findings.get(index)?;
        Some(FindingView {
            index,
            finding,
            intake: self,
        })
    }

    /// The repository path of a place, where there is a usable one.
    pub fn repo_path(&self, id: PathId) -> Option<RepoPathRef<'_>> {
        let entry = self.paths.get(id.index())?;
        match entry.repo {
            InRepository::Nothing => None,
            InRepository::AsShown => Some(RepoPathRef::again(self.texts.get(entry.shown).raw())),
            InRepository::Other => self.other_paths.get(&id).map(RepoPath::borrowed),
        }
    }

    /// All findings, in the order of the reports.
    pub fn views(&self) -> impl Iterator<Item = FindingView<'_>> {
        self.findings
            .iter()
            .enumerate()
            .map(|(index, finding)| FindingView {
                index,
                finding,
                intake: self,
            })
    }
}

impl<'a> FindingView<'a> {
    /// The run that it is from.
    pub fn run(&self) -> Option<&'a ToolRun> {
        self.intake.runs.get(self.finding.run.index())
    }

    /// The report that it is from.
    pub fn report(&self) -> Option<&'a ReportFile> {
        self.intake.reports.get(self.run()?.report.index())
    }

    /// The rule.
    pub fn rule(&self) -> Option<&'a Rule> {
        self.intake.rules.get(self.finding.rule.index())
    }

    /// The rule's id, `(no rule)` without one.
    pub fn rule_id(&self) -> Untrusted<'a> {
        self.rule().map_or(Untrusted::new("(no rule)"), |rule| {
            self.intake.texts.get(rule.id)
        })
    }

    /// The rule's id as filters compare it; see [`Rule::concealed_id`]. For no output.
    pub fn rule_for_filters(&self) -> &'a str {
        let concealed = self.rule().and_then(|rule| rule.concealed_id.as_ref());
        match concealed {
            Some(concealed) => concealed.for_filters(),
            None => self.rule_id().raw(),
        }
    }

    /// The rule's title.
    pub fn title(&self) -> Option<Untrusted<'a>> {
        self.rule()?.title.map(|id| self.intake.texts.get(id))
    }

    /// The tool's message.
    pub fn message(&self) -> Option<Untrusted<'a>> {
        self.finding.message.map(|id| self.intake.texts.get(id))
    }

    /// The place as outputs show it.
    pub fn shown_path(&self) -> Option<Untrusted<'a>> {
        self.path_entry()
            .map(|entry| self.intake.texts.get(entry.shown))
    }

    /// The place of that text in [`Intake::texts`].
    pub fn shown_id(&self) -> Option<TextId> {
        self.path_entry().map(|entry| entry.shown)
    }

    /// The repository path, where there is a usable one.
    pub fn repo_path(&self) -> Option<RepoPathRef<'a>> {
        self.intake.repo_path(self.finding.path?)
    }

    /// True if `shown_path` is the repository path unchanged, so that a link or an
    /// annotation may name it (rules S88, E9).
    pub fn path_can_be_linked(&self) -> bool {
        match (self.repo_path(), self.shown_path()) {
            (Some(repo), Some(shown)) => {
                repo.as_str() == shown.raw() && super::visible(shown.raw()) == shown.raw()
            }
            _ => false,
        }
    }

    /// The first line.
    pub fn line(&self) -> Option<u32> {
        self.finding.region.line.map(NonZeroU32::get)
    }

    /// The commit that the report names.
    pub fn commit(&self) -> Option<Untrusted<'a>> {
        self.finding.commit.map(|id| self.intake.texts.get(id))
    }

    /// Of a secret: its keyed hash, where its value or a usable hash and the project key are
    /// known.
    pub fn secret(&self) -> Option<SecretHash> {
        let id = self.finding.secret?;
        self.intake.secrets.get(id.index()).copied()
    }

    /// The finding id, once ids were made.
    pub fn id(&self) -> Option<FindingId> {
        self.intake.ids.get(self.index).copied()
    }

    /// What the report says of the vulnerability.
    pub fn facts(&self) -> Option<&'a Facts> {
        self.intake.facts.get(self.finding.facts?.index())
    }

    /// The CVE numbers of the vulnerability, ascending, each once: those among its ids, else
    /// the one that the rule is named after.
    pub fn cves(&self) -> Cow<'a, [Cve]> {
        match self.facts() {
            Some(facts) if !facts.cves.is_empty() => Cow::Borrowed(&facts.cves),
            _ => Cow::Owned(Vec::from_iter(Cve::parse(self.rule_for_filters()))),
        }
    }

    /// What data files beside the reports say.
    pub fn exploit_data(&self) -> &'a ExploitData {
        &self.intake.exploit
    }

    /// The name of the package that is vulnerable, as filters compare it: as it was written.
    /// For no output.
    pub fn package_for_filters(&self) -> Option<&'a str> {
        let facts = self.facts()?;
        let name = facts.package?.name;
        Some(match &facts.concealed_package {
            Some(concealed) => concealed.for_filters(),
            None => self.intake.texts.get(name).raw(),
        })
    }

    /// Whether the package is one that is looked for, by its name, `ecosystem/name` or
    /// `pkg:ecosystem/name`; `None` if the finding names no package.
    pub fn package_is(&self, wanted: impl Fn(&str) -> bool) -> Option<bool> {
        let name = self.package_for_filters()?;
        let ecosystem = self.facts()?.package?.ecosystem;
        let ecosystem = ecosystem.map_or("", |id| self.intake.texts.get(id).raw());
        let url = format!("pkg:{ecosystem}/{name}");
        let full = url.strip_prefix("pkg:").unwrap_or_default();
        Some(wanted(name) || wanted(full) || wanted(&url))
    }

    /// A text of the report that a table of the intake names.
    pub fn text(&self, id: TextId) -> Untrusted<'a> {
        self.intake.texts.get(id)
    }

    /// Tags of the rule.
    pub fn tags(&self) -> impl Iterator<Item = Untrusted<'a>> {
        let texts = &self.intake.texts;
        self.rule()
            .into_iter()
            .flat_map(|rule| rule.tags.iter())
            .map(move |id| texts.get(*id))
    }

    /// True if the rule has this tag as it was written, for filters.
    pub fn has_tag(&self, wanted: &str) -> bool {
        match self.intake.concealed_tags.get(&self.finding.rule) {
            Some(tags) => tags.iter().any(|tag| tag.for_filters() == wanted),
            None => self.tags().any(|tag| tag.raw() == wanted),
        }
    }

    /// CWE numbers of the rule.
    pub fn cwe(&self) -> &'a [u32] {
        self.rule().map_or(&[], |rule| &rule.cwe)
    }

    fn path_entry(&self) -> Option<&'a PathEntry> {
        self.intake.paths.get(self.finding.path?.index())
    }
}
