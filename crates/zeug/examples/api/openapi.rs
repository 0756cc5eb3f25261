//! A map of URLs as documents that others read: OpenAPI 3.1 and a Postman collection. What a rule cannot say (bodies, answers) is left to the caller.

use serde_json::{Map as Object, Value, json};
use zeug::routing::{Map, Piece, Rule, Variable};

/// Each rule that answers requests, with one of its methods; `HEAD` is `GET` without a body and left out.
fn operations<E>(map: &Map<E>) -> impl Iterator<Item = (&Rule<E>, String)> {
    let shown = |rule: &&Rule<E>| !rule.is_build_only() && !rule.is_alias() && !rule.is_websocket();
    map.rules().filter(shown).flat_map(|rule| {
        let methods: Vec<String> = match rule.allowed_methods() {
            Some(methods) => methods
                .filter(|method| *method != "HEAD")
                .map(str::to_owned)
                .collect(),
            None => vec!["GET".to_owned()],
        };
        methods.into_iter().map(move |method| (rule, method))
    })
}

/// The rule's path with each variable written by `variable`.
fn path<E>(rule: &Rule<E>, variable: impl Fn(&Variable) -> String) -> String {
    let Ok(pattern) = rule.pattern() else {
        return rule.as_str().to_owned();
    };
    let written = |piece: &Piece| match piece {
        Piece::Variable(of) => variable(of),
        other => other.to_string(),
    };
    pattern.pieces().map(written).collect()
}

fn variables<E>(rule: &Rule<E>) -> Vec<Variable> {
    let pattern = rule.pattern();
    pattern.map_or(Vec::new(), |pattern| pattern.variables().cloned().collect())
}

/// The JSON schema of what a variable takes.
fn schema(variable: &Variable) -> Value {
    let args = variable.args();
    let number = |name| args.get(name, usize::MAX)?.as_int();
    match variable.converter() {
        "int" => {
            let mut schema = json!({"type": "integer", "minimum": number("min").unwrap_or(0)});
            if let Some(max) = number("max") {
                schema["maximum"] = max.into();
            }
            schema
        }
        "float" => json!({"type": "number"}),
        "uuid" => json!({"type": "string", "format": "uuid"}),
        "any" => {
            json!({"type": "string", "enum": args.iter().map(|arg| arg.text()).collect::<Vec<_>>()})
        }
        _ => json!({"type": "string", "minLength": 1}),
    }
}

/// The map as an [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html) document. `operation` adds to each endpoint's operation what only the program knows.
pub(crate) fn openapi<E: ToString>(
    map: &Map<E>,
    title: &str,
    operation: impl Fn(&E, &str) -> Value,
) -> Value {
    let mut paths = Object::new();
    for (rule, method) in operations(map) {
        let parameters: Vec<Value> = variables(rule)
            .iter()
            .map(|variable| json!({"name": variable.name(), "in": "path", "required": true, "schema": schema(variable)}))
            .collect();
        let mut described = json!({
            "operationId": format!("{}.{}", rule.endpoint().to_string(), method.to_lowercase()),
            "parameters": parameters,
            "responses": {"default": {"description": "An answer, or problem details."}},
        });
        if let (Value::Object(described), Value::Object(own)) =
            (&mut described, operation(rule.endpoint(), &method))
        {
            described.extend(own);
        }
        let path = path(rule, |variable| format!("{{{}}}", variable.name()));
        paths.entry(path).or_insert_with(|| json!({}))[method.to_lowercase()] = described;
    }
    json!({"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths})
}

/// How an operation is tried.
pub(crate) struct Trial {
    pub(crate) body: Option<Value>,
    /// The values of the path's variables.
    pub(crate) values: &'static [(&'static str, &'static str)],
    /// The status that is expected.
    pub(crate) status: u16,
}

/// The map as a [Postman collection](https://schema.postman.com/json/collection/v2.1.0/docs/index.html) against `{{base}}`; operations without a trial are left out.
pub(crate) fn postman<E: ToString>(
    map: &Map<E>,
    title: &str,
    trial: impl Fn(&E, &str) -> Option<Trial>,
) -> Value {
    // In an order in which they can be run: what makes things first, what drops them last.
    let mut operations: Vec<_> = operations(map).collect();
    operations.sort_by_key(|(_, method)| match method.as_str() {
        "POST" => 0,
        "DELETE" => 2,
        _ => 1,
    });
    let items: Vec<Value> = operations
        .into_iter()
        .filter_map(|(rule, method)| {
            let Trial { body, values, status } = trial(rule.endpoint(), &method)?;
            let path = path(rule, |variable| {
                let value = values.iter().find(|(name, _)| *name == variable.name());
                value.map_or_else(|| format!("{{{{{}}}}}", variable.name()), |(_, value)| (*value).to_owned())
            });
            let mut sent = json!({"method": method, "url": format!("{{{{base}}}}{path}")});
            if let Some(body) = body {
                sent["header"] = json!([{"key": "Content-Type", "value": "application/json"}]);
                sent["body"] = json!({"mode": "raw", "raw": body.to_string()});
            }
            let test = format!("pm.test('status {status}', () => pm.response.to.have.status({status}));");
            Some(json!({
                "name": format!("{method} {}", rule.endpoint().to_string()),
                "request": sent,
                "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": [test]}}],
            }))
        })
        .collect();
    let schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
    json!({"info": {"name": title, "schema": schema}, "item": items})
}
