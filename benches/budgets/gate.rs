//! krgate itself: its command lines, a policy of ten key results, and what its answer must
//! hold to count as one. A figure of a run that went wrong is worth nothing.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::inputs::Input;
use crate::measure::{Figure, Run, once};

/// The release binary, built beside this benchmark.
const KRGATE: &str = env!("CARGO_BIN_EXE_krgate");

/// Ten key results that look at every part of a finding.
const POLICY: &str = r#"version: 1
scopes:
  prod: { paths: ["src/**", "services/**", "infra/prod/**", "!**/tests/**"] }
severity: { unscored: by_level, by_level: { error: 8.0, warning: 5.0, note: 2.0 } }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: "@acme/appsec"
    key_results:
      - { id: all, title: Few findings, measure: { count: {} }, target: "<= 10" }
      - { id: high, title: No high score in production, measure: { count: { scope: prod, cvss: "> 7.0" } }, target: "<= 0" }
      - { id: code, title: No error in code, measure: { count: { class: [sast, iac], level: error } }, target: "<= 0" }
      - { id: packages, title: No critical package, measure: { count: { class: [sca, container], severity: critical } }, target: "<= 0" }
      - { id: secrets, title: No live secret, measure: { count: { class: secrets, not: { validity: inactive } } }, target: "<= 0" }
      - { id: injection, title: No injection, measure: { count: { cwe: [78, 79, 89] } }, target: "<= 0" }
      - { id: rule, title: No tainted value, measure: { count: { rule: "py/tainted-*" } }, target: "<= 0" }
      - { id: web, title: Few findings in web, measure: { count: { path: "web/**", distinct: path } }, target: "<= 5" }
      - { id: worst, title: Nothing above 9, measure: { max_cvss: { scope: prod } }, target: "<= 9" }
      - { id: tools, title: One tool of static analysis, measure: { tools: { sast: 1 } }, target: ">= 100%" }
"#;

/// Writes the policy into the folder of the inputs.
pub(crate) fn write_policy(folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("krgate.yaml");
    fs::write(&path, POLICY)?;
    Ok(path)
}

/// `krgate inspect` over an input: reading it to findings.
pub(crate) fn inspect(input: &Input) -> Run {
    run(input, &["inspect", "--format", "json"])
}

/// `krgate check` over an input with the policy of ten key results.
pub(crate) fn check(input: &Input) -> Run {
    run(input, &["check"])
}

fn run(input: &Input, arguments: &[&str]) -> Run {
    let mut command = vec![KRGATE.to_owned()];
    command.extend(arguments.iter().map(|&argument| argument.to_owned()));
    command.extend(input.names());
    Run {
        command,
        folder: input.folder.clone(),
        answer: None,
        limit: None,
        environment: false,
    }
}

/// Runs `krgate inspect` and `krgate check` once each and makes sure that both saw every
/// finding; the reason if not.
pub(crate) fn sees_all(input: &Input) -> Result<Result<(), String>, Box<dyn Error>> {
    let expected = input.written.findings;
    let (answer, figure) = ask(inspect(input))?;
    if figure.code != Some(0) {
        return Ok(Err(exit_of(&figure)));
    }
    let reports = answer.get("reports").and_then(Value::as_array);
    let read: u64 = reports
        .into_iter()
        .flatten()
        .filter_map(|report| report.get("findings")?.as_u64())
        .sum();
    if read != expected {
        return Ok(Err(format!("read {read} of {expected} findings")));
    }
    let mut run = check(input);
    run.command
        .extend(["--format".to_owned(), "json".to_owned()]);
    let (answer, figure) = ask(run)?;
    if let Err(why) = judged(figure) {
        return Ok(Err(why));
    }
    let findings = answer.get("findings").and_then(Value::as_array);
    let shown = u64::try_from(findings.map_or(0, Vec::len))?;
    Ok(if shown == expected {
        Ok(())
    } else {
        Err(format!("judged {shown} of {expected} findings"))
    })
}

/// Runs once and reads the JSON that it writes; null where it writes none.
fn ask(run: Run) -> Result<(Value, Figure), Box<dyn Error>> {
    let path = run.folder.join("answer.json");
    let figure = once(&Run {
        answer: Some(path.clone()),
        ..run
    })?;
    let text = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    Ok((serde_json::from_str(&text).unwrap_or_default(), figure))
}

/// The figure if the run came to a verdict (exit 0 or 1), else why it is worth nothing.
pub(crate) fn judged(figure: Figure) -> Result<Figure, String> {
    match figure.code {
        Some(0 | 1) => Ok(figure),
        _ => Err(exit_of(&figure)),
    }
}

/// Threads started and sockets opened by one `krgate check`, where strace is installed.
pub(crate) fn threads_and_sockets(
    input: &Input,
) -> Result<Result<(u64, u64), String>, Box<dyn Error>> {
    let trace = input.folder.join("strace.txt");
    let run = check(input);
    let started = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=clone,clone3,socket", "-o"])
        .arg(&trace)
        .args(&run.command)
        .current_dir(&run.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match started {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Err("strace is not installed".to_owned()));
        }
        Err(error) => return Err(error.into()),
        Ok(status) if !matches!(status.code(), Some(0 | 1)) => {
            return Ok(Err(format!("strace: {status}")));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(&trace)?;
    let count = |is: &dyn Fn(&str) -> bool| {
        u64::try_from(text.lines().filter(|line| is(line)).count()).unwrap_or(u64::MAX)
    };
    // A process that is started (git) is a clone too, without CLONE_THREAD.
    Ok(Ok((
        count(&|line| line.contains("CLONE_THREAD")),
        count(&|line| line.contains("socket(")),
    )))
}

fn exit_of(figure: &Figure) -> String {
    match figure.code {
        Some(code) => format!("krgate exited with {code}"),
        None => "krgate was ended by a signal".to_owned(),
    }
}
