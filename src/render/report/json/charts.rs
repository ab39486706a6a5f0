//! What charts are drawn from, as rows.

use serde::Serialize;

use super::moment;
use crate::decide::report::{AGE_BANDS, AgeWeek, Coverage};
use crate::measure::Survival;
use crate::render::encode::json::JsonText;
use crate::render::json::{ReasonRow, decimal, text};

#[derive(Serialize)]
pub(super) struct AgeRow {
    week: String,
    at: String,
    open: Option<Vec<BandRow>>,
    may_be_older: u64,
}

#[derive(Serialize)]
struct BandRow {
    from_days: i64,
    to_days: Option<i64>,
    findings: u64,
}

impl From<&AgeWeek> for AgeRow {
    fn from(week: &AgeWeek) -> Self {
        let bands = |open: [u64; 5]| {
            let bands = AGE_BANDS.iter().zip(open);
            let row = |((_, from, to), findings): (&(&str, i64, i64), u64)| BandRow {
                from_days: *from,
                to_days: (*to != i64::MAX).then_some(*to),
                findings,
            };
            bands.map(row).collect()
        };
        Self {
            week: week.week.to_string(),
            at: moment(week.at),
            open: week.open.map(bands),
            may_be_older: week.may_be_older,
        }
    }
}

#[derive(Serialize)]
pub(super) struct SurvivalRow {
    n: usize,
    steps: Vec<SurvivalStepRow>,
    open_ages: Vec<u64>,
    left_truncated: usize,
}

#[derive(Serialize)]
struct SurvivalStepRow {
    age_seconds: u64,
    at_risk: u64,
    fixed: u64,
    share: String,
}

impl From<&Survival> for SurvivalRow {
    fn from(curve: &Survival) -> Self {
        Self {
            n: curve.n(),
            steps: curve
                .steps
                .iter()
                .map(|step| SurvivalStepRow {
                    age_seconds: step.age,
                    at_risk: step.at_risk,
                    fixed: step.fixed,
                    share: decimal(step.share),
                })
                .collect(),
            open_ages: curve.open.clone(),
            left_truncated: curve.left_truncated,
        }
    }
}

#[derive(Serialize)]
pub(super) struct CoverageRows<'a> {
    repositories: Vec<RepositoryRow<'a>>,
    no_inventory: Option<ReasonRow>,
}

#[derive(Serialize)]
struct RepositoryRow<'a> {
    repository: JsonText<'a>,
    name: JsonText<'a>,
    listed: bool,
    classes: Vec<CellRow>,
}

#[derive(Serialize)]
struct CellRow {
    class: &'static str,
    state: &'static str,
    last: Option<String>,
}

impl<'a> From<&'a Coverage> for CoverageRows<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        let rows = coverage.rows.iter().map(|row| RepositoryRow {
            repository: text(&row.repository),
            name: text(&row.name),
            listed: row.is_listed,
            classes: row
                .cells
                .iter()
                .map(|cell| CellRow {
                    class: cell.class.as_str(),
                    state: cell.state.as_str(),
                    last: cell.last.map(moment),
                })
                .collect(),
        });
        Self {
            repositories: rows.collect(),
            no_inventory: coverage.no_inventory.as_ref().map(ReasonRow::from),
        }
    }
}
