//! The commands of a `run:` text, as far as a gate has to know them.
//!
//! No shell: quotes, comments, continued lines and what joins two commands are understood;
//! here-documents and functions are read as if they were commands.

/// What stands between a command and the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// A new line, `;`, a bracket, or nothing.
    End,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|`.
    Pipe,
    /// `&`.
    Background,
}

/// A command with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The words without their quotes.
    pub(super) words: Vec<String>,
    /// What follows.
    pub(super) then: Then,
}

/// Words before a command that leave the meaning of its exit code.
const PREFIXES: [&str; 10] = [
    "sudo", "time", "exec", "env", "command", "then", "do", "else", "{", "nice",
];

/// Words before a command after which its exit code only decides a branch.
const BRANCHES: [&str; 5] = ["if", "elif", "while", "until", "!"];

impl Command {
    /// True if the shell only branches on how it ends.
    pub(super) fn is_condition(&self) -> bool {
        self.words
            .first()
            .is_some_and(|word| BRANCHES.contains(&word.as_str()))
    }

    /// The program and what follows it, without assignments and words such as `sudo`.
    pub(super) fn program(&self) -> &[String] {
        let skipped = self
            .words
            .iter()
            .take_while(|word| {
                let word = word.as_str();
                PREFIXES.contains(&word) || BRANCHES.contains(&word) || is_assignment(word)
            })
            .count();
        self.words.get(skipped..).unwrap_or_default()
    }

    /// True if it cannot fail, so that `… || it` hides a failure.
    pub(super) fn always_succeeds(&self) -> bool {
        let words: Vec<&str> = self.program().iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            [
                "true" | ":" | "/bin/true" | "/usr/bin/true" | "echo" | "printf",
                ..
            ] | ["exit" | "return", "0"]
        )
    }

    /// True if it fails for sure, so that `… || it` hides nothing.
    pub(super) fn always_fails(&self) -> bool {
        let words: Vec<&str> = self.program().iter().map(String::as_str).collect();
        match words.as_slice() {
            ["false"] => true,
            ["exit" | "return", code] => code.parse::<u8>().is_ok_and(|code| code != 0),
            _ => false,
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The last part of a program's path, without `.exe`.
pub(super) fn base_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Splits a text into commands.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut splitter = Splitter::default();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (splitter.quote, c) {
            (Some(quote), _) if c == quote => splitter.quote = None,
            (Some('"') | None, '\\') => match rest.next() {
                Some('\n') | None => {}
                Some(escaped) => splitter.push(escaped),
            },
            (None, '\'' | '"') => {
                splitter.quote = Some(c);
                splitter.in_word = true;
            }
            (None, '#') if !splitter.in_word => {
                while rest.peek().is_some_and(|next| *next != '\n') {
                    rest.next();
                }
            }
            (None, '|') => {
                let doubled = rest.next_if_eq(&'|').is_some();
                rest.next_if_eq(&'&');
                splitter.end(if doubled { Then::Or } else { Then::Pipe });
            }
            // `2>&1` and `&>file` redirect.
            (None, '&') if splitter.word.ends_with('>') || rest.peek() == Some(&'>') => {
                splitter.push(c);
            }
            (None, '&') => {
                let doubled = rest.next_if_eq(&'&').is_some();
                splitter.end(if doubled { Then::And } else { Then::Background });
            }
            (None, '\n' | ';' | '(' | ')') => splitter.end(Then::End),
            (None, _) if c.is_whitespace() => splitter.end_word(),
            // In quotes everything else is text.
            _ => splitter.push(c),
        }
    }
    splitter.end(Then::End);
    splitter.done
}

#[derive(Default)]
struct Splitter {
    done: Vec<Command>,
    words: Vec<String>,
    word: String,
    in_word: bool,
    quote: Option<char>,
}

impl Splitter {
    fn push(&mut self, c: char) {
        self.word.push(c);
        self.in_word = true;
    }

    fn end_word(&mut self) {
        if std::mem::take(&mut self.in_word) {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn end(&mut self, then: Then) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() && words != ["}"] {
            self.done.push(Command { words, then });
        } else if let Some(last) = self.done.last_mut() {
            // `( … ) || true`: what follows the bracket follows its last command.
            if last.then == Then::End {
                last.then = then;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(String, Then)> {
        commands(text)
            .into_iter()
            .map(|command| (command.words.join(" "), command.then))
            .collect()
    }

    fn one(words: &str, then: Then) -> (String, Then) {
        (words.to_owned(), then)
    }

    #[test]
    fn commands_of_a_shell_text() {
        assert_eq!(
            split("a 'b || c' \\\n  d || true # || e\nf 2>&1 | g && h\n"),
            [
                one("a b || c d", Then::Or),
                one("true", Then::End),
                one("f 2>&1", Then::Pipe),
                one("g", Then::And),
                one("h", Then::End),
            ]
        );
        assert_eq!(
            split("(a; b) || true"),
            [
                one("a", Then::End),
                one("b", Then::Or),
                one("true", Then::End)
            ]
        );
        assert_eq!(
            split("x=$(a b) &\n\"unclosed"),
            [
                one("x=$", Then::End),
                one("a b", Then::Background),
                one("unclosed", Then::End)
            ]
        );
    }

    #[test]
    fn what_stands_before_a_program() {
        let program = |text: &str| commands(text)[0].program().join(" ");
        assert_eq!(program("A=1 sudo krgate check"), "krgate check");
        assert_eq!(program("if ! krgate check; then"), "krgate check");
        assert!(commands("|| exit 0\nexit 0")[0].always_succeeds());
        assert!(commands("exit 3")[0].always_fails());
        assert!(!commands("exit $code")[0].always_fails());
    }
}
