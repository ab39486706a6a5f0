#!/usr/bin/env python3
"""Runs action.yml end to end through run_composite.py, with a krgate that is built already.

    scenarios.py KRGATE_BINARY [NAME]

Each scenario makes a real repository with a merge commit as GitHub does, puts real scanners' reports
(fixtures/demo) into it, and holds what the runner saw: conclusion, outputs, annotations, summary.
Exit 0: all hold. 1: one does not, and it is named. Needs git and PyYAML. KRGATE_CORPUS may name the corpus whose
hostile reports are tried too.
"""
import http.server, json, os, pathlib, re, shutil, subprocess, sys, tempfile, threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEMO = ROOT / "fixtures" / "demo"
AUTHOR = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
          "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
          "GIT_AUTHOR_DATE": "2026-11-02T09:00:00Z", "GIT_COMMITTER_DATE": "2026-11-02T09:00:00Z"}
BLOCKING = ["prod-cvss-7", "no-live-secret"]
POLICY = (DEMO / "krgate.yaml").read_text().replace("fixtures/demo/", "")


def git(folder, *words):
    done = subprocess.run(["git", "-C", str(folder), *words], env={**os.environ, **AUTHOR}, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.stdout.strip()


class Change:
    """A pull request: an origin with main, a change on it, and a checkout of the merge commit."""

    def __init__(self, scratch, depth, base_policy=POLICY, proposed_policy=None, fork=False, number=7):
        self.origin = scratch / "origin"
        self.origin.mkdir()
        git(self.origin, "init", "-q", "-b", "main")
        for name in ("services", "web", "infra"):
            if (DEMO / "app" / name).exists():
                shutil.copytree(DEMO / "app" / name, self.origin / name)
        (self.origin / ".github" / "workflows").mkdir(parents=True)
        (self.origin / ".github" / "workflows" / "x.yml").write_text("on: push\n")
        if base_policy is not None:
            (self.origin / "krgate.yaml").write_text(base_policy)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-q", "-m", "base")
        self.base = git(self.origin, "rev-parse", "HEAD")
        git(self.origin, "checkout", "-q", "-b", "change")
        ledger = self.origin / "services" / "pay" / "ledger.py"
        ledger.write_text("".join(line + "\n" for line in ledger.read_text().splitlines()[:17])
                          + "".join(line + "  # touched\n" for line in ledger.read_text().splitlines()[17:]))
        if proposed_policy is not None:
            (self.origin / "krgate.yaml").write_text(proposed_policy)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-q", "-m", "change")
        self.head = git(self.origin, "rev-parse", "HEAD")
        git(self.origin, "checkout", "-q", "-b", "merge", "main")
        git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
        self.merge = git(self.origin, "rev-parse", "HEAD")
        git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.workspace = scratch / "workspace"
        words = ["clone", "-q", f"file://{self.origin}", "-b", "merge", str(self.workspace)]
        git(scratch, *words[:2], *([f"--depth={depth}"] if depth else []), *words[2:])
        shutil.copytree(DEMO / "reports", self.workspace / "reports")
        repository = {"id": 1, "full_name": "acme/shop"}
        head_repository = {"id": 2, "full_name": "someone/shop"} if fork else repository
        self.payload = scratch / "event.json"
        self.payload.write_text(json.dumps({
            "action": "synchronize", "number": number, "repository": {**repository, "default_branch": "main"},
            "pull_request": {"number": number, "head": {"sha": self.head, "ref": "change", "repo": head_repository},
                             "base": {"sha": self.base, "ref": "main", "repo": repository}}}))
        self.env = {"GITHUB_SHA": self.merge, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": "11",
                    "GITHUB_RUN_ATTEMPT": "1", "GITHUB_REF": f"refs/pull/{number}/merge", "GITHUB_BASE_REF": "main",
                    "GITHUB_HEAD_REF": "change", "GITHUB_SERVER_URL": "https://github.com",
                    "GITHUB_API_URL": "https://api.github.com", "GITHUB_ACTOR": "octo",
                    "KRGATE_NOW": "2026-11-16T00:00:00Z"}

    def run(self, binary, *inputs):
        words = [sys.executable, str(HERE / "run_composite.py"), str(ROOT), str(self.workspace),
                 "--event", "pull_request", str(self.payload), "--input", "install=path"]
        for given in inputs:
            words += ["--input", given]
        for name, value in self.env.items():
            words += ["--env", f"{name}={value}"]
        env = {"PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.workspace.parent)}
        done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise AssertionError(f"the emulator refused: {done.stderr}")
        return json.loads(done.stdout)


def expect(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: expected {wanted!r}, saw {seen!r}")


def by_level(report, level):
    return [a for a in report["annotations"] if a["level"] == level]


def a_gate_that_fails_on_a_change(scratch, binary):
    report = Change(scratch, depth=2).run(binary)
    expect("conclusion", report["conclusion"], "failure")
    expect("status", report["outputs"]["status"], "fail")
    expect("exit code", report["outputs"]["exit-code"], "1")
    expect("blocking", json.loads(report["outputs"]["blocking"]), BLOCKING)
    expect("record", report["outputs"]["record"], "")
    expect("dropped", report["dropped"], 0)
    errors = by_level(report, "error")
    on_touched = [a for a in errors if a.get("file") == "services/pay/ledger.py"]
    if not on_touched or any(int(a["line"]) < 18 for a in on_touched):
        raise AssertionError(f"annotations on lines that the change touched: {errors}")
    expect("summaries", len(report["summaries"]), 1)
    for words in ("prod-cvss-7", "no-live-secret", "7 findings"):
        if words not in report["summaries"][0]:
            raise AssertionError(f"the summary does not say {words}")


def a_fork_cannot_write_and_is_judged_the_same(scratch, binary):
    report = Change(scratch, depth=2, fork=True).run(binary, "comment=true", "check-run=true")
    expect("exit code", report["outputs"]["exit-code"], "1")
    expect("status", report["outputs"]["status"], "fail")
    expect("summaries", len(report["summaries"]), 1)
    if "from a fork" not in report["log"]:
        raise AssertionError("the log does not say that a fork gets no comment")
    if not by_level(report, "error"):
        raise AssertionError("annotations need no token, and there are none")


def loosened(policy):
    return policy.replace('target: "<= 0"', 'target: "<= 99"')


def a_change_cannot_loosen_its_own_gate(scratch, binary):
    # At depth 1 the base commit is not in the checkout; it is fetched, for origin is a folder of this machine.
    for depth in (1, 2, 0):
        place = scratch / f"depth{depth}"
        place.mkdir()
        report = Change(place, depth, proposed_policy=loosened(POLICY)).run(binary)
        expect(f"exit code at depth {depth}", report["outputs"]["exit-code"], "1")
        expect(f"blocking at depth {depth}", json.loads(report["outputs"]["blocking"]), BLOCKING)
        if "loosened" not in report["summaries"][0]:
            raise AssertionError(f"the summary does not name what the change loosens: {report['summaries'][0]}")


def a_base_that_cannot_be_had_keeps_the_gate_shut(scratch, binary):
    change = Change(scratch, depth=1, proposed_policy=loosened(POLICY))
    git(change.workspace, "remote", "set-url", "origin", "https://elsewhere.invalid/acme/shop")
    report = change.run(binary)
    expect("exit code", report["outputs"]["exit-code"], "4")
    expect("status", report["outputs"]["status"], "error")
    if "fetch-depth: 2" not in report["log"]:
        raise AssertionError("the log does not give the remedy")


def a_first_policy_is_advice(scratch, binary):
    report = Change(scratch, 2, base_policy=None, proposed_policy=POLICY).run(binary)
    expect("exit code", report["outputs"]["exit-code"], "0")
    expect("conclusion", report["conclusion"], "success")
    if not any("base-policy-missing" in a["message"] or "nothing was enforced" in a["message"]
               for a in by_level(report, "warning")):
        raise AssertionError(f"no warning says that nothing was enforced: {report['annotations']}")


def a_scanner_job_that_failed_is_missing_evidence(scratch, binary):
    needs = json.dumps({"code-scan": {"result": "failure", "outputs": {}}, "secrets-scan": {"result": "success", "outputs": {}}})
    report = Change(scratch, 2).run(binary, f"needs={needs}")
    expect("exit code", report["outputs"]["exit-code"], "3")
    expect("status", report["outputs"]["status"], "error")
    if "upstream-job-not-successful" not in report["log"] or "`code-scan` failed" not in report["log"]:
        raise AssertionError("the job is not named")
    if "secrets-scan" in report["log"]:
        raise AssertionError("a job that succeeded is named")
    if "code-scan" not in report["summaries"][0]:
        raise AssertionError("the summary does not name the job")


def inputs_are_data(scratch, binary):
    change = Change(scratch, 2)
    report = change.run(binary, "policy=$(touch forged) `touch forged` \"; touch forged #", "environment=::error::x")
    expect("exit code", report["outputs"]["exit-code"], "2")
    if (change.workspace / "forged").exists():
        raise AssertionError("an input was run as a command")


def what_is_not_built_is_refused(scratch, binary):
    change = Change(scratch, 2)
    for given in ("ledger=s3://x", "command=repport", "annotations=al", "comment=maybe"):
        report = change.run(binary, given)
        expect(f"exit of the step for {given}", report["steps"][-1]["exit"], 2)
        expect(f"conclusion for {given}", report["conclusion"], "failure")


def a_weekly_report_is_a_summary_and_a_page(scratch, binary):
    if subprocess.run([str(binary), "report", "--help"], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode:
        print("skipped: this krgate has no report")
        return
    report = Change(scratch, 2).run(binary, "command=report", "ledger=dir:ledger")
    expect("conclusion", report["conclusion"], "success")
    expect("exit code", report["outputs"]["exit-code"], "0")
    expect("summaries", len(report["summaries"]), 1)
    expect("annotations", report["annotations"], [])
    for name in ("page", "report"):
        if not pathlib.Path(report["outputs"][name]).name:
            raise AssertionError(f"no output {name}")


def a_hostile_report_starts_no_command(scratch, binary):
    change = Change(scratch, 2)
    path = change.workspace / "reports" / "bandit.sarif"
    sarif = json.loads(path.read_text())
    for result in sarif["runs"][0]["results"]:
        result["message"]["text"] = "x\r::error::forged\n##[error]forged\n::add-mask::services"
        result["ruleId"] = "r::warning::forged ##[warning]forged"
        result.pop("rule", None)
        result.pop("ruleIndex", None)
    path.write_text(json.dumps(sarif))
    report = change.run(binary, "annotations=all")
    own(report)


def a_folder_below_the_root(scratch, binary):
    """Reports name files as from the working directory, git and GitHub as from the root of the repository."""
    change = Change(scratch, 2, base_policy=POLICY.replace("scope: prod, ", ""))
    report = change.run(binary, "working-directory=services", "policy=../krgate.yaml")
    expect("exit code without the reports there", report["outputs"]["exit-code"], "3")
    shutil.move(change.workspace / "reports", change.workspace / "services" / "reports")
    for path in (change.workspace / "services" / "reports").glob("*.sarif"):
        path.write_text(path.read_text().replace('"services/', '"').replace('/services/', '/'))
    report = change.run(binary, "working-directory=services", "policy=../krgate.yaml")
    files = {a.get("file") for a in report["annotations"] if "line" in a}
    if "services/pay/ledger.py" not in files:
        raise AssertionError(f"no annotation at the path from the root: {report['annotations']}")


class GitHub(http.server.BaseHTTPRequestHandler):
    """As much of GitHub as the comment and the check run of one pull request need."""

    def log_message(self, *_):
        pass

    def do(self, method):
        kept = self.server.kept
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = self.path.split("?")[0]
        kept["requests"].append((method, path))
        if self.headers.get("Authorization") not in ("Bearer token-for-tests", "token token-for-tests"):
            return self.answer(401, {"message": "Bad credentials"})
        if (method, path) == ("GET", "/repos/acme/shop/issues/7/comments"):
            return self.answer(200, kept["comments"])
        if (method, path) == ("POST", "/repos/acme/shop/issues/7/comments"):
            if kept["refuse"]:
                return self.answer(403, {"message": "Resource not accessible by integration"})
            kept["comments"].append({"id": len(kept["comments"]) + 1, "body": body["body"],
                                     "user": {"login": "github-actions[bot]"}})
            return self.answer(201, kept["comments"][-1])
        if method == "PATCH" and (m := re.fullmatch(r"/repos/acme/shop/issues/comments/(\d+)", path)):
            kept["comments"][int(m[1]) - 1]["body"] = body["body"]
            return self.answer(200, kept["comments"][int(m[1]) - 1])
        if (method, path) == ("POST", "/repos/acme/shop/check-runs"):
            kept["check_runs"].append(body)
            return self.answer(201, {"id": len(kept["check_runs"]), "external_id": body["external_id"],
                                     "output": {"annotations_count": len(body["output"]["annotations"])}})
        return self.answer(404, {"message": "Not Found"})

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.do("GET")

    def do_POST(self):
        self.do("POST")

    def do_PATCH(self):
        self.do("PATCH")


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    server.kept = {"comments": [], "check_runs": [], "requests": [], "refuse": False}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.kept


def a_comment_and_a_check_run(scratch, binary):
    server, kept = serve()
    change = Change(scratch, 2)
    change.env["GITHUB_API_URL"] = f"http://127.0.0.1:{server.server_port}"
    views = ("comment=true", "check-run=True")
    report = change.run(binary, *views)
    expect("exit code", report["outputs"]["exit-code"], "1")
    expect("comments", len(kept["comments"]), 1)
    body = kept["comments"][0]["body"]
    if not body.startswith("<!-- krgate:v1 key=") or change.head not in body or "prod-cvss-7" not in body:
        raise AssertionError(f"the comment: {body}")
    expect("check runs", len(kept["check_runs"]), 1)
    check_run = kept["check_runs"][0]
    expect("conclusion", check_run["conclusion"], "failure")
    expect("status", check_run["status"], "completed")
    expect("name", check_run["name"], "krgate findings")
    expect("head", check_run["head_sha"], change.head)
    marks = check_run["output"]["annotations"]
    if not any(mark["path"] == "services/pay/ledger.py" and mark["start_line"] >= 18 for mark in marks):
        raise AssertionError(f"no annotation on the lines of the change: {marks}")
    if "token-for-tests" in json.dumps(report):
        raise AssertionError("the token is in the log or an output")
    kept["requests"].clear()
    change.run(binary, *views)
    expect("comments after a second run", [c["body"] for c in kept["comments"]], [body])
    expect("writes of comments in the second run", [r for r in kept["requests"] if "comments" in r[1]],
           [("GET", "/repos/acme/shop/issues/7/comments")])
    # Judged by nobody: what stands there is said to be of no run any more.
    report = change.run(binary, *views, "policy=krgate.yaml", "needs=no JSON")
    expect("exit code of a wrong request", report["outputs"]["exit-code"], "2")
    expect("comments of a wrong request", len(kept["comments"]), 1)
    if "Nothing was judged" not in kept["comments"][0]["body"]:
        raise AssertionError(f"the comment of an old verdict stands: {kept['comments']}")
    expect("conclusion of a wrong request", kept["check_runs"][-1]["conclusion"], "failure")
    server.shutdown()


def a_comment_that_is_refused_is_exit_4(scratch, binary):
    server, kept = serve()
    kept["refuse"] = True
    change = Change(scratch, 2)
    change.env["GITHUB_API_URL"] = f"http://127.0.0.1:{server.server_port}"
    report = change.run(binary, "comment=true")
    expect("exit code", report["outputs"]["exit-code"], "4")
    expect("status", report["outputs"]["status"], "error")
    expect("blocking", json.loads(report["outputs"]["blocking"]), BLOCKING)
    if "pull-requests: write" not in report["log"]:
        raise AssertionError("the permission is not named")
    server.shutdown()


def a_fork_sends_nothing(scratch, binary):
    server, kept = serve()
    change = Change(scratch, 2, fork=True)
    change.env["GITHUB_API_URL"] = f"http://127.0.0.1:{server.server_port}"
    report = change.run(binary, "comment=true", "check-run=true")
    expect("exit code", report["outputs"]["exit-code"], "1")
    expect("requests", kept["requests"], [])
    if "publish-read-only" not in report["log"]:
        raise AssertionError("the log does not say why nothing is published")
    server.shutdown()


def the_log_begins_with_the_settings(scratch, binary):
    change = Change(scratch, 2)
    report = change.run(binary, "environment=production", "summary=false")
    lines = [line for line in report["log"].splitlines() if line.startswith("settings: ")]
    expect("lines of settings", len(lines), 1)
    for words in ("policy `krgate.yaml`", f"base {change.base}", f"head {change.head}", "change (`pull_request`)",
                  "sha256 ", "environment `production`", "views: annotations diff"):
        if words not in lines[0]:
            raise AssertionError(f"{words!r} is not in {lines[0]!r}")
    if "summary" in lines[0]:
        raise AssertionError("a summary that was not wanted is among the views")


def hostile_reports_of_the_corpus_start_no_command(scratch, binary):
    corpus = os.environ.get("KRGATE_CORPUS")
    if not corpus:
        print("skipped: hostile reports (KRGATE_CORPUS is not set)")
        return
    folder = pathlib.Path(corpus) / "hostile"
    rows = [line.split("\t") for line in (folder / "expected.tsv").read_text().splitlines()[1:]]
    change = Change(scratch, 2, base_policy=SECRETS_POLICY)
    report = change.workspace / "reports" / "hostile.json"
    for row in [row for row in rows if row[3] == "detect"][:6]:
        report.write_bytes((folder / row[1]).read_bytes())
        seen = change.run(binary, "annotations=all")
        expect(f"exit code of {row[0]}", seen["outputs"]["exit-code"], row[4])
        own(seen)


SECRETS_POLICY = """version: 1
reports:
  - { name: secrets, path: reports/hostile.json, class: secrets }
objectives:
  - id: o
    title: O
    owner: "@o"
    key_results:
      - { id: no-secret, title: No secret, measure: { count: { class: secrets } }, target: "<= 0" }
"""


def own(report):
    """Every annotation begins with words of krgate's own, and nothing was masked."""
    for annotation in report["annotations"]:
        message = annotation["message"]
        if not re.match(r"krgate: |no-[a-z-]+: |prod-|backlog-|Process completed with exit code \d\.", message):
            raise AssertionError(f"forged: {annotation}")
    if "***" in report["log"]:
        raise AssertionError("a report masked words of the log")


SCENARIOS = [a_gate_that_fails_on_a_change, a_fork_cannot_write_and_is_judged_the_same, a_fork_sends_nothing,
             a_change_cannot_loosen_its_own_gate, a_base_that_cannot_be_had_keeps_the_gate_shut,
             a_first_policy_is_advice, a_scanner_job_that_failed_is_missing_evidence, inputs_are_data,
             what_is_not_built_is_refused, a_weekly_report_is_a_summary_and_a_page, a_hostile_report_starts_no_command,
             hostile_reports_of_the_corpus_start_no_command, a_folder_below_the_root, a_comment_and_a_check_run,
             a_comment_that_is_refused_is_exit_4, the_log_begins_with_the_settings]


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    failed = 0
    for scenario in SCENARIOS:
        if len(sys.argv) > 2 and sys.argv[2] not in scenario.__name__:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            try:
                scenario(pathlib.Path(scratch), binary)
                print(f"ok    {scenario.__name__}")
            except AssertionError as wrong:
                failed += 1
                print(f"WRONG {scenario.__name__}: {wrong}")
    sys.exit(1 if failed else 0)


main()
