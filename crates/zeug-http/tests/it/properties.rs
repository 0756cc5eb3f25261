//! What holds for all bytes and values: no panic, what is written reads the same, linear time on hostile shapes.

use proptest::collection::vec;
use proptest::prelude::*;
use zeug_http::*;

use crate::bodies;

/// Pieces that fields are made of, so that random ones get far.
const WORDS: [&str; 40] = [
    "a",
    "b",
    "text/html",
    "*/*",
    "text/*",
    "*",
    "q=0.5",
    "q=1",
    "q=0",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    " ",
    "\t",
    "*=",
    "*0=",
    "*1*=",
    "UTF-8''%C3%A9",
    "iso-8859-1''%FC",
    "%22",
    "\\054",
    "\\303",
    "bytes=",
    "0-",
    "-5",
    "3-9",
    "W/",
    "\"x\"",
    "Basic ",
    "realm=",
    "max-age=3",
    "Sun, 06 Nov 1994",
    " 08:49:37 ",
    "GMT",
    "é",
    "☃",
    "__Host-",
    "\u{0}",
];

fn wordy() -> impl Strategy<Value = Vec<u8>> {
    vec(proptest::sample::select(WORDS.as_slice()), 0..24)
        .prop_map(|words| words.concat().into_bytes())
}

fn token() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9!#$&+.^_`|~-]{1,8}"
}

