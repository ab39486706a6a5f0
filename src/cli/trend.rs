//! `krgate records trend`: the figures of one key result over years, and the line through them.

use std::io::Write as _;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Serialize;

use super::args::InspectFormat;
use super::ledger::{Ledger, Store, repository};
use super::{Voice, drawn, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::decide::okr::{Course, course};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::calendar::Window;
use crate::model::history::Doubt;
use crate::model::{Bound, Quantity, Untrusted};
use crate::policy::{Policy, Unit};
use crate::record::months::{Asked, Figure, known_repository, series};
use crate::record::store::Wanted;
use crate::record::{Union, history};
use crate::render::encode::json;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) key_result: &'a str,
    pub(super) since: Option<Date>,
    pub(super) format: InspectFormat,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    key_result: &'a str,
    from: String,
    until: String,
    whole: bool,
    weeks: Vec<Week>,
    of: usize,
    redefined: Option<String>,
    slope: Option<String>,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct Week {
    week: String,
    value: String,
}

/// Runs the subcommand. It decides nothing: exit 4 where the ledger cannot be read or is not
/// whole, after what is known was written.
pub(super) fn run(
    question: Question<'_>,
    ledger: &Ledger,
    policy: Option<&Policy>,
    (surroundings, now): (&Surroundings, Timestamp),
    voice: Voice,
) -> ExitCode {
    let zone = policy.map_or(TimeZone::UTC, Policy::time_zone);
    let (name, unit) = match named(question.key_result, policy) {
        Ok(named) => named,
        Err(fault) => return refuse(&[*fault], &[], voice),
    };
    let since = question.since.and_then(|day| begin(day, &zone));
    let window = Window {
        start: since.unwrap_or_else(|| two_years_before(now, &zone)),
        end: now,
    };
    let read = match read(&name, window, ledger, surroundings, now) {
        Ok(read) => read,
        Err(fault) => return refuse(&[*fault], &[], voice),
    };
    let figures: Vec<_> = read
        .figures
        .iter()
        .filter(|figure| figure.of_state)
        .map(|figure| {
            let exact = figure.value.filter(|_| figure.bound == Bound::Exact);
            (figure.at, figure.definition, exact)
        })
        .collect();
    let course = course(&figures, window, &zone);
    let written = match question.format {
        InspectFormat::Text => {
            let text = text(&name, &course, unit, &zone, read.exists);
            output::to_stdout(text.as_bytes())
        }
        InspectFormat::Json => {
            let document = document(&name, &course, (window, &zone), &read.doubts);
            output::stream(|out| json::write_pretty(&document, out))
        }
    };
    let faults: Vec<Diagnostic> = read.doubts.iter().map(fault).collect();
    if faults.is_empty() {
        return written;
    }
    voice.log.say(&drawn(&faults, &[], voice.styled));
    written.max(ExitCode::of_faults(&faults))
}

/// What was read of the ledger.
struct Read {
    exists: bool,
    figures: Vec<Figure>,
    doubts: Vec<Doubt>,
}

