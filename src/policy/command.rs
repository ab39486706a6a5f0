//! The command of a report entry: words, as a shell would split them, and nothing that only a
//! shell could do.

/// What stands for the entry's path in the words of a command.
pub(super) const PATH_WORD: &str = "{path}";

/// Characters that a shell does something with; outside quotes a command may not hold them.
const OF_SHELLS: &str = "|&;<>()$`*?[]~#!";

/// Splits a command into words at blanks. Single and double quotes keep a text together, a
/// backslash takes the meaning from the next character; nothing is expanded.
///
/// # Errors
/// Why it is no plain command.
pub(super) fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let mut list = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => match rest.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err("it ends in a backslash"),
            },
            (Some(_), '$' | '`') => return Err("nothing is expanded in it"),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => list.extend(word.take()),
            (None, c) if OF_SHELLS.contains(c) => return Err("no shell runs it"),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    list.extend(word);
    is_command(&list).map(|()| list)
}

/// True words of a command: a program, and no byte that no argument can have.
pub(super) fn is_command(words: &[String]) -> Result<(), &'static str> {
    match words.first() {
        None => Err("it names no program"),
        Some(program) if program.is_empty() || program.contains(PATH_WORD) => {
            Err("it names no program")
        }
        Some(_) if words.iter().any(|word| word.contains('\0')) => {
            Err("it holds a zero byte, which no argument can")
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_splits_it() {
        for (text, expected) in [
            (
                "semgrep scan --sarif -o {path}",
                &["semgrep", "scan", "--sarif", "-o", "{path}"][..],
            ),
            ("  a\t b\n", &["a", "b"]),
            (r#"a 'b c' "d e" f\ g"#, &["a", "b c", "d e", "f g"]),
            (r#"a '' "" x''y"#, &["a", "", "", "xy"]),
            (r#"a "{path}" '$x|y' \$z"#, &["a", "{path}", "$x|y", "$z"]),
            (r#"a "q\"r" 's\t'"#, &["a", "q\"r", r"s\t"]),
            (
                "a --x=1 -- @b %c {d}",
                &["a", "--x=1", "--", "@b", "%c", "{d}"],
            ),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_could_do_is_refused() {
        for text in [
            "a | b", "a > b", "a && b", "a; b", "a $B", "a `b`", "a \"$B\"", "a *", "a ~/b", "# a",
            "a 'b", "a \"b", "a \\", "", "  ", "'' a", "{path} a", "a \0",
        ] {
            assert!(words(text).is_err(), "{text:?}");
        }
    }
}
