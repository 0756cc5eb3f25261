//! Area `response`: an answer, calls of its methods and properties, and what is sent of it.

use serde_json::{Map, Value, json};
use zeug_datastructures::{HeaderSet, Headers};
use zeug_http::{
    Age, AllowOrigin, ContentSecurityPolicy, ContentType, CorsNames, CrossOriginEmbedderPolicy,
    CrossOriginOpenerPolicy, ETag, HttpDate, RetryAfter, WwwAuthenticate,
};
use zeug_messages::{Conditional, HttpError, LocationForm, Response, Status};

use crate::args::{base64, bytes, flag, header_pairs, pairs, text};
use crate::datastructures::header_set_call;
use crate::http::{auth, cache_script, cookies, named, policy, ranges, refused, response_cache};
use crate::{Failure, Outcome, members, request};

/// More than any body here has.
const ALL: usize = 1 << 24;

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "response.status" => {
            let status = status(&args["status"])?;
            Ok(json!({"status": show_status(&status), "code": status.code()}))
        }
        "response.wsgi" | "response.cookies" | "response.conditional" | "response.properties" => {
            script(args)
        }
        _ => Err(Failure::unsupported()),
    }
}

/// What an answer refuses.
fn bad<E>(_: E) -> Failure {
    Failure::new("value_error")
}

/// A status from a number or text.
fn status(value: &Value) -> Result<Status, Failure> {
    match value {
        Value::Number(number) => Ok(number
            .as_u64()
            .and_then(|code| u16::try_from(code).ok())
            .ok_or_else(|| bad(()))?
            .into()),
        Value::String(text) => Status::parse(text).map_err(bad),
        _ => Ok(Status::default()),
    }
}

/// The status as the reference writes it: the phrases that it knows in upper case.
pub(crate) fn show_status(status: &Status) -> String {
    if status.has_own_phrase() {
        status.to_string()
    } else {
        status.to_string().to_uppercase()
    }
}

/// What is sent for an answer, as the protocol shows it.
pub(crate) fn show_sent(mut response: Response) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("status".into(), show_status(response.status_line()).into());
    shown.insert("headers".into(), header_pairs(response.headers()).into());
    let body = response.buffer(ALL).unwrap_or_default();
    shown.insert("body_b64".into(), base64(&body).into());
    shown
}

/// Why an answer could not be made conditional, as the protocol has it: a 416, or a value that no field can have.
pub(crate) fn not_conditional(error: &HttpError) -> Failure {
    if error.status() != 416 {
        return Failure::new("value_error");
    }
    let content_range = error
        .headers()
        .get("content-range")
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Failure {
        kind: "range_not_satisfiable",
        data: Some(json!({"content_range": content_range})),
    }
}

fn script(args: &Value) -> Outcome {
    let request = request::build(&args["request"])?;
    let now = HttpDate::from_unix_seconds(args["now"].as_i64().unwrap_or(1_700_000_000));
    let mut script = Script {
        response: initial(args)?,
        request,
        now,
        marks: Vec::new(),
        report_only: false,
    };
    for (name, value) in named(&args["options"]) {
        let response = std::mem::take(&mut script.response);
        script.response = match (name, value.as_bool()) {
            ("autocorrect_location_header", Some(true)) => {
                response.with_location_form(LocationForm::Absolute)
            }
            ("automatically_set_content_length", Some(false)) => response.with_length_as_stated(),
            _ => response,
        };
    }
    let mut results = Vec::new();
    for args in args["calls"].as_array().into_iter().flatten() {
        let outcome = script.call(args);
        let ends = outcome.is_err() && text(args, "m") == Some("make_conditional");
        results.push(Value::Object(members(outcome)));
        if ends {
            break;
        }
    }
    script.response.finish_for(&script.request);
    let mut shown = show_sent(script.response);
    if script.report_only {
        respell(&mut shown);
    }
    shown.insert("results".into(), results.into());
    // How a tag is made of a body is not part of the contract.
    let mut written = Value::Object(shown).to_string();
    for mark in script.marks {
        written = written.replace(&mark, "<generated>");
    }
    serde_json::from_str(&written).map_err(bad)
}

