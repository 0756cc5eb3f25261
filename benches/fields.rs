//! Header field values beside their peers: negotiation, cookies, dates, parameters, cache directives. Each group checks the answers first.

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use headers::Header;
use headers_accept::Accept as PeerAccept;
use http::HeaderValue;
use mediatype::MediaType;
use zeug_http::{
    Accept, AcceptEncoding, AcceptLanguage, ContentType, Cookies, HttpDate, RequestCacheControl, ResponseCacheControl, SameSite,
    SetCookie,
};

const CHROME: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const FIREFOX: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const JSON: &str = "application/json";

/// Times one implementation.
fn case<T>(group: &mut BenchmarkGroup<'_, WallTime>, implementation: &str, mut run: impl FnMut() -> T) {
    group.bench_function(implementation, |bencher| bencher.iter(&mut run));
}

/// What a look at each byte costs.
fn floor(text: &str) -> usize {
    black_box(text).bytes().filter(|&byte| byte == b',' || byte == b';').count()
}

fn peer_accept(text: &str) -> PeerAccept {
    let value = HeaderValue::from_str(text).expect("a field value");
    PeerAccept::decode(&mut std::iter::once(&value)).expect("an Accept field")
}

fn accept(criterion: &mut Criterion) {
    let offers = ["application/json", "text/html", "text/plain"];
    let parsed: Vec<MediaType<'_>> = offers.iter().map(|offer| MediaType::parse(offer).expect("a type")).collect();
    for (name, field, best) in
        [("chrome", CHROME, "text/html"), ("firefox", FIREFOX, "text/html"), ("json", JSON, "application/json")]
    {
        let mut group = criterion.benchmark_group(format!("accept-best-match/{name}"));
        assert_eq!(Accept::parse(field).best_match(offers), Some(best));
        assert_eq!(peer_accept(field).negotiate(&parsed).map(ToString::to_string).as_deref(), Some(best));
        assert_eq!(negotiator::preferred_media_types(Some(field), Some(&offers)).first().map(String::as_str), Some(best));
        case(&mut group, "zeug", || Accept::parse(black_box(field)).best_match(black_box(offers)));
        let value = HeaderValue::from_str(field).expect("a field value");
        case(&mut group, "headers-accept", || {
            let accept = PeerAccept::decode(&mut std::iter::once(black_box(&value))).expect("an Accept field");
            accept.negotiate(black_box(&parsed)).is_some()
        });
        case(&mut group, "negotiator", || negotiator::preferred_media_types(Some(black_box(field)), Some(black_box(&offers))));
        case(&mut group, "floor", || floor(field));
        group.finish();
    }
    let field = "en-US,en;q=0.9,de;q=0.8,fr;q=0.7";
    let offers = ["de", "fr", "en"];
    let mut group = criterion.benchmark_group("accept-best-match/language");
    assert_eq!(AcceptLanguage::parse(field).best_match(offers), Some("en"));
    assert_eq!(negotiator::preferred_languages(Some(field), Some(&offers)).first().map(String::as_str), Some("en"));
    case(&mut group, "zeug", || AcceptLanguage::parse(black_box(field)).best_match(black_box(offers)));
    case(&mut group, "negotiator", || negotiator::preferred_languages(Some(black_box(field)), Some(black_box(&offers))));
    case(&mut group, "floor", || floor(field));
    group.finish();
    let field = "gzip, deflate, br, zstd";
    let offers = ["br", "gzip"];
    let mut group = criterion.benchmark_group("accept-best-match/encoding");
    assert_eq!(AcceptEncoding::parse(field).best_match(offers), Some("br"));
    // negotiator takes the client's order between equals, so only that it finds one of them is compared.
    assert!(!negotiator::preferred_encodings(Some(field), Some(&offers), None).is_empty());
    case(&mut group, "zeug", || AcceptEncoding::parse(black_box(field)).best_match(black_box(offers)));
    case(&mut group, "negotiator", || negotiator::preferred_encodings(Some(black_box(field)), Some(black_box(&offers)), None));
    case(&mut group, "floor", || floor(field));
    group.finish();
}

