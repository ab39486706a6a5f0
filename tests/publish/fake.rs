//! A GitHub in memory, on a port of this machine. It answers one connection after another,
//! so that what it keeps is always of one piece, and it can break a connection at any point,
//! which servers for tests that speak HTTP by the book cannot.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::description::Description;

/// The token that every request must carry.
pub(crate) const TOKEN: &str = "made-up-token";

/// What happens to one request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It is carried out and answered.
    Pass,
    /// It is not carried out; the answer is this.
    Refuse(u16, Vec<(&'static str, String)>, String),
    /// It is carried out, and the answer is a status with no sense.
    StoreThen(u16),
    /// It is carried out, and the connection is closed without an answer.
    StoreThenDrop,
    /// It is not carried out, and the connection is closed without an answer.
    Drop,
    /// It is carried out, and the answer is JSON that ends in the middle.
    CutJson,
    /// It is carried out, and the connection is closed in the middle of the answer.
    CutBody,
    /// The head of an answer comes, and then nothing.
    Stall,
    /// An answer of so many bytes.
    Flood(usize),
}

impl Fault {
    pub(crate) fn refuse(status: u16, message: &str) -> Self {
        Self::Refuse(
            status,
            Vec::new(),
            json!({ "message": message }).to_string(),
        )
    }

    pub(crate) fn refuse_with(status: u16, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        Self::Refuse(
            status,
            headers,
            json!({ "message": "slow down" }).to_string(),
        )
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredComment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
}

#[derive(Clone, Debug)]
pub(crate) struct StoredRun {
    pub(crate) id: u64,
    pub(crate) fields: Value,
    pub(crate) annotations: Vec<Value>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) comments: Vec<StoredComment>,
    pub(crate) check_runs: Vec<StoredRun>,
    /// `METHOD /path` of every request, in order, without the base.
    pub(crate) requests: Vec<String>,
    /// What breaks GitHub's rules.
    faults: Vec<String>,
    script: VecDeque<Fault>,
    /// Where the `next` link leads, if not to the next page here.
    pub(crate) next_link: Option<String>,
    stalled: Vec<TcpStream>,
    is_over: bool,
}

pub(crate) struct Fake {
    address: SocketAddr,
    description: &'static Description,
    state: Arc<Mutex<State>>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        // A test that failed may have left it half way.
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_over = true;
        // The thread waits for one more connection and then ends.
        let _ = TcpStream::connect(self.address);
    }
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Fake {
    pub(crate) fn start(description: &'static Description) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let fake = Self {
            address,
            description,
            state: Arc::clone(&state),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if state.is_over {
                    return;
                }
                serve(stream, &mut state, description, address);
            }
        });
        fake
    }

    pub(crate) fn api_url(&self) -> String {
        format!("http://{}{}", self.address, self.description.base)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next requests, one after another; later ones pass.
    pub(crate) fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().script = faults.into_iter().collect();
    }

    /// The requests since the last call. Fails if one broke GitHub's rules.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        let mut state = self.state();
        assert_eq!(state.faults, [""; 0], "{}", self.description.name);
        std::mem::take(&mut state.requests)
    }

    pub(crate) fn add_comment(&self, author: &str, body: &str) -> u64 {
        let mut state = self.state();
        let id = 1 + u64::try_from(state.comments.len()).unwrap();
        state.comments.push(StoredComment {
            id,
            author: author.to_owned(),
            body: body.to_owned(),
        });
        id
    }
}

