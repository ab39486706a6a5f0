//! The jobs that the gate needs: one that did not succeed measured nothing that can be relied
//! on (rule G113).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;

/// What is read of a job.
#[derive(Deserialize)]
struct Job {
    result: Option<String>,
}

/// One error for each job that did not succeed, in the order of their names.
///
/// # Errors
/// `usage`, if the text is not the `needs` context as JSON; nothing of it is repeated.
pub(super) fn missing(needs: Option<&str>) -> Result<Vec<Diagnostic>, Box<Diagnostic>> {
    let Some(text) = needs.filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let jobs: BTreeMap<String, Job> = serde_json::from_str(text).map_err(|_| {
        Box::new(
            Diagnostic::new(
                Code::Usage,
                "`needs` is not the context of that name as JSON: an object with an object for \
                 each job",
            )
            .hint("give it as `needs: ${{ toJSON(needs) }}`"),
        )
    })?;
    Ok(jobs
        .iter()
        .filter(|(_, job)| job.result.as_deref() != Some("success"))
        .map(|(name, job)| not_successful(name, job))
        .collect())
}

fn not_successful(name: &str, job: &Job) -> Diagnostic {
    let how = match job.result.as_deref() {
        Some("failure") => "failed",
        Some("cancelled") => "was cancelled",
        Some("skipped") => "was skipped",
        _ => "did not say that it succeeded",
    };
    let message = Message::from("the job ")
        .foreign(Untrusted::new(name))
        .own(" ")
        .own(how)
        .own(", so what it should have measured is not known");
    Diagnostic::new(Code::UpstreamJobNotSuccessful, message).hint(
        "see the log of that job; a scanner that ends with an error because it found something \
         needs its option for findings that do not fail the step",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(needs: &str) -> Vec<String> {
        let missing = missing(Some(needs)).unwrap();
        let shown = |diagnostic: &Diagnostic| {
            assert_eq!(diagnostic.code, Code::UpstreamJobNotSuccessful);
            crate::render::encode::terminal::message(&diagnostic.message).to_string()
        };
        missing.iter().map(shown).collect()
    }

    #[test]
    fn github_g113_every_job_that_did_not_succeed_is_named() {
        let needs = r#"{
            "skipped-scan": {"result": "skipped", "outputs": {}},
            "good": {"result": "success", "outputs": {"result": "failure"}},
            "bad": {"result": "failure", "outputs": {}},
            "stopped": {"result": "cancelled"},
            "odd": {"result": "Success"},
            "silent": {}
        }"#;
        let said = "so what it should have measured is not known";
        assert_eq!(
            names(needs),
            [
                format!("the job `bad` failed, {said}"),
                format!("the job `odd` did not say that it succeeded, {said}"),
                format!("the job `silent` did not say that it succeeded, {said}"),
                format!("the job `skipped-scan` was skipped, {said}"),
                format!("the job `stopped` was cancelled, {said}"),
            ]
        );
        assert!(names("{}").is_empty());
        assert!(missing(Some("")).unwrap().is_empty());
        assert!(missing(None).unwrap().is_empty());
    }

    #[test]
    fn github_g113_what_is_not_the_context_is_a_wrong_request() {
        for wrong in [
            "code-scan",
            "[]",
            "null",
            r#"{"a": "success"}"#,
            r#"{"a": {"result": true}}"#,
            r#"{"a": {"result": "success"}"#,
        ] {
            let fault = missing(Some(wrong)).unwrap_err();
            assert_eq!(fault.code, Code::Usage, "{wrong}");
        }
    }
}
