//! Facts of a report in words, each made once for all formats that people read.

use jiff::Timestamp;

use crate::decide::okr::{Band, Grade, KeyResultProgress};
use crate::decide::report::{
    Blocker, Change, Course, FindingChange, FindingLabel, Report, ToolChange, VerdictFacts,
    WaiverNotice, WaiverWhy,
};
use crate::decide::{Score, Verdict};
use crate::diagnostic::Message;
use crate::measure::Reason;
use crate::model::history::Frozen;
use crate::model::{Bound, Quantity, Untrusted, UntrustedText};
use crate::policy::Unit;
use crate::render::status::{self, Status, facts};
use crate::render::words;

/// Blockers that the verdict line names.
const MOST_BLOCKERS: usize = 10;

/// The report as a status, for the facts that both tell.
pub(in crate::render) fn status(report: &Report) -> Status<'_> {
    let about = &report.about;
    Status {
        progress: &report.progress,
        about: status::About {
            version: about.version,
            policy_path: &about.policy_path,
            policy_sha256: &about.policy_sha256,
            mission: about.mission.as_deref(),
            ledger: &about.ledger,
            ledger_exists: about.ledger_exists,
            zone: &about.zone,
        },
    }
}

/// What is to be said before anything else: of a ledger that is absent, empty or damaged.
pub(in crate::render) fn on_top(report: &Report) -> Vec<Message> {
    facts::on_top(&status(report))
}

/// The name of the report, what its filter shows, and its day (rule P16).
pub(in crate::render) fn title(report: &Report) -> Message {
    let mut title = Message::from("Report");
    if let Some(name) = &report.name {
        title = title.own(" ").foreign(Untrusted::new(name));
    }
    if let Some(filter) = &report.filter {
        title = title.own(format!(", only {}", filter.in_words()));
    }
    title.own(format!(" of {}", report.day(report.about.now)))
}

/// What blocks, in one sentence (rules P12, P16).
pub(in crate::render) fn verdict_line(report: &Report) -> Message {
    let verdict = &report.verdict;
    let mut line = Message::default();
    if let (Some(filter), Some((met, missed, unknown))) = (&report.filter, verdict.shown) {
        let total = met + missed + unknown;
        line = line.own(format!(
            "Only {}: {}. Of all: ",
            filter.in_words(),
            counted(total, missed, unknown)
        ));
    }
    line = line.own(counted(verdict.total, verdict.missed, verdict.unknown));
    line.own("; ").join(&blocked(verdict))
}

fn counted(total: usize, missed: usize, unknown: usize) -> String {
    let noun = if total == 1 {
        "key result"
    } else {
        "key results"
    };
    if total == 0 {
        return format!("no {noun}");
    }
    if missed == 0 && unknown == 0 {
        return format!("all {total} {noun} met");
    }
    format!("{missed} of {total} {noun} missed, {unknown} unknown")
}

fn blocked(verdict: &VerdictFacts) -> Message {
    let blockers = &verdict.blockers;
    if blockers.is_empty() {
        return Message::from("nothing blocks a release.");
    }
    let mut line = Message::from("a release is blocked by ");
    for (place, blocker) in blockers.iter().take(MOST_BLOCKERS).enumerate() {
        if place > 0 {
            line = line.own(", ");
        }
        line = line.foreign(Untrusted::new(&blocker.id)).own(how(blocker));
    }
    let more = blockers.len().saturating_sub(MOST_BLOCKERS);
    if more > 0 {
        line = line.own(format!(" and {more} more, all in the table below"));
    }
    line.own(".")
}

fn how(blocker: &Blocker) -> &'static str {
    match (blocker.verdict, blocker.is_shown) {
        (Verdict::Unknown, true) => " (unknown)",
        (Verdict::Unknown, false) => " (unknown, not shown)",
        (_, true) => "",
        (_, false) => " (not shown)",
    }
}

