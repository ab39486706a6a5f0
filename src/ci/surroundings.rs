//! What krgate takes from its surroundings whatever it is asked for.

use std::path::{Path, PathBuf};

use super::Environment;

/// The folder that krgate runs in, and what the environment says of keys and colours.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the surroundings"
)]
pub struct Surroundings {
    /// The working directory.
    pub directory: PathBuf,
    /// The checkout of the CI system, where it names one.
    pub workspace: Option<PathBuf>,
    /// `KRGATE_SECRET_KEY` (rule S70).
    pub secret_key: Option<Vec<u8>>,
    /// `NO_COLOR` is set to something.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` or `FORCE_COLOR` is set to something other than 0.
    pub force_color: bool,
    /// The terminal says that it cannot do anything (`TERM=dumb`).
    pub dumb_terminal: bool,
    /// GitHub Actions, whose log renders colours.
    pub github_actions: bool,
    /// What the runner of GitHub Actions names for this step.
    pub runner: RunnerFiles,
    /// The variables that all this was read from, for [`super::context`] and for git.
    pub environment: Environment,
}

/// Files and folders that the runner of GitHub Actions names for a step; a variable that is
/// empty names nothing (rule G6).
#[derive(Debug, Clone, Default)]
pub struct RunnerFiles {
    /// `GITHUB_OUTPUT`: the step's outputs.
    pub output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: the step's part of the job summary.
    pub summary: Option<PathBuf>,
    /// `RUNNER_TEMP`: a folder that is emptied after the job.
    pub temporary: Option<PathBuf>,
    /// `RUNNER_DEBUG` is 1: the job was run with debug logging.
    pub debug: bool,
}

impl Surroundings {
    /// Reads those of this process.
    pub fn read() -> Self {
        Self::new(
            std::env::current_dir().unwrap_or_default(),
            Environment::of_process(),
        )
    }

    /// Those of a folder under an environment.
    pub fn new(directory: PathBuf, environment: Environment) -> Self {
        let text = |name: &str| environment.text(name);
        let forces = |name: &str| text(name).is_some_and(|value| value != "0");
        Self {
            directory,
            workspace: text("GITHUB_WORKSPACE").map(PathBuf::from),
            secret_key: text("KRGATE_SECRET_KEY").map(|key| key.as_bytes().to_vec()),
            no_color: environment.has("NO_COLOR"),
            force_color: forces("CLICOLOR_FORCE") || forces("FORCE_COLOR"),
            dumb_terminal: text("TERM") == Some("dumb"),
            github_actions: text("GITHUB_ACTIONS") == Some("true"),
            runner: RunnerFiles {
                output: text("GITHUB_OUTPUT").map(PathBuf::from),
                summary: text("GITHUB_STEP_SUMMARY").map(PathBuf::from),
                temporary: text("RUNNER_TEMP").map(PathBuf::from),
                debug: text("RUNNER_DEBUG") == Some("1"),
            },
            environment,
        }
    }

    /// Folders whose files are files of the repository, in the order in which they are
    /// tried (rule 105).
    pub fn roots(&self) -> Vec<String> {
        [Some(self.directory.as_path()), self.workspace.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(Path::to_str)
            .map(|root| root.replace('\\', "/"))
            .collect()
    }

    /// The nearest folder upward that holds a `.git`, from the working directory.
    pub fn repository(&self) -> Option<&Path> {
        self.directory
            .ancestors()
            .find(|folder| folder.join(".git").exists())
    }
}
