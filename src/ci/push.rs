//! What is about to be pushed: the lines that git writes to a pre-push hook, and the variables
//! by which the framework pre-commit passes on the one ref that it lets a hook see (rules G133,
//! G134, G139).

use super::Environment;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::ObjectId;

/// One ref that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The ref on the remote, as people read it; it may come from anybody.
    pub reference: String,
    /// The commit that it is to name.
    pub commit: ObjectId,
    /// The commit that it names now, as git says; `None` for a new one.
    pub onto: Option<ObjectId>,
}

/// What the framework pre-commit says of a push.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreCommit {
    /// True if that framework runs krgate.
    pub runs: bool,
    /// `PRE_COMMIT_FROM_REF`: the commit that is there already.
    pub from: Option<String>,
    /// `PRE_COMMIT_TO_REF`: the commit that is pushed.
    pub to: Option<String>,
    /// `PRE_COMMIT_REMOTE_NAME`.
    pub remote: Option<String>,
    /// `PRE_COMMIT_LOCAL_BRANCH`, which is what is pushed where there is nothing to compare
    /// with.
    pub local: Option<String>,
    /// `PRE_COMMIT_REMOTE_BRANCH`.
    pub reference: Option<String>,
}

impl PreCommit {
    /// Reads the variables.
    pub fn of(environment: &Environment) -> Self {
        let text = |name: &str| environment.text(name).map(str::to_owned);
        Self {
            runs: environment.has("PRE_COMMIT"),
            from: text("PRE_COMMIT_FROM_REF"),
            to: text("PRE_COMMIT_TO_REF"),
            remote: text("PRE_COMMIT_REMOTE_NAME"),
            local: text("PRE_COMMIT_LOCAL_BRANCH"),
            reference: text("PRE_COMMIT_REMOTE_BRANCH"),
        }
    }
}

/// Reads what git writes to the hook: `LOCALREF LOCALOID REMOTEREF REMOTEOID` a line. Tags,
/// notes and refs that are to be deleted are left out; they bring no code.
///
/// # Errors
/// `bad-push-line` with the number of the line.
pub fn read_lines(bytes: &[u8]) -> Result<Vec<Pushed>, Box<Diagnostic>> {
    let mut list = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let line = read_line(line).ok_or_else(|| bad_line(index + 1))?;
        list.extend(line.filter(|pushed| !is_no_code(&pushed.reference)));
    }
    Ok(list)
}

/// One line; `Some(None)` for a deletion. What is pushed may be an expression with blanks in
/// it, so the line is read from its end.
#[expect(
    clippy::option_option,
    reason = "a line that cannot be read is no line that pushes nothing"
)]
fn read_line(line: &[u8]) -> Option<Option<Pushed>> {
    let mut parts = line.rsplitn(4, |byte| *byte == b' ');
    let onto = object(parts.next()?)?;
    let reference = parts.next().filter(|name| !name.is_empty())?;
    let commit = object(parts.next()?)?;
    parts.next().filter(|name| !name.is_empty())?;
    Some(commit.map(|commit| Pushed {
        reference: String::from_utf8_lossy(reference).into_owned(),
        commit,
        onto,
    }))
}

/// A name of an object; `Some(None)` for zeros, which are git's word for none.
#[expect(
    clippy::option_option,
    reason = "what is no name is not the name of no object"
)]
fn object(bytes: &[u8]) -> Option<Option<ObjectId>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte == b'0') {
        return Some(None);
    }
    ObjectId::new(text).map(Some)
}

/// True for refs whose commits are not the work of the repository.
pub fn is_no_code(reference: &str) -> bool {
    ["refs/tags/", "refs/notes/"]
        .iter()
        .any(|head| reference.starts_with(head))
}

