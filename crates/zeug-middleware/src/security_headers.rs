//! Owns `SecurityHeaders`: fields that tell browsers to be careful, where the handler set none. It overwrites nothing and checks no page.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{Extensions, HeaderValue};
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway::{Handler, Layer, Request, Response};
use zeug_http::ContentSecurityPolicy;
use zeug_messages::Site;
use zeug_security::random_url_safe;

use crate::{MiddlewareError, MiddlewareErrorKind};

/// Characters of a nonce: 132 bits, where [CSP](https://www.w3.org/TR/CSP3/#security-nonces) asks for 128.
const NONCE: usize = 22;

/// A [`Layer`] that adds the fields which tell browsers to be careful.
///
/// | field | by default | what for |
/// | --- | --- | --- |
/// | `Content-Security-Policy` | `base-uri 'self'; frame-ancestors 'self'; object-src 'none'` | [what a page may load](https://www.w3.org/TR/CSP3/), and who may frame it; the default breaks few pages and stops little: write your own |
/// | `Cross-Origin-Opener-Policy` | `same-origin` | [windows](https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies) of other sites cannot reach this one |
/// | `Cross-Origin-Resource-Policy` | `same-origin` | [other sites](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header) cannot embed what is answered; CORS is not touched |
/// | `Referrer-Policy` | `strict-origin-when-cross-origin` | other sites are told [the origin alone](https://www.w3.org/TR/referrer-policy/) |
/// | `Strict-Transport-Security` | `max-age=31536000` | https from now on ([RFC 6797](https://www.rfc-editor.org/rfc/rfc6797)); only in answers over https, and never for `localhost` |
/// | `X-Content-Type-Options` | `nosniff` | files are [what they say](https://fetch.spec.whatwg.org/#x-content-type-options-header) |
/// | `X-Frame-Options` | `SAMEORIGIN` | who may frame a page, [for browsers](https://html.spec.whatwg.org/multipage/speculative-loading.html#the-x-frame-options-header) that do not know `frame-ancestors` |
///
/// `Permissions-Policy` and `Cross-Origin-Embedder-Policy` are not among them: a page that needs a camera, or another site's picture, would break. What a handler sets stays
/// as it is. Put [`ProxyFix`](crate::ProxyFix) outside of this, so that https is known.
///
/// # Nonces
///
/// With [`nonces`](Self::nonces) each request has a [`CspNonce`] among its extensions. Where the handler reads it, it stands in the policy: `<script nonce="…">` runs, and a script that someone smuggled
/// into the page does not. Such an answer is `Cache-Control: private`, where the handler does not say how long it may be kept: a nonce that a shared cache gives to many is none. Where the
/// handler does not read it, the policy has none. A 304 has no policy: the page that the client keeps has its own.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_http::ContentSecurityPolicy;
/// use zeug_middleware::{CspNonce, SecurityHeaders};
///
/// let fields = SecurityHeaders::default()
///     .policy(&ContentSecurityPolicy::parse("default-src 'self'; script-src 'strict-dynamic'"))?
///     .nonces(["script-src"])
///     .field("Permissions-Policy", "camera=()")?
///     .without("X-Frame-Options");
/// let app = (|request: Request| CspNonce::of(request.extensions()).unwrap().to_string()).into_handler().with(fields);
/// let answer = app.handle(Request::new(()));
/// let policy = answer.headers().get("content-security-policy").unwrap().to_utf8_lossy().into_owned();
/// let nonce = answer.into_body().into_bytes(100)?;
/// assert_eq!(policy, format!("default-src 'self'; script-src 'strict-dynamic' 'nonce-{}'", std::str::from_utf8(&nonce)?));
///
/// assert!(SecurityHeaders::default().field("X-Note", "a\r\nb").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[doc(alias = "SecurityMiddleware")]
#[doc(alias = "helmet")]
#[doc(alias = "talisman")]
pub struct SecurityHeaders {
    /// All but the next two.
    fields: Headers,
    transport: Option<HeaderValue>,
    policy: Option<ContentSecurityPolicy<'static>>,
    nonces: Vec<String>,
    reports_only: bool,
}

impl Default for SecurityHeaders {
    /// The fields of the table above.
    fn default() -> Self {
        let text = FieldValue::from_static;
        let fields = [
            (names::CROSS_ORIGIN_OPENER_POLICY, text("same-origin")),
            (names::CROSS_ORIGIN_RESOURCE_POLICY, text("same-origin")),
            (
                names::REFERRER_POLICY,
                text("strict-origin-when-cross-origin"),
            ),
            (names::X_CONTENT_TYPE_OPTIONS, text("nosniff")),
            (names::X_FRAME_OPTIONS, text("SAMEORIGIN")),
        ];
        let policy = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'";
        Self {
            fields: fields.into_iter().collect(),
            transport: Some(HeaderValue::from_static("max-age=31536000")),
            policy: Some(ContentSecurityPolicy::parse(policy)),
            ..Self::none()
        }
    }
}

impl SecurityHeaders {
    /// No field, to begin with.
    #[must_use]
    pub fn none() -> Self {
        Self {
            fields: Headers::new(),
            transport: None,
            policy: None,
            nonces: Vec::new(),
            reports_only: false,
        }
    }

    /// Sets a field. That of `Strict-Transport-Security` goes out over https alone, whoever sets it here.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for what is no field's name or value.
    pub fn field(mut self, name: &str, value: &str) -> Result<Self, MiddlewareError> {
        let invalid = || MiddlewareError::new(MiddlewareErrorKind::InvalidField, 0);
        let name = FieldName::parse(name).map_err(|_| invalid())?;
        if name == names::STRICT_TRANSPORT_SECURITY {
            self.transport = Some(HeaderValue::from_str(value).map_err(|_| invalid())?);
        } else if name == names::CONTENT_SECURITY_POLICY {
            return self.policy(&ContentSecurityPolicy::parse(value));
        } else {
            self.fields.try_insert(name, value).map_err(|_| invalid())?;
        }
        Ok(self)
    }

