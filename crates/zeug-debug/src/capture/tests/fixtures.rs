//! Owns functions that fail in typical ways, with variables whose values are known.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

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

fn pick(slice: &[Item], wanted: usize) -> &Item {
    let length = slice.len();
    let half = length as f32 / 4.0;
    let name = "pick";
    let _ = (half, name);
    &slice[wanted]
}

/// An index out of bounds, deep in a helper.
pub(super) fn index() {
    let cart = items();
    let found = pick(&cart, 7);
    drop(found.clone());
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

#[expect(unused_variables, reason = "read by the debugger")]
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
    let rc = Rc::new(5_i32);
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
    let json = serde_json::json!({"a": [1, null, "x"]});
    let _ = (closure(1), shape.area(), &borrowed, &guard);
    panic!("all of it");
}
#[expect(dead_code)]
struct User {
    name: &'static str,
    token: &'static str,
}
#[expect(dead_code)]
struct Pair<A, B> {
    left: A,
    right: B,
}
