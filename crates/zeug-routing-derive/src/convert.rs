//! Which types a built-in converter's values can become, as far as their names tell. Leaves other types to the compiler.

use syn::Type;

/// Whether a converter's values can become a type. Types that are not known by name are left to the compiler.
pub(crate) fn fits(converter: &str, ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return !matches!(ty, Type::Array(_)) || converter == "uuid";
    };
    let name = path
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default();
    let integer = matches!(
        name.as_str(),
        "i8" | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
    );
    match name.as_str() {
        _ if integer => converter == "int",
        "f32" | "f64" => matches!(converter, "float" | "int"),
        "char" | "bool" => !matches!(converter, "int" | "float" | "uuid"),
        _ => true,
    }
}
