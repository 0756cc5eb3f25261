//! What the pages show, and what they never show.

use super::{Ask, EVIL, PIN, app, kept, text};
use crate::debugger::Debugger;

/// A request with secrets and with markup wherever a client can put it.
fn hostile() -> Ask {
    let mut ask = Ask::get("/cart?user=%3Cscript%3E&password=mellon%21&q=a")
        .field("x-note", Some(EVIL))
        .field("authorization", Some("Bearer abracadabra"))
        .field(
            "cookie",
            Some("theme=dark; session=eyJ1c2VyIjoiYWRhIiwidG9rZW4iOiJvcGVuc2VzYW1lIn0.ZVPxAA.x; sid=shibboleth"),
        )
        .field("referer", Some("http://localhost:5000/?token=swordfish"))
        .field("content-type", Some("application/x-www-form-urlencoded"));
    ask.method = "POST";
    ask.body = "name=%3Cb%3E&new_password=xyzzy-plugh&note=a+b".to_owned();
    ask
}

const SECRETS: [&str; 7] = [
    "mellon",
    "abracadabra",
    "eyJ1c2VyIjoi",
    "opensesame",
    "shibboleth",
    "swordfish",
    "xyzzy",
];

#[test]
fn everything_is_escaped_and_secrets_are_hidden() {
    let app = app(Debugger::new().pin(PIN));
    let (failure, _) = kept(&app, hostile().request());
    for form in ["", ".txt", ".json"] {
        let page = Ask::get(&format!("/__zeug__/failures/{}{form}", failure.id)).send(&app);
        assert_eq!(page.status(), 200);
        let page = text(page);
        for secret in SECRETS {
            assert!(!page.contains(secret), "{secret} in {form}");
        }
        if form.is_empty() {
            assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
            assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img"));
            assert!(page.contains("<td>&lt;b&gt;"), "the form");
            assert!(
                page.contains("<th scope=row>user<td>&#34;ada&#34;"),
                "the session"
            );
            assert!(
                page.contains("<th scope=row>theme<td>dark"),
                "a harmless cookie"
            );
            assert!(page.len() < 150_000);
        }
    }
    let list = text(Ask::get("/__zeug__/").send(&app));
    assert!(!list.contains("<script>alert") && list.contains("&lt;script&gt;alert"));
}

/// Markup that a client may write, and the part of it that may never stand in a page as it is.
const MARKUP: [(&str, &str); 8] = [
    ("<script>x9()</script>", "<script>x9"),
    ("</script><svg onload=x9()>", "<svg"),
    ("\"><img src=x onerror=x9()>", "<img"),
    ("' autofocus onfocus='x9()", "onfocus='x9"),
    ("</title></textarea><b>x9", "<b>x9"),
    ("<!--x9", "<!--x9"),
    ("-->]]><i>x9", "<i>x9"),
    ("&#60;u&#62;x9&lt;/u&gt;", "&#60;u"),
];

#[test]
fn no_markup_of_a_client_gets_into_a_page() {
    for (markup, bare) in MARKUP {
        let app = app(Debugger::new());
        let mut ask = hostile().field("x-note", Some(markup));
        let encoded: String = markup.bytes().map(|byte| format!("%{byte:02X}")).collect();
        ask.path = format!("/{encoded}?{encoded}={encoded}");
        ask.body = format!("{encoded}={encoded}");
        let (failure, _) = kept(&app, ask.request());
        let page = text(Ask::get(&format!("/__zeug__/failures/{}", failure.id)).send(&app));
        assert!(page.matches("x9").count() >= 5, "{markup} is shown");
        assert!(!page.contains(bare), "{markup}");
        let list = text(Ask::get("/__zeug__/").send(&app));
        assert!(!list.contains(bare), "{markup} in the list");
    }
}

#[test]
fn secrets_are_hidden_in_other_values() {
    let app = app(Debugger::new());
    let (failure, _) = kept(&app, hostile().request());
    let told = failure.asked.redacted(
        r#"Request { query: "password=mellon%21", form: "mellon!", auth: "Bearer abracadabra" }"#
            .to_owned(),
    );
    assert_eq!(
        told,
        r#"Request { query: "password=<hidden>", form: "<hidden>", auth: "<hidden>" }"#
    );
}

#[test]
fn pages_may_load_and_do_nothing_of_others() {
    let app = app(Debugger::new());
    let (failure, _) = kept(&app, Ask::get("/").request());
    let mut nonces = Vec::new();
    for path in [
        "/__zeug__/",
        "/__zeug__/failures/gone",
        &format!("/__zeug__/failures/{}", failure.id),
    ] {
        let page = Ask::get(path).send(&app);
        let field = |name: &str| {
            let value = page.headers().get(name);
            value
                .map(|value| value.to_utf8_lossy().into_owned())
                .unwrap_or_default()
        };
        assert_eq!(field("x-frame-options"), "DENY");
        assert_eq!(field("cache-control"), "no-store");
        assert_eq!(field("x-content-type-options"), "nosniff");
        assert_eq!(field("referrer-policy"), "no-referrer");
        assert_eq!(field("cross-origin-resource-policy"), "same-origin");
        let policy = field("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next());
        let nonce = nonce.expect("a nonce").to_owned();
        let page = text(page);
        assert!(page.contains(&format!("<style nonce=\"{nonce}\">")));
        for outside in [
            "http://", "https://", " style=", " onclick", "@import", "url(",
        ] {
            assert!(!page.contains(outside), "{outside} in {path}");
        }
        nonces.push(nonce);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3, "each page has its own");
}

#[test]
fn the_list_begins_empty_and_keeps_the_last() {
    let app = app(Debugger::new().keep(2));
    let list = || text(Ask::get("/__zeug__").send(&app));
    assert!(list().contains("Nothing has failed"));
    let ids: Vec<_> = (0..3)
        .map(|at| {
            kept(&app, Ask::get(&format!("/{at}")).request())
                .0
                .id
                .clone()
        })
        .collect();
    let list = list();
    assert!(!list.contains(&ids[0]), "the oldest is dropped");
    let newest = list.find(&ids[2]).expect("the newest");
    assert!(newest < list.find(&ids[1]).expect("the one before"));
    let gone = Ask::get(&format!("/__zeug__/failures/{}", ids[0])).send(&app);
    assert_eq!(gone.status(), 404);
    assert!(text(gone).contains("This failure is gone"));
    let gone = Ask::get(&format!("/__zeug__/failures/{}.json", ids[0])).send(&app);
    assert!(text(gone).contains("\"ended\""));
}

#[test]
fn what_does_not_fail_is_untouched() {
    let app = app(Debugger::new());
    let fine = Ask::get("/").send(&app);
    assert_eq!(fine.status(), 200);
    assert_eq!(text(fine), "fine");
    assert_eq!(text(Ask::get("/__zeug__x").send(&app)), "fine");
    assert_eq!(Ask::get("/__zeug__/else").send(&app).status(), 404);
}

#[test]
fn source_is_shown_with_the_line_marked() {
    let app = app(Debugger::new());
    let (failure, _) = kept(&app, Ask::get("/").request());
    let page = text(Ask::get(&format!("/__zeug__/failures/{}", failure.id)).send(&app));
    assert!(page.contains("<code class=here aria-current=true data-n=20>"));
    assert!(page.contains("1 frame of core"));
    assert!(page.contains("vscode://file/"));
}
