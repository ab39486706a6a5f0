//! What a key result measures, in one line and in the words of the policy.

use crate::model::Class;
use crate::policy::{Distinct, Filter, KevWord, Measure, Policy, SuppressedAs, SuppressedBy, Term};

/// The measure with its filter, as the policy has it once packs and files are merged:
/// `count of findings with class: sast, sca; cvss: > 4.0`.
pub fn formula(measure: &Measure, policy: &Policy) -> String {
    let of = |what: &str, filter: &Filter| match filter.terms.as_slice() {
        [] => format!("{what}, whatever they are"),
        _ => format!("{what} with {}", filter_words(filter, policy)),
    };
    match measure {
        Measure::Count(filter, distinct) => of(&format!("count of {}", things(*distinct)), filter),
        Measure::Introduced(filter, distinct) => of(
            &format!("count of introduced {}", things(*distinct)),
            filter,
        ),
        Measure::MaxCvss(filter) => of("highest CVSS score of findings", filter),
        Measure::Tools(demand) => {
            let legs = demand.legs.iter();
            let legs: Vec<String> = legs
                .map(|(class, tools)| format!("{class}: {tools}", class = class.as_str()))
                .collect();
            format!("share of the demanded tools that ran ({})", legs.join(", "))
        }
        Measure::Suppressed {
            filter,
            by,
            shown_as,
        } => {
            let what = match shown_as {
                SuppressedAs::Count => "count of findings",
                SuppressedAs::Share => "share of findings",
            };
            let by: Vec<&str> = by.iter().map(|by| silenced_by(*by)).collect();
            let what = format!("{what} set aside by {}, of those", by.join(" or "));
            of(&what, filter)
        }
        Measure::CheckIn(_) => "the last figure that was checked in".to_owned(),
        Measure::Events(demand) => format!(
            "share of the windows that are over with at least {} of {}",
            demand.at_least, demand.name
        ),
        Measure::Milestones(_) => "share of the steps that are done, by weight".to_owned(),
        Measure::Routed(filter) => of("share with an owner in CODEOWNERS of findings", filter),
        Measure::Density { filter, per, .. } => {
            of(&format!("findings per {per} lines, of findings"), filter)
        }
        Measure::Inventory => "share of tools that are listed and ran".to_owned(),
        Measure::Figure(figure, _) => format!("{} of a data file", figure.name()),
        Measure::Past(past) if past.filter.terms.is_empty() => {
            format!("{} of the ledger", past.kind.name())
        }
        Measure::Past(past) => {
            let what = match past.distinct {
                Distinct::Default => "findings",
                distinct => things(distinct),
            };
            of(&format!("{} of {what}", past.kind.name()), &past.filter)
        }
    }
}

const fn things(distinct: Distinct) -> &'static str {
    match distinct {
        Distinct::Default => "findings (secrets by secret)",
        Distinct::Finding => "findings",
        Distinct::Vulnerability => "vulnerabilities (advisory and package)",
        Distinct::Secret => "secrets",
        Distinct::Path => "paths",
    }
}

const fn silenced_by(by: SuppressedBy) -> &'static str {
    match by {
        SuppressedBy::Source => "the report",
        SuppressedBy::Waiver => "a waiver",
        SuppressedBy::Vex => "VEX",
    }
}

fn filter_words(filter: &Filter, policy: &Policy) -> String {
    let terms = filter.terms.iter();
    let terms: Vec<String> = terms.map(|term| term_words(term, policy)).collect();
    terms.join("; ")
}

fn term_words(term: &Term, policy: &Policy) -> String {
    let list = |name: &str, words: Vec<&str>| format!("{name}: {}", words.join(", "));
    let globs = |globs: &[globset::GlobMatcher]| -> Vec<String> {
        globs.iter().map(|g| g.glob().glob().to_owned()).collect()
    };
    match term {
        Term::Scope(scopes) => {
            let known = scopes.iter().filter_map(|place| policy.scopes.get(*place));
            list("scope", known.map(|scope| scope.name.as_str()).collect())
        }
        Term::Class(classes) => {
            let known = Class::ALL.iter().filter(|class| classes.contains(**class));
            list("class", known.map(|class| class.as_str()).collect())
        }
        Term::Severity(bands) => list("severity", bands.iter().map(|b| b.as_str()).collect()),
        Term::Cvss(comparison) => format!("cvss: {comparison}"),
        Term::Level(levels) => list("level", levels.iter().map(|l| l.as_str()).collect()),
        Term::Cwe(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("cwe: {}", numbers.join(", "))
        }
        Term::Tool(tools) => format!("tool: {}", tools.join(", ")),
        Term::Rule(rules) => format!("rule: {}", globs(rules).join(", ")),
        Term::Tag(tags) => format!("tag: {}", tags.join(", ")),
        Term::Path { within, without } => {
            let without = globs(without).into_iter().map(|glob| format!("!{glob}"));
            let all: Vec<String> = globs(within).into_iter().chain(without).collect();
            format!("path: {}", all.join(", "))
        }
        Term::Introduced(true) => "state: introduced".to_owned(),
        Term::Introduced(false) => "state: existing".to_owned(),
        Term::Validity(states) => list("validity", states.iter().map(|v| v.as_str()).collect()),
        Term::Epss(comparison) => format!("epss: {comparison}"),
        Term::Kev(KevWord::Listed) => "kev: listed".to_owned(),
        Term::Kev(KevWord::PastDue) => "kev: past_due".to_owned(),
        Term::Kev(KevWord::Ransomware) => "kev: ransomware".to_owned(),
        Term::FixAvailable(fix) => format!("fix_available: {fix}"),
        Term::Age(comparison) => format!("age: {comparison} s"),
        Term::Package(packages) => format!("package: {}", globs(packages).join(", ")),
        Term::Owner(owners) => format!("owner: {}", owners.join(", ")),
        Term::Not(filter) => format!("not ({})", filter_words(filter, policy)),
        Term::Any(filters) => {
            let all = filters.iter();
            let all: Vec<String> = all
                .map(|filter| format!("({})", filter_words(filter, policy)))
                .collect();
            format!("any of {}", all.join(" or "))
        }
    }
}
