//! Kinds, scores, bands, pace, roll-up.

use super::*;

const SAST: &str = "measure: { count: { class: sast } }";

#[test]
fn key_result_k01_the_kind_is_derived() {
    let head = format!("{QUARTER}iteration: {{ start: 2026-10-05, every: 14d }}\n");
    for (text, kind) in [
        (format!("{SAST}, start: 2, target: \">= 3\""), Kind::Up),
        (format!("{SAST}, start: 4, target: \"<= 3\""), Kind::Down),
        (
            format!("{SAST}, start: {{ baseline: previous }}, target: \"<= 50% of start\""),
            Kind::Down,
        ),
        (format!("{SAST}, target: \"<= 3\""), Kind::Below),
        (format!("{SAST}, target: \"< 3\""), Kind::Below),
        (format!("{SAST}, target: \">= 3\""), Kind::Above),
        (format!("{SAST}, target: \"> 3\""), Kind::Above),
        (format!("{SAST}, target: \"== 3\""), Kind::Fixed),
        (format!("{SAST}, target: \"3..5\""), Kind::Range),
        (format!("{SAST}, target: measured"), Kind::Base),
        (
            "measure: { milestones: [{ id: a, title: A }] }, target: \">= 100%\"".to_owned(),
            Kind::Steps,
        ),
        (
            "measure: { events: { name: drill, per: iteration } }, target: \">= 100%\"".to_owned(),
            Kind::Count,
        ),
    ] {
        let policy = read(&head, &[&format!("id: k, {text}")]);
        assert_eq!(
            Kind::of(&policy.objectives[0].key_results[0]),
            kind,
            "{text}"
        );
    }
    for target in ["< 3", "> 3", "== 3", "1..3"] {
        let text = format!("id: k, {SAST}, start: 9, target: \"{target}\"");
        assert_eq!(faults(QUARTER, &text), ["bad-target"], "{target}");
    }
}

#[test]
fn key_result_k02_start_to_target_in_days_and_percent() {
    let of = |unit: &str, start: &str, target: &str, value: Quantity| {
        let policy = read(
            QUARTER,
            &[&format!(
                "id: k, measure: {{ check_in: {{ unit: \"{unit}\" }} }}, start: {start}, target: \"{target}\""
            )],
        );
        let mut history = ledger();
        history.check_ins = vec![check_in(&policy, "2026-11-15", Some(value))];
        let evaluation = state(&policy, 0, &history, HALF);
        let kr = only(&evaluation);
        (
            kr.raw.unwrap().to_decimal(4),
            kr.score.unwrap().to_decimal(4),
            Band::of(kr.score.unwrap()),
        )
    };
    let days = |days: i64| of("d", "40d", "<= 20d", whole(days * 86_400));
    let percent = |percent| of("%", "35%", ">= 80%", ratio(percent, 100));
    let said = |raw: &str, score: &str, band| (raw.to_owned(), score.to_owned(), band);
    assert_eq!(days(40), said("0.0000", "0.0000", Band::Red));
    assert_eq!(days(26), said("0.7000", "0.7000", Band::Green));
    assert_eq!(days(46), said("-0.3000", "0.0000", Band::Red));
    assert_eq!(days(12), said("1.4000", "1.0000", Band::Green));
    assert_eq!(percent(62), said("0.6000", "0.6000", Band::Amber));
    assert_eq!(percent(30), said("-0.1111", "0.0000", Band::Red));
    assert_eq!(percent(91), said("1.2444", "1.0000", Band::Green));
}

#[test]
fn key_result_k03_the_wrong_direction_is_an_error() {
    let of = |start: &str, target: &str| {
        faults(
            QUARTER,
            &format!("id: k, {SAST}, start: {start}, target: \"{target}\""),
        )
    };
    assert_eq!(of("20", "<= 20"), ["start-equals-target"]);
    assert_eq!(of("10", "<= 20"), ["start-beyond-target"]);
    assert_eq!(of("30", ">= 20"), ["start-beyond-target"]);
}