/// A figure as rule P2 has it: a share with one place, days and hours with one place, and a
/// minus sign that is one.
pub(in crate::render) fn number(unit: Unit, value: Quantity) -> String {
    let times = |factor: i64| value.times(Quantity::whole(factor));
    let over = |seconds: i64| value.over(Quantity::whole(seconds)).unwrap_or(value);
    let shown = match unit {
        Unit::Percent => format!("{}%", times(100).to_decimal(1)),
        Unit::Duration("d") => format!("{} d", over(86_400).to_decimal(1)),
        Unit::Duration("h") => format!("{} h", over(3_600).to_decimal(1)),
        Unit::Duration("min") => format!("{} min", over(60).to_decimal(1)),
        _ => unit.show(value),
    };
    minus(&shown)
}

fn minus(shown: &str) -> String {
    shown
        .strip_prefix('-')
        .map_or_else(|| shown.to_owned(), |rest| format!("\u{2212}{rest}"))
}

/// `26 findings`, `> 40.0 d`, `at least 3 secrets`, `unknown`. A length of time whose quantile
/// was not reached lies beyond its bound; a count is its bound or more.
pub(in crate::render) fn figure(unit: Unit, value: Option<Quantity>, bound: Bound) -> String {
    let Some(value) = value else {
        return "unknown".to_owned();
    };
    let noun = match unit {
        Unit::Findings => " finding",
        Unit::Secrets => " secret",
        Unit::Paths => " path",
        Unit::None | Unit::Cvss | Unit::Percent | Unit::Duration(_) => "",
    };
    let plural = if noun.is_empty() || value == Quantity::ONE {
        ""
    } else {
        "s"
    };
    let bound = match (bound, unit) {
        (Bound::Exact, _) => "",
        (Bound::AtLeast, Unit::Duration(_)) => "> ",
        (Bound::AtLeast, _) => "at least ",
    };
    format!("{bound}{}{noun}{plural}", number(unit, value))
}

/// What a key result stands at, with `as of` where the figure does not count any more (rule
/// P3).
pub(in crate::render) fn value(report: &Report, key_result: &KeyResultProgress) -> String {
    let standing = &key_result.figure;
    let shown = figure(key_result.unit, standing.value, standing.bound);
    match (standing.value, standing.stale, standing.at) {
        (Some(_), true, Some(at)) => format!("{shown} as of {}, stale", report.day(at)),
        _ => shown,
    }
}

/// The target, with the start where there is one: `<= 3, from 12`.
pub(in crate::render) fn target(key_result: &KeyResultProgress) -> String {
    let unit = key_result.unit;
    // A promise is not rounded.
    let shown = unit.show_target(&key_result.target);
    match key_result.start {
        Some(start) => format!("{shown}, from {}", number(unit, start)),
        None => shown,
    }
}

/// `0.83 green`, `unknown`.
pub(in crate::render) fn score(score: Option<Quantity>) -> String {
    facts::score(score, score.map(Band::of).map(Band::as_str))
}

/// `0.83 green, 75% known` (rule P14).
pub(in crate::render) fn objective_score(of: Score) -> String {
    format!("{}, {} known", score(of.value), facts::percent(of.known))
}

/// The shape that stands for a verdict beside its word (rules P3, P24).
pub(in crate::render) const fn shape(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "●",
        Verdict::Missed => "✕",
        Verdict::Unknown => "◇",
    }
}

/// How the figure compares with that of seven days before: an arrow that tells better or
/// worse, the word, and by how much (rule P13).
pub(in crate::render) fn change(report: &Report, unit: Unit, change: Change) -> String {
    match change {
        Change::New => "new".to_owned(),
        Change::UnknownNow => "unknown: no figure now".to_owned(),
        Change::UnknownThen(at) => format!("unknown: no figure on {}", report.day(at)),
        Change::Redefined(at) => format!("defined anew on {}", report.day(at)),
        Change::Bound => "unknown: a bound".to_owned(),
        Change::By {
            before,
            delta,
            course,
            ..
        } => {
            let word = course.as_str();
            if delta == Quantity::ZERO {
                return format!("{} {word}", arrow(course));
            }
            let sign = if delta > Quantity::ZERO { "+" } else { "" };
            let by = match unit {
                // A difference of shares is in points, not in percent of anything.
                Unit::Percent => {
                    let points = delta.times(Quantity::whole(100)).to_decimal(1);
                    format!("{} points", minus(&points))
                }
                _ => number(unit, delta),
            };
            let was = number(unit, before);
            format!("{} {word}: {sign}{by}, was {was}", arrow(course))
        }
    }
}

