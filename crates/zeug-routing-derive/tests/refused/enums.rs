//! Enums that do not compile. Where a line ends with two slashes and a tilde, what follows is what the compiler says of that line.

use zeug_routing_derive::Routes;

#[derive(Routes)]
enum Rules {
    #[route("/a/<number:id>")] //~ unknown converter at byte 3 of rule "/a/<number:id>"
    Unknown { id: u32 },
}

#[derive(Routes)]
enum Open {
    #[route("/a/<int:id")] //~ malformed variable at byte 3 of rule "/a/<int:id"
    Open { id: u32 },
}

#[derive(Routes)]
enum Arguments {
    #[route("/a/<int(mix=3):id>")] //~ argument that the converter does not take at byte 3 of rule "/a/<int(mix=3):id>"
    Arguments { id: u32 },
}

#[derive(Routes)]
enum NoField {
    #[route("/<int:id>")] //~ no field for the variable `id` of the rule
    NoField,
}

#[derive(Routes)]
enum NoVariable {
    #[route("/")]
    NoVariable {
        id: u32, //~ the rule has no variable `id`
    },
}

#[derive(Routes)]
enum Field {
    #[route("/<name>")]
    Field {
        name: u32, //~ `name` is of a type that `default` does not give
    },
}

#[derive(Routes)]
enum Hidden {
    #[route("/<a>")]
    First { a: String },
    #[route("/<b>")] //~ duplicate rule "/<b>", hidden by "/<a>"
    Second { b: String },
}

#[derive(Routes)]
#[routes(converters(year(min: Option<i64>) = make))]
enum Own {
    #[route("/<year(least=3):y>")] //~ `year` takes no argument `least`
    Year { y: u16 },
}

#[derive(Routes)]
#[routes(converters(year(min: u8) = make))] //~ an argument is an i64, f64, bool or &str, or an Option of one
enum Declared {
    #[route("/<year(3):y>")]
    Year { y: u16 },
}

#[derive(Routes)]
enum Nested {
    #[route("/api/", nested)] //~ the path of nested routes has no variables and no slash at its end
    Api(Rules),
}

#[derive(Routes)]
struct Structure; //~ Routes is for enums
