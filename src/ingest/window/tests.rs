use std::io::Read;

use proptest::prelude::*;

use super::*;

/// Gives its bytes in small, uneven pieces, so that windows end everywhere.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = (self.1 % 7 + 1).min(out.len()).min(self.0.len());
        self.1 += 1;
        let (head, rest) = self.0.split_at(size);
        out[..size].copy_from_slice(head);
        self.0 = rest;
        Ok(size)
    }
}

fn dripping(text: &[u8]) -> Window<Drip<'_>> {
    Window::with_size(Drip(text, text.len()), 1 << 20, 16)
}

fn skipped(text: &[u8]) -> Result<(), Refusal> {
    let mut window = dripping(text);
    window.skip()?;
    window.finish()
}

fn code_of(text: &[u8]) -> Code {
    skipped(text).unwrap_err().code()
}

#[test]
fn sarif_rule_009_what_is_no_json_is_named_with_its_place() {
    for (text, code, offset, place) in [
        ("", Code::ReportEmpty, 0, (1, 1)),
        (" \n ", Code::ReportTruncated, 3, (2, 2)),
        ("{\"a\":1", Code::ReportTruncated, 6, (1, 7)),
        ("[1,\n 2,]", Code::ReportSyntax, 7, (2, 4)),
        ("{\"a\":1,}", Code::ReportSyntax, 7, (1, 8)),
        ("{} {}", Code::ReportSyntax, 3, (1, 4)),
        ("[NaN]", Code::ReportSyntax, 1, (1, 2)),
        ("[1 2]", Code::ReportSyntax, 3, (1, 4)),
        ("{\"a\" 1}", Code::ReportSyntax, 5, (1, 6)),
        ("{1:1}", Code::ReportSyntax, 1, (1, 2)),
        ("[1}", Code::ReportSyntax, 2, (1, 3)),
        ("\"a\tb\"", Code::ReportSyntax, 2, (1, 3)),
        ("tru", Code::ReportTruncated, 3, (1, 4)),
        ("\"\\ud8", Code::ReportTruncated, 5, (1, 6)),
    ] {
        let refusal = skipped(text.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), code, "{text:?}");
        assert_eq!(refusal.offset(), Some(offset), "{text:?}");
        assert_eq!(refusal.line_column(), Some(place), "{text:?}");
    }
}

#[test]
fn sarif_rule_006_bytes_that_are_not_utf8_are_refused_where_they_stand() {
    let refusal = skipped(b"[\"abcdefghijklmnopqrstuvwxyz\xff\"]").unwrap_err();
    assert_eq!(refusal.code(), Code::ReportNotUtf8);
    assert_eq!(refusal.offset(), Some(28));
    // What is wrong first is said first, however far the window sees.
    assert_eq!(code_of(b"[1 2, \"\xff\"]"), Code::ReportSyntax);
    assert_eq!(
        code_of("[\"é".as_bytes().split_last().unwrap().1),
        Code::ReportTruncated
    );
}

#[test]
fn sarif_rule_113_depth_has_one_limit_read_or_skipped() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(skipped(nested(128).as_bytes()), Ok(()));
    assert_eq!(code_of(nested(129).as_bytes()), Code::ReportTooDeep);
    assert_eq!(code_of("[".repeat(100_000).as_bytes()), Code::ReportTooDeep);
    let mut text = String::from("1");
    for _ in 0..129 {
        text = format!("{{\"a\":{text}}}");
    }
    assert_eq!(code_of(text.as_bytes()), Code::ReportTooDeep);
    let mut window = dripping(text.as_bytes());
    for _ in 0..100 {
        window.enter_object().unwrap();
        window.member().unwrap();
    }
    assert_eq!(window.skip().unwrap_err().code(), Code::ReportTooDeep);
}