/// Tells better or worse, and not up or down.
const fn arrow(course: Course) -> &'static str {
    match course {
        Course::Better => "▲",
        Course::Worse => "▼",
        Course::Same => "=",
        Course::Neither => "~",
    }
}

/// How old the figure is: `2026-11-16, 0.1 d`, `measured now`, `never`.
pub(in crate::render) fn evidence_age(report: &Report, key_result: &KeyResultProgress) -> String {
    let standing = &key_result.figure;
    match (standing.value.and(standing.at), standing.last_known) {
        (Some(at), _) if at == report.about.now => "measured now".to_owned(),
        (Some(at), _) => format!("{}, {} old", report.day(at), age(report, at)),
        (None, Some(at)) => format!("last known {}, {} ago", report.day(at), age(report, at)),
        (None, None) => "never".to_owned(),
    }
}

/// `3.5 d`.
pub(in crate::render) fn age(report: &Report, at: Timestamp) -> String {
    let seconds = report.about.now.as_second().saturating_sub(at.as_second());
    let days = Quantity::ratio(seconds.max(0), 86_400).unwrap_or(Quantity::ZERO);
    format!("{} d", days.to_decimal(1))
}

/// `on track`, `behind, 20.0 points behind`; a dash of words where a kind has none (rule K19).
pub(in crate::render) fn pace(report: &Report, key_result: &KeyResultProgress) -> String {
    if is_over(report) {
        return "period over".to_owned();
    }
    facts::pace(key_result).unwrap_or_else(|| "none".to_owned())
}

/// `74% (open)`, `insufficient data: 3 of 5 weeks`, `none` (rules K21, K23).
pub(in crate::render) fn forecast(report: &Report, key_result: &KeyResultProgress) -> String {
    if is_over(report) {
        return "period over".to_owned();
    }
    let steps = key_result.step.plural();
    match key_result.forecast {
        Ok(forecast) => format!(
            "{}% ({})",
            forecast.shown_percent(),
            forecast.likelihood().as_str()
        ),
        Err(crate::decide::okr::Insufficient::NoTarget) => "none".to_owned(),
        Err(lack) => format!("insufficient data: {}", lack.words(steps)),
    }
}

/// `50% on 2026-11-09`, `none` (rule K20).
pub(in crate::render) fn confidence(report: &Report, key_result: &KeyResultProgress) -> String {
    key_result.confidence.map_or_else(
        || "none".to_owned(),
        |confidence| {
            let stale = if confidence.stale { ", stale" } else { "" };
            format!(
                "{} on {}{stale}",
                facts::percent(confidence.value),
                report.day(confidence.at)
            )
        },
    )
}

/// True if the period of the policy is over: what is likely to come is told no more.
pub(in crate::render) fn is_over(report: &Report) -> bool {
    let period = report.progress.period.as_ref();
    period.is_some_and(|period| period.window.end <= report.about.now)
}

/// `closed on 2027-01-02 at 4 findings, missed, score 0.89 green` (rule P15).
pub(in crate::render) fn closed(report: &Report, unit: Unit, closed: &Frozen) -> String {
    format!(
        "closed on {} at {}, {}, score {}",
        report.day(closed.at),
        figure(unit, closed.value, Bound::Exact),
        closed.verdict.map_or("unknown", Verdict::as_str),
        score(closed.score)
    )
}

/// `amended: it would be 2 findings, met, score 1.00 green` (rules P15, K28).
pub(in crate::render) fn amended(unit: Unit, grade: &Grade) -> String {
    format!(
        "amended: with what came after the close it would be {}, {}, score {}",
        figure(unit, grade.value, Bound::Exact),
        grade.verdict.as_str(),
        score(Some(grade.score))
    )
}

