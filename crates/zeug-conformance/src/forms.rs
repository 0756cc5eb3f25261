//! Translates the operations of the area `forms`. Decides nothing.

use serde_json::{Value, json};
use zeug_datastructures::Headers;
use zeug_forms::{
    FileStorage, FormError, FormParser, Limits, MultipartDecoder, MultipartEncoder, MultipartEvent,
    PartHead,
};

use crate::{Failure, Outcome, args};

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "forms.parse_form" => parse_form(args),
        "forms.multipart_encode" => multipart_encode(args),
        "forms.multipart_events" => Ok(multipart_events(args)),
        _ => Err(Failure::unsupported()),
    }
}

fn limits(args: &Value, parts: &str) -> Limits {
    let mut limits = Limits::unlimited();
    if let Some(field) = args::count(args, "max_form_memory_size") {
        limits = limits.field(field);
    }
    if let Some(parts) = args::count(args, parts) {
        limits = limits.parts(parts);
    }
    match args::count(args, "max_content_length") {
        Some(body) => limits.body(body as u64),
        None => limits,
    }
}

fn kind(error: &FormError) -> &'static str {
    use zeug_forms::FormErrorKind as K;
    match error.kind() {
        K::Disconnected => "client_disconnected",
        _ if error.status_hint() == 413 => "request_entity_too_large",
        _ => "value_error",
    }
}

fn parse_form(args: &Value) -> Outcome {
    let body = args::bytes(args, "body_b64");
    let mut parser = FormParser::new(args::text(args, "content_type").unwrap_or_default())
        .limits(limits(args, "max_form_parts"));
    if let Some(length) = args::count(args, "content_length") {
        parser = parser.content_length(length as u64);
    }
    if args["silent"] == true {
        parser = parser.ignore_malformed();
    }
    let form = parser
        .parse_into(&body[..], |_| Ok(Vec::new()))
        .map_err(|error| Failure::new(kind(&error)))?;
    let fields: Vec<_> = form
        .fields
        .lists()
        .flat_map(|(key, values)| values.map(move |value| json!([key, value])))
        .collect();
    let files: Vec<_> = form
        .files
        .lists()
        .flat_map(|(_, files)| files.map(show_file))
        .collect();
    Ok(json!({"form": fields, "files": files}))
}

fn show_file(file: &FileStorage<Vec<u8>>) -> Value {
    show_file_of(file, file.stream())
}

pub(crate) fn show_file_of<S>(file: &FileStorage<S>, body: &[u8]) -> Value {
    json!({
        "name": file.name(),
        "filename": file.filename(),
        "content_type": file.content_type(),
        "headers": args::header_pairs(file.headers()),
        "body_b64": args::base64(body),
    })
}

fn multipart_encode(args: &Value) -> Outcome {
    let failure = |error: FormError| Failure::new(kind(&error));
    let mut encoder =
        MultipartEncoder::new(args::text(args, "boundary").unwrap_or_default()).map_err(failure)?;
    let mut out = Vec::new();
    for part in args["parts"].as_array().into_iter().flatten() {
        let name = args::text(part, "name").unwrap_or_default();
        let headers = Headers::try_from_pairs(args::pairs(part, "headers"))
            .map_err(|_| Failure::new("value_error"))?;
        match args::text(part, "filename") {
            Some(filename) => encoder.file(name, filename, &headers, &mut out),
            None => encoder.field(name, &headers, &mut out),
        }
        .and_then(|()| encoder.data(&args::bytes(part, "body_b64"), &mut out))
        .map_err(failure)?;
    }
    encoder.finish(&mut out).map_err(failure)?;
    Ok(json!({"body_b64": args::base64(&out)}))
}

fn multipart_events(args: &Value) -> Value {
    let mut shown = Shown::default();
    let result = shown.decode(args);
    shown.flush();
    let error = result.err().map(|error| kind(&error));
    json!({"events": shown.events, "error": error})
}

/// The events of a body, with pieces joined.
#[derive(Default)]
struct Shown {
    events: Vec<Value>,
    data: Vec<u8>,
    epilogue: Option<Vec<u8>>,
}

impl Shown {
    fn decode(&mut self, args: &Value) -> Result<(), FormError> {
        let mut decoder =
            MultipartDecoder::new(args::bytes(args, "boundary_b64"), limits(args, "max_parts"))?;
        let body = args::bytes(args, "body_b64");
        let mut rest = &body[..];
        let sizes = args["chunk_sizes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64);
        for size in sizes.map(|size| size as usize).chain([usize::MAX]) {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            let mut events = decoder.push(chunk);
            while let Some(event) = events.next_event()? {
                self.show(event);
            }
        }
        decoder.finish()
    }

    fn show(&mut self, event: MultipartEvent<'_>) {
        let head = |head: &PartHead<'_>| -> Vec<Value> {
            head.fields()
                .map(|(name, value)| json!([name, value]))
                .collect()
        };
        match event {
            MultipartEvent::Preamble { bytes, last } => self.piece("preamble", bytes, last),
            MultipartEvent::Field(part) => self
                .events
                .push(json!({"type": "field", "name": part.name(), "headers": head(&part)})),
            MultipartEvent::File(part) => {
                self.events.push(json!({"type": "file", "name": part.name(), "filename": part.filename(), "headers": head(&part)}));
            }
            MultipartEvent::Data { bytes, last } => self.piece("data", bytes, last),
            MultipartEvent::End => self.epilogue = Some(Vec::new()),
            MultipartEvent::Epilogue(bytes) => self
                .epilogue
                .get_or_insert_default()
                .extend_from_slice(bytes),
        }
    }

    fn piece(&mut self, kind: &str, bytes: &[u8], last: bool) {
        self.data.extend_from_slice(bytes);
        if last {
            self.events.push(
                json!({"type": kind, "data_b64": args::base64(&std::mem::take(&mut self.data))}),
            );
        }
    }

    fn flush(&mut self) {
        if let Some(epilogue) = self.epilogue.take() {
            self.events
                .push(json!({"type": "epilogue", "data_b64": args::base64(&epilogue)}));
        }
    }
}
