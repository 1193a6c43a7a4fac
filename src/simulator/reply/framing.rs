//! A stream in other forms of the same meaning.

use std::time::Duration;

use super::super::plan::Form;
use super::Act;

/// The acts with everything sent in this form.
pub(super) fn framed(acts: Vec<Act>, form: Form) -> Vec<Act> {
    if form == Form::Burst {
        return burst(&acts);
    }
    let last = acts.len().saturating_sub(1);
    let mut begun = false;
    let mut framed = Vec::new();
    for (place, act) in acts.into_iter().enumerate() {
        let Act::Send(bytes, tokens) = act else {
            framed.push(act);
            continue;
        };
        let event = String::from_utf8_lossy(&bytes);
        let text = match form {
            Form::Bom if !begun => format!("\u{feff}{event}"),
            Form::NoEnd if place == last => event.trim_end().to_owned(),
            _ => in_form(&event, form),
        };
        begun = true;
        if form == Form::Pieces {
            framed.extend(pieces(&text, tokens));
        } else {
            framed.push(Act::send(text, tokens));
        }
    }
    framed
}

fn in_form(event: &str, form: Form) -> String {
    match form {
        Form::CrLf | Form::Pieces => event.replace('\n', "\r\n"),
        Form::Cr => event.replace('\n', "\r"),
        Form::NoSpace => event.replacen("data: ", "data:", 1),
        Form::Comments => format!(": keep-alive\n\n{event}"),
        Form::Fields => format!("id: 7\nevent: message\nretry: 3000\nunknown: field\n{event}"),
        Form::Lines => lines(event),
        Form::Bom | Form::Burst | Form::NoEnd | Form::Nulls | Form::Llama => event.to_owned(),
    }
}

/// The JSON of an event over several lines, each a `data` field of its own.
fn lines(event: &str) -> String {
    let data = event.strip_prefix("data: ").unwrap_or(event).trim_end();
    let value: Result<serde_json::Value, _> = serde_json::from_str(data);
    let pretty = value.map_or_else(|_| data.to_owned(), |value| format!("{value:#}"));
    format!("data: {}\n\n", pretty.replace('\n', "\ndata: "))
}

/// Three bytes at a time; the token counts with the last of them.
fn pieces(text: &str, tokens: u64) -> Vec<Act> {
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(3).collect();
    let last = pieces.len().saturating_sub(1);
    let act = |(place, piece): (usize, &&[u8])| Act::send(piece.to_vec(), if place == last { tokens } else { 0 });
    pieces.iter().enumerate().map(act).collect()
}

/// Every wait, then everything at once.
fn burst(acts: &[Act]) -> Vec<Act> {
    let (mut wait, mut bytes, mut tokens) = (Duration::ZERO, Vec::new(), 0);
    for act in acts {
        match act {
            Act::Wait(time) => wait += *time,
            Act::Send(more, count) => {
                bytes.extend_from_slice(more);
                tokens += count;
            }
            _ => {}
        }
    }
    vec![Act::Wait(wait), Act::send(bytes, tokens)]
}
