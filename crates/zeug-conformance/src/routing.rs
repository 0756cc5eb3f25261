//! The routing questions: maps, matching, building, binding. Translates to zeug-routing; custom converters come as regular expressions.

use std::collections::HashSet;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Value as Json, json};
use zeug_routing::{
    Bound, Converter, DoubleSlashes, Group, HostPolicy, Incoming, Map, MapBuilder, Outcome,
    Protocol, QueryOrder, RoutingError, RoutingErrorKind, Rule, RuleTemplate, Slashes, Target,
    TrailingSlash, Value,
};

use crate::{Failure, Outcome as Answer};

pub(crate) fn answer(op: &str, args: &Json) -> Answer {
    let map = map(args).map_err(failure)?;
    match op {
        "routing.match" => steps(&map, args, |bound, q| found(bound.find(target(q)))),
        "routing.build" => steps(&map, args, build),
        "routing.allowed_methods" => steps(&map, args, |bound, q| {
            Ok(bound.allowed_methods(target(q)).iter().collect())
        }),
        "routing.test" => steps(&map, args, |bound, q| Ok(bound.matches(target(q)).into())),
        "routing.get_host" => steps(&map, args, |bound, q| {
            Ok(bound.host_for(q["domain_part"].as_str()).into())
        }),
        "routing.iter_rules" => iter_rules(&map, args),
        "routing.is_endpoint_expecting" => Ok(list(&args["queries"])
            .map(|q| step(is_expecting(&map, q)))
            .collect()),
        "routing.bind_to_environ" => bind_to_environ(&map, args),
        _ => Err(Failure::unsupported()),
    }
}

fn list(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Json) -> impl Iterator<Item = &str> {
    list(value).map(text)
}

fn failure(error: RoutingError) -> Failure {
    Failure::new(match error.kind() {
        RoutingErrorKind::UnknownConverter => "lookup_error",
        RoutingErrorKind::BadHost => "bad_host",
        RoutingErrorKind::UnknownEndpoint
        | RoutingErrorKind::MissingValue
        | RoutingErrorKind::NoSuitableRule => "build_error",
        _ => "value_error",
    })
}

fn step(outcome: Answer) -> Json {
    Json::Object(crate::members(outcome))
}

/// A converter that is a regular expression.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    weight: i32,
    spans: bool,
}

impl Converter for Pattern {
    fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    fn weight(&self) -> i32 {
        self.weight
    }

    fn spans_segments(&self) -> bool {
        self.spans
    }
}

fn map(args: &Json) -> Result<Map<String>, RoutingError> {
    let options = &args["map"];
    let on = |name: &str, default: bool| options[name].as_bool().unwrap_or(default);
    // Duplicates and bare slashes: the reference has them.
    let mut builder = Map::builder()
        .allow_duplicates()
        .slashes_in_values(Slashes::Raw)
        .default_subdomain(text(&options["default_subdomain"]));
    if !on("strict_slashes", true) {
        builder = builder.trailing_slash(TrailingSlash::Lenient);
    }
    if !on("merge_slashes", true) {
        builder = builder.double_slashes(DoubleSlashes::Keep);
    }
    if !on("redirect_defaults", true) {
        builder = builder.keep_defaults();
    }
    if on("sort_parameters", false) {
        builder = builder.query_order(QueryOrder::Sorted);
    }
    if on("host_matching", false) {
        builder = builder.hosts(HostPolicy::Host);
    }
    for converter in list(&args["converters"]) {
        builder = custom(builder, converter);
    }
    for node in list(&args["rules"]) {
        builder = builder.rules(group(node)?);
    }
    builder.build()
}

fn custom(builder: MapBuilder<String>, converter: &Json) -> MapBuilder<String> {
    let source = text(&converter["regex"]);
    let regex = Regex::new(&format!(r"\A(?:{source})\z"));
    let weight = converter["weight"]
        .as_i64()
        .and_then(|w| i32::try_from(w).ok())
        .unwrap_or(100);
    let spans = converter["part_isolating"]
        .as_bool()
        .map_or(source.contains('/'), |isolating| !isolating);
    builder.converter(text(&converter["name"]), move |_| {
        Some(Arc::new(Pattern {
            regex: regex.clone().ok()?,
            weight,
            spans,
        }))
    })
}

/// A node of the rules' tree.
fn group(node: &Json) -> Result<Group<String>, RoutingError> {
    if node["rule"].is_string() {
        return Ok(Group::new([rule(node)]));
    }
    let mut rules = Group::new([]);
    for child in list(&node["rules"]) {
        rules = rules.rules(group(child)?);
    }
    if let Some(path) = node["submount"].as_str() {
        return Ok(rules.submount(path));
    }
    if let Some(subdomain) = node["subdomain"].as_str() {
        return Ok(rules.subdomain(subdomain));
    }
    if let Some(prefix) = node["endpoint_prefix"].as_str() {
        return Ok(rules.endpoint_prefix(prefix));
    }
    let texts = list(&node["template"]).map(|pair| (text(&pair[0]), text(&pair[1])));
    RuleTemplate::new(rules).fill(texts)
}

