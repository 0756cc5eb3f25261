//! The area `middleware`: proxies' fields, mounted applications, shared files. Requests are made of the reference's environments, and shown as such.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request};
use zeug_http::HttpDate;
use zeug_messages::{Request as Message, Site};
use zeug_middleware::{Dispatcher, Forwarding, ProxyFix, SharedData};

use crate::args::{flag, pairs, text, texts};
use crate::{Failure, Outcome};

/// What of a decoded path cannot stand in a target as it is.
const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#').add(b'"');

pub(crate) fn answer(op: &str, args: &Value) -> Outcome {
    match op {
        "middleware.proxy_fix" => proxy_fix(args),
        "middleware.dispatcher" => Ok(dispatcher(args)),
        "middleware.shared_data" => shared_data(args),
        _ => Err(Failure::unsupported()),
    }
}

/// Puts the environment into a request, asks the middleware, and shows what the application sees as an environment.
fn proxy_fix(args: &Value) -> Outcome {
    let mut fix = ProxyFix::default();
    for setting in args["config"].as_array().into_iter().flatten() {
        let count = usize::try_from(setting[1].as_u64().unwrap_or(0)).unwrap_or(0);
        fix = match setting[0].as_str() {
            Some("x_for") => fix.client(count),
            Some("x_proto") => fix.scheme(count),
            Some("x_host") => fix.host(count),
            Some("x_port") => fix.port(count),
            Some("x_prefix") => fix.prefix(count),
            _ => return Err(Failure::unsupported()),
        };
    }
    let environ: Map<String, Value> = pairs(args, "environ")
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let get = |name: &str| environ.get(name).and_then(Value::as_str);
    let mut request = Request::default();
    for (name, value) in pairs(args, "environ") {
        if let Some(field) = name.strip_prefix("HTTP_") {
            let name = field.replace('_', "-").to_lowercase();
            let _ = request.headers_mut().try_append(&name, value);
        }
    }
    let mut site = Site::default();
    if let Some(scheme) = get("wsgi.url_scheme") {
        site = site.scheme(scheme.to_owned());
    }
    if let Some(root) = get("SCRIPT_NAME") {
        site = site.root_path(root);
    }
    let peer = get("REMOTE_ADDR").and_then(|address| address.parse::<std::net::IpAddr>().ok());
    *request.received_mut() = Received::default().with_peer(peer.map(|peer| (peer, 0).into()));
    request.extensions_mut().insert(site);

    let seen = Arc::<Mutex<Map<String, Value>>>::default();
    let kept = Arc::clone(&seen);
    let before = environ.clone();
    let app = move |request: Request| {
        let mut after = before.clone();
        let said = request.extensions().get::<Forwarding>().cloned();
        let said = said.unwrap_or_default();
        let request = Message::from(request);
        let mut set = |name: &str, value: &str| after.insert(name.to_owned(), value.into());
        if let Some(client) = said.client() {
            set("REMOTE_ADDR", client);
        }
        set("wsgi.url_scheme", request.scheme());
        set("SCRIPT_NAME", request.root_path());
        if let Some(host) = request.field("host") {
            set("HTTP_HOST", &host);
        }
        if let Some(host) = said.host() {
            match host.rsplit_once(':') {
                Some((name, port)) if !host.ends_with(']') => {
                    set("SERVER_NAME", name);
                    set("SERVER_PORT", port);
                }
                _ => {
                    set("SERVER_NAME", host);
                }
            }
        }
        if let Some(port) = said.port() {
            set("SERVER_PORT", port);
        }
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = after;
    };
    let _ = app.into_handler().with(fix).handle(request);
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    const ORIGINAL: [&str; 6] = [
        "HTTP_HOST",
        "REMOTE_ADDR",
        "SCRIPT_NAME",
        "SERVER_NAME",
        "SERVER_PORT",
        "wsgi.url_scheme",
    ];
    let original: Vec<_> = ORIGINAL
        .iter()
        .map(|name| json!([name, environ.get(*name)]))
        .collect();
    let mut sorted: Vec<_> = seen.into_iter().collect();
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    let sorted: Vec<_> = sorted
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect();
    Ok(json!({"environ": sorted, "original": original}))
}

fn dispatcher(args: &Value) -> Value {
    let mut dispatcher = Dispatcher::new();
    for prefix in texts(args, "mounts") {
        dispatcher = match dispatcher.clone().mount(prefix, |_: Request| ()) {
            Ok(more) => more,
            Err(_) => dispatcher,
        };
    }
    let path = text(args, "path_info").unwrap_or_default();
    let root = text(args, "script_name").unwrap_or_default();
    let (mount, moved) = dispatcher.find(path);
    let (moved, left) = path.split_at(moved);
    json!({"app": mount, "script_name": format!("{root}{moved}"), "path_info": left})
}

fn shared_data(args: &Value) -> Outcome {
    let failed = |_| Failure::new("io");
    let folder = std::env::temp_dir().join(format!("zeug-shared-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let answer = shared_data_in(&folder, args);
    std::fs::remove_dir_all(&folder).map_err(failed)?;
    answer
}

fn shared_data_in(folder: &Path, args: &Value) -> Outcome {
    let failed = || Failure::new("io");
    std::fs::create_dir_all(folder).map_err(|_| failed())?;
    for (name, content) in pairs(args, "files") {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().ok_or_else(failed)?).map_err(|_| failed())?;
        std::fs::write(path, content).map_err(|_| failed())?;
    }
    let now = HttpDate::from_unix_seconds(args["now"].as_i64().unwrap_or(0));
    let mut data = SharedData::new().at(now);
    for (prefix, target) in pairs(args, "exports") {
        let path = folder.join(target);
        data = if path.is_file() {
            data.file(prefix, path)
        } else {
            data.folder(prefix, path)
        }
        .map_err(|_| failed())?;
    }
    if let Some(pattern) = text(args, "disallow") {
        data = data.disallow(pattern);
    }
    data = match flag(args, "cache") {
        true => data.max_age(args["timeout"].as_u64().unwrap_or(0)),
        false => data.without_caching(),
    };
    let path = utf8_percent_encode(text(args, "path").unwrap_or_default(), PATH).to_string();
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        path
    };
    let fell_through = Arc::<Mutex<bool>>::default();
    let noted = Arc::clone(&fell_through);
    let app = move |_: Request| *noted.lock().unwrap_or_else(PoisonError::into_inner) = true;
    let mut request = Request::default();
    *request.uri_mut() = path.parse().map_err(|_| failed())?;
    let response = app.into_handler().with(data).handle(request);
    if *fell_through.lock().unwrap_or_else(PoisonError::into_inner) {
        return Ok(json!({"served": false}));
    }
    let kept = ["cache-control", "expires", "content-type", "content-length"];
    let headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| kept.contains(&&*name.to_lowercase()))
        .map(|(name, value)| json!([name.as_str(), value.to_utf8_lossy()]))
        .collect();
    let status = zeug_messages::Status::from(response.status()).to_string();
    let has_etag = response.headers().contains("etag");
    let body = response
        .into_body()
        .into_bytes(1 << 20)
        .map_err(|_| failed())?;
    Ok(json!({
        "served": true,
        "status": status,
        "headers": headers,
        "has_etag": has_etag,
        "body": String::from_utf8_lossy(&body),
    }))
}