const COOKIES: &str = "_ga=GA1.2.1234567890.1600000000; _gid=GA1.2.987654321.1600000001; session=eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6; theme=dark; lang=en-US; csrftoken=0123456789abcdef0123456789abcdef; consent=yes; ab_test=variant-b; last_seen=1700000000; cart=3";

fn cookies(criterion: &mut Criterion) {
    let processor: biscotti::Processor = biscotti::ProcessorConfig::default().into();
    let last = ("cart", "3");
    let mut group = criterion.benchmark_group("cookies-parse/ten");
    let zeug: Vec<_> = Cookies::parse(COOKIES).iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
    assert_eq!((zeug.len(), zeug.last().map(|(name, value)| (name.as_str(), value.as_str()))), (10, Some(last)));
    let peer: Vec<_> = cookie::Cookie::split_parse(COOKIES).map(|cookie| cookie.expect("a cookie")).collect();
    assert_eq!((peer.len(), peer.last().map(cookie::Cookie::name_value)), (10, Some(last)));
    let peer = biscotti::RequestCookies::parse_header(COOKIES, &processor).expect("cookies");
    assert_eq!(peer.get("cart").map(|cookie| cookie.value().to_owned()).as_deref(), Some("3"));
    case(&mut group, "zeug", || Cookies::parse(black_box(COOKIES)).iter().map(|(name, value)| name.len() + value.len()).sum::<usize>());
    case(&mut group, "zeug-multidict", || Cookies::parse(black_box(COOKIES)).to_multi_dict(Default::default()));
    case(&mut group, "cookie", || {
        cookie::Cookie::split_parse(black_box(COOKIES))
            .filter_map(Result::ok)
            .map(|cookie| cookie.name().len() + cookie.value().len())
            .sum::<usize>()
    });
    case(&mut group, "biscotti", || biscotti::RequestCookies::parse_header(black_box(COOKIES), &processor).is_ok());
    case(&mut group, "floor", || floor(COOKIES));
    group.finish();

    let mut group = criterion.benchmark_group("cookies-find/one-of-ten");
    assert_eq!(Cookies::parse(COOKIES).get("consent").as_deref(), Some("yes"));
    case(&mut group, "zeug", || Cookies::parse(black_box(COOKIES)).get(black_box("consent")).map(|value| value.len()));
    case(&mut group, "cookie", || {
        cookie::Cookie::split_parse(black_box(COOKIES))
            .filter_map(Result::ok)
            .find(|cookie| cookie.name() == black_box("consent"))
            .map(|cookie| cookie.value().len())
    });
    case(&mut group, "floor", || floor(COOKIES));
    group.finish();

    let mut group = criterion.benchmark_group("set-cookie/session");
    let expected = "session=eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6; Max-Age=3600; Secure; HttpOnly; Path=/; SameSite=Lax";
    let zeug = || {
        SetCookie::new(black_box("session"), black_box("eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6"))
            .max_age(3600)
            .secure()
            .http_only()
            .same_site(SameSite::Lax)
            .to_string()
    };
    let peer = || {
        cookie::Cookie::build((black_box("session"), black_box("eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6")))
            .max_age(cookie::time::Duration::seconds(3600))
            .secure(true)
            .http_only(true)
            .path("/")
            .same_site(cookie::SameSite::Lax)
            .to_string()
    };
    // The attributes come in another order there.
    let sorted = |text: &str| {
        let mut parts: Vec<String> = text.split("; ").map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    assert_eq!(zeug(), expected);
    assert_eq!(sorted(&peer()), sorted(expected));
    case(&mut group, "zeug", zeug);
    case(&mut group, "cookie", peer);
    case(&mut group, "floor", || black_box(expected).to_owned());
    group.finish();
}

fn dates(criterion: &mut Criterion) {
    const TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const SECONDS: u64 = 784_111_777;
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(SECONDS);
    for (name, text) in [("imf", TEXT), ("rfc850", "Sunday, 06-Nov-94 08:49:37 GMT"), ("asctime", "Sun Nov  6 08:49:37 1994")] {
        let mut group = criterion.benchmark_group(format!("date-parse/{name}"));
        assert_eq!(HttpDate::parse(text).map(SystemTime::from), Ok(time));
        assert_eq!(httpdate::parse_http_date(text).ok(), Some(time));
        case(&mut group, "zeug", || HttpDate::parse(black_box(text)));
        case(&mut group, "httpdate", || httpdate::parse_http_date(black_box(text)));
        case(&mut group, "floor", || black_box(text).bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)));
        group.finish();
    }
    let mut group = criterion.benchmark_group("date-format/imf");
    let date = HttpDate::from(time);
    assert_eq!(date.to_string(), TEXT);
    assert_eq!(httpdate::fmt_http_date(time), TEXT);
    case(&mut group, "zeug", || black_box(date).to_string());
    case(&mut group, "httpdate", || httpdate::fmt_http_date(black_box(time)));
    case(&mut group, "floor", || black_box(TEXT).to_owned());
    group.finish();
}