fn rule(node: &Json) -> Rule<String> {
    let is = |name: &str| node[name].as_bool().unwrap_or(false);
    let mut rule = Rule::new(text(&node["rule"]), text(&node["endpoint"]).to_owned());
    if node["methods"].is_array() {
        rule = rule.methods(texts(&node["methods"]));
    }
    for pair in list(&node["defaults"]) {
        rule = rule.default(text(&pair[0]), untyped(&pair[1]).into_owned());
    }
    if let Some(subdomain) = node["subdomain"].as_str() {
        rule = rule.subdomain(subdomain);
    }
    if let Some(host) = node["host"].as_str() {
        rule = rule.host(host);
    }
    if let Some(strict) = node["strict_slashes"].as_bool() {
        rule = rule.trailing_slash(if strict {
            TrailingSlash::Strict
        } else {
            TrailingSlash::Lenient
        });
    }
    if let Some(merge) = node["merge_slashes"].as_bool() {
        rule = rule.double_slashes(if merge {
            DoubleSlashes::Merge
        } else {
            DoubleSlashes::Keep
        });
    }
    if let Some(target) = node["redirect_to"].as_str() {
        rule = rule.redirect_to(target);
    }
    rule = if is("build_only") {
        rule.build_only()
    } else {
        rule
    };
    rule = if is("alias") { rule.alias() } else { rule };
    if is("websocket") {
        rule.websocket()
    } else {
        rule
    }
}

fn untyped(value: &Json) -> Value<'_> {
    match value {
        Json::Bool(b) => (*b).into(),
        Json::Number(n) => n.as_i64().map_or_else(|| n.as_f64().into(), Value::Int),
        Json::String(s) => s.as_str().into(),
        Json::Array(items) => Value::List(items.iter().map(untyped).collect()),
        Json::Object(object) => match object.get("$uuid").and_then(Json::as_str) {
            Some(uuid) => {
                u128::from_str_radix(&uuid.replace('-', ""), 16).map_or(Value::Null, Value::Uuid)
            }
            None => Value::Null,
        },
        Json::Null => Value::Null,
    }
}

fn typed(value: &Value<'_>) -> Json {
    match value {
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Float(f) => json!(f),
        Value::Text(t) => json!(t),
        Value::Uuid(_) => json!({"$uuid": value.to_string()}),
        Value::List(items) => items.iter().map(typed).collect(),
        _ => Json::Null,
    }
}

fn query<'e>(bound: Bound<'e, String>, query: &Json) -> Bound<'e, String> {
    match query {
        Json::String(raw) => bound.query(raw.clone()),
        Json::Array(pairs) => {
            bound.query_pairs(pairs.iter().map(|pair| (text(&pair[0]), untyped(&pair[1]))))
        }
        _ => bound,
    }
}

fn bind<'e>(map: &'e Map<String>, bind: &'e Json) -> Result<Bound<'e, String>, RoutingError> {
    let mut bound = map
        .bind(text(&bind["server_name"]))?
        .script_root(bind["script_name"].as_str().unwrap_or("/"));
    if let Some(subdomain) = bind["subdomain"].as_str() {
        bound = bound.subdomain(subdomain)?;
    }
    bound = bound
        .scheme(bind["url_scheme"].as_str().unwrap_or("http"))
        .default_method(bind["default_method"].as_str().unwrap_or("GET"))
        .path(bind["path_info"].as_str().unwrap_or("/"));
    Ok(query(bound, &bind["query_args"]))
}

fn steps(
    map: &Map<String>,
    args: &Json,
    mut ask: impl FnMut(&Bound<'_, String>, &Json) -> Answer,
) -> Answer {
    let bound = bind(map, &args["bind"]).map_err(failure)?;
    let one = |q: &Json| {
        // A query of its own is the question's, written as the binding's.
        let own = match &q["query_args"] {
            Json::Null => None,
            args => Some(query(bound.clone().query(""), args)),
        };
        step(ask(own.as_ref().unwrap_or(&bound), q))
    };
    Ok(list(&args["queries"]).map(one).collect())
}

fn target(q: &Json) -> Target<'_> {
    let mut target = q["path"].as_str().map_or(Target::bound(), Target::decoded);
    if let Some(method) = q["method"].as_str().filter(|m| !m.is_empty()) {
        target = target.method(method);
    }
    match q["websocket"].as_bool() {
        Some(true) => target.protocol(Protocol::WebSocket),
        Some(false) => target.protocol(Protocol::Http),
        None => target,
    }
}

