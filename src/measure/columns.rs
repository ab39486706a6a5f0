//! Columns that a policy names and a data file does not have (rule M0a), and requirements that
//! a file names and its standard does not have (rule M23).

use std::collections::BTreeSet;

use super::checklist::id_column;
use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{Figures, Table, Untrusted, UntrustedText};
use crate::policy::{
    AsOf, Checklist, Condition, FigureMeasure, FigureOf, FigureSource, FigureValue, Measure,
    Policy, Share, nearest_name,
};

/// A file with the columns that one measure names.
struct Named<'a> {
    file: &'a str,
    of_run: bool,
    columns: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(source: &'a FigureSource) -> Self {
        let mut named = Self {
            file: &source.file,
            of_run: source.of_run(),
            columns: Vec::new(),
        };
        if let Some(AsOf::Column(column)) = &source.as_of {
            named.columns.push(column);
        }
        named
    }

    fn and(mut self, conditions: &'a [Condition]) -> Self {
        let columns = conditions.iter().map(|condition| condition.column.as_str());
        self.columns.extend(columns);
        self
    }

    fn with(mut self, columns: impl IntoIterator<Item = &'a Option<String>>) -> Self {
        let columns = columns.into_iter().filter_map(|name| name.as_deref());
        self.columns.extend(columns);
        self
    }
}

/// The faults of a policy that names columns which its files do not have.
pub fn unknown_columns(policy: &Policy, figures: &Figures) -> Vec<Diagnostic> {
    let mut faults = of_data(policy, figures);
    for (_, key_result) in policy.key_results() {
        let named = match &key_result.measure {
            Measure::Figure(FigureMeasure::Share(share), _) => of_share(share),
            Measure::Figure(FigureMeasure::Value(value), _) => vec![of_value(value)],
            Measure::Figure(FigureMeasure::Checklist(list), _) => vec![of_list(list)],
            _ => continue,
        };
        for named in named {
            let Some(table) = table_of(figures, named.file, named.of_run) else {
                continue;
            };
            let missing = named
                .columns
                .iter()
                .filter(|name| table.column(name).is_none());
            faults.extend(missing.map(|name| fault(&key_result.id, name, named.file, table)));
        }
    }
    faults
}

/// The columns that files have which are named once (rule Q2).
const OF_DATA: [(&str, &[&str]); 2] = [
    ("inventory", &["repository"]),
    ("advisories", &["id", "published"]),
];

/// The files under `data` without a column that they must have.
fn of_data(policy: &Policy, figures: &Figures) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (name, columns) in OF_DATA {
        let source = match name {
            "inventory" => policy.data.inventory.as_ref(),
            _ => policy.data.advisories.as_ref(),
        };
        let Some((source, table)) = source
            .and_then(|source| Some((source, table_of(figures, &source.file, source.of_run())?)))
        else {
            continue;
        };
        for column in columns.iter().filter(|name| table.column(name).is_none()) {
            let message =
                format!("`data.{name}` needs the column `{column}`, which the file does not have");
            faults.push(
                Diagnostic::new(Code::UnknownColumn, message)
                    .at(place(&source.file, table.header_line))
                    .label(instead_of(column, table)),
            );
        }
    }
    faults
}

/// The rows of a file, if it has any that can be used.
fn table_of<'a>(figures: &'a Figures, file: &str, of_run: bool) -> Option<&'a Table> {
    let file = figures.file(file, of_run)?;
    let table = file.content.as_ref().ok()?.table.as_ref()?;
    // A list without elements names no columns.
    (table.header_line.is_some() || !table.rows.is_empty()).then_some(table)
}

/// The faults of a policy whose lists name requirements that the standard does not have
/// (rule M23).
pub fn unknown_requirements(policy: &Policy, figures: &Figures) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (_, key_result) in policy.key_results() {
        let Measure::Figure(FigureMeasure::Checklist(list), _) = &key_result.measure else {
            continue;
        };
        let (Some(part), Some(table)) = (&list.standard, table_of(figures, &list.file, false))
        else {
            continue;
        };
        let Some(column) = id_column(table) else {
            faults.push(fault(&key_result.id, "id", &list.file, table));
            continue;
        };
        let known: BTreeSet<&str> = part.standard.requirements().map(|one| one.id).collect();
        for row in &table.rows {
            let id = row.cell(column).unwrap_or_default();
            let meant = part.standard.id_of(id);
            if known.contains(meant.as_str()) {
                continue;
            }
            let message = Message::from("key result ")
                .foreign(Untrusted::new(&key_result.id))
                .own(format!(": {} has no requirement ", part.standard.name))
                .foreign(Untrusted::new(id));
            let near = nearest_name(&meant, known.iter().copied());
            let label = near.map_or_else(
                || Message::from("write ids as the standard has them, such as V2.1.1"),
                |near| Message::from(format!("did you mean {near}?")),
            );
            faults.push(
                Diagnostic::new(Code::UnknownRequirement, message)
                    .at(place(&list.file, table.header_line.map(|_| row.number)))
                    .label(label),
            );
        }
    }
    faults
}

fn place(path: &str, line: Option<u64>) -> Place {
    Place::Report {
        path: UntrustedText::new(path),
        offset: None,
        line_column: line.map(|line| (line, 1)),
        field: None,
    }
}

fn fault(key_result: &str, column: &str, path: &str, table: &Table) -> Diagnostic {
    let message = Message::from("key result ")
        .foreign(Untrusted::new(key_result))
        .own(" names the column ")
        .foreign(Untrusted::new(column))
        .own(", which the file does not have");
    Diagnostic::new(Code::UnknownColumn, message)
        .at(place(path, table.header_line))
        .label(instead_of(column, table))
}

/// The column that was probably meant, or those that there are.
fn instead_of(column: &str, table: &Table) -> Message {
    let columns = table.columns.iter().map(UntrustedText::raw);
    if let Some(near) = nearest_name(column, columns) {
        return Message::from("did you mean ")
            .foreign(Untrusted::new(near))
            .own("?");
    }
    let mut has = Message::from("its columns: ");
    for (index, name) in table.columns.iter().take(12).enumerate() {
        has = has
            .own(if index == 0 { "" } else { ", " })
            .foreign(name.as_untrusted());
    }
    has
}

fn of_share(share: &Share) -> Vec<Named<'_>> {
    let rows = Named::of(&share.source).and(&share.num);
    match &share.roster {
        None => vec![rows.and(&share.den).with([&share.weight])],
        Some((roster, key)) => {
            let key = [key.as_str()];
            let mut rows = rows;
            rows.columns.extend(key);
            let mut people = Named::of(roster).and(&share.den).with([&share.weight]);
            people.columns.extend(key);
            vec![rows, people]
        }
    }
}

fn of_value(value: &FigureValue) -> Named<'_> {
    let named = Named::of(&value.source);
    match &value.of {
        FigureOf::Pointer(_) => named,
        FigureOf::Rows { column, filter, .. } => named.and(filter).with([column]),
    }
}

fn of_list(list: &Checklist) -> Named<'_> {
    let named = Named {
        file: &list.file,
        of_run: false,
        columns: Vec::new(),
    };
    named
        .and(&list.pass)
        .and(&list.skip)
        .with([&list.expires, &list.cwe, &list.key_result])
}
