//! A match's arguments as a struct, by serde. Refuses missing fields and texts that do not fit a field's type.

use serde::de::value::MapDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::args::{Arg, Args};
use crate::error::{RoutingError, RoutingErrorKind};
use crate::value::Value;

impl Args<'_, '_> {
    /// The arguments as a struct or map: fields by name, texts converted to the fields' types.
    ///
    /// # Errors
    ///
    /// [`BadArgument`](RoutingErrorKind::BadArgument) for a field that is missing or that its text does not fit.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_routing::{Map, Rule};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Post { year: u16, slug: String, draft: Option<bool> }
    ///
    /// let map = Map::builder().rule(Rule::new("/<int:year>/<slug>", "post")).build()?;
    /// let urls = map.bind("example.org")?;
    /// let post: Post = urls.match_path("/2026/hello", "GET").into_match().unwrap().args().deserialize()?;
    /// assert_eq!((post.year, post.slug.as_str(), post.draft), (2026, "hello", None));
    /// let late = urls.match_path("/99999/hello", "GET").into_match().unwrap();
    /// assert!(late.args().deserialize::<Post>().is_err());
    /// # Ok::<(), zeug_routing::RoutingError>(())
    /// ```
    pub fn deserialize<'a, T: Deserialize<'a>>(&'a self) -> Result<T, RoutingError> {
        let names = self.info.vars.iter().map(|var| &*var.name);
        let defaults = self
            .info
            .defaults
            .iter()
            .map(|(name, _)| &**name)
            .filter(|name| !self.info.vars.iter().any(|var| *var.name == **name));
        let pairs = names
            .chain(defaults)
            .filter_map(|name| self.arg(name).map(|arg| (name, Field(arg))));
        T::deserialize(MapDeserializer::new(pairs)).map_err(|error: de::value::Error| {
            RoutingError::new(RoutingErrorKind::BadArgument, &error.to_string())
        })
    }
}

/// One argument on its way into a field.
struct Field<'a>(Arg<'a>);

impl<'de> IntoDeserializer<'de> for Field<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.0 {
                Arg::Text(text) => match text.parse::<$type>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(de::Error::invalid_type(de::Unexpected::Other("text"), &stringify!($type))),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Arg::Text(text) => visitor.visit_borrowed_str(text),
            Arg::Default(Value::Null) => visitor.visit_unit(),
            Arg::Default(Value::Bool(b)) => visitor.visit_bool(*b),
            Arg::Default(Value::Int(i)) => visitor.visit_i64(*i),
            Arg::Default(Value::Float(f)) => visitor.visit_f64(*f),
            Arg::Default(Value::Text(text)) => visitor.visit_borrowed_str(text),
            Arg::Default(other) => visitor.visit_string(other.to_string()),
        }
    }

    parsed! {
        deserialize_bool visit_bool bool
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
        deserialize_f32 visit_f32 f32
        deserialize_f64 visit_f64 f64
        deserialize_char visit_char char
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Arg::Default(Value::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! { str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any }
}

impl<'de> EnumAccess<'de> for Field<'de> {
    type Error = de::value::Error;
    type Variant = Unit;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Unit), Self::Error> {
        seed.deserialize(self).map(|value| (value, Unit))
    }
}

/// A variant without content, named by the text.
struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = de::value::Error;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Self::Error> {
        Err(de::Error::custom("a path has no content for a variant"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("a path has no content for a variant"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("a path has no content for a variant"))
    }
}
