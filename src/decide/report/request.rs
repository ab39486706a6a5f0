//! What a report is asked to be.

use jiff::Timestamp;

use crate::policy::{Filter, KeyResult, Measure, Term};

/// What a report is asked to be.
#[derive(Debug, Clone, Default)]
pub struct ReportRequest {
    /// From when on changes are told.
    pub span: Span,
    /// What findings and key results are shown; `None` for all (rule P16).
    pub filter: Option<ReportFilter>,
    /// Its name, under which `events` finds its record (rule F17).
    pub name: Option<String>,
}

/// From when on changes are told; always until the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// The last seven days.
    #[default]
    LastWeek,
    /// From this moment on.
    Since(Timestamp),
    /// The whole period of the policy, as far as it is over.
    Period,
}

/// What findings and key results a report shows. It never changes a verdict (rule P16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFilter {
    /// CWE numbers, ascending, each once; never empty.
    cwe: Vec<u32>,
}

impl ReportFilter {
    /// Findings of these weaknesses, and the key results that name one of them; `None` of no
    /// number.
    pub fn of_cwe(numbers: impl IntoIterator<Item = u32>) -> Option<Self> {
        let mut cwe: Vec<u32> = numbers.into_iter().collect();
        cwe.sort_unstable();
        cwe.dedup();
        (!cwe.is_empty()).then_some(Self { cwe })
    }

    /// The CWE numbers, ascending.
    pub fn cwe(&self) -> &[u32] {
        &self.cwe
    }

    /// As it is written on the command line and in a title: `cwe=284,639`.
    pub fn in_words(&self) -> String {
        let numbers: Vec<String> = self.cwe.iter().map(ToString::to_string).collect();
        format!("cwe={}", numbers.join(","))
    }

    /// True for a finding of one of these weaknesses.
    pub(super) fn shows_finding(&self, cwe: &[u32]) -> bool {
        self.cwe.iter().any(|wanted| cwe.contains(wanted))
    }

    /// True for a key result whose measure names one of these weaknesses.
    pub(super) fn shows(&self, key_result: &KeyResult) -> bool {
        findings_of(&key_result.measure).is_some_and(|filter| self.is_named(filter))
    }

    fn is_named(&self, filter: &Filter) -> bool {
        filter.terms.iter().any(|term| match term {
            Term::Cwe(numbers) => self.shows_finding(numbers),
            Term::Any(filters) => filters.iter().any(|filter| self.is_named(filter)),
            _ => false,
        })
    }
}

/// Which findings a measure looks at, those of the past included; `None` for one that looks at
/// none.
pub(super) const fn findings_of(measure: &Measure) -> Option<&Filter> {
    match measure {
        Measure::Past(past) => Some(&past.filter),
        other => other.filter(),
    }
}
