//! The colours of pages and drawings (rules P25, P35). Nothing else names one.

use std::fmt::Write as _;

/// A role, with its colour on a light page and on a dark one.
struct Colour {
    role: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn colour(role: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { role, light, dark }
}

/// Text holds 4.5 : 1 and all else 3 : 1 on page and panel; a test calculates it.
const COLOURS: [Colour; 10] = [
    colour("page", "#ffffff", "#0d1117"),
    colour("panel", "#f6f8fa", "#161b22"),
    colour("text", "#1f2328", "#e6edf3"),
    colour("muted", "#59636e", "#9da7b3"),
    colour("line", "#818b98", "#7d8590"),
    colour("met", "#1a7f37", "#4ac26b"),
    colour("missed", "#b3261e", "#ff8279"),
    colour("unknown", "#6b4fa0", "#b9a3e3"),
    colour("warning", "#8a5a00", "#e0a83c"),
    colour("accent", "#0a4f9e", "#79b8ff"),
];

/// The colours of a badge under its white text.
pub(super) mod badge {
    /// The label.
    pub(in crate::render) const LABEL: &str = "#24292f";
    /// All is met.
    pub(in crate::render) const MET: &str = "#1a7f37";
    /// Something that blocks is not met.
    pub(in crate::render) const FAILING: &str = "#b3261e";
    /// Something is missed that does not block.
    pub(in crate::render) const WARNING: &str = "#8a5a00";
    /// Something is unknown, or the last record is too old.
    pub(in crate::render) const UNKNOWN: &str = "#57606a";
    /// The text on all of them.
    pub(in crate::render) const TEXT: &str = "#ffffff";
}

/// The custom properties of the light page and, where the reader asks for it, of the dark
/// one. Print is always light (rules P26, P27).
pub(super) fn properties() -> String {
    let mut css = String::from(":root{color-scheme:light dark");
    for colour in &COLOURS {
        let _ = write!(css, ";--{}:{}", colour.role, colour.light);
    }
    css.push_str("}\n@media screen and (prefers-color-scheme:dark){:root{");
    for (place, colour) in COLOURS.iter().enumerate() {
        let semicolon = if place == 0 { "" } else { ";" };
        let _ = write!(css, "{semicolon}--{}:{}", colour.role, colour.dark);
    }
    css.push_str("}}\n");
    css
}

#[cfg(test)]
#[expect(
    clippy::float_arithmetic,
    reason = "WCAG defines luminance with powers that are no fractions"
)]
mod tests {
    use super::*;

    /// Relative luminance by WCAG 2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        assert!(colour.len() == 7 && colour.starts_with('#'), "{colour}");
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn ratio(one: &str, two: &str) -> f64 {
        let (one, two) = (luminance(one), luminance(two));
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The ratio as the specification prints it.
    fn printed(one: &str, two: &str) -> String {
        format!("{:.2}", ratio(one, two))
    }

    #[test]
    fn report_p25_the_palette_has_the_contrast_that_its_table_says() {
        let light = |role: &str| COLOURS.iter().find(|c| c.role == role).unwrap().light;
        let dark = |role: &str| COLOURS.iter().find(|c| c.role == role).unwrap().dark;
        for (role, wanted) in [
            ("text", ["15.80", "14.84", "16.02", "14.64"]),
            ("muted", ["6.11", "5.74", "7.76", "7.09"]),
            ("line", ["3.45", "3.24", "5.07", "4.64"]),
            ("met", ["5.08", "4.77", "8.31", "7.59"]),
            ("missed", ["6.54", "6.14", "7.86", "7.18"]),
            ("unknown", ["6.46", "6.07", "8.48", "7.75"]),
            ("warning", ["5.93", "5.57", "8.86", "8.10"]),
            ("accent", ["8.00", "7.51", "9.11", "8.33"]),
        ] {
            let found = [
                printed(light(role), light("page")),
                printed(light(role), light("panel")),
                printed(dark(role), dark("page")),
                printed(dark(role), dark("panel")),
            ];
            assert_eq!(found, wanted, "{role}");
            let least = if role == "line" { 3.0 } else { 4.5 };
            for (own, behind) in [(light(role), "page"), (light(role), "panel")] {
                assert!(ratio(own, light(behind)) >= least, "{role}");
            }
            for (own, behind) in [(dark(role), "page"), (dark(role), "panel")] {
                assert!(ratio(own, dark(behind)) >= least, "{role}");
            }
        }
    }

    #[test]
    fn report_p35_white_text_stands_out_on_every_badge() {
        for (behind, wanted) in [
            (badge::MET, "5.08"),
            (badge::FAILING, "6.54"),
            (badge::UNKNOWN, "6.39"),
            (badge::WARNING, "5.93"),
            (badge::LABEL, "14.65"),
        ] {
            assert_eq!(printed(badge::TEXT, behind), wanted, "{behind}");
        }
    }

    #[test]
    fn report_p26_colours_are_properties_and_print_is_light() {
        let css = properties();
        assert!(css.starts_with(":root{color-scheme:light dark;--page:#ffffff;"));
        assert!(
            css.contains("@media screen and (prefers-color-scheme:dark){:root{--page:#0d1117;")
        );
        assert_eq!(css.matches('#').count(), 20);
    }
}
