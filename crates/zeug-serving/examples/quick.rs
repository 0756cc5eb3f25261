//! Tries.
use zeug_gateway::Body;
fn main() -> zeug_serving::Result {
    let a = std::env::args().nth(1).unwrap();
    let app = |mut r: http::Request<Body>| match r.uri().path() {
        "/stream" => http::Response::new(Body::chunks((0..10).map(|n| Ok(format!("chunk {n}\n"))))),
        "/panic" => panic!("boo"),
        "/slow" => { std::thread::sleep(std::time::Duration::from_millis(1000)); http::Response::new("slow".into()) }
        "/big" => http::Response::new(Body::from(vec![7u8; 20_000_000])),
        "/post" => { let b = std::mem::take(r.body_mut()).into_bytes(usize::MAX); match b { Ok(b) => http::Response::new(Body::from(b)), Err(e) => http::Response::builder().status(e.status_hint()).body(Body::from(e.to_string())).unwrap() } }
        _ => http::Response::new(Body::from("Hello World!")),
    };
    if std::env::var_os("QUIET").is_some() {
      let s = zeug_serving::Server::bind(a.as_str())?.stop_on_signals(); println!("{}", s.local_addr()); return s.serve(app);
    }
    zeug_serving::run_simple(&a, app)
}
