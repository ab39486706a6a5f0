//! A key result as a page shows it: what a status knows, and what a report knows besides.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::decide::Verdict;
use crate::decide::okr::{
    Insufficient, KeyResultProgress, Kind, ObjectiveProgress, Progress, StepLength,
};
use crate::decide::report::{KeyResultFacts, Report};
use crate::model::calendar::{Cadence, Window, iso_week};
use crate::model::history::RecordId;
use crate::model::{Bound, Quantity, UntrustedText};
use crate::policy::{Target, Unit};
use crate::render::chart::{
    BurnDown, Goal, Mark, Measured, Outlook, Reading, Sparkline, ToolChange, WEEKS,
};
use crate::render::encode::html::HtmlText;

/// An objective with the key results of it that are shown.
pub(super) struct Group<'a> {
    /// How far it has come; its score is of all its key results.
    pub(super) objective: &'a ObjectiveProgress,
    /// How many of its key results are not shown.
    pub(super) hidden: usize,
    /// Those that are.
    pub(super) entries: Vec<Entry<'a>>,
}

/// A key result with its weeks.
pub(super) struct Entry<'a> {
    /// The objective that it belongs to.
    pub(super) objective: &'a ObjectiveProgress,
    /// How far it has come.
    pub(super) kr: &'a KeyResultProgress,
    /// Its weeks, or steps, up to the clock, in the order of time.
    pub(super) cells: Vec<Cell>,
    /// What a report knows besides.
    pub(super) facts: Option<&'a KeyResultFacts>,
}

/// A week or a step.
pub(super) struct Cell {
    /// `2026-W41`, or the day that a step begins.
    pub(super) name: String,
    /// From when to when.
    pub(super) window: Window,
    /// Where its figure is drawn: when it was judged, or where that is not known the begin of
    /// the week.
    pub(super) at: Timestamp,
    /// The last figure in it, in the base unit; `None` for a gap.
    pub(super) value: Option<Quantity>,
    /// Whether it is exact.
    pub(super) bound: Bound,
    /// What became of it.
    pub(super) verdict: Verdict,
    /// How many things it was made from.
    pub(super) n: Option<u64>,
    /// The record that holds it.
    pub(super) record: Option<RecordId>,
    /// False for one that a sparkline shows and no table.
    pub(super) is_listed: bool,
}

/// What the page is of.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// How far everything has come.
    pub(super) progress: &'a Progress,
    /// What days are told in.
    pub(super) zone: &'a TimeZone,
}

