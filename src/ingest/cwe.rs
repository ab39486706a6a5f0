//! CWE numbers out of the many places where tools write them (rule 86).

/// The number of a tag: `external/cwe/cwe-079`, `CWE-79`, `CWE-79: text`.
pub(in crate::ingest) fn of_tag(tag: &str) -> Option<u32> {
    let tag = strip_prefix(tag, "external/cwe/").unwrap_or(tag);
    of_id(tag)
}

/// The number of an id of the taxonomy `CWE`: `CWE-79` or `22`.
pub(in crate::ingest) fn of_taxon(id: &str) -> Option<u32> {
    of_id(id).or_else(|| number(id))
}

/// The numbers of a property `cwe`: `CWE-327: text`, or bare numbers with commas.
pub(in crate::ingest) fn of_property(text: &str) -> impl Iterator<Item = u32> {
    text.split(',').filter_map(|part| of_taxon(part.trim()))
}

/// `CWE-79`, `cwe-079: text`, `CWE-79 text`.
fn of_id(text: &str) -> Option<u32> {
    number(strip_prefix(text.trim_start(), "cwe-")?)
}

/// Digits at the beginning, with nothing, a colon or white space after them.
fn number(text: &str) -> Option<u32> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let ends = rest.is_empty() || rest.starts_with([':', ' ', '\t']);
    // The catalogue has four digits; a longer number is something else.
    if !ends || digits.len() > 9 {
        return None;
    }
    digits.parse().ok().filter(|number| *number > 0)
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| text.get(prefix.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sarif_rule_086_cwe_numbers_are_read_in_every_spelling() {
        assert_eq!(of_tag("external/cwe/cwe-079"), Some(79));
        assert_eq!(of_tag("CWE-79"), Some(79));
        assert_eq!(of_tag("CWE-79: Improper"), Some(79));
        assert_eq!(of_taxon("22"), Some(22));
        let of = |text| of_property(text).collect::<Vec<_>>();
        assert_eq!(of("CWE-327: Use of a Broken"), [327]);
        assert_eq!(of("120, 129"), [120, 129]);
        assert_eq!(of("cwe-312"), [312]);
        for none in ["cwe", "CWE-", "CWE-79x", "cwe-0", "security", "79"] {
            assert_eq!(of_tag(none), None, "{none}");
        }
        assert_eq!(of("x79, CWE-x"), [0; 0]);
    }
}
