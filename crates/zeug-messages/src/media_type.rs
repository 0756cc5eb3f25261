//! Owns what is known of media types: which are text, and which one a file's name stands for. It looks into no file.

use std::borrow::Cow;

/// The content type of that media type: with `charset`, where the type is text.
///
/// Text are `text/*`, `*+xml`, and `application/` with `ecmascript`, `javascript`, `sql`, `xml`, `xml-dtd` and `xml-external-parsed-entity`: the types
/// whose registration knows the parameter. JSON does not, it is always UTF-8 ([RFC 8259 section 11](https://www.rfc-editor.org/rfc/rfc8259#section-11)).
///
/// ```
/// use zeug_messages::with_charset;
///
/// assert_eq!(with_charset("image/svg+xml", "utf-8"), "image/svg+xml; charset=utf-8");
/// assert_eq!(with_charset("application/json", "utf-8"), "application/json");
/// ```
#[must_use]
#[doc(alias = "get_content_type")]
pub fn with_charset<'a>(media_type: &'a str, charset: &str) -> Cow<'a, str> {
    const TEXTS: [&str; 6] = [
        "application/ecmascript",
        "application/javascript",
        "application/sql",
        "application/xml",
        "application/xml-dtd",
        "application/xml-external-parsed-entity",
    ];
    if media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || TEXTS.contains(&media_type)
    {
        Cow::Owned(format!("{media_type}; charset={charset}"))
    } else {
        Cow::Borrowed(media_type)
    }
}

/// What a file's name tells of its content; made by [`guess_type`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuessedType {
    /// The media type, without parameters; `None` for an ending that is not known.
    pub media_type: Option<&'static str>,
    /// The content coding, where an ending behind the type's names one.
    pub encoding: Option<&'static str>,
}

/// What the endings of a file's name stand for: `a.tar.gz` is a tar archive in gzip. An ending is found as it is spelled, or in lower case.
///
/// ```
/// use zeug_messages::guess_type;
///
/// let archive = guess_type("logs.tar.gz");
/// assert_eq!((archive.media_type, archive.encoding), (Some("application/x-tar"), Some("gzip")));
/// assert_eq!(guess_type("README").media_type, None);
/// ```
#[must_use]
#[doc(alias = "mimetypes")]
pub fn guess_type(name: &str) -> GuessedType {
    let (mut stem, mut ending) = split_ending(name);
    let mut encoding = encoding_of(ending);
    if encoding.is_some() {
        (stem, ending) = split_ending(stem);
    } else if let Some((inner, coding)) = shorthand(ending) {
        (ending, encoding) = (inner, Some(coding));
    }
    let _ = stem;
    let lower = ending.to_ascii_lowercase();
    let media_type = TYPES
        .binary_search_by_key(&lower.as_str(), |(ending, _)| ending)
        .ok()
        .and_then(|at| TYPES.get(at))
        .map(|(_, media_type)| *media_type);
    GuessedType {
        media_type,
        encoding,
    }
}

/// The name in front of its last dot, and what stands behind it; a name that begins with its only dot has no ending.
fn split_ending(name: &str) -> (&str, &str) {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.trim_start_matches('.').is_empty() => (stem, ending),
        _ => (name, ""),
    }
}

fn encoding_of(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "gz" => "gzip",
        "Z" => "compress",
        "bz2" => "bzip2",
        "xz" => "xz",
        "br" => "br",
        "zst" => "zstd",
        _ => return None,
    })
}

/// Endings that stand for two.
fn shorthand(ending: &str) -> Option<(&'static str, &'static str)> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "svgz" => ("svg", "gzip"),
        "tgz" | "taz" | "tz" => ("tar", "gzip"),
        "tbz2" => ("tar", "bzip2"),
        "txz" => ("tar", "xz"),
        _ => return None,
    })
}

