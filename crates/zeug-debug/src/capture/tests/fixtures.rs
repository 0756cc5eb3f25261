//! Owns functions that fail in typical ways, with variables whose values are known.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use zeug_gateway as gateway;
use zeug_messages::HttpError;

#[derive(Debug, Clone)]
#[expect(dead_code, reason = "read by the debugger")]
pub(super) struct Item {
    pub(super) sku: String,
    pub(super) price_cents: i64,
    pub(super) qty: u8,
}

fn items() -> Vec<Item> {
    vec![
        Item {
            sku: "A-1".to_owned(),
            price_cents: 1999,
            qty: 1,
        },
        Item {
            sku: "B-2".to_owned(),
            price_cents: 750,
            qty: 2,
        },
    ]
}

#[expect(unused_variables, reason = "read by the debugger")]
fn pick(slice: &[Item], wanted: usize) -> &Item {
    let half = slice.len() as f32 / 2.0;
    let name = "pick";
    &slice[wanted]
}

/// An index out of bounds, deep in a helper.
pub(super) fn index() {
    let cart = items();
    let found = pick(&cart, 7);
    drop(found.clone());
}

/// `unwrap` on an `Err` of a library.
pub(super) fn unwrap() {
    let text = "12a";
    let number: Result<u16, _> = text.parse();
    number.unwrap();
}

fn digits(text: &str) -> Result<u8, std::num::ParseIntError> {
    let number = text.parse()?;
    Ok(number)
}

fn amount(line: &str) -> Result<u8, std::num::ParseIntError> {
    let word = line.split(' ').next().unwrap_or_default();
    let number = digits(word)?;
    Ok(number)
}

#[expect(unused_variables, reason = "read by the debugger")]
fn handle(line: &str) -> Result<u8, HttpError> {
    let attempt = 1_u8;
    let amount = amount(line)?;
    Ok(amount)
}

/// An error through three `?`, of which the last makes a 500 of it.
pub(super) fn question_marks() {
    let _ = handle("3x apples");
}

#[derive(Debug)]
struct CartError(std::num::ParseIntError);

impl fmt::Display for CartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cart cannot be read")
    }
}

impl Error for CartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

pub(super) fn caused() {
    let fails = || -> Result<u8, HttpError> { Ok(digits("x").map_err(CartError)?) };
    let _ = fails();
}

#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

impl Error for Unspeakable {}

pub(super) fn display_panics() {
    let _ = HttpError::from(Unspeakable);
}

/// A failure inside an iterator chain.
#[expect(clippy::useless_vec, reason = "a Vec is what is looked at")]
pub(super) fn chain() {
    let quantities = vec![4_i64, 0, 2];
    let rate = 100;
    let total: i64 = quantities.iter().map(|qty| rate + 100 / *qty).sum();
    assert!(total > 0);
}

/// A lock that a thread has poisoned.
pub(super) fn poisoned() {
    let stock = Arc::new(Mutex::new(vec![1_u8, 2]));
    {
        let stock = Arc::clone(&stock);
        let _ = std::thread::spawn(move || {
            let _held = stock.lock();
            panic!("poisons");
        })
        .join();
    }
    let _held = stock.lock().unwrap();
}

fn add(total: u8, more: u8) -> u8 {
    total + more
}

/// An arithmetic overflow.
pub(super) fn overflow() {
    let start = 200;
    add(start, 100);
}

async fn take_from_stock(name: &str, wanted: u32) -> u32 {
    let left = std::future::ready(0).await;
    if left < wanted {
        panic!("nothing is left of {name:?}");
    }
    left
}

async fn order(wanted: u32) {
    let name = "tea".to_owned();
    Yield(false).await;
    take_from_stock(&name, wanted).await;
    drop(name);
}

async fn weigh(item: &Item, spare: u32) -> u32 {
    let limit = u32::from(item.qty);
    Yield(false).await;
    let fresh = 7;
    limit - fresh + spare
}

async fn basket() {
    let items = items();
    weigh(&items[1], 1).await;
    drop(items);
}

/// An async function that has waited: not all of its variables came with it.
pub(super) fn resumed() {
    super::run(basket());
}

/// Pending once.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match std::mem::replace(&mut self.0, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

