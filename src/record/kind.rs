//! What a record is, and what makes it the same record as another (rules R5, R8, R9).

use jiff::civil::Date;

use super::canonical::{Object, Whole};
use super::identity::{Digest, RecordId};

/// What a record tells. The set is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A gate that judged.
    Run,
    /// A figure or a step that somebody reports.
    Checkin,
    /// A figure that is frozen as a start.
    Baseline,
    /// The end of a period.
    Close,
    /// A correction of another record, or a damaged file that is set aside.
    Amend,
    /// A report that was written.
    Report,
    /// A drill, a pentest, a deployment.
    Event,
    /// Figures that another tool was told (rule K36).
    Sync,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Run,
        Self::Checkin,
        Self::Baseline,
        Self::Close,
        Self::Amend,
        Self::Report,
        Self::Event,
        Self::Sync,
    ];

    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Checkin => "checkin",
            Self::Baseline => "baseline",
            Self::Close => "close",
            Self::Amend => "amend",
            Self::Report => "report",
            Self::Event => "event",
            Self::Sync => "sync",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The repository that a record is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// The host's name; `local` where there is none.
    pub host: String,
    /// The host's number of the repository, which survives a rename (rule R45), else its name.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl Repository {
    /// `host/id`: what `idem` holds, and what a store is asked for (rule R5).
    pub fn key(&self) -> String {
        [&self.host, "/", &self.id].concat()
    }

    pub(super) fn to_object(&self) -> Object {
        Object::new()
            .with("host", self.host.as_str())
            .with("id", self.id.as_str())
            .with("name", self.name.as_str())
    }
}

/// What an amendment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A record.
    Record(RecordId),
    /// A file that is no record, by the digest of its bytes (rule R34).
    File(Digest),
}

impl Target {
    /// Reads an id, or the digest of a file.
    pub fn parse(text: &str) -> Option<Self> {
        match RecordId::parse(text) {
            Some(id) => Some(Self::Record(id)),
            None => Digest::parse(text).map(Self::File),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Record(id) => id.fmt(f),
            Self::File(digest) => digest.fmt(f),
        }
    }
}

/// What makes a record the same as another: its `idem` without the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idem {
    /// A run of the gate.
    Run {
        /// The workflow, or `local`.
        workflow: String,
        /// The CI system's number of the run; by hand the time (rule R5).
        run_id: String,
        /// A rerun has another attempt, hence another id (rule R8).
        attempt: u64,
        /// The job; by hand the digest of the user's name.
        job: String,
        /// Tells several gates of one job apart (rule R9).
        instance: String,
    },
    /// A check-in.
    Checkin {
        /// The key result, `objective/id`.
        kr: String,
        /// The day that the figure is of.
        as_of: Date,
        /// Who says so.
        who: String,
    },
    /// A frozen start.
    Baseline {
        /// The period.
        period: String,
        /// The key result, `objective/id`.
        kr: String,
        /// The definition of its figure (rule K29).
        def: String,
    },
    /// The end of a period.
    Close {
        /// The period.
        period: String,
    },
    /// A correction.
    Amend {
        /// Of what.
        target: Target,
        /// The how manyth of that target, from 1.
        n: u64,
    },
    /// A report that was written.
    Report {
        /// Its name.
        name: String,
        /// The ISO week, such as `2026-W45`.
        week: String,
    },
    /// Something that happened.
    Event {
        /// Its name.
        name: String,
        /// The day.
        as_of: Date,
        /// Who says so.
        who: String,
        /// The digest of what is said of it: two that say different things are two events.
        content: Digest,
    },
    /// Figures that another tool was told.
    Sync {
        /// The kind of tool.
        destination: String,
        /// The digest of its address.
        place: String,
        /// The digest of what was sent.
        sent: String,
    },
}

impl Idem {
    /// The kind of record that it identifies.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Run { .. } => Kind::Run,
            Self::Checkin { .. } => Kind::Checkin,
            Self::Baseline { .. } => Kind::Baseline,
            Self::Close { .. } => Kind::Close,
            Self::Amend { .. } => Kind::Amend,
            Self::Report { .. } => Kind::Report,
            Self::Event { .. } => Kind::Event,
            Self::Sync { .. } => Kind::Sync,
        }
    }

    /// The object in a record of a repository.
    pub(super) fn to_object(&self, repository: &Repository) -> Object {
        let common = Object::new()
            .with("kind", self.kind().as_str())
            .with("repo", repository.key());
        match self {
            Self::Run {
                workflow,
                run_id,
                attempt,
                job,
                instance,
            } => common
                .with("workflow", workflow.as_str())
                .with("run_id", run_id.as_str())
                .with("attempt", Whole::count(*attempt))
                .with("job", job.as_str())
                .with("instance", instance.as_str()),
            Self::Checkin { kr, as_of, who } => common
                .with("kr", kr.as_str())
                .with("as_of", as_of.to_string())
                .with("who", who.as_str()),
            Self::Baseline { period, kr, def } => common
                .with("period", period.as_str())
                .with("kr", kr.as_str())
                .with("def", def.as_str()),
            Self::Close { period } => common.with("period", period.as_str()),
            Self::Amend { target, n } => common
                .with("target", target.to_string())
                .with("n", Whole::count(*n)),
            Self::Report { name, week } => common
                .with("name", name.as_str())
                .with("week", week.as_str()),
            Self::Event {
                name,
                as_of,
                who,
                content,
            } => common
                .with("name", name.as_str())
                .with("as_of", as_of.to_string())
                .with("who", who.as_str())
                .with("content", content.to_string()),
            Self::Sync {
                destination,
                place,
                sent,
            } => common
                .with("destination", destination.as_str())
                .with("place", place.as_str())
                .with("sent", sent.as_str()),
        }
    }
}
