//! Passwords: Werkzeug's hashes, Django's, and those that want to stop the server.

use std::time::Instant;

use zeug_security::{PasswordHash, PasswordLimits, PasswordMethod, Passwords, SecurityErrorKind};

/// A policy that costs nothing.
fn cheap() -> Passwords {
    Passwords::new(PasswordMethod::parse("pbkdf2:sha256:1").unwrap()).unwrap()
}

/// All 200 hashes that Werkzeug made verify; another password never does, nor a hash with another last digit.
#[test]
fn werkzeugs_hashes() {
    let (mut right, mut wrong, mut left_out) = (0, 0, 0);
    for line in include_str!("../vectors/werkzeug_hashes.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (stored, password) = line.split_once('\t').unwrap();
        if !cfg!(feature = "md5") && stored.starts_with("pbkdf2:md5:") {
            left_out += 1;
            continue;
        }
        right += usize::from(cheap().verify(stored, password));
        // The costly ones once are enough.
        let costly = ["scrypt:32768:", "pbkdf2:sha256:1000000"];
        if costly.iter().any(|method| stored.starts_with(method)) {
            continue;
        }
        wrong += usize::from(cheap().verify(stored, format!("{password} ")));
        let last = if stored.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", &stored[..stored.len() - 1]);
        wrong += usize::from(cheap().verify(&changed, password));
        let parsed = PasswordHash::parse(stored, PasswordLimits::default()).unwrap();
        assert_eq!(parsed.to_string(), stored);
    }
    assert_eq!((right + left_out, wrong), (200, 0));
    assert_eq!(left_out, if cfg!(feature = "md5") { 0 } else { 13 });
}

#[test]
fn djangos_hashes() {
    let sha256 = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
    let sha1 = "pbkdf2_sha1$10$seasalt2$tx40Wyxh283AjzTlRvj9K0if7kc=";
    for stored in [sha256, sha1] {
        assert!(cheap().verify(stored, "lètmein"), "{stored}");
        assert!(!cheap().verify(stored, "letmein"), "{stored}");
        assert!(
            !cheap().verify(&stored[..stored.len() - 1], "lètmein"),
            "unpadded"
        );
        assert!(Passwords::default().needs_rehash(stored));
    }
    // Written again, it is Werkzeug's.
    let hash = PasswordHash::parse(sha256, PasswordLimits::default()).unwrap();
    assert!(
        hash.to_string()
            .starts_with("pbkdf2:sha256:1000$seasalt$2606")
    );
    assert!(cheap().verify(&hash.to_string(), "lètmein"));
}

#[cfg(feature = "argon2")]
#[test]
fn argon2() {
    // Made by argon2-cffi 25.1 and by Django 5.2.
    let stored = "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks";
    for stored in [stored.to_owned(), format!("argon2{stored}")] {
        assert!(cheap().verify(&stored, "lètmein"));
        assert!(!cheap().verify(&stored, "letmein"));
    }
    let passwords = Passwords::new(PasswordMethod::parse("argon2id:64:2:2").unwrap()).unwrap();
    assert_eq!(
        passwords
            .hash_with_salt("lètmein", "somesaltsomesalt")
            .unwrap(),
        stored
    );
    assert!(!passwords.needs_rehash(stored) && Passwords::default().needs_rehash(stored));
    let hostile = [
        "$argon2id$v=19$m=4294967295,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
        "$argon2id$v=19$m=64,t=4294967295,p=2$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
        "$argon2id$v=19$m=64,t=2,p=16777215$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
        "$argon2id$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
        "$argon2id$v=19$m=64,t=2,p=2$c29t$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
        "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$9Vw",
        "$argon2id$v=19$m=64,t=2$c29tZXNhbHRzb21lc2FsdA$9VwIuSifBugl2J93yN8OPowGZsGB1A4ovMg+sLcdjks",
    ];
    for stored in hostile {
        assert!(
            PasswordHash::parse(stored, PasswordLimits::default()).is_err(),
            "{stored}"
        );
    }
}