/// An async function, run by the smallest executor there is.
pub(super) fn asynchronous() {
    super::run(order(3));
}

#[expect(unused_variables, reason = "read by the debugger")]
fn largest<T: PartialOrd + Copy>(items: &[T]) -> T {
    let unit = "kg";
    items
        .iter()
        .copied()
        .reduce(|a, b| if a > b { a } else { b })
        .expect("no elements")
}

pub(super) fn generic() {
    let none: [f64; 0] = [];
    largest(&none);
}

pub(super) fn closure() {
    let limit = 4;
    let mut seen = Vec::new();
    let mut check = |n: u32| {
        seen.push(n);
        assert!(n < limit, "too many: {n}");
    };
    check(5);
}

#[inline(always)]
fn less(a: u32, b: u32) -> u32 {
    a - b
}

pub(super) fn inlined() {
    let three = 3;
    less(three, 4);
}

struct Counter {
    #[expect(dead_code, reason = "read by the debugger")]
    name: &'static str,
    hits: Cell<u8>,
}

impl Counter {
    fn fail(&self, depth: u32) {
        self.hits.set(9);
        if depth == 0 {
            panic!("{}", 2);
        }
        self.fail(depth - 1);
    }
}

#[expect(unused_variables, reason = "read by the debugger")]
pub(super) fn blocks() {
    let counter = Counter {
        name: "c",
        hits: Cell::new(1),
    };
    let x = 1;
    {
        let gone = "out of scope";
    }
    let x = "second";
    {
        let inner = 1;
        counter.fail(1);
        let later = 2;
    }
}

struct Bomb {
    armed: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.armed {
            panic!("dropped");
        }
    }
}

pub(super) fn dropping() {
    let bomb = Bomb { armed: true };
    drop(bomb);
}

/// A panic while another unwinds: Rust ends the program.
pub(super) fn twice() {
    let _bomb = Bomb { armed: true };
    panic!("the first");
}

trait Shape {
    fn area(&self) -> f64;
}

struct Circle {
    radius: f64,
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.radius
    }
}

