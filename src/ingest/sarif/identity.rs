//! Who wrote a run: tool, version, category, class (rules 44, 90, 91 and the table of tools).

use crate::diagnostic::{Code, Message};
use crate::model::{Class, UntrustedText};

use super::super::tools::{RunClass, Tool};
use super::super::{Context, Expected};
use super::notes::Notes;
use super::run::RunPart;
use super::tables::{Local, Pool};

/// The name of a run that names no tool (rule 90).
const UNNAMED: &str = "(unnamed)";

/// Who wrote a run.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) tool: Tool,
    pub(super) name: UntrustedText,
    /// True if the report, or its entry, names the tool.
    pub(super) named: bool,
    /// True if the entry names it, since the report does not.
    by_entry: bool,
    pub(super) run_class: RunClass,
    declared: Option<Class>,
    pub(super) version: Option<UntrustedText>,
    pub(super) category: Option<UntrustedText>,
}

impl Identity {
    pub(super) fn of(
        run: &RunPart<'_>,
        pool: &Pool,
        expected: &Expected,
        context: &Context,
    ) -> Self {
        let driver = &run.tool.driver;
        let owned = |text: Local| UntrustedText::new(pool.get(text));
        let written = driver
            .name
            .map(|name| pool.get(name))
            .filter(|name| !name.trim().is_empty());
        let (tool, name) = match (written, &expected.tool) {
            (Some(name), _) => (Tool::identify(name, &context.tools), name),
            (None, Some(tool)) => (Tool::by_alias(tool, &context.tools), tool.as_str()),
            (None, None) => (Tool::identify(UNNAMED, &[]), UNNAMED),
        };
        let named = written.is_some() || expected.tool.is_some();
        let run_class = tool.run_class(expected.class);
        let category = run.automation.and_then(|id| {
            let (category, _) = pool.get(id).rsplit_once('/')?;
            (!category.is_empty()).then(|| UntrustedText::new(category))
        });
        Self {
            name: UntrustedText::new(name),
            named,
            by_entry: written.is_none(),
            run_class,
            declared: expected.class,
            version: driver
                .semantic_version
                .or(driver.version)
                .filter(|version| !pool.get(*version).is_empty())
                .map(owned),
            category,
            tool,
        }
    }

    /// Says what is odd about it.
    pub(super) fn note(&self, notes: &mut Notes<'_>) {
        const FIELD: &str = "tool.driver.name";
        if self.by_entry {
            let (words, hint) = if self.named {
                (
                    "a run does not name its tool; it is taken for the one that its entry names",
                    "let the tool write its name",
                )
            } else {
                (
                    "a run does not name its tool: its findings count, and it proves no scan",
                    "say `tool:` in the report entry",
                )
            };
            notes.note_with_hint(Code::SarifToolUnnamed, FIELD, words.into(), hint.into());
        }
        let tool = || Message::from("the tool ").foreign(self.name.as_untrusted());
        if self.run_class.conflict {
            notes.note_with_hint(
                Code::ToolClassConflict,
                FIELD,
                tool().own(match self.run_class.class {
                    Some(_) => " does not have the class that its report entry declares; the class of the table stands",
                    None => " does not have the class that its report entry declares",
                }),
                "correct `class:` in the report entry, or add the tool's classes under `tools:`".into(),
            );
        } else if self.named && !self.tool.known && self.declared.is_none() {
            notes.note_with_hint(
                Code::ToolClassUnknown,
                FIELD,
                tool().own(" is not in the table of tools; its class is `other`"),
                "say `class:` in the report entry: sast, sca, secrets, iac, container, dast, license or other".into(),
            );
        } else if self.tool.is_mixed() && self.run_class.class.is_none() {
            notes.note_with_hint(
                Code::ToolClassUndeclared,
                FIELD,
                tool().own(
                    " has several scanners, and a clean report does not say which of them ran",
                ),
                "say `class:` in the report entry, and let the tool write a report for each class"
                    .into(),
            );
        }
    }

    /// True if snippets of such a tool name a secret (S72).
    pub(super) fn snippets_are_secrets(alias: &str) -> bool {
        matches!(alias, "gitleaks" | "kingfisher")
    }
}

/// True if snippets must be kept until more is known: the tool is not known yet, or its
/// snippets name secrets.
pub(super) fn keeps_snippets(name: Option<&str>, context: &Context) -> bool {
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => Identity::snippets_are_secrets(&Tool::identify(name, &context.tools).alias),
        None => true,
    }
}