#[test]
fn sarif_rule_112_names_are_compared_unescaped() {
    let mut window = dripping(br#"{"name":1,"n\u0061me":2}"#);
    window.enter_object().unwrap();
    assert_eq!(window.member().unwrap(), Some("name"));
    window.skip().unwrap();
    let refusal = window.member().unwrap_err();
    assert_eq!(refusal.code(), Code::ReportDuplicateKey);
    assert_eq!(skipped(br#"{"a":1,"a":2}"#), Ok(()));
}

#[test]
fn limit_l02_an_element_beyond_the_cap_is_refused() {
    let text = format!("[{{\"a\":\"{}\"}}, {{}}]", "x".repeat(5000));
    let mut window = Window::with_size(text.as_bytes(), 1000, 16);
    window.enter_array().unwrap();
    assert!(window.element().unwrap());
    window.begin_item();
    let refusal = window.skip().and_then(|()| window.end_item()).unwrap_err();
    assert_eq!(refusal.code(), Code::ItemTooLarge);
    let mut window = Window::with_size(text.as_bytes(), 6000, 16);
    window.enter_array().unwrap();
    assert!(window.element().unwrap());
    window.begin_item();
    window.skip().and_then(|()| window.end_item()).unwrap();
    assert!(window.element().unwrap());
    window.skip().unwrap();
    assert!(!window.element().unwrap());
    window.finish().unwrap();
}

#[test]
fn lines_are_read_one_by_one() {
    let mut window = dripping(b"one\r\n\ntwo of them, and long\nend");
    let mut lines = Vec::new();
    while let Some(line) = window.line().unwrap() {
        lines.push(String::from_utf8(line.to_vec()).unwrap());
    }
    assert_eq!(lines, ["one", "", "two of them, and long", "end"]);
}

#[test]
fn the_head_is_looked_at_and_not_taken() {
    let mut window = dripping("\u{feff}{\"version\":1}".as_bytes());
    assert!(
        window
            .head(1 << 16)
            .unwrap()
            .bytes
            .starts_with(b"{\"version\":1}")
    );
    window.enter_object().unwrap();
    assert_eq!(window.member().unwrap(), Some("version"));
    assert_eq!(window.scalar().unwrap(), Scalar::Number("1"));
    assert_eq!(window.member().unwrap(), None);
    window.finish().unwrap();
}

#[test]
fn sarif_rule_004_a_byte_order_mark_is_passed_over_however_it_arrives() {
    for size in 0..8 {
        let text = "\u{feff}[1]".as_bytes();
        let mut window = Window::with_size(Drip(text, size), 100, 16);
        assert_eq!(
            window.skip().and_then(|()| window.finish()),
            Ok(()),
            "{size}"
        );
    }
    assert_eq!(code_of("[1,\u{feff}2]".as_bytes()), Code::ReportSyntax);
}

#[test]
fn a_source_names_its_own_fault() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(SourceFault(Code::ReportTooLarge)))
        }
    }
    let refusal = Window::new(Broken, 100).skip().unwrap_err();
    assert_eq!(refusal.code(), Code::ReportTooLarge);
}

#[test]
fn a_refusal_knows_its_path() {
    let refusal = Refusal::new(Code::ReportSyntax, "x")
        .inside("results", Some(17))
        .inside("runs", Some(0));
    assert_eq!(refusal.field(), Some("runs[0].results[17]"));
}

