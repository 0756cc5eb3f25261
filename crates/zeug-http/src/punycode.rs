//! Domain names in ASCII for the `Domain` attribute: labels in Punycode (RFC 3492). Maps case, not compatibility forms; `zeug-urls` does it in full.

use std::borrow::Cow;

/// The domain without port and leading dots, in ASCII; `None` where that cannot be written as an attribute.
pub(crate) fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    let domain = domain.split(':').next().unwrap_or("");
    let domain = domain.trim_start_matches('.');
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte > b' ' && byte != 0x7f && !b"\",;=\\".contains(&byte))
    };
    if !plain(domain) {
        return None;
    }
    if domain.is_ascii() {
        let labels = domain.strip_suffix('.').unwrap_or(domain).split('.');
        let fits = |label: &str| !label.is_empty() && label.len() <= LONGEST;
        return (domain.is_empty() || labels.into_iter().all(fits))
            .then_some(Cow::Borrowed(domain));
    }
    let mut out = String::with_capacity(domain.len() + 8);
    const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let labels = domain.strip_suffix(DOTS);
    for (at, label) in labels.unwrap_or(domain).split(DOTS).enumerate() {
        if at > 0 {
            out.push('.');
        }
        let before = out.len();
        if label.is_ascii() {
            out.push_str(label);
        } else {
            out.push_str("xn--");
            encode(label, &mut out)?;
        }
        if out.len() == before || out.len() - before > LONGEST {
            return None;
        }
    }
    if labels.is_some() {
        out.push('.');
    }
    Some(Cow::Owned(out))
}

/// Longer labels do not fit the domain name system, and the work for one grows with its square.
const LONGEST: usize = 63;

/// Appends the label in Punycode (RFC 3492 section 6.3).
fn encode(label: &str, out: &mut String) -> Option<()> {
    let most = label.char_indices().nth(LONGEST).is_none();
    let label = most.then(|| label.to_lowercase())?;
    let chars: Vec<u32> = label.chars().map(u32::from).collect();
    let basic = label.chars().filter(char::is_ascii);
    let before = out.len();
    out.extend(basic);
    let basic = u32::try_from(out.len() - before).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let total = u32::try_from(chars.len()).ok()?;
    let (mut code, mut delta, mut bias, mut handled) = (128u32, 0u32, 72u32, basic);
    while handled < total {
        let next = chars.iter().copied().filter(|&char| char >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for &char in &chars {
            if char < code {
                delta = delta.checked_add(1)?;
            }
            if char == code {
                push_number(delta, bias, out);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code = code.checked_add(1)?;
    }
    Some(())
}

const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Appends a number in the variable-length base 36 of RFC 3492 section 3.3.
fn push_number(mut number: u32, bias: u32, out: &mut String) {
    // Letters are the digits 0 to 25, figures the rest.
    let digit = |value: u32| char::from(DIGITS.get(value as usize).copied().unwrap_or(b'a'));
    let mut base = 36u32;
    loop {
        let threshold = base.saturating_sub(bias).clamp(1, 26);
        if number < threshold {
            break;
        }
        out.push(digit(threshold + (number - threshold) % (36 - threshold)));
        number = (number - threshold) / (36 - threshold);
        base += 36;
    }
    out.push(digit(number));
}

/// The bias for the next number (RFC 3492 section 6.1).
fn adapt(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / handled;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += 36;
    }
    steps + 36 * delta / (delta + 38)
}
