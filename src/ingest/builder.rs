//! What the readers of formats fill, one report after the other.

use std::collections::BTreeMap;

use foldhash::fast::RandomState as Seed;
use indexmap::IndexSet;
use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{
    Facts, FactsId, Finding, InRepository, Intake, PathEntry, PathId, RepoPath, Rule, RuleId,
    RunId, TextId, ToolRun, UntrustedText,
};

use super::Context;
use super::secret::Vault;
use super::window::Refusal;

/// An [`Intake`] in the making.
///
/// Rules and paths are kept once each; a report that turns out to be refused is taken back
/// as a whole with [`Builder::back_to`].
#[derive(Debug)]
pub(super) struct Builder<'a> {
    /// The clock, the limits, and what else reading depends on.
    pub(super) context: &'a Context,
    /// What was read; `rules`, `paths` and `facts` are empty until [`Builder::finish`].
    pub(super) intake: Intake,
    /// What is odd in it.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The raw secrets of all reports, refused ones too.
    pub(super) vault: Vault,
    rules: IndexSet<Rule, Seed>,
    /// By place of the text of an id: the last rule of which nothing but that id and a title is
    /// known.
    plain_rules: Vec<Option<PlainRule>>,
    paths: Vec<PathEntry>,
    /// By place of a text: the path in the repository of which it is all.
    plain_paths: Vec<Option<PathId>>,
    /// The others, by place of their text and by what they are in the repository.
    other_paths: BTreeMap<(TextId, Option<RepoPath>), PathId>,
    facts: IndexSet<Facts, Seed>,
}

/// A rule of which nothing but its id and a title is known.
#[derive(Debug, Clone, Copy)]
struct PlainRule {
    rule: RuleId,
    title: Option<TextId>,
    /// True if the title stands in JSON as it is here.
    unescaped: bool,
}

/// How far an intake was filled before a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    runs: usize,
    findings: usize,
    fingerprints: usize,
    diagnostics: usize,
}

impl<'a> Builder<'a> {
    /// An empty one.
    pub(super) fn new(context: &'a Context) -> Self {
        Self {
            context,
            intake: Intake::default(),
            diagnostics: Vec::new(),
            vault: Vault::new(context.secret_key.as_deref()),
            rules: IndexSet::default(),
            plain_rules: Vec::new(),
            paths: Vec::new(),
            plain_paths: Vec::new(),
            other_paths: BTreeMap::new(),
            facts: IndexSet::default(),
        }
    }

    /// The place of a rule, which is kept once however many findings name it.
    pub(super) fn rule(&mut self, rule: Rule) -> RuleId {
        RuleId::new(self.rules.insert_full(rule).0)
    }

    /// The place of a rule of which nothing but its id and a title is known: findings by the
    /// thousand name one.
    pub(super) fn plain_rule(&mut self, id: TextId, title: Option<TextId>) -> RuleId {
        let last = self.plain_rules.get(id.index()).copied().flatten();
        if let Some(known) = last.filter(|known| known.title == title) {
            return known.rule;
        }
        let rule = self.rule(Rule {
            id,
            title,
            cwe: Box::default(),
            tags: Box::default(),
            former_ids: Box::default(),
            concealed_id: None,
        });
        if id.index() >= self.plain_rules.len() {
            self.plain_rules.resize(id.index() + 1, None);
        }
        let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\');
        let unescaped = title.is_some_and(|title| self.text(title).bytes().all(is_plain));
        if let Some(last) = self.plain_rules.get_mut(id.index()) {
            *last = Some(PlainRule {
                rule,
                title,
                unescaped,
            });
        }
        rule
    }

    /// The title that [`Builder::plain_rule`] was last given with an id, if it stands in JSON as
    /// it is.
    pub(super) fn last_title(&self, id: TextId) -> Option<TextId> {
        let last = self.plain_rules.get(id.index()).copied().flatten()?;
        last.title.filter(|_| last.unescaped)
    }

    /// The text at a place, as it was written.
    pub(super) fn text(&self, id: TextId) -> &str {
        self.intake.texts.get(id).raw()
    }

    /// The rule at a place.
    pub(super) fn rule_at(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get_index(id.index())
    }

