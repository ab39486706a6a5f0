use super::*;
use crate::model::Untrusted;

const DAY: i64 = 86_400;
static UTC: TimeZone = TimeZone::UTC;

/// Midnight of a day of the quarter, from 0.
fn day(day: i64) -> Timestamp {
    let start: Timestamp = "2026-10-01T00:00:00Z".parse().unwrap();
    Timestamp::from_second(start.as_second() + day * DAY).unwrap()
}

fn readings(values: &[(i64, i64)]) -> Vec<Reading> {
    values
        .iter()
        .map(|(at, value)| Reading {
            at: day(*at),
            value: Quantity::whole(*value),
            mark: Mark::Missed,
        })
        .collect()
}

/// The worked forecast of rule K21: 40, 37, 36, 30, 31, 26 with seven weeks left.
fn worked() -> BurnDown<'static> {
    let from = (day(42), Quantity::whole(26));
    BurnDown {
        id: "backlog",
        title: HtmlText::label(Untrusted::new("What is found is mended")),
        says: "from 40 to 26, target 10, 7 weeks left, hit 74 %".to_owned(),
        measured: Measured::count("findings"),
        window: Window {
            start: day(0),
            end: day(92),
        },
        zone: &UTC,
        readings: readings(&[(7, 40), (14, 37), (21, 36), (28, 30), (35, 31), (42, 26)]),
        unknown: Vec::new(),
        redefined: Vec::new(),
        start: Some(Quantity::whole(40)),
        goal: Goal::Line(Quantity::whole(10), "target <= 10".to_owned()),
        trend: Some([(day(7), Quantity::whole(40)), (day(92), Quantity::whole(6))]),
        outlook: Outlook::Fan {
            from,
            low: Quantity::ZERO,
            high: Quantity::whole(15),
        },
        tool_changes: Vec::new(),
    }
}

fn drawn(chart: &BurnDown<'_>) -> String {
    chart.figure().into_string()
}

