//! The event that GitHub wrote for the run: the few fields that krgate reads (rule G54).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

/// Most bytes of a payload.
const MOST_BYTES: u64 = 32 << 20;

/// The payload as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// There is none, and why, as a clause.
    Absent(&'static str),
}

impl Payload {
    /// Reads the file that `GITHUB_EVENT_PATH` names.
    pub fn read(path: Option<&str>) -> Self {
        let Some(path) = path else {
            return Self::Absent("GITHUB_EVENT_PATH is not set");
        };
        let path = Path::new(path);
        // The type is asked for first, so that a pipe cannot hold the run up.
        if !path.is_file() {
            return Self::Absent("the file that GITHUB_EVENT_PATH names is not there");
        }
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| {
            file.take(MOST_BYTES.saturating_add(1))
                .read_to_end(&mut bytes)
        });
        match read {
            Err(_) => Self::Absent("the file that GITHUB_EVENT_PATH names cannot be read"),
            Ok(length) if u64::try_from(length).is_ok_and(|length| length > MOST_BYTES) => {
                Self::Absent("the file that GITHUB_EVENT_PATH names is larger than 32 MiB")
            }
            Ok(_) => Self::Bytes(bytes),
        }
    }

    /// The fields of the payload.
    ///
    /// # Errors
    /// A clause that says what is wrong with it.
    pub(super) fn fields(&self) -> Result<Fields, &'static str> {
        match self {
            Self::Absent(why) => Err(why),
            Self::Bytes(bytes) => serde_json::from_slice(bytes)
                .map_err(|_| "the file that GITHUB_EVENT_PATH names is not the JSON of an event"),
        }
    }
}

/// What an event may say. All is optional here; each row of the table of events demands what
/// it needs and names what is not there.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) pull_request: Option<PullRequest>,
    #[serde(default)]
    pub(super) merge_group: Option<MergeGroup>,
    #[serde(default)]
    pub(super) repository: Option<Whole>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    #[serde(default)]
    pub(super) number: Option<u64>,
    #[serde(default)]
    pub(super) head: Option<Side>,
    #[serde(default)]
    pub(super) base: Option<Side>,
}

/// The head or the base of a pull request.
#[derive(Debug, Deserialize)]
pub(super) struct Side {
    #[serde(default)]
    pub(super) sha: Option<String>,
    #[serde(default)]
    pub(super) r#ref: Option<String>,
    #[serde(default)]
    pub(super) repo: Option<Repository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    #[serde(default)]
    pub(super) id: Option<u64>,
}

/// The repository that the event is of.
#[derive(Debug, Deserialize)]
pub(super) struct Whole {
    #[serde(default)]
    pub(super) default_branch: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MergeGroup {
    #[serde(default)]
    pub(super) head_sha: Option<String>,
    #[serde(default)]
    pub(super) base_sha: Option<String>,
    #[serde(default)]
    pub(super) base_ref: Option<String>,
}