fn read(
    key_result: &str,
    window: Window,
    ledger: &Ledger,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<Read, Box<Diagnostic>> {
    let (here, environment) = (&surroundings.directory, &surroundings.environment);
    let context = ci::context(environment)?;
    let git = Git::open(here, environment).ok();
    let origin = ci::origin(environment, &context, git.as_ref(), here);
    let said = |error: crate::record::store::StoreError| Box::new(error.diagnostic());
    if let Store::Dir(store) = &ledger.store {
        let mut own = repository(&origin, None);
        if origin.repository_id.is_none()
            && let Some(known) = known_repository(store, &own, now).map_err(said)?
        {
            own = known;
        }
        let asked = Asked {
            repository: &own.key(),
            key_result,
            from: window.start,
            until: window.end,
            now,
        };
        let cache = here.join(".krgate/cache");
        let series = series(store, Some(&cache), &asked).map_err(said)?;
        return Ok(Read {
            exists: series.exists,
            figures: series.figures,
            doubts: series.doubts,
        });
    }
    let scan = ledger.records().scan(&Wanted::all(now)).map_err(said)?;
    let union = Union::of([scan]);
    let own = repository(&origin, Some(&union)).key();
    let history = history::history(&union, Some(&own), now);
    let points = history.points_of(key_result);
    let figures = points
        .filter(|point| window.contains(point.at))
        .map(Figure::from);
    Ok(Read {
        exists: union.exists,
        figures: figures.collect(),
        doubts: history.doubts,
    })
}

/// The full name of a key result, and its unit where the policy has it. One that the policy has
/// no more is asked for by its full name.
fn named(asked: &str, policy: Option<&Policy>) -> Result<(String, Option<Unit>), Box<Diagnostic>> {
    let all = policy.into_iter().flat_map(Policy::key_results);
    let of = all.map(|(objective, kr)| (format!("{}/{}", objective.id, kr.id), kr));
    let mut fitting = of.filter(|(name, kr)| name == asked || kr.id == asked);
    if let Some((name, kr)) = fitting.next() {
        return Ok((name, Some(kr.measure.unit())));
    }
    if asked.contains('/') {
        return Ok((asked.to_owned(), None));
    }
    let message = Message::from("the policy has no key result ").foreign(Untrusted::new(asked));
    Err(Box::new(Diagnostic::new(Code::Usage, message).hint(
        "one of another policy is asked for as OBJECTIVE/ID, as records have it",
    )))
}

fn begin(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

fn two_years_before(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let then = zone.to_datetime(now).checked_sub(Span::new().years(2));
    let then = then.ok().and_then(|then| zone.to_timestamp(then).ok());
    then.unwrap_or(Timestamp::MIN)
}

fn fault(doubt: &Doubt) -> Diagnostic {
    let code = match doubt.code {
        "record-conflict" => Code::RecordConflict,
        "missing-parent" => Code::MissingParent,
        "unknown-schema" => Code::RecordSchemaUnknown,
        _ => Code::RecordDamaged,
    };
    Diagnostic::new(code, format!("the ledger is not whole: {}", doubt.what))
        .hint("`krgate records verify` names every fault")
}

fn text(name: &str, course: &Course, unit: Option<Unit>, zone: &TimeZone, exists: bool) -> String {
    let mut text = Vec::new();
    let shown = |value: Quantity| unit.map_or_else(|| value.to_string(), |unit| unit.show(value));
    let name = crate::model::visible(name);
    // Writing to memory does not fail.
    for (week, value) in &course.weeks {
        let day = zone.to_datetime(*week).date();
        let _ = writeln!(text, "{day}  {}", shown(*value));
    }
    if let Some(at) = course.redefined {
        let day = zone.to_datetime(at).date();
        let _ = writeln!(
            text,
            "defined anew on {day}: figures before are another thing"
        );
    }
    let weeks = format!("{} of {} weeks", course.weeks.len(), course.of);
    let _ = match course.trend {
        Ok(trend) => {
            let slope = trend.slope;
            let sign = if slope < Quantity::ZERO { "" } else { "+" };
            writeln!(
                text,
                "TREND: {name} {sign}{} a week over {weeks}",
                shown(slope)
            )
        }
        Err(_) if !exists => writeln!(text, "TREND: {name} unknown: there is no ledger yet"),
        Err(lack) => {
            let lack = lack.words("weeks");
            writeln!(text, "TREND: {name} insufficient data: {lack}")
        }
    };
    String::from_utf8_lossy(&text).into_owned()
}

fn document<'a>(
    name: &'a str,
    course: &Course,
    (window, zone): (Window, &TimeZone),
    doubts: &[Doubt],
) -> Document<'a> {
    let trend = course.trend.ok();
    let last = i64::try_from(course.of.saturating_sub(1)).unwrap_or(i64::MAX);
    let decimal = |value: Quantity| value.to_string();
    Document {
        schema: "krgate.trend/1",
        key_result: name,
        from: window.start.to_string(),
        until: window.end.to_string(),
        whole: doubts.is_empty(),
        weeks: course
            .weeks
            .iter()
            .map(|(week, value)| Week {
                week: zone.to_datetime(*week).date().to_string(),
                value: decimal(*value),
            })
            .collect(),
        of: course.of,
        redefined: course.redefined.map(|at| at.to_string()),
        slope: trend.map(|trend| decimal(trend.slope)),
        first: trend.map(|trend| decimal(trend.at(0))),
        last: trend.map(|trend| decimal(trend.at(last))),
    }
}