/// What a stored hash may not ask for is refused before any work, each at once.
#[test]
fn hostile_parameters() {
    use SecurityErrorKind::{
        InvalidParameters, MalformedHash, TooMuchMemory, TooMuchWork, UnknownMethod,
    };
    let memory = TooMuchMemory { limit: 256 << 20 };
    let blocks = TooMuchWork { limit: 1 << 22 };
    let iterations = TooMuchWork { limit: 5_000_000 };
    let rows = [
        ("scrypt:1073741824:8:1", memory),
        ("scrypt:9223372036854775808:4294967295:1", InvalidParameters),
        ("scrypt:9223372036854775808:536870911:1", memory),
        ("scrypt:18446744073709551616:8:1", InvalidParameters),
        ("scrypt:2:4294967295:1", InvalidParameters),
        ("scrypt:2:1073741823:1", memory),
        ("scrypt:2:1:1073741823", memory),
        ("scrypt:262144:8:1", memory),
        ("scrypt:131072:8:5", blocks),
        ("scrypt:1048576:1:5", InvalidParameters),
        ("scrypt:0:8:1", InvalidParameters),
        ("scrypt:1:8:1", InvalidParameters),
        ("scrypt:15:8:1", InvalidParameters),
        ("scrypt:16:0:1", InvalidParameters),
        ("scrypt:16:8:0", InvalidParameters),
        ("scrypt:-16:8:1", InvalidParameters),
        ("scrypt:+16:8:1", InvalidParameters),
        ("scrypt: 16:8:1", InvalidParameters),
        ("scrypt:16:8", InvalidParameters),
        ("scrypt:16:8:1:1", InvalidParameters),
        ("scrypt:", InvalidParameters),
        ("pbkdf2:sha256:4294967295", iterations),
        ("pbkdf2:sha256:5000001", iterations),
        ("pbkdf2:sha256:99999999999999999999", InvalidParameters),
        ("pbkdf2:sha256:0", InvalidParameters),
        ("pbkdf2:sha256:", InvalidParameters),
        ("pbkdf2:sha256:-1", InvalidParameters),
        ("pbkdf2:sha256:1e3", InvalidParameters),
        ("pbkdf2:sha256:1:1", InvalidParameters),
        ("pbkdf2:nope:1", UnknownMethod),
        ("pbkdf2:", UnknownMethod),
        ("PBKDF2:sha256:1", UnknownMethod),
        ("pbkdf2_md5", UnknownMethod),
        ("plain", UnknownMethod),
        ("", UnknownMethod),
    ];
    let mut slowest = 0;
    for (method, kind) in rows {
        let stored = format!("{method}$salt${:0128}", 0);
        let begun = Instant::now();
        let error = PasswordHash::parse(&stored, PasswordLimits::default()).unwrap_err();
        let verified = cheap().verify(&stored, "password");
        slowest = slowest.max(begun.elapsed().as_micros());
        assert_eq!((error.kind(), verified), (kind, false), "{method}");
        assert!(error.offset() <= stored.len() && !error.to_string().contains("salt$"));
    }
    // An hour's work each, were it begun. Measured: 3 to 40 microseconds; the rest is for a busy machine.
    assert!(slowest < 50_000, "{slowest} microseconds");
    for stored in [
        "",
        "$",
        "scrypt",
        "scrypt:16:1:1$salt",
        "no dollar",
        &"$".repeat(5000),
        &"x".repeat(5000),
    ] {
        let error = PasswordHash::parse(stored, PasswordLimits::default()).unwrap_err();
        assert!(
            matches!(error.kind(), MalformedHash | UnknownMethod),
            "{stored:.20}"
        );
        assert!(!cheap().verify(stored, "password"));
    }
}

