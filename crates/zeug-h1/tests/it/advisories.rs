//! A test for each published advisory about framing, named after it.

use zeug_h1::{
    BodyDecoder, BodyEvent, BodyLength, H1Error, H1ErrorKind as Kind, HeadDecoder, Limits,
};

use crate::bodies::{End, Side, read};

#[track_caller]
fn refused(fields: &str, kind: Kind) {
    let wire = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
    let error = HeadDecoder::new(Limits::default())
        .decode(wire.as_bytes())
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), kind, "{fields:?}");
}

fn dechunk(wire: &[u8]) -> Result<usize, H1Error> {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
    let (mut at, mut length) = (0, 0);
    loop {
        let (taken, event) = decoder.decode(&wire[at..])?;
        at += taken;
        match event {
            BodyEvent::Data(data) => length += data.len(),
            BodyEvent::End | BodyEvent::NeedMore => break,
        }
    }
    decoder.finish().map(|()| length)
}

#[test]
fn hyper_rustsec_2021_0020_several_transfer_encodings() {
    refused(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        Kind::InvalidTransferEncoding,
    );
}

#[test]
fn hyper_rustsec_2021_0078_signed_content_length() {
    refused("Content-Length: +5", Kind::InvalidContentLength);
}

#[test]
fn hyper_rustsec_2021_0079_chunk_size_overflow() {
    for size in [
        "fffffffffffffffff",
        "f0000000000000003",
        "10000000000000000",
        "FFFFFFFFFFFFFFFF",
    ] {
        assert_eq!(
            dechunk(format!("{size}\r\nabc").as_bytes())
                .unwrap_err()
                .kind(),
            Kind::ChunkSizeOverflow
        );
    }
}

#[test]
fn hyper_rustsec_2020_0008_body_of_a_get() {
    let wire = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
    let account = read(wire, &Side::Requests, Limits::default(), []);
    assert_eq!(
        account
            .messages
            .iter()
            .filter(|message| message.starts_with("GET"))
            .count(),
        1
    );
}

#[test]
fn actix_http_rustsec_2021_0081_and_ghsa_xhj4_vrgc_hr34_both_lengths() {
    refused(
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        Kind::ConflictingLength,
    );
    refused(
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        Kind::ConflictingLength,
    );
    refused(
        "Transfer-Encoding: chunked, identity",
        Kind::InvalidTransferEncoding,
    );
    let wire = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    let error = HeadDecoder::new(Limits::default())
        .decode(wire)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), Kind::TransferEncodingInHttp10);
}

#[test]
fn tiny_http_rustsec_2020_0031_malformed_transfer_encoding() {
    refused("Transfer-Encoding : chunked", Kind::SpaceBeforeColon);
    refused("Transfer-Encoding: xchunked", Kind::UnknownTransferCoding);
    refused(
        "Transfer-Encoding: \"chunked\"",
        Kind::InvalidTransferEncoding,
    );
}

#[test]
fn pingora_2026_0033_upgrade_with_a_body_is_still_framed() {
    let wire = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabcGET";
    let (head, consumed) = HeadDecoder::new(Limits::default())
        .decode(wire)
        .unwrap()
        .unwrap();
    assert_eq!(
        (head.upgrade(), head.body(), consumed),
        (Some("x"), BodyLength::Fixed(3), wire.len() - 6)
    );
}

#[test]
fn pingora_2026_0034_http_10_with_transfer_encoding() {
    let wire = b"POST / HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert!(HeadDecoder::new(Limits::default()).decode(wire).is_err());
}

#[test]
fn gunicorn_cve_2024_1135_and_6827_unknown_codings() {
    refused(
        "Transfer-Encoding: chunked,gzip",
        Kind::InvalidTransferEncoding,
    );
    refused(
        "Transfer-Encoding: xchunked\r\nContent-Length: 5",
        Kind::UnknownTransferCoding,
    );
    refused(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: foo",
        Kind::InvalidTransferEncoding,
    );
}

