//! The frame of every page: head, policy, style (rules P7, P8, P28, P48).

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::decide::Verdict;
use crate::model::Untrusted;
use crate::render::chart::Mark;
use crate::render::encode::html::HtmlText;
use crate::render::palette;

/// The one style of a page: the colours, then how everything looks.
static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("{}{}", palette::properties(), include_str!("style.css")));

/// What the browser may do with the page: show it, with this one style. Nothing is loaded,
/// run or sent.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

/// A section that the page can be entered at.
pub(super) struct Section {
    /// Its anchor, which is stable (rule P12).
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What stands in it.
    pub(super) body: Markup,
}

/// A page.
pub(super) struct Page {
    /// Its name: the title of the window and the one `h1`.
    pub(super) title: HtmlText,
    /// What stands under the name.
    pub(super) about: Markup,
    /// Its sections.
    pub(super) sections: Vec<Section>,
    /// What stands below all.
    pub(super) foot: Markup,
}

impl Page {
    /// The document, with a line feed at its end.
    pub(super) fn document(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="referrer" content="no-referrer";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(STYLE.as_str())) }
                }
                body {
                    a class="skip" href="#main" { "Skip to the verdict" }
                    header {
                        h1 { (self.title) }
                        (self.about)
                        nav aria-label="Sections" {
                            ul {
                                @for section in &self.sections {
                                    li { a href={ "#" (section.id) } { (section.title) } }
                                }
                            }
                        }
                    }
                    main id="main" {
                        @for section in &self.sections {
                            section id=(section.id) aria-labelledby={ (section.id) "-head" } {
                                h2 id={ (section.id) "-head" } { (section.title) }
                                (section.body)
                            }
                        }
                    }
                    footer { (self.foot) }
                }
            }
        };
        format!("{}\n", page.into_string())
    }
}

/// Foreign text, which may read from the right to the left and turns nothing around it.
pub(super) fn foreign(text: &str) -> Markup {
    html! { bdi { (HtmlText::label(Untrusted::new(text))) } }
}

/// The shape of a verdict with its word: neither colour nor shape stands alone.
pub(super) fn shape(verdict: Verdict) -> Markup {
    let mark = Mark::from(verdict);
    html! {
        span class={ "shape " (mark.class()) } {
            span aria-hidden="true" { (mark.character()) } " " (verdict.as_str())
        }
    }
}

/// A shape that stands beside words which say what it does.
pub(super) fn bare(mark: Mark) -> Markup {
    html! { span class={ "shape " (mark.class()) } aria-hidden="true" { (mark.character()) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p48_the_hash_of_the_policy_is_that_of_the_style() {
        let document = Page {
            title: HtmlText::label(Untrusted::new("t")),
            about: html! {},
            sections: Vec::new(),
            foot: html! {},
        }
        .document();
        let style = document.split("<style>").nth(1).unwrap();
        let style = style.split("</style>").next().unwrap();
        let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(document.contains(&format!("style-src 'sha256-{digest}';")));
        assert_eq!(document.matches("<style").count(), 1);
        assert!(
            !style.contains(['<', '&']),
            "it would end or be read otherwise in XML"
        );
        for word in ["url(", "@import", "expression", "http"] {
            assert!(!style.contains(word), "{word}");
        }
    }

    #[test]
    fn report_p08_the_policy_stands_first_after_the_charset() {
        let document = Page {
            title: HtmlText::label(Untrusted::new("t")),
            about: html! {},
            sections: Vec::new(),
            foot: html! {},
        }
        .document();
        let head = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                    style-src 'sha256-";
        assert!(document.starts_with(head), "{document}");
        let rest = "; base-uri 'none'; form-action 'none'\">\
                    <meta name=\"referrer\" content=\"no-referrer\">";
        assert!(document.contains(rest), "{document}");
        assert!(document.ends_with("</html>\n"));
    }

    #[test]
    fn report_p26_text_has_twelve_pixels_at_least_and_nothing_moves() {
        for size in STYLE.split("font-size:").skip(1) {
            let size = size.split([';', '}']).next().unwrap();
            let least = match size.strip_suffix("rem") {
                Some(rem) => rem.parse::<f64>().unwrap() >= 0.75,
                None => ["12px", "10pt", "9pt", ".9em"].contains(&size),
            };
            assert!(least, "{size}");
        }
        for word in ["animation", "transition", "@keyframes"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