/// A digest that is none verifies nothing, and costs what a real one does.
#[test]
fn digests_that_are_none() {
    for digest in [
        "",
        "0",
        "zz",
        "AB",
        &"0".repeat(126),
        &"F".repeat(128),
        &"0".repeat(130),
        "$",
        "é",
    ] {
        let stored = format!("scrypt:16:1:1$salt${digest}");
        assert!(!cheap().verify(&stored, "password"), "{digest}");
    }
    // RUSTSEC-2026-0199: a stored hash whose bytes are not characters of ASCII.
    for at in 0..60 {
        let stored: String = (0..60).map(|n| if n == at { '☃' } else { '$' }).collect();
        assert!(!cheap().verify(&stored, "password"));
    }
}

#[test]
fn hashes_that_are_made() {
    for method in [
        "scrypt:16:1:1",
        "pbkdf2:sha1:1",
        "pbkdf2:sha224:2",
        "pbkdf2:sha384:3",
        "pbkdf2:sha512:4",
    ] {
        let passwords = Passwords::new(PasswordMethod::parse(method).unwrap()).unwrap();
        let stored = passwords.hash("ünïcode ☃").unwrap();
        assert!(stored.starts_with(&format!("{method}$")));
        assert!(passwords.verify(&stored, "ünïcode ☃") && !passwords.verify(&stored, ""));
        assert_ne!(stored, passwords.hash("ünïcode ☃").unwrap(), "another salt");
        assert!(!passwords.needs_rehash(&stored));
        assert!(!passwords.verify_unknown("ünïcode ☃"));
    }
    let salt = |length| cheap().salt_length(length).hash("x").unwrap();
    assert_eq!(salt(0).split('$').nth(1).unwrap().len(), 1);
    assert_eq!(salt(40).split('$').nth(1).unwrap().len(), 40);
    for salt in ["", "a$b"] {
        assert_eq!(
            cheap().hash_with_salt("x", salt).unwrap_err().kind(),
            SecurityErrorKind::MalformedHash
        );
    }
}

#[test]
fn what_is_hashed_anew() {
    let digest = format!("{:0128}", 0);
    let row = |method: &str, salt: &str| {
        Passwords::new(PasswordMethod::WERKZEUG)
            .unwrap()
            .needs_rehash(&format!("{method}${salt}${digest}"))
    };
    let salt = "0123456789abcdef";
    assert!(
        !row("scrypt:32768:8:1", salt) && !row("scrypt", salt) && !row("scrypt:65536:8:2", salt)
    );
    for weaker in [
        "scrypt:16384:8:1",
        "scrypt:32768:4:2",
        "pbkdf2:sha256:1000000",
        "nonsense",
    ] {
        assert!(row(weaker, salt), "{weaker}");
    }
    assert!(row("scrypt:32768:8:1", "short"));
}

/// The policy's own method is held to the limits as well.
#[test]
fn policies_beyond_the_limits() {
    let method = PasswordMethod::Scrypt {
        n: 1 << 30,
        r: 8,
        p: 1,
    };
    assert!(Passwords::new(method).is_err());
    assert!(Passwords::new(PasswordMethod::Scrypt { n: 3, r: 8, p: 1 }).is_err());
    assert!(
        Passwords::default()
            .limits(PasswordLimits::default().memory(1 << 20))
            .is_err()
    );
    assert!(
        Passwords::default()
            .limits(PasswordLimits::default().blocks(1))
            .is_err()
    );
    assert!(
        Passwords::default()
            .limits(PasswordLimits::default().iterations(1))
            .is_ok()
    );
}

/// `{:?}` shows no salt and no digest.
#[test]
fn debug_hides() {
    let hash = PasswordHash::parse(
        "pbkdf2:sha1:1$phum$78e08ae774baec4b7276f0dc5b9961b746df171a",
        PasswordLimits::default(),
    )
    .unwrap();
    let shown = format!("{hash:?}");
    assert!(
        !shown.contains("phum") && !shown.contains("78e0") && !shown.contains("120, 224"),
        "{shown}"
    );
}