#[expect(dead_code, reason = "read by the debugger")]
enum Event {
    Start,
    Move { x: i32, y: i32 },
    Write(String),
    Big(u64, Box<Event>),
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Level {
    Low = 1,
    High = 200,
}

/// A variable of each kind of type.
#[expect(unused_variables, clippy::useless_vec, reason = "read by the debugger")]
pub(super) fn everything() {
    let small: u8 = 200;
    let negative: i16 = -300;
    let wide: i128 = -170141183460469231731687303715884105728;
    let unsigned: u128 = 340282366920938463463374607431768211455;
    let truth = true;
    let letter = 'ß';
    let ratio = 2.5_f64;
    let single = 0.1_f32;
    let text = "quoted \"text\" with ü";
    let owned = String::from("owned");
    let empty = String::new();
    let reference = &small;
    let double = &reference;
    let array = [1_u16, 2, 3];
    let tuple = (1, "two", 3.0);
    let unit = ();
    let one = (5_i32,);
    let item = items().remove(0);
    let vector = items();
    let numbers = vec![1_i32, 2, 3];
    let bytes = b"GET /".to_vec();
    let mut deque: VecDeque<i32> = (0..5).collect();
    deque.rotate_left(2);
    deque.pop_front();
    deque.push_back(77);
    let some = Some(3_u32);
    let none: Option<u32> = None;
    let some_ref = Some(&item);
    let none_ref: Option<&Item> = None;
    let some_string = Some("x".to_owned());
    let none_string: Option<String> = None;
    let fine: Result<u8, std::num::ParseIntError> = Ok(1);
    let res = "x".parse::<i32>();
    let boxed = Box::new(items().remove(1));
    let shape: Box<dyn Shape> = Box::new(Circle { radius: 1.5 });
    let shape_ref: &dyn Shape = &Circle { radius: 2.5 };
    let error: Box<dyn Error> = "".parse::<u8>().unwrap_err().into();
    let rc = Rc::new(5_i32);
    let rc_dyn: Rc<dyn Shape> = Rc::new(Circle { radius: 3.5 });
    let arc = Arc::new("shared".to_owned());
    let rc_str: Rc<str> = "counted".into();
    let arc_slice: Arc<[u16]> = Arc::from([1_u16, 2]);
    let box_slice: Box<[u8]> = vec![0_u8, 255].into();
    let cell = Cell::new(7);
    let ref_cell = RefCell::new(vec![1]);
    let borrowed = ref_cell.borrow_mut();
    let mutex = Mutex::new(10);
    let guard = mutex.lock();
    let rw = RwLock::new("rw");
    let map: HashMap<&str, i32> = HashMap::from([("one", 1)]);
    let set: HashSet<u8> = HashSet::from([9]);
    let settings = HashMap::from([("password", "hunter2")]);
    let tree: BTreeMap<i32, String> = (0..40).map(|n| (n, n.to_string())).collect();
    let tree_set: BTreeSet<char> = ['b', 'a'].into();
    let path = PathBuf::from("/tmp/x");
    let path_ref = path.as_path();
    let os = std::ffi::OsString::from("os");
    let duration = Duration::from_millis(1500);
    let nonzero = NonZeroU32::new(3);
    let function: fn(&[Item], usize) -> &Item = pick;
    let pointer: *const i32 = &raw const numbers[0];
    let wild = std::ptr::without_provenance::<i32>(16);
    let closure = |n: i32| n + numbers[0] + negative as i32;
    let cow: Cow<'_, str> = Cow::Borrowed("cow");
    let events = [
        Event::Start,
        Event::Move { x: 1, y: -1 },
        Event::Write("w".to_owned()),
        Event::Big(9, Box::new(Event::Start)),
    ];
    let levels = [Level::Low, Level::High];
    let atomic = std::sync::atomic::AtomicU32::new(4);
    let address = std::net::IpAddr::from([127, 0, 0, 1]);
    let password = "hunter2";
    let user = User {
        name: "ann",
        token: "t0k",
    };
    let headers = vec![("accept", "x"), ("cookie", "yes")];
    let long = "x".repeat(5000);
    let many: Vec<u32> = (0..1000).collect();
    let instant = std::time::Instant::now();
    let range = 1..5;
    let ordering = std::cmp::Ordering::Less;
    let zst = std::marker::PhantomData::<u8>;
    let generic = Pair {
        left: 1_u8,
        right: "r",
    };
    let json = serde_json::json!([1, null, "x"]);
    let shared = bytes::Bytes::from_static(b"shared");
    let future = take_from_stock("tea", 3);
    let cycle = Rc::new(Node {
        next: RefCell::new(None),
    });
    cycle.next.replace(Some(Rc::clone(&cycle)));
    let _ = (closure(1), shape.area(), &borrowed, &guard);
    panic!("all of it");
}

#[expect(dead_code, reason = "read by the debugger")]
struct User {
    name: &'static str,
    token: &'static str,
}

#[expect(dead_code, reason = "read by the debugger")]
struct Pair<A, B> {
    left: A,
    right: B,
}

/// It leads to itself.
struct Node {
    next: RefCell<Option<Rc<Node>>>,
}

/// A request as a handler has it, given by value.
pub(super) fn request() {
    let mut request = gateway::Request::new(gateway::Body::empty());
    let target = http::Uri::from_static("/cart?user=ada&password=mellon");
    *request.uri_mut() = target;
    let fields = [("Accept", "text/html"), ("Cookie", "session=abc")];
    let fields = zeug_datastructures::Headers::try_from(fields).expect("fields");
    *request.headers_mut() = fields;
    by_value(zeug_messages::Request::from(request));
}

fn by_value(request: zeug_messages::Request) {
    looks(&request);
}

fn looks(request: &zeug_messages::Request) {
    panic!("{}", request.method());
}

/// Values that are too large to be shown as a whole.
#[expect(unused_variables, reason = "read by the debugger")]
pub(super) fn huge() {
    let text = "ü".repeat(3 << 20);
    let numbers: Vec<u32> = (0..3_000_000).collect();
    let nested = vec![vec![vec!["deep".to_owned(); 40]; 40]; 40];
    let map: HashMap<u32, String> = (0..200_000).map(|n| (n, n.to_string())).collect();
    panic!("huge");
}