    /// The place of a path, which is kept once however many findings name it.
    pub(super) fn path(&mut self, shown: &str, repo: Option<RepoPath>) -> PathId {
        let text = self.intake.texts.intern(shown);
        let raw = self.intake.texts.get(text).raw();
        if repo.as_ref().is_none_or(|repo| repo.as_str() != raw) {
            let new = PathId::new(self.paths.len());
            let key = (text, repo.clone());
            let id = *self.other_paths.entry(key).or_insert(new);
            if id == new {
                self.paths.push(PathEntry {
                    shown: text,
                    repo: match repo {
                        Some(_) => InRepository::Other,
                        None => InRepository::Nothing,
                    },
                });
                if let Some(repo) = repo {
                    self.intake.other_paths.insert(id, repo);
                }
            }
            return id;
        }
        let place = text.index();
        if place >= self.plain_paths.len() {
            self.plain_paths.resize(place + 1, None);
        }
        if let Some(known) = self.plain_paths.get(place).copied().flatten() {
            return known;
        }
        let id = PathId::new(self.paths.len());
        self.paths.push(PathEntry {
            shown: text,
            repo: InRepository::AsShown,
        });
        if let Some(known) = self.plain_paths.get_mut(place) {
            *known = Some(id);
        }
        id
    }

    /// The place of a path in the repository that some report showed as it is there: findings
    /// by the thousand name one file.
    pub(super) fn plain_path(&self, path: &[u8]) -> Option<PathId> {
        let text = self.intake.texts.find(path)?;
        *self.plain_paths.get(text.index())?
    }

    /// The place of facts, which are kept once however many findings share them.
    pub(super) fn facts(&mut self, facts: Facts) -> FactsId {
        FactsId::new(self.facts.insert_full(facts).0)
    }

    /// The facts at a place.
    pub(super) fn facts_at(&self, id: FactsId) -> Option<&Facts> {
        self.facts.get_index(id.index())
    }

    /// The run that [`Builder::push_run`] will add next, for findings that name it.
    pub(super) fn next_run(&self) -> RunId {
        RunId::new(self.intake.runs.len())
    }

    /// Adds a run; its findings may come before or after.
    pub(super) fn push_run(&mut self, run: ToolRun) {
        self.intake.runs.push(run);
    }

    /// Adds a finding.
    ///
    /// # Errors
    /// `too-many-findings` beyond limit L4.
    pub(super) fn push_finding(&mut self, finding: Finding) -> Result<(), Refusal> {
        let most = self.context.limits.findings;
        if self.intake.findings.len() >= most {
            return Err(Refusal::new(
                Code::TooManyFindings,
                format!("there are more than {most} findings"),
            ));
        }
        self.intake.findings.push(finding);
        Ok(())
    }

    /// Keeps when the finding that is pushed next was first detected (rule L2).
    pub(super) fn note_detection(&mut self, at: Timestamp) {
        let place = self.intake.findings.len();
        self.intake.first_detected.insert(place, at);
    }

    /// How far it is filled now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            runs: self.intake.runs.len(),
            findings: self.intake.findings.len(),
            fingerprints: self.intake.fingerprints.len(),
            diagnostics: self.diagnostics.len(),
        }
    }

    /// Takes back all that a report brought, since it was refused.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.intake.runs.truncate(mark.runs);
        self.intake.findings.truncate(mark.findings);
        self.intake.first_detected.split_off(&mark.findings);
        self.intake.fingerprints.truncate(mark.fingerprints);
        self.diagnostics.truncate(mark.diagnostics);
    }

    /// The intake, the diagnostics, and the raw secrets that are still to be searched for.
    pub(super) fn finish(mut self) -> (Intake, Vec<Diagnostic>, Vault) {
        let mut intake = self.intake;
        intake.secrets = self.vault.take_hashes();
        intake.rules = self.rules.into_iter().collect();
        intake.paths = self.paths;
        intake.facts = self.facts.into_iter().collect();
        (intake, self.diagnostics, self.vault)
    }
}

/// Diagnostics of one run: one for each code, with the number of places and the first.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<Diagnostic>);

impl Tally {
    /// Counts a place. `field` (`runs[0].results[17].level`) and `message` are made only for
    /// the first of a code.
    pub(super) fn note(
        &mut self,
        code: Code,
        report: &UntrustedText,
        field: impl FnOnce() -> String,
        message: impl FnOnce() -> Message,
    ) {
        if let Some(known) = self.0.iter_mut().find(|known| known.code == code) {
            known.count += 1;
        } else {
            self.0
                .push(Diagnostic::new(code, message()).at(Place::field(report, field())));
        }
    }

    /// Counts what was made elsewhere, with its hint.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        match self
            .0
            .iter_mut()
            .find(|known| known.code == diagnostic.code)
        {
            Some(known) => known.count += diagnostic.count,
            None => self.0.push(diagnostic),
        }
    }

    /// Hands them over, in the order in which their first places came.
    pub(super) fn flush(self, into: &mut Vec<Diagnostic>) {
        into.extend(self.0);
    }
}