#[test]
fn key_result_k03_a_recorded_start_past_the_target_scores_by_the_verdict() {
    let policy = read(
        QUARTER,
        &[&format!(
            "id: k, {SAST}, start: {{ baseline: first }}, target: \"<= 20\", on_miss: warn"
        )],
    );
    let mut history = ledger();
    history.frozen = vec![frozen(&policy, "2026-Q4", false, whole(10))];
    let met = state(&policy, 9, &history, HALF);
    assert_eq!(only(&met).verdict, Verdict::Met);
    assert_eq!(only(&met).score, Some(Quantity::ONE));
    assert_eq!(only(&met).measurement.notes.len(), 1);
    let progress = progress(&policy, &history, &met.objectives, at(HALF));
    assert_eq!(first(&progress).remarks, [Remark::StartBeyondTarget]);
    // The verdict goes by the figure all the same (rule K4).
    let missed = state(&policy, 21, &history, HALF);
    assert_eq!(only(&missed).verdict, Verdict::Missed);
    assert_eq!(only(&missed).score, Some(Quantity::ZERO));
}

#[test]
fn key_result_k06_a_guardrail_over_the_period() {
    let policy = read(QUARTER, &[&format!("id: k, {SAST}, target: \"<= 0\"")]);
    let (start, period) = (at("2026-10-01T00:00:00Z"), window_of_quarter());
    let hours = |hours: i64| start.as_second() + hours * 3_600;
    let moment = |h: i64| Timestamp::from_second(hours(h)).unwrap().to_string();
    // Met for 60 h, missed for 15 h; then nothing, and the last verdict stands for 15 h.
    let points = [
        point(&policy, &moment(0), Some(whole(0)), Verdict::Met),
        point(&policy, &moment(60), Some(whole(1)), Verdict::Missed),
        point(&policy, &moment(75), None, Verdict::Unknown),
    ];
    let refer: Vec<&Point> = points.iter().collect();
    let now = Timestamp::from_second(hours(100)).unwrap();
    let held = in_bounds(&refer, meaning(&policy), period, now, FRESH);
    assert_eq!(
        held,
        InBounds {
            met: 60 * 3_600,
            missed: 15 * 3_600,
            unknown: 25 * 3_600
        }
    );
    assert_eq!(held.score().unwrap().to_decimal(4), "0.8000");
    assert_eq!(held.known(), ratio(3, 4));
    // A verdict stands no longer than its reports.
    let fresh = in_bounds(&refer, meaning(&policy), period, now, 30 * 3_600);
    assert_eq!((fresh.met, fresh.missed), (30 * 3_600, 15 * 3_600));
    assert_eq!(fresh.score(), None, "45 of 100 hours are known");
    let other = in_bounds(&refer, Definition([9; 16]), period, now, FRESH);
    assert_eq!(other.known(), Quantity::ZERO, "under another definition");
}

fn window_of_quarter() -> Window {
    Window {
        start: at("2026-10-01T00:00:00Z"),
        end: at("2027-01-01T00:00:00Z"),
    }
}

#[test]
fn key_result_k06_a_verdict_from_before_the_period_reaches_into_it() {
    let policy = read(QUARTER, &[&format!("id: k, {SAST}, target: \"<= 0\"")]);
    let before = point(
        &policy,
        "2026-09-30T00:00:00Z",
        Some(whole(0)),
        Verdict::Met,
    );
    let mut on_change = point(
        &policy,
        "2026-10-01T12:00:00Z",
        Some(whole(3)),
        Verdict::Missed,
    );
    on_change.of_state = false;
    let now = at("2026-10-02T00:00:00Z");
    let held = in_bounds(
        &[&before, &on_change],
        meaning(&policy),
        window_of_quarter(),
        now,
        FRESH,
    );
    assert_eq!((held.met, held.missed, held.unknown), (86_400, 0, 0));
}