proptest! {
    #[test]
    fn no_panic(bytes in prop_oneof![wordy(), vec(any::<u8>(), 0..64)]) {
        bodies::options(&bytes);
        bodies::accept(&bytes);
        bodies::cookies(&bytes);
        bodies::dates(&bytes);
        bodies::ranges(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = (SecFetchSite::parse(&text), SecFetchUser::parse(&text), AllowOrigin::parse(&text), CorsNames::parse(&text).allows("a"));
        let _ = (CrossOriginOpenerPolicy::parse(&text), SameSite::parse(&text), unquote(&text), quote(&text, Quoting::Always));
    }

    #[test]
    fn quoted_reads_back(value in ".{0,20}") {
        prop_assume!(!value.contains('\n'));
        for quoting in [Quoting::Always, Quoting::WhenNeeded] {
            let written = quote(&value, quoting);
            prop_assert_eq!(unquote(&written), value.as_str());
        }
    }

    #[test]
    fn lists_read_back(items in vec("[^\n]{0,12}", 0..6)) {
        let list: FieldList = items.iter().map(String::as_str).collect();
        let written = list.to_string();
        prop_assert_eq!(FieldList::parse(&written), list);
    }

    #[test]
    fn parameters_read_back(pairs in vec(("[a-z]{1,6}", "[^\n%]{0,12}"), 0..6)) {
        let mut field = OptionsField::new("v");
        for (key, value) in &pairs {
            field.insert(key.as_str(), value.as_str()).unwrap();
        }
        let written = field.to_string();
        prop_assert_eq!(OptionsField::parse(&written), field);
    }

    #[test]
    fn file_names_read_back(name in "[^\"%\\\\\n]{1,20}") {
        let field = ContentDisposition::attachment(&name);
        let written = field.to_string();
        let read = ContentDisposition::parse(&written);
        prop_assert_eq!(read.filename(), Some(name.as_str()));
    }

    #[test]
    fn accept_reads_back(items in vec((token(), token(), 0..=1000u32), 0..8)) {
        let field: Accept<'static> =
            items.iter().map(|(kind, subtype, q)| (format!("{kind}/{subtype}"), f64::from(*q) / 1000.0)).collect();
        let written = field.to_string();
        prop_assert_eq!(Accept::parse(&written), field);
    }

    #[test]
    fn cache_directives_read_back(pairs in vec((token(), proptest::option::of("[^\n]{0,12}")), 0..6)) {
        let mut field = ResponseCacheControl::default();
        for (key, value) in &pairs {
            field.insert(key.as_str(), value.as_deref().map(Into::into));
        }
        let written = field.to_string();
        prop_assert_eq!(ResponseCacheControl::parse(&written), field);
    }

    #[test]
    fn challenges_read_back(all in vec(("[a-z]{1,8}", vec((token(), "[^\n]{0,12}"), 1..4)), 0..4)) {
        let all: Vec<WwwAuthenticate> = all
            .iter()
            .map(|(scheme, pairs)| {
                let challenge = Credentials::Parameters(FieldDict::default());
                pairs.iter().fold(WwwAuthenticate::new(scheme, challenge), |it, (key, value)| it.with(key.as_str(), value.as_str()))
            })
            .collect();
        let written: Vec<String> = all.iter().map(ToString::to_string).collect();
        let written = written.join(", ");
        prop_assert_eq!(WwwAuthenticate::parse_all(&written), all);
    }

    #[test]
    fn basic_reads_back(username in "[^:]{0,12}", password in ".{0,12}") {
        let auth = Authorization::basic(username.as_str(), password.as_str()).unwrap();
        let written = auth.to_string();
        prop_assert_eq!(Authorization::parse(&written).unwrap(), auth);
    }

    #[test]
    fn tags_read_back(tags in vec(("[!#-~]{1,8}", any::<bool>()), 0..6)) {
        let tags: ETags = tags
            .iter()
            .map(|(tag, weak)| if *weak { ETag::weak(tag.as_str()) } else { ETag::strong(tag.as_str()) }.unwrap())
            .collect();
        let written = tags.to_string();
        prop_assert_eq!(ETags::parse(&written), tags);
    }

    #[test]
    fn dates_read_back(seconds in -59_011_459_200i64..=253_402_300_799) {
        let date = HttpDate::from_unix_seconds(seconds);
        prop_assert_eq!(HttpDate::parse(&date.to_string()), Ok(date));
    }

    #[test]
    fn cookies_read_back(name in token(), value in ".{0,20}", path in "/[a-z/]{0,8}", age in any::<i64>(), flags in any::<[bool; 3]>()) {
        let mut cookie = SetCookie::new(name.as_str(), value.as_str()).path(path).max_age(age.max(-i64::MAX));
        if flags[0] { cookie = cookie.secure(); }
        if flags[1] { cookie = cookie.http_only(); }
        if flags[2] { cookie = cookie.same_site(SameSite::Strict).domain("a.example"); }
        let written = cookie.to_string();
        prop_assert_eq!(&SetCookie::parse(&written).unwrap(), &cookie);
        let mut cookies = Cookies::default();
        cookies.push(&name, &value).unwrap();
        let field = cookies.to_string();
        let cookies = Cookies::parse(&field);
        prop_assert_eq!(cookies.get(&name).unwrap(), value.as_str());
    }

    #[test]
    fn content_ranges_read_back(start in 0..1000u64, len in 1..1000u64, length in proptest::option::of(2000..3000u64)) {
        let field = ContentRange::new("bytes", Some(start..start + len), length).unwrap();
        let written = field.to_string();
        prop_assert_eq!(ContentRange::parse(&written).unwrap(), field);
    }
}

/// The calendar counted day by day, through two of its cycles of 400 years and through the last one.
#[test]
fn each_day_follows_the_one_before() {
    const MONTHS: [(&str, u32); 12] = [
        ("Jan", 31),
        ("Feb", 28),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let first = HttpDate::from_unix_seconds(i64::MIN).unix_seconds();
    let mut days = 0;
    for year in 1..=9999u32 {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        for (month, length) in MONTHS {
            let length = length + u32::from(leap && month == "Feb");
            for day in (1..=length).filter(|_| !(802..=9600).contains(&year)) {
                let at = days + usize::try_from(day).expect("small") - 1;
                let date = HttpDate::from_unix_seconds(first + at as i64 * 86_400);
                let expected = format!(
                    "{}, {day:02} {month} {year:04} 00:00:00 GMT",
                    WEEKDAYS[at % 7]
                );
                assert_eq!(date.to_bytes(), *expected.as_bytes());
            }
            days += usize::try_from(length).expect("small");
        }
    }
}