fn serve(mut stream: TcpStream, state: &mut State, description: &Description, own: SocketAddr) {
    let Some(request) = read(&stream) else {
        return;
    };
    let path = request
        .target
        .strip_prefix(description.base)
        .unwrap_or_else(|| {
            state
                .faults
                .push(format!("{} is not below the base", request.target));
            &request.target
        });
    state.requests.push(format!("{} {path}", request.method));
    let body = (!request.body.is_empty()).then(|| serde_json::from_slice(&request.body).unwrap());
    check(&request, path, body.as_ref(), description, state);
    let fault = state.script.pop_front().unwrap_or(Fault::Pass);
    let carry_out = |state: &mut State| {
        let here = format!("http://{own}{}", description.base);
        carry_out(&request.method, path, body.as_ref(), state, &here)
    };
    match fault {
        Fault::Pass => {
            let answer = carry_out(state);
            write(&mut stream, &answer, answer.body.len());
        }
        Fault::Refuse(status, headers, body) => {
            let answer = Answer {
                status,
                headers,
                body,
            };
            write(&mut stream, &answer, answer.body.len());
        }
        Fault::StoreThen(status) => {
            carry_out(state);
            let answer = Answer {
                status,
                headers: Vec::new(),
                body: "<html>".to_owned(),
            };
            write(&mut stream, &answer, answer.body.len());
        }
        Fault::StoreThenDrop => drop(carry_out(state)),
        Fault::Drop => {}
        Fault::CutJson => {
            let mut answer = carry_out(state);
            answer.body.truncate(answer.body.len() / 2);
            write(&mut stream, &answer, answer.body.len());
        }
        Fault::CutBody => {
            let answer = carry_out(state);
            write(&mut stream, &answer, answer.body.len() + 10);
        }
        Fault::Stall => {
            let answer = Answer {
                status: 200,
                headers: Vec::new(),
                body: "[".to_owned(),
            };
            write(&mut stream, &answer, 100);
            state.stalled.push(stream);
        }
        Fault::Flood(bytes) => {
            let answer = Answer {
                status: 200,
                headers: Vec::new(),
                body: " ".repeat(bytes),
            };
            write(&mut stream, &answer, bytes);
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}

fn write(stream: &mut TcpStream, answer: &Answer, claimed: usize) {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let mut head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {claimed}\r\n\
         connection: close\r\nx-github-request-id: AB12:CD34\r\n"
    );
    head.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n")),
    );
    // A client that has had enough closes first.
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
    let _ = stream.flush();
}

/// What the schemas let through (rule G149).
fn check(
    request: &Request,
    path: &str,
    body: Option<&Value>,
    description: &Description,
    state: &mut State,
) {
    let all = |name: &str| -> Vec<&str> {
        let same = request.headers.iter().filter(|(own, _)| own == name);
        same.map(|(_, value)| value.as_str()).collect()
    };
    let agent = format!("krgate/{}", env!("CARGO_PKG_VERSION"));
    let bearer = format!("Bearer {TOKEN}");
    for (name, wanted) in [
        ("user-agent", agent.as_str()),
        ("authorization", bearer.as_str()),
        ("accept", "application/vnd.github+json"),
        ("x-github-api-version", "2022-11-28"),
    ] {
        if all(name) != [wanted] {
            state.faults.push(format!("{name}: {:?}", all(name)));
        }
    }
    if body.is_some() && all("content-type") != ["application/json"] {
        state
            .faults
            .push(format!("content-type: {:?}", all("content-type")));
    }
    let bare = path.split('?').next().unwrap();
    // A `next` link names the repository by its number.
    let named = bare.replacen("/repositories/1/", "/repos/acme/pay/", 1);
    state
        .faults
        .extend(description.faults(&request.method, &named, body));
}

