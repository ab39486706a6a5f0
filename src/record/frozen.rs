//! The records of figures that stay what they were: baselines and the close of a period (rules
//! K5, K26).

use jiff::Timestamp;

use super::canonical::{Object, Value};
use super::run::{policy, put_figure, score};
use super::{Draft, Idem, RecordId, Repository};
use crate::decide::okr::{Close, Grade, NewBaseline};
use crate::decide::{PolicyCommit, Verdict};
use crate::policy::{KeyResult, Policy, Unit};

/// Under which circumstances figures are frozen.
#[derive(Debug, Clone)]
pub struct Freezing<'a> {
    /// The policy whose key results they are of.
    pub policy: &'a Policy,
    /// The commit that it was read from; `None` for the work tree.
    pub read_from: Option<&'a PolicyCommit>,
    /// The repository that they count for.
    pub repository: &'a Repository,
    /// The clock argument.
    pub at: Timestamp,
    /// The heads that were seen (rule R14).
    pub parents: Vec<RecordId>,
}

impl Freezing<'_> {
    /// The record of the first figure of a key result.
    pub fn baseline(&self, new: &NewBaseline) -> Draft {
        let period = self.policy.period.as_ref();
        let period = period.map_or("", |period| period.name.as_str());
        let mut row = Object::new()
            .with("kr", new.key_result.as_str())
            .with("def", new.definition.to_string());
        put_figure(&mut row, Some(new.value), self.unit(&new.key_result));
        let idem = Idem::Baseline {
            period: period.to_owned(),
            kr: new.key_result.clone(),
            def: new.definition.to_string(),
        };
        self.draft(idem, period, vec![Value::from(row)])
    }

    /// The record of what a period came to.
    pub fn close(&self, close: &Close) -> Draft {
        let rows = close
            .grades
            .iter()
            .map(|grade| Value::from(self.row(grade)));
        let idem = Idem::Close {
            period: close.period.clone(),
        };
        let mut draft = self.draft(idem, &close.period, rows.collect());
        let objectives = close.objectives.iter().map(|(id, came_to)| {
            let mut row = Object::new()
                .with("objective", id.as_str())
                .with("known", score(came_to.known));
            row.set_some("score", came_to.value.map(score));
            Value::from(row)
        });
        draft
            .fields
            .set("objectives", objectives.collect::<Vec<_>>());
        draft
    }

    fn row(&self, grade: &Grade) -> Object {
        let mut row = Object::new()
            .with("kr", grade.key_result.as_str())
            .with("def", grade.definition.to_string())
            .with("verdict", Verdict::as_str(grade.verdict))
            .with("score", score(grade.score))
            .with("known", score(grade.known));
        put_figure(&mut row, grade.value, self.unit(&grade.key_result));
        row
    }

    fn draft(&self, idem: Idem, period: &str, rows: Vec<Value>) -> Draft {
        Draft {
            idem,
            repository: self.repository.clone(),
            at: self.at,
            parents: Some(self.parents.clone()),
            fields: Object::new()
                .with("krs", rows)
                .with("period", period)
                .with("policy", policy(&self.policy.sha256, self.read_from)),
        }
    }

    fn unit(&self, record_name: &str) -> Unit {
        let mut all = self.policy.key_results().map(|(_, key_result)| key_result);
        let is_it = |kr: &&KeyResult| self.policy.record_name(kr) == record_name;
        all.find(is_it).map_or(Unit::None, |kr| kr.unit)
    }
}
