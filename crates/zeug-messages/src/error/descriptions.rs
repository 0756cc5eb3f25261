//! Owns what a client is told of each error status where the application says nothing. It knows errors only, and those that are registered.

/// The description of an error status; `None` for a status that is no error or not registered.
pub(super) const fn of(code: u16) -> Option<&'static str> {
    Some(match code {
        400 => "The server could not understand this request.",
        401 => "This address needs credentials: none were sent, or those that were sent are wrong.",
        402 => "This address answers only after a payment.",
        403 => "This address is not open to you.",
        404 => "Nothing was found at this address. If you typed it, please check its spelling.",
        405 => "This address does not answer requests of this method.",
        406 => "Nothing that this address has is in a form that the request accepts.",
        407 => "The proxy needs credentials first.",
        408 => "The request did not arrive in time, and the server waits no longer.",
        409 => {
            "The request conflicts with the present state of what it is about. It may have changed in the meantime."
        }
        410 => "What was at this address is gone for good.",
        411 => "A request of this method needs a Content-Length field.",
        412 => "A condition that the request made does not hold.",
        413 => "The request is larger than the server takes.",
        414 => "The address is longer than the server takes.",
        415 => "The request's body is of a type that the server does not take.",
        416 => "The range that was asked for cannot be had.",
        417 => "The server cannot do what the request's Expect field asks for.",
        418 => "This server is a teapot and brews no coffee.",
        421 => "This server does not answer for the host that was asked.",
        422 => "The request was understood, but what it says cannot be followed.",
        423 => "What the request is about is locked.",
        424 => "The request depends on another one, and that one failed.",
        425 => "The server does not act on a request that may be a replay.",
        426 => "The server answers this request only over another protocol.",
        428 => "This request must be conditional: send If-Match or If-Unmodified-Since.",
        429 => "There were too many requests in a short time. Please try again later.",
        431 => "The header fields of the request are larger than the server takes.",
        451 => "What was asked for may not be shown, for legal reasons.",
        500 => "The server met with an error of its own and could not answer the request.",
        501 => "The server cannot do what this request asks for.",
        502 => "A server behind this one gave an answer that is not valid.",
        503 => {
            "The server cannot answer at present: it is overloaded or under maintenance. Please try again later."
        }
        504 => "A server behind this one did not answer in time.",
        505 => "The server does not speak the HTTP version of this request.",
        506 => "The server's negotiation of this answer ended in a circle.",
        507 => "The server has no room to store what the request needs.",
        508 => "The server met with an endless loop in what was asked for.",
        510 => "The request lacks an extension that the server needs.",
        511 => "The network wants you to sign in before it lets requests through.",
        _ => return None,
    })
}