impl<'a> Ground<'a> {
    /// The key results of a status: the steps of the period are all that it knows.
    pub(super) fn of_status(self) -> Vec<Group<'a>> {
        let objectives = self.progress.objectives.iter();
        let groups = objectives.map(|objective| Group {
            objective,
            hidden: 0,
            entries: objective
                .key_results
                .iter()
                .map(|kr| Entry {
                    objective,
                    kr,
                    cells: self.cells(kr),
                    facts: None,
                })
                .collect(),
        });
        groups.collect()
    }

    /// Those of a report that are shown.
    pub(super) fn of_report(report: &'a Report) -> Vec<Group<'a>> {
        let objectives = report.objectives().into_iter();
        let groups = objectives.map(|shown| Group {
            objective: shown.progress,
            hidden: shown.hidden,
            entries: shown
                .key_results
                .into_iter()
                .map(|shown_key_result| Entry {
                    objective: shown.progress,
                    kr: shown_key_result.progress,
                    cells: weeks(report, shown_key_result.facts),
                    facts: Some(shown_key_result.facts),
                })
                .collect(),
        });
        groups.collect()
    }

    /// The day of a moment, in the zone of the policy.
    pub(super) fn day(self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// True if the period is over.
    pub(super) fn is_over(self) -> bool {
        self.period()
            .is_some_and(|period| period.end <= self.progress.now)
    }

    /// How old a figure is, in words.
    pub(super) fn age(self, kr: &KeyResultProgress) -> Markup {
        let (figure, now) = (&kr.figure, self.progress.now);
        let days = |at: Timestamp| {
            let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
            Quantity::ratio(seconds, 86_400).unwrap_or(Quantity::ZERO)
        };
        html! {
            @match (figure.at.filter(|_| figure.value.is_some()), figure.last_known) {
                (Some(at), _) if at == now => { "measured now" }
                (Some(at), _) => {
                    (days(at).to_decimal(1)) " d ago"
                    @if figure.stale { " " span class="unknown" { "stale" } }
                }
                (None, Some(at)) => { "last known on " (self.day(at)) }
                (None, None) => { "never known" }
            }
        }
    }

    /// The period, if there is one.
    fn period(self) -> Option<Window> {
        self.progress.period.as_ref().map(|period| period.window)
    }

    fn cells(self, kr: &KeyResultProgress) -> Vec<Cell> {
        let Some(period) = self.period() else {
            return Vec::new();
        };
        let mut cells = Vec::new();
        for (number, window) in (0_i64..).zip(self.windows(period, kr.step)) {
            if window.start > self.progress.now {
                break;
            }
            let step = kr.steps.iter().find(|step| step.number == number);
            let value = step.map(|step| step.value);
            cells.push(Cell {
                name: self.name(window, kr.step),
                window,
                at: window.start.max(period.start),
                value,
                bound: Bound::Exact,
                verdict: verdict(&kr.target, value),
                n: None,
                record: None,
                is_listed: true,
            });
        }
        cells
    }

    /// The steps of a period as the arithmetic counts them.
    fn windows(self, period: Window, step: StepLength) -> Vec<Window> {
        let cadence = match step {
            StepLength::Week => Cadence::Week,
            StepLength::Every(seconds) => Cadence::Every {
                from: period.start,
                seconds,
            },
        };
        let mut windows = Vec::new();
        let mut at = period.start;
        while at < period.end
            && windows.len() < 10_000
            && let Some(window) = cadence.window_of(at, self.zone)
        {
            windows.push(window);
            if window.end <= at {
                break;
            }
            at = window.end;
        }
        windows
    }

    fn name(self, window: Window, step: StepLength) -> String {
        match step {
            StepLength::Week => {
                let (year, week) = iso_week(window.start, self.zone);
                format!("{year}-W{week:02}")
            }
            StepLength::Every(_) => self.zone.to_datetime(window.start).date().to_string(),
        }
    }

    /// Weeks of the period that are over and of which no figure is known.
    fn unknown(self, entry: &Entry<'_>, period: Window) -> Vec<Window> {
        let cells = entry.cells.iter();
        let gaps = cells.filter(|cell| {
            let window = cell.window;
            let in_period = period.start < window.end && window.start < period.end;
            in_period && cell.value.is_none() && window.end <= self.progress.now
        });
        gaps.map(|cell| cell.window).collect()
    }

    /// The chart of the period; `None` where there is none or nothing is known yet.
    pub(super) fn burn_down(self, entry: &'a Entry<'a>) -> Option<BurnDown<'a>> {
        let (kr, period) = (entry.kr, self.period()?);
        let readings: Vec<Reading> = readings(entry);
        let inside = |reading: &Reading| period.start <= reading.at && reading.at <= period.end;
        let readings: Vec<Reading> = readings.into_iter().filter(inside).collect();
        let (first, last) = (readings.first()?, readings.last()?);
        let unit = kr.unit;
        let moves = matches!(kr.kind, Kind::Up | Kind::Down);
        let goal = match &kr.target {
            Target::Compare(_, than) => Goal::Line(shown(unit, *than), target_words(kr)),
            Target::Within(low, high) => {
                Goal::Between(shown(unit, *low), shown(unit, *high), target_words(kr))
            }
            Target::OfStart(..) | Target::Measured => Goal::None,
        };
        let over = period.end <= self.progress.now;
        let outlook = match kr.forecast {
            _ if over => Outlook::None,
            Ok(forecast) => Outlook::Fan {
                from: (last.at, last.value),
                low: shown(unit, forecast.p10),
                high: shown(unit, forecast.p90),
            },
            Err(Insufficient::NoTarget) => Outlook::None,
            Err(lack) => Outlook::Insufficient(lack.words(kr.step.plural())),
        };
        let redefined = kr.segments.iter().skip(1).map(|segment| segment.from);
        Some(BurnDown {
            id: &kr.id,
            title: HtmlText::label(crate::model::Untrusted::new(&kr.title)),
            says: says(kr, first.value, last.value),
            measured: measured(unit),
            window: period,
            zone: self.zone,
            unknown: self.unknown(entry, period),
            redefined: redefined.filter(|at| period.contains(*at)).collect(),
            start: kr.start.filter(|_| moves).map(|start| shown(unit, start)),
            goal,
            trend: self.trend(entry, period),
            outlook,
            tool_changes: tool_changes(entry, period),
            readings,
        })
    }

    /// The trend from the first known step to the last one of the period.
    fn trend(self, entry: &Entry<'_>, period: Window) -> Option<[(Timestamp, Quantity); 2]> {
        let kr = entry.kr;
        let trend = kr.trend.ok()?;
        let windows = self.windows(period, kr.step);
        let begin = |step: i64| {
            let step = usize::try_from(step).ok()?;
            windows
                .get(step)
                .map(|window| window.start.max(period.start))
        };
        let first = kr.steps.first()?.number;
        let last = i64::try_from(windows.len().checked_sub(1)?).ok()?;
        let point = |step: i64| Some((begin(step)?, shown(kr.unit, trend.at(step))));
        Some([point(first)?, point(last)?])
    }
}

