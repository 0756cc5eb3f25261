//! Owns the console's arithmetic: integers of Rust's types, checked as Rust checks them, and floats.

use std::cmp::Ordering;

/// A plain value that the console computes with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    /// With the name of its type; a number that was written has none until another gives it one.
    Int(i128, Option<&'static str>),
    Float(f64, &'static str),
    Bool(bool),
    Char(char),
    Text(String),
}

/// The types of integers: name, bits, whether with a sign.
const INTEGERS: [(&str, u32, bool); 12] = [
    ("i8", 8, true),
    ("i16", 16, true),
    ("i32", 32, true),
    ("i64", 64, true),
    ("i128", 128, true),
    ("isize", 64, true),
    ("u8", 8, false),
    ("u16", 16, false),
    ("u32", 32, false),
    ("u64", 64, false),
    ("u128", 127, false),
    ("usize", 64, false),
];

/// The name of a type of integers, as it lives here.
pub(super) fn integer(name: &str) -> Option<&'static str> {
    let found = INTEGERS.iter().find(|integer| integer.0 == name);
    found.map(|integer| integer.0)
}

/// The name of a type of floats.
pub(super) fn float(name: &str) -> Option<&'static str> {
    ["f64", "f32"].into_iter().find(|float| *float == name)
}

fn bits(name: Option<&str>) -> (u32, bool) {
    let name = name.unwrap_or("i32");
    let found = INTEGERS.iter().find(|integer| integer.0 == name);
    found.map_or((32, true), |integer| (integer.1, integer.2))
}

/// Whether an integer is one of its type. A `u128` above the greatest `i128` is shown but not computed with.
pub(super) fn fits(number: i128, name: Option<&str>) -> bool {
    match bits(name) {
        (128, _) => true,
        (bits, true) => (-(1_i128 << (bits - 1))..1_i128 << (bits - 1)).contains(&number),
        (127, false) => number >= 0,
        (bits, false) => (0..1_i128 << bits).contains(&number),
    }
}

/// An integer cut to the width of a type, as `as` does.
fn cut(number: i128, name: &str) -> i128 {
    match bits(Some(name)) {
        (127 | 128, _) => number,
        (bits, signed) => {
            let low = number & ((1_i128 << bits) - 1);
            match signed && low >> (bits - 1) == 1 {
                true => low - (1_i128 << bits),
                false => low,
            }
        }
    }
}

