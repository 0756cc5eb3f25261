//! Owns how each kind of value is written.

use super::{alone, caught, fixtures, line, own_frames};

/// `name: type = value` of each variable of [`fixtures::everything`], as they are declared; with `*` for what changes from run to run.
const EXPECTED: &[&str] = &[
    "small: u8 = 200",
    "negative: i16 = -300",
    "wide: i128 = -170141183460469231731687303715884105728",
    "unsigned: u128 = 340282366920938463463374607431768211455",
    "truth: bool = true",
    "letter: char = 'ß'",
    "ratio: f64 = 2.5",
    "single: f32 = 0.1",
    r#"text: &str = "quoted \"text\" with ü""#,
    r#"owned: String = "owned""#,
    r#"empty: String = """#,
    "reference: &u8 = &200",
    "double: &&u8 = &&200",
    "array: [u16; 3] = [1, 2, 3]",
    r#"tuple: (i32, &str, f64) = (1, "two", 3.0)"#,
    "unit: () = ()",
    "one: (i32) = (5,)",
    r#"item: Item = Item { sku: "A-1", price_cents: 1999, qty: 1 }"#,
    r#"vector: Vec<Item> = [Item { sku: "A-1", price_cents: 1999, qty: 1 }, Item { sku: "B-2", price_cents: 750, qty: 2 }]"#,
    "numbers: Vec<i32> = [1, 2, 3]",
    r#"bytes: Vec<u8> = b"GET /""#,
    "deque: VecDeque<i32> = [3, 4, 0, 1, 77]",
    "some: Option<u32> = Some(3)",
    "none: Option<u32> = None",
    r#"some_ref: Option<&Item> = Some(&Item { sku: "A-1", price_cents: 1999, qty: 1 })"#,
    "none_ref: Option<&Item> = None",
    r#"some_string: Option<String> = Some("x")"#,
    "none_string: Option<String> = None",
    "fine: Result<u8, ParseIntError> = Ok(1)",
    "res: Result<i32, ParseIntError> = Err(ParseIntError { kind: InvalidDigit })",
    r#"boxed: Box<Item> = Item { sku: "B-2", price_cents: 750, qty: 2 }"#,
    "shape: Box<dyn Shape> = Circle { radius: 1.5 }",
    "shape_ref: &dyn Shape = &Circle { radius: 2.5 }",
    r#"error: Box<dyn Error> = ParseIntError { kind: Empty }"#,
    "rc: Rc<i32> = 5",
    r#"rc_dyn: Rc<dyn Shape> = Circle { radius: 3.5 }"#,
    r#"arc: Arc<String> = "shared""#,
    r#"rc_str: Rc<str> = "counted""#,
    "arc_slice: Arc<[u16]> = [1, 2]",
    "box_slice: Box<[u8]> = [0, 255]",
    "cell: Cell<i32> = Cell { value: 7 }",
    "ref_cell: RefCell<Vec<i32>> = RefCell { value: [1], borrowed: mutably }",
    "borrowed: RefMut<Vec<i32>> = [1]",
    "mutex: Mutex<i32> = Mutex { data: 10, poisoned: false }",
    "guard: Result<MutexGuard<i32>, PoisonError<MutexGuard<i32>>> = Ok(10)",
    r#"rw: RwLock<&str> = RwLock { data: "rw", poisoned: false }"#,
    r#"map: HashMap<&str, i32> = {"one": 1}"#,
    "set: HashSet<u8> = {9}",
    r#"settings: HashMap<&str, &str> = {"password": <hidden>}"#,
    r#"tree: BTreeMap<i32, String> = {0: "0", 1: "1", *"#,
    "tree_set: BTreeSet<char> = {'a', 'b'}",
    r#"path: PathBuf = "/tmp/x""#,
    r#"path_ref: &Path = "/tmp/x""#,
    r#"os: OsString = "os""#,
    "duration: Duration = 1.5s",
    "nonzero: Option<NonZero<u32>> = Some(3)",
    "function: fn(&[Item], usize) -> &Item = 0x*pick>",
    "pointer: *const i32 = 0x*",
    "wild: *const i32 = 0x10",
    "closure: everything::{closure_env#1} = closure { numbers: &[1, 2, 3], negative: &-300 }",
    r#"cow: Cow<str> = "cow""#,
    r#"events: [Event; 4] = [Start, Move { x: 1, y: -1 }, Write("w"), Big(9, Start)]"#,
    "levels: [Level; 2] = [Low, High]",
    "atomic: AtomicU32 = 4",
    "address: IpAddr = V4(127.0.0.1)",
    "password: &str = (hidden)",
    r#"user: User = User { name: "ann", token: <hidden> }"#,
    r#"headers: Vec<(&str, &str)> = [("accept", "x"), ("cookie", <hidden>)]"#,
    r#"long: String = "xxxx*xxx"... (5000 bytes)"#,
    "many: Vec<u32> = [0, 1, 2, *, ... (1000 in all)]",
    "instant: Instant = *",
    "range: Range<i32> = Range { start: 1, end: 5 }",
    "ordering: Ordering = Less",
    "zst: PhantomData<u8> = PhantomData",
    r#"generic: Pair<u8, &str> = Pair { left: 1, right: "r" }"#,
    r#"json: serde_json::value::Value = Array([Number(Number { n: PosInt(1) }), Null, String("x")])"#,
    r#"shared: bytes::bytes::Bytes = b"shared""#,
    r#"future: take_from_stock::{async_fn_env#0} = async Unresumed { name: "tea", wanted: 3 }"#,
    "cycle: Rc<Node> = Node { next: RefCell { value: Some(Node { next: RefCell { value: Some(*",
];