/// The answer as it is constructed: fields, type, status, body.
fn initial(args: &Value) -> Result<Response, Failure> {
    let mut response = Response::default();
    for (name, value) in pairs(args, "headers") {
        response
            .headers_mut()
            .try_append(name, value)
            .map_err(bad)?;
    }
    let typed = response.headers().contains("content-type");
    match (text(args, "content_type"), text(args, "mimetype")) {
        (Some(content_type), _) => set_text(&mut response, "Content-Type", content_type)?,
        (None, Some(media_type)) => response.set_media_type(media_type).map_err(bad)?,
        (None, None) if !typed => response.set_media_type("text/plain").map_err(bad)?,
        _ => {}
    }
    response.set_status(status(&args["status"])?);
    if let Some(chunks) = args["body_chunks_b64"].as_array() {
        let whole: Vec<u8> = chunks
            .iter()
            .flat_map(|chunk| bytes(&json!({"chunk": chunk}), "chunk"))
            .collect();
        *response.body_mut() = whole.into();
    } else if args["body_b64"].is_string() {
        response.set_body(bytes(args, "body_b64"));
    }
    Ok(response)
}

fn set_text(response: &mut Response, name: &str, value: &str) -> Result<(), Failure> {
    response.headers_mut().try_insert(name, value).map_err(bad)
}

/// The reference spells the name of this one field, where it sets it, in its own way.
fn respell(shown: &mut Map<String, Value>) {
    let headers = shown.get_mut("headers").and_then(Value::as_array_mut);
    for pair in headers.into_iter().flatten() {
        if pair[0] == "Content-Security-Policy-Report-Only" {
            pair[0] = "Content-Security-policy-report-only".into();
        }
    }
}

/// An answer under way.
struct Script {
    response: Response,
    request: zeug_messages::Request,
    now: HttpDate,
    /// Tags that were made of the body.
    marks: Vec<String>,
    report_only: bool,
}

impl Script {
    fn call(&mut self, args: &Value) -> Outcome {
        let name = text(args, "name").unwrap_or_default();
        let key = text(args, "key").unwrap_or_default();
        match text(args, "m").unwrap_or_default() {
            "set_cookie" | "delete_cookie" => self.cookie(args)?,
            "set_etag" => {
                let tag = text(args, "etag").unwrap_or_default();
                let tag = if flag(args, "weak") {
                    ETag::weak(tag)
                } else {
                    ETag::strong(tag)
                };
                self.response.set_etag(&tag.map_err(refused)?);
            }
            "add_etag" => {
                if flag(args, "overwrite") || !self.response.headers().contains("etag") {
                    let body = self.response.buffer(ALL).map_err(bad)?;
                    let mut tag = ETag::of(&body);
                    self.marks.push(tag.value().to_owned());
                    if flag(args, "weak") {
                        tag = ETag::weak(tag.value().to_owned()).map_err(refused)?;
                    }
                    self.response.set_etag(&tag);
                }
            }
            "freeze" => {
                let had_tag = self.response.headers().contains("etag");
                self.response.freeze(ALL).map_err(bad)?;
                if let Some(tag) = self.response.etag().filter(|_| !had_tag) {
                    self.marks.push(tag.value().to_owned());
                }
            }
            "make_conditional" => {
                let length = args["complete_length"]
                    .as_u64()
                    .filter(|&length| length > 0);
                let unit = match &args["accept_ranges"] {
                    Value::String(unit) => Some(unit.clone()),
                    Value::Bool(true) => Some("bytes".to_owned()),
                    _ => None,
                };
                let options = match (unit, length) {
                    (None, _) => Conditional::default(),
                    (Some(unit), Some(length)) if unit == "bytes" => {
                        Conditional::default().ranges_of(length)
                    }
                    (Some(unit), _) => Conditional::default().announcing(unit),
                };
                self.response
                    .make_conditional(&self.request, options.at(self.now))
                    .map_err(|error| not_conditional(&error))?;
            }
            "set_data" => self.response.set_body(bytes(args, "body_b64")),
            "set" => self.set(name, &args["value"])?,
            "get" => return self.get(name),
            "set_header" => set_text(
                &mut self.response,
                key,
                text(args, "value").unwrap_or_default(),
            )?,
            "add_header" => self
                .response
                .headers_mut()
                .try_append(key, text(args, "value").unwrap_or_default())
                .map_err(bad)?,
            "remove_header" => drop(self.response.headers_mut().remove(key)),
            "headerset" => return self.header_set(name, &args["call"]),
            "cache_control" => {
                let given = self.response.cache_control().to_string();
                let field = cache_script(&given, &args["set"]);
                // The reference writes the field where a setting changes something.
                if field.to_string() != given {
                    self.response.set_cache_control(&field).map_err(bad)?;
                }
            }
            "csp" => self.policy(name, &args["set"])?,
            "www_authenticate_set" => {
                let mut challenge = self.challenge().into_owned();
                match text(args, "value") {
                    Some(value) => challenge.insert(key.to_owned(), value.to_owned()),
                    None => drop(challenge.remove(key)),
                }
                self.response
                    .set_www_authenticate(&[challenge])
                    .map_err(bad)?;
            }
            "content_range_set" => {
                let range = ranges::content_range(args).ok_or_else(|| bad(()))?;
                self.response.set_content_range(&range).map_err(bad)?;
            }
            "content_range_unset" => drop(self.response.headers_mut().remove("content-range")),
            "mimetype_param" => {
                let mut field = self
                    .response
                    .content_type()
                    .unwrap_or_default()
                    .into_owned();
                let value = text(args, "value").unwrap_or_default().to_owned();
                field
                    .options_mut()
                    .insert(key.to_owned(), value)
                    .map_err(refused)?;
                self.response.set_content_type(&field).map_err(bad)?;
            }
            _ => return Err(Failure::unsupported()),
        }
        Ok(Value::Null)
    }

