//! A folder with a report and the reference policy, and krgate in it under limits.

use std::collections::BTreeMap;
use std::path::PathBuf;

use assert_cmd::Command;
use krgate::model::is_hidden;
use pulldown_cmark::{Event, Options, Parser, Tag};
use tempfile::TempDir;

use crate::runner::assert_no_command;

pub(crate) const FORMATS: &[&str] = &["text", "json", "sarif", "junit", "markdown"];

/// A folder that krgate runs in.
pub(crate) struct Bench {
    folder: TempDir,
}

/// What a run wrote and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// Standard output and error.
    pub(crate) streams: [String; 2],
    /// The files, by their format.
    pub(crate) files: BTreeMap<&'static str, String>,
}

impl Bench {
    /// One report entry of class secrets, and one key result that wants none.
    pub(crate) fn new(format: Option<&str>) -> Self {
        let format = format.map_or_else(String::new, |word| format!(", format: {word}"));
        let bench = Self {
            folder: TempDir::new().unwrap(),
        };
        let policy = format!(
            "version: 1\nreports:\n  - {{ path: \"reports/*\", class: secrets{format} }}\n\
             objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      \
             - {{ id: none, title: None, measure: {{ count: {{ class: secrets }} }}, \
             target: \"<= 0\", on_miss: block }}\n"
        );
        bench.file("krgate.yaml", policy);
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// A command with an empty environment, where the system can within 10 seconds of
    /// processor time and 256 MiB.
    pub(crate) fn command(&self) -> Command {
        let krgate = env!("CARGO_BIN_EXE_krgate");
        let mut command = if cfg!(unix) {
            let mut shell = Command::new("/bin/sh");
            shell.args([
                "-c",
                "ulimit -t 10 && ulimit -v 262144 && exec \"$0\" \"$@\"",
                krgate,
            ]);
            shell
        } else {
            Command::new(krgate)
        };
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
            .env("KRGATE_SECRET_KEY", "0123456789abcdef");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command().args(arguments).output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            streams: [output.stdout, output.stderr].map(|s| String::from_utf8(s).unwrap()),
            files: BTreeMap::new(),
        }
    }

    /// Judges, with everything in every format: no output is live, the same is written
    /// twice, and no format changes the exit code.
    pub(crate) fn check(&self) -> Ended {
        let ended = self.run_with_files();
        assert_eq!(ended, self.run_with_files(), "a second run writes the same");
        for format in FORMATS {
            let code = self.run(&["check", "--format", format]).code;
            assert_eq!(code, ended.code, "{format}");
        }
        ended.assert_harmless();
        ended
    }

    fn run_with_files(&self) -> Ended {
        let outputs: Vec<_> = FORMATS
            .iter()
            .map(|f| format!("--output={f}=out.{f}"))
            .collect();
        let mut arguments = vec!["check", "--verbose"];
        arguments.extend(outputs.iter().map(String::as_str));
        let mut ended = self.run(&arguments);
        for format in FORMATS {
            let path = self.path(&format!("out.{format}"));
            let text = std::fs::read_to_string(&path).unwrap();
            ended.files.insert(format, text);
            std::fs::remove_file(path).unwrap();
        }
        ended
    }
}

impl Ended {
    /// Nothing that was written acts on a terminal, a log, a runner, or a page of Markdown.
    #[track_caller]
    pub(crate) fn assert_harmless(&self) {
        for text in self.streams.iter().chain(self.files.values()) {
            let hidden = text.chars().find(|c| is_hidden(*c) && *c != '\n');
            assert_eq!(hidden, None);
            assert!(!text.contains("##["));
            assert_no_command(text);
        }
        for format in ["json", "sarif"] {
            serde_json::from_str::<serde_json::Value>(&self.files[format]).unwrap();
        }
        let mut xml = quick_xml::Reader::from_str(&self.files["junit"]);
        while xml.read_event().unwrap() != quick_xml::events::Event::Eof {}
        for event in Parser::new_ext(&self.files["markdown"], Options::all()) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    let own = ["<br>", "<details>", "</details>", "<summary>", "</summary>"];
                    let rest = own
                        .iter()
                        .fold(html.to_string(), |rest, tag| rest.replace(tag, ""));
                    assert!(!rest.contains('<'), "{html}");
                }
                Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("{event:?}"),
                _ => {}
            }
        }
    }

    /// Everything that was written, in one text.
    pub(crate) fn all(&self) -> String {
        let files: String = self.files.values().map(String::as_str).collect();
        format!("{}{}{files}", self.streams[0], self.streams[1])
    }

    #[track_caller]
    pub(crate) fn shows(&self, what: &str) {
        assert!(self.files["text"].contains(what), "{}", self.files["text"]);
    }
}