fn bad_line(number: usize) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            Code::BadPushLine,
            format!("line {number} of standard input is not one that git writes to a pre-push hook"),
        )
        .hint(
            "let git call `krgate hook pre-push`, or name what is pushed with `--from REF --to REF`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn read(text: &str) -> Vec<Pushed> {
        read_lines(text.as_bytes()).unwrap()
    }

    fn pushed(reference: &str, onto: Option<&str>) -> Pushed {
        Pushed {
            reference: reference.to_owned(),
            commit: ObjectId::new(ONE).unwrap(),
            onto: onto.and_then(ObjectId::new),
        }
    }

    #[test]
    fn github_g133_the_lines_of_the_protocol() {
        let a = format!("refs/heads/a {ONE} refs/heads/b {TWO}\n");
        assert_eq!(read(&a), [pushed("refs/heads/b", Some(TWO))]);
        let new = format!("HEAD~1 {ONE} refs/heads/new {NONE}");
        assert_eq!(read(&new), [pushed("refs/heads/new", None)]);
        let blanks = format!("HEAD@{{1 day ago}} {ONE} refs/heads/b {TWO}\r\n\n");
        assert_eq!(read(&blanks), [pushed("refs/heads/b", Some(TWO))]);
        assert_eq!(read(&[a.as_str(), &new].concat()).len(), 2);
        assert!(read("").is_empty() && read("\n").is_empty());
        let long = format!("a {} refs/heads/b {}", "1".repeat(64), "0".repeat(64));
        assert_eq!(read(&long).len(), 1);
    }

    #[test]
    fn github_g133_a_line_of_another_form_is_refused_with_its_number() {
        for line in [
            "refs/heads/a".to_owned(),
            format!("{ONE} refs/heads/b {TWO}"),
            format!("a {ONE} refs/heads/b"),
            format!("a {ONE} refs/heads/b {TWO} more"),
            format!("a {} refs/heads/b {TWO}", &ONE[1..]),
            format!("a  refs/heads/b {TWO}"),
            format!("a {ONE} refs/heads/b {TWO}\0"),
        ] {
            let text = format!("a {ONE} refs/heads/b {TWO}\n{line}\n");
            let refused = read_lines(text.as_bytes()).unwrap_err();
            assert_eq!(refused.code, Code::BadPushLine, "{line}");
            let said = format!("{:?}", refused.message);
            assert!(said.contains("line 2 of standard input"), "{said}");
        }
    }

    #[test]
    fn github_g134_deletions_tags_and_notes_bring_no_code() {
        for line in [
            format!("(delete) {NONE} refs/heads/b {TWO}"),
            format!("refs/tags/v1 {ONE} refs/tags/v1 {NONE}"),
            format!("HEAD {ONE} refs/tags/v1 {NONE}"),
            format!("refs/notes/commits {ONE} refs/notes/commits {NONE}"),
        ] {
            assert!(read(&line).is_empty(), "{line}");
        }
        // A tag that is pushed to a branch is code.
        let branch = format!("refs/tags/v1 {ONE} refs/heads/release {NONE}");
        assert_eq!(read(&branch), [pushed("refs/heads/release", None)]);
    }

    #[test]
    fn github_g139_the_variables_of_pre_commit() {
        let environment = Environment::from_pairs([
            ("PRE_COMMIT", "1"),
            ("PRE_COMMIT_FROM_REF", ONE),
            ("PRE_COMMIT_TO_REF", TWO),
            ("PRE_COMMIT_REMOTE_NAME", "origin"),
            ("PRE_COMMIT_REMOTE_URL", "ssh://h/o/r"),
            ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/a"),
            ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/b"),
        ]);
        let said = PreCommit::of(&environment);
        assert!(said.runs);
        assert_eq!(said.from.as_deref(), Some(ONE));
        assert_eq!(said.to.as_deref(), Some(TWO));
        assert_eq!(said.remote.as_deref(), Some("origin"));
        assert_eq!(said.local.as_deref(), Some("refs/heads/a"));
        assert_eq!(said.reference.as_deref(), Some("refs/heads/b"));
        let none = PreCommit::of(&Environment::default());
        assert_eq!(none, PreCommit::default());
    }
}