/// Reads a value by walking, to compare with another reader.
fn walk<R: Read>(window: &mut Window<R>) -> Result<serde_json::Value, Refusal> {
    use serde_json::Value;
    match window.kind()? {
        Kind::Object => {
            let mut members = serde_json::Map::new();
            window.enter_object()?;
            while let Some(name) = window.member()? {
                let name = name.to_owned();
                let value = walk(window)?;
                members.insert(name, value);
            }
            Ok(Value::Object(members))
        }
        Kind::Array => {
            let mut elements = Vec::new();
            window.enter_array()?;
            while window.element()? {
                elements.push(walk(window)?);
            }
            Ok(Value::Array(elements))
        }
        _ => Ok(match window.scalar()? {
            Scalar::Text(text) => Value::String(text.to_owned()),
            Scalar::Number(digits) => serde_json::from_str(digits).unwrap(),
            Scalar::Bool(truth) => Value::Bool(truth),
            _ => Value::Null,
        }),
    }
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "[ -~]{0,60}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..8).prop_map(|members| members
                .into_iter()
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #[test]
    fn every_document_is_read_as_serde_json_reads_it(value in value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(walk(&mut dripping(text.as_bytes())).unwrap(), value);
        prop_assert_eq!(skipped(text.as_bytes()), Ok(()));
    }

    #[test]
    fn what_serde_json_refuses_is_refused(value in value(), at: prop::sample::Index, byte: u8) {
        let mut text = serde_json::to_string(&value).unwrap().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        // Ignoring, serde_json looks at neither UTF-8 nor surrogates nor the size of numbers.
        let theirs = serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok()
            && std::str::from_utf8(&text).is_ok();
        prop_assert_eq!(skipped(&text).is_ok(), theirs, "{:?}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn truncation_never_looks_whole(value in value(), at: prop::sample::Index) {
        let text = format!("[{value}]");
        let cut = &text.as_bytes()[..at.index(text.len())];
        prop_assert!(skipped(cut).is_err());
    }
}

#[test]
fn characters_are_whole_wherever_pieces_of_the_check_end() {
    for ascii in 4090..4100 {
        let text = format!("{}é{}", "x".repeat(ascii), "y".repeat(5000));
        assert_eq!(valid_end(text.as_bytes()), (text.len(), false), "{ascii}");
        let cut = &text.as_bytes()[..=ascii];
        assert_eq!(valid_end(cut), (ascii, false), "{ascii}");
        let mut spoilt = text.clone().into_bytes();
        spoilt[ascii + 1] = b'x';
        assert_eq!(valid_end(&spoilt), (ascii, true), "{ascii}");
    }
}

/// Objects that are alike, nearly: how each is written, with a byte that may be changed.
fn objects_alike() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::collection::hash_set("[a-z]{1,12}", 1..6);
    let blank = prop_oneof![6 => Just(0_usize), 1 => 1..4_usize];
    let object = (
        prop::collection::vec((blank.clone(), blank, 0..8_usize), 6),
        prop_oneof![8 => Just(0_usize), 1 => 1..5_usize],
    );
    let layout = prop::sample::select(vec![["", ""], ["", " "], ["\n  ", " "]]);
    let objects = prop::collection::vec(object, 2..9);
    let change = prop::option::of((any::<prop::sample::Index>(), any::<u8>()));
    (names, layout, objects, change).prop_map(|(names, layout, objects, change)| {
        let names: Vec<String> = names.into_iter().collect();
        let mut written: Vec<String> = Vec::new();
        for (members, turned) in objects {
            let mut names = names.clone();
            let count = names.len();
            match turned {
                1 => names.reverse(),
                2 => names.rotate_left(1),
                3 => names.push(names[0].clone()),
                4 => drop(names.pop()),
                _ => {}
            }
            let inner = written.last().filter(|_| count > 2).cloned();
            let members = names
                .iter()
                .zip(members)
                .map(|(name, (before, after, value))| {
                    let [lead, follow] = layout;
                    let (before, after) = (" ".repeat(before), " ".repeat(after));
                    let value = match value {
                        0 => "null".to_owned(),
                        1 => "false".to_owned(),
                        2 => "[]".to_owned(),
                        3 => "7".to_owned(),
                        4 => "\"a\\\"\\u00e9b\"".to_owned(),
                        5 => inner.clone().unwrap_or_default(),
                        6 => "\"\"".to_owned(),
                        _ => format!("\"{}\"", "text".repeat(before.len() + count)),
                    };
                    let value = if value.is_empty() { "{}" } else { &value };
                    format!("{lead}{before}\"{name}\":{follow}{value}{after}")
                });
            let members: Vec<String> = members.collect();
            written.push(format!("{{{}}}", members.join(",")));
        }
        let mut text = format!("[{}]", written.join(",")).into_bytes();
        if let Some((at, byte)) = change {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text
    })
}

static SOME: &[(&str, Option<&str>)] = &[("a", Some("a")), ("b", Some("b"))];

/// Walks with a table that knows two names.
fn walk_by_table<R: Read>(window: &mut Window<R>) -> Result<serde_json::Value, Refusal> {
    use serde_json::Value;
    if window.kind()? == Kind::Array {
        let mut elements = Vec::new();
        window.enter_array()?;
        while window.element()? {
            elements.push(walk_by_table(window)?);
        }
        return Ok(Value::Array(elements));
    }
    if window.kind()? != Kind::Object {
        return walk(window);
    }
    let mut members = serde_json::Map::new();
    window.enter_object()?;
    while let Some(member) = window.member_of(SOME)? {
        let name = match member {
            Member::Known(name, is) => {
                assert_eq!(name, is);
                name.to_owned()
            }
            Member::Other(name) => {
                let name = String::from_utf8(name.to_vec()).unwrap();
                assert!(SOME.iter().all(|(known, _)| *known != name));
                name
            }
        };
        let value = walk_by_table(window)?;
        members.insert(name, value);
    }
    Ok(Value::Object(members))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn objects_alike_are_read_as_serde_json_reads_them(text in objects_alike()) {
        let theirs = serde_json::from_slice::<serde_json::Value>(&text).ok();
        let shown = String::from_utf8_lossy(&text);
        for by_table in [false, true] {
            let mut window = Window::new(text.as_slice(), 1 << 20);
            let read = if by_table { walk_by_table(&mut window) } else { walk(&mut window) };
            let read = read.and_then(|read| window.finish().map(|()| read));
            match read {
                Ok(ours) => prop_assert_eq!(Some(ours), theirs.clone(), "{}", shown),
                Err(refusal) if refusal.code() == Code::ReportDuplicateKey => {}
                Err(_) => prop_assert_eq!(&theirs, &None, "{}", shown),
            }
        }
    }
}

#[test]
fn a_name_is_told_by_the_table_that_is_asked() {
    static ONE: &[(&str, Option<u8>)] = &[("first", Some(1)), ("passed", None), ("last", Some(2))];
    static TWO: &[(&str, Option<u8>)] = &[("last", Some(3)), ("first", Some(4))];
    let object = r#"{"first": 1, "passed": [{}], "other": "x", "last": null}"#;
    let text = format!("[{}]", [object; 6].join(", "));
    let mut window = Window::new(text.as_bytes(), 1 << 20);
    window.enter_array().unwrap();
    // A table is asked about an object whose names another one was asked about before.
    for table in [ONE, ONE, TWO, TWO, ONE, ONE] {
        assert!(window.element().unwrap());
        window.enter_object().unwrap();
        let mut told = Vec::new();
        while let Some(member) = window.member_of(table).unwrap() {
            told.push(match member {
                Member::Known(name, is) => (name.to_owned(), is),
                Member::Other(name) => (String::from_utf8(name.to_vec()).unwrap(), 0),
            });
            window.skip().unwrap();
        }
        let expected: &[(&str, u8)] = if table == ONE {
            &[("first", 1), ("other", 0), ("last", 2)]
        } else {
            &[("first", 4), ("passed", 0), ("other", 0), ("last", 3)]
        };
        let told: Vec<(&str, u8)> = told.iter().map(|(name, is)| (name.as_str(), *is)).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_text_is_taken_where_it_stands_as_it_is() {
    let take = |text: &str, same: &str| {
        let mut window = Window::new(text.as_bytes(), 1 << 20);
        window.enter_array().unwrap();
        assert!(window.element().unwrap());
        let taken = window.take_same(same);
        let read = if taken {
            None
        } else {
            let plain = window.take_plain(|text| (text != b"no").then(|| text.to_vec()));
            let plain = plain.unwrap().map(|text| String::from_utf8(text).unwrap());
            match plain {
                Some(text) => Some((true, text)),
                None => match window.scalar().unwrap() {
                    Scalar::Text(text) => Some((false, text.to_owned())),
                    _ => None,
                },
            }
        };
        assert!(window.element().unwrap() && window.scalar().unwrap() == Scalar::Number("1"));
        read
    };
    let long = "x".repeat(100);
    assert_eq!(take(r#"["abc",1]"#, "abc"), None);
    assert_eq!(take(&format!(r#"["{long}",1]"#), &long), None);
    let plain = |text: &str| Some((true, text.to_owned()));
    assert_eq!(take(r#"["abcd",1]"#, "abc"), plain("abcd"));
    assert_eq!(take(r#"["ab",1]"#, "abc"), plain("ab"));
    assert_eq!(take(r#"["",1]"#, "abc"), plain(""));
    let otherwise = |text: &str| Some((false, text.to_owned()));
    assert_eq!(take(r#"["no",1]"#, "abc"), otherwise("no"));
    assert_eq!(take(r#"["ab\u0063",1]"#, "abc"), otherwise("abc"));
    assert_eq!(take(r#"["ab\"",1]"#, "ab"), otherwise("ab\""));
}

#[test]
fn what_led_to_a_name_is_forgotten_with_it() {
    let text = br#"[{"a":1,"b":2},{"a":1,"b":2},{"a":1,"b":2},{"a":1,"c":3},{"a":1,"b":2,"c":3},
        {"a":1,"b":2,"c":3,"the rest of it":"is long enough to be looked at all at once"}]"#;
    let read = walk(&mut Window::new(text.as_slice(), 1 << 20)).unwrap();
    assert_eq!(
        read,
        serde_json::from_slice::<serde_json::Value>(text).unwrap()
    );
}
