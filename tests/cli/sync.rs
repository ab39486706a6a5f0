//! `krgate sync` against a server on this machine that refuses, breaks and answers nonsense.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::{Ended, NOW, Place};

/// What the server does with a request.
#[cfg_attr(
    not(feature = "github"),
    expect(dead_code, reason = "a build without the network breaks nothing")
)]
#[derive(Clone, Copy)]
enum Act {
    /// It answers with a status, headers and no body.
    Answer(u16, &'static str),
    /// It answers with this and nothing else.
    Raw(&'static str),
    /// It reads the request and closes the connection.
    Hang,
}

const OK: Act = Act::Answer(200, "content-type: application/json\r\n");

/// A server that keeps what it was sent.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers with each of these in turn, then with the last one.
    fn start(script: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, script) = (Arc::clone(&requests), script.to_vec());
        std::thread::spawn(move || {
            for (turn, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let Some(request) = read(&mut stream) else {
                    continue;
                };
                kept.lock().unwrap().push(request);
                let act = script[turn.min(script.len() - 1)];
                let text = match act {
                    Act::Hang => continue,
                    Act::Raw(text) => text.to_owned(),
                    Act::Answer(status, headers) => format!(
                        "HTTP/1.1 {status} x\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
                    ),
                };
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The bodies that came, without what changes from run to run.
    fn bodies(&self) -> Vec<serde_json::Value> {
        let all = self.requests();
        all.iter()
            .map(|request| {
                let (_, body) = request.split_once("\r\n\r\n").unwrap();
                serde_json::from_str(body).unwrap()
            })
            .collect()
    }
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = stream.read(&mut part).ok()?;
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let wanted = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.trim().parse().ok())
                .unwrap_or(0);
            if body.len() >= wanted {
                return Some(text);
            }
        }
        if length == 0 {
            return None;
        }
    }
}

/// A policy with two key results that are measured and one that nobody checked in, and a
/// ledger with the record of one run.
fn place(sync: &str) -> Place {
    let place = Place::new();
    let text = format!(
        "version: 1\nledger: dir:kept\nreports:\n  - {{ name: code, path: r.sarif, class: sast \
         }}\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      - {{ \
         id: all, title: A, measure: {{ count: {{ class: sast }} }}, target: \"<= 100\" }}\n      - \
         {{ id: tools, title: T, measure: {{ tools: {{ sast: 1 }} }}, target: \">= 100%\" }}\n      - \
         {{ id: trained, title: C, measure: {{ check_in: {{ unit: \"%\" }} }}, target: \">= 80%\", \
         on_miss: observe }}\n{sync}"
    );
    place
        .file("krgate.yaml", text)
        .fixture("demo/reports/semgrep.sarif", "r.sarif");
    record(&place, NOW);
    place
}

fn record(place: &Place, now: &str) {
    let arguments = ["check", "--record", "--event=state", "--now", now];
    let ended = place.run(&arguments);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

fn to(server: &Server) -> String {
    format!(
        "sync:\n  page: https://example.org/okr/{{external_id}}\n  http:\n    to: \"http://{}/k\"\n    \
         token: KRGATE_SYNC_TOKEN\n",
        server.address
    )
}

/// Nothing of this may be seen anywhere.
const TOKEN: &str = "made-up-sync-word";

fn sync(place: &Place, arguments: &[&str]) -> Ended {
    let mut all = vec!["sync", "--to=http"];
    all.extend(arguments);
    let mut command = place.command(&all);
    command.env("KRGATE_SYNC_TOKEN", TOKEN);
    let ended = Ended::of(&command.output().unwrap());
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    ended
}

#[test]
fn key_result_k36_each_figure_goes_out_once_and_what_is_unknown_does_not() {
    let server = Server::start(&[OK]);
    let place = place(&to(&server));
    let first = sync(&place, &[]);
    if !cfg!(feature = "github") {
        assert_eq!(first.code, 2, "{}", first.stderr);
        return;
    }
    assert_eq!(
        (first.code, first.stderr.as_str()),
        (0, ""),
        "{}",
        first.stdout
    );
    let out = &first.stdout;
    assert!(out.contains("sent      o/all  "), "{out}");
    assert!(
        out.contains("skipped   o/trained  nobody has checked in yet\n"),
        "{out}"
    );
    assert!(
        out.ends_with("sync to http: 2 sent, 1 not (exit 0)\n"),
        "{out}"
    );
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 2, "what is unknown is not sent as 0");
    assert_eq!(bodies[0]["external_id"], "o/all");
    assert_eq!(bodies[0]["value"], 12);
    assert_eq!(bodies[0]["at"], NOW);
    assert_eq!(bodies[0]["comment"], "12 (met), target <= 100");
    assert_eq!(bodies[0]["url"], "https://example.org/okr/o%2Fall");
    assert_eq!(bodies[1]["value"], 100);
    assert_eq!(bodies[1].get("confidence"), None);
    let head = &server.requests()[0];
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /k http/1.1\r\n"), "{head}");
    assert!(
        head.contains(&format!("\r\nauthorization: bearer {TOKEN}\r\n")),
        "{head}"
    );
    assert!(head.contains("\r\nidempotency-key: "), "{head}");
    // The same again sends nothing; a new record is a new figure.
    let again = sync(&place, &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stdout.contains("left out  o/all  sent before\n"),
        "{}",
        again.stdout
    );
    assert_eq!(server.requests().len(), 2);
    assert_eq!(sync(&place, &["--again"]).code, 0);
    assert_eq!(
        server.requests().len(),
        2,
        "what arrived is never sent again"
    );
    record(&place, "2026-11-17T00:00:00Z");
    let later = sync(&place, &["--now=2026-11-17T00:00:00Z"]);
    assert_eq!(later.code, 0, "{}", later.stderr);
    assert_eq!(server.requests().len(), 4);
    let kept = place.run(&["records", "list", "--kind=sync"]);
    assert_eq!(kept.stdout.lines().count(), 2, "{}", kept.stdout);
    assert_eq!(place.run(&["records", "verify"]).code, 0);
    for file in std::fs::read_dir(place.path("kept/records/2026-11")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(
            !text.contains(TOKEN) && !text.contains("127.0.0.1"),
            "{text}"
        );
    }
}

#[cfg(feature = "github")]
#[test]
fn key_result_k36_what_is_refused_is_exit_4_and_goes_out_later() {
    for act in [
        Act::Answer(401, ""),
        Act::Answer(403, ""),
        Act::Answer(429, ""),
        Act::Answer(302, "location: http://127.0.0.1:1/elsewhere\r\n"),
    ] {
        let server = Server::start(&[act, OK]);
        let place = place(&to(&server));
        let refused = sync(&place, &[]);
        assert_eq!(refused.code, 4, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("error[sync-failed]"),
            "{}",
            refused.stderr
        );
        assert!(
            refused.stdout.ends_with("0 sent, 3 not (exit 4)\n"),
            "{}",
            refused.stdout
        );
        assert_eq!(server.requests().len(), 1, "the others would fare alike");
        let later = sync(&place, &[]);
        assert_eq!(later.code, 0, "{}", later.stderr);
        let bodies = server.bodies();
        let ids: Vec<_> = bodies
            .iter()
            .map(|b| b["external_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["o/all", "o/all", "o/tools"]);
    }
}

#[cfg(feature = "github")]
#[test]
fn key_result_k36_one_figure_that_is_not_taken_does_not_keep_the_others() {
    let server = Server::start(&[Act::Answer(404, ""), OK]);
    let place = place(&to(&server));
    let first = sync(&place, &[]);
    assert_eq!(first.code, 4);
    assert!(
        first.stdout.contains("sent      o/tools"),
        "{}",
        first.stdout
    );
    assert_eq!(sync(&place, &[]).code, 0);
    let bodies = server.bodies();
    let ids: Vec<_> = bodies
        .iter()
        .map(|b| b["external_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["o/all", "o/tools", "o/all"]);
}

#[cfg(feature = "github")]
#[test]
fn key_result_k36_what_may_have_arrived_is_not_sent_twice() {
    let page = Act::Answer(200, "content-type: text/html; charset=utf-8\r\n");
    for act in [
        Act::Answer(500, ""),
        Act::Answer(503, ""),
        Act::Raw("what is this\r\n\r\n"),
        Act::Raw("HTTP/1.1 200"),
        Act::Hang,
        page,
    ] {
        let server = Server::start(&[act, OK]);
        let place = place(&to(&server));
        let lost = sync(&place, &[]);
        assert_eq!(lost.code, 4, "{}", lost.stderr);
        assert!(
            lost.stderr.contains("error[sync-unsure]"),
            "{}",
            lost.stderr
        );
        assert_eq!(server.requests().len(), 1, "and no second try of its own");
        let next = sync(&place, &[]);
        assert_eq!(next.code, 0, "{}", next.stderr);
        assert!(
            next.stdout.contains("left out  o/all  it may have arrived"),
            "{}",
            next.stdout
        );
        let ids = |server: &Server| -> Vec<String> {
            let bodies = server.bodies();
            bodies
                .iter()
                .map(|b| b["external_id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(ids(&server), ["o/all", "o/tools"]);
        assert_eq!(sync(&place, &["--again"]).code, 0);
        assert_eq!(ids(&server), ["o/all", "o/tools", "o/all"]);
        assert_eq!(sync(&place, &["--again"]).code, 0);
        assert_eq!(ids(&server).len(), 3);
    }
}

#[cfg(feature = "github")]
#[test]
fn key_result_k36_a_server_that_asks_to_wait_is_asked_again_and_none_is_exit_4() {
    let server = Server::start(&[Act::Answer(429, "retry-after: 1\r\n"), OK]);
    let waited = place(&to(&server));
    let ended = sync(&waited, &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(server.requests().len(), 3);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let alone = place(&format!(
        "sync: {{ http: {{ to: \"http://{address}/k\" }} }}\n"
    ));
    let ended = sync(&alone, &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("no\n  connection came about"),
        "{}",
        ended.stderr
    );
    let kept = alone.run(&["records", "list", "--kind=sync"]);
    assert!(!kept.stdout.contains("sync"), "{}", kept.stdout);
}

#[cfg(feature = "github")]
#[test]
fn key_result_k36_tability_gets_its_shape_and_no_token_is_shown() {
    let server = Server::start(&[OK]);
    let place = place(&format!(
        "sync:\n  tability:\n    to: \"http://{}/webhooks/checkins\"\n    token: \
         KRGATE_SYNC_ME\n    key_results: {{ all: KRGATE_SYNC_ALL }}\n",
        server.address
    ));
    let run = |arguments: &[&str]| {
        let mut all = vec!["sync", "--to=tability"];
        all.extend(arguments);
        let mut command = place.command(&all);
        command.env("KRGATE_SYNC_ME", TOKEN);
        command.env("KRGATE_SYNC_ALL", "made-up-outcome");
        Ended::of(&command.output().unwrap())
    };
    let shown = run(&["--dry-run"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let line = format!(
        "would send  POST http://{}/webhooks/checkins  {{\"body\":\"12 (met), target <= \
         100\",\"personal_api_token\":\"***\",\"score\":\"12\"}}\n",
        server.address
    );
    assert_eq!(shown.stdout, line);
    assert_eq!(server.requests().len(), 0);
    let ended = run(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 1, "only what the policy lists");
    assert_eq!(bodies[0]["personal_api_token"], TOKEN);
    let head = &server.requests()[0];
    let wanted = "POST /webhooks/checkins?remote_checkins_token=made%2Dup%2Doutcome HTTP/1.1";
    assert!(head.starts_with(wanted), "{head}");
    for text in [&ended.stdout, &ended.stderr, &shown.stdout] {
        assert!(!text.contains(TOKEN) && !text.contains("outcome"), "{text}");
    }
}

#[test]
fn key_result_k36_csv_is_a_file_and_nothing_is_on_by_default() {
    let place = place("");
    let csv = place.run(&["sync", "--to=csv"]);
    assert_eq!(csv.code, 0, "{}", csv.stderr);
    assert_eq!(
        csv.stdout,
        format!(
            "external_id,value,at,confidence,comment,url\no/all,12,{NOW},,\"12 (met), target <= \
             100\",\no/tools,100,{NOW},,\"100% (met), target >= 100%\",\n"
        )
    );
    assert!(csv.stderr.contains("skipped   o/trained"), "{}", csv.stderr);
    let file = place.run(&["sync", "--to=csv", "--output=okr.csv"]);
    assert_eq!((file.code, file.stdout.as_str()), (0, ""));
    let text = std::fs::read_to_string(place.path("okr.csv")).unwrap();
    assert_eq!(text, csv.stdout);
    for to in ["http", "tability"] {
        let ended = place.run(&["sync", "--to", to]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("sync: {"), "{}", ended.stderr);
    }
}

#[test]
fn key_result_k36_without_its_secret_nothing_is_sent() {
    let server = Server::start(&[OK]);
    let place = place(&to(&server));
    let ended = place.run(&["sync", "--to=http"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("`KRGATE_SYNC_TOKEN` is not set"),
        "{}",
        ended.stderr
    );
    let mut command = place.command(&["sync", "--to=http"]);
    command.env("KRGATE_SYNC_TOKEN", "two words");
    assert_eq!(command.output().unwrap().status.code(), Some(4));
    assert_eq!(server.requests().len(), 0);
    // A damaged ledger is not spread.
    let month = place.path("kept/records/2026-11");
    let record = std::fs::read_dir(month).unwrap().next().unwrap().unwrap();
    std::fs::write(record.path(), "{}\n").unwrap();
    let damaged = sync(&place, &[]);
    assert_eq!(damaged.code, 4, "{}", damaged.stderr);
    assert!(
        damaged.stderr.contains("error[history-damaged]"),
        "{}",
        damaged.stderr
    );
    assert_eq!(server.requests().len(), 0);
}
