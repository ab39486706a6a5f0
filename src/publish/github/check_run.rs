//! The check run: created as completed, with the rest of the annotations in a second request
//! (rules G65 to G72).

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::place::encoded;
use super::refusal::Failure;
use super::session::Session;
use super::wire::{Call, Operation, Reply};
use crate::diagnostic::{Code, Diagnostic};
use crate::publish::{
    Annotation, AnnotationLevel, CheckRun, Conclusion, MOST_ANNOTATIONS, MOST_TEXT_BYTES, Outcome,
};

/// Annotations that one request may carry.
const ONE_REQUEST: usize = 50;
/// Most characters of an annotation's title.
const MOST_TITLE: usize = 255;

#[derive(Serialize)]
struct Create<'a> {
    name: &'a str,
    head_sha: &'a str,
    external_id: &'a str,
    status: &'static str,
    conclusion: &'static str,
    output: Output<'a>,
}

#[derive(Serialize)]
struct Update<'a> {
    output: Output<'a>,
}

#[derive(Serialize)]
struct Output<'a> {
    title: &'a str,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    annotations: Vec<Mark<'a>>,
}

#[derive(Serialize)]
struct Mark<'a> {
    path: &'a str,
    start_line: u32,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    annotation_level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

/// What is read of a check run.
#[derive(Deserialize)]
struct Standing {
    id: u64,
    external_id: Option<String>,
    output: Option<Counted>,
}

#[derive(Deserialize)]
struct Counted {
    annotations_count: Option<usize>,
}

#[derive(Deserialize)]
struct Page {
    check_runs: Vec<Standing>,
}

/// Why a check run cannot be sent whatever GitHub says.
pub(super) fn refuse(view: &CheckRun) -> Option<Diagnostic> {
    let of_bytes = |what: &str, text: &str| {
        let bytes = text.len();
        (bytes > MOST_TEXT_BYTES)
            .then(|| format!("{what} has {bytes} bytes, at most {MOST_TEXT_BYTES} fit"))
    };
    let count = view.annotations.len();
    let fault = of_bytes("the summary of the check run", &view.summary)
        .or_else(|| of_bytes("the text of the check run", view.text.as_deref()?))
        .or_else(|| {
            (count > MOST_ANNOTATIONS).then(|| {
                format!("the check run has {count} annotations, at most {MOST_ANNOTATIONS} fit")
            })
        })
        .or_else(|| {
            let mut numbered = view.annotations.iter().zip(1_usize..);
            numbered.find_map(|(annotation, number)| annotation_fault(annotation, number))
        })?;
    let fault = Diagnostic::new(Code::PublishFailed, fault);
    Some(fault.hint("this is a fault of krgate: please report it with this message"))
}

fn annotation_fault(annotation: &Annotation, number: usize) -> Option<String> {
    let long_title = |title: &String| title.chars().count() > MOST_TITLE;
    let columns_turned = annotation.columns.is_some_and(|c| c.end < c.start);
    let why = if annotation.end_line < annotation.start_line || columns_turned {
        "ends before it starts"
    } else if annotation.message.is_empty() {
        "has no message"
    } else if annotation.message.len() > MOST_TEXT_BYTES {
        "has too long a message"
    } else if annotation.title.as_ref().is_some_and(long_title) {
        "has too long a title"
    } else {
        return None;
    };
    Some(format!("annotation {number} of the check run {why}"))
}

/// Creates the check run.
///
/// # Errors
/// If GitHub did not do what was asked.
pub(super) fn publish(session: &mut Session<'_>, view: &CheckRun) -> Result<Outcome, Failure> {
    let external_id = format!("krgate/{}/{}", session.run.run, session.run.attempt);
    let (first, rest) = view
        .annotations
        .split_at_checked(ONE_REQUEST)
        .unwrap_or((&view.annotations, &[]));
    let head_sha = session.place.head_sha.clone();
    let create = Create {
        name: &view.name,
        head_sha: &head_sha,
        external_id: &external_id,
        status: "completed",
        conclusion: match view.conclusion {
            Conclusion::Success => "success",
            Conclusion::Failure => "failure",
        },
        output: output(view, first),
    };
    let call = Call {
        operation: Operation::CreateCheckRun,
        address: session.place.route("/check-runs"),
        body: to_raw_value(&create).ok(),
    };
    let standing = session.ask_once(&call, one, |session| find(session, view, &external_id))?;
    // Where it was found again, a second request may have been carried out too.
    if !rest.is_empty() {
        add(session, view, standing.id, first.len(), rest)?;
    }
    Ok(Outcome::Published)
}

/// Adds annotations. A PATCH appends, so what may have been carried out is counted before it
/// is sent again (rule G72).
fn add(
    session: &mut Session<'_>,
    view: &CheckRun,
    id: u64,
    before: usize,
    rest: &[Annotation],
) -> Result<(), Failure> {
    let address = session.place.route(&format!("/check-runs/{id}"));
    let call = Call {
        operation: Operation::AddAnnotations,
        address: address.clone(),
        body: to_raw_value(&Update {
            output: output(view, rest),
        })
        .ok(),
    };
    let look = |session: &mut Session<'_>| {
        let call = Call {
            operation: Operation::ReadCheckRun,
            address: address.clone(),
            body: None,
        };
        let count = session.ask(&call, |reply| one(reply)?.output?.annotations_count)?;
        Ok((count > before).then_some(()))
    };
    session.ask_once(&call, |_| Some(()), look)
}

/// Our check run among those of the commit, after a lost answer.
fn find(
    session: &mut Session<'_>,
    view: &CheckRun,
    external_id: &str,
) -> Result<Option<Standing>, Failure> {
    let first = session.place.route(&format!(
        "/commits/{}/check-runs?check_name={}&filter=all&per_page=100",
        session.place.head_sha,
        encoded(&view.name)
    ));
    let read = |reply: &Reply| serde_json::from_slice::<Page>(&reply.body).ok();
    session.search(Operation::ListCheckRuns, first, read, |page| {
        page.check_runs
            .into_iter()
            .find(|run| run.external_id.as_deref() == Some(external_id))
    })
}

fn one(reply: &Reply) -> Option<Standing> {
    serde_json::from_slice(&reply.body).ok()
}

fn output<'a>(view: &'a CheckRun, annotations: &'a [Annotation]) -> Output<'a> {
    Output {
        title: &view.title,
        summary: &view.summary,
        text: view.text.as_deref(),
        annotations: annotations.iter().map(mark).collect(),
    }
}

fn mark(annotation: &Annotation) -> Mark<'_> {
    let is_one_line = annotation.start_line == annotation.end_line;
    let columns = annotation.columns.filter(|_| is_one_line);
    Mark {
        path: annotation.path.as_str(),
        start_line: annotation.start_line.get(),
        end_line: annotation.end_line.get(),
        start_column: columns.map(|columns| columns.start.get()),
        end_column: columns.map(|columns| columns.end.get()),
        annotation_level: match annotation.level {
            AnnotationLevel::Failure => "failure",
            AnnotationLevel::Warning => "warning",
            AnnotationLevel::Notice => "notice",
        },
        message: &annotation.message,
        title: annotation.title.as_deref(),
    }
}
