//! What a check publishes on GitHub, where it was asked to: a comment and a check run.
//!
//! It comes last (rule G2): the verdict stands, files and outputs are written. The token is
//! read only when something is to be sent (rule G92).

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::args::PublishArguments;
use super::check::Judged;
use super::views::Told;
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{CiContext, ObjectId, ReadOnly, UntrustedText};
use crate::publish::{
    self, Annotation, AnnotationLevel, CheckRun, Columns, Comment, CommentKey, Conclusion,
    RunAttempt, RunClock, Target, Token, Views,
};
use crate::render::annotations::{self, Asked, Budget, Level, Show};
use crate::render::check_run;
use crate::render::encode::workflow::{Lines, shown};
use crate::render::markdown::{self, MarkdownOptions};

/// What is to be published.
#[derive(Debug)]
pub(super) struct Publication {
    comment: bool,
    check_run: bool,
    author: String,
}

impl Publication {
    pub(super) fn new(typed: &PublishArguments) -> Self {
        let author = typed.comment_author.as_deref();
        let author = author.filter(|author| !author.is_empty());
        Self {
            comment: typed.comment.as_ref().and_then(|given| given.0) == Some(true),
            check_run: typed.check_run.as_ref().and_then(|given| given.0) == Some(true),
            author: author.unwrap_or(Comment::USUAL_AUTHOR).to_owned(),
        }
    }

    /// True if anything is to be published.
    pub(super) fn is_asked_for(&self) -> bool {
        self.comment || self.check_run
    }

    /// The names of the views, for the log.
    pub(super) fn names(&self) -> Vec<String> {
        let comment = self.comment.then(|| "comment".to_owned());
        let check_run = self.check_run.then(|| "check run".to_owned());
        comment.into_iter().chain(check_run).collect()
    }

    /// The views of an evaluation. `policy` is the policy's path in the repository.
    pub(super) fn of_judged(
        &self,
        judged: &Judged,
        told: Told<'_>,
        (code, show): (ExitCode, Option<Show>),
        policy: &str,
    ) -> Views {
        let evaluation = told.evaluation;
        let options = MarkdownOptions {
            bytes: Comment::ROOM,
            changed: told.changed,
            faults: told.faults,
            ..MarkdownOptions::default()
        };
        let comment = self.comment.then(|| {
            let head = judged.context.head.as_ref();
            let head = head.map(ObjectId::as_str);
            let page = markdown::comment(evaluation, head, options);
            self.comment_of(policy, page.body, !page.worth_creating)
        });
        let check_run = self.check_run.then(|| {
            let asked = Asked {
                // Whoever wants no annotations in the log may want them in a view of its own.
                show: show.filter(|show| *show != Show::None).unwrap_or_default(),
                changed: told.changed,
                budget: Budget::Together(annotations::MOST_OF_A_CHECK_RUN),
                faults: told.faults,
                rest_is_in: "the summary",
                folder: told.folder,
            };
            let page = check_run::page(evaluation, asked, options);
            let remarks = page.annotations.iter().filter_map(annotation).collect();
            check_run_of(code, page.title, page.summary, remarks)
        });
        Views { check_run, comment }
    }

    /// The views of a run that judged nothing, which take the place of those of an earlier run.
    pub(super) fn of_refused(
        &self,
        code: ExitCode,
        log: &str,
        context: &CiContext,
        policy: &str,
    ) -> Views {
        let fits = |page: String| {
            if page.len() <= Comment::ROOM {
                return page;
            }
            markdown::refused(code, "see the log of the job")
        };
        let mut page = markdown::refused(code, log);
        if let Some(head) = &context.head {
            page = format!("{page}\nOf commit `{head}`.\n");
        }
        let page = fits(page);
        let title = format!("nothing was judged (exit {})", code.number());
        Views {
            check_run: self
                .check_run
                .then(|| check_run_of(code, title, page.clone(), Vec::new())),
            comment: self.comment.then(|| self.comment_of(policy, page, false)),
        }
    }

    fn comment_of(&self, policy: &str, body: String, nothing_to_say: bool) -> Comment {
        Comment {
            key: CommentKey::of_policy(policy),
            body,
            nothing_to_say,
            author: self.author.clone(),
        }
    }
}

/// Publishes, and gives back all that is to be said of it: failures first, then notes.
pub(super) fn send(
    views: &Views,
    context: &CiContext,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Vec<Diagnostic> {
    let target = match target(context) {
        Ok(target) => target,
        Err(fault) => return vec![*fault],
    };
    let variable = |name: &str| surroundings.environment.text(name).map(str::to_owned);
    let token = || Token::choose(variable("KRGATE_TOKEN"), variable("GITHUB_TOKEN"));
    let mut clock = RunClock::starting_at(now);
    let outcomes = publish::github(&target, &token, &mut clock).publish(views);
    outcomes.diagnostics().cloned().collect()
}

/// Where views go, as the system says.
fn target(context: &CiContext) -> Result<Target, Box<Diagnostic>> {
    let needed = |text: Option<&UntrustedText>, name: &'static str| {
        let text = text.map(|text| text.raw().to_owned());
        text.ok_or_else(|| nowhere(name))
    };
    let run = context.run.ok_or_else(|| nowhere("GITHUB_RUN_ID"))?;
    let attempt = u32::try_from(run.attempt).map_err(|_| nowhere("GITHUB_RUN_ATTEMPT"))?;
    let head = context.head.as_ref();
    Ok(Target {
        api_url: needed(context.api_url.as_ref(), "GITHUB_API_URL")?,
        repository: needed(context.repository.as_ref(), "GITHUB_REPOSITORY")?,
        head_sha: head.ok_or_else(|| nowhere("GITHUB_SHA"))?.to_string(),
        pull_request: context.pull_request,
        run: RunAttempt {
            run: run.id,
            attempt,
        },
        read_only: context.read_only.map(|why| match why {
            ReadOnly::Fork | ReadOnly::ForkGone => publish::ReadOnly::Fork,
            ReadOnly::Dependabot => publish::ReadOnly::Dependabot,
        }),
    })
}