fn carry_out(
    method: &str,
    path: &str,
    body: Option<&Value>,
    state: &mut State,
    here: &str,
) -> Answer {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = bare.trim_start_matches('/').split('/').collect();
    let route: &[&str] = match parts.as_slice() {
        ["repos", "acme", "pay", route @ ..] | ["repositories", "1", route @ ..] => route,
        _ => return not_found(),
    };
    match (method, route) {
        ("GET", ["issues", "7", "comments"]) => list_comments(query, state, here),
        ("POST", ["issues", "7", "comments"]) => {
            let text = body.unwrap()["body"].as_str().unwrap().to_owned();
            if text.chars().count() > 65_536 {
                return too_long();
            }
            let id = 1 + state.comments.iter().map(|c| c.id).max().unwrap_or(0);
            state.comments.push(StoredComment {
                id,
                author: "github-actions[bot]".to_owned(),
                body: text,
            });
            answer(201, json!({ "id": id }))
        }
        ("PATCH", ["issues", "comments", id]) => {
            let id: u64 = id.parse().unwrap();
            let text = body.unwrap()["body"].as_str().unwrap().to_owned();
            if text.chars().count() > 65_536 {
                return too_long();
            }
            let Some(comment) = state.comments.iter_mut().find(|c| c.id == id) else {
                return not_found();
            };
            comment.body = text;
            answer(200, json!({ "id": id }))
        }
        ("POST", ["check-runs"]) => {
            let id = 900 + u64::try_from(state.check_runs.len()).unwrap();
            let fields = body.unwrap().clone();
            let annotations = fields["output"]["annotations"].as_array().unwrap().clone();
            let run = StoredRun {
                id,
                fields,
                annotations,
            };
            let shown = shown(&run);
            state.check_runs.push(run);
            answer(201, shown)
        }
        (_, ["check-runs", id]) => {
            let id: u64 = id.parse().unwrap();
            let Some(run) = state.check_runs.iter_mut().find(|run| run.id == id) else {
                return not_found();
            };
            if let Some(body) = body {
                let more = body["output"]["annotations"].as_array().unwrap();
                run.annotations.extend(more.iter().cloned());
            }
            answer(200, shown(run))
        }
        ("GET", ["commits", sha, "check-runs"]) => {
            let name = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("check_name="))
                .map(|name| name.replace("%20", " "));
            let runs: Vec<Value> = state
                .check_runs
                .iter()
                .filter(|run| run.fields["head_sha"] == *sha)
                .filter(|run| name.as_ref().is_none_or(|name| run.fields["name"] == *name))
                .map(shown)
                .collect();
            answer(
                200,
                json!({ "total_count": runs.len(), "check_runs": runs }),
            )
        }
        _ => not_found(),
    }
}

fn shown(run: &StoredRun) -> Value {
    json!({
        "id": run.id,
        "name": run.fields["name"],
        "external_id": run.fields["external_id"],
        "output": { "annotations_count": run.annotations.len(), "text": null },
    })
}

fn list_comments(query: &str, state: &State, here: &str) -> Answer {
    let of = |name: &str| {
        query.split('&').find_map(|pair| {
            pair.strip_prefix(&format!("{name}="))?
                .parse::<usize>()
                .ok()
        })
    };
    let (size, page) = (of("per_page").unwrap_or(30), of("page").unwrap_or(1));
    let from = size * (page - 1);
    let items: Vec<Value> = state
        .comments
        .iter()
        .skip(from)
        .take(size)
        .map(|c| {
            let user = (c.author != "ghost").then(|| json!({ "login": c.author, "type": "Bot" }));
            json!({ "id": c.id, "body": c.body, "user": user, "reactions": {} })
        })
        .collect();
    let mut answer = answer(200, Value::Array(items));
    if state.comments.len() > from + size {
        let next = format!(
            "{here}/repositories/1/issues/7/comments?per_page={size}&page={}",
            page + 1
        );
        let next = state.next_link.clone().unwrap_or(next);
        let last = format!("{here}/repositories/1/issues/7/comments?per_page={size}&page=99");
        let link = format!("<{next}>; rel=\"next\", <{last}>; rel=\"last\"");
        answer.headers.push(("link", link));
    }
    answer
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "bodies are made where they are given"
)]
fn answer(status: u16, body: Value) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

fn not_found() -> Answer {
    answer(404, json!({ "message": "Not Found" }))
}

fn too_long() -> Answer {
    let fault = json!({ "resource": "IssueComment", "field": "data", "code": "unprocessable" });
    answer(
        422,
        json!({ "message": "Validation Failed", "errors": [fault] }),
    )
}