    /// Leaves a field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        match FieldName::parse(name) {
            Ok(name) if name == names::STRICT_TRANSPORT_SECURITY => self.transport = None,
            Ok(name) if name == names::CONTENT_SECURITY_POLICY => self.policy = None,
            _ => drop(self.fields.remove(name)),
        }
        self
    }

    /// Sets the policy of content.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for a directive with a control character.
    pub fn policy(mut self, policy: &ContentSecurityPolicy<'_>) -> Result<Self, MiddlewareError> {
        if FieldValue::parse(&policy.to_string()).is_err() {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidField, 0));
        }
        self.policy = Some(policy.clone().into_owned());
        Ok(self)
    }

    /// Gives each request a nonce, and adds it to these directives of the policy: `script-src`, `style-src`.
    #[must_use]
    pub fn nonces<T: Into<String>>(mut self, directives: impl IntoIterator<Item = T>) -> Self {
        self.nonces = directives.into_iter().map(Into::into).collect();
        self
    }

    /// Has browsers report what the policy forbids, and allow it: to try a policy out.
    #[must_use]
    pub fn reporting_only(mut self) -> Self {
        self.reports_only = true;
        self
    }

    /// The policy with that beside the sources of each directive that takes a nonce; `None` where nothing is to be sent.
    fn policy_with(&self, nonce: Option<&str>) -> Option<String> {
        let mut policy = self.policy.clone()?;
        for directive in &self.nonces {
            let own = policy.get(directive).unwrap_or_default();
            let value = match (own, nonce) {
                // 'none' beside a source counts for nothing, and nothing but the nonce is meant.
                ("" | "'none'", Some(nonce)) => format!("'nonce-{nonce}'"),
                ("" | "'none'", None) => "'none'".to_owned(),
                (sources, Some(nonce)) => format!("{sources} 'nonce-{nonce}'"),
                (_, None) => continue,
            };
            policy.insert(directive.clone(), value);
        }
        (!policy.is_empty()).then(|| policy.to_string())
    }
}

impl fmt::Debug for SecurityHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityHeaders")
            .field("fields", &self.fields)
            .field("transport", &self.transport)
            .field("policy", &self.policy)
            .field("nonces", &self.nonces)
            .finish_non_exhaustive()
    }
}

/// The nonce of one request's answer: what `<script nonce="…">` is to have. It needs no escaping. It is made when it is read for the first time; clones are one.
#[derive(Clone, Default)]
pub struct CspNonce(Arc<OnceLock<String>>);

impl CspNonce {
    /// The nonce as text; empty where the system has no randomness: nothing that needs a nonce runs then.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0
            .get_or_init(|| random_url_safe(NONCE).unwrap_or_default())
    }

    /// The nonce among a request's extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The nonce, where somebody read it.
    fn used(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

impl fmt::Display for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CspNonce {
    /// Nothing of it: who reads it in a log can use it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce(..)")
    }
}

impl<H: Handler> Layer<H> for SecurityHeaders {
    type Handler = Secured<H>;

    fn layer(self, inner: H) -> Secured<H> {
        Secured {
            policy: self.policy_with(None),
            settings: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`SecurityHeaders`] makes.
#[derive(Clone, Debug)]
pub struct Secured<H> {
    settings: SecurityHeaders,
    /// That of an answer without a nonce.
    policy: Option<String>,
    inner: H,
}

/// Whether the host is this machine by name, where https today must not become https for ever. Addresses are never remembered
/// ([RFC 6797 section 8.1.1](https://www.rfc-editor.org/rfc/rfc6797#section-8.1.1)).
fn is_localhost(request: &Request) -> bool {
    let host = request.headers().get(names::HOST);
    let host = host.map(|value| value.to_utf8_lossy());
    let host = host.as_deref().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

impl<H: Handler> Handler for Secured<H> {
    fn handle(&self, mut request: Request) -> Response {
        let settings = &self.settings;
        let transport = settings.transport.as_ref().filter(|_| {
            matches!(Site::scheme_of(&request), "https" | "wss") && !is_localhost(&request)
        });
        let nonce = match settings.nonces.is_empty() {
            true => None,
            false => Some(CspNonce::default()),
        };
        if let Some(nonce) = &nonce {
            request.extensions_mut().insert(nonce.clone());
        }
        let mut response = self.inner.handle(request);
        let status = response.status().as_u16();
        let fields = response.headers_mut();
        for (name, value) in &settings.fields {
            if !fields.contains(name) {
                fields.append(name, value);
            }
        }
        if let Some(value) = transport
            && !fields.contains(names::STRICT_TRANSPORT_SECURITY)
        {
            fields.append(names::STRICT_TRANSPORT_SECURITY, value);
        }
        let name = match settings.reports_only {
            true => names::CONTENT_SECURITY_POLICY_REPORT_ONLY,
            false => names::CONTENT_SECURITY_POLICY,
        };
        let kept = status == 304 && nonce.is_some();
        if kept || fields.contains(name) {
            return response;
        }
        // What was checked, and letters: it can be appended.
        if let Some(nonce) = nonce.as_ref().and_then(CspNonce::used) {
            if let Some(policy) = settings.policy_with(Some(nonce)) {
                let _ = fields.try_append(name, policy);
            }
            if !fields.contains(names::CACHE_CONTROL) {
                fields.append(names::CACHE_CONTROL, FieldValue::from_static("private"));
            }
        } else if let Some(policy) = &self.policy {
            let _ = fields.try_append(name, policy);
        }
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