impl Scalar {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_, name) => name.unwrap_or("i32"),
            Self::Float(_, name) => name,
            Self::Bool(_) => "bool",
            Self::Char(_) => "char",
            Self::Text(_) => "&str",
        }
    }

    pub(super) fn show(&self) -> String {
        match self {
            Self::Int(number, _) => number.to_string(),
            Self::Float(number, "f32") => format!("{:?}", *number as f32),
            Self::Float(number, _) => format!("{number:?}"),
            Self::Bool(value) => value.to_string(),
            Self::Char(value) => format!("{value:?}"),
            Self::Text(text) => format!("{text:?}"),
        }
    }

    /// `self as name`.
    pub(super) fn cast(&self, name: &str) -> Result<Self, String> {
        if let Some(integer) = integer(name) {
            let number = match self {
                Self::Int(number, _) => cut(*number, integer),
                Self::Bool(value) => i128::from(*value),
                Self::Char(value) => cut(i128::from(u32::from(*value)), integer),
                // Rust's `as` stops at the greatest and the least.
                Self::Float(number, _) => saturate(*number as i128, integer),
                Self::Text(_) => return Err(format!("a text is no `{name}`")),
            };
            return Ok(Self::Int(number, Some(integer)));
        }
        match (float(name), name, self) {
            (Some(float), _, Self::Int(number, _)) => {
                Ok(Self::Float(round(*number as f64, float), float))
            }
            (Some(float), _, Self::Float(number, _)) => {
                Ok(Self::Float(round(*number, float), float))
            }
            (_, "char", Self::Int(number @ 0..=255, _)) => {
                Ok(Self::Char(char::from(*number as u8)))
            }
            (_, "char", Self::Char(value)) => Ok(Self::Char(*value)),
            (_, "bool", Self::Bool(value)) => Ok(Self::Bool(*value)),
            _ => Err(format!("`{}` cannot be cast to `{name}`", self.type_name())),
        }
    }

    /// `-self` or `!self`.
    pub(super) fn unary(&self, sign: &str) -> Result<Self, String> {
        match (sign, self) {
            ("-", Self::Int(number, name)) => {
                let negative = number.checked_neg().filter(|number| fits(*number, *name));
                let negative = negative.ok_or("the result overflows")?;
                Ok(Self::Int(negative, *name))
            }
            ("-", Self::Float(number, name)) => Ok(Self::Float(-number, name)),
            ("!", Self::Bool(value)) => Ok(Self::Bool(!value)),
            ("!", Self::Int(number, name)) => {
                Ok(Self::Int(cut(!number, name.unwrap_or("i32")), *name))
            }
            _ => Err(format!("`{sign}` of `{}` means nothing", self.type_name())),
        }
    }

    /// `self sign other`, without `&&` and `||`.
    pub(super) fn binary(&self, sign: &str, other: &Self) -> Result<Self, String> {
        if matches!(sign, "==" | "!=" | "<" | "<=" | ">" | ">=") {
            let order = self.order(other)?;
            return Ok(Self::Bool(match sign {
                "==" => order == Some(Ordering::Equal),
                "!=" => order != Some(Ordering::Equal),
                "<" => order == Some(Ordering::Less),
                "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                ">" => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            }));
        }
        match (self, other) {
            (Self::Int(one, _), Self::Int(two, _)) => {
                let name = self.common(other)?;
                let result = match sign {
                    "+" => one.checked_add(*two),
                    "-" => one.checked_sub(*two),
                    "*" => one.checked_mul(*two),
                    "/" | "%" if *two == 0 => return Err("division by zero".to_owned()),
                    "/" => one.checked_div(*two),
                    _ => one.checked_rem(*two),
                };
                let result = result.filter(|number| fits(*number, name));
                let result = result.ok_or_else(|| {
                    format!("the result does not fit `{}`", name.unwrap_or("i32"))
                })?;
                Ok(Self::Int(result, name))
            }
            (Self::Float(one, name), Self::Float(two, second)) => {
                // A float that was written is of either type.
                let name = if *name == "f32" || *second == "f32" {
                    "f32"
                } else {
                    name
                };
                let result = match sign {
                    "+" => one + two,
                    "-" => one - two,
                    "*" => one * two,
                    "/" => one / two,
                    _ => one % two,
                };
                Ok(Self::Float(round(result, name), name))
            }
            (Self::Text(one), Self::Text(two)) if sign == "+" => {
                Ok(Self::Text(format!("{one}{two}")))
            }
            _ => Err(self.differ(other)),
        }
    }

    fn order(&self, other: &Self) -> Result<Option<Ordering>, String> {
        match (self, other) {
            (Self::Int(one, _), Self::Int(two, _)) => {
                self.common(other)?;
                Ok(Some(one.cmp(two)))
            }
            (Self::Float(one, _), Self::Float(two, _)) => Ok(one.partial_cmp(two)),
            (Self::Bool(one), Self::Bool(two)) => Ok(Some(one.cmp(two))),
            (Self::Char(one), Self::Char(two)) => Ok(Some(one.cmp(two))),
            (Self::Text(one), Self::Text(two)) => Ok(Some(one.cmp(two))),
            _ => Err(self.differ(other)),
        }
    }

    /// The one type of two integers.
    fn common(&self, other: &Self) -> Result<Option<&'static str>, String> {
        match (self, other) {
            (Self::Int(_, Some(one)), Self::Int(_, Some(two))) if one != two => {
                Err(self.differ(other))
            }
            (Self::Int(one, name), Self::Int(two, second)) => {
                let name = name.or(*second);
                match [one, two].into_iter().find(|number| !fits(**number, name)) {
                    Some(number) if name.is_some() => {
                        Err(format!("{number} is no `{}`", name.unwrap_or("i32")))
                    }
                    _ => Ok(name),
                }
            }
            _ => Err(self.differ(other)),
        }
    }

    fn differ(&self, other: &Self) -> String {
        let (one, two) = (self.type_name(), other.type_name());
        let hint = match (self, other) {
            (Self::Int(..) | Self::Float(..), Self::Int(..) | Self::Float(..)) => {
                format!(": write `as {one}` after the second")
            }
            _ => String::new(),
        };
        format!("`{one}` and `{two}` do not go together{hint}")
    }
}

fn saturate(number: i128, name: &str) -> i128 {
    match bits(Some(name)) {
        (128, _) => number,
        (127, _) => number.max(0),
        (bits, true) => number.clamp(-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        (bits, false) => number.clamp(0, (1_i128 << bits) - 1),
    }
}

fn round(number: f64, name: &str) -> f64 {
    match name {
        "f32" => f64::from(number as f32),
        _ => number,
    }
}
