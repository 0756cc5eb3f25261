//! Area `http`: cookies.

use serde_json::{Value, json};
use zeug_http::{CookieLimits, Cookies, HttpDate, SameSite, SetCookie};

use super::refused;
use crate::{Failure, Outcome};
use crate::args::{flag, text};

pub(super) fn parse(given: &str) -> Value {
    let cookies = Cookies::parse(given).to_multi_dict(CookieLimits::default().pairs(usize::MAX));
    cookies
        .iter()
        .flat_map(|dict| {
            dict.lists()
                .flat_map(|(name, values)| values.map(move |value| json!([name, value])))
        })
        .collect()
}

/// The cookie that the arguments describe.
pub(crate) fn cookie(args: &Value) -> Result<SetCookie<'_>, Failure> {
    let number = |name: &str| {
        args[name]
            .as_i64()
            .or_else(|| args[name].as_f64().map(|number| number.floor() as i64))
    };
    let now = HttpDate::from_unix_seconds(number("now").unwrap_or(1_700_000_000));
    let mut cookie = SetCookie::new(
        text(args, "key").unwrap_or(""),
        text(args, "value").unwrap_or(""),
    )
    .without_path();
    if let Some(seconds) = number("expires") {
        cookie = cookie.expires(HttpDate::from_unix_seconds(seconds));
    }
    if let Some(date) = text(args, "expires") {
        cookie = cookie.expires(HttpDate::parse(date).map_err(refused)?);
    }
    if let Some(seconds) = number("max_age") {
        cookie = if flag(args, "sync_expires") {
            cookie.expires_in(seconds, now)
        } else {
            cookie.max_age(seconds)
        };
    }
    if let Some(path) = text(args, "path") {
        cookie = cookie.path(path);
    }
    if let Some(domain) = text(args, "domain") {
        cookie = cookie.domain(domain);
    }
    if let Some(same_site) = text(args, "samesite") {
        cookie = cookie.same_site(SameSite::parse(same_site).map_err(refused)?);
    }
    if flag(args, "secure") {
        cookie = cookie.secure();
    }
    if flag(args, "httponly") {
        cookie = cookie.http_only();
    }
    if flag(args, "partitioned") {
        cookie = cookie.partitioned();
    }
    Ok(cookie)
}

pub(super) fn dump(args: &Value) -> Outcome {
    let cookie = cookie(args)?;
    // The reference tunnels the field's bytes through text.
    Ok(cookie
        .to_string()
        .bytes()
        .map(char::from)
        .collect::<String>()
        .into())
}