#[test]
fn key_result_k06_fresh_is_the_shortest_of_the_reports_that_are_read() {
    let reports = "reports:\n  - { name: a, path: a.sarif, class: sast, fresh: 2d }\n  \
                   - { name: b, path: b.sarif, class: sast }\n  \
                   - { name: c, path: c.sarif, class: secrets, fresh: 1h }\n";
    let of = |measure: &str| {
        let policy = read(
            reports,
            &[&format!("id: k, measure: {measure}, on_miss: warn")],
        );
        fresh(&policy, &policy.objectives[0].key_results[0])
    };
    assert_eq!(
        of("{ count: { class: sast } }, target: \"<= 0\""),
        2 * 86_400
    );
    assert_eq!(of("{ count: { class: dast } }, target: \"<= 0\""), FRESH);
    assert_eq!(
        of("{ tools: { sast: 1, secrets: 1 } }, target: \">= 100%\""),
        3_600
    );
    assert_eq!(of("{ check_in: { unit: none } }, target: \"<= 0\""), FRESH);
}

#[test]
fn key_result_k07_a_range_is_a_guardrail_with_both_ends() {
    let policy = read(QUARTER, &[&format!("id: k, {SAST}, target: \"2..4\"")]);
    let verdict = |n| only(&state(&policy, n, &History::default(), HALF)).verdict;
    assert_eq!(
        [1, 2, 4, 5].map(verdict),
        [Verdict::Missed, Verdict::Met, Verdict::Met, Verdict::Missed]
    );
    assert!(Kind::Range.is_guardrail());
}

#[test]
fn key_result_k08_steps_are_weighed_and_need_evidence() {
    let steps = "measure: { milestones: [{ id: a, title: A }, { id: b, title: B }, \
                 { id: c, title: C, weight: 2, valid_to: 2026-12-01 }] }, target: \">= 100%\"";
    let policy = read(QUARTER, &[&format!("id: k, {steps}, due: 2026-12-15")]);
    let mut history = ledger();
    let mut done = check_in(&policy, "2026-11-02", None);
    done.done = vec!["a".to_owned(), "c".to_owned()];
    history.check_ins = vec![done.clone()];
    let evaluation = state(&policy, 0, &history, HALF);
    let kr = only(&evaluation);
    assert_eq!(kr.measurement.value, Some(ratio(3, 4)));
    assert_eq!(kr.score.unwrap().to_decimal(4), "0.7500");
    assert_eq!(kr.verdict, Verdict::Missed);
    assert_eq!(
        kr.measurement.notes.len(),
        1,
        "c will not be valid for long"
    );
    // Through the last day, and no longer.
    let value = |history: &History, now: &str| {
        only(&state(&policy, 0, history, now))
            .measurement
            .value
            .unwrap()
    };
    assert_eq!(value(&history, "2026-12-01T23:59:59Z"), ratio(3, 4));
    assert_eq!(value(&history, "2026-12-02T00:00:00Z"), ratio(1, 4));
    history.check_ins[0].evidence.clear();
    assert_eq!(value(&history, HALF), Quantity::ZERO, "without evidence");
    // The step is done, whatever else the policy asks for since.
    done.definition = Definition([9; 16]);
    history.check_ins = vec![done];
    assert_eq!(value(&history, HALF), ratio(3, 4));
    assert_eq!(value(&History::default(), HALF), Quantity::ZERO);
}

#[test]
fn key_result_k11_bands_are_half_open() {
    for (score, band) in [
        ("0", Band::Red),
        ("0.399999", Band::Red),
        ("0.4", Band::Amber),
        ("0.699999", Band::Amber),
        ("0.7", Band::Green),
        ("1", Band::Green),
    ] {
        assert_eq!(Band::of(Quantity::parse(score).unwrap()), band, "{score}");
    }
    // Four decimals would say 0.7000.
    assert_eq!(Band::of(ratio(699_999, 1_000_000)), Band::Amber);
}

#[test]
fn key_result_k12_ambition_says_what_is_expected() {
    assert_eq!(expected(Ambition::Committed), Quantity::ONE);
    assert_eq!(expected(Ambition::Aspirational), ratio(7, 10));
    let policy = read(
        QUARTER,
        &[
            &format!("id: k, {SAST}, start: 9, target: \"<= 2\", ambition: aspirational"),
            &format!("id: l, {SAST}, start: 9, target: \"<= 2\""),
        ],
    );
    let history = History::default();
    let reached = state(&policy, 2, &history, HALF);
    let reached = progress(&policy, &history, &reached.objectives, at(HALF));
    assert_eq!(first(&reached).remarks, [Remark::SetNextFurther]);
    let end = "2027-01-01T00:00:00Z";
    let missed = state(&policy, 3, &history, end);
    let missed = progress(&policy, &history, &missed.objectives, at(end));
    assert_eq!(first(&missed).remarks, []);
    let committed = &missed.objectives[0].key_results[1];
    assert_eq!(committed.remarks, [Remark::NeedsPostmortem]);
}

