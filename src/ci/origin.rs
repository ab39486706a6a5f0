//! Where a run takes place, for its record: from the variables of the CI system, by hand from
//! git (rules R5, R8, R17, R45).

use std::path::Path;

use super::Environment;
use super::git::Git;
use super::payload::Payload;
use crate::model::{CiContext, Origin, RunOrigin, System, UntrustedText};

/// Reads the origin of this run. What is not said is absent; nothing is guessed.
pub fn origin(
    environment: &Environment,
    context: &CiContext,
    git: Option<&Git>,
    directory: &Path,
) -> Origin {
    let by_hand = of_git(git, directory);
    let text = |name: &str| environment.text(name).map(UntrustedText::new);
    match context.system {
        System::GitHubActions => github(environment, by_hand),
        System::GitLab => {
            let id = text("CI_PIPELINE_ID");
            let job = text("CI_JOB_NAME");
            Origin {
                host: text("CI_SERVER_HOST").unwrap_or(by_hand.host),
                repository_id: text("CI_PROJECT_ID"),
                repository: text("CI_PROJECT_PATH").unwrap_or(by_hand.repository),
                run: id.zip(job).map(|(id, job)| RunOrigin {
                    workflow: UntrustedText::new("pipeline"),
                    id,
                    // A job that is run again gets a higher number of its own.
                    attempt: number(environment, "CI_JOB_ID"),
                    job,
                }),
                reference: gitlab_ref(environment),
                is_default_branch: match (
                    environment.text("CI_COMMIT_BRANCH"),
                    environment.text("CI_DEFAULT_BRANCH"),
                ) {
                    (Some(branch), Some(default)) => Some(branch == default),
                    _ => None,
                },
                actor: text("GITLAB_USER_LOGIN"),
            }
        }
        System::Azure => {
            let id = text("BUILD_BUILDID");
            let job = text("SYSTEM_JOBNAME");
            Origin {
                host: environment
                    .text("SYSTEM_COLLECTIONURI")
                    .map_or(by_hand.host, |url| UntrustedText::new(host_of(url))),
                repository_id: text("BUILD_REPOSITORY_ID"),
                repository: text("BUILD_REPOSITORY_NAME").unwrap_or(by_hand.repository),
                run: id.zip(job).map(|(id, job)| RunOrigin {
                    workflow: text("BUILD_DEFINITIONNAME").unwrap_or_default(),
                    id,
                    attempt: number(environment, "SYSTEM_JOBATTEMPT"),
                    job,
                }),
                reference: text("BUILD_SOURCEBRANCH"),
                is_default_branch: None,
                actor: text("BUILD_REQUESTEDFOR"),
            }
        }
        System::Jenkins => {
            let id = text("BUILD_NUMBER");
            let job = text("JOB_NAME");
            Origin {
                run: id.zip(job).map(|(id, job)| RunOrigin {
                    workflow: job,
                    id,
                    attempt: 1,
                    job: text("STAGE_NAME").unwrap_or_default(),
                }),
                reference: text("BRANCH_NAME").or_else(|| text("TAG_NAME")),
                is_default_branch: environment
                    .text("BRANCH_IS_PRIMARY")
                    .map(|primary| primary == "true"),
                actor: None,
                ..by_hand
            }
        }
        System::OtherCi | System::Local => by_hand,
    }
}

fn github(environment: &Environment, by_hand: Origin) -> Origin {
    let text = |name: &str| environment.text(name).map(UntrustedText::new);
    let reference = environment.text("GITHUB_REF");
    let payload = Payload::read(environment.text("GITHUB_EVENT_PATH"));
    let default = payload.fields().ok().and_then(|fields| fields.repository);
    let default = default.and_then(|repository| repository.default_branch);
    let id = text("GITHUB_RUN_ID");
    let job = text("GITHUB_JOB");
    Origin {
        host: environment
            .text("GITHUB_SERVER_URL")
            .map_or(by_hand.host, |url| UntrustedText::new(host_of(url))),
        repository_id: text("GITHUB_REPOSITORY_ID"),
        repository: text("GITHUB_REPOSITORY").unwrap_or(by_hand.repository),
        run: id.zip(job).map(|(id, job)| RunOrigin {
            workflow: text("GITHUB_WORKFLOW").unwrap_or_default(),
            id,
            attempt: number(environment, "GITHUB_RUN_ATTEMPT"),
            job,
        }),
        reference: reference.map(UntrustedText::new),
        is_default_branch: reference
            .zip(default)
            .map(|(reference, default)| reference.strip_prefix("refs/heads/") == Some(&*default)),
        actor: text("GITHUB_ACTOR"),
    }
}

