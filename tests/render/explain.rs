//! `krgate explain`: what was asked for, and the answer.

use jiff::civil::date;
use krgate::decide::{Evaluation, Verdict};
use krgate::measure::{Sight, formula};
use krgate::policy::Unit;
use krgate::render::explain::{
    Answer, ClassBy, Exception, FindingFacts, Subject, find, write_json, write_text,
};
use krgate::scope::{Standing, deciding_glob};
use serde_json::Value;

use crate::json::assert_valid;
use crate::runner::assert_no_command;
use crate::sample::{failing, policy, written};

/// What each key result makes of the findings, under the policy of the sample.
fn answer(evaluation: &Evaluation, places: &[usize]) -> Answer<'static> {
    let policy = Box::leak(Box::new(policy()));
    let sight = Sight::new(&evaluation.scoped, policy, true);
    let facts = |place: &usize| FindingFacts {
        finding: *place,
        class_by: ClassBy::Table,
        globs: globs(evaluation, policy, *place),
        key_results: policy
            .key_results()
            .filter_map(|(_, kr)| {
                let view = evaluation.scoped.intake.view(*place)?;
                Some((kr.id.as_str(), sight.explain(kr, &view)?))
            })
            .collect(),
        exception: (evaluation.scoped.standing(*place) == Standing::Counted).then_some(Exception {
            expires: date(2026, 12, 16),
            needs_approval: false,
            needs_kind: false,
        }),
    };
    Answer::Findings(places.iter().map(facts).collect())
}

/// By scope, the glob that decides.
fn globs(
    evaluation: &Evaluation,
    policy: &'static krgate::policy::Policy,
    place: usize,
) -> Vec<Option<&'static str>> {
    let view = evaluation.scoped.intake.view(place).unwrap();
    let scopes = policy.scopes.iter();
    scopes
        .map(|scope| deciding_glob(scope, view.repo_path()?))
        .collect()
}

/// A key result of the sample with its formula.
fn of_key_result<'a>(evaluation: &'a Evaluation, id: &str) -> Answer<'a> {
    let (_, key_result) = evaluation
        .key_results()
        .find(|(_, kr)| kr.id == id)
        .unwrap();
    let policy = policy();
    let (_, wanted) = policy.key_results().find(|(_, kr)| kr.id == id).unwrap();
    Answer::KeyResult(key_result, formula(&wanted.measure, &policy))
}

fn text(evaluation: &Evaluation, answer: &Answer<'_>) -> String {
    let text = written(|out| write_text(evaluation, answer, false, out));
    assert_no_command(&text);
    text
}

#[test]
fn output_explain_finds_what_people_name() {
    let evaluation = failing();
    let finds = |asked: &str| find(&evaluation, asked);
    assert_eq!(
        finds("no-live-secret"),
        Subject::KeyResult("no-live-secret".to_owned())
    );
    assert_eq!(
        finds("exposure/no-live-secret"),
        Subject::KeyResult("no-live-secret".to_owned())
    );
    assert_eq!(finds("speed/no-live-secret"), Subject::Nothing);
    assert_eq!(finds("3c6ef362"), Subject::Findings(vec![2]));
    assert_eq!(finds("3C6EF362"), Subject::Findings(vec![2]));
    assert_eq!(
        finds("services/pay/config.py:12"),
        Subject::Findings(vec![0])
    );
    assert_eq!(finds("services/pay/config.py:13"), Subject::Nothing);
    assert_eq!(
        finds("services/pay/db.py"),
        Subject::Findings(vec![449, 450, 451, 452])
    );
    assert_eq!(finds("nothing"), Subject::Nothing);
}

#[test]
fn key_result_f35_a_gate_that_costs_too_much_is_told_to_soften() {
    let mut evaluation = failing();
    let mut all = evaluation
        .objectives
        .iter_mut()
        .flat_map(|objective| &mut objective.key_results);
    let outcome = all.find(|kr| kr.verdict == Verdict::Missed).unwrap();
    outcome.measure = "friction";
    outcome.measurement.unit = Unit::Percent;
    let id = outcome.id.clone();
    let text = text(&evaluation, &of_key_result(&evaluation, &id));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("soften what stops changes in vain, by `on_miss: warn`"),
        "{text}"
    );
}

#[test]
fn output_explain_says_when_digits_fit_two_findings() {
    let evaluation = failing();
    let ids = &evaluation.scoped.intake.ids;
    assert_eq!(
        find(&evaluation, "9e3779b11"),
        Subject::Ambiguous(vec![ids[0], ids[1]])
    );
    assert_eq!(find(&evaluation, "9e3779b11a"), Subject::Findings(vec![0]));
}

#[test]
fn output_v09_a_path_can_be_pasted_as_it_was_shown() {
    let evaluation = failing();
    let Subject::Findings(places) = find(&evaluation, "a\\n::error file=x::owned:1") else {
        panic!("not found");
    };
    assert_eq!(places, [2]);
}

#[test]
fn output_explain_of_a_secret() {
    let evaluation = failing();
    insta::assert_snapshot!(text(&evaluation, &answer(&evaluation, &[0])));
}

#[test]
fn output_explain_of_hostile_text_and_of_a_suppressed_finding() {
    let evaluation = failing();
    insta::assert_snapshot!(text(&evaluation, &answer(&evaluation, &[9, 449])));
}

#[test]
fn output_explain_of_a_key_result() {
    let evaluation = failing();
    let unknown = of_key_result(&evaluation, "prod-cvss-4");
    insta::assert_snapshot!(text(&evaluation, &unknown));
}

#[test]
fn output_explain_says_what_would_make_a_key_result_met() {
    let evaluation = failing();
    let ids: Vec<&str> = evaluation
        .key_results()
        .map(|(_, kr)| kr.id.as_str())
        .collect();
    let mut all = String::new();
    for id in ids {
        let lines = text(&evaluation, &of_key_result(&evaluation, id));
        // The head alone; what follows are the findings.
        all.push_str(lines.split("\n\n").next().unwrap());
        all.push_str("\n\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn output_explain_json_is_what_its_schema_says() {
    let evaluation = failing();
    let (_, key_result) = evaluation.key_results().next().unwrap();
    let of_key_result = of_key_result(&evaluation, &key_result.id);
    for answer in [answer(&evaluation, &[0, 9]), of_key_result] {
        let text = written(|out| write_json(&evaluation, &answer, out));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_valid("explain.schema.json", &value);
    }
}

#[test]
fn secrets_rule_070_an_id_of_a_secret_is_never_printed() {
    let evaluation = failing();
    let text = text(&evaluation, &answer(&evaluation, &[0]));
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("seen at 2 places, counted once"));
    assert!(!text.contains("01010101"));
}
