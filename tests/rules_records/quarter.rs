//! `examples/quarter/`: thirteen weeks of real scans through the binary, against figures that
//! were calculated by hand from what the scans count (rules K2, K5, K6, K13 to K15, K19, K21,
//! K25, K26, M1, M5, M6).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/quarter")
        .join(name)
}

/// What Bandit found, counted in its reports: of these one is B605 in weeks 6 and 7.
const FOUND: [usize; 13] = [12, 12, 11, 10, 10, 10, 10, 8, 6, 6, 5, 4, 4];

/// A repository that lives through the quarter.
struct Quarter(TempDir);

impl Quarter {
    fn new() -> Self {
        let quarter = Self(TempDir::new().unwrap());
        quarter.git(&["init", "--quiet", "-b", "main"]);
        quarter.git(&["config", "user.name", "octo"]);
        quarter.git(&["config", "user.email", "octo@example.org"]);
        let origin = "https://example.org/acme/payments.git";
        quarter.git(&["remote", "add", "origin", origin]);
        quarter.copy(&example("krgate.yaml"), "krgate.yaml");
        fs::write(
            quarter.0.path().join(".gitignore"),
            "/.krgate/\n/reports/\n",
        )
        .unwrap();
        quarter
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds programs where it was started"
    )]
    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.0.path())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.program("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
    }

    fn copy(&self, from: &Path, to: &str) {
        let to = self.0.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }

    /// The exit code and standard output at a moment.
    fn krgate(&self, now: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = self.program(env!("CARGO_BIN_EXE_krgate"));
        let output = command
            .args(arguments)
            .env("KRGATE_NOW", now)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap_or(-1), text)
    }

    fn status(&self, now: &str) -> Value {
        let (code, text) = self.krgate(now, &["status", "--format", "json"]);
        assert_eq!(code, 0, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// One line of `weeks.txt`; gives the exit code of the check.
    fn live(&self, line: &str) -> i32 {
        let words: Vec<&str> = line.split(' ').collect();
        let [day, trained, confidence, weak] = words[..] else {
            panic!("four words: {line}");
        };
        for part in fs::read_dir(example("app/mended")).unwrap() {
            let part = part.unwrap();
            let to = format!("app/{}", part.file_name().display());
            self.copy(&part.path(), &to);
        }
        for part in weak.split(',') {
            let file = format!("{part}.py");
            self.copy(&example("app/weak").join(&file), &format!("app/{file}"));
        }
        self.git(&["add", "--all"]);
        let mut commit = self.program("git");
        let date = format!("{day}T08:00:00Z");
        commit
            .args(["commit", "--quiet", "--allow-empty", "-m", "a week"])
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        assert!(commit.status().unwrap().success(), "{line}");
        self.copy(
            &example(&format!("reports/{day}.json")),
            "reports/bandit.json",
        );
        let now = format!("{day}T09:00:00Z");
        if trained != "-" {
            let said = ["checkin", "trained", trained, "--confidence", confidence];
            assert_eq!(self.krgate(&now, &said).0, 0, "{line}");
        }
        self.krgate(&now, &["check", "--record", "--event", "state"])
            .0
    }
}

fn weeks() -> Vec<String> {
    let text = fs::read_to_string(example("weeks.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn key_result(status: &Value, place: usize) -> &Value {
    &status["objectives"][0]["key_results"][place]
}

fn values(key_result: &Value) -> Vec<(i64, String)> {
    let steps = key_result["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let value = step["value"].as_str().unwrap().to_owned();
            (step["number"].as_i64().unwrap(), value)
        })
        .collect()
}

#[test]
fn key_result_a_quarter_of_scans_comes_to_what_is_calculated_by_hand() {
    let quarter = Quarter::new();
    let weeks = weeks();
    let count = |line: &String| line.split(' ').next_back().unwrap().split(',').count();
    assert_eq!(weeks.iter().map(count).collect::<Vec<_>>(), FOUND);
    let mut codes = Vec::new();
    for line in &weeks[..7] {
        codes.push(quarter.live(line));
    }
    in_the_middle(&quarter.status("2026-11-16T12:00:00Z"));
    // Nobody checked in in week 7, and on the eighth day it shows.
    let trained = quarter.status("2026-11-18T00:00:00Z");
    assert_eq!(
        key_result(&trained, 2)["reasons"][0]["code"],
        "check-in-overdue"
    );
    for line in &weeks[7..] {
        codes.push(quarter.live(line));
    }
    assert_eq!(codes, [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
    in_the_last_week(&quarter.status("2026-12-28T12:00:00Z"));
    at_the_close(&quarter);
}

/// 46.5 of 92 days are over.
fn in_the_middle(status: &Value) {
    assert_eq!(status["period"]["elapsed"], "0.505435");
    // Of 1,116 hours the first 105 are unknown, and 171 (from the 9th, 09:00) were missed:
    // 840 / 1011 in bounds, 1011 / 1116 known.
    let shell = key_result(status, 0);
    assert_eq!(
        (&shell["verdict"], &shell["value"]),
        (&"missed".into(), &"1".into())
    );
    assert_eq!(shell["in_bounds"]["met_seconds"], 840 * 3_600);
    assert_eq!(shell["in_bounds"]["missed_seconds"], 171 * 3_600);
    assert_eq!(shell["in_bounds"]["unknown_seconds"], 105 * 3_600);
    assert_eq!(
        (&shell["score"], &shell["band"]),
        (&"0.830861".into(), &"green".into())
    );
    // From 12 to a quarter of that: (12 - 10) / (12 - 3) = 2/9, 28.3 points behind.
    let open = key_result(status, 1);
    assert_eq!(
        (&open["start"], &open["value"]),
        (&"12".into(), &"10".into())
    );
    assert_eq!(open["target"]["value"], "3");
    assert_eq!(
        (&open["score"], &open["band"]),
        (&"0.222222".into(), &"red".into())
    );
    assert_eq!(open["pace"]["gap_points"], "28.321256");
    assert_eq!(open["pace"]["state"], "behind");
    // Changes 0, -1, -1, 0, 0, 0 and six weeks left: none of the paths loses seven.
    assert_eq!(open["forecast"]["steps_left"], 6);
    assert_eq!(open["forecast"]["probability"], "0");
    assert_eq!(
        (&open["forecast"]["percent"], &open["forecast"]["word"]),
        (&5.into(), &"unlikely".into())
    );
    assert_eq!(
        (
            &open["forecast"]["p10"],
            &open["forecast"]["p50"],
            &open["forecast"]["p90"]
        ),
        (&"7".into(), &"8".into(), &"9".into())
    );
    // The check-in of the week before counts until the 17th: (50 - 35) / (80 - 35) = 1/3.
    let trained = key_result(status, 2);
    assert_eq!(
        (&trained["value"], &trained["score"]),
        (&"0.5".into(), &"0.333333".into())
    );
    assert_eq!(trained["pace"]["gap_points"], "17.210145");
    assert_eq!(trained["confidence"]["value"], "0.5");
    // 33 of 2,000 paths, by another program with the same draws.
    assert_eq!(trained["forecast"]["probability"], "0.0165");
    // B605 came in a week ago and is open: more than 7 d, of which 21 d is not told.
    let fix = key_result(status, 3);
    assert_eq!(
        (&fix["verdict"], &fix["bound"]),
        (&"unknown".into(), &"at_least".into())
    );
    assert_eq!(fix["shown"]["value"], "at least 7 d");
    assert_eq!(
        (&fix["health"], &fix["score"]),
        (&true.into(), &Value::Null)
    );
    // Weights 1, 2, 1: (840/1011 + 2 * 2/9 + 1/3) / 4.
    let objective = &status["objectives"][0];
    assert_eq!(
        (&objective["score"], &objective["band"]),
        (&"0.40216".into(), &"amber".into())
    );
    assert_eq!(objective["score_known"], "1");
}

/// 88.5 of 92 days are over.
fn in_the_last_week(status: &Value) {
    // 2,124 hours: 105 unknown, 336 missed, 1,683 met.
    let shell = key_result(status, 0);
    assert_eq!(
        (&shell["verdict"], &shell["score"]),
        (&"met".into(), &"0.833581".into())
    );
    assert_eq!(shell["in_bounds"]["missed_seconds"], 336 * 3_600);
    assert_eq!(shell["in_bounds"]["known"], "0.950565");
    // (12 - 4) / (12 - 3).
    let open = key_result(status, 1);
    assert_eq!(
        (&open["verdict"], &open["value"]),
        (&"missed".into(), &"4".into())
    );
    assert_eq!(
        (&open["score"], &open["score_fraction"]),
        (&"0.888889".into(), &"8/9".into())
    );
    let found: Vec<(i64, String)> = (1..).zip(FOUND.map(|found| found.to_string())).collect();
    assert_eq!(
        values(open),
        found,
        "the first step is the half week before"
    );
    let trained = key_result(status, 2);
    assert_eq!(
        (&trained["verdict"], &trained["score"]),
        (&"met".into(), &"1".into())
    );
    let weeks: Vec<i64> = values(trained).into_iter().map(|(week, _)| week).collect();
    assert_eq!(
        weeks,
        [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13],
        "a gap in week 7"
    );
    assert_eq!(trained["confidence"]["value"], "0.8");
    // Twelve were there at adoption; B605 stood from 11-09 to 11-23.
    let fix = key_result(status, 3);
    assert_eq!(
        (&fix["verdict"], &fix["value"], &fix["shown"]["value"]),
        (&"met".into(), &"1209600".into(), &"14 d".into())
    );
    // (1683/2019 + 2 * 8/9 + 1) / 4.
    let objective = &status["objectives"][0];
    assert_eq!(
        (&objective["score"], &objective["band"]),
        (&"0.90284".into(), &"green".into())
    );
    let counts = &status["counts"];
    assert_eq!((&counts["met"], &counts["missed"]), (&3.into(), &1.into()));
}

/// The aspirational key result may miss; 2,208 hours, 1,767 of them in bounds.
fn at_the_close(quarter: &Quarter) {
    let (code, said) = quarter.krgate("2026-12-31T00:00:00Z", &["period", "close"]);
    assert_eq!((code, &*said), (2, ""), "it runs");
    let (code, said) = quarter.krgate("2027-01-02T00:00:00Z", &["period", "close"]);
    assert_eq!(code, 0, "{said}");
    // (1767/2103 + 2 * 8/9 + 1) / 4.
    assert!(said.contains("- code: 0.9045 green\n"), "{said}");
    let status = quarter.status("2027-01-04T00:00:00Z");
    let grade = |place: usize| &key_result(&status, place)["closed"];
    assert_eq!(grade(0)["score"], "0.8402");
    assert_eq!(
        (&grade(1)["score"], &grade(1)["value"]),
        (&"0.8889".into(), &"4".into())
    );
    assert_eq!(
        (&grade(2)["score"], &grade(2)["verdict"]),
        (&"1".into(), &"met".into())
    );
    for place in 0..3 {
        assert_eq!(
            key_result(&status, place)["amended"],
            Value::Null,
            "{place}"
        );
    }
}
