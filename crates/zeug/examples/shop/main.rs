//! A small shop with something wrong in six places, to see the debugger: `cargo run -p zeug --features debug,fields --example shop [ADDRESS]`, then follow
//! the links. It sells nothing.
#![expect(clippy::unwrap_used, reason = "to fail is what it is for")]

mod cart;
mod orders;
mod prices;

use std::sync::Mutex;

use cart::Cart;
use orders::Orders;
use zeug::debug::Debugger;
use zeug::gateway::{HandlerExt, IntoHandler};
use zeug::{HttpError, Request, Response, run_simple};

const FRONT: &str = "<!doctype html>
<meta charset=utf-8>
<meta name=viewport content='width=device-width'>
<title>The shop</title>
<h1>The shop</h1>
<p>Each link fails in its own way.</p>
<ul>
<li><a href='/cart?user=ada&password=mellon'>the cart</a>: an index out of bounds, deep in a helper
<li><a href='/delivery?by=tomorrow'>the delivery</a>: <code>unwrap</code> on an error of a library
<li><a href='/order?number=A-1017'>an order</a>: an error that three <code>?</code> handed on
<li><a href='/sum?discount=100'>the sum</a>: a division inside an iterator chain
<li><a href='/stock'>the stock</a>: a lock that another thread's panic poisoned
<li><a href='/loyalty?points=200'>the points</a>: a sum that does not fit its type
</ul>
<p><a href='/__zeug__/'>The last failures</a></p>
";

struct Shop {
    orders: Orders,
    stock: Mutex<Vec<(&'static str, u32)>>,
}

impl Shop {
    fn answer(&self, request: &Request) -> Result<Response, HttpError> {
        let user = request.args().get("user").unwrap_or("ada");
        let cart = Cart::of(user);
        match request.raw_path() {
            "/" => Ok(Response::html(FRONT)),
            "/cart" => Ok(Response::text(cart.bill())),
            "/delivery" => {
                let by = request.args().get("by").unwrap_or("tomorrow");
                Ok(Response::text(orders::delivery(by).to_string()))
            }
            "/order" => {
                let number = request.args().get("number").unwrap_or("A-1017");
                Ok(Response::text(self.orders.summary(number)?))
            }
            "/sum" => {
                let discount = request.args().get_as("discount")?.unwrap_or(100);
                Ok(Response::text(format!("{:?}", cart.shares(discount))))
            }
            "/stock" => {
                self.count_badly();
                let stock = self.stock.lock().unwrap();
                Ok(Response::text(format!("{stock:?}")))
            }
            "/loyalty" => {
                let points = request.args().get_as("points")?.unwrap_or(200);
                Ok(Response::text(prices::loyalty(points, &cart).to_string()))
            }
            _ => zeug::abort!(404),
        }
    }

    /// A thread that panics while it holds the lock.
    fn count_badly(&self) {
        std::thread::scope(|scope| {
            let counting = scope.spawn(|| {
                let stock = self.stock.lock().unwrap();
                assert!(stock.is_empty(), "the count is {}", stock.len());
            });
            // That it failed is seen at the lock.
            let _ = counting.join();
        });
    }
}

fn main() -> zeug::Result<()> {
    let shop = Shop {
        orders: Orders::open(),
        stock: Mutex::new(vec![("A-1", 12), ("B-7", 0)]),
    };
    let app = move |request: Request| shop.answer(&request);
    let address = std::env::args().nth(1);
    run_simple(
        address.as_deref().unwrap_or("127.0.0.1:5000"),
        app.into_handler().with(Debugger::new()),
    )
}