#[test]
fn key_result_k14_weights_two_one_one_with_one_unknown() {
    let policy = read(
        QUARTER,
        &[
            &format!("id: a, {SAST}, target: \"<= 2\", weight: 2"),
            &format!("id: b, {SAST}, start: 4, target: \"<= 0\""),
            "id: c, measure: { count: { class: dast } }, target: \"<= 0\"",
        ],
    );
    let evaluation = state(&policy, 2, &History::default(), HALF);
    let score = evaluation.objectives[0].score;
    assert_eq!(score.value.unwrap().to_decimal(4), "0.8333");
    assert_eq!(score.known, ratio(3, 4));
}

#[test]
fn key_result_k15_health_key_results_have_no_weight_and_no_score_in_the_objective() {
    let weighed = format!("id: k, {SAST}, target: \"<= 0\", kind: health, weight: 1");
    assert_eq!(faults("", &weighed), ["bad-weight"]);
    let policy = read(
        QUARTER,
        &[
            &format!("id: k, {SAST}, target: \"<= 0\""),
            &format!("id: l, {SAST}, target: \"<= 9\", kind: health"),
        ],
    );
    let evaluation = state(&policy, 1, &History::default(), HALF);
    assert_eq!(evaluation.objectives[0].score.value, Some(Quantity::ZERO));
    let (_, health) = evaluation.key_results().nth(1).unwrap();
    assert_eq!(health.verdict, Verdict::Met, "it has a verdict");
}

/// Objectives `a` and `b`: `b` uses the key result of `a` with weight 3.
const USES: &str = r#"version: 1
objectives:
  - id: a
    title: A
    owner: "@o"
    key_results:
      - { id: k, title: T, measure: { count: { class: sast } }, target: "<= 0" }
  - id: b
    title: B
    owner: "@o"
    uses: [{ key_result: a/k, weight: 3 }]
    key_results:
      - { id: l, title: T, measure: { count: { class: sast } }, target: "<= 9" }
"#;

#[test]
fn key_result_k16_a_used_key_result_counts_with_the_weight_of_its_user() {
    let policy = read_whole(USES);
    let evaluation = state(&policy, 1, &History::default(), HALF);
    let scores = [0, 1].map(|o: usize| evaluation.objectives[o].score.value);
    assert_eq!(scores, [Some(Quantity::ZERO), Some(ratio(1, 4))]);
    let progress = progress(
        &policy,
        &History::default(),
        &evaluation.objectives,
        at(HALF),
    );
    assert_eq!(progress.objectives[1].uses, [("a/k".to_owned(), whole(3))]);
    let twice = USES.replace("weight: 3 }", "weight: 3 }, { key_result: k }");
    let loaded = policy::parse("krgate.yaml", &twice);
    assert_eq!(loaded.diagnostics[0].code.as_str(), "duplicate-id");
}

#[test]
fn key_result_k17_an_objective_that_rolls_up_counts_like_a_key_result_of_weight_one() {
    let text = USES.replace(
        "    uses: [{ key_result: a/k, weight: 3 }]\n",
        "    rollup: true\n    contributes_to: [a, elsewhere/c]\n",
    );
    let loaded = policy::parse("krgate.yaml", &text);
    assert_eq!(
        loaded.diagnostics[0].code.as_str(),
        "undefined-reference",
        "rule K30: with `rollup` it must be here"
    );
    let policy = read_whole(&text.replace(", elsewhere/c", ""));
    let evaluation = state(&policy, 1, &History::default(), HALF);
    let scores = [0, 1].map(|o: usize| evaluation.objectives[o].score.value);
    assert_eq!(scores, [Some(ratio(1, 2)), Some(Quantity::ONE)]);
    let progress = progress(
        &policy,
        &History::default(),
        &evaluation.objectives,
        at(HALF),
    );
    assert_eq!(progress.objectives[0].rolled_up, ["b"]);
    // Without it the link is a name, which may lie elsewhere (rule K30).
    let edge = read_whole(&text.replace("    rollup: true\n", ""));
    let evaluation = state(&edge, 1, &History::default(), HALF);
    assert_eq!(evaluation.objectives[0].score.value, Some(Quantity::ZERO));
}