    fn cookie(&mut self, args: &Value) -> Result<(), Failure> {
        let mut described = json!({
            "key": args["key"],
            "value": args["value"].as_str().unwrap_or_default(),
            "path": "/",
            "sync_expires": true,
            "now": self.now.unix_seconds(),
        });
        if text(args, "m") == Some("delete_cookie") {
            described["expires"] = 0.into();
            described["max_age"] = 0.into();
        }
        for (name, value) in named(&args["options"]) {
            described[name] = value.clone();
        }
        if !described["expires"].is_null() {
            described["sync_expires"] = false.into();
        }
        let cookie = cookies::cookie(&described)?;
        self.response.set_cookie(&cookie).map_err(refused)
    }

    fn header_set(&mut self, name: &str, call: &Value) -> Outcome {
        let mut set = match name {
            "vary" => self.response.vary(),
            "allow" => self.response.allow(),
            _ => self.response.content_language(),
        };
        let before = set.clone();
        let method = text(call, "m").unwrap_or_default();
        let result = header_set_call(&mut set, method, call)?;
        if set.iter().ne(before.iter()) {
            match name {
                "vary" => self.response.set_vary(&set),
                "allow" => self.response.set_allow(&set),
                _ => self.response.set_content_language(&set),
            }
            .map_err(bad)?;
        }
        Ok(result)
    }

    fn policy(&mut self, name: &str, script: &Value) -> Result<(), Failure> {
        let report_only = name == "content_security_policy_report_only";
        let mut field = if report_only {
            self.response.content_security_policy_report_only()
        } else {
            self.response.content_security_policy()
        }
        .into_owned();
        let mut changed = false;
        for (directive, value) in named(script) {
            match value.as_str() {
                Some(value) => {
                    field.insert(directive.to_owned(), value.to_owned());
                    changed = true;
                }
                None => changed |= field.remove(directive),
            }
        }
        if changed {
            self.set_policy(report_only, &field)?;
        }
        Ok(())
    }

    fn set_policy(
        &mut self,
        report_only: bool,
        field: &ContentSecurityPolicy<'_>,
    ) -> Result<(), Failure> {
        if report_only {
            self.report_only = true;
            self.response.set_content_security_policy_report_only(field)
        } else {
            self.response.set_content_security_policy(field)
        }
        .map_err(bad)
    }