/// What a row of the table with the numbers is.
pub(super) fn step_name(kr: &KeyResultProgress) -> &'static str {
    match kr.step {
        StepLength::Week => "Week",
        StepLength::Every(_) => "From",
    }
}

/// "from 40 to 26, target <= 10, 7 weeks left, hit 74 %".
fn says(kr: &KeyResultProgress, first: Quantity, last: Quantity) -> String {
    let number = |figure: Quantity| typographic(&rounded(figure));
    let mut says = format!("from {} to {}", number(first), number(last));
    let unit = measured(kr.unit).unit;
    if !unit.is_empty() {
        says = format!("{says} {unit}");
    }
    says = format!("{says}, {}", target_words(kr));
    if let Ok(forecast) = kr.forecast {
        let step = if forecast.steps_left == 1 {
            kr.step.plural().trim_end_matches('s')
        } else {
            kr.step.plural()
        };
        says = format!(
            "{says}, {} {step} left, hit {} %",
            forecast.steps_left,
            forecast.shown_percent()
        );
    }
    says
}

/// The last thirteen weeks.
pub(super) fn sparkline<'a>(entry: &'a Entry<'_>) -> Sparkline<'a> {
    let kr = entry.kr;
    let skipped = entry.cells.len().saturating_sub(WEEKS);
    let weeks: Vec<Option<Reading>> = entry
        .cells
        .iter()
        .skip(skipped)
        .map(|cell| reading(kr.unit, cell))
        .collect();
    let known = weeks.iter().flatten();
    let says = match (known.clone().next(), known.clone().next_back()) {
        (Some(first), Some(last)) => {
            let steps = kr.step.plural();
            format!(
                "from {} to {}, {} of {} {steps} known",
                typographic(&rounded(first.value)),
                typographic(&rounded(last.value)),
                known.count(),
                weeks.len()
            )
        }
        _ => "nothing known yet".to_owned(),
    };
    Sparkline {
        id: &kr.id,
        title: HtmlText::label(crate::model::Untrusted::new(&kr.title)),
        says,
        weeks,
    }
}

/// The weeks that a report knows of.
fn weeks(report: &Report, facts: &KeyResultFacts) -> Vec<Cell> {
    let weeks = facts.weeks.iter().map(|week| Cell {
        name: week.week.to_string(),
        window: week.window,
        at: week.point.map_or(week.window.start, |point| point.at),
        value: week.point.map(|point| point.value),
        bound: week.point.map_or(Bound::Exact, |point| point.bound),
        verdict: week.verdict(),
        n: week.point.and_then(|point| point.n),
        record: week.point.and_then(|point| point.record),
        is_listed: report.lists(week),
    });
    weeks.collect()
}

fn tool_changes(entry: &Entry<'_>, period: Window) -> Vec<ToolChange> {
    let text = |text: &UntrustedText| HtmlText::label(text.as_untrusted());
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let all = entry.facts.map(|facts| facts.tool_changes.as_slice());
    all.unwrap_or_default()
        .iter()
        .filter(|change| period.contains(change.at))
        .map(|change| ToolChange {
            at: change.at,
            tool: text(&change.tool),
            from: change.from.as_ref().map(text),
            to: change.to.as_ref().map(text),
            came: count(change.came),
            went: count(change.went),
        })
        .collect()
}

