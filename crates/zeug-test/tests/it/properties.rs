//! What holds for all inputs: forms come back, cookies of any bytes do no harm.

use proptest::prelude::*;
use zeug_forms::FormParser;
use zeug_messages::{Request, Response};
use zeug_test::{Client, RequestBuilder};

type Pairs<T> = Vec<(String, T)>;

/// The fields and files that a request's form has.
fn parsed(request: zeug_gateway::Request) -> (Pairs<String>, Pairs<Vec<u8>>) {
    let content_type = request
        .headers()
        .get("content-type")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let form = FormParser::new(&content_type)
        .parse(request.into_body())
        .unwrap();
    let fields = form
        .fields
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let files = form
        .files
        .iter()
        .map(|(name, file)| (name.to_owned(), file.stream().as_bytes().unwrap().to_vec()))
        .collect();
    (fields, files)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn forms_come_back(fields in prop::collection::vec(("[^\\\\\\p{C}]{1,8}", "\\PC{0,20}"), 1..5), with_file in any::<bool>(), content in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assume!(fields.iter().all(|(name, _)| !name.contains("%22")));
        let mut builder = RequestBuilder::new("POST", "/").form(fields.clone());
        if with_file {
            builder = builder.file("f", ("name", content.clone()));
        }
        let (found, files) = parsed(builder.build().unwrap());
        prop_assert_eq!(found, fields);
        prop_assert_eq!(files, if with_file { vec![("f".to_owned(), content)] } else { vec![] });
    }

    #[test]
    fn any_set_cookie_is_survived(fields in prop::collection::vec("[ -~\u{80}-\u{ff}]{0,40}|[a-c]=[a-z]{0,3}(; (Path=/[a-c]?|Domain=[a-z.]{1,12}|Max-Age=-?[0-9]{1,20}|Expires=[ -~]{0,30}|Secure|SameSite=[A-Za-z]{3,6})){0,3}", 1..6), path in "/[a-c/]{0,5}") {
        let client = Client::new(move |_: Request| {
            let mut response = Response::text("");
            for field in &fields {
                // What no field can hold cannot be set.
                let _ = response.headers_mut().try_append("Set-Cookie", field);
            }
            response
        });
        client.get(&path).send();
        let kept = client.cookies();
        let answer = client.get(&path).send();
        let names = answer.request().cookies().len();
        prop_assert!(names <= kept.len());
    }

    #[test]
    fn any_target_is_sent_or_refused(target in "\\PC{0,30}") {
        match RequestBuilder::new("GET", &target).build() {
            Ok(request) => prop_assert!(request.uri().path().starts_with('/')),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_location_is_followed_or_refused(location in "(https?:)?/{0,3}[a-z.:@\\[\\]]{0,10}[ -~ä]{0,20}") {
        let client = Client::new(move |request: Request| {
            if request.raw_path() == "/start" {
                return crate::answer(302, &[("Location", &location)]);
            }
            Response::text("end")
        });
        if let Ok(answer) = client.get("/start").follow_redirects().try_send() {
            let request = answer.request();
            prop_assert_eq!(&request.headers().get("host").unwrap(), "localhost");
        }
    }
}