#[test]
fn each_kind_of_value() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    let frames = own_frames(&captured);
    let found: Vec<String> = frames[0].variables.iter().map(line).collect();
    for (found, expected) in found.iter().zip(EXPECTED) {
        let same = match expected
            .split_once('*')
            .filter(|_| !expected.contains("*const i32 = 0x10"))
        {
            // The star of a pointer's type is none of ours.
            Some((before, after)) if before.ends_with("pointer: ") => {
                found.starts_with(before) && after.starts_with("const i32 = 0x")
            }
            Some((before, after)) => found.starts_with(before) && found.ends_with(after),
            None => found == expected,
        };
        assert!(same, "found    {found}\nexpected {expected}");
    }
    assert_eq!(found.len(), EXPECTED.len());
}

#[test]
fn a_request_with_its_secrets_left_out() {
    let _alone = alone();
    let captured = caught(fixtures::request);
    for frame in own_frames(&captured) {
        for variable in frame.variables {
            let text = line(&variable);
            assert!(
                !text.contains("mellon") && !text.contains("session="),
                "{text}"
            );
            if variable.name == "request" && frame.function.ends_with("by_value") {
                // It came in a register, and its address is on the stack.
                for part in [
                    r#"b"/cart?user=ada&password=<hidden>""#,
                    r#"headers: {"Accept": "text/html", "Cookie": <hidden>}"#,
                    "method: Method(Get)",
                ] {
                    assert!(text.contains(part), "{part} in {text}");
                }
            }
        }
    }
}

#[test]
fn names_of_secrets() {
    use crate::hidden::is_secret;

    for name in [
        "password",
        "user_password",
        "apiKey",
        "API_KEY",
        "x-auth-token",
        "Set-Cookie",
        "sessionId",
        "pin",
        "csrf_token",
    ] {
        assert!(is_secret(name), "{name}");
    }
    for name in [
        "monkey",
        "keyboard",
        "author",
        "spinner",
        "opinion",
        "tokenizer_count",
        "",
    ] {
        assert!(!is_secret(name), "{name}");
    }
}
