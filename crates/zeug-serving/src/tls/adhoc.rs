//! Owns certificates that are made for development: self-signed, for this machine's own names, for a year. It refuses names that no host can have.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};

use crate::sync::lock;
use crate::{Result, ServeError};

/// How long a certificate is good. Werkzeug's; browsers refuse more than 398 days.
const DAYS: u64 = 365;

/// The names of this machine for itself.
const OWN: [&str; 4] = ["localhost", "*.localhost", "127.0.0.1", "::1"];

/// The certificate of [`Tls::adhoc`](crate::Tls::adhoc), and its key.
static MADE: OnceLock<String> = OnceLock::new();

/// The certificate that was made for this process already.
#[cfg(feature = "reloader")]
pub(crate) fn made() -> Option<&'static String> {
    MADE.get()
}

/// Takes the certificate that another process has made.
#[cfg(feature = "reloader")]
pub(crate) fn take(text: String) {
    MADE.get_or_init(|| text);
}

/// The certificate of this process and its key, as PEM in one text; with a reloader, that of all its programs.
pub(super) fn pem() -> io::Result<&'static str> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = lock(&MAKING);
    #[cfg(feature = "reloader")]
    crate::reloader::Link::get();
    if let Some(text) = MADE.get() {
        return Ok(text);
    }
    let (certificate, key) = make(&[])?;
    Ok(MADE.get_or_init(|| certificate + &key))
}

/// Makes a certificate for this machine and a host, and its key, as PEM.
fn make(hosts: &[String]) -> io::Result<(String, String)> {
    let names = hosts.iter().cloned().chain(OWN.map(str::to_owned));
    let names: Vec<String> = names.fold(Vec::new(), |mut names, name| {
        if !names.contains(&name) {
            names.push(name);
        }
        names
    });
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    let now = SystemTime::now();
    // Clocks differ.
    params.not_before = (now - Duration::from_secs(60 * 60)).into();
    params.not_after = (now + Duration::from_secs(DAYS * 24 * 60 * 60)).into();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Made for development");
    let name = hosts.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// Writes a certificate made for development and its key, `BASE.crt` and `BASE.key`; gives both paths, for [`Tls::from_files`](crate::Tls::from_files).
///
/// It is self-signed and good for a year, for `host` and all names below it, and for `localhost`, all names below that, `127.0.0.1` and `::1`. A client that is told
/// to trust the `.crt` (`curl --cacert`, a browser's settings) keeps trusting it over restarts, which it does not with [`Tls::adhoc`](crate::Tls::adhoc).
/// The key is readable by its owner alone; files that were there are replaced.
///
/// # Errors
///
/// [`Certificate`](crate::ServeErrorKind::Certificate) for a host that is no name or address, and for files that cannot be written.
///
/// # Deviations
///
/// Werkzeug makes an RSA key of 2048 bits, and names the host alone; here it is an ECDSA key on P-256, and the machine's own names are always there.
///
/// # Example
///
/// ```
/// use zeug_serving::{ServeErrorKind, Tls, make_dev_certificate};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let base = folder.path().join("dev");
/// let (certificate, key) = make_dev_certificate(&base, "shop.test")?;
/// assert!(certificate.ends_with("dev.crt") && key.ends_with("dev.key"));
/// Tls::from_files(certificate, key)?;
///
/// let refused = make_dev_certificate(&base, "no host").unwrap_err();
/// assert_eq!(refused.kind(), ServeErrorKind::Certificate);
/// # Ok::<(), zeug_serving::ServeError>(())
/// ```
#[doc(alias = "make_ssl_devcert")]
#[doc(alias = "generate_adhoc_ssl_pair")]
pub fn make_dev_certificate(base: impl AsRef<Path>, host: &str) -> Result<(PathBuf, PathBuf)> {
    let base = base.as_ref();
    let file = |extension: &str| {
        let mut name = base.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    let (certificate_file, key_file) = (file(".crt"), file(".key"));
    let hosts = names(host).ok_or_else(|| {
        let wrong = io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no host name and no address",
        );
        ServeError::certificate(Path::new(host), wrong)
    })?;
    let (certificate, key) =
        make(&hosts).map_err(|error| ServeError::certificate(&certificate_file, error))?;
    write(&key_file, &key, 0o600).map_err(|error| ServeError::certificate(&key_file, error))?;
    write(&certificate_file, &certificate, 0o644)
        .map_err(|error| ServeError::certificate(&certificate_file, error))?;
    Ok((certificate_file, key_file))
}

/// A host and the names below it; `None` for what is no host.
fn names(host: &str) -> Option<Vec<String>> {
    if host.parse::<IpAddr>().is_ok() {
        return Some(vec![host.to_owned()]);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let fits = host.len() <= 253 && host.split('.').all(label);
    fits.then(|| vec![host.to_owned(), format!("*.{host}")])
}

/// Writes a file that nobody had open before, with these rights from its beginning on.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(text.as_bytes())
}