/// `unknown: nobody has checked in yet`, with what would make it known.
pub(in crate::render) fn reason(reason: &Reason) -> Message {
    let said = reason.message.clone();
    match &reason.remedy {
        Some(remedy) => said.own("; ").join(remedy),
        None => said,
    }
}

/// `B605 at app/shell.py:12`: rule, path and line, and never a message (rule P10).
pub(in crate::render) fn finding(finding: &FindingLabel) -> Message {
    let mut said = Message::default().foreign(finding.rule.as_untrusted());
    let place = finding.path.as_ref().or(finding.package.as_ref());
    if let Some(place) = place {
        let word = if finding.path.is_some() {
            " at "
        } else {
            " in "
        };
        said = said.own(word).foreign(place.as_untrusted());
    }
    if let Some(line) = finding.line.filter(|_| finding.path.is_some()) {
        said = said.own(format!(" line {line}"));
    }
    said
}

/// `CVSS 9.8`, `high`, `no score`.
pub(in crate::render) fn badness(finding: &FindingLabel) -> String {
    match (finding.cvss, finding.severity) {
        (Some(score), _) => format!("CVSS {score}"),
        (None, Some(severity)) => severity.as_str().to_owned(),
        (None, None) => "no score".to_owned(),
    }
}

/// The first digits of a finding's id, as `explain` takes them.
pub(in crate::render) fn short_id(finding: &FindingLabel) -> String {
    let id = finding.id.to_string();
    id.get(..8).unwrap_or(&id).to_owned()
}

/// `new on 2026-11-12: scan`.
pub(in crate::render) fn event(report: &Report, change: &FindingChange) -> String {
    format!(
        "{} on {}: {}",
        change.event.as_str(),
        report.day(change.at),
        change.cause.as_str()
    )
}

/// `semgrep (sast) from 1.0 to 1.1 on 2026-11-16: 2 findings came, 1 went` (rule P32).
pub(in crate::render) fn tool_change(report: &Report, change: &ToolChange) -> Message {
    let version = |said: Message, word: &'static str, version: Option<&UntrustedText>| {
        let said = said.own(word);
        match version {
            Some(version) => said.foreign(version.as_untrusted()),
            None => said.own("a version that is not recorded"),
        }
    };
    let mut said = Message::default()
        .foreign(change.tool.as_untrusted())
        .own(format!(" ({})", change.class));
    said = if change.from == change.to {
        said.own(": other rules")
    } else {
        let from = version(said, " from ", change.from.as_ref());
        version(from, " to ", change.to.as_ref())
    };
    let came = u64::try_from(change.came).unwrap_or(u64::MAX);
    said.own(format!(
        " on {}: {} came with it, {} went",
        report.day(change.at),
        words::count(came, "finding"),
        change.went
    ))
}

/// `ended 3 days ago, on 2026-11-13`.
pub(in crate::render) fn waiver_why(notice: &WaiverNotice) -> String {
    let days = |days: u32| words::count(days.into(), "day");
    let day = notice
        .expires
        .map_or_else(String::new, |day| format!(" ({day})"));
    match notice.why {
        WaiverWhy::Ended(ago) => format!("ended {} ago{day}", days(ago)),
        WaiverWhy::EndsIn(0) => format!("ends today{day}"),
        WaiverWhy::EndsIn(left) => format!("ends in {}{day}", days(left)),
        WaiverWhy::MatchedNothing => "matched nothing in the last recorded run".to_owned(),
    }
}

/// `due today`, `due in 3 days`, `2 days late`.
pub(in crate::render) fn due(days: i64) -> String {
    let number = |days: i64| words::count(days.unsigned_abs(), "day");
    match days {
        0 => "due today".to_owned(),
        days if days > 0 => format!("due in {}", number(days)),
        days => format!("{} late", number(days)),
    }
}
