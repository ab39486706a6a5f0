//! The files H01 to H40. `KRGATE_CORPUS` names the corpus; without it these tests say that
//! they were skipped.

use std::path::PathBuf;

use crate::bench::{Bench, Ended};

#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var("KRGATE_CORPUS").ok();
    if folder.is_none() {
        eprintln!("skipped: KRGATE_CORPUS is not set");
    }
    folder.map(|folder| PathBuf::from(folder).join("hostile"))
}

/// Runs the file in every way that its rows of the table have; each ends as they say.
fn each(id: &str, look: impl Fn(&Ended)) {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let rows = table
        .lines()
        .filter(|row| row.starts_with(&format!("{id}\t")));
    let mut ran = 0;
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [_, file, _, feed, exit, ..] = columns[..] else {
            panic!("{row}");
        };
        let bench = Bench::new(feed.strip_prefix("declare="));
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        bench.file("reports/report.json", bytes);
        let ended = bench.check();
        assert_eq!(ended.code.to_string(), exit, "{row}\n{}", ended.streams[0]);
        look(&ended);
        ran += 1;
    }
    assert!(ran > 0, "{id} is not in the table");
}

#[test]
fn hostile_h01_a_line_feed_in_a_path_begins_no_command() {
    each("H01", |ended| {
        ended.shows("a.py\\n::error file=x::pwned");
    });
}

#[test]
fn hostile_h02_a_carriage_return_in_a_path_begins_no_command() {
    each("H02", |ended| {
        ended.shows("\\r::add-mask::");
        assert!(
            !ended.all().contains("stop-commands"),
            "the message is never printed"
        );
    });
}

#[test]
fn hostile_h03_no_old_command_stands_in_any_output() {
    each("H03", |ended| {
        ended.shows("##\\u{5b}error]");
    });
}

#[test]
fn hostile_h04_an_escape_of_the_runner_is_shown_as_written() {
    each("H04", |ended| {
        ended.shows("%0A");
    });
}

#[test]
fn hostile_h05_a_path_of_commas_and_colons_stays_one_text() {
    each("H05", |_| {});
}

#[test]
fn hostile_h06_a_description_breaks_no_table() {
    each("H06", |ended| {
        assert!(
            !ended.files["markdown"]
                .lines()
                .any(|line| line.starts_with("# "))
        );
    });
}

#[test]
fn hostile_h07_html_is_shown_as_text() {
    each("H07", |_| {});
}

#[test]
fn hostile_h08_a_mention_is_no_mention() {
    each("H08", |_| {});
}

#[test]
fn hostile_h09_backticks_do_not_end_a_span() {
    each("H09", |_| {});
}

#[test]
fn hostile_h10_a_link_is_no_link() {
    each("H10", |_| {});
}

#[test]
fn hostile_h11_escapes_of_a_terminal_are_written_out() {
    each("H11", |ended| {
        ended.shows("\\u{1b}");
    });
}

#[test]
fn hostile_h12_what_turns_or_hides_text_is_written_out() {
    each("H12", |ended| {
        ended.shows("\\u{202e}");
    });
}

#[test]
fn hostile_h13_a_secret_in_a_path_is_in_no_output() {
    each("H13", |ended| {
        ended.shows("‹secret›");
        let value = ["AKIAIOSF", "ODNN7EXAMPLE"].concat();
        assert!(!ended.all().contains(&value));
    });
}

#[test]
fn hostile_h14_a_secret_of_one_letter_blanks_nothing() {
    each("H14", |ended| {
        assert!(!ended.all().contains("‹secret›"));
    });
}

#[test]
fn hostile_h15_an_empty_secret_is_read() {
    each("H15", |_| {});
}

#[test]
fn hostile_h16_paths_that_lead_elsewhere_are_labels() {
    each("H16", |ended| {
        ended.shows("../../etc/passwd");
    });
}

#[test]
fn hostile_h17_a_nul_is_shown_and_cuts_nothing() {
    each("H17", |ended| {
        ended.shows("\\u{0}");
    });
}

#[test]
fn hostile_h18_a_lone_surrogate_is_refused() {
    each("H18", |ended| {
        ended.shows("report-syntax");
    });
}

#[test]
fn hostile_h19_a_byte_that_is_no_text_is_refused() {
    each("H19", |ended| {
        ended.shows("report-not-utf8");
    });
}

#[test]
fn hostile_h20_a_byte_order_mark_changes_nothing() {
    each("H20", |_| {});
}

#[test]
fn hostile_h21_utf_16_is_decoded() {
    each("H21", |_| {});
}

#[test]
fn hostile_h22_depth_is_refused() {
    each("H22", |ended| {
        ended.shows("report-too-deep");
    });
}

#[test]
fn hostile_h23_a_key_that_stands_twice_is_refused_by_name() {
    each("H23", |ended| {
        ended.shows("report-duplicate-key");
    });
}

#[test]
fn hostile_h24_numbers_out_of_range_are_refused_and_not_echoed() {
    each("H24", |ended| {
        ended.shows("report-syntax");
        assert!(!ended.all().contains("1e400"));
    });
}

#[test]
fn hostile_h25_null_needs_a_declared_format() {
    each("H25", |_| {});
}

#[test]
fn hostile_h26_an_empty_file_is_no_report() {
    each("H26", |ended| {
        ended.shows("report-empty");
    });
}

#[test]
fn hostile_h27_a_report_that_is_cut_off_never_passes() {
    each("H27", |ended| {
        ended.shows("report-truncated");
    });
}

#[test]
fn hostile_h28_two_documents_are_not_one_clean_one() {
    each("H28", |_| {});
}

#[test]
fn hostile_h29_log_lines_around_a_finding_are_counted() {
    each("H29", |_| {});
}

#[test]
fn hostile_h30_an_object_of_no_known_shape_is_refused() {
    each("H30", |ended| {
        ended.shows("report-unknown-format");
    });
}

#[test]
fn hostile_h31_wrong_types_in_fields_that_describe_lose_no_finding() {
    each("H31", |ended| {
        ended.shows("(no rule)");
    });
}

#[test]
fn hostile_h32_a_placeholder_is_no_fingerprint() {
    each("H32", |_| {});
}

#[test]
fn hostile_h33_one_hash_of_two_tokens_is_two_secrets() {
    each("H33", |_| {});
}

#[test]
fn hostile_h34_a_field_that_decides_is_not_read_by_guess() {
    each("H34", |ended| {
        ended.shows("report-wrong-type");
    });
}

#[test]
fn hostile_h35_a_failed_verification_counts() {
    each("H35", |_| {});
}

#[test]
fn hostile_h36_one_secret_in_many_places_is_one() {
    each("H36", |ended| {
        let json: serde_json::Value = serde_json::from_str(&ended.files["json"]).unwrap();
        assert_eq!(json["objectives"][0]["key_results"][0]["value"], "1");
    });
}

#[test]
fn hostile_h37_a_long_text_is_cut_at_a_character() {
    each("H37", |ended| {
        assert!(ended.files["text"].len() < 100_000);
    });
}

#[test]
fn hostile_h38_a_vector_is_no_report() {
    each("H38", |ended| {
        ended.shows("report-unknown-format");
    });
}

#[test]
fn hostile_h39_two_formats_at_once_are_ambiguous() {
    each("H39", |ended| {
        ended.shows("report-ambiguous-format");
    });
}

#[test]
fn hostile_h40_a_forged_marker_is_text() {
    each("H40", |_| {});
}
