//! The token: read late, kept apart, shown nowhere (rule G92).

use std::fmt;

use zeroize::Zeroizing;

use crate::diagnostic::{Code, Diagnostic, Message};

/// A token of the server. `Debug` shows nothing of it, and its bytes are overwritten when it
/// goes.
pub struct Token {
    #[cfg_attr(
        not(any(feature = "github", test)),
        expect(dead_code, reason = "only what is sent needs it")
    )]
    text: Zeroizing<String>,
    from: &'static str,
    was_trimmed: bool,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(‹secret›)")
    }
}

impl Token {
    /// Takes the value of `KRGATE_TOKEN` if it has one, else that of `GITHUB_TOKEN`. A line
    /// break at the end is taken off, and [`Token::note`] tells.
    ///
    /// # Errors
    /// If neither has a value, or the value holds what no token has.
    pub fn choose(krgate: Option<String>, github: Option<String>) -> Result<Self, Box<Diagnostic>> {
        let filled = |value: Option<String>| value.map(Zeroizing::new).filter(|v| !v.is_empty());
        let chosen = match (filled(krgate), filled(github)) {
            (Some(value), _) => Some(("KRGATE_TOKEN", value)),
            (None, Some(value)) => Some(("GITHUB_TOKEN", value)),
            (None, None) => None,
        };
        let Some((from, value)) = chosen else {
            let fault = Diagnostic::new(Code::PublishFailed, "there is no token for GitHub");
            return Err(Box::new(fault.hint(
                "set `GITHUB_TOKEN: ${{ github.token }}` under `env:` of the step",
            )));
        };
        let text = value.trim_end_matches(['\r', '\n']);
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let fault = Diagnostic::new(
                Code::PublishFailed,
                Message::from(format!(
                    "the value of `{from}` is no token: it holds something other than printable ASCII"
                )),
            );
            return Err(Box::new(
                fault.hint("copy the token anew, without spaces and line breaks"),
            ));
        }
        Ok(Self {
            was_trimmed: text.len() < value.len(),
            text: Zeroizing::new(text.to_owned()),
            from,
        })
    }

    /// Tells that a line break was taken off, if one was.
    pub fn note(&self) -> Option<Diagnostic> {
        self.was_trimmed.then(|| {
            Diagnostic::new(
                Code::TokenTrimmed,
                format!("the value of `{}` ended in a line break", self.from),
            )
            .hint("store the token without it")
        })
    }

    /// The token, for the header that carries it.
    #[cfg(feature = "github")]
    pub(in crate::publish) fn expose(&self) -> &str {
        &self.text
    }

    /// Text of the server without the token, in case the server sent it back.
    #[cfg(feature = "github")]
    pub(in crate::publish) fn hide_in(&self, text: &str) -> String {
        text.replace(self.text.as_str(), "‹token›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(krgate: Option<&str>, github: Option<&str>) -> Result<Token, Box<Diagnostic>> {
        Token::choose(krgate.map(str::to_owned), github.map(str::to_owned))
    }

    #[test]
    fn github_g092_the_own_variable_comes_first() {
        let text = |krgate, github| choose(krgate, github).unwrap().text.to_string();
        assert_eq!(text(Some("own"), Some("other")), "own");
        assert_eq!(text(Some(""), Some("other")), "other");
        assert_eq!(text(None, Some("other")), "other");
        let missing = choose(None, Some("")).unwrap_err();
        assert_eq!(missing.code, Code::PublishFailed);
    }

    #[test]
    fn github_g092_a_line_break_is_taken_off_and_told() {
        let token = choose(Some("abc\r\n"), None).unwrap();
        assert_eq!(token.text.as_str(), "abc");
        assert_eq!(token.note().unwrap().code, Code::TokenTrimmed);
        assert_eq!(choose(Some("abc"), None).unwrap().note(), None);
    }

    #[test]
    fn github_g092_nothing_but_printable_ascii_and_never_shown() {
        for bad in ["a b c", "a\nb", "\n", "zé", "a\u{0}", " qq"] {
            let fault = choose(Some(bad), Some("fine")).unwrap_err();
            assert_eq!(fault.code, Code::PublishFailed, "{bad:?}");
            assert!(!format!("{fault:?}").contains(bad), "{bad:?}");
        }
        let token = choose(Some("hidden-word"), None).unwrap();
        assert_eq!(format!("{token:?}"), "Token(‹secret›)");
    }
}