#[test]
fn gunicorn_3382_end_of_input_after_the_last_chunk_line() {
    assert_eq!(dechunk(b"0\r\n").unwrap_err().kind(), Kind::Truncated);
    assert_eq!(
        dechunk(b"5\r\nhello\r\n0\r\n").unwrap_err().kind(),
        Kind::Truncated
    );
}

#[test]
fn waitress_cve_2019_16785_bare_line_feed() {
    refused("X: y\nContent-Length: 5", Kind::BareLf);
}

#[test]
fn waitress_cve_2019_16786_part_of_a_transfer_encoding() {
    refused(
        "Transfer-Encoding: gzip, chunked",
        Kind::UnknownTransferCoding,
    );
}

#[test]
fn waitress_cve_2019_16789_white_space_in_transfer_encoding() {
    refused("Transfer-Encoding: \x0bchunked", Kind::InvalidFieldValue);
    refused(
        "Transfer-Encoding: \u{a0}chunked",
        Kind::InvalidTransferEncoding,
    );
}

#[test]
fn waitress_cve_2019_16792_two_content_lengths() {
    refused(
        "Content-Length: 5\r\nContent-Length: 5",
        Kind::RepeatedContentLength,
    );
    refused("Content-Length: 5, 5", Kind::InvalidContentLength);
}

#[test]
fn waitress_cve_2022_24761_numbers_and_extensions() {
    refused("Content-Length: +10", Kind::InvalidContentLength);
    refused("Content-Length: 0x01", Kind::InvalidContentLength);
    assert_eq!(
        dechunk(b"+5\r\nhello\r\n0\r\n\r\n").unwrap_err().kind(),
        Kind::InvalidChunkSize
    );
    assert_eq!(
        dechunk(b"0x5\r\nhello\r\n0\r\n\r\n").unwrap_err().kind(),
        Kind::InvalidChunkSize
    );
    assert_eq!(
        dechunk(b"5;\x01\r\nhello\r\n0\r\n\r\n").unwrap_err().kind(),
        Kind::InvalidChunkExtension
    );
}

#[test]
fn waitress_ghsa_9298_4cf8_g4wj_nothing_is_read_after_an_error() {
    let wire = b"GET / HTTP/1.1\r\nHost: a b\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    let account = read(wire, &Side::Requests, Limits::default(), []);
    assert!(matches!(account.end, End::Refused(_)) && account.messages.is_empty());
}

#[test]
fn go_cve_2023_39326_chunk_overhead() {
    let wire = format!("1;{}\r\na\r\n", "x".repeat(60)).repeat(100_000);
    let error = dechunk(wire.as_bytes()).unwrap_err();
    assert_eq!(
        (error.kind(), error.offset() < 6000),
        (Kind::ChunkExtensionsTooLong { limit: 4096 }, true)
    );
}

#[test]
fn go_cve_2025_22871_bare_line_feed_after_a_chunk_size() {
    assert_eq!(
        dechunk(b"5\nhello\r\n0\r\n\r\n").unwrap_err().kind(),
        Kind::BareLf
    );
    assert_eq!(
        dechunk(b"5;a\nhello\r\n0\r\n\r\n").unwrap_err().kind(),
        Kind::BareLf
    );
}

#[test]
fn werkzeug_giant_chunk_is_refused_before_its_data() {
    let error = dechunk(b"FFFFFFFFFFFFFFFF0\r\nhello").unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (Kind::ChunkSizeOverflow, 15)
    );
    // the largest that is not refused is waited for, not allocated for
    assert_eq!(
        dechunk(b"7FFFFFFFFFFFFFFF\r\nhello").unwrap_err().kind(),
        Kind::Truncated
    );
}

#[test]
fn werkzeug_cve_2022_29361_a_body_is_not_the_next_request() {
    let wire = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n";
    let account = read(wire, &Side::Requests, Limits::default(), []);
    assert_eq!((account.end, account.messages.len()), (End::Between, 2));
}