/// The value of the first attribute `d` of a class.
fn path(drawn: &str, class: &str) -> String {
    let opening = format!("class=\"{class}\" d=\"");
    let rest = drawn.split(&opening).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {class}: {drawn}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn report_p23_the_chart_names_itself_and_says_what_it_shows() {
    let drawn = drawn(&worked());
    assert!(drawn.starts_with("<figure class=\"chart\"><svg role=\"img\""));
    assert!(drawn.contains("aria-labelledby=\"chart-backlog-name chart-backlog-says\""));
    assert!(drawn.contains("<title id=\"chart-backlog-name\">What is found is mended</title>"));
    let says = "<desc id=\"chart-backlog-says\">from 40 to 26, target 10, 7 weeks left, hit 74 %";
    assert!(drawn.contains(says), "{drawn}");
}

#[test]
fn report_p29_the_worked_burn_down_lies_where_it_was_calculated() {
    let drawn = drawn(&worked());
    // Labels of two digits: the plot goes from 22 (12 and a half of text, 6 of air, at least
    // 18) to 280 and from 20 (40 findings) to 144 (none).
    let left = path(&drawn, "ideal");
    let (begin, end) = left.split_once('L').unwrap();
    let begin = begin.strip_prefix('M').unwrap();
    assert_eq!(end, "280 113", "10 of 40 is a quarter of the height");
    let (x, y) = begin.split_once(' ').unwrap();
    assert_eq!((x, y), ("21.3", "20"));
    // Day 42 of 92 over 258.7 units, 26 of 40 over 124: 21.3 + 118.1, 144 - 80.6.
    let value = path(&drawn, "value");
    assert!(value.ends_with("L139.4 63.4"), "{value}");
    assert_eq!(value.matches('L').count(), 5);
    assert_eq!(value.matches('M').count(), 1);
    for tick in ["0", "10", "20", "30", "40"] {
        assert!(drawn.contains(&format!(">{tick}</text>")), "{tick}");
    }
    assert!(drawn.contains(">findings</text>"));
    assert!(drawn.contains(">W41</text>"));
}

#[test]
fn report_p24_lines_differ_by_what_they_are_and_have_their_word() {
    let drawn = drawn(&worked());
    for class in ["value", "ideal", "trend", "fan", "fan-edge", "hatch"] {
        assert!(drawn.contains(&format!("class=\"{class}\"")), "{class}");
    }
    for word in [
        "value",
        "ideal pace",
        "trend",
        "likely range (80 %)",
        "target &lt;= 10",
    ] {
        assert!(drawn.contains(&format!(">{word}</text>")), "{word}");
    }
    assert_eq!(drawn.matches("class=\"mark missed\"").count(), 6);
    let fan = path(&drawn, "fan");
    assert_eq!(fan, "M139.4 63.4L280 97.5L280 144Z", "15 above, 0 below");
}

#[test]
fn report_p30_an_unknown_week_is_a_gap_and_never_a_line() {
    let mut chart = worked();
    chart.readings = readings(&[(7, 40), (14, 37), (28, 30)]);
    chart.unknown = vec![Window {
        start: day(14),
        end: day(21),
    }];
    chart.outlook = Outlook::None;
    let drawn = drawn(&chart);
    let value = path(&drawn, "value");
    assert_eq!(value.matches('M').count(), 2, "{value}");
    assert!(drawn.contains("class=\"hatch\""));
    assert_eq!(drawn.matches("class=\"mark unknown\"").count(), 1);
}

#[test]
fn report_p31_too_little_for_a_forecast_is_said_where_the_fan_would_be() {
    let mut chart = worked();
    chart.outlook = Outlook::Insufficient("3 of 5 weeks".to_owned());
    let drawn = drawn(&chart);
    assert!(drawn.contains(">no forecast: 3 of 5</text>"), "{drawn}");
    assert!(drawn.contains(">weeks</text>"));
    assert!(!drawn.contains("class=\"fan"), "{drawn}");
}

#[test]
fn report_p32_a_tool_change_carries_versions_and_what_came_and_went() {
    let mut chart = worked();
    let text = |text| HtmlText::label(Untrusted::new(text));
    chart.tool_changes = vec![ToolChange {
        at: day(28),
        tool: text("semgrep"),
        from: Some(text("1.80.0")),
        to: Some(text("1.<90>")),
        came: 3,
        went: 1,
    }];
    let drawn = drawn(&chart);
    let said = "<b>▲1</b> semgrep 1.80.0 → 1.&lt;90&gt; on 2026-10-29: 3 came and 1 went with it";
    assert!(drawn.contains(said), "{drawn}");
    assert!(drawn.contains("class=\"mark warning\""));
    assert!(drawn.contains("class=\"break\""));
}

#[test]
fn report_p33_what_is_out_of_range_ends_at_the_edge_with_its_number() {
    let mut chart = worked();
    chart.trend = Some([
        (day(0), Quantity::whole(40)),
        (day(92), Quantity::whole(-40)),
    ]);
    let below = drawn(&chart);
    // Half of the way down is half of the way along.
    assert_eq!(path(&below, "trend"), "M21.3 20L150.7 144");
    assert!(below.contains("class=\"beyond\""));
    assert!(below.contains(">−40</text>"), "{below}");
    chart.trend = None;
    chart.outlook = Outlook::Fan {
        from: (day(42), Quantity::whole(26)),
        low: Quantity::whole(20),
        high: Quantity::whole(700),
    };
    let above = drawn(&chart);
    assert!(above.contains(">700</text>"), "{above}");
    let fan = path(&above, "fan");
    assert!(fan.contains("L280 20L280 82Z"), "cut at 40: {fan}");
}

#[test]
fn key_result_k29_a_new_definition_breaks_the_line_and_is_marked() {
    let mut chart = worked();
    chart.redefined = vec![day(20)];
    let drawn = drawn(&chart);
    assert_eq!(path(&drawn, "value").matches('M').count(), 2);
    assert!(
        drawn.contains("<b>A</b> defined anew on 2026-10-21"),
        "{drawn}"
    );
}

#[test]
fn report_p34_a_reading_an_hour_becomes_one_a_week_and_says_so() {
    let mut chart = worked();
    chart.readings = (0..42 * 24)
        .map(|hour| Reading {
            at: Timestamp::from_second(day(0).as_second() + hour * 3_600).unwrap(),
            value: Quantity::whole(hour % 40),
            mark: Mark::Met,
        })
        .collect();
    let drawn = drawn(&chart);
    assert!(drawn.contains("More than 400 figures: one point a week, the last known."));
    assert_eq!(drawn.matches("class=\"mark met\"").count(), 7);
}

#[test]
fn report_p03_nothing_known_is_an_empty_plot_and_no_zero() {
    let mut chart = worked();
    chart.readings = Vec::new();
    chart.start = None;
    chart.goal = Goal::None;
    chart.trend = None;
    chart.outlook = Outlook::Insufficient("0 of 5 weeks".to_owned());
    let drawn = drawn(&chart);
    assert!(!drawn.contains("class=\"mark"), "{drawn}");
    assert!(!drawn.contains(">value</text>"), "{drawn}");
    assert!(drawn.contains(">no forecast: 0 of 5</text>"), "{drawn}");
}

/// Where words stand: left, top, right, bottom, in tenths.
fn words_at(drawn: &str, words: &str) -> [i64; 4] {
    let before = drawn.split(&format!(">{words}</text>")).next().unwrap();
    let tag = &before[before.rfind("<text").unwrap()..];
    let of = |name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1).unwrap();
        tenths(rest.split('"').next().unwrap())
    };
    let wide = axis::width(&words.replace("&lt;", "<")).in_tenths();
    let left = if tag.contains(" end ") {
        of("x") - wide
    } else {
        of("x")
    };
    [left, of("y") - 100, left + wide, of("y") + 30]
}

