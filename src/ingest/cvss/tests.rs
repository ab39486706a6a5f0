#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the formulae of the specifications are written with real numbers"
)]

use super::*;

fn base(text: &str) -> Result<u8, CvssRejection> {
    parse_vector(text, None).map(|score| score.base.get())
}

/// Hundred-thousandths, so that the borders between tenths are exact enough to tell.
fn fixed(x: f64) -> i64 {
    (x * 100_000.0).round() as i64
}

const AV: [(&str, f64); 4] = [("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)];
const AC: [(&str, f64); 2] = [("L", 0.77), ("H", 0.44)];
const PR: [(&str, f64, f64); 3] = [("N", 0.85, 0.85), ("L", 0.62, 0.68), ("H", 0.27, 0.5)];
const UI: [(&str, f64); 2] = [("N", 0.85), ("R", 0.62)];
const CIA: [(&str, f64); 3] = [("H", 0.56), ("L", 0.22), ("N", 0.0)];

/// Section 7.1 of the specification of 3.1, which is section 8.1 of that of 3.0.
fn score_by_the_book(exploitability: f64, iss: f64, changed: bool, v31: bool) -> i64 {
    let impact = if changed {
        7.52 * (iss - 0.029) - 3.25 * (iss - 0.02).powi(15)
    } else {
        6.42 * iss
    };
    if impact <= 0.0 {
        return 0;
    }
    let sum = (if changed { 1.08 } else { 1.0 }) * (impact + exploitability);
    let sum = sum.min(10.0);
    if v31 {
        // Appendix A.
        let int = fixed(sum);
        if int % 10_000 == 0 {
            int / 10_000
        } else {
            int / 10_000 + 1
        }
    } else {
        (sum * 10.0).ceil() as i64
    }
}

#[test]
fn cvss_rule_001_all_base_vectors_of_3_0_and_3_1_score_by_the_formulae() {
    let mut count = 0;
    for (av, av_n) in AV {
        for (ac, ac_n) in AC {
            for (pr, pr_u, pr_c) in PR {
                for (ui, ui_n) in UI {
                    for changed in [false, true] {
                        let pr_n = if changed { pr_c } else { pr_u };
                        let exploitability = 8.22 * av_n * ac_n * pr_n * ui_n;
                        for (c, c_n) in CIA {
                            for (i, i_n) in CIA {
                                for (a, a_n) in CIA {
                                    let iss = 1.0 - (1.0 - c_n) * (1.0 - i_n) * (1.0 - a_n);
                                    let s = if changed { "C" } else { "U" };
                                    for (prefix, v31) in [("CVSS:3.0", false), ("CVSS:3.1", true)] {
                                        let text = format!(
                                            "{prefix}/AV:{av}/AC:{ac}/PR:{pr}/UI:{ui}/S:{s}/C:{c}/I:{i}/A:{a}"
                                        );
                                        let expected =
                                            score_by_the_book(exploitability, iss, changed, v31);
                                        assert_eq!(
                                            base(&text).map(i64::from),
                                            Ok(expected),
                                            "{text}"
                                        );
                                        count += 1;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, 5_184);
}

#[test]
fn cvss_rule_001_all_base_vectors_of_2_0_score_by_the_formulae() {
    let av = [("L", 0.395), ("A", 0.646), ("N", 1.0)];
    let ac = [("H", 0.35), ("M", 0.61), ("L", 0.71)];
    let au = [("M", 0.45), ("S", 0.56), ("N", 0.704)];
    let cia = [("N", 0.0), ("P", 0.275), ("C", 0.660)];
    let mut count = 0;
    for (av, av_n) in av {
        for (ac, ac_n) in ac {
            for (au, au_n) in au {
                for (c, c_n) in cia {
                    for (i, i_n) in cia {
                        for (a, a_n) in cia {
                            // Section 3.2.1 of the guide to 2.0.
                            let impact = 10.41 * (1.0 - (1.0 - c_n) * (1.0 - i_n) * (1.0 - a_n));
                            let exploitability = 20.0 * av_n * ac_n * au_n;
                            let f = if impact == 0.0 { 0.0 } else { 1.176 };
                            let score = (0.6 * impact + 0.4 * exploitability - 1.5) * f;
                            let expected = (fixed(score) + 5_000).max(0) / 10_000;
                            let text = format!("AV:{av}/AC:{ac}/Au:{au}/C:{c}/I:{i}/A:{a}");
                            assert_eq!(base(&text).map(i64::from), Ok(expected), "{text}");
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, 729);
}

#[test]
fn cvss_rule_001_examples_of_4_0_score_as_first_published_them() {
    // From FIRST's page of examples for CVSS 4.0, and the vector without any impact.
    for (text, expected) in [
        (
            "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            73,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            77,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N",
            83,
        ),
        (
            "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
            46,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
            51,
        ),
        (
            "CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N",
            59,
        ),
        (
            "CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:H/SI:N/SA:H",
            64,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
            87,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
            100,
        ),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N",
            0,
        ),
    ] {
        assert_eq!(base(text), Ok(expected), "{text}");
    }
}

const FULL_31: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

#[test]
fn cvss_rule_002_white_space_and_one_pair_of_parentheses_are_taken_off() {
    assert_eq!(base(" (AV:N/AC:L/Au:N/C:C/I:C/A:C)\r\n"), Ok(100));
    assert_eq!(base(&format!(" {FULL_31}\n")), Ok(98));
    assert!(base("((AV:N/AC:L/Au:N/C:C/I:C/A:C))").is_err());
    assert!(base("\tAV:N/AC:L/Au:N/C:C/I:C/A:C").is_err());
}

#[test]
fn cvss_rule_003_broken_metrics_are_rejected() {
    for tail in [
        "/A:H", "/XX:N", "/", "//E:X", "/E:", "/:X", "/E", "/E:Q", "/E:X:X",
    ] {
        let text = format!("{FULL_31}{tail}");
        assert_eq!(base(&text), Err(CvssRejection::Metric), "{text}");
    }
}

#[test]
fn cvss_rule_004_an_incomplete_vector_has_no_score() {
    assert_eq!(base("CVSS:3.1/AV:N"), Err(CvssRejection::Incomplete));
    for missing in BASE_3 {
        let text: Vec<&str> = FULL_31
            .split('/')
            .filter(|part| part.split(':').next() != Some(missing))
            .collect();
        assert_eq!(
            base(&text.join("/")),
            Err(CvssRejection::Incomplete),
            "{missing}"
        );
    }
    assert!(base("AV:N/AC:L/Au:N/C:C/I:C").is_err());
    assert!(base("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H").is_err());
}

#[test]
fn cvss_rule_005_letters_are_read_as_they_are_and_order_is_free() {
    assert_eq!(
        base(&FULL_31.replace("AV:N", "av:N")),
        Err(CvssRejection::Spelling)
    );
    assert_eq!(
        base(&FULL_31.replace("AV:N", "AV:n")),
        Err(CvssRejection::Spelling)
    );
    assert_eq!(base("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N"), Ok(98));
    let all = format!(
        "{FULL_31}/E:X/RL:X/RC:X/CR:X/IR:X/AR:X/MAV:X/MAC:X/MPR:X/MUI:X/MS:X/MC:X/MI:X/MA:X"
    );
    assert_eq!(base(&all), Ok(98));
    assert_eq!(
        base("AV:N/AC:L/Au:N/C:C/I:C/A:C/E:ND/RL:ND/RC:ND/CDP:ND/TD:ND/CR:ND/IR:ND/AR:ND"),
        Ok(100)
    );
}

#[test]
fn cvss_rule_006_a_prefix_is_added_only_where_the_format_names_the_version() {
    let bare = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    assert!(base(bare).is_err());
    let read = parse_vector(bare, Some(CvssVersion::V31)).unwrap();
    assert_eq!((read.base.get(), read.version), (98, CvssVersion::V31));
    let own = parse_vector(
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        Some(CvssVersion::V31),
    );
    assert_eq!(own.unwrap().version, CvssVersion::V30);
}

#[test]
fn cvss_rule_007_other_versions_and_spellings_of_the_prefix_are_rejected() {
    for prefix in ["CVSS:2.0", "CVSS:3.2", "cvss:3.1", "CVSS:4.1", "CVSS"] {
        let text = FULL_31.replace("CVSS:3.1", prefix);
        assert_eq!(base(&text), Err(CvssRejection::Version), "{text}");
    }
    assert_eq!(
        base("CVSS2#AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        Err(CvssRejection::Version)
    );
    assert_eq!(base(""), Err(CvssRejection::Version));
}

#[test]
fn cvss_rule_009_two_vectors_in_one_text_are_none() {
    assert!(base(&format!("{FULL_31} {FULL_31}")).is_err());
    assert!(base(&format!("{FULL_31}/{FULL_31}")).is_err());
    assert!(base(&format!("{FULL_31},{FULL_31}")).is_err());
}

#[test]
fn cvss_rule_010_threat_and_environment_do_not_lower_the_number() {
    let full = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H";
    for (tail, given, kind) in [
        ("/E:U", 91, CvssKind::Bt),
        ("/MAV:P", 86, CvssKind::Be),
        ("/E:U/MAV:P", 72, CvssKind::Bte),
    ] {
        let read = parse_vector(&format!("{full}{tail}"), None).unwrap();
        assert_eq!(read.base.get(), 100, "{tail}");
        assert_eq!(read.kind, kind, "{tail}");
        if kind != CvssKind::Bte {
            assert_eq!(read.as_given.get(), given, "{tail}");
        }
    }
    let read = parse_vector(&format!("{FULL_31}/E:U/RL:O/RC:U"), None).unwrap();
    assert_eq!((read.base.get(), read.as_given.get()), (98, 78));
}

#[test]
fn cvss_rule_011_metrics_that_are_not_defined_make_no_kind() {
    let full = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H";
    for tail in ["/E:X", "/MAV:X", "/S:P/AU:Y/R:A/V:D/RE:L/U:Red"] {
        let read = parse_vector(&format!("{full}{tail}"), None).unwrap();
        assert_eq!(read.kind, CvssKind::B, "{tail}");
        assert_eq!(read.as_given.get(), 100, "{tail}");
    }
}

#[test]
fn cvss_rule_013_numbers_are_read_from_their_digits() {
    let read = |text| read_number(text).map(|read| (read.tenths.get(), read.raised));
    for (text, expected) in [
        ("9.8", 98),
        (" 7 ", 70),
        ("10", 100),
        ("10.000", 100),
        ("0", 0),
        ("0.0", 0),
        ("07.5", 75),
        ("5.5999999", 56),
        ("5.6000004", 56),
        ("7.0005", 70),
        ("6.9995", 70),
        ("9.9999", 100),
    ] {
        assert_eq!(read(text), Some((expected, false)), "{text}");
    }
    for (text, expected) in [
        ("7.01", 71),
        ("7.05", 71),
        ("7.00051", 71),
        ("7.0005000001", 71),
        ("6.94", 70),
    ] {
        assert_eq!(read(text), Some((expected, true)), "{text}");
    }
    for text in [
        "",
        " ",
        "-1",
        "+1",
        "11",
        "11.0",
        "10.01",
        "10.0000000001",
        "9,8",
        "1e1",
        "NaN",
        "inf",
        "1.",
        ".5",
        "1.2.3",
        "7.5 x",
        "99999999999999999999999",
        "٧",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn cvss_rule_014_zero_is_measured_only_by_a_vector() {
    let source = ScoreSource::CvssV3;
    assert_eq!(
        judge(Some(Tenths::ZERO), None, source).0,
        Cvss::BareZero(source)
    );
    let none = parse_vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", None).unwrap();
    let (judged, differs) = judge(Some(Tenths::ZERO), Some(none), source);
    assert_eq!(
        judged.judged().map(|score| score.tenths),
        Some(Tenths::ZERO)
    );
    assert!(!differs);
}

#[test]
fn cvss_rule_015_of_two_that_differ_the_higher_is_judged() {
    let source = ScoreSource::CvssV3;
    let vector = parse_vector(FULL_31, None).unwrap();
    let judged = |number| {
        let (cvss, differs) = judge(Tenths::new(number), Some(vector), source);
        let score = cvss.judged().unwrap();
        (score.tenths.get(), score.how, differs)
    };
    assert_eq!(judged(98), (98, ScoreHow::Vector, false));
    assert_eq!(judged(97), (98, ScoreHow::Vector, false));
    assert_eq!(judged(50), (98, ScoreHow::Vector, true));
    assert_eq!(judged(100), (100, ScoreHow::Given, true));
}

#[test]
fn cvss_rule_016_a_number_alone_states_no_version() {
    let (cvss, _) = judge(Tenths::new(75), None, ScoreSource::CvssV3);
    let score = cvss.judged().unwrap();
    assert_eq!(score.how, ScoreHow::Given);
    assert_eq!(
        (score.version, score.kind),
        (CvssVersion::Unstated, CvssKind::Unstated)
    );
    assert_eq!(judge(None, None, ScoreSource::CvssV3).0, Cvss::Unscored);
}

#[test]
fn cvss_rule_027_a_word_is_a_band() {
    assert_eq!(
        read_word("HIGH").map(|band| band.upper_end().get()),
        Some(89)
    );
    assert_eq!(
        read_word("Moderate").map(|band| band.upper_end().get()),
        Some(69)
    );
    assert_eq!(read_word("severe"), None);
}