#[test]
fn key_result_k17_a_cycle_prints_its_path() {
    let text = "version: 1\nobjectives:\n\
        \x20 - { id: a, title: A, owner: \"@o\", rollup: true, contributes_to: b, key_results: [{ id: k, title: T, measure: { count: { class: sast } }, target: \"<= 0\" }] }\n\
        \x20 - { id: b, title: B, owner: \"@o\", rollup: true, contributes_to: a }\n";
    let loaded = policy::parse("krgate.yaml", text);
    assert_eq!(loaded.diagnostics[0].code.as_str(), "link-cycle");
    let said = format!("{:?}", loaded.diagnostics[0].message);
    assert!(said.contains("a > b > a"), "{said}");
}

#[test]
fn key_result_k19_pace_is_elapsed_less_score() {
    let pace = Pace::of(ratio(1, 2), ratio(3, 10));
    assert_eq!((pace.gap, pace.state), (whole(20), PaceState::Behind));
    for (score, state) in [
        ("0.335001", PaceState::OnTrack),
        ("0.335", PaceState::Behind),
        ("0.170001", PaceState::Behind),
        ("0.17", PaceState::AtRisk),
        ("1", PaceState::OnTrack),
    ] {
        let score = Quantity::parse(score).unwrap();
        assert_eq!(Pace::of(ratio(1, 2), score).state, state, "{score}");
    }
    let policy = read(
        QUARTER,
        &[
            &format!("id: k, {SAST}, start: 10, target: \"<= 0\""),
            &format!("id: l, {SAST}, target: \"<= 9\""),
            &format!("id: m, {SAST}, start: 10, target: \"<= 0\", kind: health"),
        ],
    );
    let evaluation = state(&policy, 7, &History::default(), HALF);
    let progress = progress(
        &policy,
        &History::default(),
        &evaluation.objectives,
        at(HALF),
    );
    assert_eq!(progress.period.as_ref().unwrap().elapsed, ratio(1, 2));
    let paces: Vec<_> = progress.objectives[0]
        .key_results
        .iter()
        .map(|kr| kr.pace)
        .collect();
    assert_eq!(paces, [Some(pace), None, None]);
}

#[test]
fn key_result_k33_weights_that_are_all_zero_are_an_error() {
    let zero = format!("id: k, {SAST}, target: \"<= 0\", weight: 0");
    assert_eq!(faults("", &zero), ["bad-weight"]);
    let negative = zero.replace("weight: 0", "weight: -1");
    assert_eq!(faults("", &negative), ["bad-number"]);
}

#[test]
fn key_result_k30_what_is_contributed_to_may_lie_elsewhere() {
    let text = USES.replace(
        "    uses: [{ key_result: a/k, weight: 3 }]\n",
        "    contributes_to: [company/customer-confidence]\n",
    );
    let policy = read_whole(&text);
    let progress = progress(&policy, &History::default(), &[], at(HALF));
    let b = &progress.objectives[1];
    assert_eq!(b.contributes_to, ["company/customer-confidence"]);
    assert_eq!(b.rolled_up, [""; 0]);
    let used = USES.replace("a/k", "elsewhere/k");
    let loaded = policy::parse("krgate.yaml", &used);
    assert_eq!(
        loaded.diagnostics[0].code.as_str(),
        "undefined-reference",
        "what is used must be here"
    );
}

#[test]
fn key_result_k31_what_no_change_can_move_blocks_states_alone() {
    for measure in [
        "check_in: { unit: \"%\" }",
        "events: { name: drill, per: month }",
        "milestones: [{ id: a, title: A }]",
    ] {
        let text = format!("id: k, measure: {{ {measure} }}, target: \">= 100%\", on_miss: block");
        let policy = read(QUARTER, &[&text]);
        let change = judged(&policy, 0, &ledger(), Event::Change, HALF);
        let kr = only(&change);
        assert_ne!(kr.verdict, Verdict::Met, "{measure}");
        assert_eq!(
            kr.softened.as_deref(),
            Some("no change can move it"),
            "{measure}"
        );
        assert_eq!(change.exit, ExitCode::Passed, "{measure}");
        let on_state = state(&policy, 0, &ledger(), HALF);
        assert_eq!(on_state.exit, ExitCode::Failed, "{measure}");
    }
}

