//! The last line of defence of both streams: whatever is written, the runner sees no command
//! but those that were meant.

use std::io::Write as _;

use krgate::diagnostic::Message;
use krgate::render::encode::log::LogWriter;
use krgate::render::encode::workflow::{Kind, StopCommands, WorkflowCommand};
use proptest::prelude::*;

use crate::runner::{decode, lines, read};

/// What comes out of pieces that are written one after another.
fn guarded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut bytes = Vec::new();
    let mut log = LogWriter::new(&mut bytes);
    for piece in pieces {
        log.write_all(piece).unwrap();
    }
    log.finish().unwrap();
    drop(log);
    String::from_utf8(bytes).unwrap()
}

fn whole(text: &str) -> String {
    guarded([text.as_bytes()])
}

#[test]
fn github_g013_a_line_does_not_begin_with_a_command() {
    for (text, expected) in [
        ("::error::x", "- ::error::x"),
        ("a\n  ::error::x\n", "a\n  - ::error::x\n"),
        ("a\r::error::x", "a\r- ::error::x"),
        (
            "a\r\n\t\u{a0}\u{3000}::error::x",
            "a\r\n\t\u{a0}\u{3000}- ::error::x",
        ),
        ("\u{200b}::x::", "\u{200b}- ::x::"),
        (":\u{200b}:x::", "- :\u{200b}:x::"),
        ("a ::error::x", "a ::error::x"),
        (": a\n:\n:", ": a\n:\n:"),
        (":a:", ":a:"),
        ("", ""),
    ] {
        assert_eq!(whole(text), expected, "{text:?}");
    }
}

#[test]
fn github_g011_no_bracket_follows_two_hashes() {
    for (text, expected) in [
        ("a ##[error]x", "a ##\\u{5b}error]x"),
        ("###[x", "###\\u{5b}x"),
        ("#\u{ad}#\u{200b}[x", "#\u{ad}#\u{200b}\\u{5b}x"),
        ("##vso[x ##VsO[y", "##vso\\u{5b}x ##VsO\\u{5b}y"),
        (
            "##vs[x ##v#[y #[z ## [a ##vso [b",
            "##vs[x ##v#[y #[z ## [a ##vso [b",
        ),
        ("##\n[x", "##\n[x"),
    ] {
        assert_eq!(whole(text), expected, "{text:?}");
    }
}

#[test]
fn github_g013_what_is_no_utf8_is_shown_as_the_runner_reads_it() {
    let bytes: [&[u8]; 3] = [b"a\xff", b"b\xe2\x82", b"c\xe2"];
    let two = guarded(bytes.iter().take(2).copied());
    assert_eq!(two, "a\u{fffd}b\u{fffd}");
    let all = guarded(bytes.iter().copied().chain([&b"\x82\xac"[..]]));
    assert_eq!(all, "a\u{fffd}b\u{fffd}c€");
}

#[test]
fn github_g017_a_command_is_one_line_of_its_own() {
    let mut bytes = Vec::new();
    let mut log = LogWriter::new(&mut bytes);
    log.write_all(b"half a line").unwrap();
    log.command(&WorkflowCommand::new(Kind::Error, &Message::from("a\nb")))
        .unwrap();
    log.write_all(b"::error::x\n").unwrap();
    drop(log);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text, "half a line\n::error::a%0Ab\n- ::error::x\n");
}

/// Counts what reaches the stream.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl std::io::Write for &mut Writes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn encoder_e13_a_command_is_one_write() {
    let mut writes = Writes::default();
    let mut log = LogWriter::new(&mut writes);
    log.command(&WorkflowCommand::new(Kind::Notice, &Message::from("a")))
        .unwrap();
    drop(log);
    let written: Vec<_> = writes
        .0
        .into_iter()
        .filter(|piece| !piece.is_empty())
        .collect();
    assert_eq!(written, [b"::notice::a\n".to_vec()]);
}

#[test]
fn github_g016_plain_text_stands_between_stop_and_resume() {
    let text = "a\n::error::x\n::stop-commands::y";
    let mut bytes = Vec::new();
    let mut log = LogWriter::new(&mut bytes);
    log.apart(text.as_bytes()).unwrap();
    log.command(&WorkflowCommand::new(Kind::Error, &Message::from("mine")))
        .unwrap();
    log.apart(b"").unwrap();
    drop(log);
    let output = String::from_utf8(bytes).unwrap();
    let all = lines(&output);
    assert_eq!(all.len(), 6);
    assert!(all[0].starts_with("::stop-commands::") && all[0].len() == 17 + 32);
    assert_eq!(all[4], format!("::{}::", &all[0][17..]));
    let log = read(&output);
    assert_eq!(log.kept.len(), 1);
    assert_eq!(log.kept[0].message, "mine");
    assert!(!log.is_deaf);
}

#[test]
fn encoder_e14_the_token_is_that_of_the_text() {
    let of = |text: &str| StopCommands::around(text.as_bytes());
    assert_eq!(of("a"), of("a"));
    assert_ne!(of("a"), of("b"));
    // 32 digits of SHA-256("a").
    assert_eq!(of("a").resume(), "::ca978112ca1bbdcafac231b39a23dc4d::\n");
}

#[test]
fn github_g016_it_is_closed_where_the_stream_fails() {
    struct Narrow(Vec<u8>);
    impl std::io::Write for &mut Narrow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if bytes.starts_with(b"t") {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut stream = Narrow(Vec::new());
    assert!(LogWriter::new(&mut stream).apart(b"text").is_err());
    let output = String::from_utf8(stream.0).unwrap();
    assert_eq!(output.matches("::").count(), 4, "{output}");
    assert!(!read(&output).is_deaf);
}

fn any_bytes() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let text = prop::sample::select(
        &[
            "::",
            ":",
            "##[",
            "##",
            "[",
            "#",
            "vso",
            "error",
            "]",
            " ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "\u{200b}",
            "\u{a0}",
            "\u{301}",
            "\u{feff}",
            "\u{85}",
            "\u{2028}",
            "é",
            "😀",
            "stop-commands",
            "\u{1b}[1m",
        ][..],
    )
    .prop_map(|text| text.as_bytes().to_vec());
    let piece = prop_oneof![8 => text, 1 => proptest::collection::vec(any::<u8>(), 0..3)];
    proptest::collection::vec(piece, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn github_g013_no_line_of_any_text_is_a_command(pieces in any_bytes()) {
        let output = guarded(pieces.iter().map(Vec::as_slice));
        for line in lines(&output) {
            prop_assert_eq!(decode(&line), None, "{:?}", line);
        }
        // However it is cut, the same comes out.
        let bytes = pieces.concat();
        prop_assert_eq!(&guarded([bytes.as_slice()]), &output);
        prop_assert_eq!(&guarded(bytes.chunks(1)), &output);
        // What is harmless stays as it is.
        prop_assert_eq!(&whole(&output), &output);
    }
}