fn nowhere(lacking: &'static str) -> Box<Diagnostic> {
    let fault = Diagnostic::new(
        Code::PublishFailed,
        format!("there is nowhere to publish to: {lacking} is not known"),
    );
    Box::new(fault.hint(
        "a comment and a check run are for a job of GitHub Actions, whose runner sets it; leave \
         them out elsewhere",
    ))
}

fn check_run_of(
    code: ExitCode,
    title: String,
    summary: String,
    annotations: Vec<Annotation>,
) -> CheckRun {
    CheckRun {
        name: CheckRun::USUAL_NAME.to_owned(),
        conclusion: match code {
            ExitCode::Passed => Conclusion::Success,
            _ => Conclusion::Failure,
        },
        title,
        summary,
        text: None,
        annotations,
    }
}

/// An annotation at a line of a file; a file without a line is marked at its first.
fn annotation(of: &annotations::Annotation) -> Option<Annotation> {
    let (path, lines) = of.place.as_ref()?;
    let line = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    let (first, last) = lines.map_or((1, 1), |lines| (lines.first(), lines.last()));
    Some(Annotation {
        path: path.clone(),
        start_line: line(first),
        end_line: line(last),
        columns: lines.and_then(columns),
        level: match of.level {
            Level::Error => AnnotationLevel::Failure,
            Level::Warning => AnnotationLevel::Warning,
            Level::Notice => AnnotationLevel::Notice,
        },
        message: shown(&of.message),
        title: Some(of.title.chars().take(255).collect()),
    })
}

fn columns(lines: Lines) -> Option<Columns> {
    let (start, end) = lines.column()?;
    Some(Columns {
        start: NonZeroU32::new(start)?,
        end: NonZeroU32::new(end?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CiRun;

    fn id(digit: char) -> ObjectId {
        ObjectId::new(&digit.to_string().repeat(40)).unwrap()
    }

    fn context() -> CiContext {
        CiContext {
            head: Some(id('a')),
            checkout: Some(id('b')),
            base: Some(id('c')),
            pull_request: Some(7),
            repository: Some(UntrustedText::new("acme/shop")),
            run: Some(CiRun { id: 11, attempt: 2 }),
            api_url: Some(UntrustedText::new("https://github.example/api/v3")),
            ..CiContext::default()
        }
    }

    #[test]
    fn github_g067_only_a_gate_that_passed_is_a_success() {
        for (code, conclusion) in [
            (ExitCode::Passed, Conclusion::Success),
            (ExitCode::Failed, Conclusion::Failure),
            (ExitCode::Request, Conclusion::Failure),
            (ExitCode::Evidence, Conclusion::Failure),
            (ExitCode::Environment, Conclusion::Failure),
        ] {
            let made = check_run_of(code, String::new(), String::new(), Vec::new());
            assert_eq!(made.conclusion, conclusion, "{code:?}");
        }
    }

    #[test]
    fn github_g068_a_check_run_stands_on_the_head_and_not_on_the_merge_commit() {
        let target = target(&context()).unwrap();
        assert_eq!(target.head_sha, id('a').to_string());
        assert_eq!(target.api_url, "https://github.example/api/v3");
        assert_eq!((target.run.run, target.run.attempt), (11, 2));
    }

    #[test]
    fn github_g069_its_name_is_that_of_no_job() {
        let made = check_run_of(ExitCode::Passed, String::new(), String::new(), Vec::new());
        assert_eq!(made.name, "krgate findings");
        for workflow in [
            include_str!("../../docs/workflows/gate.yml"),
            include_str!("../../.github/workflows/ci.yml"),
        ] {
            assert!(!workflow.contains("krgate findings"));
        }
    }

    #[test]
    fn github_g005_what_the_system_does_not_say_is_a_failure() {
        for (context, lacking) in [
            (
                CiContext {
                    run: None,
                    ..context()
                },
                "GITHUB_RUN_ID",
            ),
            (
                CiContext {
                    api_url: None,
                    ..context()
                },
                "GITHUB_API_URL",
            ),
            (
                CiContext {
                    repository: None,
                    ..context()
                },
                "GITHUB_REPOSITORY",
            ),
            (
                CiContext {
                    head: None,
                    ..context()
                },
                "GITHUB_SHA",
            ),
        ] {
            let fault = target(&context).unwrap_err();
            assert_eq!(fault.code, Code::PublishFailed);
            let said = crate::render::encode::terminal::message(&fault.message);
            assert!(said.as_str().contains(lacking), "{said}");
        }
    }

    #[test]
    fn github_g058_each_reason_that_forbids_writing_is_passed_on() {
        for (why, told) in [
            (None, None),
            (Some(ReadOnly::Fork), Some(publish::ReadOnly::Fork)),
            (Some(ReadOnly::ForkGone), Some(publish::ReadOnly::Fork)),
            (
                Some(ReadOnly::Dependabot),
                Some(publish::ReadOnly::Dependabot),
            ),
        ] {
            let context = CiContext {
                read_only: why,
                ..context()
            };
            assert_eq!(target(&context).unwrap().read_only, told);
        }
    }
}
