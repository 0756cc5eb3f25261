//! One test for each published advisory whose bug a session could repeat.

use zeug_securecookie::{KeyRing, Signer, SignerOptions};

/// CVE-2025-47278: with fallback keys, Flask 3.1.0 signed with the oldest.
#[test]
fn cve_2025_47278_the_newest_key_signs() {
    let ring = KeyRing::new("new").fallback("old").fallback("older");
    let signer = Signer::new(ring, SignerOptions::flask_session()).unwrap();
    let only = |key: &str| Signer::new(key, SignerOptions::flask_session()).unwrap();
    let signed = signer.sign("v");
    assert!(only("new").unsign(&signed).is_ok());
    assert!(only("old").unsign(&signed).is_err() && only("older").unsign(&signed).is_err());
    assert!(signer.unsign(&only("older").sign("v")).is_ok());
    assert!(signer.unsign(&only("retired").sign("v")).is_err());
}

#[cfg(feature = "session")]
mod session {
    use zeug_datastructures::Headers;
    use zeug_http::Cookies;
    use zeug_securecookie::{Session, SessionSettings};

    const NOW: u64 = 1_700_000_000;

    fn fields(
        settings: &SessionSettings,
        session: &Session,
        headers: &mut Headers,
    ) -> (usize, Vec<String>) {
        settings
            .close(session, NOW)
            .unwrap()
            .apply(headers)
            .unwrap();
        let vary = headers
            .get_all("vary")
            .map(|value| value.to_utf8_lossy().into_owned());
        (headers.get_all("set-cookie").count(), vary.collect())
    }

    /// CVE-2026-27205: asking whether a key is there, or how many there are, is reading.
    #[test]
    fn cve_2026_27205_asking_is_reading() {
        let settings = SessionSettings::new("secret").unwrap();
        let asks: [fn(&Session); 4] = [
            |session| assert!(!session.contains_key("user")),
            |session| assert_eq!(session.len(), 0),
            |session| assert_eq!(session.iter().count(), 0),
            |session| assert!(session.is_empty()),
        ];
        for ask in asks {
            let session = settings.open(&Cookies::parse(""), NOW);
            ask(&session);
            assert_eq!(
                fields(&settings, &session, &mut Headers::new()),
                (0, vec!["Cookie".to_owned()])
            );
        }
    }

    /// CVE-2023-30861: a permanent session that is refreshed and not looked at sets a cookie, so that the answer varies; once.
    #[test]
    fn cve_2023_30861_a_refreshed_cookie_varies() {
        let settings = SessionSettings::new("secret").unwrap();
        let mut session = Session::new();
        session.insert("user", 7);
        session.make_permanent();
        let cookie = format!("session={}", settings.encode(&session, NOW).unwrap());
        let untouched = settings.open(&Cookies::parse(&cookie), NOW);
        let mut headers = Headers::new();
        headers.try_append("Vary", "Accept, cookie").unwrap();
        assert_eq!(
            fields(&settings, &untouched, &mut headers),
            (1, vec!["Accept, cookie".to_owned()])
        );
        assert_eq!(
            fields(&settings, &untouched, &mut Headers::new()),
            (1, vec!["Cookie".to_owned()])
        );
    }
}