fn found(outcome: Outcome<'_, '_, String>) -> Answer {
    let failure = |kind, data| Err(Failure { kind, data });
    match outcome {
        Outcome::Match(matched) => {
            let mut values: Vec<(&str, Json)> = matched
                .args()
                .iter()
                .map(|(name, value)| (name, typed(&value)))
                .collect();
            values.sort_by_key(|(name, _)| *name);
            Ok(
                json!({"endpoint": matched.endpoint(), "rule": matched.rule().as_str(), "values": values}),
            )
        }
        Outcome::Redirect(to) => failure(
            "request_redirect",
            Some(json!({"url": to.location(), "code": to.code()})),
        ),
        Outcome::MethodNotAllowed(set) => failure(
            "method_not_allowed",
            Some(json!({"valid_methods": set.iter().collect::<Vec<_>>()})),
        ),
        Outcome::WebSocketMismatch => failure("websocket_mismatch", None),
        _ => failure("not_found", None),
    }
}

fn build(bound: &Bound<'_, String>, q: &Json) -> Answer {
    let endpoint = text(&q["endpoint"]).to_owned();
    let mut url = bound.url_for(&endpoint);
    for pair in list(&q["values"]) {
        url = url.arg(text(&pair[0]), untyped(&pair[1]));
    }
    if let Some(method) = q["method"].as_str() {
        url = url.method(method);
    }
    if let Some(scheme) = q["url_scheme"].as_str() {
        url = url.scheme(scheme);
    }
    if q["force_external"].as_bool() == Some(true) {
        url = url.external();
    }
    if q["append_unknown"].as_bool() == Some(false) {
        url = url.drop_unknown();
    }
    url.build().map(Json::from).map_err(failure)
}

fn iter_rules(map: &Map<String>, args: &Json) -> Answer {
    let line = |rule: &Rule<String>| {
        json!({
            "rule": rule.as_str(),
            "endpoint": rule.endpoint(),
            "methods": rule.allowed_methods().map(|methods| methods.collect::<Vec<_>>()),
            "arguments": rule.arguments(),
            "subdomain": rule.subdomain_pattern(),
            "host": rule.host_pattern(),
        })
    };
    match args["endpoint"].as_str() {
        None => Ok(map.rules().map(line).collect()),
        Some(endpoint) => Ok(map
            .rules_of(&endpoint.to_owned())
            .ok_or(Failure::new("key_error"))?
            .map(line)
            .collect()),
    }
}

fn is_expecting(map: &Map<String>, q: &Json) -> Answer {
    let names: HashSet<&str> = texts(&q["arguments"]).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let expecting = map.is_endpoint_expecting(&text(&q["endpoint"]).to_owned(), &names);
    expecting.map(Json::from).ok_or(Failure::new("key_error"))
}

fn bind_to_environ(map: &Map<String>, args: &Json) -> Answer {
    let environ = &args["environ"];
    let field = |name: &str| {
        let values = list(&environ["headers"])
            .filter(|pair| text(&pair[0]).eq_ignore_ascii_case(name))
            .map(|pair| text(&pair[1]));
        let values: Vec<&str> = values.collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    let server = match (&environ["server"][0], &environ["server"][1]) {
        (Json::String(host), Json::Number(port)) => format!("{host}:{port}"),
        (Json::String(host), _) => host.clone(),
        _ if environ.get("server").is_some() => String::new(),
        _ => "localhost:80".to_owned(),
    };
    let host = field("host").unwrap_or(server);
    let mut incoming = Incoming::new(&host, environ["scheme"].as_str().unwrap_or("http"))
        .script_root(text(&environ["root_path"]))
        .path(environ["path"].as_str().unwrap_or("/"))
        .query(text(&environ["query_string"]))
        .method(environ["method"].as_str().unwrap_or("GET"))
        .upgrade(
            &field("connection").unwrap_or_default(),
            &field("upgrade").unwrap_or_default(),
        );
    if let Some(name) = args["server_name"].as_str() {
        incoming = incoming.server_name(name);
    }
    if let Some(subdomain) = args["subdomain"].as_str() {
        incoming = incoming.subdomain(subdomain);
    }
    let bound = map.bind_incoming(&incoming).map_err(failure)?;
    Ok(json!({
        "server_name": bound.server_name(),
        "script_name": bound.script_root_path(),
        "subdomain": bound.subdomain_name(),
        "url_scheme": bound.url_scheme(),
        "path_info": bound.bound_path(),
        "default_method": bound.method(),
        "websocket": bound.is_websocket(),
        "match": step(found(bound.find(Target::bound()))),
    }))
}