fn tenths(text: &str) -> i64 {
    let (units, part) = text.split_once('.').unwrap_or((text, "0"));
    units.parse::<i64>().unwrap() * 10 + part.parse::<i64>().unwrap()
}

/// The points of every path of a class.
fn points(drawn: &str, class: &str) -> Vec<[i64; 2]> {
    let opening = format!("class=\"{class}\" d=\"");
    let paths = drawn.split(&opening).skip(1);
    let paths = paths.map(|rest| rest.split('"').next().unwrap());
    let spots = paths.flat_map(|path| path.split(['M', 'L', 'Z']));
    spots
        .filter_map(|spot| spot.split_once(' '))
        .map(|(x, y)| [tenths(x), tenths(y)])
        .collect()
}

/// Seven weeks of which the first four are unknown, close to the target (a picture of it in a
/// browser had words on the line, on the target and on the diamonds).
#[test]
fn report_p31_words_lie_on_no_figure_no_target_and_no_diamond() {
    let mut chart = worked();
    chart.readings = readings(&[
        (32, 21),
        (39, 21),
        (46, 28),
        (53, 28),
        (60, 21),
        (67, 28),
        (74, 28),
    ]);
    chart.unknown = (0..4)
        .map(|week| Window {
            start: day(week * 7),
            end: day(week * 7 + 7),
        })
        .collect();
    chart.goal = Goal::Line(Quantity::whole(14), "target <= 14 d".to_owned());
    chart.trend = Some([
        (day(39), Quantity::whole(24)),
        (day(92), Quantity::whole(30)),
    ]);
    let lack = "3 of 4 changes between neighbouring weeks";
    chart.outlook = Outlook::Insufficient(lack.to_owned());
    let drawn = drawn(&chart);
    let target = tenths(
        drawn
            .split("class=\"target\"")
            .nth(1)
            .and_then(|rest| rest.split(" y1=\"").nth(1))
            .and_then(|rest| rest.split('"').next())
            .unwrap(),
    );
    let label = words_at(&drawn, "target &lt;= 14 d");
    let lines = ["no forecast: 3 of 4 changes", "between neighbouring weeks"];
    let lines = lines.map(|line| words_at(&drawn, line));
    let marks = [
        points(&drawn, "mark missed"),
        points(&drawn, "mark unknown"),
        points(&drawn, "value"),
    ]
    .concat();
    assert!(marks.len() > 30, "{drawn}");
    for [left, top, right, bottom] in [label].into_iter().chain(lines) {
        for [x, y] in &marks {
            let on_it = left < *x && *x < right && top < *y && *y < bottom;
            assert!(!on_it, "{x} {y} in {left} {top} {right} {bottom}: {drawn}");
        }
        assert!(!(top < target && target < bottom), "{target}: {drawn}");
    }
    // The two do not lie on each other.
    for [left, top, right, bottom] in lines {
        let apart = label[2] <= left || right <= label[0] || label[3] <= top || bottom <= label[1];
        assert!(apart, "{label:?}: {drawn}");
    }
    // Neither on what is hatched, for it is hard to read there.
    let hatched = points(&drawn, "hatch")
        .iter()
        .map(|[x, _]| *x)
        .max()
        .unwrap();
    assert!(
        hatched <= label[0] && hatched <= lines[1][0],
        "{hatched}: {drawn}"
    );
    // Near enough to the line that it names.
    assert!((label[3] - target).abs() < 60 || (label[1] - target).abs() < 60);
}