fn options(criterion: &mut Criterion) {
    for (name, text, key, value) in [
        ("html", "text/html; charset=utf-8", "charset", "utf-8"),
        ("form", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", "boundary", "----WebKitFormBoundary7MA4YWxkTrZu0gW"),
        ("bare", "application/json", "charset", ""),
    ] {
        let mut group = criterion.benchmark_group(format!("content-type/{name}"));
        let parameter = mediatype::Name::new(key).expect("a name");
        let expected = (!value.is_empty()).then_some(value);
        assert_eq!(ContentType::parse(text).get(key), expected);
        let peer = MediaType::parse(text).expect("a media type");
        assert_eq!(mediatype::ReadParams::get_param(&peer, parameter).map(|value| value.unquoted_str().into_owned()).as_deref(), expected);
        let peer: mime::Mime = text.parse().expect("a media type");
        assert_eq!(peer.get_param(key).map(|value| value.to_string()).as_deref(), expected);
        case(&mut group, "zeug", || ContentType::parse(black_box(text)).get(black_box(key)).map(str::len));
        case(&mut group, "mediatype", || {
            MediaType::parse(black_box(text)).ok().and_then(|peer| {
                mediatype::ReadParams::get_param(&peer, black_box(parameter)).map(|value| value.unquoted_str().len())
            })
        });
        case(&mut group, "mime", || {
            black_box(text).parse::<mime::Mime>().ok().and_then(|peer| peer.get_param(black_box(key)).map(|value| value.as_str().len()))
        });
        case(&mut group, "floor", || floor(text));
        group.finish();
    }
}

fn cache_control(criterion: &mut Criterion) {
    for (name, text) in [("response", "public, max-age=31536000, immutable"), ("typical", "private, no-cache, max-age=0, must-revalidate")] {
        let mut group = criterion.benchmark_group(format!("cache-control/{name}"));
        let value = HeaderValue::from_static(text);
        let peer = headers::CacheControl::decode(&mut std::iter::once(&value)).expect("directives");
        let zeug = ResponseCacheControl::parse(text);
        assert_eq!(zeug.max_age(), peer.max_age().map(|age| age.as_secs() as i64));
        assert_eq!((zeug.public(), zeug.must_revalidate(), zeug.immutable()), (peer.public(), peer.must_revalidate(), peer.immutable()));
        case(&mut group, "zeug", || {
            let field = ResponseCacheControl::parse(black_box(text));
            (field.max_age(), field.public())
        });
        case(&mut group, "headers", || {
            let field = headers::CacheControl::decode(&mut std::iter::once(black_box(&value))).ok();
            field.map(|field| (field.max_age(), field.public()))
        });
        case(&mut group, "floor", || floor(text));
        group.finish();
    }
    let mut group = criterion.benchmark_group("cache-control/request");
    let text = "no-cache";
    let value = HeaderValue::from_static(text);
    assert!(RequestCacheControl::parse(text).no_cache());
    case(&mut group, "zeug", || RequestCacheControl::parse(black_box(text)).no_cache());
    case(&mut group, "headers", || {
        headers::CacheControl::decode(&mut std::iter::once(black_box(&value))).is_ok_and(|field| field.no_cache())
    });
    case(&mut group, "floor", || floor(text));
    group.finish();
}

/// Options such as conditional answers have no peer that does the whole of RFC 9110 section 13.2.2: they are not timed.
fn all(criterion: &mut Criterion) {
    accept(criterion);
    cookies(criterion);
    dates(criterion);
    options(criterion);
    cache_control(criterion);
}

criterion_group!(benches, all);
criterion_main!(benches);