fn readings(entry: &Entry<'_>) -> Vec<Reading> {
    let cells = entry.cells.iter();
    cells
        .filter_map(|cell| reading(entry.kr.unit, cell))
        .collect()
}

fn reading(unit: Unit, cell: &Cell) -> Option<Reading> {
    Some(Reading {
        at: cell.at,
        value: shown(unit, cell.value?),
        mark: Mark::from(cell.verdict),
    })
}

fn verdict(target: &Target, value: Option<Quantity>) -> Verdict {
    match value.and_then(|value| target.is_met_by(value)) {
        Some(true) => Verdict::Met,
        Some(false) => Verdict::Missed,
        None => Verdict::Unknown,
    }
}

/// `target <= 10`.
pub(super) fn target_words(kr: &KeyResultProgress) -> String {
    typographic(&format!("target {}", kr.unit.show_target(&kr.target)))
}

/// A figure in the unit that is shown.
pub(super) fn shown(unit: Unit, figure: Quantity) -> Quantity {
    match unit {
        Unit::Percent => figure.times(Quantity::whole(100)),
        Unit::Duration(name) => {
            let seconds = match name {
                "d" => 86_400,
                "h" => 3_600,
                "min" => 60,
                _ => 1,
            };
            Quantity::ratio(1, seconds).map_or(figure, |share| figure.times(share))
        }
        Unit::None | Unit::Findings | Unit::Secrets | Unit::Paths | Unit::Cvss => figure,
    }
}

/// What an axis in a unit is like.
pub(super) fn measured(unit: Unit) -> Measured {
    let tenth = Quantity::ratio(1, 10).unwrap_or(Quantity::ONE);
    let thousandth = Quantity::ratio(1, 1_000).unwrap_or(Quantity::ONE);
    match unit {
        Unit::Findings => Measured::count("findings"),
        Unit::Secrets => Measured::count("secrets"),
        Unit::Paths => Measured::count("paths"),
        Unit::Cvss => Measured {
            finest: tenth,
            most: Some(Quantity::whole(10)),
            ..Measured::count("CVSS")
        },
        Unit::Percent => Measured {
            from_zero: false,
            most: Some(Quantity::whole(100)),
            ..Measured::count("%")
        },
        Unit::Duration(name) => Measured {
            finest: tenth,
            ..Measured::count(name)
        },
        Unit::None => Measured {
            finest: thousandth,
            from_zero: false,
            ..Measured::count("")
        },
    }
}

/// A figure with one decimal place at most (rule P2).
pub(super) fn rounded(figure: Quantity) -> String {
    Quantity::parse(&figure.to_decimal(1))
        .unwrap_or(figure)
        .to_string()
}

/// The minus sign of typography before digits (rule P2); a hyphen between letters stays.
pub(super) fn typographic(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut before = ' ';
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        let begins = c == '-' && !before.is_alphanumeric();
        if begins && rest.peek().is_some_and(char::is_ascii_digit) {
            out.push('\u{2212}');
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p02_minus_signs_stand_before_digits_alone() {
        assert_eq!(typographic("-3 d"), "−3 d");
        assert_eq!(typographic("<= -0.5"), "<= −0.5");
        assert_eq!(
            typographic("2026-10-05 to 2026-W41"),
            "2026-10-05 to 2026-W41"
        );
        assert_eq!(typographic("check-in, - none"), "check-in, - none");
    }

    #[test]
    fn report_p02_figures_are_in_the_unit_that_is_shown() {
        let share = Quantity::ratio(2, 3).unwrap();
        assert_eq!(rounded(shown(Unit::Percent, share)), "66.7");
        let seconds = Quantity::whole(129_600);
        assert_eq!(rounded(shown(Unit::Duration("d"), seconds)), "1.5");
        assert_eq!(rounded(shown(Unit::Duration("h"), seconds)), "36");
        assert_eq!(rounded(shown(Unit::Findings, Quantity::whole(7))), "7");
    }
}
