//! Findings as they are compared over time: what tells one from another, and nothing else.

use std::num::NonZeroU32;

use sha2::{Digest as _, Sha256};

use super::{
    Class, FindingId, FindingView, Fingerprint, FingerprintRange, Intake, ObjectId, Package,
    SecretHash, TextId, Texts, Triage,
};

/// The runs of one tool and category (rule 44): findings of two streams are never one (L1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// The tool's alias.
    pub tool: String,
    /// The category, where the tool states one.
    pub category: Option<String>,
    /// The version, as written; another one is a change of the tool (rule L18).
    pub version: Option<String>,
    /// True if it ran to its end and is believed: what it did not find is not there.
    pub exact: bool,
}

/// What makes a finding one of a vulnerable package: advisory and package, no version (O8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The advisory, or the rule where the report names none.
    pub advisory: TextId,
    /// The package.
    pub package: Package,
}

impl Dependency {
    /// What it is told by across tools and runs: 16 bytes of SHA-256 over advisory and package,
    /// each with its length before it. Records keep it for ever.
    pub fn key(self, texts: &Texts) -> [u8; 16] {
        let text = |id: TextId| texts.get(id).raw().as_bytes();
        let package = self.package;
        let mut hash = Sha256::new();
        for part in [
            &b"krgate/dependency/v1"[..],
            text(self.advisory),
            package.ecosystem.map_or(&[], text),
            text(package.name),
        ] {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part);
        }
        let whole: [u8; 32] = hash.finalize().into();
        whole.first_chunk::<16>().copied().unwrap_or_default()
    }

    /// That of a finding; `None` if it is in no package.
    pub fn of(view: &FindingView<'_>) -> Option<Self> {
        let facts = view.facts()?;
        Some(Self {
            advisory: facts.advisory.or_else(|| Some(view.rule()?.id))?,
            package: facts.package?,
        })
    }
}

/// One finding, without its message and without its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its id (rule L9).
    pub id: FindingId,
    /// Place in [`Rows::streams`].
    pub stream: u32,
    /// Its class.
    pub class: Class,
    /// Its rule.
    pub rule: TextId,
    /// The place as outputs show it.
    pub path: Option<TextId>,
    /// True if that is a path of the repository.
    pub in_repository: bool,
    /// The first line.
    pub line: Option<NonZeroU32>,
    /// The first column.
    pub column: Option<NonZeroU32>,
    /// True if the report sets it aside: it cannot excuse one that counts.
    pub set_aside: bool,
    /// True if it is from a commit of the history and not from the files of the commit that
    /// is judged.
    pub of_history: bool,
    /// Of secrets, which one.
    pub secret: Option<SecretHash>,
    /// Of vulnerable packages, which one.
    pub dependency: Option<Dependency>,
    /// Where the tool's own names for it stand in [`Rows::prints`].
    pub prints: FingerprintRange,
}

/// Findings of one state of the repository, in a table of texts that stands beside them.
#[derive(Debug, Default)]
pub struct Rows {
    /// Who found them.
    pub streams: Vec<Stream>,
    /// The findings.
    pub rows: Vec<Row>,
    /// The tools' own names. Of secrets there are none: they may be made of the secret.
    pub prints: Vec<Fingerprint>,
}

impl Rows {
    /// The findings of an intake, each at its place there, in its table of texts.
    pub fn of(intake: &Intake) -> Self {
        let streams = intake.runs.iter().map(|run| Stream {
            tool: run.alias.raw().to_owned(),
            category: run.category.as_ref().map(|text| text.raw().to_owned()),
            version: run.version.as_ref().map(|text| text.raw().to_owned()),
            exact: run.is_exact(),
        });
        Self {
            streams: streams.collect(),
            rows: intake.views().map(|view| row(&view)).collect(),
            prints: intake.fingerprints.clone(),
        }
    }

    /// The tool's own names for a finding.
    pub fn prints_of(&self, row: &Row) -> &[Fingerprint] {
        let start = usize::try_from(row.prints.start).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(row.prints.len));
        self.prints.get(start..end).unwrap_or_default()
    }

    /// Who found it.
    pub fn stream_of(&self, row: &Row) -> Option<&Stream> {
        self.streams.get(usize::try_from(row.stream).ok()?)
    }
}

fn row(view: &FindingView<'_>) -> Row {
    let finding = view.finding;
    let is_secret = finding.class == Class::Secrets;
    Row {
        id: view.id().unwrap_or(FindingId::new([0; 16])),
        stream: u32::try_from(finding.run.index()).unwrap_or(u32::MAX),
        class: finding.class,
        rule: view.rule().map_or(TextId::FIRST, |rule| rule.id),
        path: view.shown_id(),
        in_repository: view.repo_path().is_some(),
        line: finding.region.line,
        column: finding.region.column,
        set_aside: finding.suppression.holds() || finding.triage == Triage::Dismissed,
        of_history: finding.commit.is_some(),
        secret: view.secret().filter(|_| is_secret),
        dependency: Dependency::of(view),
        prints: if is_secret {
            FingerprintRange::default()
        } else {
            finding.fingerprints
        },
    }
}

/// What a key of secrets is told by without telling the key: eight bytes of a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCheck(pub [u8; 8]);

/// The findings of an earlier state, with what is known of that state.
#[derive(Debug, Default)]
pub struct Baseline {
    /// The texts of its rows.
    pub texts: Texts,
    /// Its findings.
    pub rows: Rows,
    /// The commit that they were found in, where known.
    pub commit: Option<ObjectId>,
    /// Which key made the ids of its secrets; `None` where secrets have none.
    pub key: Option<KeyCheck>,
}

impl Baseline {
    /// The findings that were read from reports.
    ///
    /// Without a project key secrets lose their ids, which are those of one run (rule S70).
    pub fn of(intake: Intake, commit: Option<ObjectId>, key: Option<KeyCheck>) -> Self {
        let mut rows = Rows::of(&intake);
        if key.is_none() {
            for row in &mut rows.rows {
                row.secret = None;
            }
        }
        Self {
            texts: intake.texts,
            rows,
            commit,
            key,
        }
    }
}