    /// The first challenge; where there is none, one of the scheme that the reference starts from.
    fn challenge(&self) -> WwwAuthenticate<'_> {
        let first = self.response.www_authenticate().next();
        first.unwrap_or_else(|| {
            WwwAuthenticate::new(
                "basic",
                zeug_http::Credentials::Parameters(Default::default()),
            )
        })
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        let response = &mut self.response;
        let date = || value.as_i64().map(HttpDate::from_unix_seconds);
        let words = || match value.as_str() {
            Some(text) => zeug_http::FieldList::parse(text)
                .into_iter()
                .map(|name| name.into_owned())
                .collect(),
            None => value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        };
        let plain = value.as_str().unwrap_or_default();
        match name {
            "status" | "status_code" => response.set_status(status(value)?),
            "location" => response.set_location(plain).map_err(bad)?,
            "content_location" => response.set_content_location(plain).map_err(bad)?,
            "content_encoding" => response.set_content_encoding(plain).map_err(bad)?,
            "content_md5" => response.set_content_md5(plain).map_err(bad)?,
            "accept_ranges" => response.set_accept_ranges(plain).map_err(bad)?,
            "content_type" => set_text(response, "Content-Type", plain)?,
            "mimetype" => response.set_media_type(plain).map_err(bad)?,
            "age" => response.set_age(match value.as_i64() {
                Some(age) => Some(Age::try_from(age).map_err(refused)?),
                None => None,
            }),
            "content_length" => response.set_content_length(value.as_u64()),
            "access_control_max_age" => response.set_access_control_max_age(value.as_u64()),
            "date" => response.set_date(date()),
            "expires" => response.set_expires(date()),
            "last_modified" => response.set_last_modified(date()),
            "retry_after" => response.set_retry_after(match value {
                Value::Null => None,
                Value::Object(value) => value["date"]
                    .as_i64()
                    .map(|date| RetryAfter::Date(HttpDate::from_unix_seconds(date))),
                value => Some(RetryAfter::Seconds(value.as_u64().unwrap_or(0))),
            }),
            "vary" => response.set_vary(words()).map_err(bad)?,
            "allow" => response.set_allow(words()).map_err(bad)?,
            "content_language" => response.set_content_language(words()).map_err(bad)?,
            "access_control_allow_headers" => response
                .set_access_control_allow_headers(words().iter().map(String::as_str))
                .map_err(bad)?,
            "access_control_allow_methods" => response
                .set_access_control_allow_methods(words().iter().map(String::as_str))
                .map_err(bad)?,
            "access_control_expose_headers" => response
                .set_access_control_expose_headers(words().iter().map(String::as_str))
                .map_err(bad)?,
            "access_control_allow_origin" => {
                let origin = AllowOrigin::parse(plain).map_err(refused)?;
                response
                    .set_access_control_allow_origin(&origin)
                    .map_err(bad)?;
            }
            "access_control_allow_credentials" if *value == true => {
                response.set_access_control_allow_credentials();
            }
            "access_control_allow_credentials" => {
                response
                    .headers_mut()
                    .remove("access-control-allow-credentials");
            }
            "cross_origin_opener_policy" => response.set_cross_origin_opener_policy(
                CrossOriginOpenerPolicy::parse(plain).map_err(refused)?,
            ),
            "cross_origin_embedder_policy" => response.set_cross_origin_embedder_policy(
                CrossOriginEmbedderPolicy::parse(plain).map_err(refused)?,
            ),
            "content_range" if plain.is_empty() => {
                response.headers_mut().remove("content-range");
            }
            // As the reference: text is taken as it is.
            "content_range" => set_text(response, "Content-Range", plain)?,
            "content_security_policy" | "content_security_policy_report_only" => {
                let field = ContentSecurityPolicy::parse(plain);
                self.set_policy(name == "content_security_policy_report_only", &field)?;
            }
            "www_authenticate" => {
                let challenges: Vec<_> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| {
                        WwwAuthenticate::new(
                            text(item, "type").unwrap_or(""),
                            auth::credentials(item),
                        )
                    })
                    .collect();
                response.set_www_authenticate(&challenges).map_err(bad)?;
            }
            "data" => response.set_body(bytes(&json!({"data": value}), "data")),
            _ => return Err(Failure::unsupported()),
        }
        Ok(())
    }

    fn get(&mut self, name: &str) -> Outcome {
        if name == "data" {
            return Ok(base64(&self.response.buffer(ALL).map_err(bad)?).into());
        }
        let response = &self.response;
        let seconds = |date: Option<HttpDate>| json!(date.map(HttpDate::unix_seconds));
        Ok(match name {
            "status" => show_status(response.status_line()).into(),
            "status_code" => response.status_line().code().into(),
            "is_json" => response.is_json().into(),
            "location" => response.location().into(),
            "content_location" => response.content_location().into(),
            "content_encoding" => response.content_encoding().into(),
            "content_md5" => response.content_md5().into(),
            "accept_ranges" => response.accept_ranges().into(),
            "content_type" => raw(response.headers(), "content-type"),
            "mimetype" => response
                .content_type()
                .map(|field| field.essence().to_owned())
                .into(),
            "mimetype_params" => parameters(&response.content_type().unwrap_or_default()),
            "age" => response.age().map(Age::seconds).into(),
            "content_length" => response.content_length().into(),
            "access_control_max_age" => response.access_control_max_age().into(),
            "date" => seconds(response.date()),
            "expires" => seconds(response.expires()),
            "last_modified" => seconds(response.last_modified()),
            "retry_after" => seconds(response.retry_after().map(|when| when.at(self.now))),
            "vary" => show_set(&response.vary()),
            "allow" => show_set(&response.allow()),
            "content_language" => show_set(&response.content_language()),
            "access_control_allow_headers" => show_names(response.access_control_allow_headers()),
            "access_control_allow_methods" => show_names(response.access_control_allow_methods()),
            "access_control_expose_headers" => show_names(response.access_control_expose_headers()),
            "access_control_allow_origin" => response
                .access_control_allow_origin()
                .map(|origin| origin.to_string())
                .into(),
            "access_control_allow_credentials" => {
                response.access_control_allow_credentials().into()
            }
            "cross_origin_opener_policy" => response
                .cross_origin_opener_policy()
                .unwrap_or(CrossOriginOpenerPolicy::UnsafeNone)
                .to_string()
                .into(),
            "cross_origin_embedder_policy" => response
                .cross_origin_embedder_policy()
                .unwrap_or(CrossOriginEmbedderPolicy::UnsafeNone)
                .to_string()
                .into(),
            "content_range" => match response.content_range() {
                Some(range) => ranges::show(&range),
                None => {
                    json!({"units": null, "start": null, "stop": null, "length": null, "header": ""})
                }
            },
            "content_security_policy" => policy(&response.content_security_policy()),
            "content_security_policy_report_only" => {
                policy(&response.content_security_policy_report_only())
            }
            "cache_control" => response_cache(&response.cache_control()),
            "www_authenticate" => {
                let first = self.challenge();
                auth::show(first.scheme(), first.challenge(), first.to_string())
            }
            "etag" => match response.etag() {
                Some(tag) => json!({"etag": tag.value(), "weak": tag.is_weak()}),
                None => json!({"etag": null, "weak": null}),
            },
            _ => return Err(Failure::unsupported()),
        })
    }
}

fn raw(headers: &Headers, name: &str) -> Value {
    headers.get(name).map(|value| value.to_utf8_lossy()).into()
}

fn show_set(set: &HeaderSet) -> Value {
    json!({"items": set.iter().collect::<Vec<_>>(), "header": set.to_string()})
}

fn show_names(names: Option<CorsNames<'_>>) -> Value {
    names.map_or(Value::Null, |names| {
        show_set(&names.names().iter().collect())
    })
}

fn parameters(field: &ContentType<'_>) -> Value {
    field
        .options()
        .iter()
        .map(|(key, value)| json!([key, value]))
        .collect()
}
