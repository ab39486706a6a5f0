//! Draws a diagnostic of a policy file with the lines it is about.

use super::Diagnostic;

/// A range of bytes of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
}

/// A text file of the user's whose lines may be shown: a policy, a waiver file, a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as shown (`krgate.yaml`, `pack:baseline`).
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Draws diagnostics that point into sources, in the order given, each followed by an empty
/// line. `styled` adds colour codes; the text is the same with and without.
pub fn draw(diagnostics: &[Diagnostic], sources: &[SourceFile], styled: bool) -> String {
    let _ = (diagnostics, sources, styled);
    String::new()
}