fn gitlab_ref(environment: &Environment) -> Option<UntrustedText> {
    let full = |kind, name: &str| UntrustedText::new([kind, name].concat());
    match environment.text("CI_COMMIT_TAG") {
        Some(tag) => Some(full("refs/tags/", tag)),
        None => Some(full("refs/heads/", environment.text("CI_COMMIT_REF_NAME")?)),
    }
}

fn number(environment: &Environment, name: &str) -> u64 {
    let number = environment.text(name).and_then(|text| text.parse().ok());
    number.unwrap_or(1)
}

/// What git and the folder say.
fn of_git(git: Option<&Git>, directory: &Path) -> Origin {
    let (host, repository) = git
        .and_then(Git::origin_url)
        .and_then(|url| place(&url))
        .unwrap_or_else(|| {
            let top = directory
                .ancestors()
                .find(|folder| folder.join(".git").exists());
            let name = top.unwrap_or(directory).file_name().unwrap_or_default();
            ("local".to_owned(), name.to_string_lossy().into_owned())
        });
    let branch = git.and_then(Git::branch);
    Origin {
        host: UntrustedText::new(host),
        repository_id: None,
        repository: UntrustedText::new(repository),
        run: None,
        reference: branch.map(UntrustedText::new),
        is_default_branch: None,
        actor: git.and_then(Git::user).map(UntrustedText::new),
    }
}

/// Host and path of a remote's URL, without whatever user or token stands in it; `None` for a
/// folder of this machine.
fn place(url: &str) -> Option<(String, String)> {
    let (host, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => {
            let (authority, path) = rest.split_once('/')?;
            (authority, path)
        }
        None => {
            let (authority, path) = url.split_once(':')?;
            if authority.contains('/') {
                return None;
            }
            (authority, path)
        }
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let host = name_of(host);
    (!path.is_empty() && !host.is_empty()).then(|| (host, path.to_owned()))
}

/// The host of a URL.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    name_of(rest.split('/').next().unwrap_or_default())
}

/// `user:token@Host:22` to `host`.
fn name_of(authority: &str) -> String {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r05_r10_a_remote_says_host_and_path_and_no_token() {
        let github = Some(("github.com".to_owned(), "acme/shop".to_owned()));
        for url in [
            "https://github.com/acme/shop.git",
            "https://someone:not-a-token@GitHub.com:443/acme/shop",
            "git@github.com:acme/shop.git",
            "ssh://git@github.com:22/acme/shop.git/",
        ] {
            assert_eq!(place(url), github, "{url}");
        }
        for url in ["/srv/shop.git", "file:///srv/shop.git", "../shop", ""] {
            assert_eq!(place(url), None, "{url}");
        }
    }

    #[test]
    fn record_r05_r08_what_github_says_of_a_run() {
        let environment = Environment::from_pairs([
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_REPOSITORY_ID", "4711"),
            ("GITHUB_WORKFLOW", "gate"),
            ("GITHUB_RUN_ID", "17"),
            ("GITHUB_RUN_ATTEMPT", "3"),
            ("GITHUB_JOB", "check"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_ACTOR", "octo"),
        ]);
        let context = CiContext {
            system: System::GitHubActions,
            ..CiContext::default()
        };
        let origin = origin(&environment, &context, None, Path::new("/x"));
        let foreign = |text: &str| Some(UntrustedText::new(text));
        assert_eq!(origin.host.raw(), "github.com");
        assert_eq!(origin.repository_id, foreign("4711"));
        let run = origin.run.unwrap();
        assert_eq!(
            (run.id.raw(), run.attempt, run.job.raw()),
            ("17", 3, "check")
        );
        assert_eq!(origin.reference, foreign("refs/heads/main"));
        assert_eq!(origin.is_default_branch, None);
    }
}
