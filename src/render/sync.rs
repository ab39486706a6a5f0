//! What other tools for key results are told: an event as JSON, in a template, and as CSV
//! (rule K36).

use std::io::{self, Write};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::decide::okr::ProgressEvent;
use crate::policy::{PARTS, Piece, pieces};

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The body of a request: the template with the parts of the event in it, or the whole event.
/// A text that is one part alone takes its type; what has no value is left out of its map.
pub fn body(event: &ProgressEvent, template: Option<&Value>) -> String {
    let whole = || {
        let members = PARTS.iter().filter_map(|part| {
            let value = typed(event, part)?;
            Some(((*part).to_owned(), value))
        });
        Value::Object(members.collect())
    };
    let value = template.map_or_else(whole, |template| filled(template, event));
    value.to_string()
}

/// What Tability's check-ins API takes, but for the tokens: the colour goes by the bands.
pub fn tability(event: &ProgressEvent, token: &str) -> String {
    let mut body = json!({
        "personal_api_token": token,
        "score": event.value.to_string(),
        "body": event.comment,
    });
    if let (Some(confidence), Some(members)) = (event.confidence, body.as_object_mut()) {
        let colour = match crate::decide::okr::Band::of(confidence).as_str() {
            "amber" => "yellow",
            colour => colour,
        };
        members.insert("confidence".to_owned(), colour.into());
    }
    body.to_string()
}

/// An address with the parts of the event in it, each encoded.
pub fn address(event: &ProgressEvent, template: &str) -> String {
    with_parts(template, |part| {
        let text = text(event, part).unwrap_or_default();
        utf8_percent_encode(&text, RESERVED).to_string()
    })
}

/// The events as CSV, with a line of names.
///
/// # Errors
/// If the output cannot be written.
pub fn write_csv(events: &[ProgressEvent], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(PARTS)?;
    for event in events {
        let cells = PARTS.map(|part| cell(part, text(event, part).unwrap_or_default()));
        writer.write_record(cells)?;
    }
    writer.flush()
}

/// A cell that a spreadsheet does not take for a formula. A figure is one of ours.
fn cell(part: &str, text: String) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins && part != "value" {
        ["'", &text].concat()
    } else {
        text
    }
}

fn filled(template: &Value, event: &ProgressEvent) -> Value {
    match template {
        Value::String(text) => inserted(text, event).unwrap_or(Value::Null),
        Value::Array(items) => items.iter().map(|item| filled(item, event)).collect(),
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| {
                let value = match value {
                    Value::String(text) => inserted(text, event)?,
                    value => filled(value, event),
                };
                Some((name.clone(), value))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// A text of a template; `None` if it is one part alone that has no value.
fn inserted(template: &str, event: &ProgressEvent) -> Option<Value> {
    if let [Piece::Part(part)] = pieces(template).as_slice() {
        return typed(event, part);
    }
    let text = with_parts(template, |part| text(event, part).unwrap_or_default());
    Some(Value::String(text))
}

fn with_parts(template: &str, fill: impl Fn(&str) -> String) -> String {
    let pieces = pieces(template).into_iter();
    pieces
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Part(part) => fill(part),
        })
        .collect()
}

/// A part of the event as JSON has it.
fn typed(event: &ProgressEvent, part: &str) -> Option<Value> {
    let text = text(event, part)?;
    let number = matches!(part, "value" | "confidence").then(|| serde_json::from_str(&text));
    match number {
        Some(Ok(number)) => Some(Value::Number(number)),
        _ => Some(Value::String(text)),
    }
}

/// A part of the event as text; `None` if it has no value.
fn text(event: &ProgressEvent, part: &str) -> Option<String> {
    match part {
        "external_id" => Some(event.external_id.clone()),
        "value" => Some(event.value.to_string()),
        "at" => Some(to_the_second(event.at)),
        "confidence" => event.confidence.map(|confidence| confidence.to_string()),
        "comment" => Some(event.comment.clone()),
        "url" => event.url.clone(),
        _ => None,
    }
}

fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Quantity;

    fn event(confidence: Option<Quantity>, url: Option<&str>) -> ProgressEvent {
        ProgressEvent {
            external_id: "speed/a.b".to_owned(),
            value: Quantity::parse("-0.38").unwrap(),
            at: "2026-11-16T09:00:00.5Z".parse().unwrap(),
            confidence,
            comment: "-0.38 (missed), target <= \"10\"".to_owned(),
            url: url.map(str::to_owned),
        }
    }

    #[test]
    fn key_result_k36_the_whole_event_goes_out_without_what_it_has_not() {
        let full = event(Quantity::ratio(1, 2), Some("https://example.org/x"));
        assert_eq!(
            body(&full, None),
            r#"{"at":"2026-11-16T09:00:00Z","comment":"-0.38 (missed), target <= \"10\"","confidence":0.5,"external_id":"speed/a.b","url":"https://example.org/x","value":-0.38}"#
        );
        assert_eq!(
            body(&event(None, None), None),
            r#"{"at":"2026-11-16T09:00:00Z","comment":"-0.38 (missed), target <= \"10\"","external_id":"speed/a.b","value":-0.38}"#
        );
    }

    #[test]
    fn key_result_k36_a_template_cannot_be_broken_by_what_is_put_into_it() {
        let template = json!({
            "id": "{external_id}",
            "kept": [1, true, null, "{value}"],
            "text": "now {value}: {comment}{confidence}",
            "sure": "{confidence}",
            "deep": { "url": "{url}" },
        });
        let filled = body(&event(None, None), Some(&template));
        let read: Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(
            read,
            json!({
                "id": "speed/a.b",
                "kept": [1, true, null, -0.38],
                "text": "now -0.38: -0.38 (missed), target <= \"10\"",
                "deep": {},
            })
        );
        let to = "https://okr.example.org/{external_id}?v={comment}";
        assert_eq!(
            address(&event(None, None), to),
            "https://okr.example.org/speed%2Fa.b?v=-0.38%20%28missed%29%2C%20target%20%3C%3D%20%2210%22"
        );
    }

    #[test]
    fn key_result_k36_csv_has_the_event_and_no_formula() {
        let mut out = Vec::new();
        write_csv(&[event(None, None)], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "external_id,value,at,confidence,comment,url\n\
             speed/a.b,-0.38,2026-11-16T09:00:00Z,,\"'-0.38 (missed), target <= \"\"10\"\"\",\n"
        );
    }

    #[test]
    fn key_result_k36_tability_takes_a_colour() {
        let of = |tenths| {
            let event = event(Quantity::ratio(tenths, 10), None);
            let body: Value = serde_json::from_str(&tability(&event, "made-up")).unwrap();
            body["confidence"].as_str().map(str::to_owned)
        };
        assert_eq!(of(3).as_deref(), Some("red"));
        assert_eq!(of(4).as_deref(), Some("yellow"));
        assert_eq!(of(7).as_deref(), Some("green"));
        let body: Value = serde_json::from_str(&tability(&event(None, None), "made-up")).unwrap();
        assert_eq!(
            body,
            json!({ "personal_api_token": "made-up", "score": "-0.38", "body": "-0.38 (missed), target <= \"10\"" })
        );
    }
}