/// Endings and their media types, by ending: those that Python knows, those of [IANA](https://www.iana.org/assignments/media-types) that the web is made of,
/// and JavaScript by [RFC 9239](https://www.rfc-editor.org/rfc/rfc9239).
const TYPES: &[(&str, &str)] = &[
    ("3g2", "audio/3gpp2"),
    ("3gp", "audio/3gpp"),
    ("3gpp", "audio/3gpp"),
    ("3gpp2", "audio/3gpp2"),
    ("7z", "application/x-7z-compressed"),
    ("a", "application/octet-stream"),
    ("aac", "audio/aac"),
    ("adts", "audio/aac"),
    ("ai", "application/postscript"),
    ("aif", "audio/x-aiff"),
    ("aifc", "audio/x-aiff"),
    ("aiff", "audio/x-aiff"),
    ("apk", "application/vnd.android.package-archive"),
    ("apng", "image/apng"),
    ("ass", "audio/aac"),
    ("atom", "application/atom+xml"),
    ("au", "audio/basic"),
    ("avi", "video/x-msvideo"),
    ("avif", "image/avif"),
    ("bat", "text/plain"),
    ("bcpio", "application/x-bcpio"),
    ("bin", "application/octet-stream"),
    ("bmp", "image/bmp"),
    ("c", "text/plain"),
    ("cdf", "application/x-netcdf"),
    ("cpio", "application/x-cpio"),
    ("csh", "application/x-csh"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("deb", "application/vnd.debian.binary-package"),
    ("dll", "application/octet-stream"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("dot", "application/msword"),
    ("dvi", "application/x-dvi"),
    ("eml", "message/rfc822"),
    ("eot", "application/vnd.ms-fontobject"),
    ("eps", "application/postscript"),
    ("epub", "application/epub+zip"),
    ("etx", "text/x-setext"),
    ("exe", "application/octet-stream"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("gtar", "application/x-gtar"),
    ("h", "text/plain"),
    ("h5", "application/x-hdf5"),
    ("hdf", "application/x-hdf"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar"),
    ("ief", "image/ief"),
    ("jar", "application/java-archive"),
    ("jpe", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("ksh", "text/plain"),
    ("latex", "application/x-latex"),
    ("loas", "audio/aac"),
    ("log", "text/plain"),
    ("m1v", "video/mpeg"),
    ("m3u", "application/vnd.apple.mpegurl"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/mp4"),
    ("man", "application/x-troff-man"),
    ("map", "application/json"),
    ("markdown", "text/markdown"),
    ("md", "text/markdown"),
    ("me", "application/x-troff-me"),
    ("mht", "message/rfc822"),
    ("mhtml", "message/rfc822"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mif", "application/x-mif"),
    ("mjs", "text/javascript"),
    ("mka", "audio/matroska"),
    ("mkv", "video/matroska"),
    ("mov", "video/quicktime"),
    ("movie", "video/x-sgi-movie"),
    ("mp2", "audio/mpeg"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpa", "video/mpeg"),
    ("mpe", "video/mpeg"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("ms", "application/x-troff-ms"),
    ("n3", "text/n3"),
    ("nc", "application/x-netcdf"),
    ("ndjson", "application/x-ndjson"),
    ("nq", "application/n-quads"),
    ("nt", "application/n-triples"),
    ("nws", "message/rfc822"),
    ("o", "application/octet-stream"),
    ("obj", "application/octet-stream"),
    ("oda", "application/oda"),
    ("odg", "application/vnd.oasis.opendocument.graphics"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("ogx", "application/ogg"),
    ("opus", "audio/opus"),
    ("otf", "font/otf"),
    ("p12", "application/x-pkcs12"),
    ("p7c", "application/pkcs7-mime"),
    ("pbm", "image/x-portable-bitmap"),
    ("pdf", "application/pdf"),
    ("pfx", "application/x-pkcs12"),
    ("pgm", "image/x-portable-graymap"),
    ("pl", "text/plain"),
    ("png", "image/png"),
    ("pnm", "image/x-portable-anymap"),
    ("pot", "application/vnd.ms-powerpoint"),
    ("ppa", "application/vnd.ms-powerpoint"),
    ("ppm", "image/x-portable-pixmap"),
    ("pps", "application/vnd.ms-powerpoint"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("ps", "application/postscript"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("pwz", "application/vnd.ms-powerpoint"),
    ("py", "text/x-python"),
    ("pyc", "application/x-python-code"),
    ("pyo", "application/x-python-code"),
    ("qt", "video/quicktime"),
    ("ra", "audio/x-pn-realaudio"),
    ("ram", "application/x-pn-realaudio"),
    ("rar", "application/vnd.rar"),
    ("ras", "image/x-cmu-raster"),
    ("rdf", "application/xml"),
    ("rgb", "image/x-rgb"),
    ("roff", "application/x-troff"),
    ("rss", "application/rss+xml"),
    ("rtf", "application/rtf"),
    ("rtx", "text/richtext"),
    ("sgm", "text/x-sgml"),
    ("sgml", "text/x-sgml"),
    ("sh", "application/x-sh"),
    ("shar", "application/x-shar"),
    ("snd", "audio/basic"),
    ("so", "application/octet-stream"),
    ("sql", "application/sql"),
    ("src", "application/x-wais-source"),
    ("srt", "text/plain"),
    ("stl", "model/stl"),
    ("sv4cpio", "application/x-sv4cpio"),
    ("sv4crc", "application/x-sv4crc"),
    ("svg", "image/svg+xml"),
    ("swf", "application/x-shockwave-flash"),
    ("t", "application/x-troff"),
    ("tar", "application/x-tar"),
    ("tcl", "application/x-tcl"),
    ("tex", "application/x-tex"),
    ("texi", "application/x-texinfo"),
    ("texinfo", "application/x-texinfo"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("tr", "application/x-troff"),
    ("trig", "application/trig"),
    ("ts", "video/mp2t"),
    ("tsv", "text/tab-separated-values"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain"),
    ("ustar", "application/x-ustar"),
    ("vcf", "text/x-vcard"),
    ("vtt", "text/vtt"),
    ("wasm", "application/wasm"),
    ("wav", "audio/x-wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("wgsl", "text/wgsl"),
    ("wiz", "application/msword"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("wsdl", "application/xml"),
    ("xbm", "image/x-xbitmap"),
    ("xhtml", "application/xhtml+xml"),
    ("xlb", "application/vnd.ms-excel"),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "text/xml"),
    ("xpdl", "application/xml"),
    ("xpm", "image/x-xpixmap"),
    ("xsl", "application/xml"),
    ("xwd", "image/x-xwindowdump"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::{GuessedType, TYPES, guess_type};

    #[track_caller]
    fn guessed(
        name: &str,
        media_type: impl Into<Option<&'static str>>,
        encoding: impl Into<Option<&'static str>>,
    ) {
        let (media_type, encoding) = (media_type.into(), encoding.into());
        assert_eq!(
            guess_type(name),
            GuessedType {
                media_type,
                encoding
            },
            "{name}"
        );
    }

    #[test]
    fn endings_are_in_order() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn names_tell_types() {
        guessed("a.txt", "text/plain", None);
        guessed("A.TXT", "text/plain", None);
        guessed("logo.svgz", "image/svg+xml", "gzip");
        guessed("a.tar.gz", "application/x-tar", "gzip");
        guessed("a.tgz", "application/x-tar", "gzip");
        guessed("a.js", "text/javascript", None);
        guessed("a.gz", None, "gzip");
        guessed("dir.txt/name", None, None);
        guessed("no-ending", None, None);
        guessed(".txt", None, None);
        guessed("..txt", None, None);
        guessed("", None, None);
        guessed("a.", None, None);
        guessed("a.unknown", None, None);
    }
}
