//! Owns changes of the protocol: asked for as the client asks, believed as far as it was asked, and then bytes both ways. Nothing of the client's goes on before the 101.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use http::{Method, Version};
use zeug_datastructures::names;
use zeug_gateway::{IntoResponse, RequestParts, Response, Upgrade, Upgraded};
use zeug_h1::{BodyLength, ResponseHead};
use zeug_http::{FieldList, remove_hop_by_hop};

use super::Trouble;
use super::link::Link;

/// How many bytes are taken on at once.
const PIECE: usize = 16 * 1024;

/// The protocols that a request would change to; `None` where it is no such request, or has a body, behind which the other protocol's first bytes could be taken for it.
pub(super) fn wanted(parts: &RequestParts, length: BodyLength) -> Option<String> {
    let asks = parts.method == Method::GET
        && parts.version == Version::HTTP_11
        && length == BodyLength::None
        && parts.headers.get_all(names::CONNECTION).any(|value| {
            let text = value.to_utf8_lossy();
            text.split(',')
                .any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
        });
    let mut fields = parts.headers.get_all(names::UPGRADE).filter(|_| asks);
    let protocols = fields.next()?.to_str().ok()?.to_owned();
    // Several lines are a list that no client writes.
    (fields.next().is_none() && !protocols.is_empty()).then_some(protocols)
}

/// The answer of 101, after which both sides speak as they like.
pub(super) fn switch(
    link: Link,
    head: ResponseHead,
    first: Vec<u8>,
    wanted: Option<&str>,
) -> Result<Response, Trouble> {
    let unasked = || Trouble::gateway("The server behind this one changed the protocol unasked.");
    let mut fields = head.into_parts().headers;
    let chosen = fields
        .get(names::UPGRADE)
        .map(|value| value.to_utf8_lossy().into_owned())
        .ok_or_else(unasked)?;
    let offered = FieldList::parse(wanted.ok_or_else(unasked)?);
    if !offered
        .iter()
        .any(|offer| offer.eq_ignore_ascii_case(&chosen))
    {
        return Err(unasked());
    }
    let upgrade = Upgrade::to(&chosen, move |client| {
        // What breaks a connection is nobody's to be told: it is simply over.
        let server = Arc::new(link);
        let _ = carry(client, &server, &first);
        server.end();
    });
    let mut response = upgrade.map_err(|_| unasked())?.into_response();
    remove_hop_by_hop(&mut fields);
    for (name, value) in &fields {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

/// Carries bytes both ways until the server ends; the client's end is handed on to it.
fn carry(client: Upgraded, server: &Arc<Link>, first: &[u8]) -> io::Result<()> {
    server.wait_for_ever()?;
    let Ok((reader, mut writer)) = client.into_halves() else {
        return Ok(());
    };
    let to_server = Arc::clone(server);
    // Not waited for: it ends with the client's connection, which the caller ends.
    thread::Builder::new()
        .name("zeug-upgraded".into())
        .spawn(move || match pour(reader, &*to_server) {
            Ok(()) => to_server.end_writing(),
            Err(_) => to_server.end(),
        })?;
    writer.write_all(first)?;
    writer.flush()?;
    pour(&**server, writer)
}

/// All that comes, as it comes.
fn pour(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                to.write_all(piece.get(..count).unwrap_or_default())?;
                to.flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