#[test]
fn key_result_f28_a_pillar_is_the_mean_of_its_objectives() {
    let objective = |id: &str, pillar: &str, target: &str| {
        format!(
            "  - id: {id}\n    title: O\n    owner: \"@o\"\n{pillar}    key_results:\n      - {{ \
             id: k-{id}, title: T, {SAST}, target: \"{target}\" }}\n"
        )
    };
    let text = [
        objective("a", "    pillar: trust\n", "<= 10"),
        objective("b", "    pillar: risk\n", "<= 10"),
        objective("c", "    pillar: risk\n", "<= 0"),
        objective("d", "", "<= 0"),
    ];
    let policy = read_whole(&format!("version: 1\nobjectives:\n{}", text.concat()));
    let evaluation = state(&policy, 5, &History::default(), HALF);
    let all = progress(
        &policy,
        &History::default(),
        &evaluation.objectives,
        at(HALF),
    );
    let pillars: Vec<_> = all
        .pillars
        .iter()
        .map(|p| (p.name, p.objectives, p.score.value.map(|s| s.to_decimal(2))))
        .collect();
    assert_eq!(
        pillars,
        [
            ("risk", 2, Some("0.50".to_owned())),
            ("trust", 1, Some("1.00".to_owned())),
        ],
        "one that no objective stands for is not shown"
    );
    assert_eq!(all.pillars[0].band.map(Band::as_str), Some("amber"));
    let unknown = progress(&policy, &History::default(), &[], at(HALF));
    assert_eq!(
        (unknown.pillars[0].score.value, unknown.pillars[0].band),
        (None, None)
    );
}

#[test]
fn key_result_f28_perceived_and_actual_risk_are_labelled_apart() {
    let objective = |id: &str, pillar: &str, measures: &[&str]| {
        let key_results = measures.iter().enumerate().map(|(place, measure)| {
            format!(
                "      - {{ id: {id}-{place}, title: T, measure: {{ {measure} }}, target: \">= \
                 80%\", on_miss: warn }}\n"
            )
        });
        format!(
            "  - id: {id}\n    title: O\n    owner: \"@o\"\n    pillar: {pillar}\n    \
             key_results:\n{}",
            key_results.collect::<String>()
        )
    };
    let asked = "check_in: { unit: \"%\", every: 30d }";
    let ran = "tools: { sast: 1 }";
    let text = [
        objective("a", "risk", &[ran, ran]),
        objective("b", "trust", &[asked]),
        objective("c", "governance", &[asked]),
        objective("d", "governance", &[ran]),
    ];
    let policy = read_whole(&format!("version: 1\nobjectives:\n{}", text.concat()));
    let all = progress(&policy, &History::default(), &[], at(HALF));
    let bases: Vec<_> = all.pillars.iter().map(|p| (p.name, p.basis)).collect();
    assert_eq!(
        bases,
        [
            ("risk", Basis::Actual),
            ("trust", Basis::Perceived),
            ("governance", Basis::Both),
        ]
    );
}

#[test]
fn key_result_f55_the_class_of_data_stands_beside_its_key_results() {
    let scopes = "scopes:\n  cards: { paths: [\"pay/**\"], data_class: cards }\n  rest: { paths: \
                  [\"web/**\"] }\n";
    let of = |scope: &str| {
        let text = format!(
            "id: k, measure: {{ count: {{ class: sast, not: {{ scope: {scope} }} }} }}, target: \
             \"<= 0\""
        );
        let policy = read(scopes, &[&text]);
        let all = progress(&policy, &History::default(), &[], at(HALF));
        all.objectives[0].key_results[0].notes.len()
    };
    assert_eq!((of("cards"), of("rest"), of("[rest, cards]")), (1, 0, 1));
}
