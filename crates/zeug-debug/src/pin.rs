//! Owns the PIN: its digits, how often it may be wrong, and the cookie of whoever knew it. It shows the PIN to nobody but the terminal.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use zeug_http::{Cookies, SameSite, SetCookie};
use zeug_securecookie::{SecretKey, Signer, SignerOptions, TimestampSigner, unix_seconds};
use zeug_security::{constant_time_eq, random_bytes};

use crate::debugger::PinChoice;

/// How often the PIN may be wrong, all clients together: Werkzeug's number.
const TRIES: u32 = 10;
/// How long a cookie is good: Werkzeug's `PIN_TIME`, a week. The key ends with the process anyway.
const AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// What the cookie says.
const OPENED: &str = "console";

/// What opens the console.
pub(crate) struct Pin {
    /// Without dashes; none where none is asked for.
    digits: Option<String>,
    signer: TimestampSigner,
    wrong: Mutex<u32>,
}

/// What came of an entered PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    Right,
    /// Wrong, and how many tries are left.
    Wrong {
        left: u32,
    },
    /// Too many were wrong before: this one was not looked at.
    Locked,
}

impl Pin {
    /// None where the system has no randomness to give.
    pub(crate) fn new(choice: PinChoice) -> Option<Self> {
        let choice = match choice {
            PinChoice::Environment => match std::env::var("ZEUG_DEBUG_PIN") {
                Ok(text) if text == "off" => PinChoice::Off,
                Ok(text) => PinChoice::Own(text),
                Err(_) => PinChoice::Own(String::new()),
            },
            choice => choice,
        };
        let digits = match choice {
            PinChoice::Off => None,
            PinChoice::Own(text) if text.contains(|c: char| c.is_ascii_alphanumeric()) => {
                Some(without_dashes(&text))
            }
            _ => Some(nine_digits()?),
        };
        let options = SignerOptions::default().salt("zeug-debug");
        let signer = Signer::new(SecretKey::generate().ok()?, options).ok()?;
        Some(Self {
            digits,
            signer: TimestampSigner::new(signer),
            wrong: Mutex::new(0),
        })
    }

    /// The PIN as it is shown on the terminal, in groups; none where none is asked for.
    pub(crate) fn shown(&self) -> Option<String> {
        let digits = self.digits.as_deref()?;
        let group = [5, 4, 3]
            .into_iter()
            .find(|size| digits.len().is_multiple_of(*size));
        let chars: Vec<char> = digits.chars().collect();
        let groups = chars.chunks(group.unwrap_or(digits.len()));
        let groups: Vec<String> = groups.map(|group| group.iter().collect()).collect();
        Some(groups.join("-"))
    }

    /// Takes a try. Tries are taken one after the other, so that no two of them are counted as one.
    pub(crate) fn enter(&self, text: &str) -> Entered {
        let Some(digits) = &self.digits else {
            return Entered::Right;
        };
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if *wrong >= TRIES {
            return Entered::Locked;
        }
        if constant_time_eq(without_dashes(text), digits) {
            *wrong = 0;
            return Entered::Right;
        }
        *wrong += 1;
        match TRIES - *wrong {
            0 => Entered::Locked,
            left => Entered::Wrong { left },
        }
    }

    pub(crate) fn is_locked(&self) -> bool {
        *self.wrong.lock().unwrap_or_else(PoisonError::into_inner) >= TRIES
    }

    /// The cookie of whoever knew the PIN; none where it cannot be written.
    pub(crate) fn cookie(&self, path: &str, port: u16, secure: bool) -> Option<HeaderValue> {
        let value = self.signer.sign(OPENED, unix_seconds(SystemTime::now()));
        let cookie = SetCookie::new(cookie_name(port), value)
            .path(path)
            .max_age(AGE.as_secs().cast_signed())
            .http_only()
            .same_site(SameSite::Strict);
        let cookie = if secure { cookie.secure() } else { cookie };
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    /// Whether the console is open to whoever sent these cookies.
    pub(crate) fn is_known(&self, cookies: &str, port: u16) -> bool {
        if self.digits.is_none() {
            return true;
        }
        let now = unix_seconds(SystemTime::now());
        Cookies::parse(cookies)
            .get(&cookie_name(port))
            .is_some_and(|value| {
                let signed = self.signer.unsign_within(&value, AGE, now);
                signed.is_ok_and(|signed| signed.value() == OPENED)
            })
    }
}

impl fmt::Debug for Pin {
    /// Never the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin").finish_non_exhaustive()
    }
}

/// Cookies know no ports, and several programs may be debugged at a time.
fn cookie_name(port: u16) -> String {
    format!("zeug-debug-{port}")
}

fn without_dashes(text: &str) -> String {
    let of_a_pin = |char: &char| !matches!(char, '-' | ' ');
    text.chars().filter(of_a_pin).collect()
}

/// Nine digits, each as likely.
fn nine_digits() -> Option<String> {
    let mut digits = String::with_capacity(9);
    while digits.len() < 9 {
        // 250 is the last multiple of 10: what lies above would make some digits likelier.
        let random = random_bytes(16).ok()?;
        let fair = random.iter().filter(|byte| **byte < 250);
        let left = 9 - digits.len();
        digits.extend(fair.take(left).map(|byte| char::from(b'0' + byte % 10)));
    }
    Some(digits)
}
